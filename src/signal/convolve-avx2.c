/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of convolution in registers of eight. */
#include "convolve.h"

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))

AVX2 static void direct(float *out, const float *x, const float *taps, int n_taps, int n) {
    ton_convolver_direct(out, x, taps, n_taps, n);
}

AVX2 static void multiply(float *sum_re, float *sum_im, const float *x_re, const float *x_im,
                          const float *h_re, const float *h_im, int n) {
    ton_convolver_multiply(sum_re, sum_im, x_re, x_im, h_re, h_im, n);
}

const struct ton_convolver_kernels ton_convolver_avx2 = {direct, multiply};
#endif
