/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Registers as the compiler has them for the set in hand: TON_VECTOR bytes wide (64 AVX-512, 32
 * AVX2, 16 SSE2 and NEON). Nearly all is GCC's and clang's vector extension, so that
 * one source does for every machine. */
#ifndef TON_SIGNAL_LANES_H
#define TON_SIGNAL_LANES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define LANE static inline __attribute__((always_inline))

/* Doubles side by side, and as many floats; floats filling a whole register. */
enum { DOUBLES = TON_VECTOR / 8, FLOATS = TON_VECTOR / 4 };
typedef double doubles __attribute__((vector_size(TON_VECTOR)));
typedef int64_t long_masks __attribute__((vector_size(TON_VECTOR)));
typedef float half_floats __attribute__((vector_size(TON_VECTOR / 2)));
typedef float floats __attribute__((vector_size(TON_VECTOR)));
typedef int32_t masks __attribute__((vector_size(TON_VECTOR)));

LANE floats floats_at(const float *x) {
    floats v;
    memcpy(&v, x, sizeof v);
    return v;
}

LANE void floats_to(float *x, floats v) {
    memcpy(x, &v, sizeof v);
}

LANE doubles doubles_at(const double *x) {
    doubles v;
    memcpy(&v, x, sizeof v);
    return v;
}

LANE void doubles_to(double *x, doubles v) {
    memcpy(x, &v, sizeof v);
}

/* The same for the first n, 0 behind; all of them when there are so many. */
LANE floats some_floats_at(const float *x, int n) {
    if (n >= FLOATS)
        return floats_at(x);
    floats v = {0};
    memcpy(&v, x, sizeof *x * (size_t)n);
    return v;
}

LANE void some_floats_to(float *x, floats v, int n) {
    if (n >= FLOATS)
        floats_to(x, v);
    else
        memcpy(x, &v, sizeof *x * (size_t)n);
}

LANE floats floats_of(float x) {
    return x - (floats){0};
}

LANE doubles doubles_of(double x) {
    return x - (doubles){0};
}

LANE long_masks longs_at(const int64_t *x) {
    long_masks v;
    memcpy(&v, x, sizeof v);
    return v;
}

LANE void longs_to(int64_t *x, long_masks v) {
    memcpy(x, &v, sizeof v);
}

LANE long_masks longs_of(int64_t x) {
    return x - (long_masks){0};
}

LANE half_floats half_at(const float *x) {
    half_floats v;
    memcpy(&v, x, sizeof v);
    return v;
}

LANE void half_to(float *x, half_floats v) {
    memcpy(x, &v, sizeof v);
}

LANE doubles widened(half_floats v) {
#if TON_VECTOR == 64 /* the compiler does it in halves */
    return (doubles)_mm512_cvtps_pd((__m256)v);
#elif TON_VECTOR == 32
    return (doubles)_mm256_cvtps_pd((__m128)v);
#else
    return __builtin_convertvector(v, doubles);
#endif
}

LANE half_floats narrowed(doubles v) {
    return __builtin_convertvector(v, half_floats);
}

/* Where the mask is set `a`, else `b`: what a < b ? a : b gives with the mask a < b. */
LANE doubles chosen(long_masks mask, doubles a, doubles b) {
    return (doubles)(((long_masks)a & mask) | ((long_masks)b & ~mask));
}

/* a > b ? a : b and a < b ? a : b, so what is no number in `a` gives b: just what x86 does. */
#if TON_VECTOR == 64
LANE floats larger(floats a, floats b) {
    return (floats)_mm512_max_ps((__m512)a, (__m512)b);
}
LANE doubles smaller(doubles a, doubles b) {
    return (doubles)_mm512_min_pd((__m512d)a, (__m512d)b);
}
#elif TON_VECTOR == 32
LANE floats larger(floats a, floats b) {
    return (floats)_mm256_max_ps((__m256)a, (__m256)b);
}
LANE doubles smaller(doubles a, doubles b) {
    return (doubles)_mm256_min_pd((__m256d)a, (__m256d)b);
}
#elif defined(__x86_64__)
LANE floats larger(floats a, floats b) {
    return (floats)_mm_max_ps((__m128)a, (__m128)b);
}
LANE doubles smaller(doubles a, doubles b) {
    return (doubles)_mm_min_pd((__m128d)a, (__m128d)b);
}
#else
LANE floats larger(floats a, floats b) {
    const masks mask = a > b;
    return (floats)(((masks)a & mask) | ((masks)b & ~mask));
}
LANE doubles smaller(doubles a, doubles b) {
    return chosen(a < b, a, b);
}
#endif

/* In every lane; what is no number equals nothing. */
LANE bool are_equal(floats a, floats b) {
#if TON_VECTOR == 64
    return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_NEQ_UQ) == 0;
#elif TON_VECTOR == 32
    return _mm256_movemask_ps(_mm256_cmp_ps((__m256)a, (__m256)b, _CMP_NEQ_UQ)) == 0;
