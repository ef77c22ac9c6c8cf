/* SPDX-License-Identifier: GPL-3.0-or-later */
/* production.db as a file: what is not ours is left alone, and who may not or cannot have it is
 * told why. */

#include "desk_rig.h"

#include <fcntl.h>

/* The program's own instead of the C library's: nobody waits. */
int fsync(int fd) {
    (void)fd;
    return 0;
}
int fdatasync(int fd) {
    return fsync(fd);
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
        assert_int_equal(ton_take_next(&next, db, "song", track, "none", NULL), TON_OK);
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

static void who_holds_it_for_longer_than_it_waits_is_told_of(void **state) {
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
    const int64_t five_us = slept_us;
    ton_database_wait(db, 200);
    slept_us = 0;
    assert_int_equal(ton_take_begin(db, &take, NULL), TON_ENVIRONMENT);
    vfs->xSleep = sleeps;
    assert_int_equal(code, TON_ENVIRONMENT);
    assert_non_null(strstr(err.text, "another program has held it for more than 5 s"));
    figure("%.2f s waited (5), %.2f s (0.2): %s", (double)five_us * 1e-6, (double)slept_us * 1e-6,
           err.text);
    assert_in_range(five_us, 4900000, 5100000);
    assert_in_range(slept_us, 150000, 250000);
    assert_int_equal(sqlite3_close(holder), SQLITE_OK);
    assert_int_equal(ton_take_begin(db, &take, &err), TON_OK);
    ton_database_close(db);
}

/* Nothing was made, waited for or written. */
static enum ton_code look(struct ton_err *err) {
    struct ton_database *db = (void *)err;
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    int (*const sleeps)(sqlite3_vfs *, int) = vfs->xSleep;
    size_t before = 0, after = 0;
    char *was = ton_path_exists(file()) ? rig_read(file(), &before) : NULL;
    vfs->xSleep = no_sleep;
    slept_us = 0;
    const enum ton_code code = ton_database_look(&db, rig_folder, err);
    int n = 0;
    if (!code) {
        struct ton_take_row take = a_take("Kick", 2);
        assert_int_equal(count_takes(&n, db, NULL), TON_OK);
        assert_int_not_equal(ton_take_begin(db, &take, NULL), TON_OK);
    }
    ton_database_close(db);
    vfs->xSleep = sleeps;
    figure("%d takes, %.3f s waited: %s", n, (double)slept_us * 1e-6, code ? err->text : "read");
    assert_int_equal(slept_us, 0);
    assert_int_equal(ton_path_exists(file()), was != NULL);
    char *is = was ? rig_read(file(), &after) : NULL;
    assert_int_equal(after, before);
    assert_true(!was || memcmp(is, was, before) == 0);
    ton_free(was);
    ton_free(is);
    return code;
}

static void who_only_looks_waits_for_nobody_and_changes_nothing(void **state) {
    (void)state;
    struct ton_err err = {0};
    struct ton_take_row take = a_take("Kick", 1);
    sqlite3 *holder;
    assert_int_not_equal(look(&err), TON_OK); /* none is there */
    struct ton_database *db = open_or_fail();
    assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    ton_database_close(db);
    assert_int_equal(look(&err), TON_OK);
    assert_false(ton_path_exists(rig_path("production.db-wal")));
    assert_int_equal(sqlite3_open(file(), &holder), SQLITE_OK);
    assert_int_equal(sqlite3_exec(holder,
                                  "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; "
                                  "UPDATE takes SET note = 'held'",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(look(&err), TON_ENVIRONMENT);
    assert_int_equal(sqlite3_close(holder), SQLITE_OK);
    as_another(file(), "PRAGMA user_version = 1");
    assert_int_equal(look(&err), TON_INPUT);
    as_another(file(), "PRAGMA user_version = 99");
    assert_int_equal(look(&err), TON_INPUT);
    as_another(file(), "PRAGMA journal_mode = DELETE; PRAGMA user_version = 0; "
                       "PRAGMA application_id = 0; DROP TABLE marks");
    assert_int_equal(look(&err), TON_INPUT);
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

int main(void) {
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, rig_open, rig_close)
    const struct CMUnitTest tests[] = {
        PROMISE(a_file_from_a_newer_program_is_refused_and_left_as_it_is),
        PROMISE(what_is_no_database_of_ours_is_refused_and_left_as_it_is),
        PROMISE(a_damaged_file_says_so),
        PROMISE(processes_that_write_at_once_all_get_their_rows),
        PROMISE(who_holds_it_for_longer_than_it_waits_is_told_of),
        PROMISE(who_only_looks_waits_for_nobody_and_changes_nothing),
        PROMISE(a_folder_or_a_file_that_may_not_be_written_to_is_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
