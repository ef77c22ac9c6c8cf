/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gain that makes a limited master as loud as asked.
 *
 * Loudness after the limiter rises with the gain before it, by at most 1 LU for 1 dB and by less
 * the more is limited. The first try is foretold from a pass without limiter (forecast.c), or what
 * solved the same question under another ceiling. While all tries are on one side of the target,
 * the next goes along the last slope; as soon as the target is between two, false position in its
 * Illinois form (Dowell and Jarratt, BIT 11, 1971) closes in. Each pass limits and measures the
 * whole album, so passes are what to save. */

#include "ton/master.h"

#include "excerpts.h"
#include "ton/arena.h"
#include "ton/measure.h"
#include "ton/resample.h"

enum { MOST_PASSES = 16, CHANNELS = 2 };
static const double NEAR_ENOUGH_LU = 0.02;
static const double LEAST_GAIN_DB = -80.0;
static const double MOST_DRIVE_DB = 20.0; /* beyond what would do without a limiter */
static const double USUAL_SLOPE = 0.7;    /* LU per dB of a master that is limited a little */
static const double LEAST_SLOPE = 0.05;
static const double FORETOLD_LU = 0.001;
/* A forecast that peaks so much higher would move by more is held to excerpts: to a part of them,
 * so that the gain is about right, and then to all. */
static const double HIGHER_DB = 3.0, MOVED_LU = 0.05;
static const int EXCERPT_SHARES[] = {3, 1};
static const double NEARLY_LU = 0.3; /* from here the next try is likely to be the last */

/* The album as one stream into one meter: tracks of another rate are resampled for it. */
struct listener {
    struct ton_meter *meter;
    struct ton_resampler *resampler; /* NULL: the track has the meter's rate */
};

static enum ton_code resampled(const float *const *in, int frames, struct ton_err *err,
                               void *user) {
    return ton_meter_feed(user, in, frames, err);
}

static enum ton_code feed(void *user, const float *const *in, int frames, struct ton_err *err) {
    const struct listener *l = user;
    if (!l->resampler)
        return ton_meter_feed(l->meter, in, frames, err);
    return ton_resampler_feed(l->resampler, in, frames, false, resampled, err, l->meter);
}

static enum ton_code rate_of(int *rate, const char *path, struct ton_err *err) {
    struct ton_audio_in *in = NULL;
    const enum ton_code code = ton_audio_open(&in, path, err);
    if (!code)
        *rate = ton_audio_info(in)->rate;
    ton_audio_close(in);
    return code;
}

static enum ton_code listen_to(struct listener *l, const struct album *a, int track, bool limited,
                               struct ton_err *err) {
    const struct ton_master_sink sink = {feed, l};
    int rate = 0;
    enum ton_code code = rate_of(&rate, a->tracks[track].path, err);
    if (!code && rate != a->rate)
        code = ton_resampler_create(&l->resampler, rate, a->rate, a->channels, err);
    if (!code)
        code = limited ? ton_master_run(&a->tracks[track], a->config, &sink, NULL, err)
                       : ton_master_play(&a->tracks[track], &sink, err);
    if (!code && l->resampler)
        code = ton_resampler_feed(l->resampler, NULL, 0, true, resampled, err, l->meter);
    ton_resampler_destroy(l->resampler);
    l->resampler = NULL;
    return code;
}

/* Leaves the meter to the caller, whatever comes of it. */
static enum ton_code listen_to_all(struct ton_meter **meter, const struct album *a, bool limited,
                                   struct ton_err *err) {
    const struct ton_layout layout = ton_layout_usual(a->channels);
    enum ton_code code = ton_meter_create_plain(meter, a->rate, &layout, err);
    struct listener l = {.meter = *meter};
    for (int i = 0; i < a->n_tracks && !code; i++)
        code = listen_to(&l, a, i, limited, err);
    return code;
}

static double level_in(struct ton_meter *meter, const struct album *a) {
    struct ton_measurement m;
    ton_meter_finish(meter, &m);
    return a->measure == TON_MASTER_RMS ? m.rms_dbfs : m.integrated_lufs;
}

/* What is likely to be the last try is left to who wants to have it. */
static enum ton_code level_of(double *level, const struct album *a,
                              const struct ton_master_trial *trial, struct ton_err *err) {
    if (trial)
        return trial->run(trial->user, level, a->config->gain_db, err);
    struct ton_meter *meter = NULL;
    const enum ton_code code = listen_to_all(&meter, a, true, err);
    *level = code ? NAN : level_in(meter, a);
    ton_meter_destroy(meter);
    return code;
}

