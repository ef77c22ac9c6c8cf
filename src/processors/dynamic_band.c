/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One band of the dynamic equaliser.
 *
 * A bell listens through the band pass of its own Q. Of a state-variable filter's outputs
 * k^2 (band^2 - low high) is the power of a sine without any ripple, at any frequency (the energy
 * operator of J. F. Kaiser, ICASSP 1990, in the filter's own derivatives), so a bell needs hardly
 * any averaging. A shelf listens to its side of the frequency. */
#include "dynamic_band.h"

#include "dynamics.h"
#include "eq_design.h"

#include <math.h>
#include <string.h>

enum { LANES = TON_SVF_LANES };

#define HIGHEST 0.45 /* of the rate: above, a band hears nothing */
#define NEAR 1e-6    /* of a way: arrived */

/* A bell's power has no ripple; a shelf's has that of its lowest tone. */
static double mean_ms(int type, double hz) {
    const double ms = type == BELL ? 250 / hz : type == HIGH_SHELF ? 2000 / hz : 10;
    return fmin(fmax(ms, 0.2), 10);
}

void dynamic_band_set(const struct dynamic_common *d, struct dynamic_band *b,
                      const struct dynamic_band_settings *s, bool there) {
    const struct ton_level_curve c = dyn_curve_of(s->threshold, s->ratio, s->knee);
    const double ticks = d->rate / d->grid;
    b->wanted_type = ton_eq_index(s->type);
    b->wanted = there && s->on >= 0.5F && (s->gain != 0 || s->range != 0);
    b->aim[HZ] = (double)s->frequency;
    b->aim[Q] = (double)s->q;
    b->aim[GAIN] = (double)s->gain;
    b->aim[THRESHOLD] = (double)c.threshold;
    b->aim[SLOPE] = (double)c.slope;
    b->aim[HALF_KNEE] = (double)c.half_knee;
    b->aim[RANGE] = (double)s->range;
    b->attack = ton_smooth_coefficient(s->attack, ticks);
    b->release = ton_smooth_coefficient(s->release, ticks);
}

bool dynamic_band_is_active(const struct dynamic_band *b) {
    return b->now[WEIGHT] > 0 || b->aim[WEIGHT] > 0;
}

/* A band comes, goes, or goes to come back as another type. */
static void turn_on_and_off(struct dynamic_band *b) {
    if (b->now[WEIGHT] == 0) {
        memcpy(b->middle, b->aim, sizeof b->aim);
        memcpy(b->now, b->aim, sizeof b->aim);
        b->now[WEIGHT] = b->middle[WEIGHT] = 0;
        b->type = b->wanted_type;
    }
    b->aim[WEIGHT] = b->wanted && b->type == b->wanted_type;
}

static void listen_as_set(const struct dynamic_common *d, struct dynamic_band *b) {
    const double hz = fmin(b->now[HZ], HIGHEST * d->rate);
    b->ear = ton_svf_at(ton_svf_corner(hz, d->rate), b->type == BELL ? 1 / b->now[Q] : M_SQRT2);
    b->mean = ton_smooth_coefficient(mean_ms(b->type, hz), d->rate);
}

/* One tick of a band's settings; true when they moved. */
static bool advance(const struct dynamic_common *d, struct dynamic_band *b) {
    bool moved = false;
    for (int k = 0; k < N_VALUES; k++) {
        if (b->now[k] == b->aim[k])
            continue;
        moved = true;
        b->middle[k] += d->part * (b->aim[k] - b->middle[k]);
        b->now[k] += d->part * (b->middle[k] - b->now[k]);
        if (fabs(b->aim[k] - b->now[k]) <= NEAR * fmax(1, fabs(b->aim[k])))
            b->now[k] = b->middle[k] = b->aim[k];
    }
    return moved;
}

/* dB of each channel, linked. */
static void read_levels(const struct dynamic_common *d, const struct dynamic_band *b,
                        double *level) {
    double most = 0;
    for (int c = 0; c < TON_MOST_CHANNELS; c++)
        most = fmax(most, b->means[c / LANES][1][c % LANES]);
    const double loudest = 10 * log10(fmax(most, 1e-20));
    for (int c = 0; c < d->channels; c++) {
        const double power = b->means[c / LANES][1][c % LANES];
        const double own = d->own ? 10 * log10(fmax(power, 1e-20)) : loudest;
        level[c] = own + d->link * (loudest - own);
    }
}

/* The part of the range that the level asks for: smoothed as a part, the gain follows a range that
 * moves without a kink, through 0 as well. */
static double asked_part(const double now[N_VALUES], double level) {
    const struct ton_level_curve c = {
        .threshold = (float)now[THRESHOLD],
        .slope = (float)now[SLOPE],
        .half_knee = (float)now[HALF_KNEE],
        .bend = now[HALF_KNEE] > 0 ? (float)(1 / (4 * now[HALF_KNEE])) : 0,
    };
    const double asked = -(double)ton_level_curve_gain(&c, (float)level), range = fabs(now[RANGE]);
    return asked < range ? asked / range : asked > 0;
}

static void move_gains(const struct dynamic_common *d, struct dynamic_band *b) {
    double level[TON_MOST_CHANNELS];
    read_levels(d, b, level);
    for (int c = 0; c < d->channels; c++) {
        const double asked = asked_part(b->now, level[c]), before = b->part[c];
        const double now = before + (asked > before ? b->attack : b->release) * (asked - before);
        b->part[c] = asked == 0 && now < 1e-5 ? 0 : now;
    }
}

bool dynamic_band_tick(const struct dynamic_common *d, struct dynamic_band *b) {
    const bool was = dynamic_band_is_active(b);
    turn_on_and_off(b);
    if (!dynamic_band_is_active(b))
        return false;
    const bool moved = advance(d, b) || !was;
    if (moved)
        listen_as_set(d, b);
    move_gains(d, b);
    return moved;
}

void dynamic_band_silence(struct dynamic_band *b) {
    memset(b->part, 0, sizeof b->part);
    memset(b->heard, 0, sizeof b->heard);
    memset(b->means, 0, sizeof b->means);
}

void dynamic_band_settle(const struct dynamic_common *d, struct dynamic_band *b) {
    b->now[WEIGHT] = 0;
    turn_on_and_off(b);
    b->now[WEIGHT] = b->middle[WEIGHT] = b->aim[WEIGHT];
    listen_as_set(d, b);
}

double dynamic_band_gain(const struct dynamic_band *b, int channel) {
    return b->now[WEIGHT] * (b->now[GAIN] + b->part[channel] * b->now[RANGE]);
}

void dynamic_band_hear(struct dynamic_band *b, int pair, const float *const *x, int n_lanes,
                       int from, int frames) {
    const float *const left = x[0] + from, *const right = x[n_lanes - 1] + from;
    const double square = b->ear.k * b->ear.k, c = b->mean;
    struct ton_svf_state s = b->heard[pair];
    double(*means)[LANES] = b->means[pair];
    for (int i = 0; i < frames; i++) {
        const double in[LANES] = {left[i], right[i]};
        const struct ton_svf_out out = ton_svf_run(&b->ear, &s, in);
        for (int l = 0; l < LANES; l++) {
            const double side = b->type == LOW_SHELF ? out.low[l] : out.high[l];
            const double bell = square * (out.band[l] * out.band[l] - out.low[l] * out.high[l]);
            const double power = b->type == BELL ? bell : 2 * side * side;
            means[0][l] += c * (power - means[0][l]);
            means[1][l] += c * (means[0][l] - means[1][l]);
        }
    }
    b->heard[pair] = s;
}
