/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_IN_H
#define TON_FILES_IN_H

#include "ton/arena.h"
#include "ton/audio_in.h"

/* A back-end reads what one library can. `open` fills `in->info` completely; `read` and `seek` are
 * called within 0 … frames only. */
struct in_backend {
    const char *name;
    enum ton_code (*open)(struct ton_audio_in *in, struct ton_err *err);
    enum ton_code (*read)(struct ton_audio_in *in, float *const *out, int64_t frames, int64_t *got,
                          struct ton_err *err);
    enum ton_code (*seek)(struct ton_audio_in *in, int64_t frame, struct ton_err *err);
    /* From the start, and leaves it at the end; NULL: never plain. */
    enum ton_code (*samples_key)(struct ton_audio_in *in, struct ton_key *out, struct ton_err *err);
    /* As ton_audio_ixml, and false without memory; NULL: it has none. */
    bool (*ixml)(const char **out, struct ton_arena *arena, const struct ton_audio_in *in,
                 const char *element);
    void (*release)(struct ton_audio_in *in); /* frees `state`; after a failed open too */
};

struct ton_audio_in {
    const struct in_backend *backend;
    void *state;
    struct ton_arena *arena; /* strings and blocks */
    const char *path;
    struct ton_audio_info info;
    int64_t position;
    float gain;      /* of what is read */
    bool impossible; /* its header is, whoever reads it */
};

extern const struct in_backend in_sndfile, in_libav;

/* A layout as a file declares it, one speaker a channel. Back and side pairs are told apart only
 * where both are there; a file that leaves a channel open gets the usual layout. */
struct ton_layout in_layout(int channels, const enum ton_speaker *declared);

enum ton_code in_too_many(const struct ton_audio_in *in, int channels, struct ton_err *err);
enum ton_code in_check(const struct ton_audio_in *in, struct ton_err *err); /* channels and rate */

#endif
