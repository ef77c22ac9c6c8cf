/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads mappings by tables of fields: one walk for every key of every document. */
#include "ton/fields.h"

enum { NOWHERE = -1, GLUED = -2 };

/* Keys are written in words: `fade in` for the field `fade_in`. */
static bool key_is(const char *words, const char *key) {
    for (; *words && *key; words++, key++)
        if (*words != (*key == '_' ? ' ' : *key))
            return false;
    return *words == *key;
}

static int find_field(const struct ton_field *fields, int n, const char *words) {
    for (int i = 0; i < n; i++)
        if (key_is(words, fields[i].row.key))
            return i;
    return -1;
}

const char *ton_key_words(struct ton_arena *a, const char *key) {
    char *words = ton_arena_text(a, key);
    if (words)
        ton_key_to_words(words, strlen(key) + 1, key);
    return words ? words : key;
}

/* `{take:kick.wav}` has a key that is called `take:kick.wav`. */
static int find_glued(const char *words, const struct ton_row *rows, int n, size_t stride) {
    char key[64];
    const char *colon = strchr(words, ':');
    if (!colon || colon == words || (size_t)(colon - words) >= sizeof key)
        return -1;
    snprintf(key, sizeof key, "%.*s", (int)(colon - words), words);
    for (int i = 0; i < n; i++)
        if (key_is(key, ((const struct ton_row *)((const char *)rows + (size_t)i * stride))->key))
            return i;
    return -1;
}

int ton_key_unknown(struct ton_reader *r, const struct ton_node *key, const char *what,
                    const struct ton_row *rows, int n, size_t stride) {
    const char *keys[TON_MOST_ROWS] = {0};
    int known = 0;
    const int glued = find_glued(key->text, rows, n, stride);
    if (glued >= 0) {
        const char *colon = strchr(key->text, ':');
        ton_node_error(r->doc, key, "`%s` needs a space behind its colon: `%.*s: %s`", key->text,
                       (int)(colon - key->text), key->text, colon + 1);
        return GLUED - glued;
    }
    for (int i = 0; i < n && known < TON_MOST_ROWS; i++)
        keys[known++] = ((const struct ton_row *)((const char *)rows + (size_t)i * stride))->key;
    const char *nearest = ton_nearest(key->text, keys, (size_t)known);
    char words[64];
    if (nearest) {
        ton_key_to_words(words, sizeof words, nearest);
        ton_node_error(r->doc, key, "unknown key `%s` in %s; did you mean `%s`?", key->text, what,
                       words);
        for (int i = 0; i < known; i++)
            if (keys[i] == nearest)
                return i;
    }
    struct ton_text list = {0};
    for (int i = 0; i < known; i++) {
        ton_key_to_words(words, sizeof words, keys[i]);
        ton_text_printf(&list, "%s`%s`", i ? ", " : "", words);
    }
    ton_node_error(r->doc, key, "unknown key `%s` in %s; it can have %s", key->text, what,
                   list.data ? list.data : "no keys");
    ton_text_free(&list);
    return -1;
}

/* Where in the mapping each field stands; NOWHERE; GLUED: refused already. A misspelt key stands
 * for the nearest one when that is not there itself: what is behind it is read too, and nothing is
 * missing. */
static void find_values(struct ton_reader *r, const struct ton_field *fields, int n,
                        const struct ton_node *map, const char *what, int at[TON_MOST_ROWS]) {
    for (int i = 0; i < n; i++)
        at[i] = NOWHERE;
    for (int i = 0; i < map->n; i++) {
        const struct ton_node *key = ton_node_key(map, i);
        int f = key->kind == TON_NODE_SCALAR ? find_field(fields, n, key->text) : -1;
        if (f >= 0 && at[f] < 0)
            at[f] = i;
    }
    for (int i = 0; i < map->n; i++) {
        const struct ton_node *key = ton_node_key(map, i);
        if (key->kind != TON_NODE_SCALAR) {
            ton_node_error(r->doc, key, "a key of %s must be a word, not %s", what,
                           ton_node_found(r->doc, key));
            continue;
        }
        if (find_field(fields, n, key->text) >= 0)
            continue;
        int f = ton_key_unknown(r, key, what, &fields->row, n, sizeof *fields);
        if (f >= 0 && at[f] < 0)
            at[f] = i;
        else if (f <= GLUED && at[GLUED - f] == NOWHERE)
            at[GLUED - f] = GLUED;
    }
    ton_node_refuse_duplicates(r->doc, map, "key");
}

