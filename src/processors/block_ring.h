/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_BLOCK_RING_H
#define TON_PROCESSORS_BLOCK_RING_H

#include "ton/carve.h"

#include <string.h>

/* A ring that whole blocks are written to and read from, at a place that somebody else counts.
 * @thread audio */
struct block_ring {
    float *memory;
    unsigned mask;
};

/* For reading up to `longest` frames back in blocks of at most `block`; `r` NULL: only counts. */
static inline void block_ring_lay_out(struct block_ring *r, struct carver *c, int longest,
                                      int block) {
    unsigned capacity = (unsigned)block;
    while (capacity < (unsigned)(longest + block))
        capacity *= 2;
    float *const memory = carve_floats(c, (int)capacity);
    if (r)
        *r = (struct block_ring){.memory = memory, .mask = capacity - 1};
}

static inline void block_ring_clear(struct block_ring *r) {
    memset(r->memory, 0, sizeof(float) * ((size_t)r->mask + 1));
}

static inline void block_ring_write(struct block_ring *r, unsigned position, const float *in,
                                    int frames) {
    const unsigned at = position & r->mask, room = r->mask + 1 - at;
    const unsigned n = (unsigned)frames < room ? (unsigned)frames : room;
    memcpy(r->memory + at, in, sizeof *in * n);
    memcpy(r->memory, in + n, sizeof *in * ((unsigned)frames - n));
}

/* What was written `delay` frames ago. */
static inline void block_ring_read(const struct block_ring *r, unsigned position, int delay,
                                   float *out, int frames) {
    const unsigned at = (position - (unsigned)delay) & r->mask, room = r->mask + 1 - at;
    const unsigned n = (unsigned)frames < room ? (unsigned)frames : room;
    memcpy(out, r->memory + at, sizeof *out * n);
    memcpy(out + n, r->memory, sizeof *out * ((unsigned)frames - n));
}

#endif
