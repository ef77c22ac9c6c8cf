/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing strings, the nearest word, keys and words, escapes. */
#include "ton/text.h"
#include "ton/arena.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_WORD = 63 };

static bool make_room(struct ton_text *t, size_t more) {
    if (t->failed)
        return false;
    if (more > PTRDIFF_MAX / 4 || t->length + more + 1 > PTRDIFF_MAX / 4) {
        t->failed = true;
        return false;
    }
    size_t needed = t->length + more + 1;
    if (needed <= t->capacity)
        return true;
    size_t capacity = t->capacity ? t->capacity * 2 : 64;
    while (capacity < needed)
        capacity *= 2;
    char *data = ton_realloc(t->data, t->capacity, capacity);
    if (!data) {
        t->failed = true;
        return false;
    }
    t->data = data;
    t->capacity = capacity;
    return true;
}

void ton_text_add_n(struct ton_text *t, const char *s, size_t n) {
    if (!make_room(t, n))
        return;
    if (n)
        memcpy(t->data + t->length, s, n);
    t->length += n;
    t->data[t->length] = '\0';
}

void ton_text_add(struct ton_text *t, const char *s) {
    ton_text_add_n(t, s, strlen(s));
}

void ton_text_vprintf(struct ton_text *t, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length < 0)
        t->failed = true;
    else if (make_room(t, (size_t)length)) {
        vsnprintf(t->data + t->length, (size_t)length + 1, format, again);
        t->length += (size_t)length;
    }
    va_end(again);
}

void ton_text_printf(struct ton_text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    ton_text_vprintf(t, format, args);
    va_end(args);
}

void ton_text_free(struct ton_text *t) {
    ton_free(t->data);
    *t = (struct ton_text){0};
}

size_t ton_utf8_length(const char *text, size_t left) {
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return n;
}

void ton_text_add_utf8(struct ton_text *t, const char *s, size_t n) {
    for (size_t i = 0; i < n;) {
        const size_t length = ton_utf8_length(s + i, n - i);
        const unsigned byte = (unsigned char)s[i];
        const char latin[] = {(char)(0xC0 | byte >> 6), (char)(0x80 | (byte & 0x3F))};
        ton_text_add_n(t, length ? s + i : latin, length ? length : 2);
        i += length ? length : 1;
    }
}

void ton_text_add_name(struct ton_text *t, int i, int n, const char *name) {
    enum { MOST_NAMED = 6 };
    const int left = n - MOST_NAMED;
    if (i >= MOST_NAMED && left > 1)
        return;
    const bool last = i + 1 == n;
    ton_text_printf(t, "%s`%s`", i == 0 ? "" : last ? " and " : ", ", name);
    if (i + 1 == MOST_NAMED && left > 1)
        ton_text_printf(t, " and %d more", left);
}

static char folded(char c) {
    if (c == '-' || c == ' ')
        return '_';
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Edits (insert, delete, replace, swap of neighbours) from one word to the other: the
 * optimal-string-alignment distance, three rows at a time. */
static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b) {
    size_t rows[3][LONGEST_WORD + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= n_b; j++)
        last[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            bool same = folded(a[i - 1]) == folded(b[j - 1]);
            row[j] = least(last[j - 1] + !same, least(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
                folded(a[i - 2]) == folded(b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[n_b];
}

/* An abbreviation: each word of it begins a word of the other, as `comp`, `hi pass` and `make up`
 * do of `compressor`, `high pass` and `make up gain`. */
static bool abbreviates(const char *brief, const char *whole) {
    for (; *brief; brief++, whole++) {
        if (folded(*brief) == '_')
            while (*whole && folded(*whole) != '_')
                whole++;
        if (folded(*brief) != folded(*whole))
            return false;
    }
    return true;
}

/* `attack` of `attack time`. */
static bool is_first_of(const char *first, size_t n, const char *words) {
    for (size_t i = 0; i < n; i++)
        if (folded(first[i]) != folded(words[i]))
            return false;
    return folded(words[n]) == '_';
}

const char *ton_nearest(const char *word, const char *const *candidates, size_t n) {
    size_t length = strlen(word);
    if (length == 0 || length > LONGEST_WORD)
        return NULL;
    const char *nearest = NULL;
    size_t nearest_edits = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        size_t other = strlen(candidates[i]);
        if (other > LONGEST_WORD)
            continue;
        size_t edits = distance(word, length, candidates[i], other);
        size_t longer = length > other ? length : other;
        /* As near as a word can be that is a third wrong. */
        if ((length >= 3 && other > length && abbreviates(word, candidates[i])) ||
            (other >= 3 && length > other && is_first_of(candidates[i], other, word)))
            edits = least(edits, longer / 3);
        if (edits * 3 <= longer && edits < nearest_edits) {
            nearest = candidates[i];
            nearest_edits = edits;
        }
    }
    return nearest;
}

bool ton_text_starts(const char *s, const char *prefix) {
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool ton_text_ends(const char *s, const char *suffix) {
    size_t length = strlen(s), end = strlen(suffix);
    return end <= length && memcmp(s + length - end, suffix, end) == 0;
}

bool ton_text_same(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool ton_text_is_number(const char *s) {
    return *s && !s[strspn(s, "0123456789")];
}

int ton_text_number_at_end(const char *s, size_t *stem) {
    enum { MOST_DIGITS = 6 };
    const size_t length = strlen(s);
    *stem = length;
    while (*stem > 0 && isdigit((unsigned char)s[*stem - 1]))
        --*stem;
    const size_t digits = length - *stem;
    return digits >= 1 && digits <= MOST_DIGITS ? (int)strtol(s + *stem, NULL, 10) : -1;
}

static void replace(char *out, size_t size, const char *s, char from, char to) {
    size_t i = 0;
    for (; size > 0 && i + 1 < size && s[i]; i++)
        out[i] = s[i] == from ? to : s[i];
    if (size > 0)
        out[i] = '\0';
}

void ton_key_to_words(char *out, size_t size, const char *key) {
    replace(out, size, key, '_', ' ');
}

void ton_words_to_key(char *out, size_t size, const char *words) {
    replace(out, size, words, ' ', '_');
}

void ton_text_add_html(struct ton_text *t, const char *s) {
    for (; s && *s; s++) {
        switch (*s) {
        case '&':
            ton_text_add(t, "&amp;");
            break;
        case '<':
            ton_text_add(t, "&lt;");
            break;
        case '>':
            ton_text_add(t, "&gt;");
            break;
        case '"':
            ton_text_add(t, "&quot;");
            break;
        case '\'':
            ton_text_add(t, "&#39;");
            break;
        default:
            ton_text_add_n(t, s, 1);
        }
    }
}
