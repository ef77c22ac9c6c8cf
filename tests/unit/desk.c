/* SPDX-License-Identifier: GPL-3.0-or-later */
/* production.db: rows that survive, files that are left alone, and everything that can go wrong
 * with a database, put in SQLite's way at the system calls and at its memory. */

#include "audio_rig.h"

#include "ton/recordings.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>

/* The program's own instead of the C library's: what is asked for is counted, and nobody waits. */
static int syncs;
int fsync(int fd) {
    (void)fd;
    syncs++;
    return 0;
}
int fdatasync(int fd) {
    return fsync(fd);
}

static struct ton_database *open_or_fail(void) {
    struct ton_database *db;
    struct ton_err err = {0};
    if (ton_database_open(&db, rig_folder, &err) != TON_OK)
        fail_msg("%s: %s", err.where, err.text);
    return db;
}

static const char *file(void) {
    return rig_path("production.db");
}

static int start(void **state) {
    return rig_open(state);
}

static struct ton_take_row a_take(const char *track, int number) {
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

static enum ton_code count_takes(int *n, struct ton_database *db, struct ton_err *err) {
    struct ton_arena *arena = ton_arena_create();
    struct ton_take_row *rows;
    *n = 0;
    const enum ton_code code = arena ? ton_takes_list(&rows, n, arena, db, NULL, err) : TON_MEMORY;
    ton_arena_destroy(arena);
    return code;
}

/* Runs SQL on the file as another program would. */
static void as_another(const char *path, const char *sql) {
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    if (sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(handle));
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

/* The file is refused with these words, and its bytes stay. */
static void refused_untouched(const char *words, enum ton_code expected) {
    struct ton_err err = {0};
    struct ton_database *db = (void *)&err;
    size_t before, after;
    char *was = rig_read(file(), &before);
    assert_int_equal(ton_database_open(&db, rig_folder, &err), expected);
    assert_null(db);
    char *is = rig_read(file(), &after);
    assert_int_equal(after, before);
    assert_memory_equal(is, was, before);
    if (!strstr(err.text, words))
        fail_msg("`%s` does not say `%s`", err.text, words);
    assert_string_equal(err.where, file());
    figure("%zu bytes stay: %s", after, err.text);
    ton_free(was);
    ton_free(is);
}

static void a_row_is_there_though_the_program_was_killed_the_moment_it_was_written(void **state) {
    (void)state;
    enum { KILLS = 20 };
    for (int i = 1; i <= KILLS; i++) {
        const pid_t child = fork();
        if (child == 0) {
            struct ton_database *db = NULL;
            struct ton_take_row take = a_take("Kick", i);
            struct ton_mark_row mark = {.session = "song", .kind = TON_MARK_XRUN, .frames = 256};
            if (ton_database_open(&db, rig_folder, NULL) || ton_take_begin(db, &take, NULL))
                _exit(1);
            mark.take = take.id;
            if (ton_mark_add(db, &mark, NULL) || ton_take_end(db, take.id, 1000 + i, NULL))
                _exit(2);
            raise(SIGKILL);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
    }
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    struct ton_take_row *takes;
    int n, n_marks = 0;
    assert_int_equal(ton_takes_list(&takes, &n, arena, db, "song", NULL), TON_OK);
    assert_int_equal(n, KILLS);
    for (int i = 0; i < n; i++) {
        struct ton_mark_row *marks;
        int m;
        assert_int_equal(takes[i].frames, 1001 + i);
        assert_int_equal(ton_marks_list(&marks, &m, arena, db, takes[i].id, NULL, NULL), TON_OK);
        n_marks += m;
    }
    assert_int_equal(n_marks, KILLS);
    figure("%d kills, %d takes and %d marks found", KILLS, n, n_marks);
    ton_database_close(db);
    ton_arena_destroy(arena);
}

static void each_change_is_synced_before_it_returns(void **state) {
    (void)state;
    struct ton_database *db = open_or_fail();
    struct ton_take_row take = a_take("Kick", 1);
    struct ton_mark_row mark = {.session = "song"};
    int fewest = INT_MAX;
    for (int i = 0; i < 40; i++) {
        syncs = 0;
        const enum ton_code code = i % 4 == 0   ? ton_take_begin(db, &take, NULL)
                                   : i % 4 == 1 ? ton_mark_add(db, &mark, NULL)
                                   : i % 4 == 2
                                       ? ton_take_end(db, take.id, i, NULL)
                                       : ton_take_judge(db, take.id, TON_VERDICT_BAD, NULL);
        assert_int_equal(code, TON_OK);
        fewest = syncs < fewest ? syncs : fewest;
    }
    figure("at least %d a change", fewest);
    assert_true(fewest >= 1);
    ton_database_close(db);
}

static void a_file_from_a_newer_program_is_refused_and_left_as_it_is(void **state) {
    (void)state;
    ton_database_close(open_or_fail());
    as_another(file(), "PRAGMA user_version = 99; CREATE TABLE later (x)");
    refused_untouched("newer version of this program", TON_INPUT);
    /* Also when what is newer was not yet carried over from the log when that program was killed.
     */
    const pid_t child = fork();
    if (child == 0) {
        as_another(file(), "PRAGMA user_version = 1");
        sqlite3 *handle;
        const bool opened =
            sqlite3_open(file(), &handle) == SQLITE_OK &&
            sqlite3_exec(handle, "PRAGMA user_version = 98", NULL, NULL, NULL) == SQLITE_OK;
        _exit(opened ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    refused_untouched("version 98", TON_INPUT);
}

static void what_is_no_database_of_ours_is_refused_and_left_as_it_is(void **state) {
    (void)state;
    char garbage[8192];
    for (size_t i = 0; i < sizeof garbage; i++)
        garbage[i] = (char)(i * 131 + 7);
    rig_write("production.db", garbage, sizeof garbage);
    refused_untouched("is no database", TON_INPUT);
    rig_write("production.db", "x", 1);
    refused_untouched("is no database", TON_INPUT);
    assert_int_equal(unlink(file()), 0);
    as_another(file(), "CREATE TABLE recipes (cake TEXT)");
    refused_untouched("database of another program", TON_INPUT);
    assert_int_equal(unlink(file()), 0);
    as_another(file(), "PRAGMA application_id = 252006673"); /* Fossil's */
    refused_untouched("database of another program", TON_INPUT);
    as_another(file(), "PRAGMA application_id = 0x546f6e6d; PRAGMA user_version = -1");
    refused_untouched("database of another program", TON_INPUT);
    assert_int_equal(rename(file(), rig_path("theirs")), 0);
    assert_int_equal(symlink("theirs", file()), 0);
    refused_untouched("is a link", TON_INPUT);
}

static void a_damaged_file_says_so(void **state) {
    (void)state;
    struct ton_err err = {0};
    struct ton_database *db = open_or_fail();
    for (int i = 1; i <= 200; i++) {
        struct ton_take_row take = a_take("Kick", i);
        assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    }
    ton_database_close(db);
    char noise[4096];
    memset(noise, 0xA5, sizeof noise);
    const int fd = open(file(), O_WRONLY);
    for (int page = 1; page < 8; page++)
        assert_int_equal(pwrite(fd, noise, sizeof noise, page * 4096), sizeof noise);
    close(fd);
    int n;
    enum ton_code code = ton_database_open(&db, rig_folder, &err);
    if (!code)
        code = count_takes(&n, db, &err);
    assert_int_equal(code, TON_INPUT);
    assert_non_null(strstr(err.text, "is damaged"));
    figure("%s", err.text);
    ton_database_close(db);
}

static void processes_that_write_at_once_all_get_their_rows(void **state) {
    (void)state;
    enum { PROCESSES = 8, ROWS = 25 };
    int gate[2];
    pid_t children[PROCESSES];
    assert_int_equal(pipe(gate), 0);
    for (int p = 0; p < PROCESSES; p++) {
        children[p] = fork();
        if (children[p] != 0)
            continue;
        struct ton_database *db;
        char go;
        struct ton_err err = {0};
        close(gate[1]);
        enum ton_code code = read(gate[0], &go, 1) == 0 ? TON_OK : TON_ENVIRONMENT;
        code = code ? code : ton_database_open(&db, rig_folder, &err);
        for (int i = 1; i <= ROWS && !code; i++) {
            struct ton_take_row take = a_take((const char[]){(char)('A' + p), '\0'}, i);
            code = ton_take_begin(db, &take, &err);
        }
        if (code)
            fprintf(stderr, "process %d: %s\n", p, err.text);
        _exit(code);
    }
    close(gate[0]);
    close(gate[1]); /* all at once, on a file that none of them has made yet */
    for (int p = 0; p < PROCESSES; p++) {
        int status;
        assert_int_equal(waitpid(children[p], &status, 0), children[p]);
        assert_int_equal(status, 0);
    }
    struct ton_database *db = open_or_fail();
    int n, next;
    assert_int_equal(count_takes(&n, db, NULL), TON_OK);
    assert_int_equal(n, PROCESSES * ROWS);
    for (char track[] = "A"; *track < 'A' + PROCESSES; ++*track) {
        assert_int_equal(ton_take_next(&next, db, "song", track, NULL), TON_OK);
        assert_int_equal(next, ROWS + 1);
    }
    figure("%d processes, %d rows", PROCESSES, n);
    ton_database_close(db);
}

/* SQLite's own clock in its place: nobody waits, and the waits are counted. */
static int64_t slept_us;
static int no_sleep(sqlite3_vfs *vfs, int us) {
    (void)vfs;
    slept_us += us;
    return us;
}

static void who_holds_it_for_longer_than_five_seconds_is_told_of(void **state) {
    (void)state;
    struct ton_database *db = open_or_fail();
    struct ton_err err = {0};
    struct ton_take_row take = a_take("Kick", 1);
    sqlite3 *holder;
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    int (*const sleeps)(sqlite3_vfs *, int) = vfs->xSleep;
    assert_int_equal(sqlite3_open(file(), &holder), SQLITE_OK);
    assert_int_equal(sqlite3_exec(holder, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    vfs->xSleep = no_sleep;
    slept_us = 0;
    const enum ton_code code = ton_take_begin(db, &take, &err);
    vfs->xSleep = sleeps;
    assert_int_equal(code, TON_ENVIRONMENT);
    assert_non_null(strstr(err.text, "another program has held it"));
    figure("%.2f s waited (5): %s", (double)slept_us * 1e-6, err.text);
    assert_in_range(slept_us, 4900000, 5100000);
    assert_int_equal(sqlite3_close(holder), SQLITE_OK);
    assert_int_equal(ton_take_begin(db, &take, &err), TON_OK);
    ton_database_close(db);
}

/* In a child that is not root: nobody else is kept out by permissions. */
static void open_as_nobody(const char *words) {
    int answer[2], status;
    struct ton_err err = {0};
    assert_int_equal(pipe(answer), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct ton_database *db;
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(1);
        ton_database_open(&db, rig_folder, &err);
        _exit(write(answer[1], &err, sizeof err) == sizeof err ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(read(answer[0], &err, sizeof err), sizeof err);
    close(answer[0]);
    close(answer[1]);
    assert_int_equal(err.code, TON_ENVIRONMENT);
    if (!strstr(err.text, words))
        fail_msg("`%s` does not say `%s`", err.text, words);
    figure("%s", err.text);
}

static void a_folder_or_a_file_that_may_not_be_written_to_is_told_of(void **state) {
    (void)state;
    assert_int_equal(chmod(rig_folder, 0555), 0);
    open_as_nobody("cannot be opened for writing: ");
    assert_int_equal(chmod(rig_folder, 0755), 0);
    ton_database_close(open_or_fail());
    assert_int_equal(chmod(rig_folder, 0555), 0);
    open_as_nobody("cannot be opened for writing: ");
    assert_int_equal(chmod(rig_folder, 0777), 0);
    assert_int_equal(chmod(file(), 0444), 0);
    open_as_nobody("cannot be opened for writing: ");
    struct ton_err err = {0};
    struct ton_database *db;
    assert_int_equal(ton_database_open(&db, rig_path("nowhere"), &err), TON_INPUT);
    figure("%s", err.text);
}

/* The disk is full from the n-th write on. */
static int writes_left = -1;
static ssize_t full_pwrite(int fd, const void *data, size_t size, off_t at) {
    if (writes_left == 0) {
        errno = ENOSPC;
        return -1;
    }
    writes_left -= writes_left > 0;
    return pwrite(fd, data, size, at);
}

static enum ton_code open_and_add(struct ton_err *err) {
    struct ton_database *db;
    struct ton_take_row take = a_take("Kick", 1);
    enum ton_code code = ton_database_open(&db, rig_folder, err);
    if (!code)
        code = ton_take_begin(db, &take, err);
    ton_database_close(db);
    return code;
}

static void wherever_the_disk_is_full_it_is_told_and_nothing_is_half_made(void **state) {
    (void)state;
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    int refusals = 0;
    vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)full_pwrite);
    vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)full_pwrite);
    for (int n = 0, done = 0; !done; n++) {
        struct ton_err err = {0};
        int rows;
        unlink(file());
        unlink(rig_path("production.db-wal"));
        unlink(rig_path("production.db-shm"));
        writes_left = n;
        const enum ton_code code = open_and_add(&err);
        done = writes_left > 0;
        writes_left = -1;
        if (code && !strstr(err.text, "the disk is full"))
            fail_msg("write %d: %s", n, err.text);
        assert_true(code == TON_ENVIRONMENT || code == TON_OK);
        assert_false(done && code);
        refusals += code == TON_ENVIRONMENT;
        /* With room again it works, and there is no row that was said to have failed. */
        struct ton_database *db = open_or_fail();
        assert_int_equal(count_takes(&rows, db, NULL), TON_OK);
        assert_int_equal(rows, code ? 0 : 1);
        ton_database_close(db);
    }
    vfs->xSetSystemCall(vfs, "pwrite", NULL);
    vfs->xSetSystemCall(vfs, "pwrite64", NULL);
    figure("%d writes refused, each told", refusals);
    assert_in_range(refusals, 5, 100);
}

static void texts_come_back_as_they_went_in(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    struct ton_take_row take = a_take("Robert'); DROP TABLE takes;--", 3), *rows;
    take.session = "Nächte \"in\" 東京 🎷";
    take.scene = "12A/3";
    take.circled_by = "";
    take.note = "line\nbreak\t'quote' % ?1 \\";
    take.verdict = TON_VERDICT_GOOD;
    take.frames = 0;
    take.rate = 96000;
    take.channels = 7;
    take.place = INT64_MIN / 2;
    take.pre_roll = 1440000;
    int n;
    assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, take.session, NULL), TON_OK);
    assert_int_equal(n, 1);
    assert_int_equal(rows->id, take.id);
    assert_string_equal(rows->session, take.session);
    assert_string_equal(rows->track, take.track);
    assert_string_equal(rows->file, take.file);
    assert_string_equal(rows->began, take.began);
    assert_string_equal(rows->scene, take.scene);
    assert_string_equal(rows->circled_by, take.circled_by);
    assert_string_equal(rows->note, take.note);
    assert_int_equal(rows->number, 3);
    assert_int_equal(rows->rate, 96000);
    assert_int_equal(rows->channels, 7);
    assert_int_equal(rows->place, take.place);
    assert_int_equal(rows->pre_roll, 1440000);
    assert_int_equal(rows->frames, 0);
    assert_int_equal(rows->verdict, TON_VERDICT_GOOD);
    struct ton_mark_row mark = {.session = take.session, .text = "ok?'\"", .at = -5}, *marks;
    assert_int_equal(ton_mark_add(db, &mark, NULL), TON_OK);
    assert_int_equal(ton_marks_list(&marks, &n, arena, db, 0, take.session, NULL), TON_OK);
    assert_int_equal(n, 1);
    assert_string_equal(marks->text, mark.text);
    assert_int_equal(marks->at, -5);
    ton_database_close(db);
    ton_arena_destroy(arena);
}

static void lists_have_what_was_asked_for_in_its_order(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    static const char *const sessions[] = {"b", "a", "b", "a", "b"};
    int64_t ids[5];
    struct ton_take_row *takes;
    struct ton_mark_row *marks;
    int n;
    for (int i = 0; i < 5; i++) {
        struct ton_take_row take = a_take("Kick", i + 1);
        take.session = sessions[i];
        take.frames = i == 2 ? -1 : i;
        assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
        ids[i] = take.id;
        for (int k = 3; k > 0; k--) {
            struct ton_mark_row mark = {.session = sessions[i],
                                        .take = k == 2 ? 0 : take.id,
                                        .kind = (enum ton_mark_kind)k,
                                        .at = 100 * k - i,
                                        .frames = k};
            assert_int_equal(ton_mark_add(db, &mark, NULL), TON_OK);
        }
    }
    assert_int_equal(ton_takes_list(&takes, &n, arena, db, NULL, NULL), TON_OK);
    assert_int_equal(n, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(takes[i].id, ids[i]);
        assert_int_equal(takes[i].frames, i == 2 ? -1 : i);
    }
    assert_int_equal(ton_takes_list(&takes, &n, arena, db, "a", NULL), TON_OK);
    assert_int_equal(n, 2);
    assert_int_equal(takes[0].number, 2);
    assert_int_equal(takes[1].number, 4);
    assert_int_equal(ton_takes_list(&takes, &n, arena, db, "c", NULL), TON_OK);
    assert_int_equal(n, 0);
    assert_int_equal(ton_marks_list(&marks, &n, arena, db, ids[1], NULL, NULL), TON_OK);
    assert_int_equal(n, 2);
    assert_int_equal(marks[0].at, 99);
    assert_int_equal(marks[0].kind, TON_MARK_XRUN);
    assert_int_equal(marks[0].take, ids[1]);
    assert_int_equal(marks[1].kind, TON_MARK_OVERLOAD);
    assert_int_equal(ton_marks_list(&marks, &n, arena, db, 0, "b", NULL), TON_OK);
    assert_int_equal(n, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(marks[i].at, 196 + 2 * i);
    assert_int_equal(ton_marks_list(&marks, &n, arena, db, 0, NULL, NULL), TON_OK);
    assert_int_equal(n, 5);
    int next;
    assert_int_equal(ton_take_next(&next, db, "b", "Kick", NULL), TON_OK);
    assert_int_equal(next, 6);
    assert_int_equal(ton_take_next(&next, db, "b", "Snare", NULL), TON_OK);
    assert_int_equal(next, 1);
    ton_database_close(db);
    ton_arena_destroy(arena);
}

/* What was finished under an older program had its clip, and a person may have taken it out. */
static void rows_of_an_older_program_are_carried_over(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    struct ton_take_row *rows;
    int n;
    for (int i = 0; i < 2; i++) {
        struct ton_take_row take = a_take("Kick", i + 1);
        take.frames = i == 0 ? 480 : -1;
        take.heard_to = 96000;
        assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    }
    ton_database_close(db);
    as_another(file(), "ALTER TABLE takes DROP COLUMN placed; "
                       "ALTER TABLE takes DROP COLUMN press; ALTER TABLE takes DROP COLUMN pass; "
                       "ALTER TABLE takes DROP COLUMN heard_to; PRAGMA user_version = 1");
    db = open_or_fail();
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, NULL, NULL), TON_OK);
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].frames, 480);
    assert_true(rows[0].placed);
    assert_int_equal(rows[1].frames, -1);
    assert_false(rows[1].placed);
    assert_int_equal(rows[1].heard_to, 0);
    assert_true(rows[1].press == 0 && rows[1].pass == 0);
    struct ton_take_row take = a_take("Kick", 3);
    take.heard_to = 96000;
    take.press = 2;
    take.pass = 1;
    assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, NULL, NULL), TON_OK);
    assert_int_equal(rows[2].heard_to, 96000);
    assert_true(rows[2].press == 2 && rows[2].pass == 1);
    ton_database_close(db);
    ton_arena_destroy(arena);
}

