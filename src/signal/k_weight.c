/* SPDX-License-Identifier: GPL-3.0-or-later */
/* K-weighting of BS.1770: the filter pair at any rate, and its plain kernel. */

#include "k_weight.h"

#include "ton/isa.h"

/* The analogue pair behind the table at 48 kHz: corner, quality, and for the shelf its gain and how
 * much of it stands at the corner. */
#define SHELF_HZ 1681.974450955533
#define SHELF_Q 0.7071752369554196
#define SHELF_GAIN_DB 3.999843853973347
#define SHELF_MIDDLE 0.4996667741545416
#define PASS_HZ 38.13547087602444
#define PASS_Q 0.5003270373238773

static double warp(double hz, double rate) {
    return tan(M_PI * hz / rate);
}

static double pass_denominator(double w) {
    return 1.0 + w / PASS_Q + w * w;
}

static void shelf_design(double b[3], double a[2], double rate) {
    const double w = warp(SHELF_HZ, rate), high = pow(10.0, SHELF_GAIN_DB / 20.0);
    const double middle = pow(high, SHELF_MIDDLE), q = w / SHELF_Q, square = w * w;
    const double a0 = 1.0 + q + square;
    b[0] = (high + middle * q + square) / a0;
    b[1] = 2.0 * (square - high) / a0;
    b[2] = (high - middle * q + square) / a0;
    a[0] = 2.0 * (square - 1.0) / a0;
    a[1] = (1.0 - q + square) / a0;
}

static void pass_design(double b[3], double a[2], double rate) {
    const double w = warp(PASS_HZ, rate), a0 = pass_denominator(w);
    /* The table's numerator is 1 -2 1 at 48 kHz; the same analogue gain elsewhere. */
    const double gain = pass_denominator(warp(PASS_HZ, 48000.0)) / a0;
    b[0] = gain;
    b[1] = -2.0 * gain;
    b[2] = gain;
    a[0] = 2.0 * (w * w - 1.0) / a0;
    a[1] = (1.0 - w / PASS_Q + w * w) / a0;
}

void ton_k_weight_design(struct ton_k_weight *k, double rate) {
    shelf_design(k->b[0], k->a[0], rate);
    pass_design(k->b[1], k->a[1], rate);
}

static double channel(struct ton_k_memory *memory, const struct ton_k_weight *k, int c,
                      const float *in, int frames) {
    double x1 = memory->x[0][c], x2 = memory->x[1][c];
    double s1 = memory->shelf[0][c], s2 = memory->shelf[1][c];
    double y1 = memory->y[0][c], y2 = memory->y[1][c];
    double sum = 0.0;
    for (int i = 0; i < frames; i++) {
        const double x0 = (double)in[i];
        const double s0 =
            ton_k_step(k->b[0], k->a[0], (const double[]){x0, x1, x2}, (const double[]){s1, s2});
        const double y0 =
            ton_k_step(k->b[1], k->a[1], (const double[]){s0, s1, s2}, (const double[]){y1, y2});
        x2 = x1, x1 = x0;
        s2 = s1, s1 = s0;
        y2 = y1, y1 = y0;
        sum += y0 * y0;
    }
    memory->x[0][c] = x1, memory->x[1][c] = x2;
    memory->shelf[0][c] = s1, memory->shelf[1][c] = s2;
    memory->y[0][c] = y1, memory->y[1][c] = y2;
    return sum;
}

void ton_k_weight_plain(double squares[2], struct ton_k_memory *memory,
                        const struct ton_k_weight *k, const float *left, const float *right,
                        int frames) {
    squares[0] = channel(memory, k, 0, left, frames);
    squares[1] = channel(memory, k, 1, right, frames);
}

ton_k_weight_run ton_k_weight_kernel(void) {
#if defined(__x86_64__)
    static const ton_k_weight_run table[TON_N_ISAS] = {ton_k_weight_plain, ton_k_weight_avx2,
                                                       ton_k_weight_avx2};
    return table[ton_isa()];
#else
    return ton_k_weight_plain;
#endif
}
