/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sweep through a monitor chain, rendered ahead of the measurement by what a deck runs. */
#include "ton/room_listen.h"

#include "../monitor_chain.h"

#include "ton/db.h"

#include <math.h>

/* What the chain did alone: when its sound comes, and its response. */
static enum ton_code judge(struct ton_room_side *out, struct ton_arena *arena,
                           const struct ton_sweep *sweep, int64_t frames, struct ton_err *err) {
    const struct ton_response_how how = {.from_hz = sweep->from_hz,
                                         .to_hz = sweep->to_hz,
                                         .smoothing = TON_SMOOTHING_PSYCHOACOUSTIC};
    struct ton_sweep_heard heard;
    const enum ton_code code = ton_sweep_hear(&heard, arena, sweep, out->play, frames, err);
    if (code)
        return code;
    if (heard.trouble & TON_SWEEP_SILENT)
        return ton_fail(err, TON_INPUT, NULL, "the monitor chain lets nothing of a sweep through");
    out->own_frames = heard.arrival_frames;
    return ton_response_measure(&out->response, arena, heard.response, heard.frames, sweep->rate,
                                &how, err);
}

static void run(struct ton_room_side *out, float *play, struct monitor_chain *chain,
                float *const work[2], int side, int64_t frames) {
    const int late = chain->latency;
    float peak = 0.0F;
    monitor_chain_process(chain, work, NULL, (int)frames + late);
    for (int64_t i = 0; i < frames; i++) {
        play[i] = work[side][i + late];
        peak = fmaxf(peak, fabsf(play[i]));
    }
    out->play = play;
    out->peak_dbfs = ton_gain_to_db((double)peak);
    out->latency_frames = late;
}

enum ton_code ton_room_side_make(struct ton_room_side *out, struct ton_arena *arena,
                                 const struct ton_chain *chain, int side,
                                 const struct ton_sweep *sweep, struct ton_err *err) {
    struct monitor_chain *monitor = NULL;
    const int64_t frames = ton_sweep_frames(sweep);
    *out = (struct ton_room_side){0};
    enum ton_code code = monitor_chain_create(&monitor, chain, (double)sweep->rate, err);
    if (code)
        return code;
    const size_t each = (size_t)(frames + monitor->latency);
    float *const work = ton_alloc(sizeof *work * 2 * each), /* zeros */
        *const play = TON_NEW_N(arena, float, frames);
    if (work && play) {
        ton_sweep_make(work + (size_t)side * each, sweep, 0, (int)frames);
        run(out, play, monitor, (float *[2]){work, work + each}, side, frames);
    } else {
        code = ton_fail(err, TON_MEMORY, NULL, "no memory for a sweep of %lld samples",
                        (long long)frames);
    }
    ton_free(work);
    monitor_chain_destroy(monitor);
    return code ? code : judge(out, arena, sweep, frames, err);
}
