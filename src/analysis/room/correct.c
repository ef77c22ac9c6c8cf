/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a correction should do: the way from a measured response to a target, bounded, and straight
 * over nulls. */
#include "correct.h"
#include "given.h"
#include "levels.h"

#include <math.h>
#include <string.h>

enum { MOST_TAPS = 1 << 17 };

static const double REFERENCE_HZ[2] = {200.0, 2000.0};
static const double ROLLED_OFF_DB = 10.0, FADE_OCTAVES = 0.5;
static const double NO_MIDDLE_DB = 30.0; /* below the loudest octave: a subwoofer's */
static const double LEAST_TAPS_S = 0.3;

double ton_curve_db(const struct ton_curve_point *p, int n, double hz) {
    int i = 1;
    if (n == 0)
        return 0.0;
    if (n == 1 || hz <= p[0].hz)
        return p[0].db;
    if (hz >= p[n - 1].hz)
        return p[n - 1].db;
    while (p[i].hz < hz)
        i++;
    return p[i - 1].db +
           (p[i].db - p[i - 1].db) * log(hz / p[i - 1].hz) / log(p[i].hz / p[i - 1].hz);
}

static enum ton_code check(const struct ton_correction_how *how, int points, int rate,
                           struct ton_err *err) {
    for (int i = 0; i < how->n_target; i++) {
        const struct ton_curve_point *const p = &how->target[i];
        if (!(p->hz > 0.0 && fabs(p->db) <= 60.0) || (i > 0 && p->hz <= p[-1].hz))
            return ton_fail(err, TON_INPUT, NULL,
                            "point %d of the target (%g Hz, %g dB): frequencies must rise, and "
                            "levels lie between -60 dB and +60 dB",
                            i + 1, p->hz, p->db);
    }
    if (how->to_hz <= how->from_hz)
        return ton_fail(err, TON_INPUT, NULL,
                        "a correction from %g Hz to %g Hz: the first must be the lower",
                        how->from_hz, how->to_hz);
    if (!(how->from_hz > 0.0 && how->to_hz <= 0.5 * rate))
        return ton_fail(err, TON_INPUT, NULL,
                        "a correction from %g Hz to %g Hz: it can reach up to %g Hz", how->from_hz,
                        how->to_hz, 0.5 * rate);
    if (!(how->most_boost_db <= 24.0 && how->most_cut_db >= 0.0 && how->most_cut_db <= 24.0))
        return ton_fail(err, TON_INPUT, NULL,
                        "a boost of up to %g dB and a cut of up to %g dB: 24 dB are possible",
                        how->most_boost_db, how->most_cut_db);
    for (int i = 0; i < how->n_places; i++)
        if (how->places[i]->n != points)
            return ton_fail(err, TON_INPUT, NULL,
                            "a curve of %d points does not have the nulls of one of %d", points,
                            how->places[i]->n);
    if (how->bells < 1 || how->bells > TON_CORRECTION_MOST_BELLS || how->taps < 64 ||
        how->taps > MOST_TAPS || (how->taps & (how->taps - 1)))
        return ton_fail(err, TON_INPUT, NULL,
                        "%d bells and %d taps: 1 to %d bells and a power of two from 64 to %d taps "
                        "are possible",
                        how->bells, how->taps, TON_CORRECTION_MOST_BELLS, MOST_TAPS);
    return TON_OK;
}

static enum ton_code settle(struct ton_correction_how *how,
                            const struct ton_response *const *measured, int rate,
                            struct ton_err *err) {
    const bool has_places = how->places && how->n_places > 0;
    how->n_places = has_places ? how->n_places : 1;
    how->places = has_places ? how->places : measured;
    how->n_target = how->target ? how->n_target : 0;
    how->from_hz = given_or(how->from_hz, 20.0);
    how->to_hz = given_or(how->to_hz, fmin(20000.0, 0.45 * rate));
    how->most_boost_db = fmax(0.0, given_or(how->most_boost_db, 6.0));
    how->most_cut_db = given_or(how->most_cut_db, 18.0);
    how->bells = how->bells ? how->bells : TON_CORRECTION_MOST_BELLS;
    if (!how->taps)
        for (how->taps = 64; how->taps < LEAST_TAPS_S * rate && how->taps < MOST_TAPS;)
            how->taps *= 2;
    return check(how, (*measured)->n, rate, err);
}

