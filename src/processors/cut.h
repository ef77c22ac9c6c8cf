/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_CUT_H
#define TON_PROCESSORS_CUT_H

#include "ton/biquad.h"
#include "ton/processor.h"
#include "ton/smooth.h"

enum { CUT_BLOCK = 64, CUT_SECTIONS = 2 };

/* A second-order high or low pass on the wet sound of all channels. Switched off it is faded out
 * with its last frequency, and rests. A new frequency moves the coefficients there on straight
 * lines. Zero-initialised it rests. */
struct cut {
    struct ton_biquad filter[CUT_SECTIONS], step[CUT_SECTIONS], target[CUT_SECTIONS];
    int left;               /* frames until they arrive */
    struct ton_glide heard; /* 0 … 1 */
    struct ton_biquad_state memory[TON_MOST_CHANNELS][CUT_SECTIONS];
    float part[CUT_BLOCK]; /* `heard` of each frame */
};

TON_RT void cut_set(struct cut *cut, const struct ton_analogue *prototype, double rate, bool on,
                    bool now);
TON_RT void cut_reset(struct cut *cut);

/* Gets the next `frames`, at most CUT_BLOCK, ready; false when there is nothing to cut. */
TON_RT bool cut_move(struct cut *cut, int frames);

/* x[channel][frame] in place, after a cut_move of as many frames that said true. */
TON_RT void cut_run(struct cut *cut, float (*x)[CUT_BLOCK], int channels, int frames);

/* Frames until a second-order Butterworth filter at `hz` has rung out to -140 dB. */
double cut_ringing(double hz, double rate);

#endif
