/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_DOCUMENT_H
#define TON_SESSION_DOCUMENT_H

#include "ton/arena.h"
#include "ton/text.h"

/* A YAML text as a tree in which every value knows its place. The only file of the program that
 * sees libfyaml's parser. @thread any, but a document belongs to the owner of its arena */

enum ton_node_kind { TON_NODE_SCALAR, TON_NODE_LIST, TON_NODE_MAP };
enum ton_node_style { TON_PLAIN, TON_SINGLE_QUOTED, TON_DOUBLE_QUOTED, TON_BLOCK_TEXT };

struct ton_node {
    enum ton_node_kind kind;
    enum ton_node_style style; /* SCALAR */
    bool flow;                 /* LIST and MAP: written with brackets */
    bool alias;                /* stands as `*name`: `start` and `end` are those of the alias */
    bool joined;         /* SCALAR: `-3,5 dB` between brackets, which YAML takes for two values */
    int line, column;    /* 1-based; columns count characters */
    uint32_t start, end; /* bytes of the text that it takes, with quotes and brackets */
    uint32_t weight;     /* nodes in it, aliases counted as often as they are used */
    int height;          /* lists and mappings in each other, aliases expanded; of a scalar 0 */
    int n;
    struct ton_node **items; /* LIST: n values; MAP: n pairs, key then value */
    const char *text;        /* SCALAR; without quotes, escapes resolved */
};
/* A large session has a hundred thousand and more. */
_Static_assert(sizeof(struct ton_node) <= 64, "a node is no more than what the cache moves");

static inline struct ton_node *ton_node_key(const struct ton_node *map, int i) {
    return map->items[2 * i];
}
static inline struct ton_node *ton_node_value(const struct ton_node *map, int i) {
    return map->items[2 * i + 1];
}

struct ton_document {
    struct ton_arena *arena;
    const char *path; /* names the text in errors */
    const char *text;
    size_t length;
    struct ton_node *root; /* a mapping */
    struct ton_problems *problems;
    size_t first_problem; /* problems before this one belong to other documents */
    size_t errors_before; /* of them */
};

#define TON_DOCUMENT_BYTES ((size_t)64 << 20) /* largest text that is read */
#define TON_DOCUMENT_NODES ((size_t)4000000)  /* most values, aliases expanded */
#define TON_DOCUMENT_DEPTH 48                 /* deepest nesting, aliases expanded */

/* Parses one YAML 1.2 document whose root is a mapping. Syntax errors go to `problems` with their
 * place; the code is TON_INPUT then, TON_MEMORY without memory. `path` and `text` are borrowed as
 * long as the document is used. */
enum ton_code ton_document_parse(struct ton_document *out, struct ton_arena *arena,
                                 const char *path, const char *text, size_t length,
                                 struct ton_problems *problems, struct ton_err *err);

bool ton_node_is_null(const struct ton_node *node); /* nothing, `~` or `null`, unquoted */
/* "a list", "a mapping", "nothing" or the text in backquotes, for sentences. */
const char *ton_node_found(const struct ton_document *doc, const struct ton_node *node);
const struct ton_node *ton_node_get(const struct ton_node *map, const char *key); /* NULL */

/* "path:line:column", in the arena; never NULL. */
const char *ton_node_where(const struct ton_document *doc, const struct ton_node *node);
void ton_node_error(struct ton_document *doc, const struct ton_node *node, const char *format, ...)
    TON_PRINTF(3, 4);
void ton_node_warn(struct ton_document *doc, const struct ton_node *node, const char *format, ...)
    TON_PRINTF(3, 4);

/* Says for each key of a mapping that stands twice where the first is. `what` is what the keys are:
 * "key", "strip", "section". */
void ton_node_refuse_duplicates(struct ton_document *doc, const struct ton_node *map,
                                const char *what);

/* TON_OK when nothing was found in this document, or the code and the first sentence of what was
 * found. */
enum ton_code ton_document_verdict(struct ton_document *doc, struct ton_err *err);

#endif
