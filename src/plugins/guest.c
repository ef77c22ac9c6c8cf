/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plug-in as one of our processors. It runs in a process of its own, a batch behind: while ours
 * collects a batch the host works on the one before, so nobody waits for the other as long as the
 * plug-in is as fast as the rest. The price is a constant latency of two batches, which the engine
 * compensates like any other.
 *
 * A plug-in that crashes, hangs or gives what is no sound never takes the render with it: from then
 * on it is silent, or bypassed in time when the session says so, and `failure` tells. */
#include "link.h"

#include "ton/delay_line.h"
#include "ton/thread.h"

#include <math.h>

/* Nobody knows how long a plug-in sounds on; what is silent in the end is cut off. */
#define TAIL_S 30.0

/* So many batches one after the other of which most is too small for a normal number. */
enum { STORM_BATCHES = 8 };

struct guest {
    const struct plug *plug;
    const struct ton_setup *setup;
    struct ton_config config;
    struct link link;
    int slot, fill;  /* where the next frame goes */
    int64_t batches; /* handed over */
    int stormy;      /* batches of denormals in a row */
    bool moved;
    enum ton_code failed;
    struct ton_err err;
    struct ton_delay_line dry[TON_MOST_CHANNELS]; /* for a bypass */
    float memory[]; /* parameters, a batch of results, the lines of `dry` */
};

static bool bypasses(const struct ton_config *config) {
    return config->setup && config->setup->bypass_on_failure;
}

/* Latencies that plug-ins told, each for the parameters it was asked with. */
struct told {
    struct told *next;
    struct ton_key key;
    int latency;
    struct ton_err failed; /* no code: it started */
};

static struct {
    pthread_mutex_t lock;
    struct told *first;
} memory_of_latencies = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct ton_key key_of(const struct plug *plug, const struct ton_config *config,
                             const float *params) {
    struct ton_hash *h = ton_hash_create();
    if (!h)
        return (struct ton_key){0};
    ton_hash_text(h, plug->uri);
    ton_hash_f64(h, config->rate);
    ton_hash_i64(h, config->channels);
    if (config->setup)
        ton_hash_key(h, config->setup->key);
    for (int i = 0; i < plug->processor.n_params; i++)
        ton_hash_f64(h, (double)params[i]);
    const struct ton_key key = ton_hash_result(h);
    ton_hash_destroy(h);
    return key;
}

static struct told *find_told(struct ton_key key) {
    pthread_mutex_lock(&memory_of_latencies.lock);
    struct told *told = memory_of_latencies.first;
    while (told && !ton_key_same(told->key, key))
        told = told->next;
    pthread_mutex_unlock(&memory_of_latencies.lock);
    return told;
}

/* A latency is what is told behind a batch of silence: many know it only once they run. */
static enum ton_code find_latency(int *frames, const struct plug *plug,
                                  const struct ton_config *config, const float *params,
                                  struct ton_err *err) {
    struct link link;
    enum ton_code code = link_open(&link, plug, config, params, err);
    if (code)
        return code;
    link_ask(&link, WIRE_RUN, 0);
    code = link_answer(&link, err);
    if (!code)
        code = link_latency(frames, &link, err);
    link_close(&link);
    return code;
}

/* Starts the plug-in to ask; a failure is its answer too. NULL: it could not be asked now. Entries
 * never change, and of two with one key the same is found each time. */
static struct told *ask(const struct plug *plug, const struct ton_config *config,
                        const float *params, struct ton_key key) {
    struct told *told = ton_alloc(sizeof *told);
    if (!told)
        return NULL;
    *told = (struct told){.key = key};
    const enum ton_code code = find_latency(&told->latency, plug, config, params, &told->failed);
    if (code && code != TON_ENVIRONMENT) {
        ton_free(told);
        return NULL;
    }
    if (code)
        told->latency = 0;
    pthread_mutex_lock(&memory_of_latencies.lock);
    struct told **end = &memory_of_latencies.first;
    while (*end)
        end = &(*end)->next;
    *end = told;
    pthread_mutex_unlock(&memory_of_latencies.lock);
    return find_told(key);
}

static int latency(const struct ton_config *config, const float *params) {
    const struct plug *plug = plug_of(config->self);
    const struct told *told = NULL;
    if (plug->has_latency) {
        const struct ton_key key = key_of(plug, config, params);
        told = find_told(key);
        told = told ? told : ask(plug, config, params, key);
    }
    return WIRE_SLOTS * WIRE_BATCH + (told ? told->latency : 0);
}

static unsigned dry_frames(const struct ton_config *config) {
    return bypasses(config) ? ton_delay_line_capacity(config->latency + config->max_frames) : 0;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    (void)params;
    return sizeof(struct guest) +
           sizeof(float) * ((size_t)config->self->n_params +
                            (WIRE_BATCH + (size_t)dry_frames(config)) * (size_t)config->channels);
}

static float *params_of(struct guest *g) {
    return g->memory;
}

