/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The passes that make a real transform of a complex one, for each instruction set. */
#ifndef TON_SIGNAL_FFT_H
#define TON_SIGNAL_FFT_H

#include "ton/fft.h"

/* Bins 1 … half - 1 but half / 2, of `half` complex values z, interleaved. */
struct ton_fft_passes {
    void (*part)(float *restrict re, float *restrict im, const float *restrict z,
                 const float *restrict turn_re, const float *restrict turn_im, int half);
    void (*join)(float *restrict z, const float *restrict re, const float *restrict im,
                 const float *restrict turn_re, const float *restrict turn_im, int half);
};

extern const struct ton_fft_passes ton_fft_plain, ton_fft_avx2;

#endif
