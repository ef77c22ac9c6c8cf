/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Somebody who speaks, made by a formula, for where no recording is: a pulse train that glides,
 * through the formants of five vowels (averages of men by G. E. Peterson, H. L. Barney, JASA 24,
 * 1952), consonants of noise, words of one to four syllables, pauses between sentences. */
#ifndef TON_TEST_SIGNAL_TALKER_H
#define TON_TEST_SIGNAL_TALKER_H

#include "recording.h"

struct talker {
    double rate, pitch; /* Hz: around which it speaks */
    uint64_t seed;
    double phase;
    double memory[3][2]; /* of the formants */
    double last;         /* of the noise */
};

static inline double talker_chance(struct talker *t) {
    return 0.5 + 0.5 * (double)noise_next(&t->seed);
}

/* Two poles at a frequency. */
static inline double talker_formant(struct talker *t, int which, double x, double hz,
                                    double width) {
    const double r = exp(-M_PI * width / t->rate);
    double *y = t->memory[which];
    const double out = (1 - r) * x + 2 * r * cos(2 * M_PI * hz / t->rate) * y[0] - r * r * y[1];
    y[1] = y[0];
    y[0] = out;
    return out;
}

/* Soft edges of 20 ms. */
static inline double talker_edge(double s, double length_s) {
    const double edge = 0.02, in = fmin(s, length_s - s) / edge;
    return in >= 1 ? 1 : 0.5 - 0.5 * cos(M_PI * fmax(in, 0));
}

static inline int64_t talker_vowel(struct talker *t, float *out, int64_t room, double length_s,
                                   double stress) {
    static const double vowels[][3] = {{270, 2290, 3010},
                                       {530, 1840, 2480},
                                       {730, 1090, 2440},
                                       {570, 840, 2410},
                                       {300, 870, 2240}};
    const double *const from = vowels[(int)(talker_chance(t) * 4.999)];
    const double *const to = vowels[(int)(talker_chance(t) * 4.999)];
    const int64_t n = (int64_t)(length_s * t->rate);
    int64_t i = 0;
    double sum = 0;
    for (; i < n && i < room; i++) {
        const double part = (double)i / (double)n;
        const double hz = t->pitch * stress * (1.1 - 0.2 * part);
        t->phase += hz / t->rate;
        double x = 0;
        if (t->phase >= 1)
            t->phase -= 1, x = t->rate / hz;
        for (int f = 0; f < 3; f++)
            x = talker_formant(t, f, x, from[f] + 0.4 * part * (to[f] - from[f]), 80 + 40 * f) * 3;
        out[i] = (float)(x * talker_edge((double)i / t->rate, length_s));
        sum += (double)out[i] * (double)out[i];
    }
    /* As loud as any other. */
    for (int64_t k = 0; k < i; k++)
        out[k] = (float)((double)out[k] * stress / sqrt(sum / (double)i + 1e-9));
    return i;
}

static inline int64_t talker_consonant(struct talker *t, float *out, int64_t room,
                                       double length_s) {
    const int64_t n = (int64_t)(length_s * t->rate);
    int64_t i = 0;
    for (; i < n && i < room; i++) {
        const double x = (double)noise_next(&t->seed);
        out[i] = (float)(0.2 * (x - t->last) * talker_edge((double)i / t->rate, length_s));
        t->last = x;
    }
    return i;
}

/* Speaks over the frames, from the first one on; whoever asked frees it. At -26 dBFS (mean of the
 * whole). */
static inline struct audio talker_speaks(double rate, double seconds, double pitch, uint64_t seed) {
    struct talker t = {.rate = rate, .pitch = pitch, .seed = seed};
    struct audio a = audio_new(1, (int64_t)(seconds * rate));
    int64_t at = 0;
    int syllables = 0;
    while (at < a.frames) {
        if (talker_chance(&t) < 0.6)
            at +=
                talker_consonant(&t, a.at[0] + at, a.frames - at, 0.05 + 0.06 * talker_chance(&t));
        at += talker_vowel(&t, a.at[0] + at, a.frames - at, 0.11 + 0.1 * talker_chance(&t),
                           0.8 + 0.4 * talker_chance(&t));
        syllables++;
        if (talker_chance(&t) < 0.4)
            at += (int64_t)(0.05 * rate);
        if (syllables % 14 == 0)
            at += (int64_t)((0.2 + 0.2 * talker_chance(&t)) * rate);
    }
    double sum = 0;
    for (int64_t i = 0; i < a.frames; i++)
        sum += (double)a.at[0][i] * (double)a.at[0][i];
    audio_gain(&a, ton_db_to_gain(-26) / sqrt(sum / (double)a.frames));
    return a;
}

#endif
