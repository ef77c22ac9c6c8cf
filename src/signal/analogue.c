// SPDX-License-Identifier: GPL-3.0-or-later
// Analogue filter prototypes: the curves that equaliser settings mean.
#include "ton/biquad.h"

#include "ton/db.h"

#include <math.h>

struct ton_analogue ton_analogue_bell(double hz, double gain_db, double q) {
    const double a = ton_db_to_gain(gain_db / 2.0);
    return (struct ton_analogue){.hz = hz, .n = {1.0, a / q, 1.0}, .d = {1.0, 1.0 / (a * q), 1.0}};
}

struct ton_analogue ton_analogue_low_shelf(double hz, double gain_db, double q) {
    const double a = ton_db_to_gain(gain_db / 2.0);
    const double root = sqrt(a) / q;
    return (struct ton_analogue){.hz = hz, .n = {a * a, a * root, a}, .d = {1.0, root, a}};
}

struct ton_analogue ton_analogue_high_shelf(double hz, double gain_db, double q) {
    const double a = ton_db_to_gain(gain_db / 2.0);
    const double root = sqrt(a) / q;
    return (struct ton_analogue){.hz = hz, .n = {a, a * root, a * a}, .d = {a, root, 1.0}};
}

struct ton_analogue ton_analogue_tilt(double hz, double gain_db) {
    const double r = ton_db_to_gain(gain_db);
    return (struct ton_analogue){.hz = hz, .n = {1.0, r, 0.0}, .d = {r, 1.0, 0.0}};
}

struct ton_analogue ton_analogue_notch(double hz, double q) {
    return (struct ton_analogue){.hz = hz, .n = {1.0, 0.0, 1.0}, .d = {1.0, 1.0 / q, 1.0}};
}

struct ton_analogue ton_analogue_band_pass(double hz, double q) {
    return (struct ton_analogue){.hz = hz, .n = {0.0, 1.0 / q, 0.0}, .d = {1.0, 1.0 / q, 1.0}};
}

// Butterworth denominators: s + 1 for an odd order, and s^2 + 2 sin((2k + 1) pi / 2n) s + 1.
static int butterworth(struct ton_analogue out[4], double hz, int order, bool high) {
    int n = 0;
    if (order % 2 == 1) {
        out[n] = (struct ton_analogue){.hz = hz, .d = {1.0, 1.0, 0.0}};
        out[n++].n[high ? 1 : 0] = 1.0;
    }
    for (int k = 0; k < order / 2; k++) {
        const double damping = 2.0 * sin((2 * k + 1) * M_PI / (2.0 * order));
        out[n] = (struct ton_analogue){.hz = hz, .d = {1.0, damping, 1.0}};
        out[n++].n[high ? 2 : 0] = 1.0;
    }
    return n;
}

int ton_analogue_high_pass(struct ton_analogue out[4], double hz, int order) {
    return butterworth(out, hz, order, true);
}

int ton_analogue_low_pass(struct ton_analogue out[4], double hz, int order) {
    return butterworth(out, hz, order, false);
}

static double magnitude2(const double p[3], double x) {
    const double re = p[0] - p[2] * x * x, im = p[1] * x;
    return re * re + im * im;
}

double ton_analogue_db(const struct ton_analogue *a, double hz) {
    const double x = hz / a->hz;
    return 10.0 * log10(magnitude2(a->n, x) / magnitude2(a->d, x));
}
