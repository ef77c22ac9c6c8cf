/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What recording costs the audio thread: 64 inputs in blocks of 256 frames at 48 kHz, all of them
 * written meanwhile, in real time. Mean and worst share of a block's time, what the whole process
 * computes, and what was lost.
 *
 *     bench-capture [SECONDS [FOLDER]] */
#include "ton/arena.h"
#include "ton/recorder.h"
#include "ton/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { INPUTS = 64, BLOCK = 256, RATE = 48000 };

#define PERIOD_NS (1e9 * BLOCK / RATE)

struct bench {
    struct ton_recorder_track tracks[INPUTS];
    char stems[INPUTS][16];
    float sound[INPUTS][BLOCK];
    struct ton_recorder *recorder;
    double sum_ns, worst_ns;
};

static void die(const struct ton_err *err) {
    fprintf(stderr, "bench-capture: %s: %s\n", err->where, err->text);
    exit(1);
}

static void prepare(struct bench *b, const char *folder) {
    struct ton_err err;
    uint32_t state = 1;
    for (int i = 0; i < INPUTS; i++) {
        snprintf(b->stems[i], sizeof b->stems[i], "bench-%ld-%d", (long)getpid() % 10000, i);
        b->tracks[i] = (struct ton_recorder_track){
            .name = b->stems[i], .stem = b->stems[i], .inputs = {i}, .n_inputs = 1};
        for (int k = 0; k < BLOCK; k++) {
            state = state * 1664525u + 1013904223u;
            b->sound[i][k] = (float)(int32_t)state * 0x1p-33F;
        }
    }
    const struct ton_recorder_config config = {.folder = folder,
                                               .tracks = b->tracks,
                                               .n_tracks = INPUTS,
                                               .n_inputs = INPUTS,
                                               .rate = RATE,
                                               .bits = 24,
                                               .pre_roll_s = 30.0};
    if (ton_recorder_create(&b->recorder, &config, &err) ||
        ton_recorder_start(b->recorder, 1, &err))
        die(&err);
}

static void one_block(struct bench *b, int64_t frame) {
    const float *in[INPUTS];
    for (int i = 0; i < INPUTS; i++)
        in[i] = b->sound[i];
    const struct ton_roll roll = {.rolling = TON_ROLLING_PLAYS, .frames = BLOCK, .place = frame};
    const int64_t before = ton_clock_ns();
    ton_recorder_capture(b->recorder, in, BLOCK, 0, &roll, 1);
    const double took = (double)(ton_clock_ns() - before);
    b->sum_ns += took;
    b->worst_ns = took > b->worst_ns ? took : b->worst_ns;
}

static void remove_takes(struct bench *b, const char *folder) {
    for (int i = 0; i < INPUTS; i++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s_01.wav", folder, b->stems[i]);
        unlink(path);
    }
}

int main(int argc, char **argv) {
    const int seconds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 10;
    const char *folder = argc > 2 ? argv[2] : "/tmp";
    struct bench *b = ton_alloc(sizeof *b);
    struct ton_recorder_status status;
    struct ton_err err;
    if (!b)
        return 1;
    prepare(b, folder);
    const struct sched_param wish = {.sched_priority = 70};
    const bool realtime = pthread_setschedparam(pthread_self(), SCHED_FIFO, &wish) == 0;
    const int64_t blocks = (int64_t)seconds * RATE / BLOCK, began = ton_clock_ns(),
                  computed = ton_process_ns();
    for (int64_t i = 0; i < blocks; i++) {
        const int64_t due = began + (int64_t)((double)i * PERIOD_NS);
        const struct timespec at = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
        one_block(b, i * BLOCK);
    }
    const double cpu = (double)(ton_process_ns() - computed) / 1e9;
    if (ton_recorder_stop(b->recorder, &err))
        die(&err);
    ton_recorder_status(b->recorder, &status);
    printf("%d inputs x %d frames%s: mean %.2f %%, worst %.2f %% of the period\n", INPUTS, BLOCK,
           realtime ? "" : " (without real-time priority)",
           100.0 * b->sum_ns / (double)blocks / PERIOD_NS, 100.0 * b->worst_ns / PERIOD_NS);
    printf("%d s to %s: %.1f %% of a core, %lld frames lost, at most %.2f s of %.0f s waited\n",
           seconds, folder, 100.0 * cpu / seconds, (long long)status.overrun, status.worst_fill_s,
           status.ring_s);
    ton_recorder_destroy(b->recorder);
    remove_takes(b, folder);
    ton_free(b);
    return 0;
}
