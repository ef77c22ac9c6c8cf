/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of each period the plan of a session takes on a device's thread: on the null device, a
 * clock that asks for a block every period as a sound card does.
 *
 *     bench-live SESSION [FRAMES [SECONDS]]
 *
 * Prints one JSON object: periods, missed (a block took longer than its period), unread (takes were
 * late), and mean, p99.9 and worst time as shares of the period; `realtime` tells whether the
 * thread got real-time priority. */
#include "ton/live.h"
#include "ton/device.h"
#include "ton/json.h"
#include "ton/row.h"
#include "ton/takes.h"
#include "ton/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct bench {
    struct ton_live *live;
    int64_t period_ns, n;
    int64_t *spent;    /* ns, per period */
    atomic_llong done; /* periods */
    int64_t unread;
    bool realtime;
};

static void die(const struct ton_err *err) {
    fprintf(stderr, "bench-live: %s%s%s\n", err->where, *err->where ? ": " : "", err->text);
    exit(1);
}

static void process(void *user, struct ton_device_block *block) {
    struct bench *b = user;
    const int64_t i = atomic_load(&b->done);
    if (i >= b->n)
        return;
    const int64_t before = ton_clock_ns();
    b->unread += ton_live_process(b->live, &(float *const[2]){block->out[0], block->out[1]}) ==
                 TON_LIVE_LATE;
    b->spent[i] = ton_clock_ns() - before;
    atomic_store(&b->done, i + 1);
}

static void run(struct bench *b, int frames, double rate) {
    static const struct ton_device_wish outputs[] = {{"Mix L", NULL}, {"Mix R", NULL}};
    const struct ton_device_config config = {
        .backend = "null",
        .rate = (int)rate,
        .period_frames = frames,
        .speed = 1,
        .outputs = outputs,
        .n_outputs = TON_N(outputs),
        .process = process,
        .user = b,
    };
    struct ton_device *device = NULL;
    struct ton_device_status status;
    struct ton_err err = {.text = ""};
    if (ton_device_open(&device, &config, &err) || ton_device_start(device, &err))
        die(&err);
    while (atomic_load(&b->done) < b->n)
        usleep(10000);
    ton_device_status(device, &status);
    b->realtime = status.realtime;
    ton_device_close(device);
}

static int by_size(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static double share(const struct bench *b, double ns) {
    return ns / (double)b->period_ns;
}

static void report(struct bench *b, int frames) {
    int64_t missed = 0;
    double sum = 0;
    for (int64_t i = 0; i < b->n; i++) {
        missed += b->spent[i] > b->period_ns;
        sum += (double)b->spent[i];
    }
    qsort(b->spent, (size_t)b->n, sizeof *b->spent, by_size);
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "frames", ton_json_integer(frames));
    ton_json_set(j, "periods", ton_json_integer(b->n));
    ton_json_set(j, "realtime", ton_json_bool(b->realtime));
    ton_json_set(j, "missed", ton_json_integer(missed));
    ton_json_set(j, "unread", ton_json_integer(b->unread));
    ton_json_set(j, "mean", ton_json_round(share(b, sum / (double)b->n), 4));
    ton_json_set(j, "p99.9", ton_json_round(share(b, (double)b->spent[b->n - 1 - b->n / 1000]), 4));
    ton_json_set(j, "worst", ton_json_round(share(b, (double)b->spent[b->n - 1]), 4));
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
    struct bench b = {.period_ns = (int64_t)(1e9 * frames / session->rate)};
    b.n = (int64_t)(seconds * 1e9) / b.period_ns;
    b.spent = ton_alloc(sizeof *b.spent * (size_t)b.n);
    if (!b.spent || ton_live_create(&b.live, plan, frames, &err))
        die(&err);
    mlockall(MCL_CURRENT | MCL_FUTURE);
    run(&b, frames, session->rate);
    report(&b, frames);
    ton_live_destroy(b.live);
    ton_plan_destroy(plan);
    ton_arena_destroy(arena);
    ton_free(b.spent);
    return 0;
}
