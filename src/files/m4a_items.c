/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts tags into an M4A: items more in moov/udta/meta/ilst, and four sizes raised.
 *
 * Nothing in the file refers to what lies behind the samples, so the last box can grow. */
#include "m4a_items.h"
#include "bytes.h"

#include "wav_chunks.h"

#include <errno.h>
#include <unistd.h>

#define MOOV_MAX (64 << 20)
#define DEPTH 4 /* moov, udta, meta, ilst */

static void set_be32(char *p, uint32_t x) {
    for (int i = 0; i < 4; i++)
        p[i] = (char)(x >> (24 - 8 * i));
}

/* Reads `size` bytes of the finished file. */
static bool read_at(const struct sink *s, void *out, size_t size, int64_t at) {
    return pread(s->fd, out, size, at) == (ssize_t)size;
}

/* Where the last box of the file starts, if it is `moov`; -1 otherwise. */
static int64_t find_moov(const struct sink *s) {
    unsigned char head[16];
    for (int64_t at = 0; at + 8 <= s->size;) {
        if (!read_at(s, head, 8, at))
            return -1;
        int64_t size = be32(head);
        if (size == 1 && read_at(s, head, 16, at))
            size = (int64_t)be32(head + 8) << 32 | be32(head + 12);
        if (size < 8)
            return -1;
        if (memcmp(head + 4, "moov", 4) == 0)
            return at + size == s->size && size < MOOV_MAX ? at : -1;
        at += size;
    }
    return -1;
}

/* The place of box `name` among the children between `at` and `end`; 0: there is none. */
static size_t find_child(const char *box, size_t at, size_t end, const char *name) {
    while (at + 8 <= end) {
        const size_t size = be32((const unsigned char *)box + at);
        if (size < 8 || size > end - at)
            return 0;
        if (memcmp(box + at + 4, name, 4) == 0)
            return at;
        at += size;
    }
    return 0;
}

static void put_box(struct ton_text *t, const char *name, const char *prefix, size_t n_prefix,
                    const char *body, size_t n) {
    put_u32_be(t, (uint32_t)(8 + n_prefix + n));
    ton_text_add_n(t, name, 4);
    ton_text_add_n(t, prefix, n_prefix);
    ton_text_add_n(t, body, n);
}

static void put_item(struct ton_text *t, const char *name, const char *text) {
    if (!text || !*text)
        return;
    struct ton_text parts = {0};
    put_box(&parts, "mean", "\0\0\0", 4, "com.apple.iTunes", 16);
    put_box(&parts, "name", "\0\0\0", 4, name, strlen(name));
    put_box(&parts, "data", "\0\0\0\1\0\0\0", 8, text, strlen(text)); /* 1: UTF-8 */
    put_box(t, "----", "", 0, parts.failed ? "" : parts.data, parts.failed ? 0 : parts.length);
    t->failed |= parts.failed;
    ton_text_free(&parts);
}

static void put_items(struct ton_text *t, const struct ton_tags *tags) {
    put_item(t, "ISRC", tags->isrc);
    put_item(t, "LABEL", tags->label);
    put_item(t, "BARCODE", tags->upc);
    put_item(t, "LANGUAGE", tags->language);
}

/* The chain for a file that has no tags yet. */
static void put_chain(struct ton_text *t, const struct ton_text *item) {
    struct ton_text ilst = {0}, meta = {0};
    put_box(&ilst, "hdlr", "", 0, "\0\0\0\0\0\0\0\0mdirappl\0\0\0\0\0\0\0\0\0", 25);
    put_box(&ilst, "ilst", "", 0, item->data, item->length);
    if (!ilst.failed)
        put_box(&meta, "meta", "\0\0\0", 4, ilst.data, ilst.length);
    if (!meta.failed && meta.data)
        put_box(t, "udta", "", 0, meta.data, meta.length);
    t->failed |= ilst.failed || meta.failed;
    ton_text_free(&ilst);
    ton_text_free(&meta);
}

/* Into `*to`: moov with the item at the end of its list, or with a list of its own. */
static void grow_moov(struct ton_text *to, char *moov, size_t size, const struct ton_text *item) {
    static const char *const names[DEPTH] = {"moov", "udta", "meta", "ilst"};
    size_t place[DEPTH] = {0}, end = size;
    int found = 1;
    while (found < DEPTH) {
        const size_t parent = place[found - 1];
        const size_t inside = parent + (strcmp(names[found - 1], "meta") == 0 ? 12 : 8);
        place[found] = find_child(moov, inside, end, names[found]);
        if (!place[found])
            break;
        end = place[found] + be32((const unsigned char *)moov + place[found]);
        found++;
    }
    struct ton_text added = {0};
    if (found == DEPTH) {
        ton_text_add_n(&added, item->data, item->length);
    } else {
        put_chain(&added, item);
        found = 1;
        end = size;
    }
    for (int i = 0; i < found; i++)
        set_be32(moov + place[i],
                 be32((const unsigned char *)moov + place[i]) + (uint32_t)added.length);
    ton_text_add_n(to, moov, end);
    if (!added.failed)
        ton_text_add_n(to, added.data, added.length);
    ton_text_add_n(to, moov + end, size - end);
    to->failed |= added.failed;
    ton_text_free(&added);
}

static enum ton_code add(struct sink *s, const struct ton_text *items, struct ton_err *err) {
    const int64_t at = sink_flush(s) ? find_moov(s) : -1;
    if (at < 0)
        return ton_fail(err, TON_ENVIRONMENT, s->path, "the M4A came out without its table");
    const size_t size = (size_t)(s->size - at);
    struct ton_text grown = {0};
    char *moov = ton_alloc(size);
    bool ok = moov && !items->failed;
    if (ok && !read_at(s, moov, size, at)) {
        s->failed = errno ? errno : EIO;
        ok = false;
    }
    if (ok) {
        grow_moov(&grown, moov, size, items);
        ok = !grown.failed && sink_seek(s, at) && sink_write(s, grown.data, grown.length);
    }
    ton_free(moov);
    ton_text_free(&grown);
    return ok ? TON_OK : ton_fail(err, TON_MEMORY, s->path, "no memory for writing");
}

enum ton_code m4a_add_items(struct sink *s, const struct ton_tags *tags, struct ton_err *err) {
    struct ton_text items = {0};
    put_items(&items, tags);
    const bool any = items.length > 0 || items.failed;
    const enum ton_code code = any ? add(s, &items, err) : TON_OK;
    ton_text_free(&items);
    return code;
}
