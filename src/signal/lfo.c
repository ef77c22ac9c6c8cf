/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Low-frequency oscillators: whole-number phases, and shapes that compilers turn into vectors. */
#include "ton/lfo.h"

#include <math.h>

void ton_lfo_go_to(struct ton_lfo *l, double hz, double rate, int frames) {
    const uint64_t target = (uint64_t)(hz / rate * 0x1p64);
    if (target == l->target && (l->left > 0 || l->step == target))
        return;
    l->target = target;
    l->left = frames;
    if (frames > 0)
        l->bend = (int64_t)(target - l->step) / frames;
    else
        l->step = target;
}

void ton_lfo_run(struct ton_lfo *l, uint32_t *phase, int n) {
    int i = 0;
    for (; i < n && l->left > 0; i++) {
        phase[i] = (uint32_t)(l->phase >> 32);
        l->phase += l->step;
        l->step = --l->left == 0 ? l->target : l->step + (uint64_t)l->bend;
    }
    uint64_t now = l->phase;
    for (const uint64_t step = l->step; i < n; i++) {
        phase[i] = (uint32_t)(now >> 32);
        now += step;
    }
    l->phase = now;
}

/* A quarter of a cycle is 2^30. The second and third quarter are folded at half a cycle: 2^31 - p
 * in whole numbers that wrap. */
static inline double triangle(uint32_t p) {
    const uint32_t inner = (uint32_t)((int32_t)(p ^ (p << 1)) >> 31); /* all ones there */
    const uint32_t folded = (p ^ inner) + (inner & 0x80000001U);
    return (double)(int32_t)folded * 0x1p-30;
}

void ton_lfo_triangle(double *out, const uint32_t *phase, int n) {
    for (int i = 0; i < n; i++)
        out[i] = triangle(phase[i]);
}

/* sin(pi/2 t), |t| <= 1, by its series up to t^13: the next term is under 7e-10. By as much it is
 * less, so that it never goes beyond 1: a delay must not be read before its first frame. */
void ton_lfo_sine(double *out, const uint32_t *phase, int n) {
    const double q = M_PI * M_PI / 4.0;
    for (int i = 0; i < n; i++) {
        const double t = triangle(phase[i]), x = q * t * t;
        const double high = 1.0 - x * (1 / 110.0) * (1.0 - x * (1 / 156.0));
        const double middle = 1.0 - x * (1 / 42.0) * (1.0 - x * (1 / 72.0) * high);
        const double series = 1.0 - x * (1 / 6.0) * (1.0 - x * (1 / 20.0) * middle);
        out[i] = (1.0 - 7e-10) * (M_PI / 2.0) * t * series;
    }
}
