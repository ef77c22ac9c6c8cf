/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict on a finished file. */

#include "ton/audio_in.h"
#include "work.h"

enum ton_code verdict_fill(struct work *w, struct owed *o, struct ton_err *err) {
    struct ton_delivered *d = o->delivered;
    d->passed = true;
    d->verdict = (struct ton_verdict){0};
    if (!o->spec)
        return TON_OK;
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
    d->passed = d->verdict.n_failed == 0;
    ton_audio_close(in);
    return code;
}
