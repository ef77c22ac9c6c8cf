/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stages for line checks: what microphones and lines give, some of them with a fault that is known.
 *
 *     ton-stage faulty|clean FILE.wav SECONDS [DATA [FROM]]
 *
 * Writes a channel a line, 32-bit float at 48 kHz, with QUIET seconds of quiet stage first, and
 * prints a line of JSON for each: name, source, the fault (`""`: none), and the level of its noise.
 * With DATA the lines are real recordings, from second FROM of them on, else made-up ones. Machines
 * play either way, at another tempo for another FROM. */
#include "stage_lines.h"

#include <math.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, QUIET = 6, PAUSE = 2 /* s, behind each recording */ };

static const struct line *lines = faulty;
static int n_lines = sizeof faulty / sizeof *faulty;

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

/* A note that swells: in noise no sample is missed. */
static void make_up_notes(float *x, long n) {
    for (long i = 0; i < n; i++)
        x[i] = (float)(sin(2 * M_PI * 311 * (double)i / RATE) *
                       (1.2 + sin(2 * M_PI * 0.7 * (double)i / RATE)));
}

/* The second of a pair hears the first one's sound a little later, and some of its own. */
static void make_up_line(float *x, long n, int line) {
    const char *fault = lines[line].fault;
    if (strcmp(fault, "clock") == 0)
        make_up_notes(x, n);
    else if (strcmp(fault, "duplicate") == 0)
        make_up(x, n, line - 1, 1);
    else if (strcmp(fault, "polarity") == 0 || strcmp(fault, "time") == 0)
        make_up(x + 20, n - 20, line - 1, 1);
    if (strcmp(fault, "duplicate") != 0 && strcmp(fault, "clock") != 0)
        make_up(x, n, line, 0.5);
}

struct sound {
    float *x; /* of all channels in turn */
    double frames, rate;
    int channels;
};

static int load(struct sound *s, const char *data, const char *file) {
    char path[4096];
    SF_INFO info = {0};
    snprintf(path, sizeof path, "%s/%s", data, file);
    SNDFILE *f = sf_open(path, SFM_READ, &info);
    s->x = f ? calloc((size_t)(info.frames * info.channels), sizeof *s->x) : NULL;
    if (!s->x || sf_readf_float(f, s->x, info.frames) != info.frames) {
        fprintf(stderr, "ton-stage: cannot read %s\n", path);
        return 1;
    }
    s->frames = (double)info.frames;
    s->rate = info.samplerate;
    s->channels = info.channels;
    sf_close(f);
    return 0;
}

/* Linear: how it sounds does not matter. Begins and ends within 20 ms. */
static float sample(const struct sound *s, double at, int channel) {
    const long k = (long)at;
    const double part = at - (double)k, edge = fmin(at, s->frames - 2 - at) / (0.02 * s->rate);
    if (at < 0 || edge < 0)
        return 0;
    return (float)(fmin(1, edge) * ((1 - part) * s->x[k * s->channels + channel] +
                                    part * s->x[(k + 1) * s->channels + channel]));
}

/* Recordings in turn, again and again, from some second on; `ppm` faster. */
static int read_sound(float *x, long n, const struct line *l, const char *data, double from,
                      double ppm) {
    struct sound s[MOST_FILES];
    double at = from;
    int files = 0;
    for (; files < MOST_FILES && l->files[files]; files++)
        if (load(&s[files], data, l->files[files]))
            return 1;
    int k = 0;
    for (long i = 0; i < n; i++, at += (1 + ppm * 1e-6) / RATE) {
        for (; at > s[k].frames / s[k].rate + PAUSE; k = (k + 1) % files)
            at -= s[k].frames / s[k].rate + PAUSE;
        x[i] = sample(&s[k], at * s[k].rate, l->channel);
    }
    while (files)
        free(s[--files].x);
    return 0;
}

static void set_peak(float *x, long n, double db) {
    float peak = 0;
    for (long i = 0; i < n; i++)
        peak = fmaxf(peak, fabsf(x[i]));
    for (long i = 0; i < n && peak > 0; i++)
        x[i] *= (float)(pow(10, db / 20) / peak * fmin(1, (double)(n - i) / 960));
}

