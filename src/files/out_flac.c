/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes FLAC through libsndfile (libFLAC), with our own tags and picture.
 *
 * libsndfile knows neither ISRC nor pictures. But the blocks between STREAMINFO and the first frame
 * are not referred to by anything else in the stream, so they are exchanged while they pass: what
 * libFLAC writes before its first frame is held back, and STREAMINFO with our blocks goes out. From
 * then on every position is moved by the difference; the correction of STREAMINFO at the end
 * (positions below 42) is not. */
#include "out.h"
#include "sndfile_open.h"
#include "vorbis_comment.h"
#include "wav_chunks.h"

#define MARK_SIZE 4
#define STREAMINFO_END 42 /* "fLaC", block header, 34 bytes */
enum { BLOCK_PADDING = 1, BLOCK_VORBIS_COMMENT = 4, BLOCK_PICTURE = 6, BLOCK_LAST = 0x80 };

struct flac {
    SNDFILE *file;
    struct ton_audio_out *out;
    struct ton_text held; /* libFLAC's header until it is complete */
    bool passed;          /* our header is written */
    bool no_memory;
    int64_t moved;          /* our header's size less theirs */
    int64_t position, size; /* as libFLAC sees the file */
    struct cover cover;
};

/* Where the header that libFLAC wrote so far ends; 0: not complete. */
static size_t header_end(const struct ton_text *held) {
    const unsigned char *p = (const unsigned char *)held->data;
    for (size_t at = MARK_SIZE; at + 4 <= held->length;) {
        const size_t next = at + 4 + ((size_t)p[at + 1] << 16 | (size_t)p[at + 2] << 8 | p[at + 3]);
        if (next > held->length)
            return 0;
        if (p[at] & BLOCK_LAST)
            return next;
        at = next;
    }
    return 0;
}

static void put_block(struct ton_text *t, int type, const struct ton_text *body) {
    put_u32_be(t, (uint32_t)type << 24 | (uint32_t)body->length);
    ton_text_add_n(t, body->data, body->length);
    t->failed |= body->failed;
}

/* STREAMINFO as libFLAC made it, then ours. Padding lets others add tags without moving the file.
 */
static bool header_pass(struct flac *f, size_t theirs) {
    struct ton_text t = {0}, body = {0};
    ton_text_add_n(&t, f->held.data, STREAMINFO_END);
    if (!t.failed)
        t.data[MARK_SIZE] = 0;
    put_vorbis_comment(&body, &f->out->config.tags);
    put_block(&t, BLOCK_VORBIS_COMMENT, &body);
    body.length = 0;
    if (f->cover.data) {
        put_picture(&body, &f->cover);
        put_block(&t, BLOCK_PICTURE, &body);
    }
    static const char zeros[1024];
    body.length = 0;
    ton_text_add_n(&body, zeros, sizeof zeros);
    put_block(&t, BLOCK_PADDING | BLOCK_LAST, &body);
    f->moved = (int64_t)t.length - (int64_t)theirs;
    f->passed = true;
    const bool ok = !t.failed && !body.failed && sink_write(&f->out->sink, t.data, t.length) &&
                    sink_write(&f->out->sink, f->held.data + theirs, f->held.length - theirs);
    f->no_memory = t.failed || body.failed;
    ton_text_free(&t);
    ton_text_free(&body);
    ton_text_free(&f->held);
    return ok;
}

static sf_count_t flac_put(const void *data, sf_count_t size, void *user) {
    struct flac *f = user;
    bool ok;
    if (f->passed) {
        ok = sink_write(&f->out->sink, data, (size_t)size);
    } else {
        ton_text_add_n(&f->held, data, (size_t)size);
        f->no_memory = f->held.failed;
        const size_t theirs = f->no_memory ? 0 : header_end(&f->held);
        ok = !f->no_memory && (theirs < STREAMINFO_END || header_pass(f, theirs));
    }
    if (!ok)
        return 0;
    f->position += size;
    if (f->position > f->size)
        f->size = f->position;
    return size;
}

static sf_count_t flac_seek(sf_count_t offset, int whence, void *user) {
    struct flac *f = user;
    const int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? f->position : f->size;
    const int64_t to = base + offset;
    if (to == f->position)
        return to;
    if (!f->passed || !sink_seek(&f->out->sink, to < STREAMINFO_END ? to : to + f->moved))
        return -1;
    f->position = to;
    return to;
}

static sf_count_t flac_length(void *user) {
    return ((struct flac *)user)->size;
}

static sf_count_t flac_tell(void *user) {
    return ((struct flac *)user)->position;
}

static sf_count_t flac_get(void *data, sf_count_t size, void *user) {
    (void)data, (void)size, (void)user;
    return 0;
}

static SF_VIRTUAL_IO flac_io = {flac_length, flac_seek, flac_get, flac_put, flac_tell};

static enum ton_code flac_fail(const struct flac *f, const char *why, struct ton_err *err) {
    const char *path = f->out->sink.path;
    if (f->no_memory)
        return ton_fail(err, TON_MEMORY, path, "no memory for writing");
    return ton_fail(err, TON_ENVIRONMENT, path, "the FLAC encoder failed: %s", why);
}

static enum ton_code flac_open(struct ton_audio_out *o, struct ton_err *err) {
    struct flac *f = TON_NEW(o->arena, struct flac);
    if (!f)
        return ton_fail(err, TON_MEMORY, o->sink.path, "no memory for writing");
    f->out = o;
    o->state = f;
    if (o->config.tags.cover) {
        const enum ton_code code = cover_read(&f->cover, o->arena, o->config.tags.cover, err);
        if (code != TON_OK)
            return code;
    }
    SF_INFO info = {
        .samplerate = o->config.format.rate,
        .channels = o->config.channels,
        .format = SF_FORMAT_FLAC | (o->bits == 16 ? SF_FORMAT_PCM_16 : SF_FORMAT_PCM_24),
    };
    char why[128];
    f->file = sndfile_open_locked(&flac_io, SFM_WRITE, &info, f, why, sizeof why);
    return f->file ? TON_OK : flac_fail(f, why, err);
}

static enum ton_code flac_write(struct ton_audio_out *o, const int32_t *in, int frames,
                                struct ton_err *err) {
    struct flac *f = o->state;
    if (sf_writef_int(f->file, in, frames) == frames)
        return TON_OK;
    return flac_fail(f, sf_strerror(f->file), err);
}

static enum ton_code flac_finish(struct ton_audio_out *o, struct ton_err *err) {
    struct flac *f = o->state;
    const int failed = sf_close(f->file);
    f->file = NULL;
    if (failed || f->no_memory)
        return flac_fail(f, sf_error_number(failed), err);
    if (!f->passed)
        return ton_fail(err, TON_INPUT, o->sink.path, "a FLAC file needs at least one frame");
    return TON_OK;
}

static void flac_release(struct ton_audio_out *o) {
    struct flac *f = o->state;
    if (!f)
        return;
    o->sink.failed = o->sink.failed ? o->sink.failed : 1; /* closing writes: not any more */
    if (f->file)
        sf_close(f->file);
    ton_text_free(&f->held);
}

const struct out_backend out_flac = {
    .name = "FLAC",
    .quantised = true,
    .open = flac_open,
    .write_int = flac_write,
    .finish = flac_finish,
    .release = flac_release,
};
