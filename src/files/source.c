/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What libsndfile reads from.
 *
 * Given a name, libsndfile believes its ending: a letter called x.mp3 reaches the MPEG decoder,
 * which complains on stderr. So it gets no name. And a WAV whose writer died has size 0 in front of
 * its samples; those four bytes are answered with the truth. */
#include "source.h"
#include "bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fewer than `n` bytes at the end, and where the disk fails. */
static int64_t read_some(const struct source *s, void *out, int64_t n, int64_t at) {
    if (at >= 0 && n >= 0 && at + n <= (int64_t)s->n_first) {
        memcpy(out, s->first + at, (size_t)n);
        return n;
    }
    int64_t done = 0;
    while (done < n) {
        const ssize_t got = pread(s->fd, (char *)out + done, (size_t)(n - done), at + done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += got;
    }
    return done;
}

static bool read_at(const struct source *s, void *out, int64_t n, int64_t at) {
    return read_some(s, out, n, at) == n;
}

/* A RIFF size that fits the file says that the writer came to its end, so a size of 0 is meant. */
static bool was_closed(const struct source *s, uint32_t riff) {
    const int64_t end = (int64_t)riff + 8;
    return end == s->size || end == s->size + 1 || end == s->size - 1;
}

static void patch_unclosed_wav(struct source *s, int64_t at, int64_t left) {
    s->patch_at = at;
    for (int i = 0; i < 4; i++)
        s->patch[i] = (unsigned char)(left >> (8 * i));
}

/* Sizes from here on stand for "not known yet": what a program writes into a pipe. */
enum { UNKNOWN_SIZE = 0x7fff0000 };

static void note_missing(struct source *s, int64_t size, int64_t left, bool wide) {
    if (size <= left || left < 0 || (wide ? size >= INT64_MAX / 2 : size >= UNKNOWN_SIZE))
        return;
    s->held = left;
    s->missing = size - left;
}

/* How many bytes of samples the file holds, after its header or without. */
static int64_t look_at_samples(struct source *s, int64_t at, int64_t size, bool wide, bool closed) {
    const int64_t left = s->size - at - 8;
    if (!wide && size == 0 && left > 0 && left < UINT32_MAX && !closed) {
        patch_unclosed_wav(s, at + 4, left);
        return left;
    }
    note_missing(s, size, left, wide);
    return size < left ? size : left;
}

/* RIFF keeps sizes of 32 bits, RF64 (EBU Tech 3306) and BW64 those of 64 in their first chunk. */
static void look_at_wav(struct source *s, bool wide, bool closed) {
    unsigned char head[24];
    int64_t wide_size = 0;
    bool seen = false;
    for (int64_t at = 12; read_at(s, head, 8, at);) {
        int64_t size = le32(head + 4);
        if (wide && memcmp(head, "ds64", 4) == 0 && read_at(s, head, 24, at))
            wide_size = (int64_t)le32(head + 16) | (int64_t)(le32(head + 20) & 0x7fffffff) << 32;
        if (memcmp(head, "fmt ", 4) == 0 && !s->has_fmt && read_at(s, head, 16, at)) {
            s->has_fmt = true;
            s->channels = le32(head + 8) >> 16;
            s->rate = le32(head + 12);
        }
        if (memcmp(head, "data", 4) == 0 && !seen) {
            size = look_at_samples(s, at, wide ? wide_size : size, wide, closed);
            seen = true;
        }
        if (memcmp(head, "iXML", 4) == 0 && !s->ixml_at && size <= s->size - at - 8) {
            s->ixml_at = at + 8;
            s->ixml_size = size;
        }
        at += 8 + size + (size & 1);
    }
}

static void look_at_aiff(struct source *s) {
    unsigned char head[8];
    for (int64_t at = 12; read_at(s, head, 8, at);) {
        const int64_t size = be32(head + 4);
        if (memcmp(head, "SSND", 4) == 0) {
            note_missing(s, size, s->size - at - 8, false);
            return;
        }
        at += 8 + size + (size & 1);
    }
}

/* Chunks of W64: a name of 16 bytes, a size that counts the chunk's head, eight bytes a step. */
static void look_at_w64(struct source *s) {
    unsigned char head[24];
    for (int64_t at = 40; read_at(s, head, 24, at);) {
        const int64_t size = le64(head + 16);
        if (size < 24)
            return;
        if (memcmp(head, "data", 4) == 0)
            note_missing(s, size - 24, s->size - at - 24, true);
        if (size > s->size - at)
            return;
        at += (size + 7) & ~(int64_t)7;
    }
}

static void look_at_au(struct source *s) {
    unsigned char head[12];
    if (read_at(s, head, 12, 0))
        note_missing(s, be32(head + 8), s->size - be32(head + 4), false);
}

/* One comment of a FLAC: the length, then NAME=value. */
static void look_at_comment(struct source *s, int64_t at, uint32_t length) {
    static const char name[] = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK=";
    char text[sizeof name + 12] = "";
    const size_t n = length < sizeof text - 1 ? length : sizeof text - 1;
    if (n < sizeof name || !read_at(s, text, n, at) ||
        strncasecmp(text, name, sizeof name - 1) != 0)
        return;
    const unsigned long mask = strtoul(text + sizeof name - 1, NULL, 0);
    s->mask = mask <= UINT32_MAX ? (uint32_t)mask : 0;
}

/* Format: RFC 9639, 8.6; which speakers, where they are not the usual ones: 8.6.2. */
static void look_at_comments(struct source *s, int64_t at, int64_t end) {
    unsigned char size[4];
    if (!read_at(s, size, 4, at))
        return;
    at += 4 + (int64_t)le32(size); /* behind the name of the encoder */
    if (!read_at(s, size, 4, at))
        return;
    at += 4;
    for (uint32_t n = le32(size); n > 0 && at < end && read_at(s, size, 4, at); n--) {
        look_at_comment(s, at + 4, le32(size));
        at += 4 + (int64_t)le32(size);
    }
}

static void look_at_flac(struct source *s) {
    enum { LAST = 0x80, VORBIS_COMMENT = 4 };
    unsigned char head[4] = {0};
    for (int64_t at = 4; !(head[0] & LAST) && read_at(s, head, 4, at);) {
        const int64_t size = be32(head) & 0xffffff;
        if ((head[0] & ~LAST) == VORBIS_COMMENT)
            look_at_comments(s, at + 4, at + 4 + size);
        at += 4 + size;
    }
}

static void look_at_header(struct source *s) {
    unsigned char head[12];
    if (!read_at(s, head, 12, 0))
        return;
    const bool wave = memcmp(head + 8, "WAVE", 4) == 0;
    const bool wide = memcmp(head, "RF64", 4) == 0 || memcmp(head, "BW64", 4) == 0;
    if (wave && (wide || memcmp(head, "RIFF", 4) == 0))
        look_at_wav(s, wide, was_closed(s, le32(head + 4)));
    else if (memcmp(head, "FORM", 4) == 0 && memcmp(head + 8, "AIF", 3) == 0)
        look_at_aiff(s);
    else if (memcmp(head, "riff\x2e\x91\xcf\x11", 8) == 0)
        look_at_w64(s);
    else if (memcmp(head, ".snd", 4) == 0)
        look_at_au(s);
    else if (memcmp(head, "fLaC", 4) == 0)
        look_at_flac(s);
}

enum ton_code source_open(struct source *s, const char *path, struct ton_err *err) {
    *s = (struct source){.fd = open(path, O_RDONLY | O_CLOEXEC)};
    struct stat st;
    if (s->fd < 0 || fstat(s->fd, &st) != 0)
        return ton_fail_errno(err, path, "cannot open");
    s->size = st.st_size;
    s->n_first = (size_t)read_some(s, s->first, sizeof s->first, 0);
    look_at_header(s);
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
    const sf_count_t done = read_some(s, data, n, s->position);
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
