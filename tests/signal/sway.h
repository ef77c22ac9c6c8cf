/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of chorus and tape measure: how far the pitch of a sine strays. */
#ifndef TON_TEST_SIGNAL_SWAY_H
#define TON_TEST_SIGNAL_SWAY_H

#include "rig.h"

/* Highest and lowest pitch of x from a frame on, in cents re `hz` (whole periods of it in 1000
 * frames at 48 kHz): the turn of its phase, seen through
 * windows of 480 frames, every 20. */
static inline void pitch_range(double cents[2], const float *x, int64_t from, int64_t to,
                               double rate, double hz) {
    enum { WINDOW = 480, STEP = 20 };
    const double w = 2 * M_PI * hz / rate;
    double before = NAN;
    cents[0] = INFINITY;
    cents[1] = -INFINITY;
    for (int64_t at = from; at + WINDOW <= to; at += STEP) {
        double re = 0, im = 0;
        for (int i = 0; i < WINDOW; i++) {
            const double hann = 1 - cos(2 * M_PI * (i + 0.5) / WINDOW);
            re += hann * (double)x[at + i] * cos(w * (double)(at + i));
            im -= hann * (double)x[at + i] * sin(w * (double)(at + i));
        }
        const double phase = atan2(im, re);
        const double turn = remainder(phase - before, 2 * M_PI) / STEP;
        before = phase;
        if (isnan(turn))
            continue;
        const double is = 1200 * log2(1 + turn / w);
        cents[0] = fmin(cents[0], is);
        cents[1] = fmax(cents[1], is);
    }
}

#endif