/* The results that are given out while the slot fills anew. */
static float *batch_of(struct guest *g, int channel) {
    return g->memory + g->plug->processor.n_params + (size_t)channel * WIRE_BATCH;
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct guest *g = state;
    *g = (struct guest){.plug = plug_of(config->self),
                        .setup = config->setup,
                        .config = *config,
                        .link = {.lifeline = -1},
                        .moved = true};
    const unsigned capacity = dry_frames(config);
    const int n_params = config->self->n_params;
    memcpy(params_of(g), params, sizeof(float) * (size_t)n_params);
    memset(batch_of(g, 0), 0, sizeof(float) * WIRE_BATCH * (size_t)config->channels);
    for (int c = 0; capacity && c < config->channels; c++)
        ton_delay_line_init(&g->dry[c], batch_of(g, config->channels) + (size_t)c * capacity,
                            capacity);
}

static void blame(struct guest *g, const struct ton_err *why) {
    const double at = (double)((g->batches > 0 ? g->batches - 1 : 0) * WIRE_BATCH) / g->config.rate;
    char when[48];
    snprintf(when, sizeof when, g->batches ? " near %.2f s" : " before it played", at);
    g->failed = bypasses(&g->config) ? TON_MISSED : TON_FOREIGN;
    ton_fail(&g->err, g->failed, g->setup ? g->setup->where : NULL, "the plug-in `%s` %s%s%s",
             g->plug->name, why->text, when,
             g->failed == TON_MISSED ? "; it is bypassed from there on"
                                     : "; `on failure: bypass` renders without it");
}

/* The plug-in is given up; its process ends. Whom a wish to stop kept from waiting for it asks for
 * that wish: it is no fault of the plug-in's. */
static void give_up(struct guest *g, const struct ton_err *why) {
    if (why->code != TON_STOPPED)
        blame(g, why);
    link_close(&g->link);
}

static enum ton_code start(struct guest *g, const struct ton_config *config, const float *params,
                           struct ton_err *why) {
    const struct told *told = find_told(key_of(g->plug, config, params));
    if (told && told->failed.code) {
        *why = told->failed;
        return why->code;
    }
    return link_open(&g->link, g->plug, config, params, why);
}

/* The whole plan counts on the latency that was told: one that is late by another is out of time
 * with everything else. */
static enum ton_code check_latency(const struct guest *g, struct ton_err *why) {
    int told = 0;
    const int planned = g->config.latency - WIRE_SLOTS * WIRE_BATCH;
    const enum ton_code code = link_latency(&told, &g->link, why);
    if (code || told == planned)
        return code;
    return ton_fail(why, TON_ENVIRONMENT, NULL, "changed its latency from %d to %d frames", planned,
                    told);
}

static enum ton_code open(void *state, const struct ton_config *config, const float *params,
                          struct ton_err *err) {
    struct guest *g = state;
    struct ton_err why = {0};
    (void)err;
    if (start(g, config, params, &why))
        give_up(g, &why);
    return TON_OK; /* a plug-in that fails is not the render's failure */
}

static void close_guest(void *state) {
    struct guest *g = state;
    link_close(&g->link);
}

static void reset(void *state) {
    struct guest *g = state;
    struct ton_err why = {0};
    for (int c = 0; c < g->config.channels; c++)
        if (g->dry[c].memory)
            ton_delay_line_clear(&g->dry[c]);
    g->slot = g->fill = g->stormy = 0;
    g->moved = true;
    memset(batch_of(g, 0), 0, sizeof(float) * WIRE_BATCH * (size_t)g->config.channels);
    if (!g->link.wire)
        return;
    enum ton_code code = g->link.pending ? link_answer(&g->link, &why) : TON_OK;
    if (!code) {
        link_ask(&g->link, WIRE_RESET, 0);
        code = link_answer(&g->link, &why);
    }
    if (code) {
        give_up(g, &why);
        return;
    }
    for (int s = 0; s < WIRE_SLOTS; s++)
        for (int c = 0; c < g->config.channels; c++)
            memset(wire_audio(g->link.wire, &g->link.shape, s, c), 0, sizeof(float) * WIRE_BATCH);
}

/* It gets no bad sample, and one that it gives is judged by `take_batch`. */
static void repair(void *state) {
    (void)state;
}

static void update(void *state, const float *params) {
    struct guest *g = state;
    memcpy(params_of(g), params, sizeof(float) * (size_t)g->plug->processor.n_params);
    g->moved = true;
}

/* Counts what is no number, and what is smaller than a normal one. */
static void count_bad(int *no_numbers, int *denormals, const float *x, int n) {
    int bad = 0, small = 0;
    for (int i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        const uint32_t exponent = bits >> 23 & 0xFF, fraction = bits & 0x7FFFFF;
        bad += exponent == 0xFF;
        small += exponent == 0 && fraction != 0;
    }
    *no_numbers += bad;
    *denormals += small;
}

