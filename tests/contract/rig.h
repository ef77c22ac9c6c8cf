/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every contract test stands on: a processor with its state, fenced; settings of every kind;
 * signals; a loop over the registry that says which processor broke the contract. */
#ifndef TON_TEST_CONTRACT_RIG_H
#define TON_TEST_CONTRACT_RIG_H

#include "promise.h"

#include "ton/arena.h"
#include "ton/processor.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

enum { MAX_PARAMS = 512, MAX_TEST_CHANNELS = 16, FENCE = 256 };

/* What only makes sound or measures it needs no sanitizer, under which it would take most of the
 * time. */
#define UNWATCHED __attribute__((no_sanitize("address", "undefined")))

/* Planar audio. */
struct audio {
    int channels, frames;
    float *data;
    float *at[MAX_TEST_CHANNELS];
};

static inline struct audio audio_create(int channels, int frames) {
    struct audio a = {.channels = channels, .frames = frames};
    a.data = ton_alloc(sizeof(float) * (size_t)channels * (size_t)frames + 64);
    assert_non_null(a.data);
    for (int c = 0; c < channels; c++)
        a.at[c] = a.data + (size_t)c * (size_t)frames;
    return a;
}

static inline void audio_destroy(struct audio *a) {
    ton_free(a->data);
}

static inline struct audio audio_copy(const struct audio *a) {
    struct audio b = audio_create(a->channels, a->frames);
    memcpy(b.data, a->data, sizeof(float) * (size_t)a->channels * (size_t)a->frames);
    return b;
}

UNWATCHED static inline double audio_peak(const struct audio *a, int from) {
    float peak = 0.0F;
    for (int c = 0; c < a->channels; c++)
        for (int i = from; i < a->frames; i++) {
            const float size = isfinite(a->at[c][i]) ? fabsf(a->at[c][i]) : INFINITY;
            peak = size > peak ? size : peak;
        }
    return (double)peak;
}

static inline bool audio_finite(const struct audio *a) {
    return isfinite(audio_peak(a, 0));
}

static inline bool audio_same(const struct audio *a, const struct audio *b) {
    return memcmp(a->data, b->data, sizeof(float) * (size_t)a->channels * (size_t)a->frames) == 0;
}

/* Uniform in -1 … 1; the same sequence everywhere (a 64-bit LCG, Knuth's MMIX constants). */
UNWATCHED static inline double random_next(uint64_t *seed) {
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return (double)(int32_t)(*seed >> 32) / 2147483648.0;
}

/* White noise, different in every channel. */
UNWATCHED static inline struct audio audio_noise(int channels, int frames, double amplitude,
                                                 uint64_t seed) {
    struct audio a = audio_create(channels, frames);
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < frames; i++)
            a.at[c][i] = (float)(amplitude * random_next(&seed));
    return a;
}

/* One float of the parameters and the row that declares it. */
struct leaf {
    const struct ton_row *row;
    bool is_count; /* how many instances a group has */
    char name[96];
};

static inline int list_leaves(struct leaf out[MAX_PARAMS], const struct ton_processor *p) {
    int n = 0;
    for (int r = 0; r < p->n_rows; r++) {
        const struct ton_row *row = &p->rows[r];
        if (ton_row_floats(row) == 0)
            continue;
        assert_true(n + ton_row_floats(row) <= MAX_PARAMS);
        out[n] = (struct leaf){.row = row, .is_count = row->kind == TON_GROUP};
        snprintf(out[n].name, sizeof out[n].name, "%s", row->key);
        n++;
        for (int i = 0; row->kind == TON_GROUP && i < row->n_max * row->n_rows; i++) {
            out[n] = (struct leaf){.row = &row->rows[i % row->n_rows]};
            snprintf(out[n].name, sizeof out[n].name, "%s %d.%s", row->key, i / row->n_rows + 1,
                     row->rows[i % row->n_rows].key);
            n++;
        }
    }
    return n;
}

/* Listed once a processor: tests ask for them at every step of a move. */
static inline int leaves_of(struct leaf out[MAX_PARAMS], const struct ton_processor *p) {
    static const struct ton_processor *of;
    static struct leaf known[MAX_PARAMS];
    static int n;
    if (of != p)
        n = list_leaves(known, p);
    of = p;
    memcpy(out, known, sizeof *out * (size_t)n);
    return n;
}

