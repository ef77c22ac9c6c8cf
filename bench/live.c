/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The null device: a clock that asks for a block every period, as a sound card does, and measures
 * how long the plan takes for each.
 *
 *     bench-live SESSION [FRAMES [SECONDS]]
 *
 * Prints one JSON object: periods, missed (a block took longer than its period), unread (takes were
 * late), and mean, p99.9 and worst time as shares of the period. The thread asks for real-time
 * priority, as a device's thread has it; `realtime` tells whether it got it. */
#include "ton/live.h"
#include "ton/json.h"
#include "ton/takes.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { MOST_FRAMES = 4096 };

struct device {
    struct ton_live *live;
    int64_t period_ns, n;
    int64_t *spent; /* ns, per period */
    int64_t unread;
    bool realtime;
};

static void die(const struct ton_err *err) {
    fprintf(stderr, "bench-live: %s%s%s\n", err->where, *err->where ? ": " : "", err->text);
    exit(1);
}

static void sleep_until(int64_t ns) {
    const struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void *run(void *user) {
    static float left[MOST_FRAMES], right[MOST_FRAMES];
    float *const out[1][2] = {{left, right}};
    struct device *d = user;
    const struct sched_param wish = {.sched_priority = 70};
    d->realtime = pthread_setschedparam(pthread_self(), SCHED_FIFO, &wish) == 0;
    const int64_t start = ton_clock_ns();
    for (int64_t i = 0; i < d->n; i++) {
        sleep_until(start + i * d->period_ns);
        const int64_t before = ton_clock_ns();
        d->unread += ton_live_process(d->live, out) == TON_LIVE_LATE;
        d->spent[i] = ton_clock_ns() - before;
    }
    return NULL;
}

static int by_size(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double share(const struct device *d, double ns) {
    return ns / (double)d->period_ns;
}

static void report(struct device *d, int frames) {
    int64_t missed = 0;
    double sum = 0;
    for (int64_t i = 0; i < d->n; i++) {
        missed += d->spent[i] > d->period_ns;
        sum += (double)d->spent[i];
    }
    qsort(d->spent, (size_t)d->n, sizeof *d->spent, by_size);
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "frames", ton_json_integer(frames));
    ton_json_set(j, "periods", ton_json_integer(d->n));
    ton_json_set(j, "realtime", ton_json_bool(d->realtime));
    ton_json_set(j, "missed", ton_json_integer(missed));
    ton_json_set(j, "unread", ton_json_integer(d->unread));
    ton_json_set(j, "mean", ton_json_round(share(d, sum / (double)d->n), 4));
    ton_json_set(j, "p99.9", ton_json_round(share(d, (double)d->spent[d->n - 1 - d->n / 1000]), 4));
    ton_json_set(j, "worst", ton_json_round(share(d, (double)d->spent[d->n - 1]), 4));
    char *text = ton_json_dump(j, false);
    printf("%s\n", text ? text : "");
    ton_free(text);
    ton_json_free(j);
}

int main(int argc, char **argv) {
    const int frames = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 64;
    const double seconds = argc > 3 ? strtod(argv[3], NULL) : 20;
    struct ton_arena *arena = ton_arena_create();
    struct ton_problems problems;
    struct ton_session *session = NULL;
    struct ton_plan *plan = NULL;
    struct ton_err err = {.text = "which session?"};
    const struct ton_wish wish = {.name = "mix", .kind = TON_WISH_MIX};
    const struct ton_takes takes = ton_takes_from_files();
    ton_problems_init(&problems, arena);
    if (argc < 2 || ton_session_read(&session, arena, argv[1], &takes, &problems, &err) ||
        ton_plan_compile(&plan, session, &wish, 1, NULL, &err))
        die(&err);
    struct device d = {.period_ns = (int64_t)(1e9 * frames / session->rate)};
    d.n = (int64_t)(seconds * 1e9) / d.period_ns;
    d.spent = ton_alloc(sizeof *d.spent * (size_t)d.n);
    if (!d.spent || ton_live_create(&d.live, plan, frames, &err))
        die(&err);
    mlockall(MCL_CURRENT | MCL_FUTURE);
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, &d) != 0)
        die(&(struct ton_err){.text = "cannot start the device's thread"});
    pthread_join(thread, NULL);
    report(&d, frames);
    ton_live_destroy(d.live);
    ton_plan_destroy(plan);
    ton_arena_destroy(arena);
    ton_free(d.spent);
    return 0;
}
