/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DESK_SQL_H
#define TON_DESK_SQL_H

#include "ton/arena.h"
#include "ton/database.h"
#include "ton/path.h"

#include <sqlite3.h>

struct ton_database {
    sqlite3 *handle;
    char path[TON_PATH_MAX]; /* of the file, for sentences */
    bool together;           /* changes are one transaction, up to ton_rows_end */
    int patience_ms;         /* for others that hold it */
};

/* The sentence for what SQLite just refused. */
enum ton_code desk_fail(const struct ton_database *db, int result, struct ton_err *err);

/* Statements without parameters, one after the other. */
enum ton_code desk_run(struct ton_database *db, const char *sql, struct ton_err *err);

/* A statement with its parameters bound: for each letter of `types` one argument, `t` a text
 * (NULL: NULL), `i` an int64_t, `d` a double. Texts are borrowed until desk_done. */
enum ton_code desk_ask(sqlite3_stmt **out, struct ton_database *db, struct ton_err *err,
                       const char *sql, const char *types, ...);
/* The next row: 1; none more: 0; -1: `*code` and `err` say why. */
int desk_next(sqlite3_stmt *s, struct ton_database *db, enum ton_code *code, struct ton_err *err);
void desk_done(sqlite3_stmt *s); /* NULL is fine */

/* A column as text of the arena; NULL stays NULL. */
const char *desk_text(sqlite3_stmt *s, int column, struct ton_arena *arena);
/* Which of the words (NULL among them: none) it is; 0 when it is none of them. */
int desk_index(const char *const *words, int n, const char *word);
/* A text of a row can be missing for want of it. */
enum ton_code desk_check_memory(const struct ton_database *db, const struct ton_arena *arena,
                                struct ton_err *err);

/* A statement of which no row is wanted, as desk_ask; its change is on the disk on return, or when
 * the rows of this moment are. */
enum ton_code desk_change(struct ton_database *db, struct ton_err *err, const char *sql,
                          const char *types, ...);
/* The first column of the first row. */
enum ton_code desk_number(int64_t *out, struct ton_database *db, const char *sql,
                          struct ton_err *err);

#endif