/* The middle's, whatever is corrected: what is left as it is above 500 Hz is what the bass has to
 * fit. A subwoofer has none. */
static double level_of(const double *over, const struct ton_response *r,
                       const struct ton_correction_how *how) {
    const double middle = levels_mean(r->hz, over, r->n, REFERENCE_HZ[0], REFERENCE_HZ[1]);
    double top = -INFINITY, sum = 0.0, n = 0.0;
    for (int i = 0; i < r->n; i++)
        if (r->hz[i] >= how->from_hz && r->hz[i] <= how->to_hz)
            top = fmax(top, levels_octave(r->hz, over, r->n, i));
    if (middle >= top - NO_MIDDLE_DB)
        return middle;
    for (int i = 0; i < r->n; i++)
        if (r->hz[i] >= how->from_hz && r->hz[i] <= how->to_hz && over[i] >= top - ROLLED_OFF_DB) {
            sum += over[i];
            n++;
        }
    return n > 0.0 ? sum / n : 0.0;
}

/* The range asked for, without the ends at which the loudspeaker no longer plays. */
static void find_range(struct ton_correction *out, const double *over,
                       const struct ton_correction_how *how) {
    int first = 0, last = out->n - 1;
    while (first < last && (out->hz[first] < how->from_hz || over[first] < -ROLLED_OFF_DB))
        first++;
    while (last > first && (out->hz[last] > how->to_hz || over[last] < -ROLLED_OFF_DB))
        last--;
    out->from_hz = out->hz[first];
    out->to_hz = out->hz[last];
}

/* Those that reach into what is corrected. */
static void name_nulls(struct ton_correction *out, const struct ton_nulls *all) {
    out->nulls = (struct ton_nulls){.items = all->items};
    for (int i = 0; i < all->n; i++)
        if (out->hz[all->items[i].to] > out->from_hz && out->hz[all->items[i].from] < out->to_hz)
            out->nulls.items[out->nulls.n++] = all->items[i];
}

double correct_part(const struct ton_correction *c, double hz) {
    const double beyond = fmax(log2(c->from_hz / hz), log2(hz / c->to_hz)) / FADE_OCTAVES;
    return beyond <= 0.0 ? 1.0 : beyond >= 1.0 ? 0.0 : 0.5 + 0.5 * cos(M_PI * beyond);
}

/* `over` is how far the response lies over the target. */
static void want(struct ton_correction *out, const double *over,
                 const struct ton_correction_how *how) {
    for (int i = 0; i < out->n; i++)
        out->wanted_db[i] = correct_part(out, out->hz[i]) *
                            fmax(-how->most_cut_db, fmin(how->most_boost_db, -over[i]));
}

struct ton_correction_fit correct_fit(const struct ton_correction *c, const double *db) {
    struct ton_correction_fit fit = {
        .off_hz = c->from_hz, .boost_hz = c->from_hz, .cut_hz = c->from_hz};
    double sum = 0.0, n = 0.0;
    for (int i = 0; i < c->n; i++) {
        const double off = db[i] - c->wanted_db[i];
        fit.boost_hz = db[i] > fit.boost_db ? c->hz[i] : fit.boost_hz;
        fit.cut_hz = db[i] < fit.cut_db ? c->hz[i] : fit.cut_hz;
        fit.boost_db = fmax(fit.boost_db, db[i]);
        fit.cut_db = fmin(fit.cut_db, db[i]);
        if (c->hz[i] < c->from_hz || c->hz[i] > c->to_hz)
            continue;
        sum += off * off;
        n++;
        fit.off_hz = fabs(off) > fabs(fit.off_db) ? c->hz[i] : fit.off_hz;
        fit.off_db = fabs(off) > fabs(fit.off_db) ? off : fit.off_db;
    }
    fit.rms_db = sqrt(sum / n);
    return fit;
}

