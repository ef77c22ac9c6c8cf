/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A bounded folder of results: whole entries or none, the longest unused go first, what is held
 * stays, and several programs that fill, use and empty it at once. */

#include "production_rig.h"

#include "ton/cache.h"
#include "ton/thread.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

enum { BYTES = 10000, ROUNDS = 60, KEYS = 12 };

static const struct ton_cache_kind kinds[] = {{"big", "wav", "sound", false, NULL},
                                              {"small", "svg", "drawings", true, NULL}};

static struct ton_cache_config config_of(struct rig *r, int64_t limit) {
    return (struct ton_cache_config){rig_path(r, "cache"), kinds, TON_N(kinds), limit};
}

static const char *entry(struct rig *r, const char *kind, int number) {
    const char *extension = strcmp(kind, "big") == 0 ? "wav" : "svg";
    return ton_arena_printf(r->arena, "%s/%s/%032x.%s", rig_path(r, "cache"), kind,
                            (unsigned)number, extension);
}

/* An entry's bytes follow from its number. */
static void fill(char *data, int number) {
    for (int i = 0; i < BYTES; i++)
        data[i] = (char)(number * 31 + i * i);
}

static enum ton_code add(struct ton_cache *cache, const char *path, int number) {
    char draft[TON_PATH_MAX], data[BYTES];
    struct ton_err err;
    fill(data, number);
    enum ton_code code = ton_cache_draft(draft, path, &err);
    if (!code)
        code = ton_path_write_loosely(draft, data, BYTES, &err);
    return code ? code : ton_cache_add(cache, draft, path, true, &err);
}

static void use_at(struct rig *r, const char *path, time_t when) {
    const struct timespec times[2] = {{.tv_sec = when}, {.tv_sec = when}};
    const char *sum = ton_arena_printf(r->arena, "%s.sum", path);
    assert_int_equal(utimensat(AT_FDCWD, sum, times, 0), 0);
}

static void put(struct rig *r, int64_t limit, const char *kind, int first, int n, time_t when) {
    const struct ton_cache_config config = config_of(r, limit);
    struct ton_cache *cache = ton_cache_open(&config);
    for (int i = first; i < first + n; i++) {
        assert_int_equal(add(cache, entry(r, kind, i), i), TON_OK);
        use_at(r, entry(r, kind, i), when + i);
    }
    ton_cache_close(cache);
}

static int present(struct rig *r, const char *kind, int n) {
    int found = 0;
    for (int i = 0; i < n; i++)
        found += ton_path_exists(entry(r, kind, i));
    return found;
}

static void what_was_not_used_longest_goes_first(void **state) {
    struct rig *r = *state;
    const time_t now = time(NULL);
    const struct ton_cache_config config = config_of(r, 4 * (BYTES + 32));
    put(r, INT64_MAX, "big", 0, 8, now - 1000);
    struct ton_cache *cache = ton_cache_open(&config);
    assert_true(ton_cache_take(cache, entry(r, "big", 0), false)); /* used again */
    ton_cache_close(cache);
    assert_int_equal(present(r, "big", 8), 4);
    assert_true(ton_path_exists(entry(r, "big", 0)));
    for (int i = 1; i < 5; i++)
        assert_false(ton_path_exists(entry(r, "big", i)));
    struct ton_cache_share shares[2];
    ton_cache_survey(shares, &config);
    assert_int_equal(shares[0].entries, 4);
    assert_int_equal(shares[0].bytes, 4 * (BYTES + 32));
    assert_true(shares[0].last_used >= now);
}

static void what_is_small_stays_a_month_whatever_the_limit(void **state) {
    struct rig *r = *state;
    const time_t now = time(NULL);
    put(r, INT64_MAX, "small", 0, 1, now - 40L * 24 * 3600);
    put(r, INT64_MAX, "small", 1, 1, now - 20L * 24 * 3600);
    put(r, 0, "big", 2, 1, now);
    assert_false(ton_path_exists(entry(r, "small", 0)));
    assert_true(ton_path_exists(entry(r, "small", 1)));
    assert_false(ton_path_exists(entry(r, "big", 2)));
}

