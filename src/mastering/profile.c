/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where all the time of a mix went: the rows of its render, and what no row has. */
#include "profile.h"

#include "ton/arena.h"

/* The meter is part of what the sink does. */
static void split_output(struct ton_mixdown *out, double measuring) {
    struct ton_profile_row *rows = out->profile;
    size_t i = 0;
    while (i < out->n_profile && strcmp(rows[i].work, "output") != 0)
        i++;
    if (i == out->n_profile)
        return;
    struct ton_profile_row meter = rows[i];
    meter.work = "measuring";
    meter.kind = TON_PROFILE_MEASURING;
    meter.seconds = fmin(measuring, rows[i].seconds);
    rows[i].seconds -= meter.seconds;
    rows[out->n_profile++] = meter;
}

enum ton_code profile_keep(struct ton_mixdown *out, struct ton_arena *arena,
                           const struct ton_plan *plan, const struct profile_times *times,
                           struct ton_err *err) {
    const struct ton_profile_row *rows = ton_plan_profile(plan, &out->n_profile);
    out->profile = TON_NEW_N(arena, struct ton_profile_row, out->n_profile + 2);
    for (size_t i = 0; out->profile && i < out->n_profile; i++) {
        out->profile[i] = rows[i];
        out->profile[i].strip = ton_arena_text(arena, rows[i].strip);
        out->profile[i].item = NULL;
    }
    if (ton_arena_failed(arena))
        return ton_fail(err, TON_MEMORY, NULL, "there is not enough memory for the mix");
    split_output(out, 1e-9 * (double)times->measuring_ns);
    double here = 0.0;
    for (size_t i = 0; i < out->n_profile; i++) {
        const struct ton_profile_row *row = &out->profile[i];
        out->seconds[row->kind] += row->seconds;
        here += row->elsewhere ? 0.0 : row->seconds;
    }
    out->seconds[TON_PROFILE_REST] =
        fmax(0.0, 1e-9 * (double)(ton_process_ns() - times->started_ns) - here);
    return TON_OK;
}
