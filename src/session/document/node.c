/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks about one value of a YAML tree, and says what is wrong with it at its place. */
#include "names.h"
#include "ton/document.h"

#include "ton/text.h"

#include <string.h>

bool ton_node_is_null(const struct ton_node *node) {
    if (node->kind != TON_NODE_SCALAR || node->style != TON_PLAIN)
        return false;
    return !*node->text || !strcmp(node->text, "~") || !strcmp(node->text, "null");
}

const char *ton_node_found(const struct ton_document *doc, const struct ton_node *node) {
    if (node->kind == TON_NODE_LIST)
        return "a list";
    if (node->kind == TON_NODE_MAP)
        return "a mapping";
    if (ton_node_is_null(node))
        return "nothing";
    const char *text = ton_arena_printf(doc->arena, "`%s`", node->text);
    return text ? text : "";
}

const struct ton_node *ton_node_get(const struct ton_node *map, const char *key) {
    for (int i = 0; map && map->kind == TON_NODE_MAP && i < map->n; i++) {
        const struct ton_node *k = ton_node_key(map, i);
        if (k->kind == TON_NODE_SCALAR && !strcmp(k->text, key))
            return ton_node_value(map, i);
    }
    return NULL;
}

const char *ton_node_where(const struct ton_document *doc, const struct ton_node *node) {
    const char *where =
        ton_arena_printf(doc->arena, "%s:%d:%d", doc->path, node->line, node->column);
    return where ? where : doc->path;
}

/* A file of another kind can be wrong in every line: past these counts only the number grows. */
enum { MOST_WARNINGS = 500, MOST_PROBLEMS = 1000 };

static void add(struct ton_document *doc, const struct ton_node *node, bool warning,
                const char *format, va_list args) {
    size_t said = doc->problems->n - doc->first_problem;
    if (warning && said >= MOST_WARNINGS)
        return;
    if (said >= MOST_PROBLEMS) {
        doc->problems->n_errors++;
        return;
    }
    struct ton_text text = {0};
    ton_text_vprintf(&text, format, args);
    if (text.failed)
        doc->problems->out_of_memory = true;
    ton_problems_add(doc->problems, warning, ton_node_where(doc, node), "%s",
                     text.data ? text.data : "");
    ton_text_free(&text);
}

void ton_node_error(struct ton_document *doc, const struct ton_node *node, const char *format,
                    ...) {
    va_list args;
    va_start(args, format);
    add(doc, node, false, format, args);
    va_end(args);
}

void ton_node_warn(struct ton_document *doc, const struct ton_node *node, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(doc, node, true, format, args);
    va_end(args);
}

void ton_node_refuse_duplicates(struct ton_document *doc, const struct ton_node *map,
                                const char *what) {
    struct ton_names seen = {.arena = doc->arena};
    for (int i = 0; i < map->n; i++) {
        const struct ton_node *key = ton_node_key(map, i);
        if (key->kind != TON_NODE_SCALAR)
            continue;
        int first = -1;
        if (map->n > 12)
            first = ton_names_get(&seen, key->text);
        else
            for (int k = 0; k < i && first < 0; k++)
                if (ton_text_same(ton_node_key(map, k)->text, key->text))
                    first = k;
        if (first >= 0)
            ton_node_error(doc, key, "the %s `%s` stands here twice; the first is on line %d", what,
                           key->text, ton_node_key(map, first)->line);
        else if (map->n > 12 && !ton_names_put(&seen, key->text, i))
            return;
    }
}

enum ton_code ton_document_verdict(struct ton_document *doc, struct ton_err *err) {
    if (doc->problems->out_of_memory || ton_arena_failed(doc->arena))
        return ton_fail(err, TON_MEMORY, doc->path, "no memory to read this file");
    if (doc->problems->n_errors == doc->errors_before)
        return TON_OK;
    return ton_problems_code(doc->problems, err);
}
