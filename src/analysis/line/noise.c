// SPDX-License-Identifier: GPL-3.0-or-later
// The noise of a line: the spectrum of its quiet part, A-weighted, per octave, and what of it is
// tones.

#include "line/parts.h"

enum { BESIDE_NEAR = 3, BESIDE_FAR = 6 }; // bins

// The longest window that lies in the shortest run.
static int window_frames(const struct line_hops *h) {
    int n = line_power_of_two(LINE_QUIET_RUN * h->frames);
    return n > LINE_QUIET_RUN * h->frames ? n / 2 : n;
}

struct windows {
    struct ton_fft fft;
    float *hann, *x, *re, *im;
    double gain; // of a squared magnitude to a mean square
};

static enum ton_code open(struct windows *w, const struct line_sound *s, int n,
                          struct ton_err *err) {
    float *memory = TON_NEW_N(s->arena, float, ton_fft_floats(n));
    w->hann = TON_NEW_N(s->arena, float, n);
    w->x = TON_NEW_N(s->arena, float, n);
    w->re = TON_NEW_N(s->arena, float, n / 2);
    w->im = TON_NEW_N(s->arena, float, n / 2);
    if (ton_arena_failed(s->arena))
        return line_no_memory(err);
    line_hann(w->hann, n);
    w->gain = 2.0 / (0.375 * n * n); // a Hann window's mean square is 3/8
    return ton_fft_open(&w->fft, memory, n, err);
}

static void add(struct line_spectrum *out, struct windows *w, const float *x, float mean) {
    const int half = out->n / 2;
    for (int i = 0; i < out->n; i++)
        w->x[i] = w->hann[i] * (x[i] - mean);
    ton_fft_forward(&w->fft, w->re, w->im, w->x);
    const double last = (double)w->im[0];
    w->im[0] = 0.0F;
    for (int b = 0; b < half; b++)
        out->power[b] += (double)(w->re[b] * w->re[b] + w->im[b] * w->im[b]);
    out->power[half] += last * last;
    out->n_windows++;
}

static void scale(struct line_spectrum *out, double gain) {
    for (int b = 0; b <= out->n / 2; b++)
        out->power[b] *= gain * (b == 0 || b == out->n / 2 ? 0.5 : 1.0) / out->n_windows;
}

enum ton_code line_spectrum_of_quiet(struct line_spectrum *out, const struct line_sound *s,
                                     const struct line_hops *hops, struct ton_err *err) {
    struct windows w = {0};
    *out = (struct line_spectrum){.n = window_frames(hops), .rate = s->rate};
    out->power = TON_NEW_N(s->arena, double, out->n / 2 + 1);
    const enum ton_code code = open(&w, s, out->n, err);
    if (code != TON_OK)
        return code;
    for (int i = 0, to; i < hops->n; i = to + 1) {
        to = line_run_end(hops, i);
        const int64_t end = (int64_t)to * hops->frames;
        for (int64_t at = (int64_t)i * hops->frames; at + out->n <= end; at += out->n / 2)
            add(out, &w, s->x + at, (float)s->mean);
    }
    ton_fft_close(&w.fft);
    if (out->n_windows)
        scale(out, w.gain);
    return TON_OK;
}

// The square of the A weighting of IEC 61672-1:2013, annex E (formula E.6; its poles at 20.60,
// 107.7, 737.9 and 12194 Hz), 1 at 1 kHz.
static double a_weight_squared(double hz) {
    const double f = hz * hz, p1 = 20.598997 * 20.598997, p2 = 107.65265 * 107.65265,
                 p3 = 737.86223 * 737.86223, p4 = 12194.217 * 12194.217;
    const double r = p4 * f * f / ((f + p1) * sqrt((f + p2) * (f + p3)) * (f + p4));
    return r * r * 1.5848932; // +2.000 dB
}

// Mean square between two frequencies; a bin counts with the part of it that lies between.
static double between(const struct line_spectrum *s, double from_hz, double to_hz) {
    const double bin = s->rate / s->n;
    double sum = 0.0;
    for (int b = 1; b <= s->n / 2; b++) {
        const double low = fmax(from_hz, (b - 0.5) * bin), high = fmin(to_hz, (b + 0.5) * bin);
        sum += high > low ? s->power[b] * (high - low) / bin : 0.0;
    }
    return sum;
}

void line_noise_measure(struct ton_line_noise *out, const struct line_spectrum *spectrum,
                        double mean_square) {
    double weighted = 0.0;
    for (int b = 1; b <= spectrum->n / 2; b++)
        weighted += spectrum->power[b] * a_weight_squared(b * spectrum->rate / spectrum->n);
    out->rms_dbfs = line_power_db(mean_square);
    out->a_dbfs = line_power_db(weighted);
    for (int o = 0; o < TON_LINE_OCTAVES; o++) {
        const double hz = 1000.0 * exp2(o - 5);
        const bool there = hz * M_SQRT1_2 < spectrum->rate / 2.0;
        out->octave_dbfs[o] =
            there ? line_power_db(between(spectrum, hz * M_SQRT1_2, hz * M_SQRT2)) : NAN;
    }
}

// Whether a bin is within two of a harmonic of the mains.
static bool is_mains(const struct line_spectrum *s, const struct ton_line_hum *hum, int b) {
    const double hz = b * s->rate / s->n;
    return isfinite(hum->hz) && fabs(hz - hum->hz * round(hz / hum->hz)) <= 2.5 * s->rate / s->n &&
           hz <= hum->highest_hz + hum->hz;
}

// A tone stands 12 dB above the lowest place on either side of it: other tones may be near.
static bool is_tone(const struct line_spectrum *s, int b) {
    double below = INFINITY, above = INFINITY;
    for (int k = BESIDE_NEAR; k <= BESIDE_FAR; k++) {
        below = fmin(below, s->power[b - k]);
        above = fmin(above, s->power[b + k]);
    }
    return s->power[b] > 16.0 * fmax(below, above);
}

struct line_tones line_tones_of(const struct line_spectrum *s, const struct ton_line_hum *hum) {
    struct line_tones t = {0};
    for (int b = BESIDE_FAR + 1; b + BESIDE_FAR < s->n / 2; b++) {
        if (is_mains(s, hum, b))
            continue;
        const bool tone = is_tone(s, b);
        t.tones += tone ? s->power[b] : 0.0;
        t.rest += tone ? 0.0 : s->power[b];
    }
    return t;
}
