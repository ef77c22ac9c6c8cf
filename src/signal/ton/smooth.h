/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SMOOTH_H
#define TON_SMOOTH_H

#include <math.h>

/* The coefficient `c` of the one-pole smoother y += c * (x - y) that covers 1 - 1/e of a step in
 * `ms`; 1 (no smoothing) for 0 ms. @thread any */
static inline double ton_smooth_coefficient(double ms, double rate) {
    return ms <= 0.0 ? 1.0 : -expm1(-1000.0 / (ms * rate));
}

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

/* The value of the next frame. */
static inline double ton_glide_next(struct ton_glide *g) {
    if (g->left > 0)
        g->value = --g->left == 0 ? g->target : g->value + g->step;
    return g->value;
}

#endif
