/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scan of an hour: integrated loudness, range, momentary and short-term maxima and true peak of
 * stereo 48 kHz 24-bit, beside libebur128 and ffmpeg for the same job.
 *
 *     bench-scan [--seconds N] [--runs N]
 *
 * The file is made here, seeded, in $TMPDIR, and removed at the end: songs of three minutes, every
 * other one driven into its ceiling as loud masters are. */
#include "stopwatch.h"

#include "ton/arena.h"
#include "ton/audio_out.h"
#include "ton/isa.h"
#include "ton/measure.h"

#ifdef TON_HAVE_EBUR128
#include <ebur128.h>
#endif

enum { RATE = 48000, BLOCK = 4800, SONG_S = 180, VOICES = 6 };

struct bench {
    double seconds;
    int runs;
    char path[4096];
};

static void die(const struct ton_err *err) {
    fprintf(stderr, "bench-scan: %s: %s\n", err->where, err->text);
    exit(1);
}

/* A sine by rotation that falls by 60 dB a second, struck again at its own interval. */
struct voice {
    double re, im, cosine, sine, left, right;
    int every;
};

static void voices_make(struct voice voices[VOICES]) {
    for (int v = 0; v < VOICES; v++) {
        const double hz = 55.0 * pow(2.0, v * 1.1), angle = 2.0 * M_PI * hz / RATE;
        const double fall = pow(10.0, -3.0 / RATE), pan = (v + 0.5) / VOICES;
        voices[v] = (struct voice){.cosine = fall * cos(angle),
                                   .sine = fall * sin(angle),
                                   .left = cos(pan * M_PI / 2),
                                   .right = sin(pan * M_PI / 2),
                                   .every = RATE / 4 * (1 + v % 3)};
    }
}

static void make_block(float *left, float *right, struct voice voices[VOICES], int64_t at,
                       uint64_t *random) {
    for (int i = 0; i < BLOCK; i++) {
        const int64_t frame = at + i;
        const bool loud = frame / ((int64_t)SONG_S * RATE) % 2;
        /* Verses and choruses of 20 s, 6 dB apart. */
        const double gain = (frame / (20 * RATE) % 2 ? 0.25 : 0.125) * (loud ? 3.0 : 1.0);
        double l = 0.0, r = 0.0;
        for (int v = 0; v < VOICES; v++) {
            struct voice *s = &voices[v];
            if (frame % s->every == 0)
                s->re = 1.0, s->im = 0.0;
            const double re = s->re * s->cosine - s->im * s->sine;
            s->im = s->re * s->sine + s->im * s->cosine;
            s->re = re;
            l += s->left * s->im;
            r += s->right * s->im;
        }
        *random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
        const double noise = 0.1 * voices[VOICES - 1].re * (double)(int64_t)*random * 0x1p-63;
        left[i] = (float)(0.89 * tanh(gain * (l + noise)));
        right[i] = (float)(0.89 * tanh(gain * (r - noise)));
    }
}

static void make_file(const struct bench *b) {
    static float left[BLOCK], right[BLOCK];
    const float *const planes[2] = {left, right};
    const struct ton_audio_out_config config = {
        .format = {.codec = TON_PCM, .bits = 24, .rate = RATE}, .channels = 2, .seed = 1};
    struct voice voices[VOICES];
    struct ton_audio_out *out = NULL;
    struct ton_err err;
    uint64_t random = 1;
    voices_make(voices);
    if (ton_audio_create(&out, b->path, &config, &err))
        die(&err);
    for (int64_t at = 0; at < (int64_t)(b->seconds * RATE); at += BLOCK) {
        make_block(left, right, voices, at, &random);
        if (ton_audio_write(out, planes, BLOCK, &err))
            die(&err);
    }
    if (ton_audio_finish(out, &err))
        die(&err);
}

static int scan_ton(void *user) {
    const struct bench *b = user;
    struct ton_measurement m;
    struct ton_err err;
    if (ton_measure_file(&m, NULL, b->path, &err))
        die(&err);
    return 0;
}

/* Hands every block to `take`. */
static int read_file(const struct bench *b, void (*take)(float *const *planes, int64_t n, void *),
                     void *user) {
    static float left[BLOCK], right[BLOCK];
    float *const planes[2] = {left, right};
    struct ton_audio_in *in;
    struct ton_err err;
    if (ton_audio_open(&in, b->path, &err))
        die(&err);
    for (int64_t got = BLOCK; got > 0;) {
        if (ton_audio_read(in, planes, BLOCK, &got, &err))
            die(&err);
        take(planes, got, user);
    }
    ton_audio_close(in);
    return 0;
}

