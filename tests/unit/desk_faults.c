/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that can go wrong with a database, put in SQLite's way at the system calls and at its
 * memory. */

#include "desk_rig.h"

#include "ton/checks.h"

#include <errno.h>

enum { TOGETHER = 3 }; /* rows of one moment */

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
    if (code)
        return code;
    ton_rows_begin(db);
    for (int i = 0; i < TOGETHER && !code; i++)
        code = ton_take_begin(db, &take, err);
    code = ton_rows_end(db, code, err);
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
        assert_int_equal(rows, code ? 0 : TOGETHER);
        ton_database_close(db);
    }
    vfs->xSetSystemCall(vfs, "pwrite", NULL);
    vfs->xSetSystemCall(vfs, "pwrite64", NULL);
    figure("%d writes refused, each told", refusals);
    assert_in_range(refusals, 5, 100);
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
    struct ton_clip_row *clips;
    const struct ton_checked_line line = {"Kick In", "1", TON_CHECKED_FAULT, words, words};
    struct ton_check_row check = {.began = take.began,
                                  .device = "null",
                                  .rate = 48000,
                                  .seconds = 3.5,
                                  .lines = &line,
                                  .n_lines = 1};
    struct ton_check_row *checks;
    struct ton_checked_line *lines;
    int n, number;
    enum ton_code code =
        arena ? ton_database_open(&db, rig_folder, err) : ton_fail(err, TON_MEMORY, NULL, "no");
    code = code ? code : ton_take_begin(db, &take, err);
    mark.take = take.id;
    code = code ? code : ton_mark_add(db, &mark, err);
    code = code ? code : ton_clip_note(db, &(struct ton_clip_row){take.id, 0, 0, -1}, err);
    code = code ? code : ton_take_end(db, take.id, 1, err);
    code = code ? code : ton_take_judge(db, take.id, TON_VERDICT_GOOD, err);
    code = code ? code : ton_takes_list(&takes, &n, arena, db, "song", err);
    if (!code && (n < 1 || !takes[n - 1].track || strcmp(takes[n - 1].track, "Kick") != 0))
        fail_msg("a list without its words was called whole");
    code = code ? code : ton_marks_list(&marks, &n, arena, db, take.id, NULL, err);
    if (!code && (n != 1 || !marks->text || strcmp(marks->text, words) != 0))
        fail_msg("a list of marks without its words was called whole");
    code = code ? code : ton_clips_list(&clips, &n, arena, db, take.id, err);
    code = code ? code : ton_take_next(&number, db, "song", "Kick", "none", err);
    /* Taken back: a list of all checks reads all their pages, and each takes memory. */
    if (!code)
        ton_rows_begin(db);
    code = code ? code : ton_check_add(db, &check, err);
    code = code ? code : ton_checks_list(&checks, &n, arena, db, err);
    if (!code && (n < 1 || !checks[n - 1].device))
        fail_msg("a list of checks without its words was called whole");
    code = code ? code : ton_checked_lines(&lines, &n, arena, db, check.id, err);
    if (!code && (n != 1 || !lines->sentences || strcmp(lines->sentences, words) != 0))
        fail_msg("a list of lines without its words was called whole");
    if (db)
        (void)ton_rows_end(db, TON_INPUT, NULL);
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
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, rig_open, rig_close)
    const struct CMUnitTest tests[] = {
        PROMISE(wherever_the_disk_is_full_it_is_told_and_nothing_is_half_made),
        PROMISE(every_want_of_memory_is_told_and_nothing_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
