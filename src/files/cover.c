/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cover picture: told by its own first bytes, never by its file's name. */
#include "cover.h"

#include "ton/audio_out.h"
#include "ton/path.h"

#include <stdint.h>

#define LIMIT (((size_t)1 << 24) - 4096) /* a FLAC metadata block has 24 bits of length */

static int be16(const unsigned char *p) {
    return p[0] << 8 | p[1];
}

static bool read_png(struct cover *c) {
    const unsigned char *p = (const unsigned char *)c->data;
    if (c->size < 33 || memcmp(p, "\x89PNG\r\n\x1a\n", 8) != 0 || memcmp(p + 12, "IHDR", 4) != 0)
        return false;
    static const int samples[7] = {1, 0, 3, 3, 2, 0, 4};
    c->mime = "image/png";
    c->width = be16(p + 16) << 16 | be16(p + 18);
    c->height = be16(p + 20) << 16 | be16(p + 22);
    c->depth = p[25] < 7 ? p[24] * samples[p[25]] : 0;
    return c->width > 0 && c->height > 0;
}

/* The size stands in the frame header: marker C0 to CF but C4 (tables), C8 and CC (ITU-T T.81,
 * B.1). */
static bool read_jpeg(struct cover *c) {
    const unsigned char *p = (const unsigned char *)c->data;
    if (c->size < 4 || p[0] != 0xff || p[1] != 0xd8)
        return false;
    c->mime = "image/jpeg";
    for (size_t at = 2; at + 9 < c->size && p[at] == 0xff;) {
        const int marker = p[at + 1];
        if (marker == 0xff) {
            at++;
            continue;
        }
        if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
            marker != 0xcc) {
            c->height = be16(p + at + 5);
            c->width = be16(p + at + 7);
            c->depth = p[at + 4] * p[at + 9];
            return c->width > 0 && c->height > 0;
        }
        at += 2 + (size_t)be16(p + at + 2);
    }
    return false;
}

enum ton_code cover_read(struct cover *out, struct ton_arena *a, const char *path,
                         struct ton_err *err) {
    char *data;
    *out = (struct cover){0};
    const enum ton_code code = ton_path_read(&data, &out->size, a, path, LIMIT, err);
    if (code != TON_OK)
        return code;
    out->data = data;
    if (!read_png(out) && !read_jpeg(out))
        return ton_fail(err, TON_INPUT, path, "is no JPEG or PNG picture; a cover must be one");
    return TON_OK;
}

enum ton_code ton_cover_check(const char *path, struct ton_err *err) {
    struct cover cover;
    struct ton_arena *arena = ton_arena_create();
    const enum ton_code code = arena ? cover_read(&cover, arena, path, err)
                                     : ton_fail(err, TON_MEMORY, path, "no memory for the cover");
    ton_arena_destroy(arena);
    return code;
}
