/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mixdown of 32 tracks, beside what peers do for the same job, and eight versions in one pass
 * beside one. Per track: high-pass, four-band equaliser, compressor, gain, pan and a send to one
 * reverb; a limiter on the mix; 24-bit WAV out.
 *
 *     bench-mix [--seconds N] [--tracks N] [--runs N]
 *
 * Takes are made here, seeded, as mono float WAV in $TMPDIR, and removed at the end. */
#include "stopwatch.h"

#include "ton/audio_out.h"
#include "ton/path.h"
#include "ton/plan.h"
#include "ton/takes.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#define RATE 48000
#define MOST_TRACKS 128

struct bench {
    struct ton_arena *arena;
    char *folder, *session;
    int tracks, runs;
    double seconds;
};

struct job {
    const struct bench *bench;
    const struct ton_wish *wishes;
    int n, threads;
};

static const char *const vocals[] = {"vocals"}, *const lead[] = {"vocals.lead"},
                         *const drums[] = {"drums"}, *const bass[] = {"bass"},
                         *const keys[] = {"keys"};

static const struct ton_wish versions[] = {
    {.name = "master", .kind = TON_WISH_MIX},
    {.name = "instrumental", .kind = TON_WISH_MIX, .without = vocals, .n_without = 1},
    {.name = "tv", .kind = TON_WISH_MIX, .without = lead, .n_without = 1},
    {.name = "a cappella", .kind = TON_WISH_MIX, .only = vocals, .n_only = 1},
    {.name = "drums", .kind = TON_WISH_STEM, .only = drums, .n_only = 1},
    {.name = "bass", .kind = TON_WISH_STEM, .only = bass, .n_only = 1},
    {.name = "keys", .kind = TON_WISH_STEM, .only = keys, .n_only = 1},
    {.name = "vocals", .kind = TON_WISH_STEM, .only = vocals, .n_only = 1}};

static void die(const struct ton_err *err) {
    fprintf(stderr, "bench-mix: %s: %s\n", err->where, err->text);
    exit(1);
}

/* Plucks of a decaying tone with noise on them, two a second, each track at its own pitch. */
static void make_take(const struct bench *b, int track) {
    char path[4096];
    snprintf(path, sizeof path, "%s/audio/t%03d.wav", b->folder, track);
    const struct ton_audio_out_config config = {
        .format = {.codec = TON_FLOAT, .bits = 32, .rate = RATE}, .channels = 1};
    struct ton_audio_out *out = NULL;
    struct ton_err err;
    if (ton_audio_create(&out, path, &config, &err))
        die(&err);
    static float x[RATE / 2];
    const double hz = 55.0 * pow(2.0, track * 5 % 48 / 12.0);
    uint64_t random = (uint64_t)track * 0x9e3779b97f4a7c15ULL + 1;
    const int plucks = (int)(b->seconds * 2);
    for (int k = 0; k < plucks; k++) {
        /* A sine by rotation, decaying 60 dB a pluck. */
        const double fall = pow(10.0, -3.0 / (RATE / 2)), angle = 2 * M_PI * hz / RATE;
        double re = 0.25, im = 0;
        for (int i = 0; i < RATE / 2; i++) {
            random = random * 6364136223846793005ULL + 1442695040888963407ULL;
            const double noise = (double)(int64_t)random * 0x1p-63;
            x[i] = (float)(im + 0.05 * re * noise + 1e-4 * noise);
            const double next = (re * cos(angle) - im * sin(angle)) * fall;
            im = (re * sin(angle) + im * cos(angle)) * fall;
            re = next;
        }
        const float *rows[] = {x};
        if (ton_audio_write(out, rows, RATE / 2, &err))
            die(&err);
    }
    if (ton_audio_finish(out, &err))
        die(&err);
}

static const char *role_of(int track, int tracks) {
    static const char *const roles[] = {"drums.kit",   "drums.room",    "bass",
                                        "keys.piano",  "keys.guitar",   "keys.pad",
                                        "vocals.lead", "vocals.backing"};
    return roles[track * 8 / tracks];
}

