/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton-host: runs one plug-in for `ton`, which starts it and shares memory with it. Nothing that the
 * plug-in does here reaches further than this process. */
#include "host.h"

#include "ton/rt.h"
#include "ton/thread.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nobody writes into the pipe: reading it ends when the program that started us does, whatever the
 * plug-in is doing meanwhile. */
static void *watch(void *unused) {
    char byte;
    while (read(WIRE_LIFELINE, &byte, 1) > 0)
        ;
    kill(getpgrp() == getpid() ? 0 : getpid(), SIGKILL); /* with what the plug-in started */
    return unused;
}

static struct wire *map_wire(struct wire_shape *shape) {
    struct stat about;
    if (fstat(WIRE_DESCRIPTOR, &about) != 0 || (size_t)about.st_size < sizeof(struct wire))
        return NULL;
    void *at =
        mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, WIRE_DESCRIPTOR, 0);
    struct wire *w = at;
    if (at == MAP_FAILED || w->version != WIRE_VERSION)
        return NULL;
    *shape = (struct wire_shape){w->channels, w->key_channels, w->n_params};
    return w;
}

static void look_up(struct host *h, struct catalogue *c) {
    h->catalogue = c;
    h->lilv = c ? catalogue_by_uri(c, wire_text(h->wire, WIRE_URI)) : NULL;
    h->plug = h->lilv ? catalogue_plug(c, h->lilv) : NULL;
}

/* Its own bundle is enough for most, and read at once; parameters may be described elsewhere. */
static enum ton_code find_plug(struct host *h, struct ton_err *err) {
    const char *preset_from = wire_text(h->wire, WIRE_PRESET_FROM);
    look_up(h, catalogue_of_bundle(wire_text(h->wire, WIRE_BUNDLE)));
    if (h->plug && h->plug->processor.n_params != h->shape.n_params)
        look_up(h, catalogue_get());
    if (h->catalogue && preset_from)
        catalogue_add_bundle(h->catalogue, preset_from);
    if (!h->plug)
        return ton_fail(err, TON_ENVIRONMENT, NULL, "is not in %s",
                        wire_text(h->wire, WIRE_BUNDLE));
    if (h->plug->processor.n_params != h->shape.n_params)
        return ton_fail(err, TON_ENVIRONMENT, NULL, "has changed while it was used");
    h->params = TON_NEW_N(h->arena, float, h->shape.n_params + 1);
    return h->params ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "found no memory");
}

static void run_block(struct host *h, int slot, int block) {
    struct wire *w = h->wire;
    float *audio[2 * TON_MOST_CHANNELS];
    for (int c = 0; c < h->shape.channels + h->shape.key_channels; c++)
        audio[c] = wire_audio(w, &h->shape, slot, c) + (ptrdiff_t)block * WIRE_BLOCK;
    if (w->moved[slot][block])
        instances_set(h, wire_params(w, &h->shape, slot, block));
    instances_run(h, audio);
}

static enum ton_code open_anew(struct host *h, const float *params, struct ton_err *err) {
    instances_close(h);
    return instances_open(h, params, err);
}

static enum ton_code start(struct host *h, struct ton_err *err) {
    enum ton_code code = find_plug(h, err);
    const float *params = wire_params(h->wire, &h->shape, 0, 0);
    if (!code)
        code =
            score_of_clips(&h->score, h->arena, wire_text(h->wire, WIRE_NOTES), h->wire->rate, err);
    if (!code && !places_read(h, wire_text(h->wire, WIRE_TIMES)))
        code = ton_fail(err, TON_MEMORY, NULL, "found no memory");
    if (!code)
        code = open_anew(h, params, err);
    return code;
}

static enum ton_code obey(struct host *h, struct ton_err *err) {
    const int slot = h->wire->slot & (WIRE_SLOTS - 1);
    switch ((enum wire_order)h->wire->order) {
    case WIRE_START:
        return start(h, err);
    case WIRE_RUN:
        for (int block = 0; block < WIRE_BLOCKS; block++)
            run_block(h, slot, block);
        h->wire->latency = instances_latency(h);
        return TON_OK;
    case WIRE_RESET:
        return open_anew(h, h->params, err);
    }
    return ton_fail(err, TON_INPUT, NULL, "was asked for what it does not know");
}

static void serve(struct host *h) {
    struct wire *w = h->wire;
    for (unsigned done = 0;; done++) {
        while (!wire_wait(&w->asked, done, &w->host_sleeps, 3600))
            ;
        struct ton_err err = {0};
        w->code = obey(h, &err);
        snprintf(w->said, sizeof w->said, "%.*s", WIRE_SAID - 1, err.text);
        atomic_store(&w->answered, done + 1);
        wire_wake(&w->answered, &w->ton_sleeps);
    }
}

int main(void) {
    struct ton_thread watcher = {0};
    close_range(WIRE_LIFELINE + 1, ~0U, 0); /* what `ton` has open is not for plug-ins */
    struct host host = {.arena = ton_arena_create()};
    host.wire = map_wire(&host.shape);
    /* A crash ends the process by its signal, also where a sanitizer would catch it. */
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (int i = 0; i < TON_N(crashes); i++)
        signal(crashes[i], SIG_DFL);
    signal(SIGINT, SIG_IGN); /* a terminal sends it to all; `ton` decides */
    signal(SIGPIPE, SIG_IGN);
    if (!host.wire || !host.arena || ton_thread_start(&watcher, watch, NULL, NULL))
        return 2;
    ton_denormals_off();
    serve(&host);
    return 0;
}
