/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_FIELDS_H
#define TON_SESSION_FIELDS_H

#include "ton/document.h"
#include "ton/json.h"
#include "ton/row.h"

/* A key of one of the mappings in our documents: its row (name, unit, range, help), how its value
 * is read and what its JSON schema is. The tables of fields are the only place that knows the keys:
 * reading, "did you mean" and `ton schema` walk them. @thread any, the one that owns the
 * arena */

struct ton_reader {
    struct ton_document *doc;
    struct ton_arena *arena;
    void *job;          /* what is being built: struct ton_build or struct ton_production */
    const char *folder; /* of the production, where files are looked for */
    const struct ton_takes *takes; /* tells about audio files; NULL: they are not looked at */
    const char **refused_presets;  /* said once, wherever they are used */
    size_t n_refused_presets, refused_presets_capacity;
    struct ton_file *files; /* that were read, each once */
    size_t n_files, files_capacity;
};

struct ton_field;
typedef void ton_read_fn(struct ton_reader *r, const struct ton_field *field,
                         const struct ton_node *key, const struct ton_node *value, void *out);
typedef struct ton_json *ton_schema_fn(const struct ton_field *field);

struct ton_field {
    struct ton_row row;
    ton_read_fn *read;
    size_t offset;         /* of the member of `out` that the value goes to */
    size_t offset_n;       /* lists: of its count, an int */
    size_t offset_where;   /* texts: of the place, or list of places; 0: not kept */
    ton_schema_fn *schema; /* NULL: the row's own */
};

/* Reads a mapping: each known key in the order of the table (so that later fields may rely on
 * earlier ones), then says which keys are unknown, stand twice or are missing. A misspelt key is
 * read as the nearest one: one mistake gives one error, and what is behind it is checked too.
 * `what` names the mapping in sentences ("a clip"). False when it is no mapping. */
bool ton_fields_read(struct ton_reader *r, const struct ton_field *fields, int n,
                     const struct ton_node *map, const char *what, void *out);
struct ton_json *ton_fields_schema(const struct ton_field *fields, int n);

/* Says that a key is unknown in `what`, with the nearest of `rows` (n of them, `stride` bytes
 * apart). Gives the index of the nearest, so that its value can be read all the same; negative when
 * there is none, or its value is glued to it (`take:kick.wav`). */
int ton_key_unknown(struct ton_reader *r, const struct ton_node *key, const char *what,
                    const struct ton_row *rows, int n, size_t stride);

/* `pre delay` of `pre_delay`, in the arena. */
const char *ton_key_words(struct ton_arena *a, const char *key);

/* The row under the name that a person gave the value: a send by its bus, a gap by its session. */
struct ton_row ton_row_named(const struct ton_row *row, const struct ton_node *name);
/* The value as a row reads it; false (and said) when it is not one. */
bool ton_row_read(struct ton_reader *r, const struct ton_row *row, const struct ton_node *value,
                  float *out);
bool ton_text_read(struct ton_reader *r, const struct ton_row *row, const struct ton_node *value,
                   const char **out);

ton_read_fn ton_read_float;       /* float */
ton_read_fn ton_read_double;      /* double */
ton_read_fn ton_read_switch;      /* bool */
ton_read_fn ton_read_int;         /* int, from COUNT and CHOICE */
ton_read_fn ton_read_text;        /* const char *; not empty */
ton_read_fn ton_read_texts;       /* const char ** and int: one text or a list of them */
ton_read_fn ton_read_choice_text; /* const char *: one of the row's choices */

ton_schema_fn ton_schema_text; /* a string */
ton_schema_fn ton_schema_texts;

/* `$schema`, title and definitions of a whole document. */
void ton_schema_head(struct ton_json *schema, const char *title, struct ton_json *definitions);

/* Schema pieces. Arguments are taken over. */
struct ton_json *ton_schema_of(const char *type, const char *help);
struct ton_json *ton_schema_pattern(const char *pattern, const char *help);
#define TON_PATTERN_FROM_1 "0*[1-9][0-9]*"               /* in patterns: what is counted from 1 */
struct ton_json *ton_schema_list(struct ton_json *item); /* [item, …] */
struct ton_json *ton_schema_map(struct ton_json *value); /* {any name: value} */
struct ton_json *ton_schema_any_of(struct ton_json *const *of, int n);
struct ton_json *ton_schema_ref(const char *definition); /* "#/$defs/…" */

#define TON_COUNTED(fields) (fields), TON_N(fields)

#endif
