/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Promises of a deck whose session cannot be read, or whose database another program holds. */
#include "deck_rig.h"

#include <sqlite3.h>

static void test_a_session_that_breaks_loses_no_take(void **state) {
    struct desk d = desk_of(*state);
    struct ton_take_row *rows;
    d.config.standby = true;
    d.config.speed = 1;
    desk_open(&d);
    assert_int_equal(ton_deck_record(d.deck, &d.rig->err), TON_OK);
    ton_nap(200000000);
    assert_int_equal(ton_deck_tick(d.deck, &d.rig->err), TON_OK);
    rig_write(d.rig, "p/sessions/s.yaml", "tracks: [[[");
    assert_int_equal(ton_deck_stop(d.deck, &d.rig->err), TON_INPUT);
    assert_int_equal(rows_of(&d, &rows), 3);
    assert_false(rows[0].placed); /* `recover` looks for it */
    rig_write(d.rig, "p/sessions/s.yaml", SESSION);
    assert_int_equal(ton_deck_record(d.deck, &d.rig->err), TON_OK);
    ton_nap(200000000);
    ton_deck_close(d.deck); /* in the middle of a take */
    assert_int_equal(times(&d, "take: voice_01.wav"), 1);
    assert_int_equal(times(&d, "take: voice_02.wav"), 1);
    assert_int_equal(rows_of(&d, &rows), 6);
    for (int i = 0; i < 6; i++)
        assert_true(rows[i].frames > 0);
}

/* Rolls for a while, and hears what there is to hear of one kind. */
static int go_on(struct desk *d, enum ton_deck_event_kind kind, const char *words) {
    struct ton_deck_event event;
    int n = 0;
    for (int i = 0; i < 50; i++) {
        ton_nap(4000000);
        assert_int_equal(ton_deck_tick(d->deck, &d->rig->err), TON_OK);
    }
    while (ton_deck_event(d->deck, &event))
        n += event.kind == kind && (!words || (event.text && strstr(event.text, words)));
    return n;
}

static void standing_by(struct desk *d) {
    d->config.standby = true;
    d->config.speed = 1;
    desk_open(d);
}

/* Which of the three tracks' clips are silent says only what was played again. */
static void test_what_waited_for_its_place_is_not_what_is_played_again(void **state) {
    struct desk d = desk_of(*state);
    standing_by(&d);
    assert_int_equal(ton_deck_record(d.deck, NULL), TON_OK);
    go_on(&d, TON_DECK_TAKE, NULL);
    rig_write(d.rig, "p/sessions/s.yaml", "tracks: [[[");
    assert_int_equal(ton_deck_stop(d.deck, &d.rig->err), TON_INPUT);
    assert_int_equal(ton_deck_locate(d.deck, "1:00", NULL), TON_OK);
    assert_int_equal(ton_deck_record(d.deck, NULL), TON_OK);
    go_on(&d, TON_DECK_TAKE, NULL);
    rig_write(d.rig, "p/sessions/s.yaml", SESSION);
    assert_int_equal(ton_deck_again(d.deck, &d.rig->err), TON_OK);
    go_on(&d, TON_DECK_TAKE, NULL);
    assert_int_equal(ton_deck_stop(d.deck, &d.rig->err), TON_OK);
    ton_deck_close(d.deck);
    for (int i = 1; i <= 3; i++) {
        char line[64];
        snprintf(line, sizeof line, "take: voice_%02d.wav", i);
        assert_int_equal(times(&d, line), 1);
    }
    figure("%d of 9 clips silent (3)", times(&d, "mute: yes"));
    assert_int_equal(times(&d, "mute: yes"), 3);
    struct ton_take_row *rows;
    assert_int_equal(rows_of(&d, &rows), 9);
    for (int i = 0; i < 9; i++)
        assert_true(rows[i].placed);
}

