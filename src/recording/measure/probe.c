/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plays and hears through a device, for measurements. */
#include "ton/probe.h"

#include "probing.h"
#include "rings.h"

#include "ton/arena.h"
#include "ton/thread.h"

#include <math.h>

enum { NAP_NS = 5000000 };

struct ton_probe {
    struct probing shared;
    struct ton_device *device;
    const float **in; /* of the window that main has */
    float *memory;    /* of all slots */
    bool lent;        /* main has the window `released` */
};

static enum ton_code make_slots(struct ton_probe *p, struct ton_err *err) {
    struct probing *s = &p->shared;
    const size_t slot = (size_t)s->n_inputs * (size_t)s->window_frames;
    const size_t bytes = sizeof(float) * slot * PROBE_SLOTS;
    p->in = ton_alloc(sizeof(float *) * (size_t)(s->n_inputs + 1));
    p->memory = ton_alloc(bytes + 1);
    s->peaks = ton_alloc(sizeof *s->peaks * (size_t)(s->n_inputs + 1));
    if (!p->in || !p->memory || !s->peaks)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to hear %d inputs", s->n_inputs);
    rings_touch(p->memory, bytes);
    for (int i = 0; i < PROBE_SLOTS; i++)
        s->slots[i] = p->memory + (size_t)i * slot;
    return TON_OK;
}

static enum ton_code open_device(struct ton_probe *p, const struct ton_probe_config *config,
                                 struct ton_err *err) {
    const struct ton_device_config wanted = {
        .backend = config->backend,
        .device = config->device,
        .server = config->server,
        .client = config->client,
        .rate = config->rate,
        .period_frames = config->period_frames,
        .speed = 1,
        .inputs = config->inputs,
        .outputs = config->outputs,
        .n_inputs = config->n_inputs,
        .n_outputs = config->n_outputs,
        .process = probing_process,
        .user = &p->shared,
        .has_room = probing_has_room,
    };
    enum ton_code code = ton_device_open(&p->device, &wanted, err);
    if (!code)
        code = ton_device_start(p->device, err);
    atomic_store_explicit(&p->shared.begun, code == TON_OK, memory_order_release);
    return code;
}

enum ton_code ton_probe_open(struct ton_probe **out, const struct ton_probe_config *config,
                             struct ton_err *err) {
    *out = NULL;
    struct ton_probe *p = ton_alloc(sizeof *p);
    if (!p)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to hear anything");
    p->shared.play = config->play;
    p->shared.play_frames = config->play ? config->play_frames : 0;
    p->shared.window_frames = config->window_frames;
    p->shared.windows = config->windows;
    p->shared.n_inputs = config->n_inputs;
    p->shared.n_outputs = config->n_outputs;
    enum ton_code code = make_slots(p, err);
    if (!code)
        code = open_device(p, config, err);
    if (code)
        ton_probe_close(p);
    else
        *out = p;
    return code;
}

static enum ton_code check_device(const struct ton_probe *p, struct ton_err *err) {
    const enum ton_code code = ton_device_check(p->device, err);
    if (code)
        return code;
    const long long lost = atomic_load(&p->shared.lost);
    if (lost && p->shared.windows)
        return ton_fail(err, TON_ENVIRONMENT, NULL,
                        "the device lost %lld samples meanwhile; try again with less going on",
                        lost);
    return ton_stop_check(err);
}

enum ton_code ton_probe_wait(struct ton_probe *p, double seconds, struct ton_probe_window *out,
                             struct ton_err *err) {
    struct probing *s = &p->shared;
    *out = (struct ton_probe_window){0};
    if (p->lent)
        atomic_fetch_add_explicit(&s->released, 1, memory_order_release);
    p->lent = false;
    const int64_t next = atomic_load_explicit(&s->released, memory_order_relaxed);
    const int64_t end = ton_clock_ns() + (int64_t)(seconds * 1e9);
    enum ton_code code = TON_OK;
    while (atomic_load_explicit(&s->whole, memory_order_acquire) <= next) {
        code = check_device(p, err);
        if (code || ton_clock_ns() >= end)
            return code;
        ton_nap(NAP_NS);
    }
    const int slot = (int)(next % PROBE_SLOTS);
    for (int i = 0; i < s->n_inputs; i++)
        p->in[i] = s->slots[slot] + (size_t)i * (size_t)s->window_frames;
    out->in = p->in;
    p->lent = true;
    return code;
}

static enum ton_code hear_once(struct ton_probe *p, struct ton_probe_window *window, double seconds,
                               const struct ton_progress *progress, const char *what,
                               struct ton_err *err) {
    enum { LOOKS_A_SECOND = 10 };
    enum ton_code code = TON_OK;
    for (int i = 0; !code && !window->in; i++) {
        code = ton_probe_wait(p, 1.0 / LOOKS_A_SECOND, window, err);
        ton_progress_step(progress, what, fmin(1.0, i / seconds / LOOKS_A_SECOND));
    }
    return code;
}

enum ton_code ton_probe_hear(struct ton_probe **out, struct ton_probe_window *window,
                             const struct ton_probe_config *config,
                             const struct ton_progress *progress, const char *what,
                             struct ton_err *err) {
    enum { TRIES = 3 };
    const double seconds = (double)config->window_frames / config->rate;
    enum ton_code code = TON_OK;
    int64_t lost = 0, now = 1;
    *out = NULL;
    for (int tries = 0; now && tries < TRIES; tries++) {
        *window = (struct ton_probe_window){0};
        code = ton_probe_open(out, config, err);
        code = code ? code : hear_once(*out, window, seconds, progress, what, err);
        now = code == TON_ENVIRONMENT && *out ? atomic_load(&(*out)->shared.lost) : 0;
        lost += now;
        if (code) {
            ton_probe_close(*out);
            *out = NULL;
        }
    }
    window->lost = lost;
    return code;
}

void ton_probe_peaks(struct ton_probe *p, float *peaks) {
    for (int i = 0; i < p->shared.n_inputs; i++)
        peaks[i] = atomic_exchange_explicit(&p->shared.peaks[i], 0, memory_order_relaxed);
}

int64_t ton_probe_pending(const struct ton_probe *p) {
    const struct probing *s = &p->shared;
    const int64_t given = atomic_load_explicit(&s->released, memory_order_relaxed) + p->lent;
    const int64_t whole = atomic_load_explicit(&s->whole, memory_order_acquire);
    return (whole - given) * s->window_frames +
           atomic_load_explicit(&s->filled, memory_order_relaxed);
}

struct ton_device *ton_probe_device(const struct ton_probe *p) {
    return p->device;
}

void ton_probe_close(struct ton_probe *p) {
    if (!p)
        return;
    if (p->device)
        ton_device_close(p->device);
    ton_free(p->in);
    ton_free(p->memory);
    ton_free(p->shared.peaks);
    ton_free(p);
}
