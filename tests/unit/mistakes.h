/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every mistake that a person makes in one place of a good document, one at a time. */
#ifndef TON_TEST_MISTAKES_H
#define TON_TEST_MISTAKES_H

#include "promise.h"

#include "ton/arena.h"
#include "ton/document.h"

#include <ctype.h>

enum mistake_kind {
    MISSPELT_KEY,
    WRONG_TYPE,
    NO_UNIT,
    WRONG_UNIT,
    MISSPELT_UNIT,
    OUT_OF_RANGE,
    UNKNOWN_WORD,
    N_MISTAKES
};

static const char *const mistake_names[] = {"misspelt key", "wrong type",    "no unit",
                                            "wrong unit",   "misspelt unit", "out of range",
                                            "unknown word"};

struct mistake {
    enum mistake_kind kind;
    const struct ton_node *node; /* that is broken */
    const char *in;              /* key of the mapping or list that holds it; "" at the root */
    const char *key;             /* the key itself, or the key of the value */
    const char *with;            /* what stands there now */
    char *text;                  /* the whole document, broken */
};

struct mistaking {
    const char *text;
    void (*check)(void *user, struct ton_arena *arena, const struct mistake *m);
    void *user;
    int n[N_MISTAKES];
};

static inline void make_mistake(struct mistaking *run, struct mistake m) {
    struct ton_arena *arena = ton_arena_create();
    const char *quote = m.node->style == TON_DOUBLE_QUOTED && m.kind != WRONG_TYPE ? "\"" : "";
    m.text = ton_arena_printf(arena, "%.*s%s%s%s%s", (int)m.node->start, run->text, quote, m.with,
                              quote, run->text + m.node->end);
    assert_non_null(m.text);
    run->n[m.kind]++;
    run->check(run->user, arena, &m);
    ton_arena_destroy(arena);
}

/* Two letters change places, or the last one stands twice. */
static inline void misspell(char *out, size_t size, const char *word) {
    const size_t n = strlen(word);
    snprintf(out, size, "%s", word);
    for (size_t i = 1; i + 1 < n; i++) {
        if (isalpha((unsigned char)out[i]) && isalpha((unsigned char)out[i + 1]) &&
            out[i] != out[i + 1]) {
            const char c = out[i];
            out[i] = out[i + 1];
            out[i + 1] = c;
            return;
        }
    }
    snprintf(out, size, "%s%c", word, word[n - 1]);
}

/* The number that a value begins with, and what stands behind it. */
static inline size_t number_length(const char *text) {
    const size_t sign = strspn(text, "+-");
    const size_t digits = strspn(text + sign, "0123456789.");
    return digits ? sign + digits : 0;
}

static inline void mistakes_in_value(struct mistaking *run, const struct ton_node *value,
                                     const char *in, const char *key) {
    char with[256];
    const char *text = value->text;
    const size_t n = number_length(text);
    const char *unit = text + n + strspn(text + n, " ");
    const bool place = strchr(text, '|') || strchr(text, ':');
    const bool measure =
        n > 0 && isalpha((unsigned char)*unit) && !place && strtod(text, NULL) != 0;
    struct mistake m = {.node = value, .in = in, .key = key, .with = with};
    if (ton_node_is_null(value) || !*text)
        return;
    m.kind = WRONG_TYPE;
    m.with = "[[]]";
    make_mistake(run, m);
    m.with = with;
    if (measure) {
        m.kind = NO_UNIT;
        snprintf(with, sizeof with, "%.*s", (int)n, text);
        make_mistake(run, m);
        m.kind = WRONG_UNIT;
        snprintf(with, sizeof with, "%.*s %s", (int)n, text, strstr(unit, "Hz") ? "LUFS" : "Hz");
        make_mistake(run, m);
        m.kind = MISSPELT_UNIT;
        snprintf(with, sizeof with, "%s%c", text, text[strlen(text) - 1]);
        make_mistake(run, m);
    }
    m.kind = n > 0 || place ? OUT_OF_RANGE : UNKNOWN_WORD;
    if (strchr(text, '|'))
        snprintf(with, sizeof with, "0%s", strchr(text, '|'));
    else if (place && n > 0)
        snprintf(with, sizeof with, "0:61");
    else if (n > 0)
        snprintf(with, sizeof with, "999999999%s", text + n);
    else if (strcmp(key, "pan") == 0)
        snprintf(with, sizeof with, "%.1s999", text);
    else
        misspell(with, sizeof with, text);
    make_mistake(run, m);
}

static inline void walk_mistakes(struct mistaking *run, const struct ton_node *node, const char *in,
                                 const char *key) {
    if (node->kind == TON_NODE_SCALAR)
        mistakes_in_value(run, node, in, key);
    for (int i = 0; node->kind == TON_NODE_LIST && i < node->n; i++)
        walk_mistakes(run, node->items[i], key, key);
    for (int i = 0; node->kind == TON_NODE_MAP && i < node->n; i++) {
        const struct ton_node *k = ton_node_key(node, i);
        char with[256];
        misspell(with, sizeof with, k->text);
        make_mistake(run,
                     (struct mistake){
                         .kind = MISSPELT_KEY, .node = k, .in = key, .key = k->text, .with = with});
        walk_mistakes(run, ton_node_value(node, i), key, k->text);
    }
}

static inline bool is_one_of(const char *word, const char *const *words, int n) {
    for (int i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

#endif
