/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a large session takes before its first sample: read, check, compile.
 *
 *     bench-load [--tracks N] [--clips N] [--points N] [--takes N] [--runs N]
 *
 * The session is generated: tracks with an equaliser, a compressor, a send and two lanes of
 * automation each, on ten buses; the takes are real files, silent and short, in $TMPDIR. */
#include "stopwatch.h"

#include "ton/audio_out.h"
#include "ton/path.h"
#include "ton/plan.h"
#include "ton/takes.h"

#include <string.h>

#define RATE 48000
#define BUSES 10

struct bench {
    struct ton_arena *arena;
    char *folder, *session;
    int tracks, clips, points, takes, runs;
};

static void die(const struct ton_err *err) {
    fprintf(stderr, "bench-load: %s: %s\n", err->where, err->text);
    exit(1);
}

static void make_take(const struct bench *b, int take) {
    char path[4096];
    snprintf(path, sizeof path, "%s/audio/take-%04d.wav", b->folder, take);
    const struct ton_audio_out_config config = {
        .format = {.codec = TON_PCM, .bits = 16, .rate = RATE}, .channels = 1};
    static const float silence[8 * RATE];
    const float *rows[] = {silence};
    struct ton_audio_out *out = NULL;
    struct ton_err err;
    if (ton_audio_create(&out, path, &config, &err) || ton_audio_write(out, rows, 8 * RATE, &err) ||
        ton_audio_finish(out, &err))
        die(&err);
}

static void put_track(struct ton_text *t, const struct bench *b, int track) {
    static const char *const roles[] = {"drums.kit", "bass", "keys.piano", "vocals.lead"};
    ton_text_printf(t, "  Track %03d:\n    role: %s\n    clips:\n", track, roles[track % 4]);
    for (int k = 0; k < b->clips / b->tracks; k++)
        ton_text_printf(
            t,
            "      - {take: take-%04d.wav, at: %d|1, from: 0:0%d.250, length: 2.5 bars, "
            "gain: -%d.5 dB, fade in: 10 ms, fade out: 20 ms}\n",
            (track * 2 + k) % b->takes, k * 4 + 1, k % 3, k % 6);
    ton_text_printf(
        t,
        "    chain:\n      - eq:\n          high pass: 80 Hz\n          bands:\n"
        "            - {type: bell, frequency: 400 Hz, gain: -3 dB, q: 1}\n"
        "            - {type: bell, frequency: 2.5 kHz, gain: +3 dB, q: 1}\n"
        "      - compressor: {threshold: -20 dB, ratio: 3, attack: 10 ms, release: 120 ms}\n"
        "    to: Bus %d\n    sends: {Hall: -14 dB}\n    gain: -%d dB\n    pan: L%d\n"
        "    automation:\n",
        track % BUSES, track % 12, 1 + track % 90);
    const int points = b->points / b->tracks / 2;
    ton_text_add(t, "      gain:\n");
    for (int i = 0; i < points; i++)
        ton_text_printf(t, "        - [%d|%d, -%d.5 dB]\n", 2 * i + 1, 1 + i % 4, i % 6);
    ton_text_add(t, "      eq.high pass:\n");
    for (int i = 0; i < points; i++)
        ton_text_printf(t, "        - [%d|%d, %d Hz]\n", 2 * i + 1, 1 + i % 4, 80 + i);
}

static void make_session(struct bench *b) {
    struct ton_text t = {0};
    ton_text_add(&t, "tonmeister: 1\ntitle: Load\nrate: 48 kHz\ntempo: 120 BPM\nmeter: 4/4\n"
                     "tracks:\n");
    for (int i = 0; i < b->tracks; i++)
        put_track(&t, b, i);
    ton_text_add(&t, "buses:\n  Hall: {chain: [reverb: {decay: 1.8 s}]}\n");
    for (int i = 0; i < BUSES; i++)
        ton_text_printf(&t, "  Bus %d: {chain: [compressor: {threshold: -18 dB, ratio: 2}]}\n", i);
    ton_text_add(&t, "  Mix: {chain: [limiter: {ceiling: -1 dBTP}]}\n");
    struct ton_err err;
    b->session = ton_arena_printf(b->arena, "%s/sessions/bench.yaml", b->folder);
    char *sessions = ton_arena_printf(b->arena, "%s/sessions", b->folder);
    if (t.failed || ton_path_make_folders(sessions, &err) ||
        ton_path_write(b->session, t.data, t.length, &err))
        die(&err);
    ton_text_free(&t);
}

struct job {
    const struct bench *bench;
    bool compiles;
};

static int load(void *user) {
    const struct job *job = user;
    static const struct ton_wish whole = {.name = "mix", .kind = TON_WISH_MIX};
    struct ton_arena *arena = ton_arena_create();
    struct ton_problems problems;
    struct ton_session *session = NULL;
    struct ton_plan *plan = NULL;
    struct ton_err err = {0};
    const struct ton_takes takes = ton_takes_from_files();
    const struct ton_plan_config config = {0};
    ton_problems_init(&problems, arena);
    if (ton_session_read(&session, arena, job->bench->session, &takes, &problems, &err) ||
        (job->compiles && ton_plan_compile(&plan, session, &whole, 1, &config, &err)))
        die(&err);
    ton_plan_destroy(plan);
    ton_arena_destroy(arena);
    return 0;
}

static void row(const char *what, struct bench_time t) {
    if (t.good)
        printf("| %-52s | %6.1f | %6.1f |\n", what, t.cpu * 1e3, t.wall * 1e3);
    else
        printf("| %-52s | failed |\n", what);
    fflush(stdout);
}

static void run(const struct bench *b) {
    printf("load: %d tracks, %d clips of %d takes, %d automation points\n", b->tracks,
           b->clips / b->tracks * b->tracks, b->takes, b->points);
    printf("| %-52s | CPU ms | wall ms |\n", "what");
    struct job job = {.bench = b};
    row("session read and checked", bench_median(b->runs, load, &job));
    job.compiles = true;
    row("and compiled", bench_median(b->runs, load, &job));
}

static int option(int argc, char **argv, const char *name, int usual) {
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return (int)strtol(argv[i + 1], NULL, 10);
    return usual;
}

int main(int argc, char **argv) {
    struct bench b = {.arena = ton_arena_create(),
                      .tracks = option(argc, argv, "--tracks", 200),
                      .clips = option(argc, argv, "--clips", 5000),
                      .points = option(argc, argv, "--points", 20000),
                      .takes = option(argc, argv, "--takes", 400),
                      .runs = option(argc, argv, "--runs", 5)};
    const char *tmp = getenv("TMPDIR");
    b.folder = ton_arena_printf(b.arena, "%s/ton-bench-XXXXXX", tmp ? tmp : "/tmp");
    struct ton_err err = {.text = "cannot make a folder for the takes"};
    if (!b.folder || !mkdtemp(b.folder))
        die(&err);
    char *audio = ton_arena_printf(b.arena, "%s/audio", b.folder);
    if (ton_path_make_folders(audio, &err))
        die(&err);
    for (int i = 0; i < b.takes; i++)
        make_take(&b, i);
    make_session(&b);
    run(&b);
    bench_once(bench_shell, ton_arena_printf(b.arena, "rm -rf '%s'", b.folder));
    ton_arena_destroy(b.arena);
    return 0;
}
