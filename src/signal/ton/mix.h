/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MIX_H
#define TON_MIX_H

#include "ton/rt.h"

#include <stdint.h>

/* Adding, scaling and checking blocks of samples. `frames` samples each, full scale 1.0. `out` may
 * be the same buffer as `in`, but may not overlap it otherwise. Every result is a function of the
 * sample and its place on the timeline alone, so it has the same bits however a stream is cut.
 * @thread audio */

TON_RT void ton_mix_gain(float *out, const float *in, float gain, int frames);

/* out = a times b, frame by frame. */
TON_RT void ton_mix_product(float *out, const float *a, const float *b, int frames);

/* A signal on its way into a stereo sum: in[channel] times its gains, one after the other. For one
 * channel both are the same. */
enum { TON_TAP_GAINS = 3 };
struct ton_tap {
    const float *in[2];
    float gains[2][TON_TAP_GAINS]; /* [channel]; 1 from `depth` on */
    int depth;                     /* how many of them are not 1 throughout */
};

/* out[channel] = taps[0] + taps[1] + … added in this order; n >= 1. `out` is heard by no tap. */
TON_RT void ton_mix_taps(float *const out[2], const struct ton_tap *taps, int n, int frames);

/* A gain that goes in a straight line from `from` to `to` in `length` frames, heard from the frame
 * `first` of the way on (0 <= first, first + frames <= length). */
struct ton_ramp {
    float from, to;
    int first, length;
};
TON_RT void ton_mix_ramp(float *out, const float *in, struct ton_ramp gain, int frames);

/* Sets NaN and infinite samples to 0. Returns how many there were; `*first` is the place of the
 * first one (unchanged when there is none). */
TON_RT int ton_mix_repair(float *samples, int *first, int frames);

#endif