static void make_session(struct bench *b) {
    struct ton_text t = {0};
    ton_text_printf(&t, "tonmeister: 1\ntitle: Bench\nrate: 48 kHz\ntracks:\n");
    for (int i = 0; i < b->tracks; i++)
        ton_text_printf(
            &t,
            "  T%03d:\n    role: %s\n    clips: [{take: t%03d.wav, at: 0:00}]\n"
            "    chain:\n      - eq:\n          high pass: 80 Hz\n          bands:\n"
            "            - {type: bell, frequency: 120 Hz, gain: +2 dB, q: 1}\n"
            "            - {type: bell, frequency: 400 Hz, gain: -3 dB, q: 1}\n"
            "            - {type: bell, frequency: 2.5 kHz, gain: +3 dB, q: 1}\n"
            "            - {type: bell, frequency: 8 kHz, gain: -2 dB, q: 1}\n"
            "      - compressor: {threshold: -20 dB, ratio: 3, attack: 10 ms, release: 120 ms, "
            "knee: 4 dB}\n"
            "    gain: -12 dB\n    pan: %c%d\n    sends: {Hall: -14 dB}\n",
            i, role_of(i, b->tracks), i, i < b->tracks / 2 ? 'L' : 'R',
            1 + 99 * abs(2 * i - b->tracks) / b->tracks);
    ton_text_printf(&t, "buses:\n  Hall: {chain: [reverb: {decay: 1.8 s}]}\n"
                        "  Mix: {chain: [limiter: {gain: 6 dB, ceiling: -1 dBTP}]}\n");
    struct ton_err err;
    b->session = ton_arena_printf(b->arena, "%s/sessions/bench.yaml", b->folder);
    char *sessions = ton_arena_printf(b->arena, "%s/sessions", b->folder);
    if (t.failed || ton_path_make_folders(sessions, &err) ||
        ton_path_write(b->session, t.data, t.length, &err))
        die(&err);
    ton_text_free(&t);
}

static enum ton_code write_out(void *user, const float *const *in, int frames,
                               struct ton_err *err) {
    return ton_audio_write(user, in, frames, err);
}

/* Everything that a mixdown is: read the session, compile, render, write files. */
static int mix_down(void *user) {
    const struct job *job = user;
    struct ton_arena *arena = ton_arena_create();
    struct ton_problems problems;
    struct ton_session *session = NULL;
    struct ton_plan *plan = NULL;
    struct ton_err err = {0};
    const struct ton_takes takes = ton_takes_from_files();
    ton_problems_init(&problems, arena);
    const struct ton_plan_config config = {.threads = job->threads};
    if (ton_session_read(&session, arena, job->bench->session, &takes, &problems, &err) ||
        ton_plan_compile(&plan, session, job->wishes, job->n, &config, &err))
        die(&err);
    struct ton_sink sinks[TON_N(versions)];
    struct ton_audio_out *outs[TON_N(versions)];
    for (int i = 0; i < job->n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/out%d.wav", job->bench->folder, i);
        const struct ton_audio_out_config out = {
            .format = {.codec = TON_PCM, .bits = 24, .rate = RATE}, .channels = 2, .seed = 1};
        if (ton_audio_create(&outs[i], path, &out, &err))
            die(&err);
        sinks[i] = (struct ton_sink){write_out, outs[i]};
    }
    if (ton_render(plan, sinks, NULL, NULL, &err))
        die(&err);
    for (int i = 0; i < job->n; i++)
        if (ton_audio_finish(outs[i], &err))
            die(&err);
    ton_plan_destroy(plan);
    ton_arena_destroy(arena);
    return 0;
}

/* ffmpeg: highpass, four `equalizer`, `acompressor`, pan, `amix`; `aecho` for the reverb;
 * `alimiter`. */
static char *ffmpeg_command(const struct bench *b) {
    struct ton_text t = {0};
    ton_text_add(&t, "exec ffmpeg -nostdin -loglevel error -y");
    for (int i = 0; i < b->tracks; i++)
        ton_text_printf(&t, " -i %s/audio/t%03d.wav", b->folder, i);
    ton_text_add(&t, " -filter_complex '");
    for (int i = 0; i < b->tracks; i++)
        ton_text_printf(
            &t,
            "[%d:a]highpass=f=80,equalizer=f=120:t=q:w=1:g=2,equalizer=f=400:t=q:w=1:g=-3,"
            "equalizer=f=2500:t=q:w=1:g=3,equalizer=f=8000:t=q:w=1:g=-2,acompressor=threshold=0.1:"
            "ratio=3:attack=10:release=120:knee=4,asplit=2[d%d][s%d];"
            "[d%d]pan=stereo|c0=%.4f*c0|c1=%.4f*c0[p%d];",
            i, i, i, i, 0.25 * cos(i * M_PI / 2 / b->tracks), 0.25 * sin(i * M_PI / 2 / b->tracks),
            i);
    for (int i = 0; i < b->tracks; i++)
        ton_text_printf(&t, "[p%d]", i);
    ton_text_printf(&t, "amix=inputs=%d:normalize=0[dry];", b->tracks);
    for (int i = 0; i < b->tracks; i++)
        ton_text_printf(&t, "[s%d]", i);
    ton_text_printf(&t,
                    "amix=inputs=%d:normalize=0,pan=stereo|c0=0.05*c0|c1=0.05*c0,"
                    "aecho=0.8:0.5:29.7|37.1|41.1|43.7|61|83|107|131:"
                    "0.35|0.33|0.31|0.29|0.24|0.19|0.15|0.12[wet];"
                    "[dry][wet]amix=inputs=2:normalize=0:duration=first,volume=6dB,"
                    "alimiter=limit=0.891:attack=5:release=50:level=0[o]' "
                    "-map '[o]' -c:a pcm_s24le %s/ffmpeg.wav",
                    b->tracks, b->folder);
    char *command = ton_arena_text(b->arena, t.data);
    ton_text_free(&t);
    return command;
}

