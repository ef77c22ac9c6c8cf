/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The system check, from one part to the next. */
#include "system.h"

#include <math.h>

static const double LOOP_S =
    10; /* after which its drift is known to 0.2 ppm: a tenth of a sample in 9.5 s */

enum ton_code system_trouble(struct ton_system_trouble *out, struct ton_arena *arena,
                             enum ton_code code, struct ton_err *err) {
    if (code == TON_OK || code == TON_STOPPED || code == TON_MEMORY)
        return code;
    out->code = code;
    out->why = *err->where ? ton_arena_printf(arena, "%s: %s", err->where, err->text)
                           : ton_arena_text(arena, err->text);
    *err = (struct ton_err){0};
    return out->why ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory");
}

static enum ton_code measure_loop(struct ton_system *out, struct ton_arena *arena,
                                  const struct ton_system_check_config *c, struct ton_err *err) {
    const struct ton_latency_config wanted = {
        .backend = c->backend,
        .device = c->device,
        .server = c->server,
        .rate = c->rate,
        .period_frames = c->period_frames,
        .output = c->output,
        .input = c->input,
        .seconds = fmin(c->seconds, LOOP_S),
    };
    const enum ton_code code = ton_latency_measure(&out->latency, &wanted, err);
    return system_trouble(&out->latency_trouble, arena, code, err);
}

static enum ton_code measure(struct ton_system *out, struct ton_arena *arena,
                             const struct ton_system_check_config *c, struct ton_err *err) {
    ton_machine_setup(&out->machine, c->root ? c->root : "");
    out->is_realtime = ton_machine_is_realtime();
    system_folder_clear(c->folder); /* before what is free is counted */
    ton_progress_step(c->progress, "the disk", 0);
    enum ton_code code =
        system_trouble(&out->disk_trouble, arena, system_disk(&out->disk, c, err), err);
    if (!code && c->output) {
        ton_progress_step(c->progress, "the loop-back", 0);
        code = measure_loop(out, arena, c, err);
    }
    if (!code)
        code = system_trouble(&out->load_trouble, arena, system_load(out, arena, c, err), err);
    return code;
}

enum ton_code ton_system_check(struct ton_system *out, struct ton_arena *arena,
                               const struct ton_system_check_config *config, struct ton_err *err) {
    struct ton_err own = {0};
    *out = (struct ton_system){.latency.claimed = -1};
    err = err ? err : &own;
    const enum ton_code code = measure(out, arena, config, err);
    return code ? code : system_judge(out, arena, config, err);
}
