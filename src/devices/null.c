/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A clock without sound: tests, machines without devices, and rendering faster than real time along
 * the very path of a device. */
#include "null.h"

enum { USUAL_FRAMES = 256 };

static enum ton_code list(struct ton_devices *out, struct ton_arena *arena, const char *server,
                          struct ton_err *err) {
    (void)server;
    struct ton_device_info *device = devices_add(out, arena, "null", "null", err);
    if (!device)
        return TON_MEMORY;
    device->clock = "this machine's clock";
    device->is_default = true;
    device->n_inputs = device->n_outputs = -1;
    return TON_OK;
}

static bool make_buffers(struct null_device *n, struct ton_arena *arena) {
    const struct ton_device *d = n->device;
    n->silence = TON_NEW_N(arena, float, d->most_frames);
    n->played = TON_NEW_N(arena, float *, d->n_outputs);
    n->in = TON_NEW_N(arena, const float *, d->n_inputs);
    n->out = TON_NEW_N(arena, float *, d->n_outputs);
    for (int i = 0; i < d->n_outputs && n->played; i++)
        n->played[i] = TON_NEW_N(arena, float, d->most_frames);
    return !ton_arena_failed(arena);
}

static enum ton_code open(struct ton_device *d, const struct ton_device_config *config,
                          struct ton_err *err) {
    if (config->midi_in || config->midi_out)
        return ton_fail(err, TON_USAGE, "null", "there is no MIDI here; JACK has it");
    struct null_device *n = d->own = TON_NEW(d->arena, struct null_device);
    if (!n)
        return device_no_memory(d, err);
    n->device = d;
    d->name = "null";
    d->most_frames = config->period_frames > 0 ? config->period_frames : USUAL_FRAMES;
    atomic_store(&d->period_frames, d->most_frames);
    if (config->speed > 0)
        n->period_ns = d->most_frames * 1e9 / (d->rate * config->speed);
    return make_buffers(n, d->arena) ? TON_OK : device_no_memory(d, err);
}

static enum ton_code start(struct ton_device *d, struct ton_err *err) {
    struct null_device *n = d->own;
    atomic_store(&n->wanted, true);
    return ton_thread_start(&n->thread, null_run, n, err);
}

static void stop(struct ton_device *d) {
    struct null_device *n = d->own;
    atomic_store(&n->wanted, false);
    ton_thread_join(&n->thread);
}

static void close(struct ton_device *d) {
    (void)d; /* all that it has is its memory */
}

static int latency(const struct ton_device *d, bool is_input, int port) {
    (void)d, (void)is_input, (void)port;
    return 0;
}

const struct ton_backend ton_backend_null = {
    .name = "null",
    .list = list,
    .open = open,
    .start = start,
    .stop = stop,
    .close = close,
    .latency = latency,
};
