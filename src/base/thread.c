/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Threads, the wish to stop, and how far a long job is. */
#include "ton/thread.h"
#include "ton/rt.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

void (*ton_thread_overtaken)(void);

enum ton_code ton_thread_start(struct ton_thread *t, void *(*run)(void *), void *user,
                               struct ton_err *err) {
    ton_rt_forbid("ton_thread_start");
    int error = pthread_create(&t->handle, NULL, run, user);
    t->running = error == 0;
    if (error == 0)
        return TON_OK;
    errno = error;
    return ton_fail_errno(err, NULL, "cannot start a thread");
}

void ton_thread_join(struct ton_thread *t) {
    ton_rt_forbid("ton_thread_join");
    if (!t->running)
        return;
    pthread_join(t->handle, NULL);
    t->running = false;
}

static int64_t read_ns(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t ton_clock_ns(void) {
    return read_ns(CLOCK_MONOTONIC);
}

void ton_nap(int64_t ns) {
    ton_rt_forbid("ton_nap");
    struct timespec left = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR && !ton_stop_requested())
        ;
}

int64_t ton_thread_ns(void) {
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

int64_t ton_process_ns(void) {
    return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void ton_condition_init(pthread_cond_t *c) {
    pthread_condattr_t steady;
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(c, &steady);
    pthread_condattr_destroy(&steady);
}

void ton_condition_doze(pthread_cond_t *c, pthread_mutex_t *lock, int64_t ns) {
    const int64_t end = ton_clock_ns() + ns;
    const struct timespec until = {.tv_sec = end / 1000000000, .tv_nsec = end % 1000000000};
    pthread_cond_timedwait(c, lock, &until);
}

int ton_cpu_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n > 0 ? n : 1;
}

/* Lock-free, so a signal handler may set it. */
static atomic_int stop_requested;

void ton_stop_request(void) {
    atomic_store(&stop_requested, 1);
}

bool ton_stop_requested(void) {
    return atomic_load_explicit(&stop_requested, memory_order_relaxed) != 0;
}

static _Thread_local const atomic_bool *heeded;

void ton_stop_heed(const atomic_bool *flag) {
    heeded = flag;
}

enum ton_code ton_stop_check(struct ton_err *err) {
    if (!ton_stop_requested() && !(heeded && atomic_load(heeded)))
        return TON_OK;
    return ton_fail(err, TON_STOPPED, NULL, "stopped as asked; nothing unfinished was kept");
}

void ton_progress_step(const struct ton_progress *p, const char *what, double fraction) {
    if (p && p->step)
        p->step(p->user, what, fraction < 0 ? 0 : fraction > 1 ? 1 : fraction);
}

void ton_tally_add(struct ton_tally *t, int64_t frames) {
    if (t)
        atomic_fetch_add_explicit(&t->frames, frames, memory_order_relaxed);
}

int64_t ton_tally_frames(struct ton_tally *t) {
    return atomic_load_explicit(&t->frames, memory_order_relaxed);
}
