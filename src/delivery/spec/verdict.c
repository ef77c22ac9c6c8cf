/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict on a finished file. */

#include "ton/audio_in.h"
#include "work.h"

static enum ton_code add_failure(struct work *w, struct ton_delivered *d, const char *text,
                                 struct ton_err *err) {
    struct ton_remark *remarks = TON_NEW_N(w->arena, struct ton_remark, d->verdict.n + 1);
    if (!remarks || !text)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the verdict");
    remarks[0] = (struct ton_remark){.failed = true, .text = text};
    for (int i = 0; i < d->verdict.n; i++)
        remarks[i + 1] = d->verdict.remarks[i];
    d->verdict = (struct ton_verdict){remarks, d->verdict.n + 1, d->verdict.n_failed + 1};
    return TON_OK;
}

/* What no spec needs to ask for: a file of integers holds what went into it. */
static enum ton_code add_clipped(struct work *w, struct ton_delivered *d, struct ton_err *err) {
    if (d->clipped <= 0)
        return TON_OK;
    const char *text = ton_arena_printf(
        w->arena,
        "%lld samples were over full scale and are clipped; lower the faders, or ask for `wav "
        "float`, which holds them",
        (long long)d->clipped);
    return add_failure(w, d, text, err);
}

/* A song that has the gain of an album. */
static bool is_of_album(const struct work *w, const struct owed *o) {
    return o->deliverable->mastered && w->n_pieces > 1 && o->n_parts == 1 && !o->own_target &&
           !isnan(o->target) && w->production->master.per == TON_PER_PRODUCTION;
}

static enum ton_code hold_to_spec(struct work *w, struct owed *o, struct ton_err *err) {
    struct ton_delivered *d = o->delivered;
    struct ton_audio_in *in = NULL;
    enum ton_code code = ton_audio_open(&in, o->path, err);
    if (code)
        return code;
    const struct ton_audio_info *info = ton_audio_info(in);
    const struct ton_held held = {
        .info = info,
        .measured = &d->measured,
        .noise_floor_dbfs = d->measured.noise_floor_dbfs,
        .kbps = o->format.kbps,
        .of_album = is_of_album(w, o),
        .album_lufs = o->target,
    };
    code = ton_spec_hold(&d->verdict, w->arena, o->spec, &held, err);
    ton_audio_close(in);
    return code;
}

/* Whether the target is this very file's: of its own version, or of the whole mix that it is. An
 * album's target is that of all its songs together, and a mono file has the gain of the stereo. */
static bool has_own_target(const struct work *w, const struct owed *o) {
    const bool alone = w->n_pieces == 1 || w->production->master.per == TON_PER_SESSION;
    return !isnan(o->target) &&
           (o->own_target ||
            (alone && o->n_parts == 1 && o->parts[0].version == 0 && o->format.channels != 1));
}

/* By how much it misses its target, why, and what can be done: what was reached here, any target
 * below it can be. */
static const char *missed_target(const struct work *w, const struct owed *o, double level) {
    const char *unit = masters_unit(o), *by = o->measure == TON_MASTER_RMS ? "dB" : "LU";
    const bool lossy = ton_format_lossy(&o->format);
    if (!isfinite(level))
        return ton_arena_printf(
            w->arena,
            "it is silent, quieter than -70 LUFS or too short to have a loudness, so "
            "the target of %.1f %s is missed",
            o->target, unit);
    if (is_too_quiet(o))
        return ton_arena_printf(w->arena,
                                "%.1f %s misses the target of %.1f %s by %.1f %s: no master gets "
                                "more than %.0f dB of gain; turn the mix up",
                                level, unit, o->target, unit, fabs(o->target - level), by,
                                TON_MASTER_MOST_GAIN_DB);
    const char *missed = ton_arena_printf(
        w->arena, "%.1f %s misses the target of %.1f %s by %.1f %s: it cannot be reached", level,
        unit, o->target, unit, fabs(level - o->target), by);
    if (!(level < o->target))
        return missed;
    return ton_arena_printf(
        w->arena, "%s under %.1f dBTP%s%s; lower the target to %.1f %s%s the ceiling%s", missed,
        o->ceiling_dbtp, lossy ? " as " : "", lossy ? o->delivered->format : "",
        floor(level * 10.0) / 10.0, unit, lossy ? ", raise" : " or raise",
        lossy ? " or use a higher bit rate" : "");
}

/* A mastered file is held to what it was mastered to, with or without a spec. */
static enum ton_code hold_to_master(struct work *w, struct owed *o, struct ton_err *err) {
    static const double NEAR_LU = 0.1, NEAR_DB = 0.005;
    struct ton_delivered *d = o->delivered;
    enum ton_code code = TON_OK;
    const double level = masters_level(o, &d->measured);
    if (has_own_target(w, o) && !(fabs(level - o->target) <= NEAR_LU))
        code = add_failure(w, d, missed_target(w, o, level), err);
    const double over = d->measured.true_peak_dbtp - o->ceiling_dbtp;
    if (!code && over > NEAR_DB)
        code = add_failure(w, d,
                           ton_arena_printf(w->arena,
                                            "true peak %.2f dBTP is %.2f dB over the ceiling of "
                                            "%.1f dBTP; a higher bit rate overshoots less",
                                            d->measured.true_peak_dbtp, over, o->ceiling_dbtp),
                           err);
    return code;
}

enum ton_code verdict_fill(struct work *w, struct owed *o, struct ton_err *err) {
    struct ton_delivered *d = o->delivered;
    d->verdict = (struct ton_verdict){0};
    json_settle(d);
    enum ton_code code = o->spec ? hold_to_spec(w, o, err) : TON_OK;
    if (!code)
        code = add_clipped(w, d, err);
    if (!code && o->deliverable->mastered)
        code = hold_to_master(w, o, err);
    for (int i = 0; !code && i < d->verdict.n; i++)
        d->verdict.remarks[i].remedy = remedy_of(w, o, &d->verdict.remarks[i]);
    d->passed = !code && d->verdict.n_failed == 0;
    return code;
}
