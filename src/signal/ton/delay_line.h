/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DELAY_LINE_H
#define TON_DELAY_LINE_H

#include <stddef.h>
#include <string.h>

/* A ring of the last `capacity` samples in memory that somebody else owns (floats behind a state,
 * an arena). The capacity is a power of two, so that wrapping is a mask. @thread audio */
struct ton_delay_line {
    float *memory;
    unsigned mask, position;
};

/* The capacity for reading up to `longest` frames back. */
static inline unsigned ton_delay_line_capacity(int longest) {
    unsigned capacity = 1;
    while (capacity <= (unsigned)longest)
        capacity *= 2;
    return capacity;
}

/* `memory` holds `capacity` floats, all zero. */
static inline void ton_delay_line_init(struct ton_delay_line *d, float *memory, unsigned capacity) {
    *d = (struct ton_delay_line){.memory = memory, .mask = capacity - 1};
}

static inline void ton_delay_line_clear(struct ton_delay_line *d) {
    memset(d->memory, 0, sizeof(float) * ((size_t)d->mask + 1));
    d->position = 0;
}

static inline void ton_delay_line_push(struct ton_delay_line *d, float x) {
    d->position = (d->position + 1) & d->mask;
    d->memory[d->position] = x;
}

/* The sample pushed `frames` pushes before the last one; 0 is the last. At most the capacity less
 * one. */
static inline float ton_delay_line_read(const struct ton_delay_line *d, int frames) {
    return d->memory[(d->position - (unsigned)frames) & d->mask];
}

#endif
