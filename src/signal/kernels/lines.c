/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sixteen signals side by side. The transform works frame beside frame; a filter waits for its own
 * last frame, so there the lines are turned into lanes and wait together. */
#include "kernels.h"
#include "lanes.h"

enum { GROUPS = TON_LINES / FLOATS };

/* Two levels at once: lines i, i + step, i + 2 step, i + 3 step. */
LANE void butterflies(floats *v, int i, int step) {
    const floats a = v[i], b = v[i + step], c = v[i + 2 * step], d = v[i + 3 * step];
    const floats sum = a + b, difference = a - b, other_sum = c + d, other_difference = c - d;
    v[i] = sum + other_sum;
    v[i + step] = difference + other_difference;
    v[i + 2 * step] = sum - other_sum;
    v[i + 3 * step] = difference - other_difference;
}

LANE void transform(floats v[TON_LINES]) {
    for (int i = 0; i < TON_LINES; i += 4)
        butterflies(v, i, 1);
    for (int i = 0; i < 4; i++)
        butterflies(v, i, 4);
}

LANE void mix(float *const *out, const float *const *in, const struct ton_lines_gain *g, int t,
              const int n) {
    floats v[TON_LINES], now;
    for (int k = 0; k < FLOATS; k++)
        now[k] = (float)(g->at + t + k);
    for (int i = 0; i < TON_LINES; i++)
        v[i] = some_floats_at(in[i] + t, n);
    if (g->moves)
        for (int i = 0; i < TON_LINES; i++)
            v[i] *= g->gain[i] + g->step[i] * now;
    else
        for (int i = 0; i < TON_LINES; i++)
            v[i] *= g->gain[i];
    transform(v);
    for (int i = 0; i < TON_LINES; i++)
        some_floats_to(out[i] + t, v[i], n);
}

void KERNEL(lines_mix)(float *const *out, const float *const *in, const struct ton_lines_gain *gain,
                       int frames) {
    int t = 0;
    for (; t + FLOATS <= frames; t += FLOATS)
        mix(out, in, gain, t, FLOATS);
    if (t < frames)
        mix(out, in, gain, t, frames - t);
}

LANE void add_mixed(float *const *x, float *const *copy, const float *const *in, int t,
                    const int n) {
    floats v[TON_LINES];
    for (int i = 0; i < TON_LINES; i++)
        v[i] = some_floats_at(in[i] + t, n);
    transform(v);
    for (int i = 0; i < TON_LINES; i++) {
        const floats sum = some_floats_at(x[i] + t, n) + v[i];
        some_floats_to(x[i] + t, sum, n);
        some_floats_to(copy[i] + t, sum, n);
    }
}

void KERNEL(lines_add_mixed)(float *const *x, float *const *copy, const float *const *in,
                             int frames) {
    int t = 0;
    for (; t + FLOATS <= frames; t += FLOATS)
        add_mixed(x, copy, in, t, FLOATS);
    if (t < frames)
        add_mixed(x, copy, in, t, frames - t);
}

void KERNEL(lines_turn)(float *const *x, const struct ton_lines_turns *turns, int at, int frames) {
    for (int p = 0; p < TON_LINES / 2; p++) {
        float *restrict const a = x[p], *restrict const b = x[p + TON_LINES / 2];
        const float cosine = turns->cosine[p], cosine_step = turns->cosine_step[p];
        const float sine = turns->sine[p], sine_step = turns->sine_step[p];
        for (int t = 0; t < frames; t++) {
            const float k = (float)(at + t), c = cosine + cosine_step * k, s = sine + sine_step * k;
            const float left = a[t], right = b[t];
            a[t] = c * left - s * right;
            b[t] = s * left + c * right;
        }
    }
}

/* What the filters remember, a register a group of lines. */
struct remembered {
    floats u[GROUPS], y[GROUPS];
};

LANE void filter(float *const *out, const float *const *in, const struct ton_lines_filters *f,
                 struct remembered *m, int t, const int n) {
    floats rows[GROUPS][FLOATS];
    for (int g = 0; g < GROUPS; g++) {
        for (int k = 0; k < FLOATS; k++)
            rows[g][k] = some_floats_at(in[g * FLOATS + k] + t, n);
        transpose_floats(rows[g]);
    }
    for (int k = 0; k < n; k++)
        for (int g = 0; g < GROUPS; g++) {
            const floats b0 = floats_at(f->b0 + g * FLOATS), b1 = floats_at(f->b1 + g * FLOATS);
            const floats a1 = floats_at(f->a1 + g * FLOATS), now = rows[g][k] * 0.25F;
            m->y[g] = b0 * now + b1 * m->u[g] + a1 * m->y[g];
            m->u[g] = now;
            rows[g][k] = m->y[g];
        }
    for (int g = 0; g < GROUPS; g++) {
        transpose_floats(rows[g]);
        for (int k = 0; k < FLOATS; k++)
            some_floats_to(out[g * FLOATS + k] + t, rows[g][k], n);
    }
}

void KERNEL(lines_filter)(float *const *out, const float *const *in,
                          const struct ton_lines_filters *filters, struct ton_lines_memory *memory,
                          int frames) {
    struct remembered m;
    int t = 0;
    memcpy(m.u, memory->in, sizeof m.u);
    memcpy(m.y, memory->out, sizeof m.y);
    for (; t + FLOATS <= frames; t += FLOATS)
        filter(out, in, filters, &m, t, FLOATS);
    if (t < frames)
        filter(out, in, filters, &m, t, frames - t);
    memcpy(memory->in, m.u, sizeof m.u);
    memcpy(memory->out, m.y, sizeof m.y);
}

/* UNROLL registers at once, so that the additions of one wait beside the others. */
enum { UNROLL = 4 };

void KERNEL(lines_sum)(float *out, const float *const *in, const float *gain, int n, int frames) {
    int t = 0;
    for (; t + UNROLL * FLOATS <= frames; t += UNROLL * FLOATS) {
        floats sum[UNROLL] = {{0}};
        for (int k = 0; k < n; k++)
            for (int u = 0; u < UNROLL; u++)
                sum[u] += gain[k] * floats_at(in[k] + t + u * FLOATS);
        for (int u = 0; u < UNROLL; u++)
            floats_to(out + t + u * FLOATS, sum[u]);
    }
    for (; t < frames; t += FLOATS) {
        floats sum = {0};
        for (int k = 0; k < n; k++)
            sum += gain[k] * some_floats_at(in[k] + t, frames - t);
        some_floats_to(out + t, sum, frames - t);
    }
}
