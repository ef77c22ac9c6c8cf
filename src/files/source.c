/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libsndfile reads from.
 *
 * Given a name, libsndfile believes its ending: a letter called x.mp3 reaches the MPEG decoder,
 * which complains on stderr. So it gets no name. And a WAV whose writer died has size 0 in front of
 * its samples; those four bytes are answered with the truth. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static uint32_t le32(const unsigned char *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool read_at(const struct source *s, void *out, size_t n, int64_t at) {
    return pread(s->fd, out, n, at) == (ssize_t)n;
}

/* A RIFF size that fits the file says that the writer came to its end, so a size of 0 is meant. */
static bool was_closed(const struct source *s, uint32_t riff) {
    const int64_t end = (int64_t)riff + 8;
    return end == s->size || end == s->size + 1 || end == s->size - 1;
}

static void patch_unclosed_wav(struct source *s) {
    unsigned char head[12];
    if (!read_at(s, head, 12, 0) || memcmp(head, "RIFF", 4) != 0 ||
        memcmp(head + 8, "WAVE", 4) != 0 || was_closed(s, le32(head + 4)))
        return;
    for (int64_t at = 12; read_at(s, head, 8, at);) {
        const int64_t size = le32(head + 4), left = s->size - at - 8;
        if (memcmp(head, "data", 4) == 0) {
            if (size == 0 && left > 0 && left < UINT32_MAX) {
                s->patch_at = at + 4;
                for (int i = 0; i < 4; i++)
                    s->patch[i] = (unsigned char)(left >> (8 * i));
            }
            return;
        }
        at += 8 + size + (size & 1);
    }
}

enum ton_code source_open(struct source *s, const char *path, struct ton_err *err) {
    *s = (struct source){.fd = open(path, O_RDONLY | O_CLOEXEC)};
    struct stat st;
    if (s->fd < 0 || fstat(s->fd, &st) != 0)
        return ton_fail_errno(err, path, "cannot open");
    s->size = st.st_size;
    patch_unclosed_wav(s);
    return TON_OK;
}

void source_close(struct source *s) {
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

static sf_count_t source_length(void *user) {
    return ((struct source *)user)->size;
}

static sf_count_t source_tell(void *user) {
    return ((struct source *)user)->position;
}

static sf_count_t source_seek(sf_count_t offset, int whence, void *user) {
    struct source *s = user;
    const int64_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? s->position : s->size;
    if (base + offset < 0)
        return -1;
    return s->position = base + offset;
}

static sf_count_t source_read(void *data, sf_count_t n, void *user) {
    struct source *s = user;
    unsigned char *p = data;
    sf_count_t done = 0;
    while (done < n) {
        const ssize_t got = pread(s->fd, p + done, (size_t)(n - done), s->position + done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += got;
    }
    for (int i = 0; s->patch_at && i < 4; i++) {
        const int64_t at = s->patch_at + i - s->position;
        if (at >= 0 && at < done)
            p[at] = s->patch[i];
    }
    s->position += done;
    return done;
}

static sf_count_t source_write(const void *data, sf_count_t n, void *user) {
    (void)data, (void)n, (void)user;
    return 0;
}

SF_VIRTUAL_IO source_io = {source_length, source_seek, source_read, source_write, source_tell};
