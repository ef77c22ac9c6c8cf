/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the command line says: failures, problems, JSON, tables. */
#include "print.h"

#include "ton/json.h"
#include "ton/text.h"

/* So many say what is the matter; the rest would bury what comes after. */
enum { MOST_WARNINGS = 3 };

static bool all_warnings;

void ton_print_all_warnings(bool all) {
    all_warnings = all;
}

static void print_line(const char *where, const char *kind, const char *text) {
    ton_progress_clear();
    fflush(stdout); /* what was said before comes before */
    bool placed = where && *where;
    fprintf(stderr, "ton: %s%s%s%s\n", placed ? where : "", placed ? ": " : "", kind, text);
}

void ton_print_error(const struct ton_err *err) {
    if (err->text[0])
        print_line(err->where, "", err->text);
}

void ton_print_warning(const char *where, const char *text) {
    print_line(where, "warning: ", text);
}

enum ton_code ton_print_problems(const struct ton_problems *problems, enum ton_code code,
                                 struct ton_err *err) {
    size_t n_warnings = 0, n_shown = 0;
    for (size_t i = 0; i < problems->n; i++) {
        const struct ton_problem *p = &problems->items[i];
        n_warnings += p->warning;
        if (p->warning && n_warnings > MOST_WARNINGS && !all_warnings)
            continue;
        n_shown += p->warning;
        print_line(p->where, p->warning ? "warning: " : "", p->text);
    }
    if (n_shown < n_warnings) {
        char text[64];
        snprintf(text, sizeof text, "%zu more warnings; `--verbose` shows them",
                 n_warnings - n_shown);
        print_line(NULL, "", text);
    }
    if (code == TON_INPUT && problems->n_errors > 0 && !problems->out_of_memory)
        err->where[0] = err->text[0] = '\0';
    return code;
}

static enum ton_code fail_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "there is not enough memory");
}

enum ton_code ton_print_json(struct ton_json *j, struct ton_err *err) {
    char *text = ton_json_dump(j, true);
    ton_json_free(j);
    if (!text)
        return fail_memory(err);
    ton_progress_clear();
    puts(text);
    ton_free(text);
    return TON_OK;
}

enum ton_code ton_print_text(struct ton_text *text, struct ton_err *err) {
    bool whole = !text->failed;
    if (whole && text->data) {
        ton_progress_clear();
        fputs(text->data, stdout);
    }
    ton_text_free(text);
    return whole ? TON_OK : fail_memory(err);
}

void ton_table_add(struct ton_table *table, const char *cell) {
    const char **slot = TON_PUSH(table->arena, table->cells, table->n, table->capacity);
    if (slot)
        *slot = ton_arena_text(table->arena, cell);
}

/* Columns that a text takes on a terminal, taking every character for one wide. */
static int width_of(const char *s) {
    int width = 0;
    for (; *s; s++)
        width += ((unsigned char)*s & 0xc0) != 0x80;
    return width;
}

static void print_cell(const char *cell, char side, int width, bool last) {
    int space = width - width_of(cell);
    if (side == 'r')
        printf("%*s%s", space, "", cell);
    else
        printf("%s%*s", cell, last ? 0 : space, "");
    fputs(last ? "\n" : "  ", stdout);
}

enum ton_code ton_table_print(const struct ton_table *table, struct ton_err *err) {
    size_t n_columns = strlen(table->columns);
    int *widths = TON_NEW_N(table->arena, int, n_columns);
    if (ton_arena_failed(table->arena) || !widths)
        return fail_memory(err);
    for (size_t i = 0; i < table->n; i++) {
        int width = width_of(table->cells[i]);
        if (width > widths[i % n_columns])
            widths[i % n_columns] = width;
    }
    ton_progress_clear();
    for (size_t i = 0; i < table->n; i++) {
        size_t column = i % n_columns;
        print_cell(table->cells[i], table->columns[column], widths[column],
                   column + 1 == n_columns);
    }
    return TON_OK;
}