static int add_noise(float *x, long n, int line, const char *data) {
    const struct line *l = &lines[line];
    const double gain = l->noise_db > NO_NOISE ? pow(10, l->noise_db / 20) : 0;
    double power = 0;
    struct sound s;
    state = 1000U + (uint64_t)line;
    for (long i = 0; i < n && !(l->noise && data); i++)
        x[i] += (float)(noise() * gain);
    if (!l->noise || !data)
        return 0;
    if (load(&s, data, l->noise))
        return 1;
    for (long i = 0; i < (long)s.frames; i++)
        power += (double)(s.x[i * s.channels] * s.x[i * s.channels]) / s.frames;
    for (long i = 0; i < n; i++)
        x[i] +=
            (float)(gain / sqrt(power)) * sample(&s, fmod((double)i * s.rate / RATE, s.frames), 0);
    free(s.x);
    return 0;
}

static double hum(long i) { /* pulses of a supply's current: odd harmonics */
    static const double parts[] = {1, 0.1, 0.5, 0.05, 0.3, 0.02, 0.2, 0, 0.1};
    double sum = 0;
    for (int k = 0; k < 9; k++)
        sum += parts[k] * sin(2 * M_PI * 50.03 * (k + 1) * (double)i / RATE + k);
    return sum * pow(10, -56 / 20.0);
}

/* A mobile phone of the second generation: every 60/13 ms one of eight slots, less each 26th, for
 * two seconds of three (3GPP TS 45.002, 4.3); an amplifier hears how strong it is. */
static double phone(long i) {
    const double frame = RATE * 0.06 / 13, at = fmod((double)i, frame) / frame;
    const long number = (long)((double)i / frame);
    if (i % (3L * RATE) > 2L * RATE || number % 26 == 25)
        return 0;
    return at < 0.118 ? 0.006 * fmin(1, fmin(at, 0.118 - at) / 0.008) : 0;
}

static void spoil(float *x, long n, const char *fault) {
    enum { LATE = 240, SLIPS = 33333 /* 30 ppm */ };
    if (strcmp(fault, "time") == 0) {
        memmove(x + LATE, x, (size_t)(n - LATE) * sizeof *x);
        memset(x, 0, LATE * sizeof *x);
    }
    for (long i = 0; i < n; i++) {
        if (strcmp(fault, "polarity") == 0 || strcmp(fault, "turned") == 0)
            x[i] = -x[i];
        else if (strcmp(fault, "hum") == 0)
            x[i] += (float)hum(i);
        else if (strcmp(fault, "rf") == 0)
            x[i] += (float)phone(i);
        else if (strcmp(fault, "clipping") == 0)
            x[i] = fmaxf(-0.25F, fminf(0.25F, x[i]));
        else if (strcmp(fault, "dc") == 0)
            x[i] += 0.02F;
        else if (strcmp(fault, "crackle") == 0 && i % 24064 >= 23808 && i >= 256)
            x[i] = x[i - 256]; /* a period again */
        else if (strcmp(fault, "clock") == 0)
            x[i] = i + i / SLIPS < n ? x[i + i / SLIPS] : 0; /* a sample is lost */
    }
}

/* What a line has of the one before: the same signal, or a little of it. */
static void join(float *x, float *before, long n, const char *fault) {
    for (long i = 0; i < n && strcmp(fault, "crosstalk") == 0; i++)
        x[i] += before[i] * 0.0178F; /* -35 dB */
    for (long i = 0; i < n && strcmp(fault, "duplicate") == 0; i++)
        before[i] = x[i] = 0.5F * (x[i] + before[i]);
}

struct order {
    const char *data;
    double from;
    long n;
};

/* What leaves a machine by wire leaves it through a capacitor: nothing below 5 Hz. */
static void couple(float *x, long n) {
    const double keeps = 1 - 2 * M_PI * 5 / RATE;
    double before = 0, charge = 0;
    for (long i = 0; i < n; i++) {
        charge = keeps * (charge + (double)x[i] - before);
        before = (double)x[i];
        x[i] = (float)charge;
    }
}

