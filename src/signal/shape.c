/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bent transfer curves, averaged between frames: the curves themselves, and the plain kernels. */
#include "shape.h"

#include "ton/isa.h"

void ton_shape_fill(struct ton_shape_memory *m, float x, float knee) {
    for (int i = 0; i < BEFORE; i++) {
        m->x[i] = x;
        m->knee[i] = knee;
    }
}

static void sigmoids(float *x, int n, const struct ton_sigmoid pair[2],
                     struct ton_shape_memory *m) {
    shape_sigmoids_body(x, n, pair, m);
}

static void clip(float *x, int n, const float *knee, struct ton_shape_memory *m) {
    shape_clip_body(x, n, knee, m);
}

static const struct shape_kernels *kernels(void) {
    static const struct shape_kernels plain = {sigmoids, clip};
#if defined(__x86_64__)
    static const struct shape_kernels *const table[TON_N_ISAS] = {&plain, &shape_avx2, &shape_avx2};
    return table[ton_isa()];
#else
    return &plain;
#endif
}

void ton_shape_sigmoids(float *x, int n, const struct ton_sigmoid pair[2],
                        struct ton_shape_memory *m) {
    kernels()->sigmoids(x, n, pair, m);
}

void ton_shape_clip(float *x, int n, const float *knee, struct ton_shape_memory *m) {
    kernels()->clip(x, n, knee, m);
}

double ton_sigmoids_at(const struct ton_sigmoid pair[2], double x) {
    double y = 0;
    for (int k = 0; k < 2; k++) {
        const double at = x + pair[k].offset;
        y += pair[k].weight * at / sqrt(pair[k].square + at * at);
    }
    return y;
}

double ton_sigmoids_slope(const struct ton_sigmoid pair[2], double x) {
    double slope = 0;
    for (int k = 0; k < 2; k++) {
        const double at = x + pair[k].offset, square = pair[k].square + at * at;
        slope += pair[k].weight * pair[k].square / (square * sqrt(square));
    }
    return slope;
}

double ton_clip_at(double knee, double x) {
    const double over = fabs(x) - (1 - knee);
    if (over <= 0)
        return x;
    return copysign(1 - knee + knee * over / hypot(knee, over), x);
}