/* ecasound with its own operators only: high-pass, one resonator in place of the equaliser (it has
 * no parametric one), compressor, pan; its reverb on a copy of the sum; no limiter. Less work than
 * ours, so its time flatters it. */
static char *ecasound_command(const struct bench *b) {
    struct ton_text t = {0};
    ton_text_add(&t, "exec ecasound -q -x -z:nodb -z:nointbuf -z:mixmode,sum -b:1024");
    for (int i = 0; i < b->tracks; i++)
        ton_text_printf(&t,
                        " -a:%d -f:f32_le,1,48000 -i:%s/audio/t%03d.wav -efh:80 -efr:400,400"
                        " -eca:60,0.1,0.5,0.3 -ea:25 -chcopy:1,2 -epp:%d",
                        i + 1, b->folder, i, 100 * i / b->tracks);
    ton_text_add(&t, " -a:all -f:f32_le,2,48000 -o:loop,1 -a:dry,rev -i:loop,1"
                     " -a:rev -etr:60,0,50 -a:dry,rev");
    ton_text_printf(&t, " -f:s24_le,2,48000 -o:%s/ecasound.wav", b->folder);
    char *command = ton_arena_text(b->arena, t.data);
    ton_text_free(&t);
    return command;
}

static void row(const struct bench *b, const char *who, struct bench_time t,
                struct bench_time one) {
    if (t.good)
        printf("| %-52s | %6.2f | %6.2f | %8.0f | %5.2f x |\n", who, t.cpu, t.wall,
               b->seconds / t.cpu, t.cpu / one.cpu);
    else
        printf("| %-52s | failed |\n", who);
    fflush(stdout);
}

static void run(const struct bench *b) {
    struct job job = {.bench = b, .wishes = versions, .n = 1, .threads = 1};
    printf("mix: %d mono tracks x %.0f s -> stereo 24-bit WAV\n", b->tracks, b->seconds);
    printf("| %-52s | CPU s  | wall s | real time | CPU vs 1 |\n", "who");
    const struct bench_time one = bench_median(b->runs, mix_down, &job);
    row(b, "ton, 1 worker", one, one);
    job.threads = 0;
    row(b, "ton, a worker a processor", bench_median(b->runs, mix_down, &job), one);
    job.n = TON_N(versions);
    job.threads = 1;
    row(b, "ton, eight versions, 1 worker", bench_median(b->runs, mix_down, &job), one);
    job.threads = 0;
    row(b, "ton, eight versions, a worker a processor", bench_median(b->runs, mix_down, &job), one);
    if (bench_have("ffmpeg"))
        row(b, "ffmpeg (aecho for the reverb)",
            bench_median(b->runs, bench_shell, ffmpeg_command(b)), one);
    if (bench_have("ecasound"))
        row(b, "ecasound (own operators, 1 resonator, no limiter)",
            bench_median(b->runs, bench_shell, ecasound_command(b)), one);
}

static double option(int argc, char **argv, const char *name, double usual) {
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return strtod(argv[i + 1], NULL);
    return usual;
}

int main(int argc, char **argv) {
    const double tracks = option(argc, argv, "--tracks", 32);
    struct bench b = {.arena = ton_arena_create(),
                      .tracks = tracks < 1             ? 1
                                : tracks > MOST_TRACKS ? MOST_TRACKS
                                                       : (int)tracks,
                      .runs = (int)option(argc, argv, "--runs", 3),
                      .seconds = option(argc, argv, "--seconds", 60)};
    const char *tmp = getenv("TMPDIR");
    b.folder = ton_arena_printf(b.arena, "%s/ton-bench-XXXXXX", tmp ? tmp : "/tmp");
    struct ton_err err = {.text = "cannot make a folder for the takes"};
    if (!b.folder || !mkdtemp(b.folder))
        die(&err);
    char *audio = ton_arena_printf(b.arena, "%s/audio", b.folder);
    if (ton_path_make_folders(audio, &err))
        die(&err);
    for (int i = 0; i < b.tracks; i++)
        make_take(&b, i);
    make_session(&b);
    run(&b);
    bench_once(bench_shell, ton_arena_printf(b.arena, "rm -rf '%s'", b.folder));
    ton_arena_destroy(b.arena);
    return 0;
}
