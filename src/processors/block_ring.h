/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_BLOCK_RING_H
#define TON_PROCESSORS_BLOCK_RING_H

#include "ton/carve.h"

#include <string.h>

/* A ring that whole blocks are written to and read from, at a place that somebody else counts and
 * that never leaves a grid of blocks in one step: from a multiple of `block` at most to the next.
 * Its first block stands behind its end once more, so that every read lies in a row.
 * @thread audio */
struct block_ring {
    float *memory;
    unsigned mask;
    unsigned block;
};

/* For reading up to `longest` frames back in blocks of at most `block`, a power of two; `r` NULL:
 * only counts. */
static inline void block_ring_lay_out(struct block_ring *r, struct carver *c, int longest,
                                      int block) {
    unsigned capacity = (unsigned)block;
    while (capacity < (unsigned)(longest + block))
        capacity *= 2;
    float *const memory = carve_floats(c, (int)capacity + block);
    if (r)
        *r = (struct block_ring){.memory = memory, .mask = capacity - 1, .block = (unsigned)block};
}

static inline void block_ring_clear(struct block_ring *r) {
    memset(r->memory, 0, sizeof(float) * ((size_t)r->mask + 1 + r->block));
}

/* Where the frames from `position` on are to be written, up to the end of the block; then
 * block_ring_written. */
static inline float *block_ring_place(const struct block_ring *r, unsigned position) {
    return r->memory + (position & r->mask);
}

static inline void block_ring_written(const struct block_ring *r, unsigned position) {
    if ((position & r->mask) < r->block)
        memcpy(r->memory + r->mask + 1, r->memory, sizeof(float) * r->block);
}

static inline void block_ring_write(const struct block_ring *r, unsigned position, const float *in,
                                    int frames) {
    memcpy(block_ring_place(r, position), in, sizeof *in * (size_t)frames);
    block_ring_written(r, position);
}

/* What was written `delay` frames ago, and on for a block. */
static inline const float *block_ring_at(const struct block_ring *r, unsigned position, int delay) {
    return r->memory + ((position - (unsigned)delay) & r->mask);
}

#endif