bool ton_fields_read(struct ton_reader *r, const struct ton_field *fields, int n,
                     const struct ton_node *map, const char *what, void *out) {
    if (map->kind != TON_NODE_MAP) {
        ton_node_error(r->doc, map, "%s must be a mapping of keys to values, not %s", what,
                       ton_node_found(r->doc, map));
        return false;
    }
    int at[TON_MOST_ROWS];
    n = n < TON_MOST_ROWS ? n : TON_MOST_ROWS;
    find_values(r, fields, n, map, what, at);
    for (int i = 0; i < n; i++) {
        if (at[i] >= 0) {
            fields[i].read(r, &fields[i], ton_node_key(map, at[i]), ton_node_value(map, at[i]),
                           out);
        } else if (at[i] == NOWHERE && fields[i].row.flags & TON_ROW_REQUIRED) {
            char words[64];
            ton_key_to_words(words, sizeof words, fields[i].row.key);
            ton_node_error(r->doc, map, "%s needs `%s`. %s", what, words, fields[i].row.help);
        }
    }
    return true;
}

bool ton_text_read(struct ton_reader *r, const struct ton_row *row, const struct ton_node *value,
                   const char **out) {
    char words[64];
    if (value->kind != TON_NODE_SCALAR || ton_node_is_null(value) || !*value->text) {
        ton_node_error(r->doc, value, "`%s` needs a value, found %s. %s",
                       ton_row_words(words, sizeof words, row),
                       value->kind == TON_NODE_SCALAR ? "nothing" : ton_node_found(r->doc, value),
                       row->help);
        return false;
    }
    if (value->joined && row->kind == TON_TEXT) {
        ton_node_error(r->doc, value,
                       "`%s` needs quotes here: between brackets a comma ends a value",
                       value->text);
        return false;
    }
    *out = value->text;
    return true;
}

bool ton_row_read(struct ton_reader *r, const struct ton_row *row, const struct ton_node *value,
                  float *out) {
    const char *text;
    if (!ton_text_read(r, row, value, &text))
        return false;
    struct ton_err err = {0};
    if (ton_row_parse(out, row, text, &err) == TON_OK)
        return true;
    ton_node_error(r->doc, value, "%s", err.text);
    return false;
}

struct ton_row ton_row_named(const struct ton_row *row, const struct ton_node *name) {
    struct ton_row named = *row;
    if (name->kind == TON_NODE_SCALAR) {
        named.key = name->text;
        named.flags |= TON_ROW_NAMED;
    }
    return named;
}

#define MEMBER(type, out, at) ((type *)(void *)((char *)(out) + (at)))

void ton_read_float(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                    const struct ton_node *value, void *out) {
    (void)key;
    float read;
    if (ton_row_read(r, &field->row, value, &read))
        *MEMBER(float, out, field->offset) = read;
}

void ton_read_double(struct ton_reader *r, const struct ton_field *field,
                     const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    float checked;
    double exact;
    if (!ton_row_read(r, &field->row, value, &checked))
        return;
    /* The row checks the range; a double keeps what a float would round. */
    bool kept = ton_unit_parse(&exact, value->text, field->row.unit, NULL) == TON_OK;
    *MEMBER(double, out, field->offset) = kept ? exact : (double)checked;
}

void ton_read_switch(struct ton_reader *r, const struct ton_field *field,
                     const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    float read;
    if (ton_row_read(r, &field->row, value, &read))
        *MEMBER(bool, out, field->offset) = read >= 0.5f;
}

void ton_read_int(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                  const struct ton_node *value, void *out) {
    (void)key;
    float read;
    if (ton_row_read(r, &field->row, value, &read))
        *MEMBER(int, out, field->offset) = (int)lrintf(read);
}

void ton_read_text(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                   const struct ton_node *value, void *out) {
    (void)key;
    const char *text;
    if (!ton_text_read(r, &field->row, value, &text))
        return;
    *MEMBER(const char *, out, field->offset) = text;
    if (field->offset_where)
        *MEMBER(const char *, out, field->offset_where) = ton_node_where(r->doc, value);
}

void ton_read_choice_text(struct ton_reader *r, const struct ton_field *field,
                          const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    float read;
    if (ton_row_read(r, &field->row, value, &read))
        *MEMBER(const char *, out, field->offset) = field->row.choices[(int)lrintf(read)];
}

void ton_read_texts(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                    const struct ton_node *value, void *out) {
    (void)key;
    const struct ton_node *one = value;
    const struct ton_node *const *items = &one;
    int n = 1;
    if (value->kind == TON_NODE_LIST) {
        items = (const struct ton_node *const *)value->items;
        n = value->n;
    }
    const char **texts = TON_NEW_N(r->arena, const char *, n > 0 ? n : 1);
    const char **where = TON_NEW_N(r->arena, const char *, n > 0 ? n : 1);
    int read = 0;
    for (int i = 0; texts && where && i < n; i++) {
        where[read] = ton_node_where(r->doc, items[i]);
        read += ton_text_read(r, &field->row, items[i], &texts[read]);
    }
    *MEMBER(const char **, out, field->offset) = texts;
    if (field->offset_where)
        *MEMBER(const char **, out, field->offset_where) = where;
    *MEMBER(int, out, field->offset_n) = texts ? read : 0;
}
