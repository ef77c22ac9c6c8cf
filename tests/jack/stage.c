/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stage for line checks: what microphones and lines give, some of them with a fault that is
 * known.
 *
 *     ton-stage FILE.wav SECONDS [DATA]
 *
 * Writes a channel a line, 32-bit float at 48 kHz, with QUIET seconds of quiet stage first, and
 * prints a line of JSON for each: name, source, and the fault (`""`: none). With DATA the lines are
 * real recordings, else made-up ones. */
#include <math.h>
#include <sndfile.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, QUIET = 6 };

struct line {
    const char *name, *source, *fault;
    const char *file; /* in DATA */
    double peak_db;   /* of what is played, dBFS */
    double noise_db;  /* RMS of the line, dBFS */
};

static const struct line lines[] = {
    {"OH L", "condenser +48V", "", "multitrack/drums-multimic-funk138/ohl.flac", -9, -78},
    {"OH R", "condenser +48V", "polarity", "multitrack/drums-multimic-funk138/ohr.flac", -9, -78},
    {"Kick", "dynamic", "", "multitrack/drums-multimic-funk138/kdruml.flac", -8, -80},
    {"Hat", "condenser +48V", "", "multitrack/drums-multimic-funk138/hihat.flac", -10, -76},
    {"Voice", "dynamic", "", "speech/clean/jfk.flac", -8, -74},
    {"Guest", "dynamic", "duplicate", "speech/clean/jfk.flac", -10, -84},
    {"Bass", "DI", "hum", "speech/clean/librispeech-198-209-0000.flac", -9, -82},
    {"Keys", "line", "dead", NULL, 0, 0},
    {"Snare", "dynamic", "clipping", "multitrack/drums-multimic-funk138/snare-top.flac", -2, -76},
    {"Host", "digital", "crackle", "speech/clean/xmas.flac", -9, -90},
    {"Spare", "dynamic", "quiet", NULL, 0, -76},
    {"Old Mic", "dynamic", "noise", "speech/clean/librispeech-5703-47212-0000.flac", -9, -52},
    {"Tape", "line", "dc", "speech/clean/LJ001-0001.flac", -10, -84},
    {"Loud", "dynamic", "level", "speech/clean/asterisk-en-demo-congrats.flac", -2, -76},
};
enum { N = sizeof lines / sizeof *lines };

static uint64_t state;

/* SplitMix64 (G. Steele, D. Lea, C. Flood 2014): seeds beside each other give nothing in common. */
static double uniform(void) {
    state += 0x9E3779B97F4A7C15U;
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return (double)((z ^ (z >> 31)) >> 11) / (double)(1LL << 52) - 1;
}

static double noise(void) { /* Gaussian enough: the sum of four, of RMS 1 */
    double sum = 0;
    for (int i = 0; i < 4; i++)
        sum += uniform();
    return sum * 0.866;
}

/* Bursts of noise that fall off, at odd distances: what has a beginning and an end. */
static void make_up(float *x, long n, int line, double gain) {
    state = 77U + (uint64_t)line;
    double level = 0;
    for (long i = 0; i < n; i++) {
        if (i % (9000 + 1700 * line) == 0)
            level = 1;
        x[i] += (float)(gain * level * noise());
        level *= 0.9997;
    }
}

/* The second of a pair hears the first one's sound a little later, and some of its own. */
static void make_up_line(float *x, long n, int line) {
    const char *fault = lines[line].fault;
    if (strcmp(fault, "duplicate") == 0)
        make_up(x, n, line - 1, 1);
    else if (strcmp(fault, "polarity") == 0)
        make_up(x + 20, n - 20, line - 1, 1);
    if (strcmp(fault, "duplicate") != 0)
        make_up(x, n, line, 0.5);
}

