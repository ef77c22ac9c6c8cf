/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes and marks as rows. Each change is a transaction of its own, so a row is on the disk when it
 * was asked for; or all changes of one moment are one. */
#include "ton/recordings.h"

#include "sql.h"
#include "ton/text.h"

static const char *const verdicts[] = {
    [TON_VERDICT_NONE] = NULL, [TON_VERDICT_GOOD] = "good", [TON_VERDICT_BAD] = "bad"};
static const char *const kinds[] = {[TON_MARK_NOTE] = "note",
                                    [TON_MARK_XRUN] = "xrun",
                                    [TON_MARK_LOST] = "lost",
                                    [TON_MARK_OVERLOAD] = "overload",
                                    [TON_MARK_LATE] = "late"};

const char *ton_verdict_name(enum ton_verdict verdict) {
    return verdicts[verdict];
}

const char *ton_mark_kind_name(enum ton_mark_kind kind) {
    return kinds[kind];
}

void ton_rows_begin(struct ton_database *db) {
    db->together = true;
}

enum ton_code ton_rows_end(struct ton_database *db, enum ton_code code, struct ton_err *err) {
    db->together = false;
    if (sqlite3_get_autocommit(db->handle) != 0) /* nothing was changed, or SQLite took it back */
        return code;
    if (!code)
        code = desk_run(db, "COMMIT", err);
    if (code)
        (void)desk_run(db, "ROLLBACK", NULL);
    return code;
}

enum ton_code ton_take_begin(struct ton_database *db, struct ton_take_row *t, struct ton_err *err) {
    const enum ton_code code = desk_change(
        db, err,
        "INSERT INTO takes (session, track, number, file, began, rate, channels, place, frames, "
        "scene, circled_by, note, verdict, pre_roll, placed, heard_to, press, pass, inputs) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, nullif(?9, -1), ?10, ?11, ?12, ?13, ?14, ?15, "
        "nullif(?16, 0), nullif(?17, 0), ?18, ?19)",
        "ttittiiiittttiiiiit", t->session, t->track, (int64_t)t->number, t->file, t->began,
        (int64_t)t->rate, (int64_t)t->channels, t->place, t->frames, t->scene, t->circled_by,
        t->note, verdicts[t->verdict], t->pre_roll, (int64_t)t->placed, t->heard_to,
        (int64_t)t->press, (int64_t)t->pass, t->inputs);
    if (!code)
        t->id = sqlite3_last_insert_rowid(db->handle);
    return code;
}

/* Of a change to one take: was there one? */
static enum ton_code check_found(struct ton_database *db, int64_t id, enum ton_code code,
                                 struct ton_err *err) {
    if (!code && sqlite3_changes(db->handle) == 0)
        return ton_fail(err, TON_INPUT, db->path, "has no take %lld", (long long)id);
    return code;
}

enum ton_code ton_take_end(struct ton_database *db, int64_t id, int64_t frames,
                           struct ton_err *err) {
    const enum ton_code code =
        desk_change(db, err, "UPDATE takes SET frames = ?2 WHERE id = ?1", "ii", id, frames);
    return check_found(db, id, code, err);
}

enum ton_code ton_take_placed(struct ton_database *db, int64_t id, struct ton_err *err) {
    const enum ton_code code =
        desk_change(db, err, "UPDATE takes SET placed = 1 WHERE id = ?1", "i", id);
    return check_found(db, id, code, err);
}

enum ton_code ton_take_move(struct ton_database *db, int64_t id, int64_t place,
                            struct ton_err *err) {
    const enum ton_code code =
        desk_change(db, err, "UPDATE takes SET place = ?2 WHERE id = ?1", "ii", id, place);
    return check_found(db, id, code, err);
}

enum ton_code ton_take_judge(struct ton_database *db, int64_t id, enum ton_verdict verdict,
                             struct ton_err *err) {
    const enum ton_code code = desk_change(db, err, "UPDATE takes SET verdict = ?2 WHERE id = ?1",
                                           "it", id, verdicts[verdict]);
    return check_found(db, id, code, err);
}

/* Of a row that belongs to a take: is there one? */
static enum ton_code check_take(const struct ton_database *db, int64_t take, enum ton_code code,
                                struct ton_err *err) {
    if (code && sqlite3_extended_errcode(db->handle) == SQLITE_CONSTRAINT_FOREIGNKEY)
        return ton_fail(err, TON_INPUT, db->path, "has no take %lld", (long long)take);
    return code;
}

enum ton_code ton_clip_note(struct ton_database *db, const struct ton_clip_row *c,
                            struct ton_err *err) {
    const enum ton_code code = desk_change(
        db, err,
        "INSERT INTO clips (take, at, place, frames) VALUES (?1, ?2, ?3, nullif(?4, -1)) "
        "ON CONFLICT DO UPDATE SET place = excluded.place, frames = excluded.frames",
        "iiii", c->take, c->at, c->place, c->frames);
    return check_take(db, c->take, code, err);
}

enum ton_code ton_mark_add(struct ton_database *db, struct ton_mark_row *m, struct ton_err *err) {
    enum ton_code code =
        desk_change(db, err,
                    "INSERT INTO marks (take, session, kind, at, frames, text) "
                    "VALUES (nullif(?1, 0), ?2, ?3, ?4, ?5, ?6)",
                    "ittiit", m->take, m->session, kinds[m->kind], m->at, m->frames, m->text);
    code = check_take(db, m->take, code, err);
    if (!code)
        m->id = sqlite3_last_insert_rowid(db->handle);
    return code;
}

