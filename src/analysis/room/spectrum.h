/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_SPECTRUM_H
#define TON_ROOM_SPECTRUM_H

#include "ton/fft.h"

/* A transform of any length with its arrays, for work that takes its time. Two spectra, [0] and
 * [1], so that one can be divided by the other. Bin k is at k / n of the rate; im[0] is the bin at
 * half the rate (ton_fft_forward). */
struct spectrum {
    int n; /* a power of two */
    struct ton_fft fft;
    float *memory;
    float *x;
    float *re[2], *im[2];
};

/* Room for `frames` samples or more, at most TON_FFT_LONGEST. Close also what failed. */
enum ton_code spectrum_open(struct spectrum *s, int64_t frames, struct ton_err *err);
void spectrum_close(struct spectrum *s);

/* Spectrum `which` of frames of sound, followed by zeros. */
void spectrum_of(struct spectrum *s, int which, const float *sound, int frames);

/* Of spectrum 0 into x, at its true size. */
void spectrum_back(struct spectrum *s);

/* |.|^2 of spectrum 0 at bin 0 … n/2. */
double spectrum_power(const struct spectrum *s, int bin);

#endif
