// SPDX-License-Identifier: GPL-3.0-or-later
// Crosstalk: how loud one line is heard in another one that has nothing of its own to say.
//
// Among the windows in which the first line is loud, those count in which the other one is quietest
// beside it. What it has in common with the first one there, of each frequency, is crosstalk; what
// it has not is its own noise; so is what is louder there than in the first one, for that came the
// other way. DC and what moves slowly is no sound: two lines that have either would seem to hear
// each other.

#include "line/pair.h"

#include <stdlib.h>

enum { LEAST_WINDOWS = 8 };

#define LOWEST_HZ 30.0
#define LOUD 0.03 // -15 dB of the loudest window
#define QUIETEST_PART 0.3
#define MOST_RATIO 0.25      // -6 dB: beside it nothing is quiet
#define LEAST_CONFIDENCE 0.1 // part of what is heard there

struct window {
    int at;
    double ratio; // power of the other line by that of the first
};

static int by_ratio(const void *a, const void *b) {
    const double x = ((const struct window *)a)->ratio, y = ((const struct window *)b)->ratio;
    return (x > y) - (x < y);
}

static int lowest_bin(const struct line_pair *p) {
    return (int)ceil(LOWEST_HZ * p->n / p->rate);
}

// Powers of what was transformed last.
static void powers_of(double power[2], const struct line_pair *p) {
    power[0] = power[1] = 0.0;
    for (int b = lowest_bin(p); b < p->n / 2; b++)
        for (int i = 0; i < 2; i++)
            power[i] += (double)(p->re[i][b] * p->re[i][b] + p->im[i][b] * p->im[i][b]);
}

// Keeps the windows that count, in front; returns how many.
static int choose(struct window *w, const double (*power)[2], int n, int loud) {
    double most = 0.0;
    int kept = 0;
    for (int i = 0; i < n; i++)
        most = fmax(most, power[i][loud]);
    for (int i = 0; i < n; i++)
        if (power[i][loud] > LOUD * most)
            w[kept++] = (struct window){i, power[i][!loud] / power[i][loud]};
    qsort(w, (size_t)kept, sizeof *w, by_ratio);
    const int counted = (int)ton_most(LEAST_WINDOWS, (int64_t)(QUIETEST_PART * kept));
    return counted <= kept && w[counted - 1].ratio < MOST_RATIO ? counted : 0;
}

// In line `!loud`, of `loud`: level re that line, and what part of all that it is.
static void conclude(struct ton_line_pair *out, const struct line_cross *c,
                     const struct line_pair *p, int loud) {
    double common = 0.0, of = 0.0, all = 0.0;
    for (int b = lowest_bin(p); b < p->n / 2; b++) {
        const double power = line_cross_coherence(c, b) * c->power[!loud][b];
        common += power < MOST_RATIO * c->power[loud][b] ? power : 0.0;
        all += c->power[!loud][b];
        of += c->power[loud][b];
    }
    const double confidence = all > 0.0 ? common / all : 0.0;
    if (confidence < LEAST_CONFIDENCE)
        return;
    out->crosstalk_db[loud] = line_power_db(common / of);
    out->crosstalk_confidence[loud] = confidence;
}

enum ton_code line_pair_crosstalk(struct ton_line_pair *out, struct line_pair *p,
                                  struct ton_err *err) {
    double(*power)[2] =
        (double(*)[2])ton_arena_alloc(p->arena, sizeof *power * (size_t)p->n_windows);
    struct window *w = TON_NEW_N(p->arena, struct window, p->n_windows);
    if (ton_arena_failed(p->arena))
        return line_no_memory(err);
    p->shift = 0;
    for (int i = 0; i < p->n_windows; i++) {
        line_pair_transform(p, i);
        powers_of(power[i], p);
    }
    for (int loud = 0; loud < 2 && !out->duplicate; loud++) {
        struct line_cross c;
        const int n = choose(w, (const double(*)[2])power, p->n_windows, loud);
        const enum ton_code code = line_cross_new(&c, p, err);
        if (code != TON_OK)
            return code;
        for (int i = 0; i < n; i++) {
            line_pair_transform(p, w[i].at);
            line_cross_add(&c, p);
        }
        if (n)
            conclude(out, &c, p, loud);
    }
    return TON_OK;
}
