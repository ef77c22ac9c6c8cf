/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The gain that makes a limited master as loud as asked.
 *
 * Loudness after the limiter rises with the gain before it, by at most 1 LU for 1 dB and by less
 * the more is limited. So the root is bracketed: below, the gain that would do without a limiter
 * (it can only be too soft); above, that gain plus steps until the target is passed. Between them
 * false position in its Illinois form (Dowell and Jarratt, BIT 11, 1971) converges in a few passes;
 * each pass limits and measures the whole album. */

#include "ton/master.h"
#include "ton/measure.h"

enum { MOST_PASSES = 16 };
static const double NEAR_ENOUGH_LU = 0.02;
static const double MOST_GAIN_DB = 40.0; /* more than this is no mastering but a fault in the mix */

struct album {
    struct ton_master_config *config;
    const struct ton_master_track *tracks;
    int n_tracks;
    double target;
    const struct ton_progress *progress;
    int n_passes;
};

static enum ton_code feed(void *user, const float *const *in, int frames, struct ton_err *err) {
    return ton_meter_feed(user, in, frames, err);
}

/* How far above the target the album is with this gain; NaN for silence. */
static enum ton_code miss_at(double *miss_lu, const struct album *a, double gain_db,
                             struct ton_err *err) {
    struct ton_meter *meter = NULL;
    const struct ton_layout stereo = ton_layout_usual(2);
    enum ton_code code = ton_meter_create(&meter, a->config->rate, &stereo, false, err);
    if (code)
        return code;
    a->config->gain_db = gain_db;
    const struct ton_master_sink sink = {feed, meter};
    for (int i = 0; i < a->n_tracks && !code; i++)
        code = ton_master_run(&a->tracks[i], a->config, &sink, NULL, err);
    if (!code) {
        struct ton_measurement m;
        ton_meter_finish(meter, &m);
        *miss_lu = m.integrated_lufs - a->target;
    }
    ton_meter_destroy(meter);
    return code;
}

/* What the coloured album measures before any gain. */
static enum ton_code loudness_before(double *lufs, const struct album *a, struct ton_err *err) {
    struct ton_meter *meter = NULL;
    const struct ton_layout stereo = ton_layout_usual(2);
    enum ton_code code = ton_meter_create(&meter, a->config->rate, &stereo, false, err);
    for (int i = 0; i < a->n_tracks && !code; i++) {
        struct ton_audio_in *in = NULL;
        code = ton_audio_open(&in, a->tracks[i].path, err);
        if (!code)
            code = ton_meter_feed_file(meter, in, NULL, err);
        ton_audio_close(in);
    }
    struct ton_measurement m = {.integrated_lufs = NAN};
    if (!code)
        ton_meter_finish(meter, &m);
    ton_meter_destroy(meter);
    *lufs = m.integrated_lufs;
    return code;
}

struct bracket {
    double low, low_miss, high, high_miss;
};

/* Raises `high` until it is loud enough. TON_MISSED when it never is. */
static enum ton_code bracket_target(struct bracket *b, struct album *a, struct ton_err *err) {
    double step = -b->low_miss;
    b->high = b->low;
    b->high_miss = b->low_miss;
    while (b->high_miss < -NEAR_ENOUGH_LU) {
        b->low = b->high;
        b->low_miss = b->high_miss;
        step = fmax(step * 2.0, 0.1);
        b->high = fmin(b->high + step, MOST_GAIN_DB);
        const enum ton_code code = miss_at(&b->high_miss, a, b->high, err);
        if (code)
            return code;
        a->n_passes++;
        if (b->high >= MOST_GAIN_DB && b->high_miss < -NEAR_ENOUGH_LU)
            return ton_fail(err, TON_MISSED, NULL,
                            "%.1f LUFS cannot be reached under this ceiling: the loudest possible "
                            "is %.1f LUFS; lower the target or raise the ceiling",
                            a->target, a->target + b->high_miss);
    }
    return TON_OK;
}

static enum ton_code close_in(struct bracket *b, struct album *a, double *miss,
                              struct ton_err *err) {
    *miss = b->high_miss;
    int last_side = 0;
    while (fabs(*miss) > NEAR_ENOUGH_LU && a->n_passes < MOST_PASSES) {
        const double gain =
            b->low + (b->high - b->low) * b->low_miss / (b->low_miss - b->high_miss);
        const enum ton_code code = miss_at(miss, a, gain, err);
        if (code)
            return code;
        a->n_passes++;
        ton_progress_step(a->progress, "solving the loudness", a->n_passes / (double)MOST_PASSES);
        const int side = *miss > 0 ? 1 : -1;
        if (side > 0) {
            b->high = gain;
            b->high_miss = *miss;
            b->low_miss *= last_side > 0 ? 0.5 : 1.0;
        } else {
            b->low = gain;
            b->low_miss = *miss;
            b->high_miss *= last_side < 0 ? 0.5 : 1.0;
        }
        last_side = side;
    }
    return TON_OK;
}

enum ton_code ton_master_solve(struct ton_master_config *config, double *reached_lufs,
                               const struct ton_master_track *tracks, int n_tracks,
                               double target_lufs, const struct ton_progress *progress,
                               struct ton_err *err) {
    struct album album = {config, tracks, n_tracks, target_lufs, progress, 0};
    double before = NAN, miss = NAN;
    enum ton_code code = loudness_before(&before, &album, err);
    if (code)
        return code;
    config->gain_db = 0.0;
    *reached_lufs = before;
    if (isnan(before) || isinf(before))
        return ton_fail(err, TON_MISSED, NULL,
                        "silence has no loudness, so %.1f LUFS cannot be reached", target_lufs);
    struct bracket bracket = {.low = fmin(target_lufs - before, MOST_GAIN_DB)};
    code = miss_at(&bracket.low_miss, &album, bracket.low, err);
    if (code)
        return code;
    album.n_passes = 1;
    if (bracket.low_miss > NEAR_ENOUGH_LU) { /* the post-limiter chain adds level */
        bracket.high = bracket.low;
        bracket.high_miss = bracket.low_miss;
        bracket.low -= 2.0 * bracket.low_miss + 1.0;
        code = miss_at(&bracket.low_miss, &album, bracket.low, err);
    } else {
        code = bracket_target(&bracket, &album, err);
    }
    if (!code)
        code = close_in(&bracket, &album, &miss, err);
    else
        miss = bracket.high_miss;
    *reached_lufs = target_lufs + miss;
    return code;
}
