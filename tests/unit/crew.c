/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs side by side: each is done once, and one that fails ends the others. */

#include "promise.h"

#include "work.h"

#include <unistd.h>

enum { JOBS = 1000, THREADS = 4, PATIENCE_MS = 5000 };

struct jobs_done {
    pthread_t starter;
    atomic_int done[JOBS];
    int told, seen_done; /* how often, and how many of them at the last time */
    atomic_int astray;   /* told on another thread, or done on this one */
    atomic_bool begun, stopped;
};

static bool is_starter(const struct jobs_done *jobs) {
    return pthread_equal(pthread_self(), jobs->starter);
}

static enum ton_code count(void *user, size_t i, struct ton_err *err) {
    (void)err;
    struct jobs_done *jobs = user;
    atomic_fetch_add(&jobs->done[i], 1);
    atomic_fetch_add(&jobs->astray, is_starter(jobs));
    return TON_OK;
}

static void tell(void *user) {
    struct jobs_done *jobs = user;
    atomic_fetch_add(&jobs->astray, !is_starter(jobs));
    jobs->told++;
    jobs->seen_done = 0;
    for (int i = 0; i < JOBS; i++)
        jobs->seen_done += jobs->done[i];
}

static void every_job_is_done_once(void **state) {
    (void)state;
    for (int threads = 1; threads <= THREADS; threads++) {
        const struct ton_deliver_config config = {.threads = threads};
        const struct work w = {.config = &config};
        struct jobs_done done = {.starter = pthread_self()};
        const struct jobs all = {JOBS, count, tell, &done}, none = {0, count, tell, &done};
        assert_int_equal(crew_run(&w, &all, NULL), TON_OK);
        for (int i = 0; i < JOBS; i++)
            assert_int_equal(done.done[i], 1);
        const int told = done.told;
        assert_true(told > 0 && done.seen_done == JOBS);
        assert_int_equal(crew_run(&w, &none, NULL), TON_OK);
        assert_int_equal(done.told, told);
        assert_int_equal(done.astray, 0);
    }
}

/* The first job takes until it is told to stop, the second fails. */
static enum ton_code linger(void *user, size_t i, struct ton_err *err) {
    struct jobs_done *jobs = user;
    const bool patient = i == 0;
    if (patient)
        atomic_store(&jobs->begun, true);
    for (int ms = 0; ms < PATIENCE_MS; ms++) {
        const enum ton_code code = patient ? ton_stop_check(err) : TON_OK;
        if (code) {
            atomic_store(&jobs->stopped, true);
            return code;
        }
        if (!patient && atomic_load(&jobs->begun))
            return ton_fail(err, TON_ENVIRONMENT, NULL, "as the test says");
        usleep(1000);
    }
    return TON_OK;
}

static void one_that_fails_ends_the_others_and_its_error_is_told(void **state) {
    (void)state;
    const struct ton_deliver_config config = {.threads = 2};
    const struct work w = {.config = &config};
    struct jobs_done done = {.starter = pthread_self()};
    const struct jobs jobs = {2, linger, tell, &done};
    struct ton_err err = {.code = TON_OK};
    assert_int_equal(crew_run(&w, &jobs, &err), TON_ENVIRONMENT);
    assert_string_equal(err.text, "as the test says");
    assert_true(done.begun && done.stopped);
    assert_int_equal(ton_stop_check(NULL), TON_OK); /* the thread is its own again */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_is_done_once),
        cmocka_unit_test(one_that_fails_ends_the_others_and_its_error_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
