/* SPDX-License-Identifier: GPL-3.0-or-later */
/* K-weighting of two channels in one register: lanes are shelf left, shelf right, high-pass left,
 * high-pass right. The high-pass works two frames behind the shelf, so both stages step at once and
 * a step waits for nothing but its own stage. */

#include "k_weight.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
enum { BEHIND = 2 };

AVX2 static inline __m256d both(const double low[2], const double high[2]) {
    return _mm256_set_m128d(_mm_loadu_pd(high), _mm_loadu_pd(low));
}

AVX2 static inline __m256d twice(double low, double high) {
    return _mm256_setr_pd(low, low, high, high);
}

AVX2 static inline void store(double low[2], double high[2], __m256d lanes) {
    _mm_storeu_pd(low, _mm256_castpd256_pd128(lanes));
    _mm_storeu_pd(high, _mm256_extractf128_pd(lanes, 1));
}

/* One frame of one stage of both channels; `u` and `y` are [newest first][channel]. */
static void step(double u[2][2], double y[2][2], const struct ton_k_weight *k, int stage,
                 const double in[2]) {
    for (int c = 0; c < 2; c++) {
        const double out =
            ton_k_step(k->b[stage], k->a[stage], (const double[]){in[c], u[0][c], u[1][c]},
                       (const double[]){y[0][c], y[1][c]});
        u[1][c] = u[0][c], u[0][c] = in[c];
        y[1][c] = y[0][c], y[0][c] = out;
    }
}

AVX2 void ton_k_weight_avx2(double squares[2], struct ton_k_memory *memory,
                            const struct ton_k_weight *k, const float *left, const float *right,
                            int frames) {
    if (frames <= BEHIND) {
        ton_k_weight_plain(squares, memory, k, left, right, frames);
        return;
    }
    /* What goes into the high-pass, and what came out: two frames behind what came out of the
     * shelf. */
    double passed[2][2];
    memcpy(passed, memory->shelf, sizeof passed);
    for (int i = 0; i < BEHIND; i++)
        step(memory->x, memory->shelf, k, 0, (const double[]){(double)left[i], (double)right[i]});

    const __m256d b0 = twice(k->b[0][0], k->b[1][0]), b1 = twice(k->b[0][1], k->b[1][1]);
    const __m256d b2 = twice(k->b[0][2], k->b[1][2]);
    const __m256d a1 = twice(k->a[0][0], k->a[1][0]), a2 = twice(k->a[0][1], k->a[1][1]);
    __m256d u1 = both(memory->x[0], passed[0]), u2 = both(memory->x[1], passed[1]);
    __m256d y1 = both(memory->shelf[0], memory->y[0]), y2 = both(memory->shelf[1], memory->y[1]);
    __m256d sum = _mm256_setzero_pd();
    for (int i = BEHIND; i < frames; i++) {
        const __m128 pair = _mm_unpacklo_ps(_mm_load_ss(left + i), _mm_load_ss(right + i));
        const __m256d u0 = _mm256_set_m128d(_mm256_castpd256_pd128(y2), _mm_cvtps_pd(pair));
        __m256d w = _mm256_add_pd(_mm256_mul_pd(b1, u1), _mm256_mul_pd(b2, u2));
        w = _mm256_sub_pd(w, _mm256_mul_pd(a2, y2));
        w = _mm256_add_pd(w, _mm256_mul_pd(b0, u0));
        const __m256d y0 = _mm256_sub_pd(w, _mm256_mul_pd(a1, y1));
        sum = _mm256_add_pd(sum, _mm256_mul_pd(y0, y0));
        u2 = u1, u1 = u0;
        y2 = y1, y1 = y0;
    }
    store(memory->x[0], passed[0], u1);
    store(memory->x[1], passed[1], u2);
    store(memory->shelf[0], memory->y[0], y1);
    store(memory->shelf[1], memory->y[1], y2);
    double unused[2];
    store(unused, squares, sum);
    for (int i = BEHIND - 1; i >= 0; i--) {
        step(passed, memory->y, k, 1, memory->shelf[i]);
        for (int c = 0; c < 2; c++)
            squares[c] += memory->y[0][c] * memory->y[0][c];
    }
}
#endif