/* RMS of what is over the target, changed by `change` (NULL: not), where it corrects. */
static double apart(const struct ton_correction *c, const double *over, const double *change) {
    double sum = 0.0, n = 0.0;
    for (int i = 0; i < c->n; i++) {
        const double here = over[i] + (change ? change[i] : 0.0);
        if (c->hz[i] < c->from_hz || c->hz[i] > c->to_hz)
            continue;
        sum += here * here;
        n++;
    }
    return sqrt(sum / n);
}

/* All but the filters. `*how` becomes what is meant; `*over` is of each point, over the target. */
static enum ton_code begin(struct ton_correction *out, double **over, struct ton_arena *arena,
                           const struct ton_response *measured, int rate,
                           struct ton_correction_how *how, struct ton_err *err) {
    struct ton_nulls nulls = {0};
    enum ton_code code = settle(how, &measured, rate, err);
    if (code == TON_OK)
        code = ton_response_nulls(&nulls, arena, how->places, how->n_places, err);
    if (code != TON_OK)
        return code;
    const size_t n = (size_t)measured->n;
    double *const memory = TON_NEW_N(arena, double, 5 * n);
    if (!memory)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for a correction of %d points",
                        measured->n);
    *out = (struct ton_correction){.n = measured->n,
                                   .hz = memory,
                                   .wanted_db = memory + n,
                                   .bells_db = memory + 2 * n,
                                   .fir_db = memory + 3 * n,
                                   .taps = how->taps};
    double *const o = *over = memory + 4 * n;
    memcpy(out->hz, measured->hz, sizeof(double) * n);
    for (size_t i = 0; i < n; i++)
        o[i] = measured->db[i] - ton_curve_db(how->target, how->n_target, measured->hz[i]);
    ton_nulls_bridge(o, measured->n, &nulls);
    out->level_db = level_of(o, measured, how);
    for (size_t i = 0; i < n; i++)
        o[i] -= out->level_db;
    find_range(out, o, how);
    name_nulls(out, &nulls);
    want(out, o, how);
    out->apart_db = apart(out, o, NULL);
    return TON_OK;
}

enum ton_code ton_correction_judge(struct ton_correction *out, struct ton_arena *arena,
                                   const struct ton_response *measured, int rate,
                                   const struct ton_correction_how *given, struct ton_err *err) {
    struct ton_correction_how how = *given;
    double *over;
    return begin(out, &over, arena, measured, rate, &how, err);
}

enum ton_code ton_correction_check(const struct ton_correction_how *given, int rate,
                                   struct ton_err *err) {
    static const struct ton_response none = {0};
    const struct ton_response *const measured = &none;
    struct ton_correction_how how = *given;
    how.places = NULL;
    return settle(&how, &measured, rate, err);
}

enum ton_code ton_correction_make(struct ton_correction *out, struct ton_arena *arena,
                                  const struct ton_response *measured, int rate,
                                  const struct ton_correction_how *given, struct ton_err *err) {
    struct ton_correction_how how = *given;
    double *over = NULL;
    enum ton_code code = begin(out, &over, arena, measured, rate, &how, err);
    code = code ? code : correct_by_bells(out, how.bells, &how, rate, err);
    code = code ? code : correct_by_filter(out, arena, &how, rate, err);
    if (code)
        return code;
    out->bells_fit.apart_db = apart(out, over, out->bells_db);
    out->fir_fit.apart_db = apart(out, over, out->fir_db);
    return TON_OK;
}
