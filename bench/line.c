/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a line check costs: every input measured, those next to each other compared, all looked at
 * for one signal on two of them, in windows as the check has them.
 *
 *     bench-line FILE...
 *
 * Each file is two inputs: its first minute and its second one. Prints one JSON object: the CPU
 * time of each job as a share of one core while that much sound comes in, and all of it. */
#include "ton/line.h"
#include "ton/arena.h"
#include "ton/audio_in.h"
#include "ton/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { RATE = 48000, WINDOW_S = 5, WINDOW = WINDOW_S * RATE, MOST = 128, WINDOWS = 4 };

static const int places_s[WINDOWS] = {0, 12, 27, 43}; /* players begin, play on, end, rest */

struct bench {
    struct ton_arena *arena;
    float *x[MOST]; /* a window of each input */
    int n;
    struct ton_line_history *history[MOST];
    double measure, compare, alike; /* seconds */
    int same;
};

static void die(const struct ton_err *err) {
    fprintf(stderr, "bench-line: %s%s%s\n", err->where, *err->where ? ": " : "", err->text);
    exit(1);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void read_window(float *x, const char *path, int from_s) {
    struct ton_audio_in *in = NULL;
    struct ton_err err = {.text = "not one channel at 48 kHz that is long enough"};
    int64_t got = 0;
    if (ton_audio_open(&in, path, &err))
        die(&err);
    const struct ton_audio_info *info = ton_audio_info(in);
    if (info->channels != 1 || info->rate != RATE || info->frames < 120 * RATE ||
        ton_audio_seek(in, (int64_t)from_s * RATE, &err) ||
        ton_audio_read(in, &x, WINDOW, &got, &err))
        die(&err);
    ton_audio_close(in);
}

static void count(void *user, int a, int b) {
    (void)a;
    (void)b;
    ++*(int *)user;
}

static void look_at_window(struct bench *b) {
    const struct ton_line_config config = {.rate = RATE, .period_frames = 256};
    struct ton_line line;
    struct ton_line_pair pair;
    struct ton_err err;
    const double start = now();
    for (int i = 0; i < b->n; i++)
        if (ton_line_measure(&line, b->x[i], WINDOW, &config, &err))
            die(&err);
    const double measured = now();
    for (int i = 0; i + 1 < b->n; i++) {
        const float *const both[2] = {b->x[i], b->x[i + 1]};
        if (ton_lines_compare(&pair, b->history[i], both, WINDOW, &config, &err))
            die(&err);
    }
    const double compared = now();
    if (ton_lines_find_alike((const float *const *)b->x, b->n, WINDOW, 0.98, count, &b->same, &err))
        die(&err);
    b->measure += measured - start;
    b->compare += compared - measured;
    b->alike += now() - compared;
}

static void set_share(struct ton_json *j, const char *name, double seconds) {
    ton_json_set(j, name, ton_json_round(seconds / (WINDOWS * WINDOW_S), 4));
}

static void report(const struct bench *b) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "inputs", ton_json_integer(b->n));
    set_share(j, "measure", b->measure);
    set_share(j, "compare", b->compare);
    set_share(j, "alike", b->alike);
    set_share(j, "share", b->measure + b->compare + b->alike);
    ton_json_set(j, "same", ton_json_integer(b->same));
    char *text = ton_json_dump(j, false);
    printf("%s\n", text ? text : "");
    ton_free(text);
    ton_json_free(j);
}

int main(int argc, char **argv) {
    struct bench b = {.arena = ton_arena_create(), .n = 2 * (argc - 1)};
    struct ton_err err = {.text = "which files, 1 to 64?"};
    if (!b.arena || b.n < 2 || b.n > MOST)
        die(&err);
    for (int i = 0; i < b.n; i++) {
        b.x[i] = TON_NEW_N(b.arena, float, WINDOW);
        b.history[i] = ton_line_history_new(b.arena);
        if (!b.x[i] || !b.history[i])
            die(&(struct ton_err){.text = "no memory"});
    }
    for (int w = 0; w < WINDOWS; w++) {
        for (int i = 0; i < b.n; i++)
            read_window(b.x[i], argv[1 + i / 2], places_s[w] + (i % 2 ? 60 : 0));
        look_at_window(&b);
    }
    report(&b);
    ton_arena_destroy(b.arena);
    return 0;
}
