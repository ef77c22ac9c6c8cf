/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The true-peak kernels with 16 frames a register. Products and sums are separate and in the order
 * of the plain kernel, so the bits are equal. */

#include "true_peak.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl")))
enum { LANES = 16, CHAINS = TON_TP_PIECE / LANES };

AVX512 static float crest(const float *x, int n) {
    __m512 most = _mm512_setzero_ps();
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        most = _mm512_max_ps(_mm512_abs_ps(_mm512_loadu_ps(x + i)), most);
    const __mmask16 rest = (__mmask16)((1u << (n - i)) - 1u);
    most = _mm512_max_ps(_mm512_abs_ps(_mm512_maskz_loadu_ps(rest, x + i)), most);
    return _mm512_reduce_max_ps(most);
}

AVX512 static void raise(float out[TON_TP_PIECE], const float *x,
                         const float taps[TON_TRUE_PEAK_TAPS]) {
    __m512 sum[CHAINS];
    for (int c = 0; c < CHAINS; c++)
        sum[c] = _mm512_setzero_ps();
    for (int k = 0; k < TON_TRUE_PEAK_TAPS; k++) {
        const __m512 tap = _mm512_set1_ps(taps[k]);
#pragma GCC unroll 4
        for (int c = 0; c < CHAINS; c++)
            sum[c] = _mm512_add_ps(sum[c], _mm512_mul_ps(tap, _mm512_loadu_ps(x + c * LANES + k)));
    }
    for (int c = 0; c < CHAINS; c++)
        _mm512_storeu_ps(out + c * LANES,
                         _mm512_max_ps(_mm512_abs_ps(sum[c]), _mm512_loadu_ps(out + c * LANES)));
}

const struct ton_true_peak_kernels ton_true_peak_avx512 = {crest, raise};
#endif
