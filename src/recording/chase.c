/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A transport that follows timecode: where to be, and when to roll. */
#include "ton/timecode.h"

#include <math.h>

#define AHEAD_S 1.0
#define MOST_AHEAD_S 10.0
#define ROLL_S                                                                                     \
    0.25 /* before it rolls it is told when: no earlier, since much may happen until then */
#define LEAST_S 0.02 /* and no later: that cannot be told in time */
#define MISSED_S 0.1 /* that it may seem to stand after it was to roll */
#define WOUND 0.02   /* part by which the speed is off when it is no longer played */

static bool is_played(const struct ton_ltc_status *s) {
    return s->present && !s->backwards && fabs(s->speed - 1.0) < WOUND;
}

/* What should be played at a device frame; the nearer way round midnight. */
static double place_at(const struct ton_chase *c, const struct ton_ltc_status *s, double frame) {
    const double length = c->rate / ton_fps_kind(s->fps).fps;
    const double here = s->timeline + (frame - (double)s->at) * s->speed - c->start + c->latency;
    return remainder(here, (double)ton_timecode_day(s->fps) * length);
}

static struct ton_chase_action stop(struct ton_chase *c) {
    const bool rolled = c->state == TON_CHASE_ROLLS;
    c->state = TON_CHASE_IDLE;
    c->offset = NAN;
    return (struct ton_chase_action){rolled ? TON_CHASE_STOP : TON_CHASE_NOTHING, 0, 0};
}

static struct ton_chase_action locate(struct ton_chase *c, const struct ton_ltc_status *s,
                                      int64_t now) {
    const double place = place_at(c, s, (double)now) + c->ahead_s * c->rate;
    c->place = place > 0.0 ? llround(place) : 0;
    c->state = TON_CHASE_LOCATED;
    c->jumps = s->jumps;
    c->offset = NAN;
    c->locates++;
    return (struct ton_chase_action){TON_CHASE_LOCATE, c->place, 0};
}

/* It was not ready in time. */
static struct ton_chase_action locate_further(struct ton_chase *c, const struct ton_ltc_status *s,
                                              int64_t now) {
    c->ahead_s = fmin(2.0 * c->ahead_s, MOST_AHEAD_S);
    return locate(c, s, now);
}

/* When the timecode comes to the place; not yet while that is far. */
static struct ton_chase_action roll(struct ton_chase *c, const struct ton_ltc_status *s,
                                    int64_t now) {
    const double left = ((double)c->place - place_at(c, s, (double)now)) / s->speed;
    if (left < LEAST_S * c->rate)
        return locate_further(c, s, now);
    if (left > ROLL_S * c->rate)
        return (struct ton_chase_action){0};
    c->at = now + llround(left);
    c->state = TON_CHASE_ROLLS;
    return (struct ton_chase_action){TON_CHASE_ROLL, c->place, c->at};
}

struct ton_chase_action ton_chase_step(struct ton_chase *c, const struct ton_ltc_status *status,
                                       int64_t now, int64_t place) {
    c->ahead_s = c->ahead_s > 0.0 ? c->ahead_s : AHEAD_S;
    if (!is_played(status))
        return stop(c);
    if (c->state == TON_CHASE_IDLE || status->jumps != c->jumps)
        return locate(c, status, now);
    if (c->state == TON_CHASE_LOCATED)
        return roll(c, status, now);
    if (now < c->at)
        return (struct ton_chase_action){0};
    if (place == TON_CHASE_STANDS)
        return (double)(now - c->at) > MISSED_S * c->rate ? locate_further(c, status, now)
                                                          : (struct ton_chase_action){0};
    const int64_t here = place >= 0 ? place : c->place + now - c->at;
    c->offset = place_at(c, status, (double)now) - (double)here;
    if (fabs(c->offset) > c->rate / ton_fps_kind(status->fps).fps)
        return locate(c, status, now);
    return (struct ton_chase_action){0};
}