static void a_take_ends_and_is_judged_and_one_that_is_not_there_is_told(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    struct ton_take_row take = a_take("Kick", 1), *rows;
    struct ton_err err = {0};
    int n;
    assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    assert_int_equal(ton_take_end(db, take.id, 12345, NULL), TON_OK);
    assert_int_equal(ton_take_judge(db, take.id, TON_VERDICT_BAD, NULL), TON_OK);
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, NULL, NULL), TON_OK);
    assert_int_equal(rows->frames, 12345);
    assert_int_equal(rows->verdict, TON_VERDICT_BAD);
    assert_int_equal(ton_take_judge(db, take.id, TON_VERDICT_NONE, NULL), TON_OK);
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, NULL, NULL), TON_OK);
    assert_int_equal(rows->verdict, TON_VERDICT_NONE);
    assert_int_equal(ton_take_end(db, 17, 1, &err), TON_INPUT);
    assert_string_equal(err.text, "has no take 17");
    assert_false(rows->placed);
    assert_int_equal(ton_take_placed(db, take.id, NULL), TON_OK);
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, NULL, NULL), TON_OK);
    assert_true(rows->placed);
    assert_int_equal(ton_take_placed(db, 16, &err), TON_INPUT);
    assert_string_equal(err.text, "has no take 16");
    assert_int_equal(ton_take_judge(db, 18, TON_VERDICT_BAD, &err), TON_INPUT);
    assert_string_equal(err.text, "has no take 18");
    struct ton_mark_row mark = {.session = "song", .take = 19};
    assert_int_equal(ton_mark_add(db, &mark, &err), TON_INPUT);
    assert_string_equal(err.text, "has no take 19");
    ton_database_close(db);
    ton_arena_destroy(arena);
}

