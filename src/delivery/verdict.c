/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict on a finished file. */

#include "ton/audio_in.h"
#include "work.h"

/* What no spec needs to ask for: a file of integers holds what went into it. */
static enum ton_code add_clipped(struct work *w, struct ton_delivered *d, struct ton_err *err) {
    if (d->clipped <= 0)
        return TON_OK;
    struct ton_remark *remarks = TON_NEW_N(w->arena, struct ton_remark, d->verdict.n + 1);
    const char *text = ton_arena_printf(
        w->arena,
        "%lld samples were over full scale and are clipped; lower the faders, or ask for `wav "
        "float`, which holds them",
        (long long)d->clipped);
    if (!remarks || !text)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the verdict");
    remarks[0] = (struct ton_remark){.failed = true, .text = text};
    for (int i = 0; i < d->verdict.n; i++)
        remarks[i + 1] = d->verdict.remarks[i];
    d->verdict = (struct ton_verdict){remarks, d->verdict.n + 1, d->verdict.n_failed + 1};
    return TON_OK;
}

static enum ton_code hold_to_spec(struct work *w, struct owed *o, struct ton_err *err) {
    struct ton_delivered *d = o->delivered;
    struct ton_audio_in *in = NULL;
    enum ton_code code = ton_audio_open(&in, o->path, err);
    if (code)
        return code;
    const struct ton_audio_info *info = ton_audio_info(in);
    const double seconds = (double)info->frames / info->rate;
    const struct ton_held held = {
        .info = info,
        .measured = &d->measured,
        .noise_floor_dbfs = d->measured.noise_floor_dbfs,
        .kbps = seconds > 0 ? (double)d->bytes * 8.0 / 1000.0 / seconds : NAN,
    };
    code = ton_spec_hold(&d->verdict, w->arena, o->spec, &held, err);
    ton_audio_close(in);
    return code;
}

enum ton_code verdict_fill(struct work *w, struct owed *o, struct ton_err *err) {
    struct ton_delivered *d = o->delivered;
    d->verdict = (struct ton_verdict){0};
    enum ton_code code = o->spec ? hold_to_spec(w, o, err) : TON_OK;
    if (!code)
        code = add_clipped(w, d, err);
    d->passed = !code && d->verdict.n_failed == 0;
    return code;
}
