/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hashes that are remembered: never of another content, not from a damaged file. */

#include "production_rig.h"

#include "ton/known.h"

#include <fcntl.h>

static struct ton_key key_of(struct rig *r, const char *name) {
    struct ton_key key;
    assert_int_equal(ton_known_key(&key, rig_path(r, name), &r->err), TON_OK);
    return key;
}

static void a_change_that_keeps_size_and_time_is_noticed(void **state) {
    struct rig *r = *state;
    char before[65], after[65];
    rig_write(r, "take", "one");
    const struct ton_key first = key_of(r, "take");
    assert_int_equal(ton_known_sha256(before, rig_path(r, "take"), &r->err), TON_OK);
    struct stat s;
    assert_int_equal(stat(rig_path(r, "take"), &s), 0);
    usleep(30000);
    const int fd = open(rig_path(r, "take"), O_WRONLY);
    assert_int_equal(write(fd, "two", 3), 3);
    close(fd);
    const struct timespec times[2] = {s.st_atim, s.st_mtim};
    assert_int_equal(utimensat(AT_FDCWD, rig_path(r, "take"), times, 0), 0);
    assert_false(ton_key_same(first, key_of(r, "take")));
    assert_int_equal(ton_known_sha256(after, rig_path(r, "take"), &r->err), TON_OK);
    assert_string_not_equal(before, after);
}

static void what_was_saved_is_taken_only_when_it_is_whole(void **state) {
    struct rig *r = *state;
    const char *file = rig_path(r, "hashes");
    rig_write(r, "take", "one");
    char right[65], got[65];
    assert_int_equal(ton_sha256_file(right, rig_path(r, "take"), &r->err), TON_OK);
    /* A lie that is saved whole is believed, so it shows what was loaded. */
    char lie[65];
    memset(lie, 'a', 64);
    lie[64] = '\0';
    ton_known_add_sha256(rig_path(r, "take"), lie);
    assert_int_equal(ton_known_save(file, &r->err), TON_OK);
    char *text = (char *)rig_text(r, file);
    const size_t size = strlen(text);
    assert_non_null(strstr(text, lie));
    int believed = 0;
    for (size_t i = 0; i < size; i++) {
        ton_known_add_sha256(rig_path(r, "take"), right);
        text[i] ^= 0x11;
        assert_int_equal(ton_path_write(file, text, size, NULL), TON_OK);
        text[i] ^= 0x11;
        ton_known_load(file);
        assert_int_equal(ton_known_sha256(got, rig_path(r, "take"), &r->err), TON_OK);
        believed += strcmp(got, right) != 0;
    }
    figure("%zu damaged files, %d believed", size, believed);
    assert_int_equal(believed, 0);
    assert_int_equal(ton_path_write(file, text, size, NULL), TON_OK);
    ton_known_load(file);
    assert_int_equal(ton_known_sha256(got, rig_path(r, "take"), &r->err), TON_OK);
    assert_string_equal(got, lie);
}

static void what_has_only_just_changed_is_not_saved(void **state) {
    struct rig *r = *state;
    rig_write(r, "fresh", "one");
    key_of(r, "fresh");
    assert_int_equal(ton_known_save(rig_path(r, "hashes"), &r->err), TON_OK);
    assert_null(strstr(rig_text(r, rig_path(r, "hashes")), "fresh"));
    rig_write(r, "old", "one");
    usleep(50000);
    key_of(r, "old");
    assert_int_equal(ton_known_save(rig_path(r, "hashes"), &r->err), TON_OK);
    assert_non_null(strstr(rig_text(r, rig_path(r, "hashes")), "old"));
}

static void a_file_that_is_not_there_is_an_error(void **state) {
    struct rig *r = *state;
    struct ton_key key;
    assert_int_not_equal(ton_known_key(&key, rig_path(r, "none"), &r->err), TON_OK);
    ton_known_load(rig_path(r, "none"));
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_RIG(a_change_that_keeps_size_and_time_is_noticed),
        WITH_RIG(a_file_that_is_not_there_is_an_error),
        WITH_RIG(what_has_only_just_changed_is_not_saved),
        WITH_RIG(what_was_saved_is_taken_only_when_it_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
