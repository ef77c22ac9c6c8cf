/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Line checks as rows: one for the check, one for each of its lines. */
#include "ton/checks.h"

#include "sql.h"
#include "ton/recordings.h"
#include "ton/text.h"

static const char *const verdicts[] = {[TON_CHECKED_OPEN] = "open",
                                       [TON_CHECKED_OK] = "ok",
                                       [TON_CHECKED_ATTENTION] = "attention",
                                       [TON_CHECKED_FAULT] = "fault"};

const char *ton_checked_name(enum ton_checked verdict) {
    return verdicts[verdict];
}

enum ton_checked ton_checked_named(const char *name) {
    return (enum ton_checked)desk_index(verdicts, TON_N_CHECKED, name);
}

bool ton_checked_graver(enum ton_checked a, enum ton_checked than) {
    static const int gravity[TON_N_CHECKED] = {[TON_CHECKED_OK] = 0,
                                               [TON_CHECKED_OPEN] = 1,
                                               [TON_CHECKED_ATTENTION] = 2,
                                               [TON_CHECKED_FAULT] = 3};
    return gravity[a] > gravity[than];
}

static enum ton_code add_line(struct ton_database *db, int64_t check, int number,
                              const struct ton_checked_line *line, struct ton_err *err) {
    return desk_change(db, err,
                       "INSERT INTO checked_lines (line_check, number, name, port, verdict, "
                       "figures, sentences) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                       "iittttt", check, (int64_t)number, line->name, line->port,
                       verdicts[line->verdict], line->figures, line->sentences);
}

enum ton_code ton_check_add(struct ton_database *db, struct ton_check_row *check,
                            struct ton_err *err) {
    const bool alone = !db->together;
    if (alone)
        ton_rows_begin(db);
    enum ton_code code =
        desk_change(db, err,
                    "INSERT INTO line_checks (began, device, rate, seconds, subject) "
                    "VALUES (?1, ?2, ?3, ?4, ?5)",
                    "ttidt", check->began, check->device, (int64_t)check->rate, check->seconds,
                    check->subject ? check->subject : "lines");
    const int64_t id = code ? 0 : sqlite3_last_insert_rowid(db->handle);
    for (int i = 0; i < check->n_lines && !code; i++)
        code = add_line(db, id, i + 1, &check->lines[i], err);
    if (alone)
        code = ton_rows_end(db, code, err);
    if (!code)
        check->id = id;
    return code;
}

static struct ton_check_row check_at(sqlite3_stmt *s, struct ton_arena *arena) {
    struct ton_check_row row = {.id = sqlite3_column_int64(s, 0),
                                .began = desk_text(s, 1, arena),
                                .device = desk_text(s, 2, arena),
                                .rate = sqlite3_column_int(s, 3),
                                .seconds = sqlite3_column_double(s, 4),
                                .subject = desk_text(s, 5 + TON_N_CHECKED, arena)};
    for (int v = 0; v < TON_N_CHECKED; v++) {
        row.n[v] = sqlite3_column_int(s, 5 + v);
        row.n_lines += row.n[v];
    }
    return row;
}

enum ton_code ton_checks_list(struct ton_check_row **out, int *n, struct ton_arena *arena,
                              struct ton_database *db, struct ton_err *err) {
    sqlite3_stmt *s;
    struct ton_check_row *rows = NULL;
    size_t count = 0, capacity = 0;
    enum ton_code code = desk_ask(
        &s, db, err,
        "SELECT id, began, device, rate, seconds, count(*) FILTER (WHERE verdict = 'open'), "
        "count(*) FILTER (WHERE verdict = 'ok'), "
        "count(*) FILTER (WHERE verdict = 'attention'), count(*) FILTER (WHERE verdict = 'fault'), "
        "subject "
        "FROM line_checks LEFT JOIN checked_lines ON line_check = id GROUP BY id ORDER BY id",
        "");
    while (!code && desk_next(s, db, &code, err) > 0) {
        struct ton_check_row *row = TON_PUSH(arena, rows, count, capacity);
        if (row)
            *row = check_at(s, arena);
        code = desk_check_memory(db, arena, err);
    }
    desk_done(s);
    *out = rows;
    *n = code ? 0 : (int)count;
    return code;
}

static struct ton_checked_line line_at(sqlite3_stmt *s, struct ton_arena *arena) {
    return (struct ton_checked_line){desk_text(s, 0, arena), desk_text(s, 1, arena),
                                     ton_checked_named((const char *)sqlite3_column_text(s, 2)),
                                     desk_text(s, 3, arena), desk_text(s, 4, arena)};
}

enum ton_code ton_checked_last(struct ton_checked_line *out, const char **when,
                               struct ton_arena *arena, struct ton_database *db, const char *name,
                               const char *port, struct ton_err *err) {
    sqlite3_stmt *s;
    *when = NULL;
    enum ton_code code =
        desk_ask(&s, db, err,
                 "SELECT name, port, verdict, figures, sentences, "
                 "strftime('%Y-%m-%d %H:%M', began, 'localtime') "
                 "FROM checked_lines JOIN line_checks ON line_check = id "
                 "WHERE subject = 'lines' AND name = ?1 AND port = ?2 ORDER BY id DESC LIMIT 1",
                 "tt", name, port);
    if (!code && desk_next(s, db, &code, err) > 0) {
        *out = line_at(s, arena);
        *when = desk_text(s, 5, arena);
        code = desk_check_memory(db, arena, err);
    }
    desk_done(s);
    return code;
}

enum ton_code ton_checked_lines(struct ton_checked_line **out, int *n, struct ton_arena *arena,
                                struct ton_database *db, int64_t check, struct ton_err *err) {
    sqlite3_stmt *s;
    struct ton_checked_line *rows = NULL;
    size_t count = 0, capacity = 0;
    enum ton_code code = desk_ask(&s, db, err,
                                  "SELECT name, port, verdict, figures, sentences "
                                  "FROM checked_lines WHERE line_check = ?1 ORDER BY number",
                                  "i", check);
    while (!code && desk_next(s, db, &code, err) > 0) {
        struct ton_checked_line *row = TON_PUSH(arena, rows, count, capacity);
        if (row)
            *row = line_at(s, arena);
        code = desk_check_memory(db, arena, err);
    }
    desk_done(s);
    *out = rows;
    *n = code ? 0 : (int)count;
    return code;
}
