/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completes a WAV whose writer did not come to its end.
 *
 * The samples of a take are the last thing in its file, so what lies behind the header is sound,
 * whatever sizes the header gives. Sizes are written in place, last of all the name of the form
 * (RIFF, RF64): whenever this ends early, the file is what it was, or nearer to being whole. */
#include "bytes.h"
#include "out.h"
#include "wav_chunks.h"

#include "ton/take_recover.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROOM = 12, DS64_BYTES = 28 }; /* where a take keeps ds64, or the JUNK that it will be */

struct found {
    int fd;
    const char *path;
    int64_t size;          /* of the file */
    bool wide;             /* RF64 */
    bool room;             /* for ds64 */
    int64_t riff, data;    /* sizes as the header gives them */
    int64_t fact, samples; /* where the body of `fact` stands, 0: nowhere; where samples begin */
    int64_t frame_bytes;
};

static bool read_at(const struct found *f, void *out, size_t n, int64_t at) {
    return pread(f->fd, out, n, at) == (ssize_t)n;
}

static enum ton_code refuse(const struct found *f, const char *why, struct ton_err *err) {
    return ton_fail(err, TON_INPUT, f->path, "%s; nothing of it can be recovered", why);
}

/* False behind the samples' head, or where the file ends. */
static bool next_chunk(struct found *f, int64_t *at) {
    unsigned char head[8], body[24];
    if (!read_at(f, head, sizeof head, *at))
        return false;
    const int64_t size = le32(head + 4);
    const bool first = *at == ROOM && size >= DS64_BYTES, ds64 = memcmp(head, "ds64", 4) == 0;
    f->room |= first && size == DS64_BYTES && (ds64 || memcmp(head, "JUNK", 4) == 0);
    if (first && ds64 && f->wide && read_at(f, body, 24, *at + 8)) {
        f->riff = le64(body);
        f->data = le64(body + 8);
    }
    if (memcmp(head, "fmt ", 4) == 0 && size >= 16 && !f->frame_bytes &&
        read_at(f, body, 16, *at + 8))
        f->frame_bytes = body[12] | body[13] << 8;
    if (memcmp(head, "fact", 4) == 0 && size >= 4)
        f->fact = *at + 8;
    if (memcmp(head, "data", 4) == 0) {
        f->samples = *at + 8;
        if (!f->wide || size != UINT32_MAX)
            f->data = size;
        return false;
    }
    *at += 8 + size + (size & 1);
    return true;
}

static enum ton_code look(struct found *f, struct ton_err *err) {
    unsigned char head[12];
    struct stat st;
    if (fstat(f->fd, &st) != 0)
        return ton_fail_errno(err, f->path, "cannot be looked at");
    f->size = st.st_size;
    if (!S_ISREG(st.st_mode) || !read_at(f, head, sizeof head, 0))
        return refuse(f, "is no WAV: it is shorter than the header of one", err);
    f->wide = memcmp(head, "RF64", 4) == 0;
    if ((!f->wide && memcmp(head, "RIFF", 4) != 0) || memcmp(head + 8, "WAVE", 4) != 0)
        return refuse(f, "is no WAV", err);
    f->riff = le32(head + 4);
    for (int64_t at = ROOM; next_chunk(f, &at);)
        ;
    if (!f->samples)
        return refuse(f, "ends before its samples begin", err);
    return f->frame_bytes > 0 ? TON_OK : refuse(f, "does not tell its format", err);
}

/* Its writer came to the end. */
static bool is_whole(const struct found *f) {
    const int64_t end = f->riff + 8;
    return f->data >= 0 && f->data % f->frame_bytes == 0 && f->data <= f->size - f->samples &&
           (end == f->size || (end == f->size + 1 && f->data & 1));
}

static bool write_at(const struct found *f, const void *data, size_t n, int64_t at) {
    ssize_t done = pwrite(f->fd, data, n, at);
    while (done < 0 && errno == EINTR)
        done = pwrite(f->fd, data, n, at);
    if (done >= 0 && (size_t)done < n)
        errno = ENOSPC;
    return done == (ssize_t)n;
}

