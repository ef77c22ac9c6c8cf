/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements: bound, stepped through, finished; and what SQLite refuses, as sentences. */
#include "sql.h"

#include <errno.h>
#include <unistd.h>

/* By the system's own reason where there is one. */
static enum ton_code fail_by_system(const struct ton_database *db, int otherwise, const char *what,
                                    struct ton_err *err) {
    const int reason = db->handle ? sqlite3_system_errno(db->handle) : 0;
    errno = reason ? reason : otherwise;
    return ton_fail_errno(err, db->path, what);
}

/* SQLite tries more than one way to open a file and remembers the last one's reason; the folder's
 * comes first. */
static enum ton_code fail_to_open(const struct ton_database *db, struct ton_err *err) {
    static const char what[] = "cannot be opened for writing";
    char folder[TON_PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", (int)(ton_path_name(db->path) - db->path), db->path);
    if (access(folder, W_OK | X_OK) != 0)
        return ton_fail_errno(err, db->path, what);
    return fail_by_system(db, EACCES, what, err);
}

static bool is_full(const struct ton_database *db) {
    const int reason = db->handle ? sqlite3_system_errno(db->handle) : 0;
    return reason == ENOSPC || reason == EDQUOT;
}

enum ton_code desk_fail(const struct ton_database *db, int result, struct ton_err *err) {
    const int kind = result & 0xff;
    switch (kind) {
    case SQLITE_NOMEM:
        return ton_fail(err, TON_MEMORY, db->path, "no memory");
    case SQLITE_NOTADB:
        return ton_fail(
            err, TON_INPUT, db->path,
            "is no database, and is left as it is; move it away, and a new one is made");
    case SQLITE_CORRUPT:
        return ton_fail(err, TON_INPUT, db->path,
                        "is damaged: %s; `sqlite3 production.db .recover` reads what can be saved",
                        sqlite3_errmsg(db->handle));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ton_fail(
            err, TON_ENVIRONMENT, db->path,
            "another program has held it for more than %g s; end that one, and try again",
            db->patience_ms / 1000.0);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return fail_to_open(db, err);
    default:
        break;
    }
    if (kind == SQLITE_FULL || (kind == SQLITE_IOERR && is_full(db)))
        return ton_fail(err, TON_ENVIRONMENT, db->path,
                        "the disk is full, so it is left as it was; make room, and try again");
    if (kind == SQLITE_IOERR)
        return fail_by_system(db, EIO, "cannot be read or written", err);
    return ton_fail(err, TON_INPUT, db->path, "cannot be used: %s",
                    db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(result));
}

enum ton_code desk_run(struct ton_database *db, const char *sql, struct ton_err *err) {
    const int result = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? TON_OK : desk_fail(db, result, err);
}

static int bind(sqlite3_stmt *s, const char *types, va_list arguments) {
    int result = SQLITE_OK;
    for (int i = 0; types[i] && result == SQLITE_OK; i++) {
        if (types[i] == 't')
            result =
                sqlite3_bind_text(s, i + 1, va_arg(arguments, const char *), -1, SQLITE_STATIC);
        else if (types[i] == 'd')
            result = sqlite3_bind_double(s, i + 1, va_arg(arguments, double));
        else
            result = sqlite3_bind_int64(s, i + 1, va_arg(arguments, int64_t));
    }
    return result;
}

static enum ton_code ask(sqlite3_stmt **out, struct ton_database *db, const char *sql,
                         const char *types, va_list arguments, struct ton_err *err) {
    *out = NULL;
    int result = sqlite3_prepare_v2(db->handle, sql, -1, out, NULL);
    if (result == SQLITE_OK)
        result = bind(*out, types, arguments);
    if (result == SQLITE_OK)
        return TON_OK;
    const enum ton_code code = desk_fail(db, result, err);
    desk_done(*out);
    *out = NULL;
    return code;
}

enum ton_code desk_ask(sqlite3_stmt **out, struct ton_database *db, struct ton_err *err,
                       const char *sql, const char *types, ...) {
    va_list arguments;
    va_start(arguments, types);
    const enum ton_code code = ask(out, db, sql, types, arguments, err);
    va_end(arguments);
    return code;
}

int desk_next(sqlite3_stmt *s, struct ton_database *db, enum ton_code *code, struct ton_err *err) {
    const int result = sqlite3_step(s);
    if (result == SQLITE_ROW)
        return 1;
    *code = result == SQLITE_DONE ? TON_OK : desk_fail(db, result, err);
    return *code ? -1 : 0;
}

void desk_done(sqlite3_stmt *s) {
    sqlite3_finalize(s);
}

/* The first change of a moment begins its transaction: a moment without one costs nothing. */
static enum ton_code join(struct ton_database *db, struct ton_err *err) {
    const bool begun = sqlite3_get_autocommit(db->handle) == 0;
    return db->together && !begun ? desk_run(db, "BEGIN IMMEDIATE", err) : TON_OK;
}

enum ton_code desk_change(struct ton_database *db, struct ton_err *err, const char *sql,
                          const char *types, ...) {
    sqlite3_stmt *s = NULL;
    va_list arguments;
    enum ton_code code = join(db, err);
    va_start(arguments, types);
    code = code ? code : ask(&s, db, sql, types, arguments, err);
    va_end(arguments);
    while (!code && desk_next(s, db, &code, err) > 0)
        ;
    desk_done(s);
    return code;
}

enum ton_code desk_number(int64_t *out, struct ton_database *db, const char *sql,
                          struct ton_err *err) {
    sqlite3_stmt *s;
    *out = 0;
    enum ton_code code = desk_ask(&s, db, err, sql, "");
    if (!code && desk_next(s, db, &code, err) > 0)
        *out = sqlite3_column_int64(s, 0);
    desk_done(s);
    return code;
}

const char *desk_text(sqlite3_stmt *s, int column, struct ton_arena *arena) {
    return ton_arena_text(arena, (const char *)sqlite3_column_text(s, column));
}

int desk_index(const char *const *words, int n, const char *word) {
    for (int i = 0; word && i < n; i++)
        if (words[i] && strcmp(words[i], word) == 0)
            return i;
    return 0;
}

enum ton_code desk_check_memory(const struct ton_database *db, const struct ton_arena *arena,
                                struct ton_err *err) {
    if (ton_arena_failed(arena) || sqlite3_errcode(db->handle) == SQLITE_NOMEM)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    return TON_OK;
}
