/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of timecode that follow each other: number against place is a straight line. */
#ifndef TON_RECORDING_LTC_RUN_H
#define TON_RECORDING_LTC_RUN_H

#include "ton/ltc.h"

enum { LTC_RUN_POINTS = 60 * 30 }; /* a minute of frames */

/* This number begins at a device frame. */
struct ltc_point {
    int64_t number;
    double at;
};

struct ltc_run {
    int64_t n; /* 0: there is none */
    bool backwards;
    struct ltc_point points[LTC_RUN_POINTS]; /* a ring */
};

/* Two that follow each other begin one. */
void ltc_run_begin(struct ltc_run *run, struct ltc_point first, struct ltc_point second,
                   bool backwards);
void ltc_run_add(struct ltc_run *run, struct ltc_point p);
const struct ltc_point *ltc_run_newest(const struct ltc_run *run);

/* Whether `p` comes so many numbers behind `last` as there were frames of this length between them;
 * then its number goes on through midnight. */
bool ltc_follows(struct ltc_point *p, const struct ltc_point *last, bool backwards, double length,
                 enum ton_fps fps);
/* Whether it also stands where it should: within a twentieth of a frame. */
bool ltc_keeps_step(const struct ltc_point *p, const struct ltc_point *last, double length);

/* The line through the newest points, as far back as this many device frames and at least two of
 * them (least squares). */
struct ltc_course {
    double at;     /* where the newest begins by that line */
    double step;   /* from a number to the next; negative backwards */
    double frames; /* that it was measured over */
};
struct ltc_course ltc_run_course(const struct ltc_run *run, double frames);

#endif