#elif defined(__x86_64__)
    return _mm_movemask_ps(_mm_cmpneq_ps((__m128)a, (__m128)b)) == 0;
#else
    const long_masks equal = (long_masks)(a == b);
    return (equal[0] & equal[1]) == -1;
#endif
}

/* Doubles or longs: the last place, two or four of `before`, then the first ones of `v`. */
#if TON_VECTOR == 64
#define MOVED_1(before, v) __builtin_shufflevector(before, v, 7, 8, 9, 10, 11, 12, 13, 14)
#define MOVED_2(before, v) __builtin_shufflevector(before, v, 6, 7, 8, 9, 10, 11, 12, 13)
#define MOVED_4(before, v) __builtin_shufflevector(before, v, 4, 5, 6, 7, 8, 9, 10, 11)
#elif TON_VECTOR == 32
#define MOVED_1(before, v) __builtin_shufflevector(before, v, 3, 4, 5, 6)
#define MOVED_2(before, v) __builtin_shufflevector(before, v, 2, 3, 4, 5)
#define MOVED_4(before, v) (before)
#else
#define MOVED_1(before, v) __builtin_shufflevector(before, v, 1, 2)
#define MOVED_2(before, v) (before)
#endif

/* Columns become rows: DOUBLES rows of as many floats. Each round deals the two halves of the rows
 * like cards; after log2(DOUBLES) rounds what was the row is the column. */
#if TON_VECTOR == 64
#define DEAL_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define DEAL_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
enum { DEALS = 3 };
#elif TON_VECTOR == 32
#define DEAL_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define DEAL_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
enum { DEALS = 2 };
#else
#define DEAL_LOW(a, b) __builtin_shufflevector(a, b, 0, 2)
#define DEAL_HIGH(a, b) __builtin_shufflevector(a, b, 1, 3)
enum { DEALS = 1 };
#endif

LANE void transpose(half_floats rows[DOUBLES]) {
    half_floats dealt[DOUBLES];
    for (int deal = 0; deal < DEALS; deal++) {
        for (int i = 0; i < DOUBLES / 2; i++) {
            dealt[2 * i] = DEAL_LOW(rows[i], rows[i + DOUBLES / 2]);
            dealt[2 * i + 1] = DEAL_HIGH(rows[i], rows[i + DOUBLES / 2]);
        }
        memcpy(rows, dealt, sizeof dealt);
    }
}

/* The same for FLOATS rows of whole registers. */
#if TON_VECTOR == 64
#define DEAL_FLOATS_LOW(a, b)                                                                      \
    __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define DEAL_FLOATS_HIGH(a, b)                                                                     \
    __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#elif TON_VECTOR == 32
#define DEAL_FLOATS_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define DEAL_FLOATS_HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define DEAL_FLOATS_LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define DEAL_FLOATS_HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif

LANE void transpose_floats(floats rows[FLOATS]) {
    floats dealt[FLOATS];
    for (int deal = 0; deal < DEALS + 1; deal++) {
        for (int i = 0; i < FLOATS / 2; i++) {
            dealt[2 * i] = DEAL_FLOATS_LOW(rows[i], rows[i + FLOATS / 2]);
            dealt[2 * i + 1] = DEAL_FLOATS_HIGH(rows[i], rows[i + FLOATS / 2]);
        }
        memcpy(rows, dealt, sizeof dealt);
    }
}

/* rows[t][lane] = in[lane][at + t] for t < n; DOUBLES frames at once when there are so many. */
LANE void gather(doubles *rows, const float *const in[DOUBLES], int at, int n) {
    half_floats r[DOUBLES] = {0};
    if (n >= DOUBLES) {
        for (int l = 0; l < DOUBLES; l++)
            r[l] = half_at(in[l] + at);
        transpose(r);
        for (int t = 0; t < DOUBLES; t++)
            rows[t] = widened(r[t]);
        return;
    }
    for (int t = 0; t < n; t++) {
        for (int l = 0; l < DOUBLES; l++)
            r[0][l] = in[l][at + t];
        rows[t] = widened(r[0]);
    }
}

/* And back, into the first n_lanes of `out`. */
LANE void scatter(float *const out[DOUBLES], int n_lanes, const doubles *rows, int at, int n) {
    half_floats r[DOUBLES] = {0};
    if (n >= DOUBLES) {
        for (int t = 0; t < DOUBLES; t++)
            r[t] = narrowed(rows[t]);
        transpose(r);
        for (int l = 0; l < DOUBLES; l++)
            if (l < n_lanes)
                half_to(out[l] + at, r[l]);
        return;
    }
    for (int t = 0; t < n; t++) {
        float frame[DOUBLES];
        half_to(frame, narrowed(rows[t]));
        for (int l = 0; l < n_lanes && l < DOUBLES; l++)
            out[l][at + t] = frame[l];
    }
}

#endif