static void test_a_session_that_breaks_keeps_nobody_from_the_next_take(void **state) {
    struct desk d = desk_of(*state);
    standing_by(&d);
    assert_int_equal(ton_deck_record(d.deck, NULL), TON_OK);
    go_on(&d, TON_DECK_TAKE, NULL);
    rig_write(d.rig, "p/sessions/s.yaml", "tracks: [[[");
    assert_int_equal(ton_deck_again(d.deck, &d.rig->err), TON_OK);
    assert_int_equal(go_on(&d, TON_DECK_WARNING, "record --recover"), 1);
    rig_write(d.rig, "p/sessions/s.yaml", SESSION);
    assert_int_equal(ton_deck_stop(d.deck, &d.rig->err), TON_OK);
    ton_deck_close(d.deck);
    assert_int_equal(times(&d, "take: "), 6);
    assert_int_equal(times(&d, "mute: yes"), 3);
}

static int64_t slept_us;
static int no_sleep(sqlite3_vfs *vfs, int us) {
    (void)vfs;
    slept_us += us;
    return us;
}

/* Another program has the database; how long it is waited for is counted, and not waited. */
struct holder {
    sqlite3 *db;
    int (*sleeps)(sqlite3_vfs *, int);
};

static struct holder hold(struct desk *d) {
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    struct holder h = {.sleeps = vfs->xSleep};
    assert_int_equal(sqlite3_open(rig_path(d->rig, "p/production.db"), &h.db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h.db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    vfs->xSleep = no_sleep;
    slept_us = 0;
    return h;
}

static void let_go(struct holder *h) {
    sqlite3_vfs_find(NULL)->xSleep = h->sleeps;
    assert_int_equal(sqlite3_close(h->db), SQLITE_OK);
}

/* Until all that was recorded has ended rows; how often an end was told meanwhile. */
static int until_written(struct desk *d, int n) {
    struct ton_take_row *rows;
    int told = 0;
    bool written = false;
    for (int i = 0; i < 50 && !written; i++) {
        told += go_on(d, TON_DECK_TAKE, NULL);
        written = rows_of(d, &rows) == n && rows[n - 1].frames > 0;
    }
    assert_true(written);
    return told;
}

/* The clips are in the text at once; that they are there is written when that can be. */
static void test_rows_wait_for_who_holds_the_database(void **state) {
    struct desk d = desk_of(*state);
    struct ton_take_row *rows;
    standing_by(&d);
    assert_int_equal(ton_deck_record(d.deck, NULL), TON_OK);
    go_on(&d, TON_DECK_TAKE, NULL);
    struct holder h = hold(&d);
    assert_int_equal(ton_deck_mark(d.deck, "held", NULL), TON_OK);
    for (int i = 0; i < 1000 && slept_us == 0; i++) {
        ton_nap(4000000);
        ton_deck_tick(d.deck, NULL);
    }
    const int64_t meanwhile_us = slept_us;
    assert_int_equal(go_on(&d, TON_DECK_WARNING, "the recording goes on"), 1);
    slept_us = 0;
    assert_int_equal(ton_deck_stop(d.deck, &d.rig->err), TON_OK);
    figure("main stood still for %.2f s while it recorded, %.2f s when it stopped",
           (double)meanwhile_us * 1e-6, (double)slept_us * 1e-6);
    assert_in_range(meanwhile_us, 150000, 250000);
    assert_in_range(slept_us, 150000, 250000);
    assert_int_equal(times(&d, "take: "), 3);
    assert_int_equal(go_on(&d, TON_DECK_TAKE, NULL), 3); /* it ended, and that is told */
    let_go(&h);
    assert_int_equal(until_written(&d, 3), 0); /* once */
    ton_deck_close(d.deck);
    assert_int_equal(rows_of(&d, &rows), 3);
    for (int i = 0; i < 3; i++)
        assert_true(rows[i].placed && rows[i].frames > 0);
}

static void test_a_verdict_is_of_the_last_press_whenever_its_rows_are_written(void **state) {
    struct desk d = desk_of(*state);
    struct ton_take_row *rows;
    standing_by(&d);
    struct holder h = hold(&d);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ton_deck_again(d.deck, &d.rig->err), TON_OK);
        go_on(&d, TON_DECK_TAKE, NULL);
        assert_int_equal(ton_deck_judge(d.deck, TON_VERDICT_GOOD, &d.rig->err), TON_ENVIRONMENT);
    }
    assert_non_null(strstr(d.rig->err.text, "no row"));
    assert_int_equal(ton_deck_stop(d.deck, &d.rig->err), TON_OK);
    let_go(&h);
    until_written(&d, 6);
    assert_int_equal(ton_deck_judge(d.deck, TON_VERDICT_GOOD, &d.rig->err), TON_OK);
    ton_deck_close(d.deck);
    assert_int_equal(rows_of(&d, &rows), 6);
    for (int i = 0; i < 6; i++)
        assert_int_equal(rows[i].verdict,
                         rows[i].number == 2 ? TON_VERDICT_GOOD : TON_VERDICT_NONE);
}

