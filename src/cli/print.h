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

/* A thing that is not in the folder of --directory but in the one where the user is: says so in a
 * warning, for paths count from the first. `started_in` may be NULL. */
void ton_print_elsewhere(struct ton_arena *arena, const char *started_in, const char *path);

/* One document on standard output; takes over `j`. Fails with TON_MEMORY. */
enum ton_code ton_print_json(struct ton_json *j, struct ton_err *err);

/* Prints and frees. Fails with TON_MEMORY when the text is not whole. */
enum ton_code ton_print_text(struct ton_text *text, struct ton_err *err);

/* The same for sentences, a line each: wrapped where the output is a terminal. */
enum ton_code ton_print_prose(struct ton_text *text, struct ton_err *err);

/* Prints and frees a line about `where` on standard error, for standard output is taken. */
enum ton_code ton_print_aside(struct ton_text *text, const char *where, struct ton_err *err);

/* What stands for a value that does not exist. */
#define TON_NO_VALUE "–"

/* A figure for people: loudness and peaks have one digit. TON_NO_VALUE for what is not finite,
 * and without memory (ton_arena_failed says so). */
const char *ton_number_text(struct ton_arena *arena, double value, int digits);

/* `4:03.2`, `1:04:03.2`; without memory as above. */
const char *ton_length_text(struct ton_arena *arena, int64_t frames, int rate);

/* wrap.c: columns of the terminal that the stream goes to (TIOCGWINSZ, COLUMNS, 80); 0: it goes
 * to none. */
int ton_screen_width(FILE *stream);
/* Columns that the first `n` bytes take, every character being one wide. */
int ton_columns_of(const char *s, size_t n);
/* Words of `text` between `indent` and `width`, with a line end behind the last; `at` is where the
 * line stands already. An empty line parts paragraphs; what stands in backquotes is kept in one
 * line. */
void ton_wrap(struct ton_text *out, const char *text, int indent, int at, int width);
/* Each line that is longer than `width` (0: none is). */
void ton_wrap_lines(struct ton_text *out, const char *text, int width);
/* A name or sentence of others (NULL: nothing): control characters are written as escapes. */
void ton_text_add_shown(struct ton_text *out, const char *s);

/* table.c: a table with aligned columns that keeps to the width of a terminal. `columns` has a
 * letter each: l, r, or p for prose, which may be wrapped. Cells come row by row; all of a row must
 * be added. */
struct ton_table {
    struct ton_arena *arena;
    const char *columns;
    bool titled; /* the first row names the columns */
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