struct try { /* one gain, and how far above the target it came out */
    double gain_db, miss_lu;
};

struct search {
    double most_gain_db;
    struct try low, high; /* nearest tries on both sides; gain NaN: none yet */
    struct try last;
    double slope;
    int last_side;
};

static double slope_between(const struct try *a, const struct try *b) {
    const double slope = (b->miss_lu - a->miss_lu) / (b->gain_db - a->gain_db);
    return fmin(1.0, fmax(LEAST_SLOPE, slope));
}

static void remember(struct search *s, const struct try *now) {
    if (!isnan(s->last.gain_db) && now->gain_db != s->last.gain_db)
        s->slope = slope_between(&s->last, now);
    s->last = *now;
    const int side = now->miss_lu > 0.0 ? 1 : -1;
    if (side > 0) {
        s->high = *now;
        s->low.miss_lu *= s->last_side > 0 ? 0.5 : 1.0;
    } else {
        s->low = *now;
        s->high.miss_lu *= s->last_side < 0 ? 0.5 : 1.0;
    }
    s->last_side = side;
}

static double next_gain(const struct search *s) {
    if (!isnan(s->low.gain_db) && !isnan(s->high.gain_db))
        return s->low.gain_db + (s->high.gain_db - s->low.gain_db) * s->low.miss_lu /
                                    (s->low.miss_lu - s->high.miss_lu);
    return fmin(s->most_gain_db, fmax(LEAST_GAIN_DB, s->last.gain_db - s->last.miss_lu / s->slope));
}

/* What a pass without limiter tells. */
struct start {
    double level;
    double gain_db; /* foretold; NaN: nothing is */
    double slope;
};

/* Newton's method on the forecast, from the gain that would do without a limiter. */
static void foretell(struct start *start, const struct forecast *f,
                     const struct ton_master_target *target, double plain, double most) {
    enum { MOST_STEPS = 12 };
    struct try last = {.gain_db = NAN};
    double gain = fmin(plain, most);
    for (int i = 0; i < MOST_STEPS; i++) {
        const struct try now = {gain, forecast_lufs(f, gain) - target->level};
        if (isnan(now.miss_lu))
            return;
        if (!isnan(last.gain_db))
            start->slope = slope_between(&last, &now);
        start->gain_db = gain;
        gain = fmin(most, gain - now.miss_lu / start->slope);
        if (fabs(now.miss_lu) < FORETOLD_LU || gain == now.gain_db)
            return;
        last = now;
    }
}

static double plain_gain(const struct ton_master_target *target, double level) {
    return fmax(LEAST_GAIN_DB, target->level - level);
}

static double most_gain(double plain) {
    return fmin(TON_MASTER_MOST_GAIN_DB, plain + MOST_DRIVE_DB);
}

static bool stands_whatever_peaks(struct forecast *f, double gain_db, double lufs) {
    f->higher_db = HIGHER_DB;
    const double moved = lufs - forecast_lufs(f, gain_db);
    f->higher_db = 0.0;
    return moved <= MOVED_LU;
}

/* What is limited is foretold once more, from what excerpts of it taught. */
static enum ton_code foretell_better(struct start *start, struct forecast *f, const struct album *a,
                                     const struct ton_master_target *target, double plain,
                                     struct ton_err *err) {
    bool fitted = !isnan(start->gain_db) &&
                  (f->limit->n > 1 || !stands_whatever_peaks(f, start->gain_db, target->level));
    for (int i = 0; i < TON_N(EXCERPT_SHARES) && fitted; i++) {
        const enum ton_code code =
            excerpts_fit(f, &fitted, a, start->gain_db, EXCERPT_SHARES[i], err);
        if (code)
            return code;
        foretell(start, f, target, plain, most_gain(plain));
    }
    return TON_OK;
}

static enum ton_code foretell_for(struct start *start, const struct album *a,
                                  const struct ton_meter *meter,
                                  const struct ton_master_target *target, struct ton_err *err) {
    struct ton_arena *arena = ton_arena_create();
    if (!arena)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the mastering chain");
    struct master_chain chain;
    struct forecast f;
    const double plain = plain_gain(target, start->level);
    enum ton_code code = master_chain_cut(&chain, arena, a->config->chain, err);
    if (!code) {
        float *ceiling = &chain.limit.items[0].params[chain.ceiling];
        if (!isnan(a->config->ceiling_dbtp))
            *ceiling = (float)a->config->ceiling_dbtp;
        forecast_init(&f, ton_meter_hops(meter), a->rate, &chain.limit);
        foretell(start, &f, target, plain, most_gain(plain));
        code = foretell_better(start, &f, a, target, plain, err);
        forecast_finish(&f);
    }
    ton_arena_destroy(arena);
    return code;
}

