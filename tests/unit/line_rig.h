/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of a line check share: lines made of noise, tones and blows, real recordings, and
 * what is added to both. */
#ifndef TON_TEST_LINE_RIG_H
#define TON_TEST_LINE_RIG_H

#include "../audio_rig.h"

#include "ton/line.h"

enum { RATE = 48000 };

static uint32_t rig_seed = 12345;

static inline double rig_random(void) { /* -1 … 1, even */
    rig_seed = rig_seed * 1664525u + 1013904223u;
    return (double)(int32_t)rig_seed * 0x1p-31;
}

static RIG_UNUSED double rig_gain(double dbfs) {
    return pow(10.0, dbfs / 20.0);
}

/* Adds white noise of an RMS level, near Gaussian. */
static RIG_UNUSED void add_noise(float *x, int64_t frames, double rms_dbfs) {
    const double gain = rig_gain(rms_dbfs) / 2.0 * sqrt(3.0);
    for (int64_t i = 0; i < frames; i++)
        x[i] += (float)(gain * (rig_random() + rig_random() + rig_random() + rig_random()));
}

/* A sine by a turning pointer: sin() itself would take longer than what is tested. */
struct turning {
    double re, im, step_re, step_im;
};

static inline struct turning turning_at(double hz, double rate, double phase) {
    const double w = 2.0 * M_PI * hz / rate;
    return (struct turning){cos(phase), sin(phase), cos(w), sin(w)};
}

static inline double turn(struct turning *t) {
    const double now = t->im, re = t->re * t->step_re - t->im * t->step_im;
    t->im = t->re * t->step_im + t->im * t->step_re;
    t->re = re;
    return now;
}

/* Adds a sine of an RMS level. */
static RIG_UNUSED void add_tone(float *x, int64_t frames, double rate, double hz, double rms_dbfs) {
    const double gain = rig_gain(rms_dbfs) * M_SQRT2;
    struct turning t = turning_at(hz, rate, 3.0 * rig_random());
    for (int64_t i = 0; i < frames; i++)
        x[i] += (float)(gain * turn(&t));
}

/* A note that starts at once and dies away, with six harmonics. */
static RIG_UNUSED void add_note(float *x, int64_t from, int64_t to, double rate, double hz,
                                double peak, double decay_s) {
    const double falls = exp(-1.0 / (decay_s * rate));
    for (int k = 1; k <= 6; k++) {
        struct turning t = turning_at(k * hz, rate, 0.0);
        double gain = 0.6 * peak / k;
        for (int64_t i = from; i < to; i++, gain *= falls)
            x[i] += (float)(gain * turn(&t));
    }
}

static RIG_UNUSED struct ton_line measured_with(const float *x, int64_t frames, double rate,
                                                int period) {
    const struct ton_line_config config = {.rate = rate, .period_frames = period};
    struct ton_line line;
    struct ton_err err;
    if (ton_line_measure(&line, x, frames, &config, &err) != TON_OK)
        fail_msg("%s", err.text);
    return line;
}

static RIG_UNUSED struct ton_line measured(const float *x, int64_t frames, double rate) {
    return measured_with(x, frames, rate, 0);
}

/* The first channel of a recording in the folder of real ones; frames 0: there is none. */
struct recording {
    float *x;
    int64_t frames;
    int rate;
};

static RIG_UNUSED struct recording recording_of(const char *name) {
    struct recording r = {0};
    struct rig_sound s;
    struct ton_err err;
    char path[4300];
    snprintf(path, sizeof path, "%s/%s", test_data(), name);
    if (rig_load(&s, path, &err) != TON_OK)
        fail_msg("%s: %s", path, err.text);
    r = (struct recording){s.plane[0], s.frames, s.rate};
    s.plane[0] = NULL;
    rig_free(&s);
    return r;
}

/* Window `i` of some seconds; false behind the last one. */
static RIG_UNUSED bool window_of(const struct recording *r, int i, double seconds, float **out,
                                 int64_t *frames) {
    *frames = (int64_t)(seconds * r->rate);
    const int64_t from = i * *frames;
    if (from + *frames > r->frames)
        return false;
    *out = ton_alloc((size_t)*frames * sizeof(float));
    assert_non_null(*out);
    memcpy(*out, r->x + from, (size_t)*frames * sizeof(float));
    return true;
}

#endif
