/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Players that strike, pluck and hold notes on a grid of sixteenths at 120 bpm, in phrases of eight
 * bars of which every fifth is silent: what dynamics and true-peak meters meet in real sessions. */
#include "sounds.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STEPS_A_SECOND = 8,
    STEPS = 16, /* in a pattern */
    PHRASE = 8 * STEPS,
    LONGEST_STEP = 96000 / STEPS_A_SECOND,
    PARTIALS = 3,
    ENSEMBLE = 6, /* players of a stereo programme */
};

struct kind {
    double lowest_hz, octaves;
    double falls_s[PARTIALS]; /* until 60 dB less */
    double attack_s, noise, noise_falls_s;
    double density; /* notes a step */
};

static const struct kind kinds[] = {
    {50, 1.5, {0.25, 0.12, 0.05}, 0.0005, 0.5, 0.10, 0.28},  /* drums */
    {41, 1.5, {0.90, 0.60, 0.30}, 0.004, 0.02, 0.05, 0.30},  /* bass */
    {110, 2.5, {6.0, 5.0, 3.0}, 0.150, 0.01, 4.0, 0.05},     /* pads */
    {4000, 1.0, {0.03, 0.03, 0.02}, 0.0002, 1.0, 0.15, 0.5}, /* cymbals */
    {196, 1.5, {1.5, 1.2, 0.8}, 0.030, 0.05, 0.40, 0.15},    /* voices */
};

/* A sine by rotation that falls. */
struct partial {
    double re, im, cosine, sine;
};

struct player {
    const struct kind *kind;
    double rate, level;
    uint64_t random;
    struct partial partials[PARTIALS];
    double envelope, attack, noise, noise_fall;
    double hz;
    bool pattern[STEPS], plays;
    int64_t step;
};

static uint64_t next_random(uint64_t *random) {
    *random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
    return *random;
}

static double between_0_and_1(uint64_t *random) {
    return (double)(next_random(random) >> 11) * 0x1p-53;
}

static struct player new_player(uint64_t seed, int number, double rate) {
    struct player p = {.kind = &kinds[number % (int)(sizeof kinds / sizeof *kinds)],
                       .rate = rate,
                       .random = (seed * 1000 + (uint64_t)number + 1) * 0x9e3779b97f4a7c15ULL};
    p.hz = p.kind->lowest_hz * pow(2.0, p.kind->octaves * between_0_and_1(&p.random));
    p.level = 0.45 * pow(10.0, -0.3 * between_0_and_1(&p.random));
    p.attack = 1.0 - exp(-1.0 / (p.kind->attack_s * rate));
    p.noise_fall = pow(10.0, -3.0 / (p.kind->noise_falls_s * rate));
    return p;
}

static void strike(struct player *p) {
    static const double scale[] = {1.0, 1.189207, 1.334840, 1.498307, 1.781797, 2.0};
    const double velocity = pow(10.0, -0.6 * between_0_and_1(&p->random));
    const double hz = p->hz * scale[next_random(&p->random) >> 33 & 3];
    for (int i = 0; i < PARTIALS; i++) {
        const double angle = 2.0 * M_PI * hz * (i + 1) / p->rate;
        const double fall = pow(10.0, -3.0 / (p->kind->falls_s[i] * p->rate));
        p->partials[i] = (struct partial){
            .re = velocity / (i + 1.5), .cosine = fall * cos(angle), .sine = fall * sin(angle)};
    }
    p->envelope = 0.0;
    p->noise = velocity * p->kind->noise;
}

/* What the next step brings: a phrase, a pattern, a note. */
static void turn_page(struct player *p) {
    if (p->step % PHRASE == 0)
        p->plays = between_0_and_1(&p->random) < 0.8;
    if (p->step % (PHRASE / 2) == 0)
        for (int i = 0; i < STEPS; i++)
            p->pattern[i] = between_0_and_1(&p->random) < p->kind->density;
    if (p->plays && p->pattern[p->step % STEPS])
        strike(p);
    p->step++;
}

static bool is_silent(const struct player *p) {
    double most = fabs(p->noise);
    for (int i = 0; i < PARTIALS; i++)
        most = fmax(most, fabs(p->partials[i].re) + fabs(p->partials[i].im));
    return !p->plays && most < 1e-6;
}

/* Adds a step to `out`, with the hiss of a quiet preamplifier while the player plays. */
static void play(struct player *p, float *out, int n, double left) {
    turn_page(p);
    if (is_silent(p))
        return;
    struct player s = *p; /* kept in registers */
    for (int i = 0; i < n; i++) {
        double sum = 0.0;
        for (int k = 0; k < PARTIALS; k++) {
            struct partial *o = &s.partials[k];
            const double re = o->re * o->cosine - o->im * o->sine;
            o->im = o->re * o->sine + o->im * o->cosine;
            o->re = re;
            sum += o->im;
        }
        s.envelope += s.attack * (1.0 - s.envelope);
        s.noise *= s.noise_fall;
        const double hiss = (double)(int64_t)next_random(&s.random) * 0x1p-63;
        out[i] += (float)(left * s.level * (s.envelope * sum + (s.noise + 3e-5) * hiss));
    }
    *p = s;
}

