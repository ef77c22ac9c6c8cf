/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of convolution, and what convolve.c asks of a level. */
#ifndef TON_SIGNAL_CONVOLVE_H
#define TON_SIGNAL_CONVOLVE_H

#include "ton/convolve.h"

struct ton_convolver_kernels {
    /* out[i] += sum over k of taps[k] x[i - k]; x has n_taps - 1 frames before it, and may be
     * read to TON_CONVOLVER_SIDE behind its n; n_taps is a multiple of TON_CONVOLVER_SUM. */
    void (*direct)(float *out, const float *x, const float *taps, int n_taps, int n);
    /* sum[i] += x[i] h[i], complex. */
    void (*multiply)(float *sum_re, float *sum_im, const float *x_re, const float *x_im,
                     const float *h_re, const float *h_im, int n);
};

extern const struct ton_convolver_kernels ton_convolver_plain, ton_convolver_avx2;

/* The loops themselves, compiled once per instruction set: the same operations in the same order.
 */
enum {
    TON_CONVOLVER_SIDE = 16, /* frames side by side */
    TON_CONVOLVER_SUM = 8    /* taps added up by themselves: a sum of few sums rounds less */
};

__attribute__((always_inline)) static inline void ton_convolver_direct(float *restrict out,
                                                                       const float *x,
                                                                       const float *taps,
                                                                       int n_taps, int n) {
    for (int i = 0; i < n; i += TON_CONVOLVER_SIDE) {
        float whole[TON_CONVOLVER_SIDE] = {0};
        for (int from = 0; from < n_taps; from += TON_CONVOLVER_SUM) {
            float sum[TON_CONVOLVER_SIDE] = {0};
            for (int k = from; k < from + TON_CONVOLVER_SUM; k++)
                for (int j = 0; j < TON_CONVOLVER_SIDE; j++)
                    sum[j] += taps[k] * x[i + j - k];
            for (int j = 0; j < TON_CONVOLVER_SIDE; j++)
                whole[j] += sum[j];
        }
        for (int j = 0; j < TON_CONVOLVER_SIDE && i + j < n; j++)
            out[i + j] += whole[j];
    }
}

__attribute__((always_inline)) static inline void ton_convolver_multiply(
    float *restrict sum_re, float *restrict sum_im, const float *restrict x_re,
    const float *restrict x_im, const float *restrict h_re, const float *restrict h_im, int n) {
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

/* The block before this one and this one of an input, and room behind for the direct loop. */
static inline size_t near_floats(const struct ton_convolver_shape *shape) {
    return 2 * (size_t)shape->block + TON_CONVOLVER_SIDE;
}

static inline int level_sets(const struct ton_convolver_shape *shape) {
    return shape->moving ? 2 : 1;
}

#endif
