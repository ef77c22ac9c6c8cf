/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A short file read whole, piece by piece through the resampler. */
#include "ton/audio_whole.h"

#include "ton/audio_in.h"
#include "ton/resample.h"

#include <math.h>

enum { PIECE = 4096, LONGEST_S = 60 };

struct reading {
    struct ton_audio_in *in;
    struct ton_resampler *resampler;
    float **data; /* [channel] */
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

static float **new_channels(struct ton_arena *arena, int channels, int64_t frames) {
    float **data = TON_NEW_N(arena, float *, channels);
    for (int c = 0; data && c < channels; c++) {
        data[c] = TON_NEW_N(arena, float, frames);
        if (!data[c])
            return NULL;
    }
    return data;
}

static enum ton_code start(struct reading *r, struct ton_arena *arena, const char *path,
                           double rate, int most_channels, struct ton_err *err) {
    const struct ton_audio_info *info = ton_audio_info(r->in);
    if (info->frames < 1)
        return ton_fail(err, TON_INPUT, path, "has no sound in it");
    if (info->channels > most_channels)
        return ton_fail(err, TON_INPUT, path, "has %d channels, and at most %d can be used",
                        info->channels, most_channels);
    if (info->frames > (int64_t)LONGEST_S * info->rate)
        return ton_fail(err, TON_INPUT, path, "is longer than %d s; is it a take?", LONGEST_S);
    r->channels = info->channels;
    r->file_rate = (double)info->rate;
    r->frames = llround((double)info->frames * rate / info->rate);
    r->frames = r->frames > 0 ? r->frames : 1;
    r->data = new_channels(arena, r->channels, r->frames);
    if (!r->data)
        return no_memory(path, err);
    return (double)info->rate == rate
               ? TON_OK
               : ton_resampler_create(&r->resampler, info->rate, (int)rate, r->channels, err);
}

enum ton_code ton_audio_read_whole(struct ton_audio_whole *out, struct ton_arena *arena,
                                   const char *path, double rate, int most_channels,
                                   struct ton_err *err) {
    struct reading r = {0};
    enum ton_code code = ton_audio_open(&r.in, path, err);
    if (!code)
        code = start(&r, arena, path, rate, most_channels, err);
    float **piece = code ? NULL : new_channels(arena, r.channels, PIECE);
    if (!code)
        code = piece ? read_pieces(&r, piece, err) : no_memory(path, err);
    ton_resampler_destroy(r.resampler);
    ton_audio_close(r.in);
    *out =
        (struct ton_audio_whole){r.channels, r.frames, r.file_rate, (const float *const *)r.data};
    return code;
}