/* SQLite's memory: the n-th request from now fails, and all later; what is out is counted. */
static sqlite3_mem_methods memory;
static long requests_left = -1, out_there;

static bool may_have(void) {
    if (requests_left == 0)
        return false;
    requests_left -= requests_left > 0;
    return true;
}

static void *some_memory(int size) {
    void *p = may_have() ? memory.xMalloc(size) : NULL;
    out_there += p != NULL;
    return p;
}

static void *more_memory(void *old, int size) {
    return may_have() ? memory.xRealloc(old, size) : NULL;
}

static void no_memory(void *p) {
    out_there -= p != NULL;
    memory.xFree(p);
}

static enum ton_code do_everything(struct ton_err *err) {
    char words[3000] = {0}; /* more than what SQLite has put by for small things */
    memset(words, 'w', sizeof words - 1);
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = NULL;
    struct ton_take_row take = a_take("Kick", 1), *takes;
    struct ton_mark_row mark = {.session = "song", .text = words}, *marks;
    int n, number;
    enum ton_code code =
        arena ? ton_database_open(&db, rig_folder, err) : ton_fail(err, TON_MEMORY, NULL, "no");
    code = code ? code : ton_take_begin(db, &take, err);
    mark.take = take.id;
    code = code ? code : ton_mark_add(db, &mark, err);
    code = code ? code : ton_take_end(db, take.id, 1, err);
    code = code ? code : ton_take_judge(db, take.id, TON_VERDICT_GOOD, err);
    code = code ? code : ton_takes_list(&takes, &n, arena, db, "song", err);
    if (!code && (n < 1 || !takes[n - 1].track || strcmp(takes[n - 1].track, "Kick") != 0))
        fail_msg("a list without its words was called whole");
    code = code ? code : ton_marks_list(&marks, &n, arena, db, take.id, NULL, err);
    if (!code && (n != 1 || !marks->text || strcmp(marks->text, words) != 0))
        fail_msg("a list of marks without its words was called whole");
    code = code ? code : ton_take_next(&number, db, "song", "Kick", err);
    ton_database_close(db);
    ton_arena_destroy(arena);
    return code;
}

