/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FFT_H
#define TON_FFT_H

#include "ton/err.h"
#include "ton/rt.h"

/* The Fourier transform of n real samples, single precision: a round trip is 132 dB above its error
 * or better. FFTW does the complex transform of n/2 points, a pass of our own makes the real one of
 * it: twice as fast as FFTW's real plans chosen without trying them out (0.8 against 1.6 ns a
 * sample from 256 to 8192), and plans that are not tried out are the same on every run. */
enum {
    TON_FFT_LEAST = 32,
    TON_FFT_MOST = 1 << 19,   /* on the audio thread; above, FFTW allocates inside */
    TON_FFT_LONGEST = 1 << 23 /* elsewhere */
};

struct fftwf_plan_s;
struct ton_fft_passes;
struct ton_fft {
    int n;
    const struct ton_fft_passes *passes;
    struct fftwf_plan_s *forward, *backward;
    float *turn_re, *turn_im, *work; /* in the caller's memory */
};

/* Floats of memory for size `n`. */
static inline size_t ton_fft_floats(int n) {
    return 2 * (size_t)n;
}

/* `n` is a power of two, TON_FFT_LEAST … TON_FFT_LONGEST; `memory` is aligned to 64 bytes and stays
 * where it is. TON_MEMORY without a plan. @thread any but audio: it waits for others that plan */
enum ton_code ton_fft_open(struct ton_fft *f, float *memory, int n, struct ton_err *err);
void ton_fft_close(struct ton_fft *f); /* zeroed or closed already is fine */

/* Bins 0 … n/2 - 1 of the spectrum, sum of x[t] exp(-2 pi j k t / n); the last one, n/2, is real
 * like bin 0 and stands in im[0]. All pointers aligned to 64 bytes, nothing overlaps. One thread at
 * a time. @thread audio */
TON_RT void ton_fft_forward(const struct ton_fft *f, float *re, float *im, const float *x);

/* Back, n times too large. */
TON_RT void ton_fft_inverse(const struct ton_fft *f, float *x, const float *re, const float *im);

#endif