static enum ton_code listen_before(struct start *start, const struct album *a,
                                   const struct ton_master_target *target, struct ton_err *err) {
    struct ton_meter *meter = NULL;
    enum ton_code code = listen_to_all(&meter, a, false, err);
    if (!code)
        start->level = level_in(meter, a);
    if (!code && a->measure == TON_MASTER_LUFS && isfinite(start->level))
        code = foretell_for(start, a, meter, target, err);
    ton_meter_destroy(meter);
    return code;
}

static const char *unit_of(const struct ton_master_target *target) {
    return target->measure == TON_MASTER_RMS ? "dBFS RMS" : "LUFS";
}

static enum ton_code not_reached(const struct ton_master_target *target, double miss_lu,
                                 double before, struct ton_err *err) {
    const double reached = target->level + miss_lu;
    const char *unit = unit_of(target);
    if (miss_lu < 0 && target->level - before > TON_MASTER_MOST_GAIN_DB)
        return ton_fail(err, TON_MISSED, NULL,
                        "%.1f %s cannot be reached: with %.0f dB of gain, more than which no "
                        "master gets, it is %.1f %s; turn the mix up",
                        target->level, unit, TON_MASTER_MOST_GAIN_DB, reached, unit);
    if (miss_lu < 0)
        return ton_fail(err, TON_MISSED, NULL,
                        "%.1f %s cannot be reached under this ceiling: the loudest possible "
                        "is %.1f %s; lower the target or raise the ceiling",
                        target->level, unit, reached, unit);
    return ton_fail(err, TON_MISSED, NULL,
                    "%.1f %s cannot be reached: the softest possible is %.1f %s", target->level,
                    unit, reached, unit);
}

static enum ton_code search_gain(struct ton_master_solution *out, struct album *a,
                                 const struct ton_master_target *target, const struct start *start,
                                 struct ton_err *err) {
    const double plain = plain_gain(target, out->before);
    const double guess = isnan(target->guess_gain_db) ? start->gain_db : target->guess_gain_db;
    struct search s = {
        .most_gain_db = most_gain(plain),
        .low.gain_db = NAN,
        .high.gain_db = NAN,
        .last.gain_db = NAN,
        .slope = start->slope,
    };
    struct try now = {.gain_db = fmin(isnan(guess) ? plain : guess, s.most_gain_db)};
    bool likely = true;
    for (;;) {
        a->config->gain_db = now.gain_db;
        const enum ton_code code = level_of(&out->reached, a, likely ? target->trial : NULL, err);
        if (code)
            return code;
        out->n_passes++;
        now.miss_lu = out->reached - target->level;
        if (fabs(now.miss_lu) <= NEAR_ENOUGH_LU)
            return TON_OK;
        remember(&s, &now);
        const double next = next_gain(&s);
        if (isnan(now.miss_lu) || next == now.gain_db || out->n_passes == MOST_PASSES)
            return not_reached(target, now.miss_lu, out->before, err);
        now.gain_db = next;
        likely = fabs(now.miss_lu) < NEARLY_LU;
    }
}

enum ton_code ton_master_solve(struct ton_master_config *config, struct ton_master_solution *out,
                               const struct ton_master_track *tracks, int n_tracks,
                               const struct ton_master_target *target, struct ton_err *err) {
    struct album album = {
        .config = config,
        .tracks = tracks,
        .n_tracks = n_tracks,
        .channels = tracks[0].mono ? 1 : CHANNELS,
        .measure = target->measure,
    };
    *out = (struct ton_master_solution){.reached = NAN, .before = NAN};
    config->gain_db = 0.0;
    enum ton_code code = rate_of(&album.rate, tracks[0].path, err);
    /* Who has no guess gets a forecast even when the level is known, so that the answer does not
     * depend on who asked before. */
    const bool asks = isnan(target->guess_gain_db) && target->measure == TON_MASTER_LUFS;
    struct start start = {.level = target->before, .gain_db = NAN, .slope = USUAL_SLOPE};
    if (!code && (asks || isnan(start.level)))
        code = listen_before(&start, &album, target, err);
    if (code)
        return code;
    out->before = start.level;
    out->reached = out->before;
    if (!isfinite(out->before))
        return ton_fail(err, TON_MISSED, NULL,
                        "silence, and what is below -70 LUFS or shorter than 0.4 s, has no "
                        "loudness, so %.1f %s cannot be reached",
                        target->level, unit_of(target));
    return search_gain(out, &album, target, &start, err);
}
