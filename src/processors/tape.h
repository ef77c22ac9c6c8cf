/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_TAPE_H
#define TON_PROCESSORS_TAPE_H

#include "ton/lfo.h"
#include "ton/processor.h"
#include "ton/shape.h"
#include "ton/sliding_delay.h"
#include "ton/smooth.h"

/* What makes a delay line a loop of tape: a motor that takes its time to a new speed and never
 * quite holds it, and a layer that saturates. What a pass costs of lows and highs is for the
 * delay's filters: first-order, these corners. */
enum { TAPE_CHUNK = 64 };
#define TAPE_LOW_HZ 40.0
#define TAPE_HIGH_HZ 8000.0
#define TAPE_MOST_WOW 50.0F     /* cents */
#define TAPE_MOST_FLUTTER 20.0F /* cents */

struct tape {
    double rate;
    double delay, speed, target; /* frames, frames a frame, frames */
    struct ton_lfo wow, flutter[2];
    struct ton_glide wow_frames, flutter_frames[2]; /* how far each moves the delay */
    struct ton_glide drive;
    struct ton_shape_memory layer[TON_MOST_CHANNELS];
    double at[TAPE_CHUNK]; /* of the next frames: the delay, and the drive */
    float driven[TAPE_CHUNK];
};

/* How far the delay can swing to either side, in frames. */
double tape_most_swing(double rate);

/* A delay of `frames`; wow and flutter are the greatest departure of the pitch in cents,
 * `saturation` 0 … 1. Glides there unless `now`. */
TON_RT void tape_set(struct tape *t, double frames, double wow, double flutter, double saturation,
                     bool now);
TON_RT void tape_reset(struct tape *t);

/* How many frames can be played before the first of them is recorded, at least 1. */
TON_RT int tape_room(const struct tape *t);

/* Gets the next n frames ready: at most tape_room. */
TON_RT void tape_move(struct tape *t, int n);

/* What the head hears in n frames, before any of them is recorded. */
static inline void tape_play(float *out, const struct tape *t, const struct ton_sliding_line *line,
                             const struct ton_sliding_table *table, int n) {
    ton_sliding_line_read(out, line, table, t->at, -1, n);
}

/* What n frames become on the tape, in place, TON_SHAPE_DELAY late (which the head knows): small
 * ones what they are, none more than 1.875 / drive. The drive is 1/4 to 4. */
TON_RT void tape_record(struct tape *t, int channel, float *x, int n);

#endif
