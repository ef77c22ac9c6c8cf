/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shared memory's layout, and how the two processes wait for each other. */
#include "ton/wire.h"

#include "ton/thread.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static size_t slot_floats(const struct wire_shape *s) {
    return (size_t)s->n_params * WIRE_BLOCKS + (size_t)(s->channels + s->key_channels) * WIRE_BATCH;
}

size_t wire_size(const struct wire_shape *shape, size_t text_bytes) {
    return sizeof(struct wire) + sizeof(float) * WIRE_SLOTS * slot_floats(shape) + text_bytes;
}

float *wire_params(struct wire *w, const struct wire_shape *shape, int slot, int block) {
    return w->samples + slot_floats(shape) * (size_t)slot + (size_t)shape->n_params * (size_t)block;
}

float *wire_audio(struct wire *w, const struct wire_shape *shape, int slot, int channel) {
    return wire_params(w, shape, slot, WIRE_BLOCKS) + (size_t)channel * WIRE_BATCH;
}

const char *wire_text(const struct wire *w, enum wire_text text) {
    return w->texts[text] ? (const char *)w + w->texts[text] : NULL;
}

void wire_set_texts(struct wire *w, const struct wire_shape *shape,
                    const char *const texts[WIRE_TEXTS]) {
    size_t at = wire_size(shape, 0);
    for (int i = 0; i < WIRE_TEXTS; i++) {
        w->texts[i] = texts[i] ? (uint32_t)at : 0;
        const size_t bytes = texts[i] ? strlen(texts[i]) + 1 : 0;
        if (bytes)
            memcpy((char *)w + at, texts[i], bytes);
        at += bytes;
    }
}

static void futex(atomic_uint *word, int operation, unsigned value, const struct timespec *time) {
    syscall(SYS_futex, word, operation, value, time, NULL, 0);
}

static double now(void) {
    return 1e-9 * (double)ton_clock_ns();
}

static inline void breathe(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Some microseconds: as long as waking the other one takes. */
enum { SPINS = 400 };

bool wire_wait(atomic_uint *value, unsigned old, atomic_uint *sleeps, double seconds) {
    for (int i = 0; i < SPINS; i++) {
        if (atomic_load(value) != old)
            return true;
        breathe();
    }
    const double until = now() + seconds;
    for (double left = seconds; left > 0; left = until - now()) {
        const double whole = left < 1e9 ? left : 1e9;
        const struct timespec time = {.tv_sec = (time_t)whole,
                                      .tv_nsec = (long)((whole - (double)(time_t)whole) * 1e9)};
        atomic_store(sleeps, 1);
        if (atomic_load(value) == old)
            futex(value, FUTEX_WAIT, old, &time);
        atomic_store(sleeps, 0);
        if (atomic_load(value) != old)
            return true;
    }
    return atomic_load(value) != old;
}

void wire_wake(atomic_uint *value, atomic_uint *sleeps) {
    if (atomic_load(sleeps))
        futex(value, FUTEX_WAKE, 1, NULL);
}
