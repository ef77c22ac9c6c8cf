/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exponential sine sweep as samples. */
#include "given.h"
#include "shape.h"

#include "ton/db.h"

#include <math.h>

static const double FADE_IN_OCTAVES = 1.0, FADE_OUT_OCTAVES = 1.0 / 12.0;
static const double MOST_TO = 0.46; /* of the rate; 20 kHz at 44.1 kHz, too */
static const double HIGHEST = 0.49; /* of the rate */

static bool within(double value, double least, double most) {
    return value >= least && value <= most; /* not of NaN */
}

static enum ton_code check(const struct ton_sweep *s, struct ton_err *err) {
    if (s->from_hz >= s->to_hz)
        return ton_fail(err, TON_INPUT, NULL, "the sweep from %g Hz to %g Hz must rise", s->from_hz,
                        s->to_hz);
    if (!within(s->from_hz, 1.0, s->to_hz / 2.0) || !within(s->to_hz, 2.0, MOST_TO * s->rate))
        return ton_fail(err, TON_INPUT, NULL,
                        "the sweep from %g Hz to %g Hz must start at 1 Hz or above, span an octave "
                        "or more and end at %g Hz (0.46 of the rate) or below",
                        s->from_hz, s->to_hz, MOST_TO * s->rate);
    if (!within(s->seconds, 0.2, 20.0))
        return ton_fail(err, TON_INPUT, NULL, "a sweep of %g s: it may last 0.2 s to 20 s",
                        s->seconds);
    if (!within(s->pause_s, 0.1, TON_SWEEP_MOST_PAUSE_S))
        return ton_fail(err, TON_INPUT, NULL,
                        "a pause of %g s behind the sweep: it may last 0.1 s to %d s", s->pause_s,
                        TON_SWEEP_MOST_PAUSE_S);
    if (!within(s->level_db, -90.0, 0.0))
        return ton_fail(err, TON_INPUT, NULL, "a sweep at %g dBFS: -90 dBFS to 0 dBFS are possible",
                        s->level_db);
    if (s->times < 1 || s->times > TON_SWEEP_MOST_TIMES)
        return ton_fail(err, TON_INPUT, NULL, "%d sweeps: 1 to %d are possible", s->times,
                        TON_SWEEP_MOST_TIMES);
    return TON_OK;
}

enum ton_code ton_sweep_settle(struct ton_sweep *s, struct ton_err *err) {
    if (s->rate < 8000 || s->rate > 384000)
        return ton_fail(err, TON_INPUT, NULL,
                        "a rate of %d Hz: a sweep is possible from 8000 Hz to 384000 Hz", s->rate);
    s->from_hz = given_or(s->from_hz, 20.0);
    s->to_hz = given_or(s->to_hz, fmin(20000.0, MOST_TO * s->rate));
    s->seconds = given_or(s->seconds, 5.0);
    s->pause_s = given_or(s->pause_s, 2.0);
    s->level_db = given_or(s->level_db, -12.0);
    s->times = s->times ? s->times : 2;
    return check(s, err);
}

struct sweep_shape sweep_shape(const struct ton_sweep *sweep) {
    struct sweep_shape s = {
        .first_hz = sweep->from_hz * exp2(-FADE_IN_OCTAVES),
        .last_hz = fmin(sweep->to_hz * exp2(FADE_OUT_OCTAVES), HIGHEST * sweep->rate),
        .gain = ton_db_to_gain(sweep->level_db),
        .frames = (int)lround(sweep->seconds * sweep->rate),
    };
    s.growth = s.frames / log(s.last_hz / s.first_hz);
    s.period = s.frames + (int)lround(sweep->pause_s * sweep->rate);
    s.fade_in = (int)(s.growth * log(sweep->from_hz / s.first_hz));
    s.fade_out = (int)(s.growth * log(s.last_hz / sweep->to_hz));
    return s;
}

/* 0 to 1 without a kink at either end. */
static double rounded(double part) {
    return part <= 0.0 ? 0.0 : part >= 1.0 ? 1.0 : 0.5 - 0.5 * cos(M_PI * part);
}

double sweep_sample(const struct sweep_shape *s, double rate, double at) {
    if (at < 0.0 || at >= s->frames)
        return 0.0;
    const double turns = s->first_hz / rate * s->growth * expm1(at / s->growth);
    const double fade = rounded(at / s->fade_in) * rounded((s->frames - at) / s->fade_out);
    return s->gain * fade * sin(2.0 * M_PI * (turns - floor(turns)));
}

double sweep_power(const struct sweep_shape *s, double rate, double hz) {
    return 0.25 * s->gain * s->gain * s->growth * rate / hz;
}

double sweep_band(const struct ton_sweep *sweep, const struct sweep_shape *s, double hz) {
    if (hz >= sweep->from_hz && hz <= sweep->to_hz)
        return 1.0;
    if (hz <= s->first_hz || hz >= s->last_hz)
        return 0.0;
    return rounded(log(hz / s->first_hz) / log(sweep->from_hz / s->first_hz)) *
           rounded(log(s->last_hz / hz) / log(s->last_hz / sweep->to_hz));
}

int64_t ton_sweep_frames(const struct ton_sweep *sweep) {
    return (int64_t)sweep->times * sweep_shape(sweep).period;
}

void ton_sweep_make(float *out, const struct ton_sweep *sweep, int64_t from, int frames) {
    const struct sweep_shape s = sweep_shape(sweep);
    const int64_t all = (int64_t)sweep->times * s.period;
    for (int i = 0; i < frames; i++) {
        const int64_t at = from + i;
        out[i] = at < 0 || at >= all
                     ? 0.0F
                     : (float)sweep_sample(&s, sweep->rate, (double)(at % s.period));
    }
}
