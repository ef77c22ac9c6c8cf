/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolution of a stereo signal with an impulse response of 3 s at 48 kHz, beside ffmpeg's `afir`.
 *
 *     bench-convolve [--seconds N] [--runs N]
 *
 * Both read float WAV and throw the result away. Made here, seeded, in $TMPDIR, removed at the end.
 * Of ours also what a single block of 256 frames takes, beside the mean: who plays live waits for
 * the longest. Its work comes round with the largest partition, so the least time of each place in
 * that round is what it takes; the rest is the machine. */
#include "stopwatch.h"

#include "ton/arena.h"
#include "ton/audio_in.h"
#include "ton/audio_out.h"
#include "ton/isa.h"
#include "ton/path.h"
#include "ton/processor.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>

enum { RATE = 48000, CHANNELS = 2, TAPS = 3 * RATE, BLOCK = 256, ROUND = 256 /* blocks */ };

/* Microseconds of each place in the round; what a child writes and its parent reads. */
struct blocks {
    double least[ROUND];
};

struct bench {
    struct ton_arena *arena;
    char *folder, *sound, *response;
    int runs;
    double seconds;
    struct blocks *blocks;
};

struct job {
    const struct bench *bench;
    float latency; /* the choice */
    enum ton_isa isa;
};

static void die(const struct ton_err *err) {
    fprintf(stderr, "bench-convolve: %s: %s\n", err->where, err->text);
    exit(1);
}

/* Noise that decays by `fall_db` over its length. */
static void make_noise(const char *path, int frames, double fall_db) {
    const struct ton_audio_out_config config = {
        .format = {.codec = TON_FLOAT, .bits = 32, .rate = RATE}, .channels = CHANNELS};
    struct ton_audio_out *out = NULL;
    struct ton_err err;
    if (ton_audio_create(&out, path, &config, &err))
        die(&err);
    static float x[CHANNELS][BLOCK];
    const float *const rows[CHANNELS] = {x[0], x[1]};
    uint64_t random = 1;
    for (int at = 0; at < frames; at += BLOCK) {
        const int n = frames - at < BLOCK ? frames - at : BLOCK;
        for (int i = 0; i < n; i++)
            for (int c = 0; c < CHANNELS; c++) {
                random = random * 6364136223846793005ULL + 1442695040888963407ULL;
                x[c][i] = (float)(0.1 * (double)(int64_t)random * 0x1p-63 *
                                  pow(10.0, -fall_db / 20.0 * (at + i) / frames));
            }
        if (ton_audio_write(out, rows, n, &err))
            die(&err);
    }
    if (ton_audio_finish(out, &err))
        die(&err);
}

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static int convolve(void *user) {
    const struct job *job = user;
    const struct ton_processor *p = ton_processor_find("convolver", NULL);
    struct ton_audio_in *in = NULL, *response = NULL;
    struct ton_err err = {.text = "no memory"};
    static float x[CHANNELS][BLOCK], h[CHANNELS][TAPS];
    float *const rows[CHANNELS] = {x[0], x[1]}, *const taps[CHANNELS] = {h[0], h[1]};
    const struct ton_asset asset = {.channels = CHANNELS,
                                    .frames = TAPS,
                                    .file_rate = RATE,
                                    .data = (const float *const[]){h[0], h[1]}};
    const struct ton_config config = {
        .rate = RATE, .channels = CHANNELS, .max_frames = BLOCK, .tempo = 120, .assets = &asset};
    float params[TON_MOST_ROWS];
    int index = 0, block = 0;
    int64_t got = 0;
    ton_isa_limit(job->isa);
    if (ton_audio_open(&in, job->bench->sound, &err) ||
        ton_audio_open(&response, job->bench->response, &err) ||
        ton_audio_read(response, taps, TAPS, &got, &err))
        die(&err);
    ton_rows_defaults(p->rows, p->n_rows, params);
    ton_rows_find(p->rows, p->n_rows, "latency", &index, NULL);
    params[index] = job->latency;
    void *state = ton_alloc(p->state_size(&config, params));
    if (!state)
        die(&err);
    p->init(state, &config, params);
    if (p->open(state, &config, params, &err))
        die(&err);
    do {
        if (ton_audio_read(in, rows, BLOCK, &got, &err))
            die(&err);
        const struct ton_io io = {
            .in = (const float *const *)rows, .out = rows, .frames = (int)got};
        double *least = &job->bench->blocks->least[block++ % ROUND];
        const double before = now_us();
        p->process(state, &io);
        *least = fmin(*least, now_us() - before);
    } while (got == BLOCK);
    p->close(state);
    return 0;
}

