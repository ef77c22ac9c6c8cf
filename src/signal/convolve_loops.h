/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of convolution, for the file of each instruction set: it defines TARGET and how
 * many LANES a register has. The same operations in the same order, so equal bits. */
#include "convolve.h"

typedef float lanes __attribute__((vector_size(sizeof(float) * LANES), may_alias));

TARGET static void direct(float *restrict out, const float *restrict x, const float *restrict taps,
                          int n_taps, int n) {
    for (int k = 0; k < n_taps; k += TON_CONVOLVER_SUM) {
        const float *t = taps + k, *y = x - k;
        for (int i = 0; i < n; i++)
            out[i] += ((t[0] * y[i] + t[1] * y[i - 1]) + (t[2] * y[i - 2] + t[3] * y[i - 3])) +
                      ((t[4] * y[i - 4] + t[5] * y[i - 5]) + (t[6] * y[i - 6] + t[7] * y[i - 7]));
    }
}

TARGET static void multiply(float *sum_re, float *sum_im, const float *x, const float *h,
                            struct ton_convolver_reach reach, int strips) {
    enum { PARTS = TON_CONVOLVER_STRIP / LANES }; /* registers of a strip */
    const int n = reach.partitions;
    for (int part = 0; part < strips * PARTS; part++) {
        const size_t row = (size_t)(part / PARTS) * 2 * (size_t)n * PARTS;
        const lanes *from = (const lanes *)x + row + part % PARTS;
        const lanes *by = (const lanes *)h + row + part % PARTS + 2 * PARTS * reach.from;
        lanes re = ((lanes *)sum_re)[part], im = ((lanes *)sum_im)[part];
        for (int p = reach.from; p < reach.to; p++, by += 2 * PARTS) {
            const int at = reach.slot + p < n ? reach.slot + p : reach.slot + p - n;
            const lanes x_re = from[2 * PARTS * at], x_im = from[2 * PARTS * at + PARTS];
            re += x_re * by[0] - x_im * by[PARTS];
            im += x_re * by[PARTS] + x_im * by[0];
        }
        ((lanes *)sum_re)[part] = re;
        ((lanes *)sum_im)[part] = im;
    }
}
