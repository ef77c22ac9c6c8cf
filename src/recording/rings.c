/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rings of a recording are made before it, and read from beside it. */
#include "rings.h"
#include "capture.h"

#include "ton/arena.h"

#include <sys/mman.h>
#include <unistd.h>

static size_t bytes_of(const struct capture *c) {
    return sizeof(float) * (size_t)c->n_inputs * (size_t)c->capacity;
}

void rings_touch(void *memory, size_t bytes) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    volatile char *p = memory;
    for (size_t at = 0; at < bytes; at += page)
        p[at] = 0;
}

enum ton_code capture_create(struct capture *c, int n_inputs, int64_t frames, struct ton_err *err) {
    c->n_inputs = n_inputs;
    c->capacity = frames;
    c->samples = ton_alloc(bytes_of(c));
    c->events = ton_alloc(sizeof *c->events * MOST_EVENTS);
    if (!c->samples || !c->events)
        return ton_fail(err, TON_MEMORY, NULL,
                        "there is no memory for %d inputs and %lld frames of each; a shorter "
                        "pre-roll needs less",
                        n_inputs, (long long)frames);
    rings_touch(c->samples, bytes_of(c));
    rings_touch(c->events, sizeof *c->events * MOST_EVENTS);
    c->locked = mlock(c->samples, bytes_of(c)) == 0; /* not everybody may */
    return TON_OK;
}

void capture_finish(struct capture *c) {
    if (c->locked)
        munlock(c->samples, bytes_of(c));
    ton_free(c->samples);
    ton_free(c->events);
}

const float *capture_at(const struct capture *c, int input, int64_t stored, int64_t *frames) {
    const int64_t at = stored % c->capacity;
    if (*frames > c->capacity - at)
        *frames = c->capacity - at;
    return c->samples + (size_t)input * (size_t)c->capacity + at;
}
