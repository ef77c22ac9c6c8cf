/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SIGNAL_HALF_BAND_H
#define TON_SIGNAL_HALF_BAND_H

#include "ton/rt.h"

/* A symmetric filter of which `taps` holds the first half, mirrored:
 *     out[i] = sum over k < half of taps[k] * (x[i + k] + x[i + span - k]),  i < n,
 * added in the order of k. With span = 2 half - 1 it is the branch of a half-band filter that is
 * not a wire. `x` can be read HALF_BAND_PIECE frames beyond what that needs, and `out` written to a
 * whole piece. */
enum { HALF_BAND_PIECE = 32 };

typedef void (*half_band_branch)(float *out, const float *x, const float *taps, int half, int span,
                                 int n);

/* The kernel of this machine (ton/isa.h); all give equal bits. */
half_band_branch half_band_kernel(void);

TON_RT void half_band_plain(float *out, const float *x, const float *taps, int half, int span,
                            int n);
TON_RT void half_band_avx2(float *out, const float *x, const float *taps, int half, int span,
                           int n);

/* The address sanitizer looks once at all that a kernel goes over (half_band.c), and not at each
 * frame of it: that would be a third of its time. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HALF_BAND_WATCHED
#endif
#endif
#ifdef HALF_BAND_WATCHED
#define HALF_BAND_KERNEL __attribute__((no_sanitize("address")))
#else
#define HALF_BAND_KERNEL
#endif

/* The body of every kernel: a piece of outputs stays in registers while the taps pass. */
HALF_BAND_KERNEL static inline __attribute__((always_inline)) void half_band_body(
    float *out, const float *x, const float *taps, int half, int span, int n) {
    for (int at = 0; at < n; at += HALF_BAND_PIECE) {
        float sum[HALF_BAND_PIECE] = {0};
        for (int k = 0; k < half; k++) {
            const float *first = x + at + k, *last = x + at + span - k;
            for (int i = 0; i < HALF_BAND_PIECE; i++)
                sum[i] += taps[k] * (first[i] + last[i]);
        }
        for (int i = 0; i < HALF_BAND_PIECE; i++)
            out[at + i] = sum[i];
    }
}

#endif
