/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of convolution, and what convolve.c asks of a level. */
#ifndef TON_SIGNAL_CONVOLVE_H
#define TON_SIGNAL_CONVOLVE_H

#include "ton/convolve.h"

/* Which partitions are added up, of how many. */
struct ton_convolver_reach {
    int slot, from, to, partitions;
};

struct ton_convolver_kernels {
    /* out[i] += sum over k of taps[k] x[i - k]; x has n_taps - 1 frames before it, n_taps is a
     * multiple of TON_CONVOLVER_SUM. */
    void (*direct)(float *out, const float *x, const float *taps, int n_taps, int n);
    /* sum += x h, complex, over partitions from … to - 1 of `strips` strips of bins: x[strip][slot]
     * and h[strip][partition] are TON_CONVOLVER_STRIP real and as many imaginary parts. Partition p
     * belongs to slot (slot + p) modulo partitions. */
    void (*multiply)(float *sum_re, float *sum_im, const float *x, const float *h,
                     struct ton_convolver_reach reach, int strips);
};

extern const struct ton_convolver_kernels ton_convolver_plain, ton_convolver_avx2,
    ton_convolver_avx512;

enum {
    TON_CONVOLVER_SUM = 8,   /* taps added up by themselves: a sum of few sums rounds less */
    TON_CONVOLVER_STRIP = 16 /* bins whose sum stays in registers over all partitions */
};

/* convolve_levels.c */
void level_lay_out(struct ton_convolver_level *level, struct carver *carver,
                   const struct ton_convolver_shape *shape);
/* Partitions from … to - 1 of a kernel. */
void level_set(struct ton_convolver_level *level, const struct ton_convolver *c, int set,
               int kernel, const float *taps, int n, int from, int to);
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
