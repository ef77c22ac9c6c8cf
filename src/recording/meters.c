/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peaks and overs of what comes in. */
#include "meters.h"

#include <math.h>
#include <string.h>

static void hear(struct meter *m, const float *in, int frames) {
    float peak = m->peaks[0];
    for (int i = 0; i < frames; i++) {
        const float x = fabsf(in[i]);
        peak = x > peak ? x : peak;
        m->run = x >= FULL_SCALE ? m->run + 1 : 0;
        m->overs += m->run == OVER;
    }
    m->peaks[0] = peak;
    m->held = peak > m->held ? peak : m->held;
}

static void next_step(struct meters *m) {
    for (int i = 0; i < m->n; i++) {
        memmove(m->of[i].peaks + 1, m->of[i].peaks, sizeof(float) * (METER_STEPS - 1));
        m->of[i].peaks[0] = 0;
    }
    m->into = 0;
}

void meters_hear(struct meters *m, const float *const *in, int frames) {
    for (int at = 0; at < frames;) {
        if (m->into >= m->step)
            next_step(m);
        const int n = frames - at < m->step - m->into ? frames - at : m->step - m->into;
        for (int i = 0; i < m->n; i++)
            hear(&m->of[i], in[i] + at, n);
        m->into += n;
        at += n;
    }
}

void meters_reset(struct meters *m) {
    for (int i = 0; i < m->n; i++) {
        m->of[i].held = 0;
        m->of[i].overs = 0;
    }
}

struct ton_recorder_meter meters_read(const struct meters *m, int input) {
    const struct meter *of = &m->of[input];
    float peak = 0;
    for (int i = 0; i < METER_STEPS; i++)
        peak = of->peaks[i] > peak ? of->peaks[i] : peak;
    return (struct ton_recorder_meter){.peak = peak, .held = of->held, .overs = of->overs};
}
