/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_BIQUAD_H
#define TON_BIQUAD_H

#include <stdbool.h>

/* A second-order section, H(z) = (b0 + b1/z + b2/z^2) / (1 + a1/z + a2/z^2), in double: at 20 Hz
 * and 384 kHz the poles lie 3e-4 from the unit circle, where single precision is noise. */
struct ton_biquad {
    double b0, b1, b2, a1, a2;
};

/* Transposed direct form 2. Zero-initialise to reset. */
struct ton_biquad_state {
    double s1, s2;
};

#define TON_BIQUAD_THROUGH ((struct ton_biquad){.b0 = 1.0})

static inline double ton_biquad_run(const struct ton_biquad *b, struct ton_biquad_state *s,
                                    double x) {
    const double y = b->b0 * x + s->s1;
    s->s1 = (b->b1 * x + s->s2) - b->a1 * y; /* what y is not needed for comes first: y is late */
    s->s2 = b->b2 * x - b->a2 * y;
    return y;
}

/* H at `w` radians per frame as {real, imaginary}. @thread any */
void ton_biquad_response(double h[2], const struct ton_biquad *b, double w);

bool ton_biquad_is_through(const struct ton_biquad *b);

/* An analogue section of first or second order, the prototype that people mean when they say
 * "bell at 8 kHz, Q 2":
 *     H(s) = (n[2] s^2 + n[1] s + n[0]) / (d[2] s^2 + d[1] s + d[0]),  s = j f / hz.
 * Poles must lie left of the imaginary axis, zeros left of it or on it. */
struct ton_analogue {
    double hz;
    double n[3], d[3];
};

/* The prototypes. Bell and shelves are those of R. Bristow-Johnson's Audio EQ Cookbook before the
 * bilinear transform: boost and cut of the same gain cancel, a shelf passes half its gain in dB at
 * `hz`. `tilt` is first-order: 0 dB at `hz`, +gain_db far above it and -gain_db far below. */
struct ton_analogue ton_analogue_bell(double hz, double gain_db, double q);
struct ton_analogue ton_analogue_low_shelf(double hz, double gain_db, double q);
struct ton_analogue ton_analogue_high_shelf(double hz, double gain_db, double q);
struct ton_analogue ton_analogue_tilt(double hz, double gain_db);
struct ton_analogue ton_analogue_notch(double hz, double q);
struct ton_analogue ton_analogue_band_pass(double hz, double q); /* 0 dB at `hz` */

/* Butterworth of `order` 1 … 8 as up to four sections (the first-order one first when the order is
 * odd); returns how many. */
int ton_analogue_high_pass(struct ton_analogue out[4], double hz, int order);
int ton_analogue_low_pass(struct ton_analogue out[4], double hz, int order);

/* Gain in dB at `hz`; -inf at a zero. */
double ton_analogue_db(const struct ton_analogue *a, double hz);

/* Two digital sections in series whose magnitude follows the analogue one up to 0.907 of the
 * Nyquist frequency (20 kHz at 44.1 kHz), without the cramping of the bilinear transform:
 * tests/signal/eq.c prints the worst errors. `out[1]` is TON_BIQUAD_THROUGH where one section is
 * exact enough. Stable and minimum-phase for every prototype above. About 1 us. @thread any */
void ton_biquad_match(struct ton_biquad out[2], const struct ton_analogue *a, double rate);

#endif
