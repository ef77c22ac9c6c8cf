/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RECORDING_CUTTER_H
#define TON_RECORDING_CUTTER_H

#include "ton/transport.h"

#include <stdint.h>

/* Where takes begin and end, and which of their frames stand where on the timeline: follows from
 * how the timeline rolled and when the button was pressed, and from nothing else. All times are
 * frames of what was captured (`c`), in order. @thread writer */

struct cutter_config {
    int64_t latency;  /* what is captured at c belongs to what was played at c - latency */
    int64_t pre_roll; /* frames */
    int64_t handle;   /* frames more before and behind what is punched, so that its seams can be
                         moved and crossfaded; not of a loop's passes, which touch each other */
    int64_t punch_in, punch_out; /* places; both 0: by the button alone */
    int64_t most;                /* frames of the timeline from where it began to roll; 0: any */
    bool loops;                  /* going back is a new take */
    bool from_roll;              /* the first begins where it rolls, not before */
};

/* How the timeline rolls from a moment on. */
struct cutter_roll {
    int64_t at;
    enum ton_rolling rolling;
    int64_t place;
};

enum { MOST_TURNS = 1024 };

struct cutter {
    struct cutter_config config;
    int64_t c;              /* cut so far */
    struct cutter_roll now; /* at c, later by the latency as `next` */
    struct cutter_roll next[MOST_TURNS];
    int first, n;
    bool pressed; /* between start and stop */
    int64_t start, stop;
    bool recording; /* a take */
    int64_t rolled; /* the place where it began to roll */
    bool enough;    /* of this press */
    int64_t tail;   /* end of the handle that is being recorded; 0: none */
    bool again;     /* it went back: another one begins */
    int64_t heard;  /* the place up to which it played last */
    int pass;
};

struct cutter_piece {
    enum { CUT_BEGIN, CUT_SOUND, CUT_END } kind;
    int64_t from, to; /* SOUND: frames of the take; BEGIN: `from` is its first, `to` the button's */
    bool on_timeline; /* SOUND: from `place` on */
    int64_t place;    /* SOUND: of `from`; BEGIN: of `to` */
    int pass;         /* BEGIN */
};

void cutter_init(struct cutter *cutter, const struct cutter_config *config);
void cutter_roll(struct cutter *cutter, const struct cutter_roll *roll);
/* From here on it is so late: what has been told already moves along. Not within a take. */
void cutter_delay(struct cutter *cutter, int64_t latency);
/* At the earliest where it is now. */
void cutter_press(struct cutter *cutter, int64_t at);
void cutter_release(struct cutter *cutter, int64_t at);
/* Ends everything here, without a word. */
void cutter_break(struct cutter *cutter);

/* The next piece before `until`; false when there is none. */
bool cutter_next(struct cutter *cutter, int64_t until, struct cutter_piece *out);

#endif