static struct ton_take_row take_at(sqlite3_stmt *s, struct ton_arena *arena) {
    const bool ended = sqlite3_column_type(s, 9) != SQLITE_NULL;
    return (struct ton_take_row){
        .id = sqlite3_column_int64(s, 0),
        .session = desk_text(s, 1, arena),
        .track = desk_text(s, 2, arena),
        .number = sqlite3_column_int(s, 3),
        .file = desk_text(s, 4, arena),
        .began = desk_text(s, 5, arena),
        .rate = sqlite3_column_int(s, 6),
        .channels = sqlite3_column_int(s, 7),
        .place = sqlite3_column_int64(s, 8),
        .frames = ended ? sqlite3_column_int64(s, 9) : -1,
        .scene = desk_text(s, 10, arena),
        .circled_by = desk_text(s, 11, arena),
        .note = desk_text(s, 12, arena),
        .verdict = (enum ton_verdict)desk_index(verdicts, TON_VERDICT_BAD + 1,
                                                (const char *)sqlite3_column_text(s, 13)),
        .pre_roll = sqlite3_column_int64(s, 14),
        .placed = sqlite3_column_int(s, 15) != 0,
        .heard_to = sqlite3_column_int64(s, 16), /* NULL is 0 */
        .press = sqlite3_column_int(s, 17),
        .pass = sqlite3_column_int(s, 18),
        .inputs = desk_text(s, 19, arena),
    };
}

static struct ton_mark_row mark_at(sqlite3_stmt *s, struct ton_arena *arena) {
    return (struct ton_mark_row){
        .id = sqlite3_column_int64(s, 0),
        .take = sqlite3_column_int64(s, 1), /* NULL is 0 */
        .session = desk_text(s, 2, arena),
        .kind = (enum ton_mark_kind)desk_index(kinds, TON_MARK_LATE + 1,
                                               (const char *)sqlite3_column_text(s, 3)),
        .at = sqlite3_column_int64(s, 4),
        .frames = sqlite3_column_int64(s, 5),
        .text = desk_text(s, 6, arena),
    };
}

enum ton_code ton_takes_list(struct ton_take_row **out, int *n, struct ton_arena *arena,
                             struct ton_database *db, const char *session, struct ton_err *err) {
    sqlite3_stmt *s;
    struct ton_take_row *rows = NULL;
    size_t count = 0, capacity = 0;
    enum ton_code code = desk_ask(
        &s, db, err,
        "SELECT id, session, track, number, file, began, rate, channels, place, frames, "
        "scene, circled_by, note, verdict, pre_roll, placed, heard_to, press, pass, inputs "
        "FROM takes WHERE ?1 IS NULL OR session = ?1 ORDER BY id",
        "t", session);
    while (!code && desk_next(s, db, &code, err) > 0) {
        struct ton_take_row *row = TON_PUSH(arena, rows, count, capacity);
        if (row)
            *row = take_at(s, arena);
        code = desk_check_memory(db, arena, err);
    }
    desk_done(s);
    *out = rows;
    *n = code ? 0 : (int)count;
    return code;
}

enum ton_code ton_marks_list(struct ton_mark_row **out, int *n, struct ton_arena *arena,
                             struct ton_database *db, int64_t take, const char *session,
                             struct ton_err *err) {
    sqlite3_stmt *s;
    struct ton_mark_row *rows = NULL;
    size_t count = 0, capacity = 0;
    enum ton_code code = desk_ask(
        &s, db, err,
        "SELECT id, take, session, kind, at, frames, text FROM marks "
        "WHERE take IS nullif(?1, 0) AND (?1 OR ?2 IS NULL OR session = ?2) ORDER BY at, id",
        "it", take, session);
    while (!code && desk_next(s, db, &code, err) > 0) {
        struct ton_mark_row *row = TON_PUSH(arena, rows, count, capacity);
        if (row)
            *row = mark_at(s, arena);
        code = desk_check_memory(db, arena, err);
    }
    desk_done(s);
    *out = rows;
    *n = code ? 0 : (int)count;
    return code;
}

enum ton_code ton_clips_list(struct ton_clip_row **out, int *n, struct ton_arena *arena,
                             struct ton_database *db, int64_t take, struct ton_err *err) {
    sqlite3_stmt *s;
    struct ton_clip_row *rows = NULL;
    size_t count = 0, capacity = 0;
    enum ton_code code = desk_ask(
        &s, db, err,
        "SELECT take, at, place, ifnull(frames, -1) FROM clips WHERE take = ?1 ORDER BY at", "i",
        take);
    while (!code && desk_next(s, db, &code, err) > 0) {
        struct ton_clip_row *row = TON_PUSH(arena, rows, count, capacity);
        if (row)
            *row = (struct ton_clip_row){sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
                                         sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3)};
        code = desk_check_memory(db, arena, err);
    }
    desk_done(s);
    *out = rows;
    *n = code ? 0 : (int)count;
    return code;
}

enum ton_code ton_take_next(int *number, struct ton_database *db, const char *session,
                            const char *track, const char *stem, struct ton_err *err) {
    sqlite3_stmt *s;
    *number = 1;
    enum ton_code code =
        desk_ask(&s, db, err,
                 "SELECT coalesce(max(n), 0) + 1 FROM ("
                 "SELECT max(number) AS n FROM takes WHERE session = ?1 AND track = ?2 UNION ALL "
                 "SELECT max(number) FROM takes WHERE file >= ?3 || '_' AND file < ?3 || '`' "
                 "AND file = printf('%s_%02d.wav', ?3, number))",
                 "ttt", session, track, stem);
    if (!code && desk_next(s, db, &code, err) > 0)
        *number = sqlite3_column_int(s, 0);
    desk_done(s);
    return code;
}
