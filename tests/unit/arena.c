/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The heap and arenas. */
#include "promise.h"

#include "ton/arena.h"
#include "ton/rt.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_zero(const unsigned char *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static void every_block_is_zeroed_and_aligned(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 15, 64, 65, 4096, 1000003};
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            unsigned char *p = ton_alloc(sizes[i]);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 64, 0);
            assert_true(is_zero(p, sizes[i]));
            memset(p, 0xff, sizes[i]);
            ton_free(p);
        }
    }
    ton_free(NULL);
}

static void arena_memory_is_zeroed_aligned_and_apart(void **state) {
    (void)state;
    struct ton_arena *a = ton_arena_create();
    unsigned char *blocks[400];
    size_t sizes[400], total = 0;
    for (int i = 0; i < 400; i++) {
        sizes[i] = i % 50 == 49 ? 100000 + (size_t)i : (size_t)(i * 7 % 300);
        total += sizes[i] ? sizes[i] : 1;
        blocks[i] = ton_arena_alloc(a, sizes[i]);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % (sizes[i] > 64 ? 64 : 16), 0);
        assert_true(is_zero(blocks[i], sizes[i]));
        memset(blocks[i], i & 0xff, sizes[i]);
    }
    for (int i = 0; i < 400; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(blocks[i][k], i & 0xff);
    assert_int_equal(ton_arena_bytes(a), total);
    figure("400 blocks, %zu bytes", total);
    ton_arena_destroy(a);
    ton_arena_destroy(NULL);
}

static void growing_keeps_what_was_there(void **state) {
    (void)state;
    struct ton_arena *a = ton_arena_create();
    int *array = NULL;
    size_t n = 0, capacity = 0;
    for (int i = 0; i < 10000; i++) {
        int *slot = TON_PUSH(a, array, n, capacity);
        assert_non_null(slot);
        assert_int_equal(*slot, 0);
        *slot = i;
    }
    assert_int_equal(n, 10000);
    for (int i = 0; i < 10000; i++)
        assert_int_equal(array[i], i);
    char *text = ton_arena_grow(a, "abc", 4, 8);
    assert_string_equal(text, "abc");
    assert_string_equal(ton_arena_printf(a, "%s-%d", "x", 12), "x-12");
    assert_null(ton_arena_text(a, NULL));
    assert_string_equal(ton_arena_copy(a, "abcdef", 3), "abc");
    ton_arena_destroy(a);
}

static void an_impossible_size_is_refused(void **state) {
    (void)state;
    assert_null(ton_alloc(SIZE_MAX));
    assert_null(ton_alloc(SIZE_MAX - 64));
    struct ton_arena *a = ton_arena_create();
    assert_null(ton_arena_alloc(a, SIZE_MAX));
    assert_true(ton_arena_failed(a));
    ton_arena_destroy(a);
}

static void memory_that_ends_leaves_a_usable_arena(void **state) {
    (void)state;
    int failures = 0;
    for (long n = 1;; n++) {
        ton_alloc_fail_after(n);
        struct ton_arena *a = ton_arena_create();
        char *last = NULL;
        int held = 0;
        for (; a && held < 100; held++) {
            char *p = ton_arena_alloc(a, 5000);
            if (!p)
                break;
            last = p;
            memset(p, 1, 5000);
        }
        ton_alloc_fail_after(-1);
        bool all = a && held == 100;
        failures += !all;
        if (a)
            assert_int_equal(ton_arena_failed(a), !all);
        if (last)
            assert_int_equal(last[4999], 1);
        ton_arena_destroy(a);
        if (all)
            break;
    }
    figure("%d places to run out of memory", failures);
    assert_true(failures > 5);
}

static void the_audio_thread_cannot_allocate(void **state) {
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        /* Neither core file nor a line of text in the test's output. */
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        ton_rt_enter();
        ton_rt_enter();
        ton_rt_leave();
        ton_free(ton_alloc(1));
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    ton_rt_enter();
    ton_rt_leave();
    ton_free(ton_alloc(1));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_is_zeroed_and_aligned),
        cmocka_unit_test(arena_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(growing_keeps_what_was_there),
        cmocka_unit_test(an_impossible_size_is_refused),
        cmocka_unit_test(memory_that_ends_leaves_a_usable_arena),
        cmocka_unit_test(the_audio_thread_cannot_allocate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