/* Takes a batch out before it is looked at: in the shared memory it could change behind the look.
 */
static enum ton_code take_batch(struct guest *g, int slot, struct ton_err *why) {
    int no_numbers = 0, denormals = 0;
    for (int c = 0; c < g->config.channels; c++) {
        memcpy(batch_of(g, c), wire_audio(g->link.wire, &g->link.shape, slot, c),
               sizeof(float) * WIRE_BATCH);
        count_bad(&no_numbers, &denormals, batch_of(g, c), WIRE_BATCH);
    }
    if (no_numbers)
        return ton_fail(why, TON_ENVIRONMENT, NULL, "gave %d samples that are no numbers",
                        no_numbers);
    g->stormy = denormals > g->config.channels * WIRE_BATCH / 2 ? g->stormy + 1 : 0;
    if (g->stormy < STORM_BATCHES)
        return TON_OK;
    return ton_fail(why, TON_ENVIRONMENT, NULL,
                    "gave a storm of denormal numbers, which slow down all that hear it,");
}

/* A batch is full: takes over the results of the one before, and hands it over. */
static void turn(struct guest *g) {
    struct ton_err why = {0};
    const int other = 1 - g->slot;
    enum ton_code code = TON_OK;
    if (g->link.pending) {
        code = link_answer(&g->link, &why);
        if (!code && g->plug->has_latency)
            code = check_latency(g, &why);
        if (!code)
            code = take_batch(g, other, &why);
    }
    if (code) {
        give_up(g, &why);
    } else {
        link_ask(&g->link, WIRE_RUN, g->slot);
        g->batches++;
    }
    g->slot = other;
    g->fill = 0;
}

static void end_block(struct guest *g) {
    struct wire *w = g->link.wire;
    const int block = g->fill / WIRE_BLOCK - 1;
    w->moved[g->slot][block] = g->moved;
    if (g->moved)
        memcpy(wire_params(w, &g->link.shape, g->slot, block), params_of(g),
               sizeof(float) * (size_t)g->plug->processor.n_params);
    g->moved = false;
}

/* New samples take the places of those that are done. */
static void swap(struct guest *g, const struct ton_io *io, int done, int n) {
    for (int c = 0; c < g->config.channels; c++) {
        float *at = wire_audio(g->link.wire, &g->link.shape, g->slot, c) + g->fill;
        const float *in = io->in[c] + done, *result = batch_of(g, c) + g->fill;
        float *out = io->out[c] + done;
        for (int i = 0; i < n; i++) {
            const float x = in[i];
            out[i] = result[i];
            at[i] = x;
        }
    }
    for (int c = 0; c < g->config.key_channels; c++) {
        float *at =
            wire_audio(g->link.wire, &g->link.shape, g->slot, g->config.channels + c) + g->fill;
        const float *key = io->key ? io->key[c % io->n_key] : io->in[c % g->config.channels];
        memcpy(at, key + done, sizeof(float) * (size_t)n);
    }
}

/* Keeps the input for a bypass; gives it out once the plug-in is gone. */
static void keep_dry(struct guest *g, const struct ton_io *io) {
    for (int c = 0; c < g->config.channels; c++) {
        struct ton_delay_line *line = &g->dry[c];
        for (int i = 0; i < io->frames; i++)
            ton_delay_line_push(line, io->in[c][i]);
    }
}

static void give_dry(struct guest *g, const struct ton_io *io, int done) {
    for (int c = 0; c < g->config.channels; c++) {
        const struct ton_delay_line *line = &g->dry[c];
        for (int i = done; i < io->frames; i++)
            io->out[c][i] = line->memory
                                ? ton_delay_line_read(line, g->config.latency + io->frames - 1 - i)
                                : 0.0F;
    }
}

static void process(void *state, const struct ton_io *io) {
    struct guest *g = state;
    int done = 0;
    if (g->dry[0].memory)
        keep_dry(g, io);
    while (done < io->frames && g->link.wire) {
        const int left = WIRE_BLOCK - g->fill % WIRE_BLOCK;
        const int n = io->frames - done < left ? io->frames - done : left;
        swap(g, io, done, n);
        g->fill += n;
        done += n;
        if (g->fill % WIRE_BLOCK == 0)
            end_block(g);
        if (g->fill == WIRE_BATCH)
            turn(g);
    }
    give_dry(g, io, done);
}

static int64_t tail(const struct ton_config *config, const float *params) {
    (void)params;
    return llround(TAIL_S * config->rate);
}

static enum ton_code failure(const void *state, struct ton_err *err) {
    const struct guest *g = state;
    if (g->failed && err)
        *err = g->err;
    return g->failed;
}

void guest_functions(struct ton_processor *p) {
    p->state_size = state_size;
    p->init = init;
    p->open = open;
    p->close = close_guest;
    p->reset = reset;
    p->repair = repair;
    p->update = update;
    p->process = process;
    p->latency = latency;
    p->tail = tail;
    p->failure = failure;
}
