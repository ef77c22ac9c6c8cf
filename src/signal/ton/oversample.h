/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_OVERSAMPLE_H
#define TON_OVERSAMPLE_H

#include "ton/rt.h"

/* A stream at 2, 4, 8, 16 or 32 times its rate and back, for what makes new frequencies on the way.
 * Linear phase: half-band filters in a cascade, each doubling the rate (M. Bellanger et al.,
 * "Interpolation, extrapolation, and reduction of computation speed in digital filters", IEEE
 * ASSP-22, 1974), Kaiser-windowed. Of the base rate, up to 0.4535 (20 kHz at 44.1) passes within
 * 4e-6 dB. Upwards no image is left from 0.5465 on; between the two it falls through -6 dB at half
 * the rate. Downwards the last filter is steeper: nothing from half the rate on comes back (-133
 * dB), so not even the top of the band holds an alias. Up and down again is a delay by whole
 * frames: less than -120 dB of difference below 0.4535. The same bits however the stream is cut. */
enum {
    TON_OVERSAMPLE_MOST = 32, /* times */
    TON_OVERSAMPLE_STAGES = 5,
    TON_OVERSAMPLE_BLOCK = 64, /* base frames in one call at most */
    TON_OVERSAMPLE_TAPS = 79,  /* of all half-band stages, those that a mirror gives left out */
    TON_OVERSAMPLE_STEEP = 96, /* of each phase of the last filter downwards, likewise */
};

/* What every channel shares. */
struct ton_oversampling {
    int factor, stages;
    int latency; /* base frames of up and down together */
    int pad;     /* inner frames of them that only round the latency up to a whole frame */
    float taps[TON_OVERSAMPLE_TAPS], steep[2][TON_OVERSAMPLE_STEEP];
    void (*branch)(float *out, const float *x, const float *taps, int half, int span, int n);
};

/* One channel; its memory is somebody else's. */
struct ton_oversampler {
    float *up[TON_OVERSAMPLE_STAGES]; /* the last inputs of each stage, [0] from the base rate */
    float *even[TON_OVERSAMPLE_STAGES], *odd[TON_OVERSAMPLE_STAGES];
    float late[TON_OVERSAMPLE_MOST];
};

/* `factor` is a power of two, 2 … 32. `inner` is the delay in inner frames of what is done at the
 * inner rate; the latency includes it. @thread main, worker */
void ton_oversampling_init(struct ton_oversampling *o, int factor, int inner);

/* Floats of memory that a channel needs; and hands them to it. */
int ton_oversampler_floats(int factor);
void ton_oversampler_init(struct ton_oversampler *s, const struct ton_oversampling *o,
                          float *memory);

/* As if `before` had come in for ever, and `after` out of what is done at the inner rate. */
TON_RT void ton_oversampler_fill(struct ton_oversampler *s, const struct ton_oversampling *o,
                                 float before, float after);

/* `frames` base frames, at most a block, become frames * factor, and back. @thread audio */
TON_RT void ton_oversample_up(struct ton_oversampler *s, const struct ton_oversampling *o,
                              float *out, const float *in, int frames);
TON_RT void ton_oversample_down(struct ton_oversampler *s, const struct ton_oversampling *o,
                                float *out, const float *in, int frames);

#endif
