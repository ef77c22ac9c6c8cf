/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session made in memory for engine tests: takes written to a scratch folder, strips as plain
 * structs, a few processors whose sound is known exactly, and sinks that keep what they get. */
#ifndef TON_TEST_STAGE_H
#define TON_TEST_STAGE_H

#include "promise.h"

#include "ton/audio_out.h"
#include "ton/path.h"
#include "ton/plan.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#define STAGE_MAX 64

struct stage {
    struct ton_arena *arena;
    char folder[64];
    struct ton_session session;
    struct ton_take takes[STAGE_MAX];
    struct ton_strip strips[STAGE_MAX];
};

static inline void stage_open(struct stage *st, int rate) {
    *st = (struct stage){.arena = ton_arena_create()};
    snprintf(st->folder, sizeof st->folder, "/tmp/ton-stage-XXXXXX");
    assert_non_null(mkdtemp(st->folder));
    st->session = (struct ton_session){.path = "stage.yaml",
                                       .name = "stage",
                                       .rate = rate,
                                       .takes = st->takes,
                                       .strips = st->strips,
                                       .mix = -1};
}

static inline void stage_close(struct stage *st) {
    for (int i = 0; i < st->session.n_takes; i++)
        unlink(st->takes[i].path);
    rmdir(st->folder);
    ton_arena_destroy(st->arena);
}

/* A float WAV of `frames` at `rate`. Returns the take's index. */
static inline int stage_take(struct stage *st, int rate, int channels, int64_t frames,
                             const float *const *audio) {
    struct ton_session *s = &st->session;
    const int index = s->n_takes++;
    char *name = ton_arena_printf(st->arena, "take_%02d.wav", index);
    char *path = ton_path_join(st->arena, st->folder, name);
    struct ton_audio_out *out = NULL;
    struct ton_err err = {0};
    const struct ton_audio_out_config config = {
        .format = {.codec = TON_FLOAT, .bits = 32, .rate = rate}, .channels = channels};
    if (ton_audio_create(&out, path, &config, &err) || ton_audio_write(out, audio, frames, &err) ||
        ton_audio_finish(out, &err))
        fail_msg("%s", err.text);
    st->takes[index] =
        (struct ton_take){.name = name,
                          .path = path,
                          .where = "stage.yaml:1:1",
                          .info = {.rate = rate, .channels = channels, .frames = frames},
                          .frames = (int64_t)llround((double)frames * s->rate / rate)};
    return index;
}

static inline int stage_mono(struct stage *st, int64_t frames, const float *audio) {
    return stage_take(st, st->session.rate, 1, frames, &audio);
}

/* White noise, seeded, uniform in ±level. */
static inline float *stage_noise(struct stage *st, int64_t frames, uint64_t seed, float level) {
    float *x = TON_NEW_N(st->arena, float, frames);
    assert_non_null(x);
    uint64_t state = seed * 0x9e3779b97f4a7c15ULL + 1;
    for (int64_t i = 0; i < frames; i++) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        x[i] = level * (float)((double)(int64_t)state * 0x1p-63);
    }
    return x;
}

/* Strips in the order tracks, buses, the mix last; everything goes `to` the mix until told
 * otherwise. Pointers into st->strips stay. */
static inline int stage_strip(struct stage *st, const char *name, const char *role, bool is_bus) {
    const int index = st->session.n_strips++;
    st->strips[index] = (struct ton_strip){.name = name, .role = role, .is_bus = is_bus, .to = -1};
    return index;
}

static inline int stage_track(struct stage *st, const char *name, const char *role) {
    return stage_strip(st, name, role, false);
}

static inline int stage_bus(struct stage *st, const char *name) {
    return stage_strip(st, name, NULL, true);
}

/* The last strip; gives every strip without `to` its way. */
static inline int stage_mix(struct stage *st) {
    const int mix = stage_bus(st, "Mix");
    st->session.mix = mix;
    for (int i = 0; i < mix; i++)
        if (st->strips[i].to < 0)
            st->strips[i].to = mix;
    return mix;
}

static inline struct ton_clip *stage_clip(struct stage *st, int strip, int take, int64_t at,
                                          int64_t from, int64_t frames) {
    struct ton_strip *s = &st->strips[strip];
    if (!s->clips)
        s->clips = TON_NEW_N(st->arena, struct ton_clip, STAGE_MAX);
    struct ton_clip *clip = &s->clips[s->n_clips++];
    *clip = (struct ton_clip){.take = take,
                              .take_right = -1,
                              .at = at,
                              .from = from,
                              .frames = frames,
                              .where = "stage.yaml:9:9"};
    if (at + frames > st->session.frames)
        st->session.frames = at + frames;
    return clip;
}

/* A track that plays all of some samples from the start. */
static inline int stage_player(struct stage *st, const char *name, const char *role, int64_t frames,
                               const float *audio) {
    const int track = stage_track(st, name, role);
    stage_clip(st, track, stage_mono(st, frames, audio), 0, 0, frames);
    return track;
}

