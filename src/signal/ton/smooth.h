/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SMOOTH_H
#define TON_SMOOTH_H

#include "ton/rt.h"

#include <math.h>
#include <stdbool.h>

/* The coefficient `c` of the one-pole smoother y += c * (x - y) that covers 1 - 1/e of a step in
 * `ms`; 1 (no smoothing) for 0 ms. @thread any */
static inline double ton_smooth_coefficient(double ms, double rate) {
    return ms <= 0.0 ? 1.0 : -expm1(-1000.0 / (ms * rate));
}

/* One signal, in place, on its way from `*y`: down with one smoothing coefficient, up with the
 * other;
 * `*y` becomes where it ended. With the coefficient c in 0 … 1 the next value is y + c (x - y). */
struct ton_smooth_lane {
    float *x;
    double *y;
    double down, up;
};
TON_RT void ton_smooth_side_by_side(const struct ton_smooth_lane *lanes, int n, int frames);

/* A value that moves on a straight line to its target in a fixed number of frames, so that what it
 * does depends on frames only and never on blocks. Zero-initialised it rests at 0. */
struct ton_glide {
    double value, step, target;
    int left;
};

/* Rests at `value`. */
static inline void ton_glide_set(struct ton_glide *g, double value) {
    *g = (struct ton_glide){.value = value, .target = value};
}

/* Starts from where it is now; arrives exactly at `target` after `frames` (at least 1). */
static inline void ton_glide_to(struct ton_glide *g, double target, int frames) {
    if (target == g->target)
        return;
    g->target = target;
    g->left = frames;
    g->step = (target - g->value) / frames;
}

/* Frames of a glide that takes `ms`, and never less than lie between two updates of a parameter
 * that moves: a shorter glide would rest before the next, and a ramp come out as a staircase.
 * @thread any
 */
enum { TON_GLIDE_LEAST = 64 };
static inline int ton_glide_frames(double ms, double rate) {
    const int frames = (int)lround(ms * rate / 1000.0);
    return frames > TON_GLIDE_LEAST ? frames : TON_GLIDE_LEAST;
}

/* The value of the next frame. */
static inline double ton_glide_next(struct ton_glide *g) {
    if (g->left > 0)
        g->value = --g->left == 0 ? g->target : g->value + g->step;
    return g->value;
}

static inline bool ton_glide_rests_at(const struct ton_glide *g, double value) {
    return g->left == 0 && g->value == value;
}

/* The values of the next `frames` frames. */
static inline void ton_glide_fill(float *out, struct ton_glide *g, int frames) {
    int i = 0;
    while (i < frames && g->left > 0)
        out[i++] = (float)ton_glide_next(g);
    for (const float rest = (float)g->value; i < frames; i++)
        out[i] = rest;
}

/* The same in double; at rest it costs next to nothing. */
static inline void ton_glide_run(double *out, struct ton_glide *g, int frames) {
    int i = 0;
    while (i < frames && g->left > 0)
        out[i++] = ton_glide_next(g);
    for (const double rest = g->value; i < frames; i++)
        out[i] = rest;
}

/* A way from 0 to 1 that starts and ends at rest, for fades in which a kink would be heard: of a
 * fade in T seconds the spectrum falls with the third power from 1/T on, of a straight one with the
 * second. `t` 0 … 1. @thread any */
static inline double ton_ease(double t) {
    return t * t * (3.0 - 2.0 * t);
}

/* Coefficients on their way to new values, wherever they are when these come: two one-pole
 * smoothers in a row, so that neither value nor slope jumps. They are advanced every
 * TON_APPROACH_FRAMES and stand on straight lines between. Each is between values it had and values
 * it is to have: a second-order section stays stable, since the triangle of stable ones is convex.
 */
enum { TON_APPROACH_FRAMES = 16 };
#define TON_APPROACH_MS 4.0 /* time constant of each smoother */

/* Part of the way that a smoother covers in TON_APPROACH_FRAMES. @thread any */
static inline double ton_approach_part(double rate) {
    return ton_smooth_coefficient(TON_APPROACH_MS, rate / TON_APPROACH_FRAMES);
}

/* Frames until 5e-6 of the way is left: a multiple of TON_APPROACH_FRAMES. @thread any */
static inline int ton_approach_length(double rate) {
    return TON_APPROACH_FRAMES *
           (int)ceil(15.0 * TON_APPROACH_MS * rate / 1000.0 / TON_APPROACH_FRAMES);
}

/* What n coefficients move by in each of the next TON_APPROACH_FRAMES. `middle`: of the first
 * smoother, at first a copy of `now`. @thread audio */
static inline void ton_approach(double *step, double *middle, const double *now, const double *aim,
                                int n, double part) {
    for (int i = 0; i < n; i++) {
        middle[i] += part * (aim[i] - middle[i]);
        step[i] = part * (middle[i] - now[i]) / TON_APPROACH_FRAMES;
    }
}

#endif
