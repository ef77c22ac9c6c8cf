/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of production.db share: the file, in a folder of its own, and a take to put in. */
#ifndef TON_TEST_DESK_RIG_H
#define TON_TEST_DESK_RIG_H

#include "audio_rig.h"

#include "ton/recordings.h"

#include <sqlite3.h>

static RIG_UNUSED struct ton_database *open_or_fail(void) {
    struct ton_database *db;
    struct ton_err err = {0};
    if (ton_database_open(&db, rig_folder, &err) != TON_OK)
        fail_msg("%s: %s", err.where, err.text);
    return db;
}

static RIG_UNUSED const char *file(void) {
    return rig_path("production.db");
}

static RIG_UNUSED struct ton_take_row a_take(const char *track, int number) {
    return (struct ton_take_row){.session = "song",
                                 .track = track,
                                 .file = "kick_01.wav",
                                 .number = number,
                                 .began = "2026-11-29T23:53:19Z",
                                 .rate = 48000,
                                 .channels = 1,
                                 .place = -1440000,
                                 .frames = -1};
}

static RIG_UNUSED enum ton_code count_takes(int *n, struct ton_database *db, struct ton_err *err) {
    struct ton_arena *arena = ton_arena_create();
    struct ton_take_row *rows;
    *n = 0;
    const enum ton_code code = arena ? ton_takes_list(&rows, n, arena, db, NULL, err) : TON_MEMORY;
    ton_arena_destroy(arena);
    return code;
}

/* Runs SQL on the file as another program would. */
static RIG_UNUSED void as_another(const char *path, const char *sql) {
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    if (sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(handle));
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

#endif
