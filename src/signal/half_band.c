/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The half-band kernel in plain C, and the choice of one. */
#include "half_band.h"

#include "ton/isa.h"

HALF_BAND_KERNEL void half_band_plain(float *out, const float *x, const float *taps, int half,
                                      int span, int n) {
    half_band_body(out, x, taps, half, span, n);
}

static half_band_branch kernel_of_machine(void) {
#if defined(__x86_64__)
    static const half_band_branch table[TON_N_ISAS] = {half_band_plain, half_band_avx2,
                                                       half_band_avx2};
    return table[ton_isa()];
#else
    return half_band_plain;
#endif
}

#ifdef HALF_BAND_WATCHED
#include <sanitizer/asan_interface.h>
#include <stddef.h>

static void look_at(const float *at, int n) {
    const volatile char *bad = __asan_region_is_poisoned((void *)at, sizeof *at * (size_t)n);
    if (bad)
        (void)*bad; /* which it reports */
}

static void watched(float *out, const float *x, const float *taps, int half, int span, int n) {
    const int whole = (n + HALF_BAND_PIECE - 1) / HALF_BAND_PIECE * HALF_BAND_PIECE;
    look_at(out, whole);
    look_at(x, whole > 0 ? whole + span : 0);
    look_at(taps, half);
    kernel_of_machine()(out, x, taps, half, span, n);
}

half_band_branch half_band_kernel(void) {
    return watched;
}
#else
half_band_branch half_band_kernel(void) {
    return kernel_of_machine();
}
#endif
