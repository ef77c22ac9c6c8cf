/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections that glide to new coefficients. */
#include "glided.h"

#include "ton/smooth.h"

#include <string.h>

static const int order[GLIDED_MOST] = {0, 1, 2, 3, 4, 5, 6, 7};

void glided_settle(struct glided *g) {
    memcpy(g->now, g->target, sizeof g->now);
    memcpy(g->middle, g->target, sizeof g->middle);
    memcpy(g->aim, g->target, sizeof g->aim);
    g->left = 0;
}

static void set_target(struct glided *g, const struct ton_biquad *sections) {
    for (int i = 0; i < g->n; i++)
        for (int l = 0; l < GLIDED_LANES; l++)
            ton_cascade_section_set(&g->target[i], l, &sections[i]);
}

void glided_init(struct glided *g, const struct ton_biquad *sections, int n, double rate) {
    *g = (struct glided){
        .n = n, .whole = ton_approach_length(rate), .part = ton_approach_part(rate)};
    set_target(g, sections);
    glided_settle(g);
}

/* A section that goes stays where it does nothing. */
void glided_to(struct glided *g, const struct ton_biquad *sections) {
    struct ton_cascade_section old[GLIDED_MOST];
    memcpy(old, g->target, sizeof old);
    set_target(g, sections);
    if (memcmp(old, g->target, sizeof *old * (size_t)g->n) == 0)
        return;
    for (int i = 0; i < g->n; i++)
        ton_cascade_section_aim(&g->aim[i], &g->middle[i], &g->now[i], &g->target[i]);
    g->left = g->whole + g->left % TON_APPROACH_FRAMES; /* a step on its way is ended first */
}

int glided_stretch(struct glided *g, int frames) {
    if (g->left == 0)
        return frames;
    const int rest = g->left % TON_APPROACH_FRAMES;
    if (rest == 0)
        for (int i = 0; i < g->n; i++)
            ton_cascade_section_approach(&g->step[i], &g->middle[i], &g->now[i], &g->aim[i],
                                         g->part);
    const int most = rest == 0 ? TON_APPROACH_FRAMES : rest;
    return frames < most ? frames : most;
}

void glided_run(const struct glided *g, double (*x)[GLIDED_LANES], int frames,
                struct ton_cascade_memory memory[GLIDED_MOST]) {
    if (g->left == 0) {
        ton_cascade_run(x, frames, g->now, memory, order, g->n);
        return;
    }
    struct ton_cascade_section moved[GLIDED_MOST];
    memcpy(moved, g->now, sizeof moved);
    ton_cascade_run_moving(x, frames, moved, g->step, memory, order, g->n);
}

static void add(double to[GLIDED_LANES], const double step[GLIDED_LANES]) {
    for (int l = 0; l < GLIDED_LANES; l++)
        to[l] += step[l];
}

/* Frame by frame, as ton_cascade_run_moving does, for the same bits. */
void glided_advance(struct glided *g, int frames) {
    for (; g->left > 0 && frames > 0; g->left--, frames--) {
        for (int i = 0; i < g->n; i++) {
            add(g->now[i].b0, g->step[i].b0);
            add(g->now[i].b1, g->step[i].b1);
            add(g->now[i].b2, g->step[i].b2);
            add(g->now[i].a1, g->step[i].a1);
            add(g->now[i].a2, g->step[i].a2);
        }
        if (g->left == 1)
            memcpy(g->now, g->aim, sizeof g->now);
    }
}
