// SPDX-License-Identifier: GPL-3.0-or-later
// Polarity by first arrivals, for lines whose correlation leaves it open, as it does on the two
// sides of a snare drum: which way either of them goes first when something is struck.
//
// An arrival is where a line reaches a tenth of an attack's peak; the attacks are those of the
// first line. It counts where the second line is silent before its own. Most must come equally
// late, and nearly all of these must have one sign.

#include "line/pair.h"

#include <stdlib.h>

enum { LEAST_ATTACKS = 4, BLOCKS_BEFORE = 10 };

#define RISE 30.0 // power of the difference from sample to sample, of that before
#define LOUD 0.03 // of the loudest attack
#define APART_MS 50
#define ARRIVED 0.1
#define SILENT 0.08
#define FIRST_SECONDS 7e-4 // in which the first half wave peaks
#define EQUAL_SECONDS 2e-4
#define LEAST_NEAR 0.5
#define LEAST_VOTE 0.9

static double largest(const float *x, int64_t from, int64_t to) {
    double most = 0.0;
    for (int64_t i = from; i < to; i++)
        most = fmax(most, fabs((double)x[i]));
    return most;
}

static int64_t arrival_in(const float *x, int64_t from, int64_t to) {
    const double level = ARRIVED * largest(x, from, to);
    while (from < to && fabs((double)x[from]) < level)
        from++;
    return from;
}

static double side(const struct line_pair *p, const float *x, int64_t from) {
    const int64_t to = from + (int64_t)(FIRST_SECONDS * p->rate);
    double most = 0.0;
    for (int64_t i = from; i < to; i++)
        most = fabs((double)x[i]) > fabs(most) ? (double)x[i] : most;
    return most;
}

// Whether the second line hears the attack about `at` alone, and when and which way.
static bool hear(struct line_arrival *out, const struct line_pair *p, int64_t at) {
    const int64_t ms = (int64_t)(p->rate / 1000.0);
    if (at < 60 * ms || at + 60 * ms > p->frames)
        return false;
    const int64_t a = arrival_in(p->x[0], at - 12 * ms, at + 12 * ms);
    const int64_t b = arrival_in(p->x[1], a - 12 * ms, a + 24 * ms);
    const double peak[2] = {largest(p->x[0], a, a + 24 * ms), largest(p->x[1], b, b + 24 * ms)};
    out->late = (double)(b - a);
    out->sign = side(p, p->x[0], a) * side(p, p->x[1], b) < 0.0 ? -1 : 1;
    return largest(p->x[0], a - 30 * ms, a - 12 * ms) < SILENT * peak[0] &&
           largest(p->x[1], a - 30 * ms, a - 12 * ms) < SILENT * peak[1];
}

// Powers of the differences from sample to sample, a millisecond each.
static void follow(double *power, const struct line_pair *p, int n, int ms) {
    for (int i = 0; i < n; i++)
        for (int k = i ? 0 : 1; k < ms; k++) {
            const float *x = p->x[0] + (int64_t)i * ms + k;
            const double d = (double)x[0] - (double)x[-1];
            power[i] += d * d;
        }
}

static void find(struct ton_line_history *h, const struct line_pair *p, const double *power,
                 int n) {
    const int ms = (int)(p->rate / 1000.0);
    double most = 0.0;
    int next = 0;
    for (int i = 0; i < n; i++)
        most = fmax(most, power[i]);
    for (int i = BLOCKS_BEFORE; i < n; i++) {
        double before = 0.0;
        for (int k = 1; k <= BLOCKS_BEFORE; k++)
            before += power[i - k] / BLOCKS_BEFORE;
        if (i < next || power[i] < LOUD * most || power[i] < RISE * before)
            continue;
        next = i + APART_MS;
        if (hear(&h->arrival[h->n_arrivals % LINE_MOST_ARRIVALS], p, (int64_t)i * ms))
            h->n_arrivals++;
    }
}

static int by_late(const void *a, const void *b) {
    const double x = ((const struct line_arrival *)a)->late;
    const double y = ((const struct line_arrival *)b)->late;
    return (x > y) - (x < y);
}

enum ton_code line_pair_hear_arrivals(struct ton_line_history *h, struct line_pair *p,
                                      struct ton_err *err) {
    const int ms = (int)(p->rate / 1000.0), blocks = (int)(p->frames / ms);
    double *power = TON_NEW_N(p->arena, double, blocks);
    if (!power)
        return line_no_memory(err);
    follow(power, p, blocks, ms);
    find(h, p, power, blocks);
    return TON_OK;
}

void line_pair_judge_arrivals(struct ton_line_pair *out, const struct line_pair *p,
                              const struct ton_line_history *h) {
    struct line_arrival a[LINE_MOST_ARRIVALS];
    const int n = h->n_arrivals < LINE_MOST_ARRIVALS ? h->n_arrivals : LINE_MOST_ARRIVALS;
    if (n < LEAST_ATTACKS)
        return;
    memcpy(a, h->arrival, sizeof *a * (size_t)n);
    qsort(a, (size_t)n, sizeof *a, by_late);
    const double middle = a[n / 2].late;
    int near = 0, votes = 0;
    for (int i = 0; i < n; i++) {
        const bool is = fabs(a[i].late - middle) <= EQUAL_SECONDS * p->rate;
        near += is;
        votes += is ? a[i].sign : 0;
    }
    if (near < LEAST_ATTACKS || near < LEAST_NEAR * n || abs(votes) < LEAST_VOTE * near)
        return;
    out->polarity = votes > 0 ? TON_POLARITY_NORMAL : TON_POLARITY_REVERSED;
    out->polarity_confidence = (double)abs(votes) / n;
    out->delay_frames = middle;
}
