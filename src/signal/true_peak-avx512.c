/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The true-peak kernels with 16 frames a register. Products and sums are separate and in the order
 * of the plain kernel, so the bits are equal. */

#include "true_peak.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl")))
enum { LANES = 16, CHAINS = TON_TP_PIECE / LANES, ROUNDS = TON_TRUE_PEAK_TAPS / LANES };

AVX512 static float crest(const float *x, int n) {
    __m512 most = _mm512_setzero_ps();
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        most = _mm512_max_ps(_mm512_abs_ps(_mm512_loadu_ps(x + i)), most);
    const __mmask16 rest = (__mmask16)((1u << (n - i)) - 1u);
    most = _mm512_max_ps(_mm512_abs_ps(_mm512_maskz_loadu_ps(rest, x + i)), most);
    return _mm512_reduce_max_ps(most);
}

AVX512 static void point(float out[TON_TP_PIECE], const float *x,
                         const float taps[TON_TRUE_PEAK_TAPS]) {
    __m512 sum[CHAINS];
    for (int c = 0; c < CHAINS; c++)
        sum[c] = _mm512_setzero_ps();
    for (int r = 0; r < LANES; r++) {
        __m512 shifted[CHAINS + ROUNDS - 1];
#pragma GCC unroll 7
        for (int j = 0; j < CHAINS + ROUNDS - 1; j++)
            shifted[j] = _mm512_loadu_ps(x + j * LANES + r);
#pragma GCC unroll 4
        for (int q = 0; q < ROUNDS; q++) {
            const __m512 tap = _mm512_set1_ps(taps[q * LANES + r]);
#pragma GCC unroll 4
            for (int c = 0; c < CHAINS; c++)
                sum[c] = _mm512_add_ps(sum[c], _mm512_mul_ps(tap, shifted[c + q]));
        }
    }
#pragma GCC unroll 4
    for (int c = 0; c < CHAINS; c++)
        _mm512_storeu_ps(out + c * LANES, sum[c]);
}

AVX512 static float sines(const float *before, const float *at, const float *after, int n) {
    const __m512 four = _mm512_set1_ps(4.0f), least = _mm512_set1_ps(1e-37f);
    __m512 most = _mm512_setzero_ps();
    for (int i = 0; i < n; i += LANES) {
        const __mmask16 in = n - i >= LANES ? 0xffff : (__mmask16)((1u << (n - i)) - 1u);
        const __m512 a = _mm512_maskz_loadu_ps(in, before + i);
        const __m512 b = _mm512_maskz_loadu_ps(in, at + i);
        const __m512 c = _mm512_maskz_loadu_ps(in, after + i);
        const __m512 square = _mm512_mul_ps(b, b), sum = _mm512_add_ps(a, c);
        const __m512 difference = _mm512_sub_ps(c, a);
        const __m512 below = _mm512_add_ps(
            _mm512_sub_ps(_mm512_mul_ps(four, square), _mm512_mul_ps(sum, sum)), least);
        const __m512 ratio = _mm512_div_ps(_mm512_mul_ps(difference, difference), below);
        const __m512 found = _mm512_add_ps(square, _mm512_mul_ps(square, ratio));
        const __mmask16 top = _mm512_cmp_ps_mask(square, _mm512_mul_ps(a, a), _CMP_GE_OQ) &
                              _mm512_cmp_ps_mask(square, _mm512_mul_ps(c, c), _CMP_GE_OQ);
        most = _mm512_max_ps(_mm512_maskz_mov_ps(top, found), most);
    }
    return _mm512_reduce_max_ps(most);
}

const struct ton_true_peak_kernels ton_true_peak_avx512 = {crest, point, sines};
#endif
