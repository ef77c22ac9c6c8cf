/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Biquads in series, one signal a lane. A section waits for its own last frame, 12 cycles and more;
 * lanes do not wait for each other, and the sections of a pass wait at the same time. */
#include "kernels.h"
#include "lanes.h"

enum { MOST = 6, CHUNK = 64 };

struct section {
    doubles b0, b1, b2, a1, a2, s1, s2;
    long_masks active; /* lanes that have this section */
};

/* What is not active passes as it is. */
LANE void run_sections(doubles *x, int frames, struct section *sections, const int n,
                       const bool masked) {
    struct section s[MOST];
    for (int k = 0; k < n; k++)
        s[k] = sections[k];
    for (int i = 0; i < frames; i++) {
        doubles v = x[i];
        for (int k = 0; k < n; k++) {
            const doubles y = s[k].b0 * v + s[k].s1;
            s[k].s1 = (s[k].b1 * v + s[k].s2) - s[k].a1 * y;
            s[k].s2 = s[k].b2 * v - s[k].a2 * y;
            v = masked ? chosen(s[k].active, y, v) : y;
        }
        x[i] = v;
    }
    for (int k = 0; k < n; k++) {
        sections[k].s1 = s[k].s1;
        sections[k].s2 = s[k].s2;
    }
}

LANE void run_pass(doubles *x, int frames, struct section *sections, int n, const bool masked) {
    switch (n) {
#define CASE(k)                                                                                    \
    case k:                                                                                        \
        run_sections(x, frames, sections, k, masked);                                              \
        break;
        CASE(1)
        CASE(2)
        CASE(3)
        CASE(4)
        CASE(5)
        CASE(6)
#undef CASE
    }
}

/* Passes of about the same length. */
static void run_all(doubles *x, int frames, struct section *sections, int n, bool masked) {
    for (int passes = (n + MOST - 1) / MOST; passes > 0; passes--) {
        const int now = (n + passes - 1) / passes;
        if (masked)
            run_pass(x, frames, sections, now, true);
        else
            run_pass(x, frames, sections, now, false);
        sections += now;
        n -= now;
    }
}

struct pack {
    struct section sections[TON_CASCADE_MOST];
    const float *in[DOUBLES];
    float *out[DOUBLES];
    doubles gain;
    int n_lanes, n;
    bool masked;
};

/* Lanes that are left over repeat the last signal and are written nowhere. */
static void load(struct pack *p, const struct ton_cascade_lane *lanes, int n_lanes) {
    p->n_lanes = n_lanes;
    p->n = 0;
    p->masked = false;
    for (int l = 0; l < n_lanes; l++) {
        p->masked = p->masked || lanes[l].n != lanes[0].n;
        p->n = lanes[l].n > p->n ? lanes[l].n : p->n;
    }
    for (int l = 0; l < DOUBLES; l++) {
        const struct ton_cascade_lane *lane = &lanes[l < n_lanes ? l : n_lanes - 1];
        p->in[l] = lane->in;
        p->out[l] = lane->out;
        p->gain[l] = lane->gain;
        for (int k = 0; k < p->n; k++) {
            struct section *to = &p->sections[k];
            to->active[l] = k < lane->n ? -1 : 0;
            const int slot = k < lane->n ? lane->order[k] : -1, side = lane->side;
            const struct ton_cascade_section *from = slot < 0 ? NULL : &lane->sections[slot];
            const struct ton_cascade_memory *memory = slot < 0 ? NULL : &lane->memory[slot];
            to->b0[l] = from ? from->b0[side] : 0.0;
            to->b1[l] = from ? from->b1[side] : 0.0;
            to->b2[l] = from ? from->b2[side] : 0.0;
            to->a1[l] = from ? from->a1[side] : 0.0;
            to->a2[l] = from ? from->a2[side] : 0.0;
            to->s1[l] = memory ? memory->s1[side] : 0.0;
            to->s2[l] = memory ? memory->s2[side] : 0.0;
        }
    }
}

static void store(const struct pack *p, const struct ton_cascade_lane *lanes) {
    for (int l = 0; l < p->n_lanes; l++)
        for (int k = 0; k < lanes[l].n; k++) {
            struct ton_cascade_memory *memory = &lanes[l].memory[lanes[l].order[k]];
            memory->s1[lanes[l].side] = p->sections[k].s1[l];
            memory->s2[lanes[l].side] = p->sections[k].s2[l];
        }
}

static void run_pack(struct pack *p, int frames) {
    doubles x[CHUNK];
    for (int done = 0; done < frames; done += CHUNK) {
        const int n = frames - done < CHUNK ? frames - done : CHUNK;
        for (int i = 0; i < n; i += DOUBLES)
            gather(x + i, p->in, done + i, n - i);
        run_all(x, n, p->sections, p->n, p->masked);
        for (int i = 0; i < n; i++)
            x[i] *= p->gain;
        for (int i = 0; i < n; i += DOUBLES)
            scatter(p->out, p->n_lanes, x + i, done + i, n - i);
    }
}

void KERNEL(cascade_side_by_side)(const struct ton_cascade_lane *lanes, int n, int frames) {
    for (; n > 0; n -= DOUBLES, lanes += DOUBLES) {
        struct pack pack;
        load(&pack, lanes, n < DOUBLES ? n : DOUBLES);
        run_pack(&pack, frames);
        store(&pack, lanes);
    }
}