static void little_endian(unsigned char *at, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

static FILE *open_wav(const char *path, bool is_float, int channels, int bits, int rate,
                      int64_t frames) {
    unsigned char h[44] = "RIFF\0\0\0\0WAVEfmt \20";
    const uint32_t frame = (uint32_t)(channels * bits / 8), size = (uint32_t)frames * frame;
    little_endian(h + 4, size + 36, 4);
    little_endian(h + 20, is_float ? 3 : 1, 2);
    little_endian(h + 22, (uint32_t)channels, 2);
    little_endian(h + 24, (uint32_t)rate, 4);
    little_endian(h + 28, (uint32_t)rate * frame, 4);
    little_endian(h + 32, frame, 2);
    little_endian(h + 34, (uint32_t)bits, 2);
    memcpy(h + 36, "data", 4);
    little_endian(h + 40, size, 4);
    FILE *f = fopen(path, "wb");
    if (f)
        fwrite(h, 1, sizeof h, f);
    return f;
}

static bool close_wav(FILE *f) {
    const bool failed = ferror(f);
    return fclose(f) == 0 && !failed;
}

static bool make_track(int number) {
    static float x[LONGEST_STEP];
    enum { RATE = 48000, STEP = RATE / STEPS_A_SECOND };
    char path[32];
    snprintf(path, sizeof path, "audio/t%02d.wav", number + 1);
    struct player p = new_player(1, number, RATE);
    FILE *f = open_wav(path, true, 1, 32, RATE, (int64_t)TRACK_S * RATE);
    if (!f)
        return false;
    for (int i = 0; i < TRACK_S * STEPS_A_SECOND; i++) {
        memset(x, 0, sizeof x);
        play(&p, x, STEP, 1.0);
        fwrite(x, sizeof *x, STEP, f);
    }
    return close_wav(f);
}

/* tanh within 0.03 up to 3, and 1 from there. */
static double soft(double x) {
    const double c = fmin(fmax(x, -3.0), 3.0);
    return c * (27.0 + c * c) / (27.0 + 9.0 * c * c);
}

static void put(unsigned char *at, double x, uint64_t *random) {
    const double dither = between_0_and_1(random) - between_0_and_1(random);
    little_endian(at, (uint32_t)(int32_t)lrint(x * 8388600.0 + dither), 3);
}

/* A song of ten minutes with a quiet bridge. */
static void add_song(FILE *f, int number, int rate, double gain) {
    static float x[2][LONGEST_STEP];
    static unsigned char bytes[LONGEST_STEP * 6];
    const int n = rate / STEPS_A_SECOND;
    struct player players[ENSEMBLE];
    uint64_t random = (uint64_t)number + 7;
    for (int k = 0; k < ENSEMBLE; k++)
        players[k] = new_player(2 + (uint64_t)number, k, rate);
    for (int i = 0; i < 600 * STEPS_A_SECOND; i++) {
        const int second = i / STEPS_A_SECOND;
        const double level = gain * (second >= 200 && second < 240   ? 0.25
                                     : second >= 420 && second < 440 ? 0.08
                                                                     : 1.0);
        memset(x, 0, sizeof x);
        for (int k = 0; k < ENSEMBLE; k++) {
            struct player twin = players[k]; /* the other channel hears the same notes */
            play(&players[k], x[0], n, 2.0 * cos(M_PI / 2 * (k + 0.5) / ENSEMBLE));
            play(&twin, x[1], n, 2.0 * sin(M_PI / 2 * (k + 0.5) / ENSEMBLE));
        }
        for (int j = 0; j < n; j++)
            for (int c = 0; c < 2; c++)
                put(bytes + 6 * j + 3 * c, level * soft(x[c][j]), &random);
        fwrite(bytes, 6, (size_t)n, f);
    }
}

static bool make_songs(const char *path, int songs, int rate) {
    static const double levels_db[] = {0, -6, -2, -12, -4, -1};
    FILE *f = open_wav(path, false, 2, 24, rate, (int64_t)songs * 600 * rate);
    if (!f)
        return false;
    for (int i = 0; i < songs; i++)
        add_song(f, i, rate, 0.9 * pow(10.0, levels_db[i] / 20.0));
    return close_wav(f);
}

/* Tasks are the tracks and then the rest, by their numbers. */
static bool make(unsigned which, int task) {
    if (task < N_TRACKS)
        return !(which & TRACKS) || make_track(task);
    switch (task - N_TRACKS) {
    case 0:
        return !(which & HOUR) || make_songs("audio/hour.wav", 6, 48000);
    case 1:
        return !(which & TEN_AT_96K) || make_songs("audio/ten-96k.wav", 1, 96000);
    default:
        return !(which & TEN_MINUTES) || make_songs("audio/ten.wav", 1, 48000);
    }
}

int sounds_make(unsigned which) {
    enum { CHILDREN = 2, TASKS = N_TRACKS + 3 };
    int failed = 0;
    fflush(NULL);
    for (int child = 0; child < CHILDREN; child++)
        if (fork() == 0) {
            for (int task = TASKS - 1 - child; task >= 0; task -= CHILDREN)
                if (!make(which, task))
                    _exit(errno ? errno : EIO);
            _exit(0);
        }
    for (int child = 0, status; child < CHILDREN; child++)
        if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
            failed = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
    errno = failed;
    return failed == 0;
}
