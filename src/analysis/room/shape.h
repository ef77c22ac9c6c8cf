/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_SHAPE_H
#define TON_ROOM_SHAPE_H

#include "ton/sweep.h"

/* A sweep in frames: sin(2 pi first_hz L (exp(t / L) - 1)), where L (`growth`)
 * is the time in which the frequency grows e times (Farina 2000, equation 11). */
struct sweep_shape {
    double first_hz, last_hz; /* with the fades */
    double growth;            /* frames in which the frequency grows e times */
    double gain;
    int frames, period; /* one sweep; from its start to that of the next */
    int fade_in, fade_out;
};

struct sweep_shape sweep_shape(const struct ton_sweep *sweep);

/* Sample `at` of one sweep; 0 outside. `at` may lie between samples, for another clock. */
double sweep_sample(const struct sweep_shape *s, double rate, double at);

/* |.|^2 of the sweep's spectrum at `hz`, as far from its ends as phase is stationary. */
double sweep_power(const struct sweep_shape *s, double rate, double hz);

/* 1 from from_hz to to_hz, 0 outside of the fades, round between. */
double sweep_band(const struct ton_sweep *sweep, const struct sweep_shape *s, double hz);

#endif
