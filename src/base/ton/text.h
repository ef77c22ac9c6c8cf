/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_TEXT_H
#define TON_TEXT_H

#include "ton/err.h"

/* A growing string. `data` is always terminated once something was added. Zero-initialise; after a
 * failed allocation `failed` stays set and further appends do nothing, so only the end needs a
 * check. @thread any, but one text belongs to one thread at a time */
struct ton_text {
    char *data;
    size_t length, capacity;
    bool failed;
};

void ton_text_add(struct ton_text *t, const char *s);
void ton_text_add_n(struct ton_text *t, const char *s, size_t n);
void ton_text_printf(struct ton_text *t, const char *format, ...) TON_PRINTF(2, 3);
void ton_text_vprintf(struct ton_text *t, const char *format, va_list args) TON_PRINTF(2, 0);
void ton_text_free(struct ton_text *t);

/* The candidate nearest to `word` by edit distance (case and `_`/`-`/space are equal), or NULL when
 * none is near (more than a third of the word is wrong). Callers write: "unknown key `treshold`;
 * did you mean `threshold`?" */
const char *ton_nearest(const char *word, const char *const *candidates, size_t n);

/* Length of the UTF-8 sequence at `p`, 0 when it is none (RFC 3629, section 4: no overlong forms,
 * no surrogates, nothing past U+10FFFF). `left` is at least 1. */
size_t ton_utf8_length(const char *p, size_t left);

/* The name of number `i` of `n` in a sentence: "`Kick`, `Snare` and `Bass`"; of more than seven the
 * first six, and how many there are besides. */
void ton_text_add_name(struct ton_text *t, int i, int n, const char *name);

/* Appends as UTF-8: bytes that are none are read as Latin-1, as old systems wrote them. */
void ton_text_add_utf8(struct ton_text *t, const char *s, size_t n);

bool ton_text_starts(const char *s, const char *prefix);
bool ton_text_ends(const char *s, const char *suffix);
bool ton_text_same(const char *a, const char *b); /* NULL-safe, letter case counts */
bool ton_text_is_number(const char *s);           /* digits, at least one, and nothing else */

/* The number of up to six digits at the end, and in `*stem` how long the text is before it; -1:
 * there is none. */
int ton_text_number_at_end(const char *s, size_t *stem);

/* `pre_delay` -> `pre delay` (how people write it) and back; `out` takes strlen + 1. */
void ton_key_to_words(char *out, size_t size, const char *key);
void ton_words_to_key(char *out, size_t size, const char *words);

/* Escapes for HTML/XML text and attributes. NULL adds nothing. */
void ton_text_add_html(struct ton_text *t, const char *s);

#endif
