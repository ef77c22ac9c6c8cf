/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes from one thread to another that never waits for it. */
#ifndef TON_TEST_RING_H
#define TON_TEST_RING_H

#include <stdatomic.h>
#include <stdbool.h>

struct ring {
    char *bytes;
    size_t size;
    atomic_size_t written, read; /* since the start */
};

static inline bool ring_create(struct ring *r, size_t size) {
    r->size = size;
    r->bytes = calloc(size, 1);
    return r->bytes;
}

static inline size_t ring_waiting(struct ring *r) {
    return atomic_load(&r->written) - atomic_load(&r->read);
}

/* All or nothing. */
static inline bool ring_write(struct ring *r, const void *from, size_t n) {
    const size_t written = atomic_load(&r->written), at = written % r->size;
    const size_t first = n < r->size - at ? n : r->size - at;
    if (n > r->size - ring_waiting(r))
        return false;
    memcpy(r->bytes + at, from, first);
    memcpy(r->bytes, (const char *)from + first, n - first);
    atomic_store(&r->written, written + n);
    return true;
}

static inline bool ring_read(struct ring *r, void *to, size_t n) {
    const size_t read = atomic_load(&r->read), at = read % r->size;
    const size_t first = n < r->size - at ? n : r->size - at;
    if (n > ring_waiting(r))
        return false;
    memcpy(to, r->bytes + at, first);
    memcpy((char *)to + first, r->bytes, n - first);
    atomic_store(&r->read, read + n);
    return true;
}

#endif
