/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where imported takes begin: time references, those that were never set, those behind midnight. */
#include "gather.h"

static const double HOUR_S = 3600.0, DAY_S = 86400.0;

static double start_s(const struct found *f) {
    return (double)f->time / f->rate + (f->next_day ? DAY_S : 0.0);
}

/* Many programs write a reference of 0 and mean none. Beside times of day it cannot be midnight. */
static void forget_unset_references(struct gathering *g) {
    double first_set = INFINITY;
    int n = 0;
    for (size_t i = 0; i < g->n; i++)
        if (g->files[i].has_time && g->files[i].time > 0)
            first_set = fmin(first_set, start_s(&g->files[i]));
    for (size_t i = 0; i < g->n && first_set > HOUR_S && !isinf(first_set); i++) {
        struct found *f = &g->files[i];
        const bool unset = f->has_time && f->time == 0 && !f->is_set;
        n += unset;
        f->has_time = f->has_time && !unset;
    }
    if (n > 0)
        gather_note(
            g, ton_arena_printf(g->arena,
                                "%d time reference%s of 0 beside times of day: taken as not set", n,
                                n == 1 ? "" : "s"));
}

static int by_value(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Round the clock, a recording begins behind its longest pause. Where that is not the night before
 * it, it ran over midnight: the time of day at which it began; 0: it did not. */
static double began_before_midnight(const struct gathering *g) {
    double *starts = TON_NEW_N(g->arena, double, g->n + 1);
    size_t n = 0;
    for (size_t i = 0; starts && i < g->n; i++)
        if (g->files[i].has_time)
            starts[n++] = start_s(&g->files[i]);
    if (n < 2)
        return 0.0;
    qsort(starts, n, sizeof *starts, by_value);
    double longest = DAY_S / 2.0, began = 0.0;
    for (size_t i = 1; i < n; i++) {
        if (starts[i] - starts[i - 1] <= longest)
            continue;
        longest = starts[i] - starts[i - 1];
        began = starts[i];
    }
    return starts[n - 1] < DAY_S ? began : 0.0;
}

/* Morning and evening of one date are no night. */
static bool is_one_date(const struct gathering *g, double began) {
    for (size_t i = 0; i < g->n; i++) {
        const struct found *early = &g->files[i];
        for (size_t k = 0; k < g->n && early->has_time && start_s(early) < began; k++) {
            const struct found *late = &g->files[k];
            if (late->has_time && start_s(late) >= began && *late->date &&
                strcmp(early->date, late->date) == 0)
                return true;
        }
    }
    return false;
}

/* A time reference counts from midnight, so what was recorded behind it has the smaller one. */
static void follow_midnight(struct gathering *g) {
    const double began = began_before_midnight(g);
    int n = 0;
    if (began <= 0.0 || is_one_date(g, began))
        return;
    for (size_t i = 0; i < g->n; i++) {
        struct found *f = &g->files[i];
        f->next_day = f->has_time && start_s(f) < began;
        n += f->next_day;
    }
    gather_note(
        g, ton_arena_printf(g->arena,
                            "the recording runs over midnight: %d file%s after it, on the next "
                            "day",
                            n, n == 1 ? " begins" : "s begin"));
}

/* Time references put the earliest at 0; files without one start there too, as takes that begin
 * together do. */
void gather_starts(struct gathering *g, int rate) {
    double first = INFINITY, last = -INFINITY;
    size_t n_with = 0;
    forget_unset_references(g);
    follow_midnight(g);
    for (size_t i = 0; i < g->n; i++) {
        n_with += g->files[i].has_time;
        if (!g->files[i].has_time)
            continue;
        first = fmin(first, start_s(&g->files[i]));
        last = fmax(last, start_s(&g->files[i]));
    }
    for (size_t i = 0; i < g->n; i++) {
        struct found *f = &g->files[i];
        f->at = f->has_time ? llround((start_s(f) - first) * rate) : 0;
    }
    if (n_with == 0)
        gather_note(g, "no file has a time reference: all start together at 0:00");
    else if (n_with == g->n)
        gather_note(g, "starts are taken from the BWF time references");
    else
        gather_note(
            g, "starts are taken from the BWF time references; files without one start at 0:00");
    if (last - first > HOUR_S)
        gather_note(
            g, ton_arena_printf(g->arena,
                                "the time references lie %.1f hours apart, and the session is as "
                                "long: import what was recorded together on its own, or move "
                                "the clips",
                                (last - first) / HOUR_S));
}
