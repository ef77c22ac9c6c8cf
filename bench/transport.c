/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session that is played while somebody works with it: a clock asks for a block every period, and
 * main jumps, loops, mutes and solos without a pause.
 *
 *     bench-transport SESSION [FRAMES [SECONDS]]
 *
 * Prints one JSON object: periods, missed (a block took longer than its period), late (blocks, and
 * passes of the loop), mean, p99.9 and worst time as shares of the period, and how long a jump took
 * to be ready, in ms. The thread asks for real-time priority; `realtime` tells whether it got it.
 */
#include "ton/transport.h"
#include "ton/json.h"
#include "ton/takes.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { MOST_FRAMES = 8192 };

struct device {
    struct ton_transport *transport;
    int frames;
    int64_t period_ns, n;
    int64_t *spent; /* ns, per period */
    bool realtime;
    atomic_bool done;
};

static void die(const struct ton_err *err) {
    fprintf(stderr, "bench-transport: %s%s%s\n", err->where, *err->where ? ": " : "", err->text);
    exit(1);
}

static void sleep_until(int64_t ns) {
    const struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

static void *run(void *user) {
    static float left[MOST_FRAMES], right[MOST_FRAMES], click[MOST_FRAMES];
    float *const out[2] = {left, right};
    struct device *d = user;
    const struct sched_param wish = {.sched_priority = 70};
    d->realtime = pthread_setschedparam(pthread_self(), SCHED_FIFO, &wish) == 0;
    const int64_t start = ton_clock_ns();
    for (int64_t i = 0; i < d->n; i++) {
        struct ton_roll rolls[TON_MOST_ROLLS];
        int n_rolls;
        sleep_until(start + i * d->period_ns);
        const int64_t before = ton_clock_ns();
        ton_transport_process(d->transport, out, click, d->frames, rolls, &n_rolls);
        d->spent[i] = ton_clock_ns() - before;
    }
    atomic_store(&d->done, true);
    return NULL;
}

/* Returns how long a jump took on average, ms. */
static double work(struct device *d, const struct ton_session *s) {
    struct ton_err err;
    int64_t jumps = 0, ns = 0;
    for (int i = 0; !atomic_load(&d->done); i++) {
        const int64_t place = (int64_t)s->rate * (1 + i * 7 % 40);
        const int64_t before = ton_clock_ns();
        if (ton_transport_locate(d->transport, place, &err) ||
            ton_transport_loop(d->transport, place, place + s->rate, &err) ||
            ton_transport_mute(d->transport, i % s->n_strips, true, &err))
            die(&err);
        ns += (ton_clock_ns() - before) / 2; /* and the loop's first pass */
        jumps++;
        usleep(1100000);
        if (ton_transport_mute(d->transport, i % s->n_strips, false, &err) ||
            ton_transport_solo(d->transport, 0, i % 2 == 0, &err))
            die(&err);
        usleep(900000);
    }
    return (double)ns * 1e-6 / (double)jumps;
}

static int by_size(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double share(const struct device *d, double ns) {
    return ns / (double)d->period_ns;
}

static void report(struct device *d, double jump_ms) {
    struct ton_transport_status status;
    int64_t missed = 0;
    double sum = 0;
    for (int64_t i = 0; i < d->n; i++) {
        missed += d->spent[i] > d->period_ns;
        sum += (double)d->spent[i];
    }
    ton_transport_status(d->transport, &status);
    qsort(d->spent, (size_t)d->n, sizeof *d->spent, by_size);
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "frames", ton_json_integer(d->frames));
    ton_json_set(j, "periods", ton_json_integer(d->n));
    ton_json_set(j, "realtime", ton_json_bool(d->realtime));
    ton_json_set(j, "missed", ton_json_integer(missed));
    ton_json_set(j, "late", ton_json_integer(status.late_blocks));
    ton_json_set(j, "passes", ton_json_integer(status.passes));
    ton_json_set(j, "late_passes", ton_json_integer(status.late_passes));
    ton_json_set(j, "jump_ms", ton_json_round(jump_ms, 1));
    ton_json_set(j, "mean", ton_json_round(share(d, sum / (double)d->n), 4));
    ton_json_set(j, "p99.9", ton_json_round(share(d, (double)d->spent[d->n - 1 - d->n / 1000]), 4));
    ton_json_set(j, "worst", ton_json_round(share(d, (double)d->spent[d->n - 1]), 4));
    char *text = ton_json_dump(j, false);
    printf("%s\n", text ? text : "");
    ton_free(text);
    ton_json_free(j);
}

int main(int argc, char **argv) {
    const int frames = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 256;
    const double seconds = argc > 3 ? strtod(argv[3], NULL) : 20;
    struct ton_arena *arena = ton_arena_create();
    struct ton_problems problems;
    struct ton_session *session = NULL;
    struct ton_err err = {.text = "which session?"};
    const struct ton_takes takes = ton_takes_from_files();
    ton_problems_init(&problems, arena);
    if (argc < 2 || ton_session_read(&session, arena, argv[1], &takes, &problems, &err))
        die(&err);
    struct device d = {.frames = frames < 1 || frames > MOST_FRAMES ? MOST_FRAMES : frames};
    d.period_ns = (int64_t)(1e9 * d.frames / session->rate);
    d.n = (int64_t)(seconds * 1e9) / d.period_ns;
    d.spent = ton_alloc(sizeof *d.spent * (size_t)d.n);
    const struct ton_transport_config config = {.session = session, .endless = true};
    if (!d.spent || ton_transport_create(&d.transport, &config, &err))
        die(&err);
    mlockall(MCL_CURRENT | MCL_FUTURE);
    ton_transport_roll(d.transport, 0);
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, &d) != 0)
        die(&(struct ton_err){.text = "cannot start the device's thread"});
    const double jump_ms = work(&d, session);
    pthread_join(thread, NULL);
    report(&d, jump_ms);
    ton_transport_destroy(d.transport);
    ton_arena_destroy(arena);
    ton_free(d.spent);
    return 0;
}
