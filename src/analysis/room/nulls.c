/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nulls of a response: what is told of them, and what a correction goes over, is one list. A null
 * is held against the octave around it without any nulls, so they are looked for again once those
 * that were found are bridged. */
#include "levels.h"

#include "ton/correction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double NULL_DB = 8.0, FIRST_DB = 4.0; /* at first the octave has the null in it */
static const double LEAST_DB = 3.0, WIDEST_OCTAVES = 1.0;
enum { PASSES = 6 };

struct search {
    const struct ton_response *r;
    double *base;  /* [point]: mean of the octave around, without nulls */
    double *level; /* [point]: the response with its nulls bridged */
    struct ton_nulls *found;
};

void ton_nulls_bridge(double *level, int n, const struct ton_nulls *nulls) {
    for (int i = 0, k; i < nulls->n; i = k) {
        int from = nulls->items[i].from, to = nulls->items[i].to;
        for (k = i + 1; k < nulls->n && nulls->items[k].from <= to; k++)
            to = nulls->items[k].to > to ? nulls->items[k].to : to;
        const double start = level[from > 0 ? from : to], end = level[to < n - 1 ? to : from];
        for (int p = from; p <= to; p++)
            level[p] = fmax(level[p], start + (end - start) * (p - from) / (to - from));
    }
}

static double depth(const struct search *s, int i) {
    return s->base[i] - s->r->db[i];
}

/* From a point on to where the response is no more than `db` below the octave around it. */
static int up_to(const struct search *s, double db, int at, int way) {
    while (at + way >= 0 && at + way < s->r->n && depth(s, at) > db)
        at += way;
    return at;
}

/* The lowest point from `first` to before `end`, and beside it those that adjoin: nothing between
 * them comes up to the octave around. A stretch that runs into an end of the response is what is
 * not played there. */
static void add(struct search *s, int first, int end, double least_db) {
    const double *const hz = s->r->hz;
    int at = first;
    for (int i = first; i < end; i++)
        at = depth(s, i) > depth(s, at) ? i : at;
    const double deep = depth(s, at);
    const int low = up_to(s, 0.5 * deep, at, -1), high = up_to(s, 0.5 * deep, at, 1);
    if (depth(s, at - 1) > deep || depth(s, at + 1) > deep || deep < least_db ||
        log2(hz[high] / hz[low]) > WIDEST_OCTAVES)
        return;
    if (low > first)
        add(s, first, low, least_db);
    s->found->items[s->found->n++] = (struct ton_null){
        .hz = hz[at],
        .depth_db = deep,
        .core_hz = {hz[low], hz[high]},
        .from = up_to(s, 0.0, at, -1),
        .to = up_to(s, 0.0, at, 1),
    };
    if (high < end)
        add(s, high, end, least_db);
}

static void look(struct search *s, double least_db) {
    const int n = s->r->n;
    for (int i = 0; i < n; i++)
        s->base[i] = levels_octave(s->r->hz, s->level, n, i);
    s->found->n = 0;
    for (int i = 0, end; i < n; i = end + 1) {
        for (end = i; end < n && depth(s, end) > LEAST_DB;)
            end++;
        if (i > 0 && end < n && end > i)
            add(s, i, end, least_db);
    }
    memcpy(s->level, s->r->db, sizeof *s->level * (size_t)n);
    ton_nulls_bridge(s->level, n, s->found);
}

static int by_hz(const void *a, const void *b) {
    const struct ton_null *const x = a, *const y = b;
    return (x->hz > y->hz) - (x->hz < y->hz);
}

/* One null at two places: as far as both reach, where it is deeper. */
static struct ton_null join(const struct ton_null *a, const struct ton_null *b) {
    struct ton_null one = a->depth_db < b->depth_db ? *b : *a;
    one.core_hz[0] = fmin(a->core_hz[0], b->core_hz[0]);
    one.core_hz[1] = fmax(a->core_hz[1], b->core_hz[1]);
    one.from = a->from < b->from ? a->from : b->from;
    one.to = a->to > b->to ? a->to : b->to;
    return one;
}

static void join_places(struct ton_nulls *nulls) {
    int n = 0;
    if (nulls->n > 1)
        qsort(nulls->items, (size_t)nulls->n, sizeof *nulls->items, by_hz);
    for (int i = 0; i < nulls->n; i++) {
        struct ton_null *const last = n > 0 ? &nulls->items[n - 1] : NULL;
        if (last && nulls->items[i].hz <= last->core_hz[1])
            *last = join(last, &nulls->items[i]);
        else
            nulls->items[n++] = nulls->items[i];
    }
    nulls->n = n;
}

enum ton_code ton_response_nulls(struct ton_nulls *out, struct ton_arena *arena,
                                 const struct ton_response *const *places, int n_places,
                                 struct ton_err *err) {
    const int n = places[0]->n, most = n / 2 + 1;
    double *const memory = TON_NEW_N(arena, double, 2 * n);
    *out = (struct ton_nulls){.items = TON_NEW_N(arena, struct ton_null, most * n_places)};
    if (!memory || !out->items)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the nulls of %d points", n);
    for (int p = 0; p < n_places; p++) {
        struct ton_nulls here = {.items = out->items + out->n};
        struct search s = {.r = places[p], .base = memory, .level = memory + n, .found = &here};
        memcpy(s.level, s.r->db, sizeof *s.level * (size_t)n);
        for (int pass = 0; pass < PASSES; pass++)
            look(&s, pass == 0 ? FIRST_DB : NULL_DB);
        out->n += here.n;
    }
    join_places(out);
    return TON_OK;
}
