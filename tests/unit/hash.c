/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content keys and SHA-256. */
#include "promise.h"

#include "ton/arena.h"
#include "ton/hash.h"
#include "ton/path.h"

#include <unistd.h>

static struct ton_key key_of_text(const char *a, const char *b) {
    struct ton_hash *h = ton_hash_create();
    ton_hash_text(h, a);
    ton_hash_text(h, b);
    struct ton_key key = ton_hash_result(h);
    ton_hash_destroy(h);
    return key;
}

static struct ton_key key_of_number(double x) {
    struct ton_hash *h = ton_hash_create();
    ton_hash_f64(h, x);
    struct ton_key key = ton_hash_result(h);
    ton_hash_destroy(h);
    return key;
}

static void the_empty_key_is_the_published_one(void **state) {
    (void)state;
    /* XXH3 128 bits of nothing with seed 0, xxHash's own test vector. */
    char hex[33];
    struct ton_hash *h = ton_hash_create();
    assert_string_equal(ton_key_hex(hex, ton_hash_result(h)), "99aa06d3014798d86001c324468d497f");
    ton_hash_destroy(h);
}

static void how_bytes_are_cut_does_not_matter_but_texts_have_ends(void **state) {
    (void)state;
    unsigned char bytes[5000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 31);
    struct ton_hash *one = ton_hash_create(), *many = ton_hash_create();
    ton_hash_bytes(one, bytes, sizeof bytes);
    for (size_t i = 0, n; i < sizeof bytes; i += n) {
        n = 1 + i % 97;
        if (n > sizeof bytes - i)
            n = sizeof bytes - i;
        ton_hash_bytes(many, bytes + i, n);
    }
    ton_hash_bytes(many, NULL, 0);
    assert_true(ton_key_same(ton_hash_result(one), ton_hash_result(many)));
    ton_hash_destroy(one);
    ton_hash_destroy(many);
    assert_false(ton_key_same(key_of_text("a", "bc"), key_of_text("ab", "c")));
    assert_false(ton_key_same(key_of_text(NULL, ""), key_of_text("", "")));
    assert_true(ton_key_same(key_of_number(-0.0), key_of_number(0.0)));
    assert_false(ton_key_same(key_of_number(1), key_of_number(-1)));
}

static void a_key_survives_its_hexadecimal_form(void **state) {
    (void)state;
    struct ton_key key = key_of_text("a", "b"), again = {0, 0};
    char hex[33];
    assert_true(ton_key_from_hex(&again, ton_key_hex(hex, key)));
    assert_true(ton_key_same(key, again));
    assert_false(ton_key_from_hex(&again, ""));
    assert_false(ton_key_from_hex(&again, "99aa06d3014798d86001c324468d497"));
    assert_false(ton_key_from_hex(&again, "99aa06d3014798d86001c324468d497f0"));
    assert_false(ton_key_from_hex(&again, "99aa06d3014798d86001c324468d497g"));
}

static void a_files_sha256_is_the_published_one(void **state) {
    (void)state;
    char path[] = "/tmp/ton-hash-XXXXXX", sha[65];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    /* FIPS 180-4 examples: nothing, "abc", a million times "a". */
    assert_int_equal(ton_sha256_file(sha, path, NULL), TON_OK);
    assert_string_equal(sha, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_int_equal(ton_path_write(path, "abc", 3, NULL), TON_OK);
    assert_int_equal(ton_sha256_file(sha, path, NULL), TON_OK);
    assert_string_equal(sha, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    char *million = ton_alloc(1000000);
    memset(million, 'a', 1000000);
    assert_int_equal(ton_path_write(path, million, 1000000, NULL), TON_OK);
    assert_int_equal(ton_sha256_file(sha, path, NULL), TON_OK);
    assert_string_equal(sha, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    struct ton_key file, memory;
    assert_int_equal(ton_key_file(&file, path, NULL), TON_OK);
    struct ton_hash *h = ton_hash_create();
    ton_hash_bytes(h, million, 1000000);
    memory = ton_hash_result(h);
    ton_hash_destroy(h);
    ton_free(million);
    assert_true(ton_key_same(file, memory));
    unlink(path);
}

static void what_is_no_file_has_no_hash(void **state) {
    (void)state;
    char sha[65];
    struct ton_key key;
    struct ton_err err;
    assert_int_equal(ton_sha256_file(sha, "/tmp", &err), TON_INPUT);
    assert_string_equal(err.where, "/tmp");
    assert_string_equal(err.text, "is a folder, a file was expected");
    assert_int_equal(ton_key_file(&key, "/nowhere/at/all", &err), TON_INPUT);
    assert_int_equal(ton_key_file(&key, "/dev/zero", &err), TON_INPUT);
    assert_int_equal(ton_key_file(&key, "/dev/zero", NULL), TON_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_empty_key_is_the_published_one),
        cmocka_unit_test(how_bytes_are_cut_does_not_matter_but_texts_have_ends),
        cmocka_unit_test(a_key_survives_its_hexadecimal_form),
        cmocka_unit_test(a_files_sha256_is_the_published_one),
        cmocka_unit_test(what_is_no_file_has_no_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
