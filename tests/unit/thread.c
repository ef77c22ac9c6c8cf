/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads, stopping, progress. */
#include "promise.h"

#include "ton/thread.h"

#include <signal.h>

static void *count_up(void *user) {
    atomic_int *count = user;
    for (int i = 0; i < 1000; i++)
        atomic_fetch_add(count, 1);
    return NULL;
}

static void threads_run_and_are_joined(void **state) {
    (void)state;
    atomic_int count = 0;
    struct ton_thread threads[8] = {{.running = false}};
    for (int i = 0; i < 8; i++)
        assert_int_equal(ton_thread_start(&threads[i], count_up, &count, NULL), TON_OK);
    for (int i = 0; i < 8; i++)
        ton_thread_join(&threads[i]);
    assert_int_equal(atomic_load(&count), 8000);
    ton_thread_join(&threads[0]); /* a second time is nothing */
    struct ton_thread never = {.running = false};
    ton_thread_join(&never);
    figure("%d processors", ton_cpu_count());
    assert_true(ton_cpu_count() >= 1);
}

/* What a call that hangs may touch, for as long as it does. */
static atomic_bool answers, answered;
static atomic_int forgotten;

static void ask(void *user) {
    (void)user;
    while (!atomic_load(&answers))
        ton_nap(1000000);
    atomic_store(&answered, true);
}

static void forget(void *user) {
    (void)user;
    atomic_fetch_add(&forgotten, 1);
}

static void a_call_that_hangs_is_waited_for_so_long_and_ends_by_itself(void **state) {
    (void)state;
    enum { NS = 50000000 };
    const int64_t start = ton_clock_ns();
    assert_false(ton_call_within(NS, ask, forget, NULL));
    figure("given up after %.0f ms", (double)(ton_clock_ns() - start) / 1e6);
    assert_true(ton_clock_ns() - start >= NS);
    assert_false(atomic_load(&answered));
    atomic_store(&answers, true);
    while (!atomic_load(&forgotten))
        ton_nap(1000000);
    assert_true(atomic_load(&answered));
    atomic_store(&answered, false);
    assert_true(ton_call_within(INT64_MAX / 2, ask, forget, NULL));
    assert_int_equal(atomic_load(&forgotten), 1);
    assert_true(atomic_load(&answered));
}

static void note(void *user, const char *what, double fraction) {
    (void)what;
    *(double *)user = fraction;
}

static void progress_stays_between_nothing_and_all(void **state) {
    (void)state;
    double seen = -1;
    struct ton_progress progress = {.step = note, .user = &seen};
    ton_progress_step(&progress, "mixing", 0.25);
    assert_true(seen == 0.25);
    ton_progress_step(&progress, "mixing", 1.5);
    assert_true(seen == 1);
    ton_progress_step(&progress, "mixing", -3);
    assert_true(seen == 0);
    ton_progress_step(NULL, "mixing", 0.5);
    struct ton_progress silent = {.step = NULL};
    ton_progress_step(&silent, "mixing", 0.5);
}

static void *check(void *user) {
    enum ton_code *code = user;
    *code = ton_stop_check(NULL);
    return NULL;
}

static void a_thread_that_heeds_a_flag_stops_by_it_and_no_other(void **state) {
    (void)state;
    atomic_bool failed = false;
    struct ton_thread other;
    enum ton_code code = TON_MISSED;
    ton_stop_heed(&failed);
    assert_int_equal(ton_stop_check(NULL), TON_OK);
    atomic_store(&failed, true);
    assert_int_equal(ton_stop_check(NULL), TON_STOPPED);
    assert_false(ton_stop_requested());
    assert_int_equal(ton_thread_start(&other, check, &code, NULL), TON_OK);
    ton_thread_join(&other);
    assert_int_equal(code, TON_OK);
    ton_stop_heed(NULL);
    assert_int_equal(ton_stop_check(NULL), TON_OK);
}

static void on_signal(int number) {
    (void)number;
    ton_stop_request();
}

static void a_signal_asks_to_stop(void **state) {
    (void)state;
    struct ton_err err = {.code = TON_OK};
    assert_int_equal(ton_stop_check(&err), TON_OK);
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    assert_true(ton_stop_requested());
    assert_int_equal(ton_stop_check(&err), TON_STOPPED);
    assert_true(err.text[0] != '\0');
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_run_and_are_joined),
        cmocka_unit_test(a_call_that_hangs_is_waited_for_so_long_and_ends_by_itself),
        cmocka_unit_test(progress_stays_between_nothing_and_all),
        cmocka_unit_test(a_thread_that_heeds_a_flag_stops_by_it_and_no_other),
        cmocka_unit_test(a_signal_asks_to_stop), /* last: it cannot be taken back */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