static inline float leaf_min(const struct leaf *l) {
    return l->is_count ? 0.0F : l->row->min;
}

static inline float leaf_max(const struct leaf *l) {
    return l->is_count ? (float)l->row->n_max : l->row->max;
}

/* The value at 0 … 1 of the way from minimum to maximum on the row's own scale. */
static inline float leaf_value(const struct leaf *l, double way) {
    const double min = (double)leaf_min(l), max = (double)leaf_max(l);
    double v = min + way * (max - min);
    if (l->row->scale == TON_LOGARITHMIC && min > 0.0)
        v = min * exp(way * log(max / min));
    const bool whole = l->is_count || l->row->kind == TON_CHOICE || l->row->kind == TON_SWITCH ||
                       l->row->kind == TON_COUNT;
    v = whole ? floor(v + 0.5) : v;
    return (float)fmin(fmax(v, min), max);
}

/* Settings of every kind: the defaults, everything at its minimum, at its maximum, and settings
 * drawn at random (the same ones in every run). */
enum { SETTING_DEFAULT, SETTING_MIN, SETTING_MAX, SETTING_RANDOM, N_SETTINGS = SETTING_RANDOM + 5 };

/* Some thirty times as dear as the dearest of the others, and of few parameters: fewer settings. */
static inline bool is_dear(const struct ton_processor *p) {
    return p->cost_ns >= 1000;
}

/* Those of one test. */
static inline int n_settings(const struct ton_processor *p) {
    return is_dear(p) ? fewer(SETTING_RANDOM + 1, SETTING_RANDOM)
                      : fewer(N_SETTINGS, SETTING_RANDOM + 1);
}

static inline void setting(float values[MAX_PARAMS], const struct ton_processor *p, int which) {
    struct leaf leaves[MAX_PARAMS];
    const int n = leaves_of(leaves, p);
    ton_rows_defaults(p->rows, p->n_rows, values);
    if (which == SETTING_DEFAULT)
        return;
    uint64_t seed = 0x7061756c + 977 * (uint64_t)which;
    for (int i = 0; i < n; i++) {
        const double way = which == SETTING_MIN   ? 0.0
                           : which == SETTING_MAX ? 1.0
                                                  : 0.5 + 0.5 * random_next(&seed);
        values[i] = leaf_value(&leaves[i], way);
    }
}

static inline const char *setting_name(int which) {
    static const char *const names[] = {"defaults", "all minima", "all maxima", "random 1",
                                        "random 2", "random 3",   "random 4",   "random 5"};
    return names[which];
}

/* A processor at work. The state has a fence behind it; everything runs as on the audio thread:
 * denormals are zero, and what may allocate or wait aborts. */
struct rig {
    const struct ton_processor *processor;
    struct ton_config config;
    float params[MAX_PARAMS];
    size_t size;
    unsigned char *state;
};

/* For every file that a processor may name: a room in mono, 1.1 s long at every rate. It is made
 * when the rate is another than before: to make it takes longer than most of what it is for. */
static inline const struct ton_asset *rig_assets(double rate) {
    enum { LONGEST = 422400, MOST = 4 };
    static float room[LONGEST];
    static const float *const data[] = {room};
    static struct ton_asset assets[MOST];
    static double made_for;
    const int frames = (int)(1.1 * rate);
    uint64_t seed = 99;
    for (int i = 0; i < frames && made_for != rate; i++)
        room[i] = (float)(0.1 * random_next(&seed) * exp(-3.0 * i / frames));
    made_for = rate;
    for (int i = 0; i < MOST; i++)
        assets[i] =
            (struct ton_asset){.channels = 1, .frames = frames, .file_rate = rate, .data = data};
    return assets;
}

static inline struct ton_config rig_config(double rate, int channels, int max_frames) {
    return (struct ton_config){.rate = rate,
                               .channels = channels,
                               .max_frames = max_frames,
                               .tempo = 120.0,
                               .assets = rig_assets(rate)};
}

