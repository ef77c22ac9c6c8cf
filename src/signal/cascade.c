// SPDX-License-Identifier: GPL-3.0-or-later
// Biquads in series, sample by sample through all sections, lanes side by side.
#include "kernels/kernels.h"

#define LANES TON_CASCADE_LANES

void ton_cascade_section_set(struct ton_cascade_section *s, int lane, const struct ton_biquad *b) {
    s->b0[lane] = b->b0;
    s->b1[lane] = b->b1;
    s->b2[lane] = b->b2;
    s->a1[lane] = b->a1;
    s->a2[lane] = b->a2;
}

struct ton_biquad ton_cascade_section_get(const struct ton_cascade_section *s, int lane) {
    return (struct ton_biquad){s->b0[lane], s->b1[lane], s->b2[lane], s->a1[lane], s->a2[lane]};
}

bool ton_cascade_section_is_through(const struct ton_cascade_section *s) {
    for (int l = 0; l < LANES; l++)
        if (s->b0[l] != 1.0 || s->b1[l] != 0.0 || s->b2[l] != 0.0 || s->a1[l] != 0.0 ||
            s->a2[l] != 0.0)
            return false;
    return true;
}

void ton_cascade_section_step(struct ton_cascade_section *step,
                              const struct ton_cascade_section *from,
                              const struct ton_cascade_section *to, int frames) {
    for (int l = 0; l < LANES; l++) {
        step->b0[l] = (to->b0[l] - from->b0[l]) / frames;
        step->b1[l] = (to->b1[l] - from->b1[l]) / frames;
        step->b2[l] = (to->b2[l] - from->b2[l]) / frames;
        step->a1[l] = (to->a1[l] - from->a1[l]) / frames;
        step->a2[l] = (to->a2[l] - from->a2[l]) / frames;
    }
}

void ton_cascade_section_aim(struct ton_cascade_section *aim, struct ton_cascade_section *middle,
                             struct ton_cascade_section *now,
                             const struct ton_cascade_section *target) {
    *aim = *target;
    for (int l = 0; l < LANES; l++) {
        const struct ton_biquad from = ton_cascade_section_get(now, l);
        const struct ton_biquad to = ton_cascade_section_get(target, l);
        const bool comes = ton_biquad_is_through(&from), goes = ton_biquad_is_through(&to);
        const struct ton_biquad poles = comes ? to : from;
        const struct ton_biquad nothing = {1.0, poles.a1, poles.a2, poles.a1, poles.a2};
        if (comes) {
            ton_cascade_section_set(now, l, &nothing);
            ton_cascade_section_set(middle, l, &nothing);
        } else if (goes) {
            ton_cascade_section_set(aim, l, &nothing);
        }
    }
}

enum { COEFFICIENTS = (int)(sizeof(struct ton_cascade_section) / sizeof(double)) };

void ton_cascade_section_approach(struct ton_cascade_section *step,
                                  struct ton_cascade_section *middle,
                                  const struct ton_cascade_section *now,
                                  const struct ton_cascade_section *aim, double part) {
    ton_approach((double *)step, (double *)middle, (const double *)now, (const double *)aim,
                 COEFFICIENTS, part);
}

// One frame through one section.
static inline void section(double v[LANES], const struct ton_cascade_section *c,
                           struct ton_cascade_memory *m) {
    for (int l = 0; l < LANES; l++) {
        const double y = c->b0[l] * v[l] + m->s1[l];
        m->s1[l] = (c->b1[l] * v[l] + m->s2[l]) - c->a1[l] * y;
        m->s2[l] = c->b2[l] * v[l] - c->a2[l] * y;
        v[l] = y;
    }
}

static inline void move(struct ton_cascade_section *c, const struct ton_cascade_section *step) {
    for (int l = 0; l < LANES; l++) {
        c->b0[l] += step->b0[l];
        c->b1[l] += step->b1[l];
        c->b2[l] += step->b2[l];
        c->a1[l] += step->a1[l];
        c->a2[l] += step->a2[l];
    }
}

// A section waits for its own last frame, 12 cycles and more; several in one loop wait at the same
// time, as many as the processor looks ahead for.
enum { MOST = 6 };

static inline __attribute__((always_inline)) void run_n(double (*restrict x)[LANES], int frames,
                                                        const struct ton_cascade_section *sections,
                                                        struct ton_cascade_memory *memory,
                                                        const int *order, const int n) {
    struct ton_cascade_section c[MOST];
    struct ton_cascade_memory m[MOST];
    for (int k = 0; k < n; k++) {
        c[k] = sections[order[k]];
        m[k] = memory[order[k]];
    }
    for (int i = 0; i < frames; i++)
        for (int k = 0; k < n; k++)
            section(x[i], &c[k], &m[k]);
    for (int k = 0; k < n; k++)
        memory[order[k]] = m[k];
}

void ton_cascade_run(double (*x)[LANES], int frames, const struct ton_cascade_section *sections,
                     struct ton_cascade_memory *memory, const int *order, int n) {
    // Passes of about the same length; each case is a loop of its own with a constant inside.
    for (int passes = (n + MOST - 1) / MOST; passes > 0; passes--) {
        const int now = (n + passes - 1) / passes;
        switch (now) {
#define CASE(k)                                                                                    \
    case k:                                                                                        \
        run_n(x, frames, sections, memory, order, k);                                              \
        break;
            CASE(1)
            CASE(2)
            CASE(3)
            CASE(4)
            CASE(5)
            CASE(6)
#undef CASE
        }
        order += now;
        n -= now;
    }
}

void ton_cascade_run_moving(double (*x)[LANES], int frames, struct ton_cascade_section *sections,
                            const struct ton_cascade_section *steps,
                            struct ton_cascade_memory *memory, const int *order, int n) {
    for (int i = 0; i < frames; i++)
        for (int k = 0; k < n; k++) {
            section(x[i], &sections[order[k]], &memory[order[k]]);
            move(&sections[order[k]], &steps[order[k]]);
        }
}

void ton_cascade_run_side_by_side(const struct ton_cascade_lane *lanes, int n, int frames) {
    ton_kernels()->cascade_side_by_side(lanes, n, frames);
}
