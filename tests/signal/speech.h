/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real speech for tests of what listens to voices: whole files as mono audio, and which 20 ms of
 * them are hiss and which are vowels, by spectra of their own (no code shared with processors). */
#ifndef TON_TEST_SIGNAL_SPEECH_H
#define TON_TEST_SIGNAL_SPEECH_H

#include "recording.h"

/* The first channel of a file of the recordings. */
static inline struct audio speech_load(const char *name, double *rate) {
    char path[200];
    snprintf(path, sizeof path, "speech/clean/%s", name);
    struct audio all = recording_read(path, rate), one = audio_new(1, all.frames);
    memcpy(one.at[0], all.at[0], sizeof(float) * (size_t)all.frames);
    audio_free(&all);
    return one;
}

/* Powers in dB of one windowed stretch: everything, 100 Hz … 3 kHz, 5 … 10 kHz. */
struct speech_spectrum {
    double all, voice, hiss;
};

enum { SPEECH_MOST = 2048 };

/* A discrete Fourier transform by its definition over 20 ms behind a Hann window. */
static inline struct speech_spectrum speech_spectrum_of(const float *x, double rate) {
    const int n = (int)(0.02 * rate);
    static double window[SPEECH_MOST], cosine[SPEECH_MOST], sine[SPEECH_MOST];
    static int made;
    assert_true(n <= SPEECH_MOST);
    for (int i = 0; made != n && i < n; i++) {
        window[i] = 0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / n);
        cosine[i] = cos(2 * M_PI * i / n);
        sine[i] = sin(2 * M_PI * i / n);
    }
    made = n;
    double powers[3] = {0};
    for (int k = 1; k < n / 2; k++) {
        const double hz = k * rate / n;
        double re = 0, im = 0;
        for (int i = 0, at = 0; i < n; i++, at = at + k >= n ? at + k - n : at + k) {
            const double v = window[i] * (double)x[i];
            re += v * cosine[at];
            im += v * sine[at];
        }
        const double power = 16.0 / 3 * (re * re + im * im) / ((double)n * n);
        powers[0] += power;
        powers[1] += hz >= 100 && hz <= 3000 ? power : 0;
        powers[2] += hz >= 5000 && hz <= 10000 ? power : 0;
    }
    return (struct speech_spectrum){10 * log10(powers[0] + 1e-20), 10 * log10(powers[1] + 1e-20),
                                    10 * log10(powers[2] + 1e-20)};
}

enum speech_kind { SPEECH_OTHER, SPEECH_HISS, SPEECH_VOWEL };

/* Hiss has more above 5 kHz than voice below 3; a vowel has 25 dB less; both are speech, within 35
 * dB of the loudest. */
static inline enum speech_kind speech_kind_of(struct speech_spectrum s, double loudest) {
    if (s.all < loudest - 35)
        return SPEECH_OTHER;
    return s.hiss > s.voice ? SPEECH_HISS : s.hiss < s.voice - 25 ? SPEECH_VOWEL : SPEECH_OTHER;
}

#endif
