/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of convolution, and what convolve.c asks of a level. */
#ifndef TON_SIGNAL_CONVOLVE_H
#define TON_SIGNAL_CONVOLVE_H

#include "ton/convolve.h"

struct ton_convolver_kernels {
    /* out[i] += sum over k of taps[k] x[i - k]; x has n_taps - 1 frames before it, n_taps is a
     * multiple of TON_CONVOLVER_SUM. */
    void (*direct)(float *out, const float *x, const float *taps, int n_taps, int n);
    /* sum[i] += x[i] h[i], complex. */
    void (*multiply)(float *sum_re, float *sum_im, const float *x_re, const float *x_im,
                     const float *h_re, const float *h_im, int n);
};

extern const struct ton_convolver_kernels ton_convolver_plain, ton_convolver_avx2;

/* The loops themselves, compiled once per instruction set: the same operations in the same order.
 */
enum { TON_CONVOLVER_SUM = 8 }; /* taps added up by themselves: a sum of few sums rounds less */

#define TON_INLINED __attribute__((always_inline)) static inline

TON_INLINED void ton_convolver_direct(float *restrict out, const float *restrict x,
                                      const float *restrict taps, int n_taps, int n) {
    for (int k = 0; k < n_taps; k += TON_CONVOLVER_SUM) {
        const float *t = taps + k, *y = x - k;
        for (int i = 0; i < n; i++)
            out[i] += ((t[0] * y[i] + t[1] * y[i - 1]) + (t[2] * y[i - 2] + t[3] * y[i - 3])) +
                      ((t[4] * y[i - 4] + t[5] * y[i - 5]) + (t[6] * y[i - 6] + t[7] * y[i - 7]));
    }
}

TON_INLINED void ton_convolver_multiply(float *restrict sum_re, float *restrict sum_im,
                                        const float *restrict x_re, const float *restrict x_im,
                                        const float *restrict h_re, const float *restrict h_im,
                                        int n) {
    for (int i = 0; i < n; i++) {
        sum_re[i] = (sum_re[i] + x_re[i] * h_re[i]) - x_im[i] * h_im[i];
        sum_im[i] = (sum_im[i] + x_re[i] * h_im[i]) + x_im[i] * h_re[i];
    }
}

/* convolve_levels.c */
void level_lay_out(struct ton_convolver_level *level, struct carver *carver,
                   const struct ton_convolver_shape *shape);
void level_set(struct ton_convolver_level *level, const struct ton_convolver *c, int set,
               int kernel, const float *taps, int n);
void level_clear(struct ton_convolver_level *level, const struct ton_convolver *c);
/* The whole of the smallest partitions' work, while kernels fade for both sets. */
void level_run_at_once(struct ton_convolver_level *level, const struct ton_convolver *c);
/* A slice of the others'. */
void level_run_slice(struct ton_convolver_level *level, const struct ton_convolver *c);

/* The block before this one and this one, of an input. */
static inline size_t near_floats(const struct ton_convolver_shape *shape) {
    return 2 * (size_t)shape->block;
}

static inline int level_sets(const struct ton_convolver_shape *shape) {
    return shape->moving ? 2 : 1;
}

#endif
