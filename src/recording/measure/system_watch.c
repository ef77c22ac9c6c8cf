/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast the clock of a device runs, from when its blocks came. */
#include "system.h"

#include <math.h>

enum ton_code watch_init(struct watch *w, struct ton_arena *arena, int rate, double seconds,
                         struct ton_err *err) {
    *w = (struct watch){.rate = rate, .most = (int)(seconds * WATCH_A_SECOND) + 1, .broken = -1};
    w->stretches = TON_NEW_N(arena, struct watch_stretch, w->most);
    return w->stretches ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory to watch a clock");
}

/* Of points of one run, or, about the means of their runs, of all. */
struct sums {
    double n, runs, x, y, xx, xy, yy;
};

static struct sums add(struct sums s, double x, double y) {
    return (struct sums){s.n + 1,      s.runs,       s.x + x,     s.y + y,
                         s.xx + x * x, s.xy + x * y, s.yy + y * y};
}

static struct sums add_run(struct sums all, struct sums run) {
    if (run.n == 0)
        return all;
    return (struct sums){.n = all.n + run.n,
                         .runs = all.runs + 1,
                         .xx = all.xx + run.xx - run.x * run.x / run.n,
                         .xy = all.xy + run.xy - run.x * run.y / run.n,
                         .yy = all.yy + run.yy - run.y * run.y / run.n};
}

/* All whole stretches but the first, in which a device finds its pace. */
static struct sums add_up(const struct watch *w) {
    struct sums all = {0}, run = {0};
    for (int i = 1, current = 0; i < w->n - 1; i++) {
        const struct watch_stretch *stretch = &w->stretches[i];
        if (stretch->ns < 0)
            continue;
        if (stretch->run != current) {
            all = add_run(all, run);
            run = (struct sums){0};
            current = stretch->run;
        }
        run = add(run, (double)(stretch->frame - w->first_frame), stretch->late);
    }
    return add_run(all, run);
}

/* Straight lines of least squares through how late they are, one a run and all of one slope, and
 * the standard error of that. A clock that runs fast has its blocks ever earlier: a frame takes
 * 1 + slope of its time. */
struct ton_system_drift watch_fit(const struct watch *w) {
    enum { LEAST = 3 }; /* more points than lines need */
    const struct sums s = add_up(w);
    const double spare = s.n - s.runs - 1;
    if (spare < LEAST || s.xx <= 0)
        return (struct ton_system_drift){0};
    const double slope = s.xy / s.xx, left = fmax(s.yy - slope * s.xy, 0) / spare;
    return (struct ton_system_drift){
        .known = true, .ppm = 1e6 * (1 / (1 + slope) - 1), .known_ppm = 2e6 * sqrt(left / s.xx)};
}

struct ton_system_drift watch_between(struct ton_system_drift of, struct ton_system_drift against) {
    return (struct ton_system_drift){.known = of.known && against.known,
                                     .ppm = of.ppm - against.ppm,
                                     .known_ppm = hypot(of.known_ppm, against.known_ppm)};
}
