/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Failures and lists of problems. */
#include "promise.h"

#include "ton/arena.h"

#include <errno.h>

static void a_failure_without_a_place_to_put_it_still_returns_its_code(void **state) {
    (void)state;
    assert_int_equal(ton_fail(NULL, TON_INPUT, "a", "b"), TON_INPUT);
}

static void a_sentence_may_be_built_from_the_one_before(void **state) {
    (void)state;
    struct ton_err err;
    ton_fail(&err, TON_INPUT, "x.yaml:3:4", "inner");
    ton_fail(&err, TON_USAGE, err.where, "outer: %s", err.text);
    assert_string_equal(err.where, "x.yaml:3:4");
    assert_string_equal(err.text, "outer: inner");
    assert_int_equal(err.code, TON_USAGE);
}

static void a_long_sentence_is_cut_between_characters(void **state) {
    (void)state;
    char dots[2000];
    for (size_t shift = 0; shift < 3; shift++) {
        struct ton_err err;
        memset(dots, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof dots; i += 3)
            memcpy(dots + i, "\xe2\x82\xac", 4);
        ton_fail(&err, TON_INPUT, dots, "%s", dots);
        assert_true(strlen(err.text) < sizeof err.text);
        assert_true(strlen(err.where) < sizeof err.where);
        assert_string_equal(err.text + strlen(err.text) - 3, "…");
        /* Before the ellipsis stands a whole euro sign. */
        assert_memory_equal(err.text + strlen(err.text) - 6, "\xe2\x82\xac", 3);
        assert_memory_equal(err.where + strlen(err.where) - 6, "\xe2\x82\xac", 3);
    }
}

static void a_full_disk_is_the_environment_and_a_missing_file_is_input(void **state) {
    (void)state;
    static const struct {
        int error;
        enum ton_code code;
    } cases[] = {
        {ENOSPC, TON_ENVIRONMENT}, {EACCES, TON_ENVIRONMENT}, {EROFS, TON_ENVIRONMENT},
        {EIO, TON_ENVIRONMENT},    {ENOENT, TON_INPUT},       {EISDIR, TON_INPUT},
        {ENOMEM, TON_MEMORY},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ton_err err;
        errno = cases[i].error;
        assert_int_equal(ton_fail_errno(&err, NULL, "cannot write out/x.wav"), cases[i].code);
        assert_string_equal(err.where, "");
    }
    struct ton_err err;
    errno = ENOSPC;
    ton_fail_errno(&err, NULL, "cannot write out/x.wav");
    assert_string_equal(err.text, "cannot write out/x.wav: No space left on device");
}

static void problems_stand_in_the_order_of_their_places(void **state) {
    (void)state;
    static const char *const added[] = {"a.yaml:31:14", "a.yaml:4:2", "a.yaml:31:2", "a.yaml:100:1",
                                        "a.yaml:4:2"};
    static const char *const expected[] = {"a.yaml:4:2", "a.yaml:4:2", "a.yaml:31:2",
                                           "a.yaml:31:14", "a.yaml:100:1"};
    struct ton_arena *arena = ton_arena_create();
    struct ton_problems problems;
    ton_problems_init(&problems, arena);
    for (int i = 0; i < 5; i++)
        ton_problems_add(&problems, false, added[i], "number %d", i);
    for (int i = 0; i < 5; i++)
        assert_string_equal(problems.items[i].where, expected[i]);
    assert_string_equal(problems.items[0].text, "number 1");
    assert_string_equal(problems.items[1].text, "number 4");
    ton_arena_destroy(arena);
}

static void warnings_alone_are_no_failure(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_problems problems;
    struct ton_err err = {.code = TON_OK};
    ton_problems_init(&problems, arena);
    ton_problems_add(&problems, true, "a.yaml:1:1", "odd");
    assert_int_equal(ton_problems_code(&problems, &err), TON_OK);
    ton_problems_add(&problems, false, "a.yaml:2:1", "wrong");
    assert_int_equal(ton_problems_code(&problems, &err), TON_INPUT);
    assert_string_equal(err.where, "a.yaml:2:1");
    assert_string_equal(err.text, "wrong");
    ton_problems_add(&problems, false, "a.yaml:3:1", "too");
    ton_problems_add(&problems, false, "a.yaml:4:1", "also");
    ton_problems_code(&problems, &err);
    assert_string_equal(err.text, "wrong (and 2 more errors)");
    ton_arena_destroy(arena);
}

static void problems_without_memory_are_not_lost_silently(void **state) {
    (void)state;
    int failed = 0, n = 1;
    for (bool done = false; !done; n++) {
        struct ton_arena *arena = ton_arena_create();
        struct ton_problems problems;
        ton_problems_init(&problems, arena);
        ton_alloc_fail_after(n);
        for (int i = 0; i < 2000; i++)
            ton_problems_add(&problems, true, "a.yaml:1:1", "problem %d", i);
        ton_alloc_fail_after(-1);
        done = !problems.out_of_memory;
        failed += !done;
        assert_int_equal(ton_problems_code(&problems, NULL), done ? TON_OK : TON_MEMORY);
        ton_arena_destroy(arena);
    }
    figure("%d places to run out of memory", failed);
    assert_true(failed > 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_without_a_place_to_put_it_still_returns_its_code),
        cmocka_unit_test(a_sentence_may_be_built_from_the_one_before),
        cmocka_unit_test(a_long_sentence_is_cut_between_characters),
        cmocka_unit_test(a_full_disk_is_the_environment_and_a_missing_file_is_input),
        cmocka_unit_test(problems_stand_in_the_order_of_their_places),
        cmocka_unit_test(warnings_alone_are_no_failure),
        cmocka_unit_test(problems_without_memory_are_not_lost_silently),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
