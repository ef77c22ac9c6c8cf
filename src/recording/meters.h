/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RECORDING_METERS_H
#define TON_RECORDING_METERS_H

#include "ton/recorder.h"

/* What comes in as levels: peaks of the last 100 ms, in four steps of 25 ms. @thread writer */
enum { METER_STEPS = 4 };

/* The highest number of 24 bits: what a converter gives, or takes, that cannot go on. */
#define FULL_SCALE (8388607.0F / 8388608.0F)

enum { OVER = 3 }; /* samples at full scale that are one: two may be a peak that just fitted */

struct meter {
    float peaks[METER_STEPS]; /* the newest first */
    float held;
    int64_t overs;
    int run; /* samples at full scale, one behind the other */
};

struct meters {
    struct meter *of;
    int n;
    int step, into; /* frames of a step, and of the newest one so far */
};

/* A stretch of all inputs at once. */
void meters_hear(struct meters *m, const float *const *in, int frames);
void meters_reset(struct meters *m);
struct ton_recorder_meter meters_read(const struct meters *m, int input);

#endif
