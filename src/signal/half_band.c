/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The half-band kernel in plain C, and the choice of one. */
#include "half_band.h"

#include "ton/isa.h"

void half_band_plain(float *out, const float *x, const float *taps, int half, int span, int n) {
    half_band_body(out, x, taps, half, span, n);
}

half_band_branch half_band_kernel(void) {
#if defined(__x86_64__)
    static const half_band_branch table[TON_N_ISAS] = {half_band_plain, half_band_avx2,
                                                       half_band_avx2};
    return table[ton_isa()];
#else
    return half_band_plain;
#endif
}
