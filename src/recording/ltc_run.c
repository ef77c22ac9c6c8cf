/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames of timecode that follow each other, and the line that they make. */
#include "ltc_run.h"

#include <math.h>

#define SLIP 0.05

static const struct ltc_point *point(const struct ltc_run *run, int64_t back) {
    return &run->points[(run->n - 1 - back) % LTC_RUN_POINTS];
}

void ltc_run_begin(struct ltc_run *run, struct ltc_point first, struct ltc_point second,
                   bool backwards) {
    run->n = 0;
    run->backwards = backwards;
    ltc_run_add(run, first);
    ltc_run_add(run, second);
}

void ltc_run_add(struct ltc_run *run, struct ltc_point p) {
    run->points[run->n++ % LTC_RUN_POINTS] = p;
}

const struct ltc_point *ltc_run_newest(const struct ltc_run *run) {
    return point(run, 0);
}

/* How many numbers lie from one to another, the shorter way round midnight. */
static int64_t numbers_between(int64_t from, int64_t to, enum ton_fps fps) {
    const int64_t day = ton_timecode_day(fps), between = ((to - from) % day + day) % day;
    return between > day / 2 ? between - day : between;
}

bool ltc_follows(struct ltc_point *p, const struct ltc_point *last, bool backwards, double length,
                 enum ton_fps fps) {
    const int64_t steps = llround((p->at - last->at) / length);
    const int64_t between = numbers_between(last->number, p->number, fps);
    if (steps < 1 || between != (backwards ? -steps : steps))
        return false;
    p->number = last->number + between;
    return true;
}

bool ltc_keeps_step(const struct ltc_point *p, const struct ltc_point *last, double length) {
    return fabs(remainder(p->at - last->at, length)) < SLIP * length;
}

struct ltc_course ltc_run_course(const struct ltc_run *run, double frames) {
    const struct ltc_point *newest = point(run, 0);
    double n = 0, x = 0, y = 0, xx = 0, xy = 0, span = 0;
    for (int64_t i = 0; i < run->n && i < LTC_RUN_POINTS; i++) {
        const double number = (double)(point(run, i)->number - newest->number);
        const double at = point(run, i)->at - newest->at;
        if (i > 1 && -at > frames)
            break;
        span = -at;
        n += 1.0;
        x += number;
        y += at;
        xx += number * number;
        xy += number * at;
    }
    const double step = (n * xy - x * y) / (n * xx - x * x);
    return (struct ltc_course){newest->at + (y - step * x) / n, step, span};
}
