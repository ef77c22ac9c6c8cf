/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Test tones made on the fly: segments of one sine whose phase runs on, fed to a meter. */
#ifndef TON_TEST_TONE_H
#define TON_TEST_TONE_H

#include "promise.h"

#include "ton/analyser.h"

struct segment {
    double dbfs; /* peak of the sine; -INFINITY is silence */
    double seconds;
};

struct tone {
    double rate, hz;
    struct ton_layout layout;
    double gain_db[TON_MAX_CHANNELS]; /* over the segment's level; -INFINITY: a silent channel */
    struct segment segments[64];
    int n;
};

static inline struct tone tone_stereo(void) {
    return (struct tone){.rate = 48000, .hz = 1000, .layout = ton_layout_usual(2)};
}

static inline void tone_add(struct tone *t, double dbfs, double seconds) {
    if (seconds > 0.0)
        t->segments[t->n++] = (struct segment){dbfs, seconds};
}

static inline double linear(double db) {
    return isinf(db) ? 0.0 : pow(10.0, db / 20.0);
}

/* Feeds frames made by `sample(channel, frame, user)`. */
typedef double (*tone_sample)(int channel, int64_t frame, const void *user);

static inline void feed_made(struct ton_meter *m, int channels, int64_t frames, tone_sample sample,
                             const void *user) {
    enum { BLOCK = 1024 };
    static float planes[TON_MAX_CHANNELS][BLOCK];
    const float *in[TON_MAX_CHANNELS];
    struct ton_err err;
    for (int c = 0; c < channels; c++)
        in[c] = planes[c];
    for (int64_t at = 0; at < frames; at += BLOCK) {
        const int n = frames - at < BLOCK ? (int)(frames - at) : BLOCK;
        for (int c = 0; c < channels; c++)
            for (int i = 0; i < n; i++)
                planes[c][i] = (float)sample(c, at + i, user);
        assert_int_equal(ton_meter_feed(m, in, n, &err), TON_OK);
    }
}

static inline double tone_at(int channel, int64_t frame, const void *user) {
    const struct tone *t = user;
    const double seconds = (double)frame / t->rate;
    double end = 0.0, level = -INFINITY;
    for (int i = 0; i < t->n; i++) {
        end += t->segments[i].seconds;
        if ((double)frame < end * t->rate - 1e-6) {
            level = t->segments[i].dbfs;
            break;
        }
    }
    const double gain = t->gain_db[channel];
    if (isinf(level) || isinf(gain))
        return 0.0;
    return linear(level + gain) * sin(2.0 * M_PI * fmod(t->hz * seconds, 1.0));
}

static inline int64_t tone_frames(const struct tone *t) {
    double seconds = 0.0;
    for (int i = 0; i < t->n; i++)
        seconds += t->segments[i].seconds;
    return llround(seconds * t->rate);
}

/* `curve` may be NULL; else it is the meter, to be destroyed by the caller. */
static inline struct ton_measurement tone_measure(const struct tone *t, struct ton_meter **curve) {
    struct ton_meter *m = NULL;
    struct ton_measurement out;
    struct ton_err err;
    assert_int_equal(ton_meter_create(&m, t->rate, &t->layout, curve != NULL, &err), TON_OK);
    feed_made(m, t->layout.channels, tone_frames(t), tone_at, t);
    ton_meter_finish(m, &out);
    if (curve)
        *curve = m;
    else
        ton_meter_destroy(m);
    return out;
}

/* Prints one row of a table and holds it against its tolerance. */
static inline void row(const char *what, double value, double expected, double under, double over) {
    figure("%-34s %9.3f  (%.2f +%.2f/-%.2f)", what, value, expected, over, under);
    assert_true(value >= expected - under && value <= expected + over);
}

#endif