static inline float *stage_insert(struct stage *st, int strip, const struct ton_processor *p) {
    struct ton_chain *chain = &st->strips[strip].chain;
    if (!chain->items)
        chain->items = TON_NEW_N(st->arena, struct ton_chain_item, STAGE_MAX);
    float *params = TON_NEW_N(st->arena, float, p->n_params + 1);
    ton_rows_defaults(p->rows, p->n_rows, params);
    chain->items[chain->n++] = (struct ton_chain_item){
        .processor = p, .params = params, .sidechain = -1, .where = "stage.yaml:7:7"};
    return params;
}

static inline void stage_send(struct stage *st, int strip, int to, float gain_db, bool before) {
    struct ton_strip *s = &st->strips[strip];
    if (!s->sends)
        s->sends = TON_NEW_N(st->arena, struct ton_send, STAGE_MAX);
    s->sends[s->n_sends++] =
        (struct ton_send){.to = to, .gain_db = gain_db, .before_fader = before};
}

static const struct ton_row stage_number = {.key = "value", .kind = TON_NUMBER, .max = 1};

static inline void stage_lane(struct stage *st, int strip, enum ton_target target, int item,
                              int parameter, const struct ton_point *points, int n) {
    struct ton_strip *s = &st->strips[strip];
    if (!s->lanes)
        s->lanes = TON_NEW_N(st->arena, struct ton_lane, STAGE_MAX);
    struct ton_point *copy = TON_NEW_N(st->arena, struct ton_point, n);
    memcpy(copy, points, sizeof *points * (size_t)n);
    s->lanes[s->n_lanes++] = (struct ton_lane){.target = target,
                                               .item = item,
                                               .parameter = parameter,
                                               .row = &stage_number,
                                               .points = copy,
                                               .n = n};
}

/* What one output gave. */
struct capture {
    float *channels[2];
    int64_t frames, capacity;
    int64_t fail_at; /* the sink fails from this frame on; 0: never */
};

static inline enum ton_code capture_write(void *user, const float *const *in, int frames,
                                          struct ton_err *err) {
    struct capture *c = user;
    if (c->fail_at && c->frames + frames > c->fail_at)
        return ton_fail(err, TON_ENVIRONMENT, "out.wav", "cannot write: No space left on device");
    if (c->frames + frames > c->capacity) {
        const int64_t more = (c->frames + frames) * 2;
        for (int k = 0; k < 2; k++) {
            c->channels[k] = ton_realloc(c->channels[k], sizeof(float) * (size_t)c->capacity,
                                         sizeof(float) * (size_t)more);
            if (!c->channels[k])
                return ton_fail(err, TON_MEMORY, NULL, "no memory");
        }
        c->capacity = more;
    }
    for (int k = 0; k < 2; k++)
        memcpy(c->channels[k] + c->frames, in[k], sizeof(float) * (size_t)frames);
    c->frames += frames;
    return TON_OK;
}

static inline void capture_free(struct capture *captures, int n) {
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 2; k++)
            ton_free(captures[i].channels[k]);
}

static inline enum ton_code stage_try(struct stage *st, const struct ton_wish *wishes, int n,
                                      const struct ton_plan_config *config,
                                      struct capture *captures, struct ton_render_stats *stats,
                                      struct ton_err *err) {
    struct ton_plan *plan = NULL;
    enum ton_code code = ton_plan_compile(&plan, &st->session, wishes, n, config, err);
    if (code)
        return code;
    struct ton_sink sinks[16] = {0};
    for (int i = 0; i < n; i++)
        sinks[i] = (struct ton_sink){capture_write, &captures[i]};
    code = ton_render(plan, sinks, stats, NULL, err);
    ton_plan_destroy(plan);
    return code;
}

/* Renders what must succeed. Free the captures. */
static inline void stage_render(struct stage *st, const struct ton_wish *wishes, int n, int block,
                                int threads, struct capture *captures) {
    struct ton_err err = {0};
    const struct ton_plan_config config = {.block = block, .threads = threads};
    for (int i = 0; i < n; i++)
        captures[i] = (struct capture){0};
    if (stage_try(st, wishes, n, &config, captures, NULL, &err))
        fail_msg("%s: %s", err.where, err.text);
}

static const struct ton_wish stage_whole = {.name = "mix", .kind = TON_WISH_MIX};

static inline bool same_bits(const struct capture *a, const struct capture *b) {
    if (a->frames != b->frames)
        return false;
    for (int k = 0; k < 2; k++)
        if (memcmp(a->channels[k], b->channels[k], sizeof(float) * (size_t)a->frames) != 0)
            return false;
    return true;
}

static inline double to_db(double level) {
    return level > 0 ? 20.0 * log10(level) : -999.0;
}

static inline double capture_peak(const struct capture *c) {
    double peak = 0;
    for (int k = 0; k < 2; k++)
        for (int64_t i = 0; i < c->frames; i++)
            peak = fmax(peak, fabs((double)c->channels[k][i]));
    return peak;
}

/* Late by `frames`: pure latency that tells the truth about itself. */
struct late_state {
    int frames, channels, at;
    float ring[2][1024];
};

