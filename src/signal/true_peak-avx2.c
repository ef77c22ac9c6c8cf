/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The true-peak kernels with 8 frames a register. Products and sums are separate and in the order
 * of the plain kernel, so the bits are equal. */

#include "true_peak.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
enum { LANES = 8, CHAINS = TON_TP_PIECE / LANES };

AVX2 static inline __m256 magnitude(__m256 x) {
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}

AVX2 static float largest(__m256 lanes) {
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

/* Frames i … of the n, with 0 for those beyond. */
AVX2 static inline __m256 load(const float *x, int i, int n) {
    static const int ones[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1};
    if (n - i >= LANES)
        return _mm256_loadu_ps(x + i);
    return _mm256_maskload_ps(
        x + i, _mm256_loadu_si256((const __m256i *)(const void *)(ones + LANES - (n - i))));
}

AVX2 static float crest(const float *x, int n) {
    __m256 most = _mm256_setzero_ps();
    for (int i = 0; i < n; i += LANES)
        most = _mm256_max_ps(magnitude(load(x, i, n)), most);
    return largest(most);
}

AVX2 static void point(float out[TON_TP_PIECE], const float *x,
                       const float taps[TON_TRUE_PEAK_TAPS]) {
    __m256 sum[CHAINS];
    for (int c = 0; c < CHAINS; c++)
        sum[c] = _mm256_setzero_ps();
    for (int r = 0; r < TON_TP_LANES; r++)
        for (int k = r; k < TON_TRUE_PEAK_TAPS; k += TON_TP_LANES) {
            const __m256 tap = _mm256_set1_ps(taps[k]);
#pragma GCC unroll 8
            for (int c = 0; c < CHAINS; c++)
                sum[c] =
                    _mm256_add_ps(sum[c], _mm256_mul_ps(tap, _mm256_loadu_ps(x + c * LANES + k)));
        }
#pragma GCC unroll 8
    for (int c = 0; c < CHAINS; c++)
        _mm256_storeu_ps(out + c * LANES, sum[c]);
}

AVX2 static float sines(const float *before, const float *at, const float *after, int n) {
    const __m256 four = _mm256_set1_ps(4.0f), least = _mm256_set1_ps(1e-37f);
    __m256 most = _mm256_setzero_ps();
    for (int i = 0; i < n; i += LANES) {
        const __m256 a = load(before, i, n), b = load(at, i, n), c = load(after, i, n);
        const __m256 square = _mm256_mul_ps(b, b), sum = _mm256_add_ps(a, c);
        const __m256 difference = _mm256_sub_ps(c, a);
        const __m256 below = _mm256_add_ps(
            _mm256_sub_ps(_mm256_mul_ps(four, square), _mm256_mul_ps(sum, sum)), least);
        const __m256 ratio = _mm256_div_ps(_mm256_mul_ps(difference, difference), below);
        const __m256 found = _mm256_add_ps(square, _mm256_mul_ps(square, ratio));
        const __m256 top = _mm256_and_ps(_mm256_cmp_ps(square, _mm256_mul_ps(a, a), _CMP_GE_OQ),
                                         _mm256_cmp_ps(square, _mm256_mul_ps(c, c), _CMP_GE_OQ));
        most = _mm256_max_ps(_mm256_and_ps(found, top), most);
    }
    return largest(most);
}

const struct ton_true_peak_kernels ton_true_peak_avx2 = {crest, point, sines};
#endif
