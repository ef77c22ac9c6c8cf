/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs one processor over planar audio the way the engine does, and makes and measures test
 * signals. */
#ifndef TON_TEST_SIGNAL_RIG_H
#define TON_TEST_SIGNAL_RIG_H

#include "../promise.h"

#include "ton/arena.h"
#include "ton/db.h"
#include "ton/processor.h"

struct audio {
    int channels;
    int64_t frames;
    float **at; /* [channel][frame] */
};

static inline struct audio audio_new(int channels, int64_t frames) {
    struct audio a = {.channels = channels, .frames = frames};
    a.at = ton_alloc(sizeof *a.at * (size_t)channels);
    assert_non_null(a.at);
    for (int c = 0; c < channels; c++) {
        a.at[c] = ton_alloc(sizeof(float) * (size_t)(frames > 0 ? frames : 1));
        assert_non_null(a.at[c]);
    }
    return a;
}

static inline void audio_free(struct audio *a) {
    for (int c = 0; c < a->channels; c++)
        ton_free(a->at[c]);
    ton_free(a->at);
    *a = (struct audio){0};
}

static inline void audio_sine(struct audio *a, double rate, double hz, double level_db) {
    for (int c = 0; c < a->channels; c++)
        for (int64_t i = 0; i < a->frames; i++)
            a->at[c][i] = (float)(ton_db_to_gain(level_db) * sin(2 * M_PI * hz / rate * (double)i));
}

static inline void assert_parts_add_up(const struct audio *whole, const struct audio parts[2]) {
    double most = 0;
    for (int c = 0; c < whole->channels; c++)
        for (int64_t i = 0; i < whole->frames; i++)
            most = fmax(most, fabs((double)whole->at[c][i] - (double)parts[0].at[c][i] -
                                   (double)parts[1].at[c][i]));
    figure("whole less its parts: %.0f dBFS (under -130)", ton_gain_to_db(most));
    assert_true(ton_gain_to_db(most) < -130);
}

/* Seeded white noise, uniform in -1 … 1. */
static inline float noise_next(uint64_t *seed) {
    *seed += 0x9e3779b97f4a7c15U;
    uint64_t z = *seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    z ^= z >> 31;
    return (float)((double)(int64_t)z * 0x1p-63);
}

struct rig {
    const struct ton_processor *processor;
    struct ton_config config;
    float *params;
    void *state;
    int latency;
};

static inline void rig_set(struct rig *r, const char *key, float value) {
    int index = -1;
    assert_non_null(ton_rows_find(r->processor->rows, r->processor->n_rows, key, &index, NULL));
    r->params[index] = value;
    if (r->state)
        r->processor->update(r->state, r->params);
}

static inline struct rig rig_open(const char *id, double rate, int channels, int key_channels) {
    struct rig r = {.processor = ton_processor_find(id, NULL)};
    assert_non_null(r.processor);
    r.config = (struct ton_config){.rate = rate,
                                   .channels = channels,
                                   .key_channels = key_channels,
                                   .max_frames = 65536,
                                   .tempo = 120};
    r.params = ton_alloc(sizeof(float) * (size_t)r.processor->n_params);
    assert_non_null(r.params);
    ton_rows_defaults(r.processor->rows, r.processor->n_rows, r.params);
    return r;
}

/* After the parameters are set. */
static inline void rig_start(struct rig *r) {
    r->state = ton_alloc(r->processor->state_size(&r->config, r->params));
    assert_non_null(r->state);
    r->processor->init(r->state, &r->config, r->params);
    struct ton_err err = {0};
    if (r->processor->open && r->processor->open(r->state, &r->config, r->params, &err))
        fail_msg("%s cannot be opened: %s", r->processor->id, err.text);
    r->latency = r->processor->latency ? r->processor->latency(&r->config, r->params) : 0;
}

/* What the meter of that key shows; fails the test where there is none. */
static inline float rig_meter(const struct rig *r, const char *key) {
    float values[16] = {0};
    assert_in_range(r->processor->n_meters, 1, 16);
    r->processor->read_meters(r->state, values);
    for (int i = 0; i < r->processor->n_meters; i++)
        if (strcmp(r->processor->meters[i].key, key) == 0)
            return values[i];
    fail_msg("%s has no meter %s", r->processor->id, key);
    return 0;
}

static inline void rig_close(struct rig *r) {
    if (r->state && r->processor->close)
        r->processor->close(r->state);
    ton_free(r->state);
    ton_free(r->params);
    *r = (struct rig){0};
}

/* In place, in blocks of `block` frames; `key` may be NULL. */
static inline void rig_run(struct rig *r, struct audio *a, const struct audio *key, int block) {
    for (int64_t at = 0; at < a->frames; at += block) {
        float *places[64];
        const float *heard[64];
        for (int c = 0; c < a->channels; c++)
            places[c] = a->at[c] + at;
        for (int c = 0; key && c < key->channels; c++)
            heard[c] = key->at[c] + at;
        const struct ton_io io = {
            .in = (const float *const *)places,
            .out = places,
            .key = key ? heard : NULL,
            .n_key = key ? key->channels : 0,
            .frames = (int)(a->frames - at < block ? a->frames - at : block),
        };
        r->processor->process(r->state, &io);
    }
}

/* Amplitude in dB and distortion of a sine between two frames, by least squares at `hz` (the span
 * should hold whole periods): level of the fundamental, and the rest re it. */
static inline double sine_level(const float *x, int64_t from, int64_t to, double rate, double hz,
                                double *rest_db) {
    double c = 0, s = 0, mean = 0;
    const double w = 2 * M_PI * hz / rate, n = (double)(to - from);
    for (int64_t i = from; i < to; i++) {
        c += x[i] * cos(w * (double)i);
        s += x[i] * sin(w * (double)i);
        mean += x[i];
    }
    c *= 2 / n;
    s *= 2 / n;
    mean /= n;
    double rest = 0;
    for (int64_t i = from; i < to; i++) {
        const double r = x[i] - mean - c * cos(w * (double)i) - s * sin(w * (double)i);
        rest += r * r;
    }
    const double level = hypot(c, s);
    if (rest_db)
        *rest_db = 20 * log10(sqrt(rest / n) / (level * M_SQRT1_2) + 1e-12);
    return ton_gain_to_db(level);
}

#endif
