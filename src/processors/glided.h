/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_GLIDED_H
#define TON_PROCESSORS_GLIDED_H

#include "ton/cascade.h"
#include "ton/rt.h"

/* A row of sections whose coefficients glide to new ones without a kink (ton_approach), the same
 * for all channels, which run two by two as lanes. For each stretch: glided_stretch, glided_run for
 * every pair, glided_advance. */
enum { GLIDED_MOST = 8, GLIDED_LANES = TON_CASCADE_LANES };

struct glided {
    int n, left; /* sections; frames until they have arrived */
    int whole;   /* frames of a whole way */
    double part;
    struct ton_cascade_section now[GLIDED_MOST], middle[GLIDED_MOST], step[GLIDED_MOST];
    struct ton_cascade_section aim[GLIDED_MOST], target[GLIDED_MOST];
};

/* Rests at `sections`, n of them. */
void glided_init(struct glided *g, const struct ton_biquad *sections, int n, double rate);

/* Sets off to `sections`, as many as before. */
TON_RT void glided_to(struct glided *g, const struct ton_biquad *sections);

/* Arrives now. */
TON_RT void glided_settle(struct glided *g);

/* How many of `frames` can be run next in one piece. */
TON_RT int glided_stretch(struct glided *g, int frames);

/* Runs a pair of channels through such a piece, in place. */
TON_RT void glided_run(const struct glided *g, double (*x)[GLIDED_LANES], int frames,
                       struct ton_cascade_memory memory[GLIDED_MOST]);

/* After all pairs. */
TON_RT void glided_advance(struct glided *g, int frames);

#endif
