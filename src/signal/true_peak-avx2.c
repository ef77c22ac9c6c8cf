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

AVX2 static float crest(const float *x, int n) {
    __m256 most = _mm256_setzero_ps();
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        most = _mm256_max_ps(magnitude(_mm256_loadu_ps(x + i)), most);
    float lanes[LANES];
    _mm256_storeu_ps(lanes, most);
    for (int l = 1; l < LANES; l++)
        lanes[0] = lanes[l] > lanes[0] ? lanes[l] : lanes[0];
    for (; i < n; i++)
        lanes[0] = fabsf(x[i]) > lanes[0] ? fabsf(x[i]) : lanes[0];
    return lanes[0];
}

AVX2 static void raise(float out[TON_TP_PIECE], const float *x,
                       const float taps[TON_TRUE_PEAK_TAPS]) {
    __m256 sum[CHAINS];
    for (int c = 0; c < CHAINS; c++)
        sum[c] = _mm256_setzero_ps();
    for (int k = 0; k < TON_TRUE_PEAK_TAPS; k++) {
        const __m256 tap = _mm256_set1_ps(taps[k]);
#pragma GCC unroll 8
        for (int c = 0; c < CHAINS; c++)
            sum[c] = _mm256_add_ps(sum[c], _mm256_mul_ps(tap, _mm256_loadu_ps(x + c * LANES + k)));
    }
    for (int c = 0; c < CHAINS; c++)
        _mm256_storeu_ps(out + c * LANES,
                         _mm256_max_ps(magnitude(sum[c]), _mm256_loadu_ps(out + c * LANES)));
}

const struct ton_true_peak_kernels ton_true_peak_avx2 = {crest, raise};
#endif