static void row(const struct bench *b, const char *who, struct bench_time t) {
    if (!t.good) {
        printf("| %-36s | failed |\n", who);
        return;
    }
    printf("| %-36s | %5.2f | %9.0f | %5.1f |", who, t.cpu, b->seconds / t.cpu,
           t.cpu / (b->seconds * RATE * CHANNELS) * 1e9);
    double sum = 0, longest = 0;
    for (int i = 0; i < ROUND; i++) {
        sum += b->blocks->least[i];
        longest = fmax(longest, b->blocks->least[i]);
    }
    if (isfinite(sum))
        printf(" %7.0f | %10.0f |", sum / ROUND, longest);
    printf("\n");
    fflush(stdout);
}

static void forget(const struct bench *b) {
    for (int i = 0; i < ROUND; i++)
        b->blocks->least[i] = INFINITY;
}

static void ours(const struct bench *b, const char *who, float latency, enum ton_isa isa) {
    struct job job = {.bench = b, .latency = latency, .isa = isa};
    forget(b);
    row(b, who, bench_median(b->runs, convolve, &job));
    forget(b); /* others have none */
}

static void run(const struct bench *b) {
    printf(
        "\nThe convolver: %.0f s of stereo at 48 kHz with an impulse response of 3 s; ns per frame "
        "and channel; us per block of %d frames\n",
        b->seconds, BLOCK);
    printf("| %-36s | CPU s | real time |    ns | us mean | us longest |\n", "who");
    ours(b, "ton convolver, latency zero", 0, TON_N_ISAS - 1);
    ours(b, "ton convolver, latency low", 1, TON_N_ISAS - 1);
    ours(b, "ton convolver, latency zero, plain C", 0, TON_ISA_GENERIC);
    char *command = ton_arena_printf(b->arena,
                                     "exec ffmpeg -nostdin -loglevel error -i %s -i %s "
                                     "-lavfi '[0][1]afir=gtype=none' -f null -",
                                     b->sound, b->response);
    if (bench_have("ffmpeg"))
        row(b, "ffmpeg afir", bench_median(b->runs, bench_shell, command));
}

static double option(int argc, char **argv, const char *name, double usual) {
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return strtod(argv[i + 1], NULL);
    return usual;
}

int main(int argc, char **argv) {
    struct bench b = {.arena = ton_arena_create(),
                      .runs = (int)option(argc, argv, "--runs", 3),
                      .seconds = option(argc, argv, "--seconds", 60)};
    const char *tmp = getenv("TMPDIR");
    b.folder = ton_arena_printf(b.arena, "%s/ton-bench-XXXXXX", tmp ? tmp : "/tmp");
    struct ton_err err = {.text = "cannot make a folder"};
    b.blocks =
        mmap(NULL, sizeof *b.blocks, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (!b.folder || b.blocks == MAP_FAILED || !mkdtemp(b.folder))
        die(&err);
    b.sound = ton_arena_printf(b.arena, "%s/sound.wav", b.folder);
    b.response = ton_arena_printf(b.arena, "%s/response.wav", b.folder);
    make_noise(b.sound, (int)(b.seconds * RATE), 0);
    make_noise(b.response, TAPS, 60);
    run(&b);
    bench_once(bench_shell, ton_arena_printf(b.arena, "rm -rf '%s'", b.folder));
    ton_arena_destroy(b.arena);
    return 0;
}