static int make(float *x, int line, const struct order *o) {
    const struct line *l = &lines[line];
    const long quiet = (long)QUIET * RATE, n = o->n;
    if (strcmp(l->fault, "dead") == 0)
        return 0;
    if (l->play) {
        const struct song song = song_from(o->from);
        l->play(x + quiet, n - quiet, &song);
        if (strcmp(l->source, "digital") != 0)
            couple(x + quiet, n - quiet);
    } else if (l->peak_db != 0 && o->data &&
               read_sound(x + quiet, n - quiet, l, o->data, o->from,
                          strcmp(l->fault, "resampled") == 0 ? 30 : 0))
        return 1;
    if (l->peak_db != 0 && !l->play && !o->data)
        make_up_line(x + quiet, n - quiet, line);
    if (l->peak_db != 0)
        set_peak(x + quiet, n - quiet, l->peak_db);
    return 0;
}

/* What is heard of it: its sound, that of others, its noise, its fault. */
static void convert(float *x, long n) { /* to 24 bits */
    for (long i = 0; i < n; i++)
        x[i] = rintf(x[i] * 8388608) / 8388608;
}

static int make_all(float **x, const struct order *o) {
    for (int i = 0; i < n_lines; i++) {
        x[i] = calloc((size_t)o->n, sizeof **x);
        if (!x[i] || make(x[i], i, o))
            return 1;
    }
    for (int i = 1; i < n_lines; i++)
        join(x[i], x[i - 1], o->n, lines[i].fault);
    for (int i = 0; i < n_lines; i++) {
        if (strcmp(lines[i].fault, "dead") != 0 && add_noise(x[i], o->n, i, o->data))
            return 1;
        if (!lines[i].noise || !o->data) /* it is the fault */
            spoil(x[i], o->n, lines[i].fault);
        convert(x[i], o->n);
    }
    return 0;
}

static int write_all(const char *path, float **x, long n) {
    SF_INFO info = {
        .samplerate = RATE, .channels = n_lines, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *f = sf_open(path, SFM_WRITE, &info);
    enum { BLOCK = 4800 };
    float *frames = calloc((size_t)BLOCK * (size_t)n_lines, sizeof *frames);
    bool written = f && frames;
    for (long from = 0; written && from < n; from += BLOCK) {
        const long block = n - from < BLOCK ? n - from : BLOCK;
        for (long i = 0; i < block; i++)
            for (int k = 0; k < n_lines; k++)
                frames[i * n_lines + k] = x[k][from + i];
        written = sf_writef_float(f, frames, block) == block;
    }
    free(frames);
    return !written || sf_close(f);
}

int main(int argc, char **argv) {
    const struct order o = {.n = argc > 3 ? (long)(strtod(argv[3], NULL) * RATE) : 0,
                            .data = argc > 4 && *argv[4] ? argv[4] : NULL,
                            .from = argc > 5 ? strtod(argv[5], NULL) : 0};
    float *x[sizeof clean / sizeof *clean + sizeof faulty / sizeof *faulty] = {0};
    if (argc > 1 && strcmp(argv[1], "clean") == 0) {
        lines = clean;
        n_lines = sizeof clean / sizeof *clean;
    }
    if (o.n <= (long)QUIET * RATE || make_all(x, &o) || write_all(argv[2], x, o.n)) {
        fprintf(stderr, "ton-stage faulty|clean FILE.wav SECONDS [DATA [FROM]]\n");
        return 1;
    }
    for (int i = 0; i < n_lines; i++) {
        free(x[i]);
        printf("{\"name\": \"%s\", \"source\": \"%s\", \"fault\": \"%s\", \"peak_db\": %g, "
               "\"noise_db\": %g, "
               "\"files\": \"%s\"}\n",
               lines[i].name, lines[i].source, lines[i].fault, lines[i].peak_db, lines[i].noise_db,
               lines[i].files[0] ? lines[i].files[0] : "");
    }
    return 0;
}
