/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ton room FILES…`: sweeps that were recorded before, or impulse responses. */
#include "room.h"

#include "ton/audio_in.h"
#include "ton/path.h"

#include <math.h>

struct whole {
    float **channels;
    int n, rate;
    int64_t frames;
};

static enum ton_code read_whole(struct whole *out, struct ton_arena *arena, const char *path,
                                struct ton_err *err) {
    struct ton_audio_in *in = NULL;
    enum ton_code code = ton_audio_open(&in, path, err);
    if (code)
        return code;
    const struct ton_audio_info *const info = ton_audio_info(in);
    *out = (struct whole){.n = info->channels, .rate = info->rate, .frames = info->frames};
    if (info->frames > ROOM_MOST_FRAMES || info->frames < 1)
        code = ton_fail(err, TON_INPUT, path,
                        "has %lld frames; a recorded sweep or a response has 1 to %d",
                        (long long)info->frames, ROOM_MOST_FRAMES);
    out->channels = code ? NULL : TON_NEW_N(arena, float *, out->n);
    for (int c = 0; c < out->n && out->channels; c++)
        out->channels[c] = TON_NEW_N(arena, float, out->frames);
    if (!code && ton_arena_failed(arena))
        code = ton_fail(err, TON_MEMORY, path, "no memory for %lld frames", (long long)out->frames);
    if (!code)
        code = ton_audio_read(in, out->channels, out->frames, &out->frames, err);
    ton_audio_close(in);
    return code;
}

/* A float that is none would spoil every figure without a word. */
static enum ton_code check_finite(const struct whole *w, const char *path, struct ton_err *err) {
    for (int c = 0; c < w->n; c++)
        for (int64_t i = 0; i < w->frames; i++)
            if (!isfinite(w->channels[c][i]))
                return ton_fail(err, TON_INPUT, path,
                                "sample %lld of channel %d is no number; write the file again",
                                (long long)i + 1, c + 1);
    return TON_OK;
}

static enum ton_code add_channel(struct room_result *result, struct ton_arena *arena,
                                 const struct room_plan *plan, int file, const struct whole *w,
                                 int channel, struct ton_err *err) {
    const struct room_measured path = {
        .loudspeaker = file,
        .microphone = w->n > 1 ? channel : -1,
        .distance_remark = "unknown: when the sweep began is not in the recording",
    };
    result->sweep = plan->sweep;
    result->sweep.rate = w->rate;
    if (plan->are_responses)
        return room_add_response(result, arena, plan, &path, w->channels[channel], (int)w->frames,
                                 w->rate, err);
    const enum ton_code code = ton_sweep_settle(&result->sweep, err);
    return code ? code
                : room_add_sweep(result, arena, plan, &path, w->channels[channel], w->frames, err);
}

enum ton_code room_read_files(struct room_result *result, struct ton_arena *arena,
                              const struct room_plan *plan, struct ton_err *err) {
    enum ton_code code = TON_OK;
    if (plan->n_files > ROOM_MOST_PORTS)
        return ton_fail(err, TON_USAGE, NULL, "%d files are too many; %d can be read at once",
                        plan->n_files, ROOM_MOST_PORTS);
    for (int f = 0; f < plan->n_files && !code; f++) {
        struct whole w = {0};
        result->loudspeakers[f] =
            (struct room_port){ton_path_stem(arena, plan->files[f]), plan->files[f]};
        result->n_loudspeakers = f + 1;
        code = read_whole(&w, arena, plan->files[f], err);
        code = code ? code : check_finite(&w, plan->files[f], err);
        if (!code && f > 0 && w.rate != result->rate)
            code = ton_fail(err, TON_INPUT, plan->files[f],
                            "has %d Hz, and the first file %d Hz; measure them one by one", w.rate,
                            result->rate);
        result->rate = code ? result->rate : w.rate;
        for (int c = 0; c < w.n && !code; c++) {
            code = add_channel(result, arena, plan, f, &w, c, err);
            code = code == TON_MISSED ? room_miss(result, arena, err) : code;
        }
        if (code && !*err->where)
            ton_fail_at(err, code, plan->files[f]);
    }
    return code;
}
