/* SPDX-License-Identifier: GPL-3.0-or-later */
/* production.db, opened and brought up to date. A file is first read, and written to only when it
 * is known to be ours and not newer than this program. */
#include "sql.h"

#include "schema.h"
#include "ton/text.h"

enum {
    APPLICATION = 0x546f6e6d, /* "Tonm": what `file production.db` and SQLite know it by */
    PAUSE_MS = 5
};

/* SQLite takes a file that is shorter than any database for one that is still empty. */
static bool is_scrap(const char *path) {
    enum { SMALLEST = 512 };
    const int64_t size = ton_path_size(path);
    return size > 0 && size < SMALLEST;
}

/* Is it one of ours, or empty, and of a version that this program knows? In a transaction, so that
 * all that it looks at is of one moment. */
static enum ton_code check(int *version, struct ton_database *db, struct ton_err *err) {
    int64_t number = 0, application = 0, tables = 0;
    enum ton_code code = desk_number(&number, db, "PRAGMA user_version", err);
    if (!code)
        code = desk_number(&application, db, "PRAGMA application_id", err);
    if (!code)
        code = desk_number(&tables, db, "SELECT count(*) FROM sqlite_schema", err);
    if (code)
        return code;
    const bool is_new = application == 0 && number == 0 && tables == 0;
    const bool is_ours = application == APPLICATION && number > 0;
    if (!is_ours && !is_new)
        return ton_fail(err, TON_INPUT, db->path,
                        "is a database of another program, and is left as it is; move it away, "
                        "and a new one is made");
    if (number > desk_n_migrations)
        return ton_fail(err, TON_INPUT, db->path,
                        "was written by a newer version of this program (its tables have version "
                        "%lld, this one knows %d), and is left as it is; take the newer one",
                        (long long)number, desk_n_migrations);
    *version = (int)number;
    return TON_OK;
}

/* Two that make it at the same moment get in each other's way where SQLite does not wait by itself.
 * Where a file system cannot do it, the rollback journal stays, which keeps rows as safely. */
static enum ton_code use_wal(struct ton_database *db, struct ton_err *err) {
    enum ton_code code = TON_OK;
    int waited = 0;
    do {
        code = desk_run(db, "PRAGMA journal_mode = WAL", err);
        if (!code || (sqlite3_errcode(db->handle) & 0xff) != SQLITE_BUSY)
            return code;
        waited += sqlite3_sleep(PAUSE_MS);
    } while (waited < db->patience_ms);
    return code;
}

/* Another process may have done it meanwhile. */
static enum ton_code migrate(int *version, struct ton_database *db, struct ton_err *err) {
    char marks[128];
    enum ton_code code = check(version, db, err);
    if (code || *version >= desk_n_migrations)
        return code;
    code = desk_run(db, desk_migrations[*version], err);
    ++*version;
    snprintf(marks, sizeof marks, "PRAGMA application_id = %d; PRAGMA user_version = %d",
             APPLICATION, *version);
    return code ? code : desk_run(db, marks, err);
}

static enum ton_code in_transaction(struct ton_database *db, const char *begin,
                                    enum ton_code (*step)(int *, struct ton_database *,
                                                          struct ton_err *),
                                    int *version, struct ton_err *err) {
    enum ton_code code = desk_run(db, begin, err);
    if (!code)
        code = step(version, db, err);
    if (!code)
        code = desk_run(db, "COMMIT", err);
    if (code)
        (void)desk_run(db, "ROLLBACK", NULL); /* where it has not been already */
    return code;
}

void ton_database_wait(struct ton_database *db, int ms) {
    db->patience_ms = ms;
    sqlite3_busy_timeout(db->handle, ms);
}

static enum ton_code begin(int *version, struct ton_database *db, int patience_ms,
                           struct ton_err *err) {
    ton_database_wait(db, patience_ms);
    /* Closing would tidy up a file that is not ours. */
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    /* A production may come from a stranger: its tables may do no more than hold rows. */
    const enum ton_code code = desk_run(db,
                                        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; "
                                        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
                                        err);
    return code ? code : in_transaction(db, "BEGIN", check, version, err);
}

static enum ton_code prepare(struct ton_database *db, struct ton_err *err) {
    int version = 0;
    enum ton_code code = begin(&version, db, TON_DATABASE_PATIENCE_MS, err);
    if (!code && sqlite3_db_readonly(db->handle, "main") != 0)
        code = desk_fail(db, SQLITE_READONLY, err);
    if (!code)
        code = use_wal(db, err);
    while (!code && version < desk_n_migrations)
        code = in_transaction(db, "BEGIN IMMEDIATE", migrate, &version, err);
    if (!code)
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return code;
}

/* Closing it tidies up what reading a log has made, but of rows changes none. */
static enum ton_code prepare_to_look(struct ton_database *db, struct ton_err *err) {
    int version = 0;
    enum ton_code code = begin(&version, db, 0, err);
    if (code)
        return code;
    sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    if (version < desk_n_migrations)
        return ton_fail(err, TON_INPUT, db->path,
                        "has tables of version %d, this program's have %d; `ton takes` brings "
                        "them up to date",
                        version, desk_n_migrations);
    return desk_run(db, "PRAGMA query_only = ON", err);
}

static enum ton_code open_as(struct ton_database **out, const char *folder, int flags,
                             enum ton_code (*as)(struct ton_database *, struct ton_err *),
                             struct ton_err *err) {
    *out = NULL;
    struct ton_database *db = ton_alloc(sizeof *db);
    if (!db)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    const int length = snprintf(db->path, sizeof db->path, "%s/production.db", folder);
    enum ton_code code = TON_OK;
    if (length < 0 || (size_t)length >= sizeof db->path)
        code = ton_fail(err, TON_INPUT, folder, "has a path that is too long");
    else if (ton_path_is_link(db->path))
        code = ton_fail(err, TON_INPUT, db->path,
                        "is a link, which may lead to anybody's file; put the file itself there");
    else if (is_scrap(db->path))
        code = desk_fail(db, SQLITE_NOTADB, err);
    if (!code) {
        const int result = sqlite3_open_v2(db->path, &db->handle, flags, NULL);
        code = result == SQLITE_OK ? as(db, err) : desk_fail(db, result, err);
    }
    if (code)
        ton_database_close(db);
    else
        *out = db;
    return code;
}

enum ton_code ton_database_open(struct ton_database **out, const char *folder,
                                struct ton_err *err) {
    return open_as(out, folder, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, prepare, err);
}

/* SQLITE_OPEN_READONLY would leave the files of the log behind that it makes in order to read. */
enum ton_code ton_database_look(struct ton_database **out, const char *folder,
                                struct ton_err *err) {
    return open_as(out, folder, SQLITE_OPEN_READWRITE, prepare_to_look, err);
}

void ton_database_close(struct ton_database *db) {
    if (!db)
        return;
    sqlite3_close(db->handle);
    ton_free(db);
}
