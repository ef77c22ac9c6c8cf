/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Documents as JSON, and a public validator to hold them against a schema. */
#ifndef TON_TEST_SCHEMA_RIG_H
#define TON_TEST_SCHEMA_RIG_H

#include "session_stage.h"

#include "ton/document.h"
#include "ton/json.h"

#include <sys/wait.h>

/* A document as JSON, scalars as YAML 1.2's core schema reads them. */
static inline struct ton_json *json_of(const struct ton_node *node) {
    if (node->kind == TON_NODE_LIST) {
        struct ton_json *list = ton_json_array();
        for (int i = 0; i < node->n; i++)
            ton_json_add(list, json_of(node->items[i]));
        return list;
    }
    if (node->kind == TON_NODE_MAP) {
        struct ton_json *map = ton_json_object();
        for (int i = 0; i < node->n; i++)
            ton_json_set(map, ton_node_key(node, i)->text, json_of(ton_node_value(node, i)));
        return map;
    }
    char *end;
    if (ton_node_is_null(node))
        return ton_json_null();
    if (node->style != TON_PLAIN)
        return ton_json_string(node->text);
    if (!strcmp(node->text, "true") || !strcmp(node->text, "false"))
        return ton_json_bool(node->text[0] == 't');
    double number = strtod(node->text, &end);
    bool is_number = !*end && strspn(node->text, "+-0123456789.eE") == strlen(node->text);
    if (is_number && number == floor(number) && fabs(number) < 1e15)
        return ton_json_integer((int64_t)number);
    return is_number ? ton_json_number(number) : ton_json_string(node->text);
}

static inline void write_json(const char *path, struct ton_json *j) {
    char *text = ton_json_dump(j, true);
    assert_non_null(text);
    assert_int_equal(ton_path_write(path, text, strlen(text), NULL), TON_OK);
    ton_free(text);
    ton_json_free(j);
}

/* Runs a script over schema and documents; 77 or 127: there is no validator. */
static inline int run_validator(const char *script, struct ton_json *schema,
                                struct ton_json *documents, const char *more) {
    char paths[3][256], command[1200];
    static const char *const names[] = {"schema.json", "documents.json", "validate.py"};
    for (int i = 0; i < 3; i++)
        snprintf(paths[i], sizeof paths[i], "%s/%s", stage_folder(), names[i]);
    write_json(paths[0], schema);
    write_json(paths[1], documents);
    assert_int_equal(ton_path_write(paths[2], script, strlen(script), NULL), TON_OK);
    snprintf(command, sizeof command, "python3 %s %s %s %s", paths[2], paths[0], paths[1], more);
    fflush(stdout);
    int status = system(command);
    for (int i = 0; i < 3; i++)
        unlink(paths[i]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
