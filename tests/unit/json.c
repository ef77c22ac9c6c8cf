/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON values. */
#include "promise.h"

#include "ton/arena.h"
#include "ton/json.h"
#include "ton/row.h"

static struct ton_json *build_document(void) {
    struct ton_json *files = ton_json_array();
    for (int i = 0; i < 20; i++) {
        struct ton_json *file = ton_json_object();
        /* A child that grows after it was handed over must be covered too. */
        ton_json_add(files, file);
        ton_json_set(file, "path", ton_json_string("a.wav"));
        ton_json_set(file, "lufs", ton_json_round(-23.014, 2));
    }
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "files", files);
    return j;
}

static void check_dump(struct ton_json *j, const char *expected) {
    char *text = ton_json_dump(j, false);
    assert_non_null(text);
    assert_string_equal(text, expected);
    ton_free(text);
    ton_json_free(j);
}

static void keys_keep_their_order_and_numbers_are_short(void **state) {
    (void)state;
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "z", ton_json_round(-23.0149, 2));
    ton_json_set(j, "a", ton_json_number(0.1));
    ton_json_set(j, "m", ton_json_number(NAN));
    ton_json_set(j, "i", ton_json_number(-(double)INFINITY));
    ton_json_set(j, "n", ton_json_integer(9007199254740993));
    ton_json_set(j, "o", ton_json_round(-0.001, 1));
    ton_json_set(j, "s", ton_json_string(NULL));
    ton_json_set(j, "b", ton_json_bool(true));
    check_dump(j, "{\"z\":-23.01,\"a\":0.1,\"m\":null,\"i\":null,\"n\":9007199254740993,"
                  "\"o\":0.0,\"s\":null,\"b\":true}");
}

static void a_number_is_read_back_as_it_is_kept(void **state) {
    (void)state;
    for (int i = 1; i < 1000; i++) {
        const double kept = ton_json_kept(-23.0 - 1.0 / i);
        char *text = NULL;
        struct ton_json *j = ton_json_number(kept), *read = NULL;
        assert_non_null(text = ton_json_dump(j, false));
        assert_int_equal(ton_json_parse(&read, text, strlen(text), "m.json", NULL), TON_OK);
        assert_true(ton_json_as_number(read) == kept);
        assert_true(ton_json_kept(kept) == kept);
        ton_free(text);
        ton_json_free(read);
        ton_json_free(j);
    }
    assert_true(isinf(ton_json_kept(-(double)INFINITY)));
}

static void a_count_is_a_whole_number_that_can_be_counted(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t count;
    } cases[] = {{"0", 0},     {"4473649", 4473649}, {"9007199254740992", 9007199254740992},
                 {"12.0", 12}, {"1e300", -1},        {"9223372036854775807", -1},
                 {"-1", -1},   {"1.5", -1},          {"null", -1},
                 {"\"7\"", -1}};
    for (int i = 0; i < TON_N(cases); i++) {
        struct ton_json *j = NULL;
        const char *text = cases[i].text;
        assert_int_equal(ton_json_parse(&j, text, strlen(text), "m.json", NULL), TON_OK);
        figure("%s: %lld", text, (long long)ton_json_as_count(j));
        assert_int_equal(ton_json_as_count(j), cases[i].count);
        ton_json_free(j);
    }
    assert_int_equal(ton_json_as_count(NULL), -1);
}

static void a_name_that_is_not_utf8_can_still_be_printed(void **state) {
    (void)state;
    check_dump(ton_json_string("caf\xe9.wav"), "\"caf\xef\xbf\xbd.wav\"");
    check_dump(ton_json_string("caf\xc3\xa9.wav"), "\"caf\xc3\xa9.wav\"");
    check_dump(ton_json_string("\xff\xfe"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void what_was_written_is_read_again(void **state) {
    (void)state;
    static const char text[] = "{\"a\":[1,2.5,\"x\"],\"b\":null}";
    struct ton_json *j = NULL;
    assert_int_equal(ton_json_parse(&j, text, strlen(text), "m.json", NULL), TON_OK);
    const struct ton_json *a = ton_json_get(j, "a");
    assert_int_equal(ton_json_size(a), 3);
    assert_true(ton_json_as_number(ton_json_at(a, 1)) == 2.5);
    assert_string_equal(ton_json_as_string(ton_json_at(a, 2)), "x");
    assert_null(ton_json_at(a, 3));
    assert_null(ton_json_get(a, "a"));
    assert_null(ton_json_get(j, "zz"));
    assert_null(ton_json_as_string(a));
    assert_true(isnan(ton_json_as_number(ton_json_get(j, "b"))));
    assert_true(isnan(ton_json_as_number(NULL)));
    check_dump(j, text);
}

static void broken_json_is_named_by_its_place(void **state) {
    (void)state;
    static const char *const broken[] = {"",          "{",     "{\"a\":1,\"a\":2}", "[1,]", "nul",
                                         "{\"a\" 1}", "[1] x", "\"\xff\""};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct ton_json *j = NULL;
        struct ton_err err = {.text = ""};
        assert_int_equal(ton_json_parse(&j, broken[i], strlen(broken[i]), "m.json", &err),
                         TON_INPUT);
        assert_null(j);
        assert_memory_equal(err.where, "m.json:", 7);
        assert_true(strlen(err.text) > 10);
    }
}

static void a_deep_document_does_not_end_the_stack(void **state) {
    (void)state;
    char text[200000];
    memset(text, '[', sizeof text);
    struct ton_json *j = NULL;
    assert_int_equal(ton_json_parse(&j, text, sizeof text, "deep", NULL), TON_INPUT);
}

static void a_document_is_whole_or_none(void **state) {
    (void)state;
    struct ton_json *reference = build_document();
    char *whole = ton_json_dump(reference, true);
    ton_json_free(reference);
    int failures = 0;
    for (long n = 1;; n++) {
        ton_alloc_fail_after(n);
        struct ton_json *j = build_document();
        /* Memory that comes back must not hide that something was lost. */
        ton_alloc_fail_after(-1);
        char *text = ton_json_dump(j, true);
        bool is_whole = text != NULL;
        if (text)
            assert_string_equal(text, whole);
        ton_json_free(j);
        ton_free(text);
        if (is_whole)
            break;
        failures++;
    }
    ton_free(whole);
    figure("%d places to run out of memory", failures);
    assert_true(failures > 60);
}

static void a_missing_value_is_carried_through(void **state) {
    (void)state;
    ton_json_set(NULL, "a", ton_json_integer(1));
    ton_json_add(NULL, ton_json_string("x"));
    assert_null(ton_json_dump(NULL, false));
    struct ton_json *j = ton_json_array();
    ton_json_add(j, NULL);
    assert_null(ton_json_dump(j, false));
    ton_json_free(j);
    ton_json_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_keep_their_order_and_numbers_are_short),
        cmocka_unit_test(a_number_is_read_back_as_it_is_kept),
        cmocka_unit_test(a_count_is_a_whole_number_that_can_be_counted),
        cmocka_unit_test(a_name_that_is_not_utf8_can_still_be_printed),
        cmocka_unit_test(what_was_written_is_read_again),
        cmocka_unit_test(broken_json_is_named_by_its_place),
        cmocka_unit_test(a_deep_document_does_not_end_the_stack),
        cmocka_unit_test(a_document_is_whole_or_none),
        cmocka_unit_test(a_missing_value_is_carried_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
