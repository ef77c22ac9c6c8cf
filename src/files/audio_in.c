/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening and reading a file: what cannot be one is refused first, then each library is asked. */
#include "in.h"

#include "config.h"

#include "ton/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ton_code check_file(const char *path, struct ton_err *err) {
    struct stat st;
    if (stat(path, &st) != 0)
        return ton_fail_errno(err, path, "cannot open");
    if (S_ISDIR(st.st_mode))
        return ton_fail(err, TON_INPUT, path, "is a folder, not an audio file");
    if (!S_ISREG(st.st_mode))
        return ton_fail(err, TON_INPUT, path, "is not a file but a device or a pipe");
    if (st.st_size == 0)
        return ton_fail(err, TON_INPUT, path, "is empty (0 bytes)");
    return TON_OK;
}

static enum ton_code try_backend(struct ton_audio_in *in, const struct in_backend *backend,
                                 struct ton_err *err) {
    in->info = (struct ton_audio_info){0};
    in->backend = backend;
    const enum ton_code code = backend->open(in, err);
    if (code != TON_OK) {
        backend->release(in);
        in->state = NULL;
        in->backend = NULL;
    }
    return code;
}

#if TON_HAVE_LIBAV
/* ISO/IEC 14496-12, 4.3: the file begins with a box `ftyp`; its index, `moov`, may come last. */
static bool is_mp4(const char *path) {
    unsigned char head[8];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const bool is = fd >= 0 && read(fd, head, 8) == 8 && memcmp(head + 4, "ftyp", 4) == 0;
    if (fd >= 0)
        close(fd);
    return is;
}
#endif

/* libsndfile's own word is kept when libav does not know the file either (an empty `where`). */
static enum ton_code try_all(struct ton_audio_in *in, struct ton_err *err) {
    enum ton_code code = try_backend(in, &in_sndfile, err);
#if TON_HAVE_LIBAV
    if (code == TON_INPUT && !in->impossible) {
        struct ton_err second = {0};
        code = try_backend(in, &in_libav, &second);
        if (code == TON_OK || code == TON_MEMORY || second.where[0]) {
            if (err)
                *err = second;
        } else if (is_mp4(in->path)) {
            code = ton_fail(err, TON_INPUT, in->path,
                            "is an MP4 without a readable index: it was cut short, or its "
                            "recording never came to its end");
        } else {
            code = TON_INPUT;
        }
    }
#endif
    return code;
}

enum ton_code ton_audio_open(struct ton_audio_in **out, const char *path, struct ton_err *err) {
    *out = NULL;
    struct ton_err ignored;
    if (!err)
        err = &ignored;
    enum ton_code code = check_file(path, err);
    if (code != TON_OK)
        return code;
    struct ton_audio_in *in = ton_alloc(sizeof *in);
    if (!in)
        return ton_fail(err, TON_MEMORY, path, "no memory for reading");
    *in = (struct ton_audio_in){.arena = ton_arena_create(), .gain = 1.0F};
    in->path = in->arena ? ton_arena_text(in->arena, path) : NULL;
    code = in->path ? try_all(in, err) : ton_fail(err, TON_MEMORY, path, "no memory for reading");
    if (code == TON_OK && in->info.frames < 1)
        code = ton_fail(err, TON_INPUT, path, "has no samples");
    if (code == TON_OK && ton_arena_failed(in->arena))
        code = ton_fail(err, TON_MEMORY, path, "no memory for reading");
    if (code != TON_OK)
        ton_audio_close(in);
    else
        *out = in;
    return code;
}

enum ton_code ton_audio_ixml(const char **out, struct ton_arena *arena,
                             const struct ton_audio_in *in, const char *element,
                             struct ton_err *err) {
    *out = NULL;
    if (!in->backend->ixml || in->backend->ixml(out, arena, in, element))
        return TON_OK;
    return ton_fail(err, TON_MEMORY, in->path, "no memory to read its iXML");
}

void ton_audio_set_gain(struct ton_audio_in *in, float gain) {
    in->gain = gain;
}

const struct ton_audio_info *ton_audio_info(const struct ton_audio_in *in) {
    return &in->info;
}

int64_t ton_audio_number(const char *word) {
    const int64_t n = word ? strtoll(word, NULL, 10) : 0;
    return n > 0 && n < TON_AUDIO_MOST_NUMBER ? n : 0;
}

int64_t ton_audio_place(const struct ton_audio_info *info, int64_t start) {
    const int64_t hour = (int64_t)info->rate * 60 * 60, day = 24 * hour;
    const int64_t place = ((info->time_reference % day - start % day) % day + day) % day;
    return place < day - hour ? place : place - day;
}

enum ton_code ton_audio_read(struct ton_audio_in *in, float *const *out, int64_t frames,
                             int64_t *got, struct ton_err *err) {
    const int64_t left = in->info.frames - in->position;
    if (frames > left)
        frames = left;
    *got = 0;
    if (frames <= 0)
        return TON_OK;
    enum ton_code code = in->backend->read(in, out, frames, got, err);
    in->position += *got;
    if (code == TON_OK && *got < frames)
        code =
            ton_fail(err, TON_INPUT, in->path, "is damaged: decoding stops at frame %lld of %lld",
                     (long long)in->position, (long long)in->info.frames);
    return code;
}

enum ton_code ton_audio_seek(struct ton_audio_in *in, int64_t frame, struct ton_err *err) {
    if (frame < 0 || frame > in->info.frames)
        return ton_fail(err, TON_INPUT, in->path, "has no frame %lld; it ends at %lld",
                        (long long)frame, (long long)in->info.frames);
    if (frame == in->position)
        return TON_OK;
    const enum ton_code code = in->backend->seek(in, frame, err);
    if (code == TON_OK)
        in->position = frame;
    return code;
}

enum ton_code ton_audio_samples_key(struct ton_key *out, struct ton_audio_in *in,
                                    struct ton_err *err) {
    if (!in->backend->samples_key)
        return ton_fail(err, TON_INPUT, in->path, "its samples do not lie in it as they are");
    enum ton_code code = ton_audio_seek(in, 0, err);
    if (code == TON_OK)
        code = in->backend->samples_key(in, out, err);
    in->position = in->info.frames;
    return code;
}

void ton_audio_close(struct ton_audio_in *in) {
    if (!in)
        return;
    if (in->backend)
        in->backend->release(in);
    ton_arena_destroy(in->arena);
    ton_free(in);
}
