/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PRINT_H
#define TON_PRINT_H

#include "ton/arena.h"
#include "ton/thread.h"

struct ton_json;
struct ton_text;

/* `ton: sessions/x.yaml:31:14: sentence` on standard error, the one place that prints failures.
 * Nothing when the text is empty. */
void ton_print_error(const struct ton_err *err);
void ton_print_warning(const char *where, const char *text);

/* `--verbose`: the next ones are all shown, not the first few. */
void ton_print_all_warnings(bool all);

/* Prints every error and the first warnings of a document. When there were errors, `err` is
 * emptied, for all has been said; returns `code` as it is. */
enum ton_code ton_print_problems(const struct ton_problems *problems, enum ton_code code,
                                 struct ton_err *err);

/* One document on standard output; takes over `j`. Fails with TON_MEMORY. */
enum ton_code ton_print_json(struct ton_json *j, struct ton_err *err);

/* Prints and frees. Fails with TON_MEMORY when the text is not whole. */
enum ton_code ton_print_text(struct ton_text *text, struct ton_err *err);

/* A table with aligned columns. `columns` has a letter each: l or r. Cells come row by row; all of
 * a row must be added. */
struct ton_table {
    struct ton_arena *arena;
    const char *columns;
    const char **cells;
    size_t n, capacity;
};
void ton_table_add(struct ton_table *table, const char *cell);
enum ton_code ton_table_print(const struct ton_table *table, struct ton_err *err);

/* progress.c: a line on a terminal for what takes longer than a second, with an estimate; nothing
 * elsewhere. @thread main */
const struct ton_progress *ton_progress_line(bool wanted);
void ton_progress_clear(void);

#endif
