/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The survey with its eight lanes in one register of doubles. */

#include "survey.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl")))

AVX512 static struct survey survey(const float *x, int n) {
    struct survey_lanes lanes;
    __m256 low = _mm256_set1_ps(x[0]), high = low;
    __m512d sum = _mm512_setzero_pd(), squares = sum;
    int i = 0;
    for (; i + SURVEY_LANES <= n; i += SURVEY_LANES) {
        const __m256 v = _mm256_loadu_ps(x + i);
        const __m512d d = _mm512_cvtps_pd(v);
        low = _mm256_min_ps(v, low);
        high = _mm256_max_ps(v, high);
        sum = _mm512_add_pd(sum, d);
        squares = _mm512_add_pd(squares, _mm512_mul_pd(d, d));
    }
    _mm256_storeu_ps(lanes.low, low);
    _mm256_storeu_ps(lanes.high, high);
    _mm512_storeu_pd(lanes.sum, sum);
    _mm512_storeu_pd(lanes.squares, squares);
    return survey_end(&lanes, x + i, n - i);
}

AVX512 static double product(const float *x, const float *y, int n) {
    __m512d sum = _mm512_setzero_pd();
    double lanes[SURVEY_LANES];
    int i = 0;
    for (; i + SURVEY_LANES <= n; i += SURVEY_LANES)
        sum = _mm512_add_pd(sum, _mm512_mul_pd(_mm512_cvtps_pd(_mm256_loadu_ps(x + i)),
                                               _mm512_cvtps_pd(_mm256_loadu_ps(y + i))));
    _mm512_storeu_pd(lanes, sum);
    return survey_product_end(lanes, x + i, y + i, n - i);
}

const struct survey_kernels survey_avx512 = {survey, product};
#endif
