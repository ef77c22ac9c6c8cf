/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SIGNAL_SHAPE_H
#define TON_SIGNAL_SHAPE_H

#include "ton/shape.h"

#include <math.h>
#include <string.h>

/* The bodies of the kernels, for every instruction set; and what they are compiled to. */
struct shape_kernels {
    void (*sigmoids)(float *x, int n, const struct ton_sigmoid pair[2], struct ton_shape_memory *m);
    void (*clip)(float *x, int n, const float *knee, struct ton_shape_memory *m);
};

extern const struct shape_kernels shape_avx2;

enum { PIECE = 256, BEFORE = TON_SHAPE_BEFORE, WINDOW = BEFORE + PIECE };

#define LEAST 1e-30F /* keeps 0 / 0 away */

static inline __attribute__((always_inline)) void join(float window[WINDOW], const float *x, int n,
                                                       float before[BEFORE]) {
    memcpy(window, before, sizeof *window * BEFORE);
    memcpy(window + BEFORE, x, sizeof *window * (size_t)n);
    memcpy(before, window + n, sizeof *window * BEFORE);
}

/* From the means of n + 5 lines to n frames: with w the angle a frame, a mean is cos(w/2) of a
 * straight line, and this is cos(w/2) (1 + q/2 + q^2/4), q = 1 - cos w, of which the product is
 * 1 - (q/2)^3. */
static inline __attribute__((always_inline)) void centre(float *out, const float *mean, int n) {
    for (int i = 0; i < n; i++) {
        const float near = mean[i + 2] + mean[i + 3], far = mean[i + 1] + mean[i + 4];
        out[i] = (22.0F * near - 7.0F * far + (mean[i] + mean[i + 5])) * 0.03125F;
    }
}

static inline __attribute__((always_inline)) void add_sigmoid(float *mean, const float *window,
                                                              int n, const struct ton_sigmoid *s) {
    const float offset = (float)s->offset, square = (float)s->square, weight = (float)s->weight;
    float x[WINDOW], root[WINDOW];
    for (int i = 0; i <= n; i++) {
        x[i] = window[i] + offset;
        root[i] = sqrtf(square + x[i] * x[i]);
    }
    for (int i = 0; i < n; i++)
        mean[i] += weight * (x[i] + x[i + 1]) / (root[i] + root[i + 1]);
}

/* What clipping takes from the means on one side (`sign` 1: above, -1: below). Of a line, the part
 * above the bend is all, or the higher end over the rise; over it the straight line has the mean
 * height (p + p')/2, and the curve knee (p + p') / (r + r'), r = sqrt(knee^2 + p^2). */
static inline __attribute__((always_inline)) void take_side(float *mean, const float *window,
                                                            const float *knee, int n, float sign) {
    float over[WINDOW], root[WINDOW];
    for (int i = 0; i <= n; i++) {
        const float p = sign * window[i] - (1.0F - knee[i]);
        over[i] = p > 0 ? p : 0;
        root[i] = sqrtf(knee[i] * knee[i] + over[i] * over[i]) + LEAST;
    }
    for (int i = 0; i < n; i++) {
        const float a = over[i], b = over[i + 1];
        const float more = a > b ? a : b, less = a > b ? b : a;
        const float part = more / (fabsf(window[i + 1] - window[i]) + LEAST);
        const float sum = a + b, curve = knee[i + 1] * sum / (root[i] + root[i + 1]);
        mean[i] -= sign * (less > 0 ? 1.0F : part) * (0.5F * sum - curve);
    }
}

static inline __attribute__((always_inline)) void shape_sigmoids_body(
    float *x, int n, const struct ton_sigmoid pair[2], struct ton_shape_memory *m) {
    float window[WINDOW];
    for (int at = 0; at < n; at += PIECE) {
        const int length = n - at < PIECE ? n - at : PIECE, lines = length + BEFORE - 1;
        float mean[WINDOW] = {0};
        join(window, x + at, length, m->x);
        for (int k = 0; k < 2; k++)
            if (pair[k].weight != 0)
                add_sigmoid(mean, window, lines, &pair[k]);
        centre(x + at, mean, length);
    }
}

/* A moving knee bends both ends of a line a little differently, by what it moved in one frame. */
static inline __attribute__((always_inline)) void shape_clip_body(float *x, int n,
                                                                  const float *knee,
                                                                  struct ton_shape_memory *m) {
    float window[WINDOW], knees[WINDOW], mean[WINDOW];
    for (int at = 0; at < n; at += PIECE) {
        const int length = n - at < PIECE ? n - at : PIECE, lines = length + BEFORE - 1;
        join(window, x + at, length, m->x);
        join(knees, knee + at, length, m->knee);
        for (int i = 0; i < lines; i++)
            mean[i] = 0.5F * (window[i] + window[i + 1]);
        take_side(mean, window, knees, lines, 1);
        take_side(mean, window, knees, lines, -1);
        centre(x + at, mean, length);
    }
}

#endif
