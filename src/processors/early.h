/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_EARLY_H
#define TON_PROCESSORS_EARLY_H

#include "block_ring.h"
#include "ton/processor.h"

/* The first and second reflections of a room with six walls: 24 a channel. */
enum { EARLY_TAPS = 24, EARLY_BLOCK = 64 };

/* Metres: the room, where the sound is, and the middle of where it is heard. A length of 0 has no
 * reflections. */
struct early_room {
    double size[3], source[3], ear[3];
};

struct early_tap {
    int frames;
    float gain;
};

struct early {
    int channels;
    unsigned position; /* frames since reset */
    struct early_tap taps[TON_MOST_CHANNELS][EARLY_TAPS];
    struct block_ring rings[TON_MOST_CHANNELS];
};

/* A room `scale` times as large. `e` NULL: only counts. */
void early_lay_out(struct early *e, struct carver *c, const struct early_room *room, double scale,
                   int channels, double rate);
void early_clear(struct early *e);

/* How much later than the sound itself the first reflection comes, in seconds; 0 without walls. */
double early_first(const struct early_room *room, double scale, int channels);

/* Seconds from the first reflection to the last. */
double early_span(const struct early_room *room, double scale, int channels);

/* out[channel][frame] from in[channel][frame], at most EARLY_BLOCK frames. An impulse into one
 * channel comes out of each with energy 1 on an average, the first of it from its own at once. */
TON_RT void early_run(struct early *e, float (*out)[EARLY_BLOCK], float (*in)[EARLY_BLOCK],
                      int frames);

#endif
