/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_OUT_H
#define TON_FILES_OUT_H

#include "sink.h"

#include "ton/arena.h"
#include "ton/audio_out.h"
#include "ton/layout.h"

#define OUT_BLOCK 4096 /* most frames a back-end gets at a time */

/* A back-end writes one family of files into the sink. `write` gets what `quantised` says: int32
 * left-justified and interleaved, or the caller's planar floats. No back-end opens, closes or names
 * a file, and none needs to look at the sink's failures: audio_out.c does, after every call. */
struct out_backend {
    const char *name;
    bool quantised;
    bool streams; /* can be written into a pipe */
    enum ton_code (*open)(struct ton_audio_out *o, struct ton_err *err);
    enum ton_code (*write_int)(struct ton_audio_out *o, const int32_t *in, int frames,
                               struct ton_err *err);
    enum ton_code (*write_float)(struct ton_audio_out *o, const float *const *in, int frames,
                                 struct ton_err *err);
    enum ton_code (*loudness)(struct ton_audio_out *o, struct ton_err *err); /* NULL: no place */
    enum ton_code (*settle)(struct ton_audio_out *o, struct ton_err *err);   /* NULL: cannot grow */
    enum ton_code (*finish)(struct ton_audio_out *o, struct ton_err *err);   /* all bytes written */
    void (*release)(struct ton_audio_out *o); /* frees `state`, whatever it holds */
};

struct ton_audio_out {
    const struct out_backend *backend;
    void *state;
    struct ton_arena *arena;
    struct ton_audio_out_config config; /* its strings are in the arena */
    int bits;
    int64_t frames; /* written so far */
    struct sink sink;
    struct ton_quantiser *quantisers; /* one a channel; NULL when nothing is rounded */
    int32_t *plane, *interleaved;     /* OUT_BLOCK, OUT_BLOCK * channels */
};

extern const struct out_backend out_wav_pcm, out_wav_float, out_flac;
extern const struct out_backend out_libav;

/* A WAV ends at 4 GiB; some readers take the sizes as signed, but all current ones do not. */
#define WAV_LIMIT INT64_C(0xffffffff)

#endif