static bool write_u32(const struct found *f, uint32_t value, int64_t at) {
    const unsigned char bytes[] = {(unsigned char)value, (unsigned char)(value >> 8),
                                   (unsigned char)(value >> 16), (unsigned char)(value >> 24)};
    return write_at(f, bytes, sizeof bytes, at);
}

/* On the disk before the header tells of it. A WAV's chunk ends on an even byte; where the disk is
 * too full for one more, a frame goes. */
static bool even_end(const struct found *f, int64_t *data) {
    if (ftruncate(f->fd, f->samples + *data) != 0)
        return false;
    if (*data & 1 && !write_at(f, "", 1, f->samples + *data)) {
        *data -= f->frame_bytes;
        return *data >= 0 && ftruncate(f->fd, f->samples + *data) == 0 && fdatasync(f->fd) == 0;
    }
    return fdatasync(f->fd) == 0;
}

static bool write_sizes(const struct found *f, int64_t data, bool wide) {
    const int64_t riff = f->samples + data + (data & 1) - 8, frames = data / f->frame_bytes;
    struct ton_text ds64 = {0};
    ton_text_add(&ds64, "ds64");
    put_u32(&ds64, DS64_BYTES);
    put_u64(&ds64, (uint64_t)riff);
    put_u64(&ds64, (uint64_t)data);
    put_u64(&ds64, (uint64_t)frames);
    bool good = !ds64.failed && (!wide || write_at(f, ds64.data, ds64.length, ROOM));
    if (ds64.failed)
        errno = ENOMEM;
    ton_text_free(&ds64);
    if (f->fact)
        good = good && write_u32(f, wide ? UINT32_MAX : (uint32_t)frames, f->fact);
    good = good && write_u32(f, wide ? UINT32_MAX : (uint32_t)data, f->samples - 4) &&
           write_u32(f, wide ? UINT32_MAX : (uint32_t)riff, 4) &&
           (!wide || write_at(f, "RF64", 4, 0));
    return good && fdatasync(f->fd) == 0;
}

static enum ton_code complete(struct found *f, int64_t *frames, int64_t *found,
                              struct ton_err *err) {
    int64_t data = f->size - f->samples;
    data -= data % f->frame_bytes;
    const int64_t told = f->data > 0 ? f->data : 0, known = told < data ? told : data;
    const bool wide = f->wide || f->samples + data + 1 >= WAV_LIMIT;
    if (wide && !f->room)
        return refuse(f, "is longer than the sizes of a WAV can tell, and has no room for others",
                      err);
    if (!even_end(f, &data) || !write_sizes(f, data, wide))
        return ton_fail_errno(err, f->path, "cannot be completed");
    *frames = data / f->frame_bytes;
    *found = *frames - known / f->frame_bytes;
    return TON_OK;
}

/* Who writes it holds it (sink_name). */
static bool is_held(int fd) {
    return flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

bool ton_take_is_held(const char *path) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const bool held = fd >= 0 && is_held(fd);
    if (fd >= 0)
        close(fd);
    return held;
}

enum ton_code ton_take_recover(int64_t *frames, int64_t *found, const char *path,
                               struct ton_err *err) {
    struct found f = {.fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK), .path = path};
    *frames = -1;
    *found = 0;
    if (f.fd < 0)
        return ton_fail_errno(err, path, "cannot be opened for completing it");
    enum ton_code code =
        is_held(f.fd) ? ton_fail(err, TON_ENVIRONMENT, path, "is being written by another process")
                      : look(&f, err);
    if (code == TON_OK && is_whole(&f))
        *frames = f.data / f.frame_bytes;
    else if (code == TON_OK)
        code = complete(&f, frames, found, err);
    if (close(f.fd) != 0 && code == TON_OK)
        code = ton_fail_errno(err, path, "cannot be completed");
    if (code)
        *frames = -1;
    return code;
}
