/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of files from names of tracks. */
#include "ton/place.h"

#include "ton/text.h"

#include <ctype.h>

/* Code points that are no letters, beside ASCII: signs, spaces, what turns the direction of writing
 * or cannot be seen, drawings (blocks of Unicode 15). */
static const struct {
    uint32_t first, last;
} signs[] = {
    {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},       {0xD7, 0xD7},
    {0xF7, 0xF7},     {0x2000, 0x2BFF}, {0x3000, 0x3004}, {0x3008, 0x3020},   {0xE000, 0xF8FF},
    {0xFE00, 0xFE0F}, {0xFEFF, 0xFEFF}, {0xFFF0, 0xFFFF}, {0x1F000, 0x1FFFF}, {0xE0000, 0x10FFFF},
};

static uint32_t code_point(const char *p, size_t n) {
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t code = (unsigned char)*p & masks[n];
    for (size_t i = 1; i < n; i++)
        code = code << 6 | ((unsigned char)p[i] & 0x3F);
    return code;
}

static bool is_kept(const char *p, size_t n) {
    const uint32_t code = n > 0 ? code_point(p, n) : 0;
    if (n == 1)
        return isalnum((int)code) || strchr(".-_", (int)code);
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (code >= signs[i].first && code <= signs[i].last)
            return false;
    return n > 0;
}

/* At most `limit` bytes, terminated. */
static void write_stem(char *out, size_t limit, const char *track) {
    size_t length = 0;
    for (size_t left = strlen(track), n; left > 0; track += n, left -= n) {
        const size_t letter = ton_utf8_length(track, left);
        n = letter > 0 ? letter : 1;
        if (length + n > limit)
            break;
        if (is_kept(track, letter)) {
            for (size_t i = 0; i < n; i++)
                out[length++] = n == 1 ? (char)tolower((unsigned char)*track) : track[i];
        } else if (length > 0 && out[length - 1] != '_') {
            out[length++] = '_';
        }
        while (length == 1 && strchr("._-", out[0]))
            length = 0;
    }
    while (length > 0 && out[length - 1] == '_')
        length--;
    out[length] = '\0';
    if (length == 0)
        snprintf(out, limit + 1, "track");
}

void ton_take_stem(char out[TON_STEM_SIZE], const char *track) {
    write_stem(out, TON_STEM_SIZE - 1, track);
}

static bool is_taken(const char *const *stems, int n, const char *stem) {
    for (int i = 0; i < n; i++)
        if (strcmp(stems[i], stem) == 0)
            return true;
    return false;
}

bool ton_take_stems(const char **out, struct ton_arena *arena, const char *const *tracks, int n) {
    for (int i = 0; i < n; i++) {
        char stem[TON_STEM_SIZE], number[16] = "";
        ton_take_stem(stem, tracks[i]);
        for (int k = 2; is_taken(out, i, stem); k++) {
            const int digits = snprintf(number, sizeof number, "_%d", k);
            write_stem(stem, TON_STEM_SIZE - 1 - (size_t)digits, tracks[i]);
            memcpy(stem + strlen(stem), number, (size_t)digits + 1);
        }
        out[i] = ton_arena_text(arena, stem);
        if (!out[i])
            return false;
    }
    return true;
}
