/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio that processors work with (impulse responses), read whole and at the rate of the chain.
 * Such a file is short; one that is not was meant for a track. */
#include "assets.h"

#include "ton/audio_in.h"
#include "ton/resample.h"

#include <math.h>

enum { PIECE = 4096, LONGEST_S = 60 };

struct reading {
    struct ton_audio_in *in;
    struct ton_resampler *resampler;
    float *data[TON_MOST_CHANNELS];
    int channels;
    double file_rate;
    int64_t frames; /* that it is to have */
    int64_t held;
};

static enum ton_code keep(const float *const *in, int frames, struct ton_err *err, void *user) {
    (void)err;
    struct reading *r = user;
    const int64_t room = r->frames - r->held;
    const int64_t n = frames < room ? frames : room;
    for (int c = 0; c < r->channels; c++)
        memcpy(r->data[c] + r->held, in[c], sizeof(float) * (size_t)n);
    r->held += n;
    return TON_OK;
}

static enum ton_code read_pieces(struct reading *r, float *const *piece, struct ton_err *err) {
    int64_t got = PIECE;
    enum ton_code code = TON_OK;
    while (!code && got == PIECE) {
        code = ton_audio_read(r->in, piece, PIECE, &got, err);
        if (code)
            break;
        const float *const *in = (const float *const *)piece;
        code = r->resampler
                   ? ton_resampler_feed(r->resampler, in, (int)got, got < PIECE, keep, err, r)
                   : keep(in, (int)got, err, r);
    }
    return code;
}

static enum ton_code no_memory(const char *path, struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, path, "no memory to read the file");
}

static enum ton_code start(struct reading *r, struct ton_arena *arena, const char *path,
                           double rate, struct ton_err *err) {
    const struct ton_audio_info *info = ton_audio_info(r->in);
    if (info->frames < 1)
        return ton_fail(err, TON_INPUT, path, "it has no sound in it");
    if (info->channels > TON_MOST_CHANNELS)
        return ton_fail(err, TON_INPUT, path, "it has %d channels, and at most %d can be used",
                        info->channels, TON_MOST_CHANNELS);
    if (info->frames > (int64_t)LONGEST_S * info->rate)
        return ton_fail(err, TON_INPUT, path, "it is longer than %d s; is it a take?", LONGEST_S);
    r->channels = info->channels;
    r->file_rate = (double)info->rate;
    r->frames = llround((double)info->frames * rate / info->rate);
    r->frames = r->frames > 0 ? r->frames : 1;
    for (int c = 0; c < r->channels; c++) {
        r->data[c] = TON_NEW_N(arena, float, r->frames);
        if (!r->data[c])
            return no_memory(path, err);
    }
    return (double)info->rate == rate
               ? TON_OK
               : ton_resampler_create(&r->resampler, info->rate, (int)rate, r->channels, err);
}

static enum ton_code load(struct ton_asset *out, struct ton_arena *arena, const char *path,
                          double rate, struct ton_err *err) {
    struct reading r = {0};
    float *piece[TON_MOST_CHANNELS];
    enum ton_code code = ton_audio_open(&r.in, path, err);
    if (!code)
        code = start(&r, arena, path, rate, err);
    for (int c = 0; !code && c < r.channels; c++) {
        piece[c] = TON_NEW_N(arena, float, PIECE);
        if (!piece[c])
            code = no_memory(path, err);
    }
    if (!code)
        code = read_pieces(&r, piece, err);
    ton_resampler_destroy(r.resampler);
    ton_audio_close(r.in);
    const float **data = code ? NULL : TON_NEW_N(arena, const float *, r.channels);
    for (int c = 0; data && c < r.channels; c++)
        data[c] = r.data[c];
    *out = (struct ton_asset){
        .channels = r.channels, .frames = r.frames, .file_rate = r.file_rate, .data = data};
    return code || data ? code : no_memory(path, err);
}

enum ton_code assets_load(const struct ton_asset **out, struct ton_arena *arena,
                          const struct ton_chain_item *item, double rate, struct ton_err *err) {
    const int n = ton_item_files(item);
    *out = NULL;
    if (n == 0)
        return TON_OK;
    struct ton_asset *assets = TON_NEW_N(arena, struct ton_asset, n);
    if (!assets)
        return no_memory(NULL, err);
    for (int i = 0; i < n; i++) {
        const struct ton_file *file = &item->files[i];
        const enum ton_code code =
            file->path ? load(&assets[i], arena, file->path, rate, err) : TON_OK;
        if (code) {
            const struct ton_err why = err ? *err : (struct ton_err){0};
            return ton_fail(err, code, file->where, "the file `%s` cannot be used: %s", file->name,
                            why.text);
        }
    }
    *out = assets;
    return TON_OK;
}
