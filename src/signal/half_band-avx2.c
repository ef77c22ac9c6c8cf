/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The half-band kernel with 8 frames a register: the same body for another machine. */
#include "half_band.h"

#if defined(__x86_64__)
HALF_BAND_KERNEL __attribute__((target("avx2"))) void half_band_avx2(float *out, const float *x,
                                                                     const float *taps, int half,
                                                                     int span, int n) {
    half_band_body(out, x, taps, half, span, n);
}
#endif
