/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Growing strings and the nearest word. */
#include "promise.h"

#include "ton/arena.h"
#include "ton/text.h"

static void a_text_holds_what_was_added(void **state) {
    (void)state;
    struct ton_text t = {0};
    for (int i = 0; i < 1000; i++)
        ton_text_printf(&t, "%d,", i);
    ton_text_add(&t, "");
    ton_text_add_n(&t, "end!", 3);
    assert_false(t.failed);
    assert_int_equal(strlen(t.data), t.length);
    assert_int_equal(t.length, 10 * 2 + 90 * 3 + 900 * 4 + 3);
    assert_true(ton_text_starts(t.data, "0,1,2,"));
    assert_true(ton_text_ends(t.data, "998,999,end"));
    ton_text_free(&t);
    assert_null(t.data);
}

static void a_text_without_memory_says_so_at_the_end(void **state) {
    (void)state;
    int failures = 0;
    for (long n = 1;; n++) {
        struct ton_text t = {0};
        ton_alloc_fail_after(n);
        for (int i = 0; i < 200; i++)
            ton_text_printf(&t, "line %d\n", i);
        ton_alloc_fail_after(-1);
        bool failed = t.failed;
        size_t length = t.length;
        ton_text_add(&t, "more");
        assert_int_equal(t.length, failed ? length : length + 4);
        ton_text_free(&t);
        if (!failed)
            break;
        failures++;
    }
    figure("%d places to run out of memory", failures);
    assert_true(failures > 3);
}

static void a_typing_error_finds_its_word(void **state) {
    (void)state;
    static const char *const keys[] = {"threshold", "ratio", "attack", "release",
                                       "pre_delay", "gain",  "eq",     "compressor"};
    static const struct {
        const char *typed, *meant;
    } cases[] = {
        {"treshold", "threshold"},
        {"Threshold", "threshold"},
        {"thershold", "threshold"},
        {"atack", "attack"},
        {"relaese", "release"},
        {"pre delay", "pre_delay"},
        {"predelay", "pre_delay"},
        {"gian", "gain"},
        {"comp", "compressor"},
        {"thresh", "threshold"},
        {"EQ", "eq"},
        {"pre del", "pre_delay"},
        {"pr delay", "pre_delay"},
        {"gain of it", "gain"},
        {"attack time", "attack"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(ton_nearest(cases[i].typed, keys, 8), cases[i].meant);
}

static void a_strange_word_finds_none(void **state) {
    (void)state;
    static const char *const keys[] = {"threshold", "ratio", "attack", "eq"};
    static const char *const strange[] = {"",   "zebra",   "qe",           "x", "attract-mode",
                                          "th", "eq band", "attacker time"};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++)
        assert_null(ton_nearest(strange[i], keys, 4));
    char long_word[5000];
    memset(long_word, 'a', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = '\0';
    assert_null(ton_nearest(long_word, keys, 4));
    const char *long_key = long_word;
    assert_null(ton_nearest("attack", &long_key, 1));
    assert_null(ton_nearest("attack", keys, 0));
}

static void keys_become_words_and_come_back(void **state) {
    (void)state;
    char words[16], key[16], small[4], none[1] = {'x'};
    ton_key_to_words(words, sizeof words, "pre_delay");
    assert_string_equal(words, "pre delay");
    ton_words_to_key(key, sizeof key, words);
    assert_string_equal(key, "pre_delay");
    ton_key_to_words(small, sizeof small, "pre_delay");
    assert_string_equal(small, "pre");
    ton_key_to_words(none, 0, "pre_delay");
    assert_int_equal(none[0], 'x');
}

static void markup_in_a_name_stays_text(void **state) {
    (void)state;
    struct ton_text t = {0};
    ton_text_add_html(&t, "<a href=\"x\">R&B's</a> é");
    assert_string_equal(t.data, "&lt;a href=&quot;x&quot;&gt;R&amp;B&#39;s&lt;/a&gt; é");
    ton_text_free(&t);
}

static void comparing_takes_what_is_missing(void **state) {
    (void)state;
    assert_true(ton_text_same(NULL, NULL));
    assert_false(ton_text_same(NULL, ""));
    assert_false(ton_text_same("a", "A"));
    assert_true(ton_text_same("a", "a"));
    assert_false(ton_text_ends("b", "ab"));
    assert_true(ton_text_starts("abc", ""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_holds_what_was_added),
        cmocka_unit_test(a_text_without_memory_says_so_at_the_end),
        cmocka_unit_test(a_typing_error_finds_its_word),
        cmocka_unit_test(a_strange_word_finds_none),
        cmocka_unit_test(keys_become_words_and_come_back),
        cmocka_unit_test(markup_in_a_name_stays_text),
        cmocka_unit_test(comparing_takes_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