/* Read again and again, as long as it has to be. */
static int read_sound(float *x, long n, const char *data, const char *file) {
    char path[4096];
    SF_INFO info = {0};
    snprintf(path, sizeof path, "%s/%s", data, file);
    SNDFILE *f = sf_open(path, SFM_READ, &info);
    float *all = f ? calloc((size_t)(info.frames * info.channels), sizeof *all) : NULL;
    if (!all || sf_readf_float(f, all, info.frames) != info.frames) {
        fprintf(stderr, "ton-stage: cannot read %s\n", path);
        return 1;
    }
    const double step = (double)info.samplerate / RATE; /* linear: how it sounds does not matter */
    for (long i = 0; i < n; i++) {
        const double at = fmod((double)i * step, (double)info.frames - 1);
        const long k = (long)at;
        const float part = (float)(at - (double)k);
        x[i] = all[k * info.channels] * (1 - part) + all[(k + 1) * info.channels] * part;
    }
    sf_close(f);
    free(all);
    return 0;
}

static void set_peak(float *x, long n, double db) {
    float peak = 0;
    for (long i = 0; i < n; i++)
        peak = fmaxf(peak, fabsf(x[i]));
    for (long i = 0; i < n && peak > 0; i++)
        x[i] *= (float)pow(10, db / 20) / peak;
}

static double hum(long i) { /* pulses of a supply's current: odd harmonics */
    static const double parts[] = {1, 0.1, 0.5, 0.05, 0.3, 0.02, 0.2, 0, 0.1};
    double sum = 0;
    for (int k = 0; k < 9; k++)
        sum += parts[k] * sin(2 * M_PI * 50.03 * (k + 1) * (double)i / RATE + k);
    return sum * pow(10, -56 / 20.0);
}

static void spoil(float *x, long n, const char *fault) {
    for (long i = 0; i < n; i++) {
        if (strcmp(fault, "polarity") == 0)
            x[i] = -x[i];
        else if (strcmp(fault, "hum") == 0)
            x[i] += (float)hum(i);
        else if (strcmp(fault, "clipping") == 0)
            x[i] = fmaxf(-0.25F, fminf(0.25F, x[i]));
        else if (strcmp(fault, "dc") == 0)
            x[i] += 0.02F;
        else if (strcmp(fault, "crackle") == 0 && i % 24064 >= 23808 && i >= 256)
            x[i] = x[i - 256]; /* a period again */
    }
}

static int make(float *x, long n, int line, const char *data) {
    const struct line *l = &lines[line];
    const long quiet = (long)QUIET * RATE;
    if (strcmp(l->fault, "dead") == 0)
        return 0;
    if (l->file && data && read_sound(x + quiet, n - quiet, data, l->file))
        return 1;
    if (l->file && !data)
        make_up_line(x + quiet, n - quiet, line);
    if (l->file)
        set_peak(x + quiet, n - quiet, l->peak_db);
    state = 1000U + (uint64_t)line;
    for (long i = 0; i < n; i++)
        x[i] += (float)(noise() * pow(10, l->noise_db / 20));
    spoil(x, n, l->fault);
    return 0;
}

int main(int argc, char **argv) {
    const long n = argc > 2 ? (long)(strtod(argv[2], NULL) * RATE) : 0;
    SF_INFO info = {.samplerate = RATE, .channels = N, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *f = n > 0 ? sf_open(argv[1], SFM_WRITE, &info) : NULL;
    float *all = f ? calloc((size_t)(n * N), sizeof *all) : NULL;
    for (int line = 0; all && line < N; line++) {
        float *x = calloc((size_t)n, sizeof *x);
        if (!x || make(x, n, line, argc > 3 ? argv[3] : NULL))
            return 1;
        for (long i = 0; i < n; i++)
            all[i * N + line] = x[i];
        free(x);
        printf("{\"name\": \"%s\", \"source\": \"%s\", \"fault\": \"%s\"}\n", lines[line].name,
               lines[line].source, lines[line].fault);
    }
    if (!all || sf_writef_float(f, all, n) != n || sf_close(f)) {
        fprintf(stderr, "ton-stage FILE.wav SECONDS [DATA]\n");
        return 1;
    }
    free(all);
    return 0;
}
