/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Octave and third-octave filters: Butterworth band passes of three resonances. */
#include "bands.h"

#include "ton/room.h"

#include <complex.h>
#include <math.h>
#include <string.h>

const double band_octaves[TON_ROOM_OCTAVES] = {63, 125, 250, 500, 1000, 2000, 4000, 8000};
const double band_thirds[TON_ROOM_THIRDS] = {50,   63,   80,   100,  125,  160,  200,  250,
                                             315,  400,  500,  630,  800,  1000, 1250, 1600,
                                             2000, 2500, 3150, 4000, 5000, 6300, 8000, 10000};

/* The resonance with pole `pole` (and its conjugate), in units of the mid-band frequency; its part
 * of the band pass s / q per pole of the prototype. */
static struct ton_analogue resonance(double hz, double q, double complex pole) {
    return (struct ton_analogue){
        .hz = hz,
        .n = {0.0, 1.0 / q, 0.0},
        .d = {creal(pole * conj(pole)), -2.0 * creal(pole), 1.0},
    };
}

/* A pole p of the low pass becomes the two roots of s^2 - p s / q + 1. */
static void split(double complex out[2], double complex p, double q) {
    const double complex half = 0.5 * p / q, root = csqrt(half * half - 1.0);
    out[0] = half + root;
    out[1] = half - root;
}

bool band_filter_make(struct band_filter *f, int fraction, int steps, double rate) {
    const double hz = 1000.0 * pow(10.0, 0.3 * steps / fraction);
    const double edge = pow(10.0, 0.15 / fraction), q = 1.0 / (edge - 1.0 / edge);
    const double complex prototype[2] = {-1.0, -0.5 + I * sqrt(0.75)};
    double complex pole[4];
    *f = (struct band_filter){.hz = hz, .width_hz = hz / q};
    if (hz * edge > 0.45 * rate)
        return false;
    split(pole, prototype[0], q);     /* a conjugate pair: one resonance */
    split(pole + 2, prototype[1], q); /* two, each with a conjugate from the third pole */
    for (int i = 1; i < 4; i++) {
        const struct ton_analogue a = resonance(hz, q, pole[i]);
        struct ton_biquad pair[2];
        ton_biquad_match(pair, &a, rate);
        for (int k = 0; k < 2; k++)
            if (!ton_biquad_is_through(&pair[k]))
                f->sections[f->n++] = pair[k];
    }
    return true;
}

void band_filter_back(const struct band_filter *f, float *out, const float *in, int n) {
    struct ton_biquad_state state[BAND_MOST_SECTIONS] = {0};
    for (int i = n - 1; i >= 0; i--) {
        double x = in[i];
        for (int k = 0; k < f->n; k++)
            x = ton_biquad_run(&f->sections[k], &state[k], x);
        out[i] = (float)x;
    }
}