/* For once it waits, and then says what is lost. */
static void test_what_cannot_be_written_at_the_end_is_told(void **state) {
    struct desk d = desk_of(*state);
    struct ton_deck_event event;
    int told = 0;
    standing_by(&d);
    assert_int_equal(ton_deck_record(d.deck, NULL), TON_OK);
    go_on(&d, TON_DECK_TAKE, NULL);
    struct holder h = hold(&d);
    assert_int_equal(ton_deck_mark(d.deck, "second verse", NULL), TON_OK);
    ton_deck_finish(d.deck);
    figure("%.2f s waited (0.2 and 5)", (double)slept_us * 1e-6);
    assert_in_range(slept_us, 5000000, 5500000);
    while (ton_deck_event(d.deck, &event))
        told += event.kind == TON_DECK_WARNING &&
                (strstr(event.text, "mark `second verse`") || strstr(event.text, "--recover"));
    assert_int_equal(told, 2);
    ton_deck_close(d.deck);
    assert_in_range(slept_us, 5000000, 5500000);
    let_go(&h);
    assert_int_equal(times(&d, "take: "), 3);
}

/* Neither those before it nor those of a press that was over are meant. */
static void test_a_mark_is_of_the_takes_that_run(void **state) {
    struct desk d = desk_of(*state);
    struct ton_database *db = NULL;
    struct ton_take_row *rows;
    struct ton_mark_row *marks;
    int n = 0;
    standing_by(&d);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ton_deck_record(d.deck, NULL), TON_OK);
        int begun = 0; /* of three tracks; a busy machine comes to them later */
        for (int tries = 0; begun < 3 && tries < 25; tries++)
            begun += go_on(&d, TON_DECK_RECORDS, NULL);
        assert_int_equal(begun, 3);
        assert_int_equal(ton_deck_mark(d.deck, "here", NULL), TON_OK);
        assert_int_equal(ton_deck_stop(d.deck, NULL), TON_OK);
    }
    ton_deck_close(d.deck);
    assert_int_equal(rows_of(&d, &rows), 9);
    assert_int_equal(ton_database_open(&db, d.config.folder, NULL), TON_OK);
    for (int i = 0; i < 9; i++) {
        assert_int_equal(
            ton_marks_list(&marks, &n, d.rig->arena, db, rows[i].id, NULL, &d.rig->err), TON_OK);
        assert_int_equal(n, 1);
        assert_in_range(marks[0].at, 1, rows[i].frames);
    }
    ton_database_close(db);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_session_that_breaks_loses_no_take, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_what_waited_for_its_place_is_not_what_is_played_again,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_session_that_breaks_keeps_nobody_from_the_next_take,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_rows_wait_for_who_holds_the_database, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(
            test_a_verdict_is_of_the_last_press_whenever_its_rows_are_written, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_written_at_the_end_is_told, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_mark_is_of_the_takes_that_run, rig_setup,
                                        rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
