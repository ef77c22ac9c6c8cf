/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The survey with its eight lanes in two registers of doubles. */

#include "survey.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
enum { HALF = SURVEY_LANES / 2 };

AVX2 static struct survey survey(const float *x, int n) {
    struct survey_lanes lanes;
    __m256 low = _mm256_set1_ps(x[0]), high = low;
    __m256d sum[2], squares[2];
    sum[0] = sum[1] = squares[0] = squares[1] = _mm256_setzero_pd();
    int i = 0;
    for (; i + SURVEY_LANES <= n; i += SURVEY_LANES) {
        const __m256 v = _mm256_loadu_ps(x + i);
        low = _mm256_min_ps(v, low);
        high = _mm256_max_ps(v, high);
        for (int h = 0; h < 2; h++) {
            const __m256d d = _mm256_cvtps_pd(_mm_loadu_ps(x + i + h * HALF));
            sum[h] = _mm256_add_pd(sum[h], d);
            squares[h] = _mm256_add_pd(squares[h], _mm256_mul_pd(d, d));
        }
    }
    _mm256_storeu_ps(lanes.low, low);
    _mm256_storeu_ps(lanes.high, high);
    for (int h = 0; h < 2; h++) {
        _mm256_storeu_pd(lanes.sum + h * HALF, sum[h]);
        _mm256_storeu_pd(lanes.squares + h * HALF, squares[h]);
    }
    return survey_end(&lanes, x + i, n - i);
}

AVX2 static double product(const float *x, const float *y, int n) {
    __m256d sum[2];
    double lanes[SURVEY_LANES];
    sum[0] = sum[1] = _mm256_setzero_pd();
    int i = 0;
    for (; i + SURVEY_LANES <= n; i += SURVEY_LANES)
        for (int h = 0; h < 2; h++)
            sum[h] = _mm256_add_pd(sum[h],
                                   _mm256_mul_pd(_mm256_cvtps_pd(_mm_loadu_ps(x + i + h * HALF)),
                                                 _mm256_cvtps_pd(_mm_loadu_ps(y + i + h * HALF))));
    for (int h = 0; h < 2; h++)
        _mm256_storeu_pd(lanes + h * HALF, sum[h]);
    return survey_product_end(lanes, x + i, y + i, n - i);
}

const struct survey_kernels survey_avx2 = {survey, product};
#endif