static void every_want_of_memory_is_told_and_nothing_leaks(void **state) {
    (void)state;
    sqlite3_mem_methods counted;
    assert_int_equal(sqlite3_shutdown(), SQLITE_OK);
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory), SQLITE_OK);
    counted = memory;
    counted.xMalloc = some_memory;
    counted.xRealloc = more_memory;
    counted.xFree = no_memory;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &counted), SQLITE_OK);
    assert_int_equal(do_everything(NULL), TON_OK);
    const long kept = out_there;
    long n = 0, told = 0;
    for (enum ton_code code = TON_MEMORY; code; n++) {
        struct ton_err err = {0};
        requests_left = n;
        code = do_everything(&err);
        requests_left = -1;
        if (code && code != TON_MEMORY)
            fail_msg("request %ld: %s", n, err.text);
        assert_int_equal(out_there, kept);
        told += code == TON_MEMORY;
    }
    for (long own = 1, failed = 1; failed; own++) { /* and our own */
        struct ton_err err = {0};
        ton_alloc_fail_after(own);
        failed = do_everything(&err) != TON_OK;
        ton_alloc_fail_after(-1);
        assert_true(!failed || err.code == TON_MEMORY);
        told += failed;
    }
    figure("%ld requests refused, all told", told);
    assert_int_equal(sqlite3_shutdown(), SQLITE_OK);
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &memory), SQLITE_OK);
    assert_int_equal(out_there, 0);
    ton_database_close(open_or_fail());
}

int main(void) {
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, start, rig_close)
    const struct CMUnitTest tests[] = {
        PROMISE(a_row_is_there_though_the_program_was_killed_the_moment_it_was_written),
        PROMISE(each_change_is_synced_before_it_returns),
        PROMISE(a_file_from_a_newer_program_is_refused_and_left_as_it_is),
        PROMISE(what_is_no_database_of_ours_is_refused_and_left_as_it_is),
        PROMISE(a_damaged_file_says_so),
        PROMISE(processes_that_write_at_once_all_get_their_rows),
        PROMISE(who_holds_it_for_longer_than_five_seconds_is_told_of),
        PROMISE(a_folder_or_a_file_that_may_not_be_written_to_is_told_of),
        PROMISE(wherever_the_disk_is_full_it_is_told_and_nothing_is_half_made),
        PROMISE(texts_come_back_as_they_went_in),
        PROMISE(lists_have_what_was_asked_for_in_its_order),
        PROMISE(rows_of_an_older_program_are_carried_over),
        PROMISE(a_take_ends_and_is_judged_and_one_that_is_not_there_is_told),
        PROMISE(every_want_of_memory_is_told_and_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
