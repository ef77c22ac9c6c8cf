/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SHAPE_H
#define TON_SHAPE_H

#include "ton/rt.h"

/* Bent transfer curves with little aliasing: every output is the mean of the curve over the
 * straight line between two inputs instead of its value at one (antiderivative antialiasing:
 * J. Parker, V. Zavalishin, E. Le Bivic, "Reducing the aliasing of nonlinear waveshaping using
 * continuous-time convolution", DAFx 2016). The curves are chosen so that this mean has a closed
 * form without a small difference of large numbers, and single precision does.
 *
 * Means lie half a frame between the inputs and lose treble. Six of them, (1, -7, 22, 22, -7, 1)
 * / 32, make up for both: to a straight line the whole is a delay of TON_SHAPE_DELAY frames, flat
 * within 0.02 dB up to a ninth of the rate. Meant for the inside of ton/oversample.h. The same bits
 * however the stream is cut. */
enum {
    TON_SHAPE_DELAY = 3,
    TON_SHAPE_BEFORE = 6, /* frames that are remembered */
};

/* All equal: as if it had been so for ever. */
struct ton_shape_memory {
    float x[TON_SHAPE_BEFORE], knee[TON_SHAPE_BEFORE];
};

TON_RT void ton_shape_fill(struct ton_shape_memory *m, float x, float knee);

/* weight * (x + offset) / sqrt(square + (x + offset)^2): from -weight to weight, with the slope
 * weight / width at x = -offset, square = width^2. The mean between a and b is
 * weight (a + b) / (sqrt(square + a^2) + sqrt(square + b^2)). */
struct ton_sigmoid {
    double weight, square, offset;
};

/* The sum of two of them, in place. @thread audio */
TON_RT void ton_shape_sigmoids(float *x, int n, const struct ton_sigmoid pair[2],
                               struct ton_shape_memory *m);

/* The curve itself, and its slope. @thread any */
double ton_sigmoids_at(const struct ton_sigmoid pair[2], double x);
double ton_sigmoids_slope(const struct ton_sigmoid pair[2], double x);

/* Clips at 1: straight up to 1 - knee, then knee * u / sqrt(1 + u^2) more for knee * u more, so the
 * curvature has no step; knee 0 … 1, of each frame, 0: hard. In place. @thread audio */
TON_RT void ton_shape_clip(float *x, int n, const float *knee, struct ton_shape_memory *m);
double ton_clip_at(double knee, double x);

#endif