static void forget(float *const *planes, int64_t n, void *user) {
    (void)planes, (void)n, (void)user;
}

static int scan_nothing(void *user) {
    return read_file(user, forget, NULL);
}

#ifdef TON_HAVE_EBUR128
/* libebur128 finds maxima only where it is asked: here momentary every 100 ms, short-term every
 * second. */
static void take_ebur128(float *const *planes, int64_t n, void *user) {
    static float mixed[2 * BLOCK];
    static double most[2] = {-HUGE_VAL, -HUGE_VAL};
    static int blocks;
    ebur128_state *s = user;
    double value;
    for (int64_t i = 0; i < n; i++) {
        mixed[2 * i] = planes[0][i];
        mixed[2 * i + 1] = planes[1][i];
    }
    ebur128_add_frames_float(s, mixed, (size_t)n);
    if (ebur128_loudness_momentary(s, &value) == EBUR128_SUCCESS)
        most[0] = fmax(most[0], value);
    if (blocks++ % 10 == 0 && ebur128_loudness_shortterm(s, &value) == EBUR128_SUCCESS)
        most[1] = fmax(most[1], value);
}

static int scan_ebur128(void *user) {
    double values[3];
    ebur128_state *s =
        ebur128_init(2, RATE, EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK);
    if (!s)
        return 1;
    read_file(user, take_ebur128, s);
    ebur128_loudness_global(s, &values[0]);
    ebur128_loudness_range(s, &values[1]);
    ebur128_true_peak(s, 0, &values[2]);
    ebur128_destroy(&s);
    return 0;
}
#endif

static void row(const struct bench *b, const char *who, struct bench_time t,
                struct bench_time ours) {
    if (t.good)
        printf("| %-52s | %6.2f | %6.2f | %8.0f | %5.2f x |\n", who, t.cpu, t.wall,
               b->seconds / t.cpu, t.cpu / ours.cpu);
    else
        printf("| %-52s | failed |\n", who);
    fflush(stdout);
}

static void run(struct bench *b) {
    char who[80], command[4200];
    printf("scan: %.0f s of stereo 48 kHz 24-bit, loudness and true peak\n", b->seconds);
    printf("| %-52s | CPU s  | wall s | real time | CPU vs 1 |\n", "who");
    (void)scan_nothing(b); /* the file is in the page cache for everybody */
    const struct bench_time ours = bench_median(b->runs, scan_ton, b);
    snprintf(who, sizeof who, "ton, all meters and reading (%s)", ton_isa_name(ton_isa()));
    row(b, who, ours, ours);
    row(b, "ton, reading only", bench_median(b->runs, scan_nothing, b), ours);
    ton_isa_limit(TON_ISA_GENERIC);
    row(b, "ton, all meters and reading (plain C)", bench_median(b->runs, scan_ton, b), ours);
    ton_isa_limit(TON_ISA_AVX512);
#ifdef TON_HAVE_EBUR128
    row(b, "libebur128, read by ton", bench_median(b->runs, scan_ebur128, b), ours);
#endif
    if (!bench_have("ffmpeg"))
        return;
    snprintf(command, sizeof command,
             "exec ffmpeg -nostdin -i %s -filter_complex ebur128=peak=true -f null -", b->path);
    row(b, "ffmpeg ebur128=peak=true", bench_median(b->runs, bench_shell, command), ours);
}

static double option(int argc, char **argv, const char *name, double usual) {
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return strtod(argv[i + 1], NULL);
    return usual;
}

int main(int argc, char **argv) {
    struct bench b = {.seconds = option(argc, argv, "--seconds", 3600),
                      .runs = (int)option(argc, argv, "--runs", 3)};
    const char *tmp = getenv("TMPDIR");
    char folder[2048];
    struct ton_err err = {.text = "cannot make a folder for the file"};
    snprintf(folder, sizeof folder, "%s/ton-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(folder))
        die(&err);
    snprintf(b.path, sizeof b.path, "%s/hour.wav", folder);
    make_file(&b);
    run(&b);
    unlink(b.path);
    rmdir(folder);
    return 0;
}