static size_t late_size(const struct ton_config *config, const float *params) {
    (void)config, (void)params;
    return sizeof(struct late_state);
}

static void late_init(void *state, const struct ton_config *config, const float *params) {
    struct late_state *s = state;
    s->frames = (int)params[0];
    s->channels = config->channels;
}

static void late_reset(void *state) {
    struct late_state *s = state;
    memset(s->ring, 0, sizeof s->ring);
    s->at = 0;
}

static void late_update(void *state, const float *params) {
    (void)state, (void)params;
}

static void late_process(void *state, const struct ton_io *io) {
    struct late_state *s = state;
    for (int i = 0; i < io->frames; i++) {
        for (int c = 0; c < s->channels; c++) {
            const float x = io->in[c][i];
            io->out[c][i] = s->frames ? s->ring[c][s->at] : x;
            s->ring[c][s->at] = x;
        }
        s->at = s->frames ? (s->at + 1) % s->frames : 0;
    }
}

static int late_latency(const struct ton_config *config, const float *params) {
    (void)config;
    return (int)params[0];
}

static const struct ton_row late_rows[] = {
    {.key = "frames", .kind = TON_NUMBER, .max = 1024, .def = 100, .flags = TON_ROW_FIXED}};
static const struct ton_processor late = {.id = "late",
                                          .version = 1,
                                          .flags = TON_PROCESSOR_LINEAR,
                                          .rows = late_rows,
                                          .n_rows = 1,
                                          .n_params = 1,
                                          .state_size = late_size,
                                          .init = late_init,
                                          .reset = late_reset,
                                          .update = late_update,
                                          .process = late_process,
                                          .latency = late_latency};

/* Turns down by what its one-pole detector hears; `depth` can be automated. */
struct duck_state {
    float depth, envelope;
    int channels;
};

static size_t duck_size(const struct ton_config *config, const float *params) {
    (void)config, (void)params;
    return sizeof(struct duck_state);
}

static void duck_init(void *state, const struct ton_config *config, const float *params) {
    struct duck_state *s = state;
    s->depth = params[0];
    s->channels = config->channels;
}

static void duck_reset(void *state) {
    ((struct duck_state *)state)->envelope = 0;
}

static void duck_update(void *state, const float *params) {
    ((struct duck_state *)state)->depth = params[0];
}

static void duck_process(void *state, const struct ton_io *io) {
    struct duck_state *s = state;
    const float *const *key = io->key ? io->key : io->in;
    const int n_key = io->key ? io->n_key : s->channels;
    for (int i = 0; i < io->frames; i++) {
        float peak = 0;
        for (int c = 0; c < n_key; c++)
            peak = fmaxf(peak, fabsf(key[c][i]));
        s->envelope += 0.01F * (peak - s->envelope);
        for (int c = 0; c < s->channels; c++)
            io->out[c][i] = io->in[c][i] / (1.0F + s->depth * s->envelope);
    }
}

static const struct ton_row duck_rows[] = {
    {.key = "depth", .kind = TON_NUMBER, .max = 8, .def = 4}};
static const struct ton_processor duck = {.id = "duck",
                                          .version = 1,
                                          .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_DYNAMIC,
                                          .rows = duck_rows,
                                          .n_rows = 1,
                                          .n_params = 1,
                                          .state_size = duck_size,
                                          .init = duck_init,
                                          .reset = duck_reset,
                                          .update = duck_update,
                                          .process = duck_process};

/* Breaks on the first sample above its limit and gives NaN until it is reset. */
struct brittle_state {
    float memory;
    float limit;
    int channels;
};

static size_t brittle_size(const struct ton_config *config, const float *params) {
    (void)config, (void)params;
    return sizeof(struct brittle_state);
}

static void brittle_init(void *state, const struct ton_config *config, const float *params) {
    struct brittle_state *s = state;
    s->limit = params[0];
    s->channels = config->channels;
}

static void brittle_reset(void *state) {
    ((struct brittle_state *)state)->memory = 0;
}

static void brittle_update(void *state, const float *params) {
    ((struct brittle_state *)state)->limit = params[0];
}

static void brittle_process(void *state, const struct ton_io *io) {
    struct brittle_state *s = state;
    for (int i = 0; i < io->frames; i++)
        for (int c = 0; c < s->channels; c++) {
            if (io->in[c][i] > s->limit)
                s->memory = NAN;
            s->memory = 0.5F * (s->memory + io->in[c][i]);
            io->out[c][i] = s->memory;
        }
}

static const struct ton_row brittle_rows[] = {
    {.key = "limit", .kind = TON_NUMBER, .max = 8, .def = 1}};
static const struct ton_processor brittle = {.id = "brittle",
                                             .version = 1,
                                             .rows = brittle_rows,
                                             .n_rows = 1,
                                             .n_params = 1,
                                             .state_size = brittle_size,
                                             .init = brittle_init,
                                             .reset = brittle_reset,
                                             .update = brittle_update,
                                             .process = brittle_process};

#endif
