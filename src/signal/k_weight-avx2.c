/* SPDX-License-Identifier: GPL-3.0-or-later */
/* K-weighting of two channels in one register: lanes are shelf left, shelf right, high-pass left,
 * high-pass right. The high-pass works one frame behind the shelf, so both stages step at once and
 * no lane waits for another. */

#include "k_weight.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256d both(const double low[2], const double high[2]) {
    return _mm256_set_m128d(_mm_loadu_pd(high), _mm_loadu_pd(low));
}

AVX2 static inline __m256d twice(double low, double high) {
    return _mm256_setr_pd(low, low, high, high);
}

static double shelf_first(const struct ton_k_memory *m, const struct ton_k_weight *k, int c,
                          float x) {
    return ton_k_step(k->b[0], k->a[0], (const double[]){(double)x, m->x[0][c], m->x[1][c]},
                      (const double[]){m->shelf[0][c], m->shelf[1][c]});
}

static double pass_last(const struct ton_k_memory *m, const struct ton_k_weight *k, int c,
                        double older) {
    return ton_k_step(k->b[1], k->a[1], (const double[]){m->shelf[0][c], m->shelf[1][c], older},
                      (const double[]){m->y[0][c], m->y[1][c]});
}

AVX2 void ton_k_weight_avx2(double squares[2], struct ton_k_memory *memory,
                            const struct ton_k_weight *k, const float *left, const float *right,
                            int frames) {
    squares[0] = squares[1] = 0.0;
    if (frames == 0)
        return;
    const __m256d b0 = twice(k->b[0][0], k->b[1][0]), b1 = twice(k->b[0][1], k->b[1][1]);
    const __m256d b2 = twice(k->b[0][2], k->b[1][2]);
    const __m256d a1 = twice(k->a[0][0], k->a[1][0]), a2 = twice(k->a[0][1], k->a[1][1]);
    const double first[2] = {shelf_first(memory, k, 0, left[0]),
                             shelf_first(memory, k, 1, right[0])};
    const double x0[2] = {(double)left[0], (double)right[0]};
    __m256d u1 = both(x0, memory->shelf[0]), u2 = both(memory->x[0], memory->shelf[1]);
    __m256d y1 = both(first, memory->y[0]), y2 = both(memory->shelf[0], memory->y[1]);
    __m256d sum = _mm256_setzero_pd();
    for (int i = 1; i < frames; i++) {
        const __m128 pair = _mm_unpacklo_ps(_mm_load_ss(left + i), _mm_load_ss(right + i));
        const __m256d u0 = _mm256_set_m128d(_mm256_castpd256_pd128(y1), _mm_cvtps_pd(pair));
        __m256d w = _mm256_add_pd(_mm256_mul_pd(b0, u0), _mm256_mul_pd(b1, u1));
        w = _mm256_add_pd(w, _mm256_mul_pd(b2, u2));
        w = _mm256_sub_pd(w, _mm256_mul_pd(a2, y2));
        const __m256d y0 = _mm256_sub_pd(w, _mm256_mul_pd(a1, y1));
        sum = _mm256_add_pd(sum, _mm256_mul_pd(y0, y0));
        u2 = u1, u1 = u0;
        y2 = y1, y1 = y0;
    }
    /* The lanes back to the memory; the high-pass still owes the last frame. */
    double older[2];
    _mm_storeu_pd(memory->x[0], _mm256_castpd256_pd128(u1));
    _mm_storeu_pd(memory->x[1], _mm256_castpd256_pd128(u2));
    _mm_storeu_pd(memory->shelf[0], _mm256_castpd256_pd128(y1));
    _mm_storeu_pd(memory->shelf[1], _mm256_castpd256_pd128(y2));
    _mm_storeu_pd(memory->y[0], _mm256_extractf128_pd(y1, 1));
    _mm_storeu_pd(memory->y[1], _mm256_extractf128_pd(y2, 1));
    _mm_storeu_pd(older, _mm256_extractf128_pd(u2, 1));
    double sums[4];
    _mm256_storeu_pd(sums, sum);
    for (int c = 0; c < 2; c++) {
        const double last = pass_last(memory, k, c, older[c]);
        memory->y[1][c] = memory->y[0][c];
        memory->y[0][c] = last;
        squares[c] = sums[2 + c] + last * last;
    }
}
#endif
