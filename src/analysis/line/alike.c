// SPDX-License-Identifier: GPL-3.0-or-later
// Which lines carry one signal, among all that there are.
//
// What two blocks have in common is no more than the product of their sizes (Cauchy and Schwarz).
// So of most pairs some loud blocks already tell that the rest, whatever it is, cannot make them
// alike; the others are correlated as a whole.

#include "line/parts.h"

#include <stdlib.h>

enum { BLOCK = 1024, LANES = 8 };

// Rounding moves a correlation by 1e-4 of the power, DC included, by that without DC at most.
#define MARGIN 0.02
#define MOST_DC 100.0 // of that quotient

double ton_lines_alike(const float *a, const float *b, int64_t frames) {
    double sums[5] = {0.0}; // of a, b, aa, bb, ab
    for (int64_t at = 0; at + BLOCK <= frames; at += BLOCK) {
        float part[5][LANES] = {{0}};
        for (int i = 0; i < BLOCK; i += LANES)
            for (int l = 0; l < LANES; l++) {
                const float x = a[at + i + l], y = b[at + i + l];
                part[0][l] += x;
                part[1][l] += y;
                part[2][l] += x * x;
                part[3][l] += y * y;
                part[4][l] += x * y;
            }
        for (int k = 0; k < 5; k++)
            for (int l = 0; l < LANES; l++)
                sums[k] += (double)part[k][l];
    }
    const double n = (double)(frames / BLOCK * BLOCK);
    const double aa = sums[2] - sums[0] * sums[0] / n, bb = sums[3] - sums[1] * sums[1] / n;
    const double ab = sums[4] - sums[0] * sums[1] / n;
    return aa > 0.0 && bb > 0.0 && isfinite(ab) ? ab / sqrt(aa * bb) : 0.0;
}

struct block {
    double power; // about the line's mean
    int at;
};

struct outline {
    const float *x;
    double *size;          // roots of the powers
    struct block *loudest; // the loudest first
    double mean, power;
    bool silent, rough; // rough: rounding may count
};

static double product(const float *a, double mean_a, const float *b, double mean_b) {
    const float ma = (float)mean_a, mb = (float)mean_b;
    float part[LANES] = {0};
    double sum = 0.0;
    for (int i = 0; i < BLOCK; i += LANES)
        for (int l = 0; l < LANES; l++)
            part[l] += (a[i + l] - ma) * (b[i + l] - mb);
    for (int l = 0; l < LANES; l++)
        sum += (double)part[l];
    return sum;
}

static double sum_of(const float *x) {
    float part[LANES] = {0};
    double sum = 0.0;
    for (int i = 0; i < BLOCK; i += LANES)
        for (int l = 0; l < LANES; l++)
            part[l] += x[i + l];
    for (int l = 0; l < LANES; l++)
        sum += (double)part[l];
    return sum;
}

static int by_power(const void *a, const void *b) {
    const double x = ((const struct block *)a)->power, y = ((const struct block *)b)->power;
    return (x < y) - (x > y);
}

static void outline_of(struct outline *o, int blocks) {
    double sum = 0.0;
    for (int k = 0; k < blocks; k++)
        sum += sum_of(o->x + (int64_t)k * BLOCK);
    o->mean = sum / blocks / BLOCK;
    for (int k = 0; k < blocks; k++) {
        const float *x = o->x + (int64_t)k * BLOCK;
        const double power = product(x, o->mean, x, o->mean);
        o->loudest[k] = (struct block){power, k};
        o->size[k] = sqrt(power);
        o->power += power;
    }
    const double all = o->power + o->mean * sum;
    o->silent = all == 0.0;
    o->rough = !(all <= MOST_DC * o->power);
    qsort(o->loudest, (size_t)blocks, sizeof *o->loudest, by_power);
}

// False where it is sure that they are not.
static bool may_be_alike(const struct outline *a, const struct outline *b, int blocks,
                         double least) {
    if (a->silent || b->silent)
        return false;
    if (a->rough || b->rough)
        return true;
    const double enough = (least - MARGIN) * sqrt(a->power * b->power);
    double sum = 0.0, rest = 0.0;
    for (int k = 0; k < blocks; k++)
        rest += a->size[k] * b->size[k];
    for (int k = 0; k < blocks && fabs(sum) + rest >= enough; k++) {
        const int at = a->loudest[k].at;
        const int64_t from = (int64_t)at * BLOCK;
        sum += product(a->x + from, a->mean, b->x + from, b->mean);
        rest -= a->size[at] * b->size[at];
    }
    return fabs(sum) + rest >= enough;
}

static struct outline *outlines_new(struct ton_arena *arena, const float *const *x, int n,
                                    int blocks) {
    struct outline *o = TON_NEW_N(arena, struct outline, n);
    for (int i = 0; o && i < n; i++) {
        o[i].x = x[i];
        o[i].size = TON_NEW_N(arena, double, blocks);
        o[i].loudest = TON_NEW_N(arena, struct block, blocks);
        if (ton_arena_failed(arena))
            return NULL;
        outline_of(&o[i], blocks);
    }
    return o;
}

enum ton_code ton_lines_find_alike(const float *const *x, int n, int64_t frames, double least,
                                   ton_lines_found *found, void *user, struct ton_err *err) {
    const int blocks = (int)(frames / BLOCK);
    struct ton_arena *arena = ton_arena_create();
    const struct outline *o = arena ? outlines_new(arena, x, n, blocks) : NULL;
    for (int a = 0; o && a < n; a++)
        for (int b = a + 1; b < n; b++)
            if (may_be_alike(&o[a], &o[b], blocks, least) &&
                fabs(ton_lines_alike(x[a], x[b], frames)) >= least)
                found(user, a, b);
    ton_arena_destroy(arena);
    return o || n == 0 ? TON_OK : line_no_memory(err);
}