static void room_is_made_but_not_with_what_is_held(void **state) {
    struct rig *r = *state;
    put(r, INT64_MAX, "big", 0, 4, time(NULL) - 1000);
    const struct ton_cache_config config = config_of(r, 4 * (BYTES + 32));
    struct ton_cache *cache = ton_cache_open(&config), *other = ton_cache_open(&config);
    assert_true(ton_cache_take(cache, entry(r, "big", 0), true));
    ton_cache_make_room(other, 2 * BYTES, 0);
    assert_int_equal(present(r, "big", 4), 2);
    assert_true(ton_path_exists(entry(r, "big", 0)));
    struct ton_cache_share gone[TON_N(kinds)];
    ton_cache_prune(gone, &config, 0);
    assert_int_equal(present(r, "big", 4), 1);
    assert_int_equal(gone[0].entries, 1);
    assert_int_equal(gone[1].entries, 0);
    ton_cache_close(cache);
    ton_cache_prune(gone, &config, 0);
    assert_int_equal(present(r, "big", 4), 0);
    ton_cache_close(other);
}

static void a_prune_takes_what_is_small_last_and_tells_each_kind(void **state) {
    struct rig *r = *state;
    const time_t now = time(NULL);
    const struct ton_cache_config config = config_of(r, INT64_MAX);
    struct ton_cache_share gone[TON_N(kinds)];
    put(r, INT64_MAX, "small", 0, 1, now - 1000);
    put(r, INT64_MAX, "big", 1, 2, now);
    ton_cache_prune(gone, &config, BYTES + 32);
    assert_int_equal(gone[0].entries, 2);
    assert_int_equal(gone[0].bytes, 2 * (BYTES + 32));
    assert_int_equal(gone[1].entries, 0);
    ton_cache_prune(gone, &config, 0);
    assert_int_equal(gone[0].entries, 0);
    assert_int_equal(gone[1].entries, 1);
    assert_int_equal(gone[1].bytes, BYTES + 32);
}

static void an_entry_with_another_byte_is_none(void **state) {
    struct rig *r = *state;
    put(r, INT64_MAX, "big", 0, 1, time(NULL));
    const struct ton_cache_config config = config_of(r, INT64_MAX);
    const char *path = entry(r, "big", 0);
    char *sum = ton_arena_printf(r->arena, "%s.sum", path);
    int taken = 0, tries = 0;
    for (int64_t at = 0; at < BYTES + 32; at += at < BYTES - 1000 ? 997
                                                : at < BYTES      ? BYTES - at
                                                                  : 1) {
        const bool in_sum = at >= BYTES;
        const int fd = open(in_sum ? sum : path, O_RDWR);
        const off_t place = (off_t)(in_sum ? at - BYTES : at);
        unsigned char byte = 0;
        assert_int_equal(pread(fd, &byte, 1, place), 1);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, place), 1);
        struct ton_cache *cache = ton_cache_open(&config);
        taken += ton_cache_take(cache, path, true);
        ton_cache_close(cache);
        byte ^= 1;
        assert_int_equal(pwrite(fd, &byte, 1, place), 1);
        close(fd);
        tries++;
    }
    figure("%d damages, %d entries taken", tries, taken);
    assert_int_equal(taken, 0);
    struct ton_cache *cache = ton_cache_open(&config);
    assert_true(ton_cache_take(cache, path, true));
    ton_cache_close(cache);
}

/* What a program does that is killed at any moment: uses what is there, makes what is not. Exits
 * with 1 when an entry that it took is not what it must be. */
static void live(struct rig *r, unsigned seed) {
    const struct ton_cache_config config = config_of(r, 3 * BYTES);
    char data[BYTES], got[BYTES];
    for (int round = 0; round < ROUNDS; round++) {
        struct ton_cache *cache = ton_cache_open(&config);
        for (int i = 0; i < 4; i++) {
            seed = seed * 1103515245U + 12345U;
            const int number = (int)(seed >> 16) % KEYS;
            const char *path = entry(r, "big", number);
            if (!ton_cache_take(cache, path, true) && add(cache, path, number))
                _exit(2);
            fill(data, number);
            const int fd = open(path, O_RDONLY);
            const bool right =
                fd >= 0 && read(fd, got, BYTES) == BYTES && memcmp(got, data, BYTES) == 0;
            if (!right)
                _exit(1);
            close(fd);
            if (seed >> 20 & 1)
                ton_cache_make_room(cache, BYTES, 0);
        }
        ton_cache_close(cache);
    }
    _exit(0);
}

