/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How fast the clock of a device runs, from when its blocks came. */
#include "system.h"

#include <math.h>

enum ton_code watch_init(struct watch *w, struct ton_arena *arena, int rate, double seconds,
                         struct ton_err *err) {
    *w = (struct watch){.rate = rate, .most = (int)(seconds * WATCH_A_SECOND) + 1};
    w->stretches = TON_NEW_N(arena, struct watch_stretch, w->most);
    return w->stretches ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory to watch a clock");
}

/* Sums over all whole stretches but the first, in which a device finds its pace. */
struct sums {
    double n, x, y, xx, xy, yy;
};

static struct sums add_up(const struct watch *w) {
    struct sums s = {0};
    for (int i = 1; i < w->n - 1; i++) {
        const struct watch_stretch *stretch = &w->stretches[i];
        if (stretch->ns < 0)
            continue;
        const double x = (double)(stretch->frame - w->first_frame), y = stretch->late;
        s = (struct sums){s.n + 1, s.x + x, s.y + y, s.xx + x * x, s.xy + x * y, s.yy + y * y};
    }
    return s;
}

/* The straight line of least squares through how late they are, and the standard error of its
 * slope. A clock that runs fast has its blocks ever earlier: a frame takes 1 + slope of its time.
 */
struct ton_system_drift watch_fit(const struct watch *w) {
    enum { LEAST = 4 };
    struct ton_system_drift drift = {0};
    const struct sums s = add_up(w);
    if (s.n < LEAST)
        return drift;
    const double xx = s.xx - s.x * s.x / s.n, xy = s.xy - s.x * s.y / s.n,
                 yy = s.yy - s.y * s.y / s.n, slope = xy / xx;
    const double left = fmax(yy - slope * xy, 0) / (s.n - 2);
    return (struct ton_system_drift){
        .known = true, .ppm = 1e6 * (1 / (1 + slope) - 1), .known_ppm = 2e6 * sqrt(left / xx)};
}

struct ton_system_drift watch_between(struct ton_system_drift of, struct ton_system_drift against) {
    return (struct ton_system_drift){.known = of.known && against.known,
                                     .ppm = of.ppm - against.ppm,
                                     .known_ppm = hypot(of.known_ppm, against.known_ppm)};
}
