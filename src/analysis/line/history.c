// SPDX-License-Identifier: GPL-3.0-or-later
// What two lines had in common so far, up to 1.5 kHz: their cross-spectrum in parts of a second.
//
// Of each window every octave counts with the root of its power, so that one blow, which is in
// common whatever the lines are, does not outweigh all that is heard behind it. Parts are kept
// apart so that a decision can be made without each of them; where there are too many, the two
// beside each other that weigh least become one, so quiet places do first.

#include "line/pair.h"

#define LOWEST_OCTAVE_HZ 31.25
#define FAINT 1e-12 // power of an octave: digital silence

struct ton_line_history *ton_line_history_new(struct ton_arena *arena) {
    return TON_NEW(arena, struct ton_line_history);
}

static void part_add(struct line_part *to, const struct line_part *from) {
    for (int b = 0; b < LINE_PART_BINS; b++) {
        to->re[b] += from->re[b];
        to->im[b] += from->im[b];
        to->power[0][b] += from->power[0][b];
        to->power[1][b] += from->power[1][b];
    }
    to->weight += from->weight;
    to->n += from->n;
}

static void merge_least(struct ton_line_history *h) {
    int at = 0;
    for (int i = 1; i + 1 < h->n; i++)
        if (h->part[i].weight + h->part[i + 1].weight < h->part[at].weight + h->part[at + 1].weight)
            at = i;
    part_add(&h->part[at], &h->part[at + 1]);
    h->n--;
    memmove(&h->part[at + 1], &h->part[at + 2], sizeof h->part[0] * (size_t)(h->n - at - 1));
}

struct line_part *line_history_next(struct ton_line_history *h) {
    if (h->n == LINE_MOST_PARTS)
        merge_least(h);
    h->part[h->n] = (struct line_part){0};
    return &h->part[h->n++];
}

static double octave_power(const float *re, const float *im, int from, int to) {
    double sum = FAINT;
    for (int b = from; b < to; b++)
        sum += (double)(re[b] * re[b] + im[b] * im[b]);
    return sum;
}

static void add_bins(struct line_part *part, const struct line_pair *p, int from, int to) {
    const float *ar = p->re[0], *ai = p->im[0], *br = p->re[1], *bi = p->im[1];
    const double share[2] = {1.0 / sqrt(octave_power(ar, ai, from, to)),
                             1.0 / sqrt(octave_power(br, bi, from, to))};
    const double both = sqrt(share[0] * share[1]);
    part->weight += 1.0 / (share[0] * share[1]);
    for (int b = from; b < to; b++) {
        const double a = (double)(ar[b] * ar[b] + ai[b] * ai[b]) * share[0];
        const double c = (double)(br[b] * br[b] + bi[b] * bi[b]) * share[1];
        part->power[0][b] += a;
        part->power[1][b] += c;
        part->re[b] += both * (double)(ar[b] * br[b] + ai[b] * bi[b]);
        part->im[b] += both * (double)(ar[b] * bi[b] - ai[b] * br[b]);
    }
}

void line_part_add_window(struct line_part *part, const struct line_pair *p) {
    const double bin_hz = p->rate / p->n;
    const int end = (int)ton_least(LINE_PART_BINS, p->n / 2);
    for (double hz = LOWEST_OCTAVE_HZ; hz < LINE_PART_HZ; hz *= 2.0) {
        const int from = (int)ton_most(1, (int)ceil(hz / bin_hz));
        const int to = (int)ton_least(end, (int)ceil(fmin(2.0 * hz, LINE_PART_HZ) / bin_hz));
        if (from < to)
            add_bins(part, p, from, to);
    }
    part->n++;
}

void line_history_sum(struct line_cross *c, const struct ton_line_history *h, int without) {
    c->n = 0;
    for (int b = 0; b < LINE_PART_BINS && b < c->bins; b++)
        c->re[b] = c->im[b] = c->power[0][b] = c->power[1][b] = 0.0;
    for (int i = 0; i < h->n; i++) {
        const struct line_part *part = &h->part[i];
        if (i == without)
            continue;
        for (int b = 0; b < LINE_PART_BINS && b < c->bins; b++) {
            c->re[b] += part->re[b];
            c->im[b] += part->im[b];
            c->power[0][b] += part->power[0][b];
            c->power[1][b] += part->power[1][b];
        }
        c->n += part->n;
    }
}