static void programs_that_share_it_and_are_killed_leave_only_whole_entries(void **state) {
    struct rig *r = *state;
    int killed = 0, ended = 0;
    for (int round = 0; round < 25; round++) {
        pid_t children[3];
        for (int i = 0; i < 3; i++) {
            children[i] = fork();
            if (children[i] == 0)
                live(r, (unsigned)(round * 3 + i));
        }
        usleep((useconds_t)(1000 + round * 1500));
        if (round % 5)
            kill(children[0], SIGKILL);
        for (int i = 0; i < 3; i++) {
            int status = 0;
            assert_int_equal(waitpid(children[i], &status, 0), children[i]);
            killed += WIFSIGNALED(status);
            if (WIFEXITED(status))
                assert_int_equal(WEXITSTATUS(status), 0);
            ended += WIFEXITED(status);
        }
    }
    const struct ton_cache_config config = config_of(r, 3 * BYTES);
    char data[BYTES], *got = NULL;
    int whole = 0;
    struct ton_cache *cache = ton_cache_open(&config);
    for (int i = 0; i < KEYS; i++) {
        size_t size = 0;
        if (!ton_cache_take(cache, entry(r, "big", i), true))
            continue;
        assert_int_equal(ton_path_read(&got, &size, r->arena, entry(r, "big", i), BYTES, NULL),
                         TON_OK);
        fill(data, i);
        assert_memory_equal(got, data, BYTES);
        whole++;
    }
    ton_cache_close(cache);
    struct ton_cache_share shares[2];
    ton_cache_survey(shares, &config);
    figure("%d programs ended, %d killed; %d entries, %lld bytes under a limit of %d", ended,
           killed, whole, (long long)shares[0].bytes, 3 * BYTES);
    assert_true(killed >= 10);
    assert_true(shares[0].bytes <= 3 * BYTES);
}

enum { SHARED = 64 };

/* One of several threads that make files side by side in one cache. */
struct maker {
    struct ton_cache *cache;
    const char *const *paths; /* [SHARED] */
    unsigned seed;
    int made, wrong;
};

static void *make(void *user) {
    struct maker *m = user;
    char data[BYTES], got[BYTES];
    for (int round = 0; round < ROUNDS; round++) {
        m->seed = m->seed * 1103515245U + 12345U;
        const int number = (int)(m->seed >> 16) % SHARED;
        if (!ton_cache_take(m->cache, m->paths[number], true)) {
            m->wrong += add(m->cache, m->paths[number], number) != TON_OK;
            m->made++;
        }
        fill(data, number);
        const int fd = open(m->paths[number], O_RDONLY);
        m->wrong += fd < 0 || read(fd, got, BYTES) != BYTES || memcmp(got, data, BYTES) != 0;
        close(fd);
        if (round % 5 == 4)
            ton_cache_make_room(m->cache, BYTES, 0);
    }
    return NULL;
}

static void threads_that_share_it_keep_what_each_of_them_holds(void **state) {
    struct rig *r = *state;
    enum { THREADS = 4 };
    const struct ton_cache_config config = config_of(r, 3 * BYTES);
    struct ton_thread threads[THREADS];
    struct maker makers[THREADS];
    const char *paths[SHARED];
    int made = 0, wrong = 0;
    put(r, INT64_MAX, "big", 0, SHARED / 2, time(NULL)); /* the others must be made */
    for (int i = 0; i < SHARED; i++)
        paths[i] = entry(r, "big", i);
    struct ton_cache *cache = ton_cache_open(&config);
    for (int i = 0; i < THREADS; i++) {
        makers[i] = (struct maker){.cache = cache, .paths = paths, .seed = (unsigned)i};
        assert_int_equal(ton_thread_start(&threads[i], make, &makers[i], &r->err), TON_OK);
    }
    for (int i = 0; i < THREADS; i++) {
        ton_thread_join(&threads[i]);
        made += makers[i].made;
        wrong += makers[i].wrong;
    }
    assert_true(present(r, "big", SHARED) > 40); /* what is held stays, whatever the limit */
    ton_cache_close(cache);
    struct ton_cache_share shares[2];
    ton_cache_survey(shares, &config);
    figure("%d threads made %d entries of %d, %d wrong; %lld bytes left under a limit of %d",
           THREADS, made, SHARED, wrong, (long long)shares[0].bytes, 3 * BYTES);
    assert_int_equal(wrong, 0);
    assert_true(shares[0].bytes <= 3 * BYTES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_not_used_longest_goes_first, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(what_is_small_stays_a_month_whatever_the_limit, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(room_is_made_but_not_with_what_is_held, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(a_prune_takes_what_is_small_last_and_tells_each_kind,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(an_entry_with_another_byte_is_none, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(
            programs_that_share_it_and_are_killed_leave_only_whole_entries, rig_setup,
            rig_teardown),
        cmocka_unit_test_setup_teardown(threads_that_share_it_keep_what_each_of_them_holds,
                                        rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
