/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Line checks in production.db: rows that are there whole and come back as they went in. */
#include "desk_rig.h"

#include "ton/checks.h"
#include "ton/row.h"

#include <math.h>

static const struct ton_checked_line stage[] = {
    {"Kick In", "1", TON_CHECKED_OK, "{\"noise_dbfs\":-78.25}", NULL},
    {"Flügel L", "system:capture_3", TON_CHECKED_FAULT, "{\"hum_dbfs\":-41}",
     "50 Hz at -41 dBFS\nlift the DI's earth"},
    {"Robert'); DROP TABLE takes;--", "2", TON_CHECKED_ATTENTION, NULL, "is silent"},
    {"OH L", "4", TON_CHECKED_ATTENTION, "{}", ""},
};

static struct ton_check_row a_check(const struct ton_checked_line *lines, int n) {
    return (struct ton_check_row){.began = "2026-11-29T23:53:19Z",
                                  .device = "Stagebox \"A\" 東",
                                  .rate = 96000,
                                  .seconds = 12.25,
                                  .lines = lines,
                                  .n_lines = n};
}

static void same_text(const char *a, const char *b) {
    if (!a || !b)
        assert_true(a == b);
    else
        assert_string_equal(a, b);
}

static void a_check_comes_back_with_its_lines_in_patch_order(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    struct ton_check_row first = a_check(stage, TON_N(stage)), empty = a_check(NULL, 0), *checks;
    struct ton_checked_line *lines;
    int n;
    empty.subject = "system";
    assert_int_equal(ton_check_add(db, &first, NULL), TON_OK);
    assert_int_equal(ton_check_add(db, &empty, NULL), TON_OK);
    ton_database_close(db);
    db = open_or_fail();
    assert_int_equal(ton_checks_list(&checks, &n, arena, db, NULL), TON_OK);
    assert_int_equal(n, 2);
    assert_true(checks[0].id == first.id && checks[1].id == empty.id && first.id < empty.id);
    same_text(checks[0].began, first.began);
    same_text(checks[0].device, first.device);
    assert_true(checks[0].rate == 96000 && checks[0].seconds == 12.25);
    assert_int_equal(checks[0].n_lines, TON_N(stage));
    assert_int_equal(checks[0].n[TON_CHECKED_OK], 1);
    assert_int_equal(checks[0].n[TON_CHECKED_ATTENTION], 2);
    assert_int_equal(checks[0].n[TON_CHECKED_FAULT], 1);
    assert_int_equal(checks[1].n_lines, 0);
    same_text(checks[0].subject, "lines");
    same_text(checks[1].subject, "system");
    assert_int_equal(ton_checked_lines(&lines, &n, arena, db, first.id, NULL), TON_OK);
    assert_int_equal(n, TON_N(stage));
    for (int i = 0; i < n; i++) {
        same_text(lines[i].name, stage[i].name);
        same_text(lines[i].port, stage[i].port);
        assert_int_equal(lines[i].verdict, stage[i].verdict);
        same_text(lines[i].figures, stage[i].figures);
        same_text(lines[i].sentences, stage[i].sentences);
    }
    assert_int_equal(ton_checked_lines(&lines, &n, arena, db, empty.id, NULL), TON_OK);
    assert_int_equal(n, 0);
    figure("%d lines, verdicts 1 ok, 2 attention, 1 fault", TON_N(stage));
    ton_database_close(db);
    ton_arena_destroy(arena);
}

static void a_check_that_cannot_be_written_whole_leaves_nothing(void **state) {
    (void)state;
    struct ton_checked_line lines[TON_N(stage)];
    memcpy(lines, stage, sizeof lines);
    lines[3].port = NULL;
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    struct ton_check_row check = a_check(lines, TON_N(lines)), *checks;
    struct ton_err err = {0};
    int n, takes;
    assert_int_equal(ton_check_add(db, &check, &err), TON_INPUT);
    figure("%s", err.text);
    assert_true(check.id == 0);
    check.seconds = NAN;
    assert_int_equal(ton_check_add(db, &check, &err), TON_INPUT);
    /* Together with a take: both or neither. */
    struct ton_take_row take = a_take("Kick", 1);
    check = a_check(stage, TON_N(stage));
    ton_rows_begin(db);
    assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    assert_int_equal(ton_check_add(db, &check, NULL), TON_OK);
    assert_int_equal(ton_rows_end(db, TON_INPUT, NULL), TON_INPUT);
    assert_int_equal(ton_checks_list(&checks, &n, arena, db, NULL), TON_OK);
    assert_int_equal(n, 0);
    assert_int_equal(count_takes(&takes, db, NULL), TON_OK);
    assert_int_equal(takes, 0);
    ton_database_close(db);
    ton_arena_destroy(arena);
}

static void what_an_older_program_wrote_is_there_beside_it(void **state) {
    (void)state;
    struct ton_database *db = open_or_fail();
    struct ton_take_row take = a_take("Kick", 1);
    struct ton_check_row check = a_check(stage, TON_N(stage));
    int takes;
    assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    ton_database_close(db);
    as_another(file(), "DROP TABLE checked_lines; DROP TABLE line_checks; PRAGMA user_version = 4");
    db = open_or_fail();
    assert_int_equal(count_takes(&takes, db, NULL), TON_OK);
    assert_int_equal(takes, 1);
    assert_int_equal(ton_check_add(db, &check, NULL), TON_OK);
    assert_string_equal(ton_checked_name(TON_CHECKED_ATTENTION), "attention");
    ton_database_close(db);
}

int main(void) {
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, rig_open, rig_close)
    const struct CMUnitTest tests[] = {
        PROMISE(a_check_comes_back_with_its_lines_in_patch_order),
        PROMISE(a_check_that_cannot_be_written_whole_leaves_nothing),
        PROMISE(what_an_older_program_wrote_is_there_beside_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