static inline struct rig rig_create(const struct ton_processor *p, struct ton_config config,
                                    const float *params) {
    config.latency = p->latency ? p->latency(&config, params) : 0;
    struct rig r = {.processor = p, .config = config};
    memcpy(r.params, params, sizeof(float) * (size_t)p->n_params);
    r.size = p->state_size(&config, params);
    r.state = ton_alloc(r.size + FENCE);
    assert_non_null(r.state);
    memset(r.state + r.size, 0xA5, FENCE);
    p->init(r.state, &r.config, r.params);
    struct ton_err err = {0};
    if (p->open && p->open(r.state, &r.config, r.params, &err))
        fail_msg("%s cannot be opened: %s", p->id, err.text);
#if defined(__SSE__)
    _mm_setcsr(_mm_getcsr() | 0x8040); /* flush to zero, denormals are zero: as the engine does */
#endif
    return r;
}

static inline bool rig_fence_stands(const struct rig *r) {
    for (int i = 0; i < FENCE; i++)
        if (r->state[r->size + (size_t)i] != 0xA5)
            return false;
    return true;
}

static inline void rig_destroy(struct rig *r) {
    if (r->processor->close)
        r->processor->close(r->state);
    const bool stands = rig_fence_stands(r);
    ton_free(r->state);
    if (!stands)
        fail_msg("%s writes behind the state it asked for", r->processor->id);
}

static inline void rig_update(struct rig *r) {
    ton_rt_enter();
    r->processor->update(r->state, r->params);
    ton_rt_leave();
}

/* One call of process, `frames` from `offset`. `key` may be NULL. */
static inline void rig_step(struct rig *r, struct audio *out, const struct audio *in,
                            const struct audio *key, int offset, int frames) {
    const float *ins[MAX_TEST_CHANNELS], *keys[MAX_TEST_CHANNELS];
    float *outs[MAX_TEST_CHANNELS];
    for (int c = 0; c < in->channels; c++) {
        ins[c] = in->at[c] + offset;
        outs[c] = out->at[c] + offset;
    }
    for (int c = 0; key && c < key->channels; c++)
        keys[c] = key->at[c] + offset;
    const struct ton_io io = {.in = ins,
                              .out = outs,
                              .key = key ? keys : NULL,
                              .n_key = key ? key->channels : 0,
                              .frames = frames};
    ton_rt_enter();
    r->processor->process(r->state, &io);
    ton_rt_leave();
}

/* All of `in`, in calls of at most max_frames. */
static inline void rig_run(struct rig *r, struct audio *out, const struct audio *in,
                           const struct audio *key) {
    for (int done = 0; done < in->frames; done += r->config.max_frames) {
        const int left = in->frames - done;
        rig_step(r, out, in, key, done, left < r->config.max_frames ? left : r->config.max_frames);
    }
}

/* The output for `in` of a fresh processor in blocks of 512. */
static inline struct audio rig_output(const struct ton_processor *p, double rate,
                                      const float *params, const struct audio *in,
                                      const struct audio *key) {
    struct ton_config config = rig_config(rate, in->channels, 512);
    config.key_channels = key ? key->channels : 0;
    struct rig r = rig_create(p, config, params);
    struct audio out = audio_create(in->channels, in->frames);
    rig_run(&r, &out, in, key);
    rig_destroy(&r);
    return out;
}

static inline int rig_latency(const struct ton_processor *p, const struct ton_config *config,
                              const float *params) {
    return p->latency ? p->latency(config, params) : 0;
}

/* Frames of tail, at most `longest`; -1 when it is longer. */
static inline int rig_tail(const struct ton_processor *p, const struct ton_config *config,
                           const float *params, int64_t longest) {
    const int64_t tail = p->tail ? p->tail(config, params) : 0;
    return tail > longest ? -1 : (int)tail;
}

/* What the engine does before a processor: a sample that is no number becomes 0. */
static inline void engine_repairs(struct audio *a) {
    for (int c = 0; c < a->channels; c++)
        for (int i = 0; i < a->frames; i++)
            if (!isfinite(a->at[c][i]))
                a->at[c][i] = 0.0F;
}

static inline double to_db(double x) {
    return x > 0.0 ? 20.0 * log10(x) : -INFINITY;
}

/* `for_each_processor(p)`: a loop over the registry. */
#define for_each_processor(p)                                                                      \
    for (const struct ton_processor *p = ton_processor_at(0), *const *once = &p; once;             \
         once = NULL)                                                                              \
        for (int p##_index = 0;                                                                    \
             p##_index < ton_processor_count() && (p = ton_processor_at(p##_index)); p##_index++)

#endif
