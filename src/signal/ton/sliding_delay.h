/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SLIDING_DELAY_H
#define TON_SLIDING_DELAY_H

#include <stddef.h>
#include <string.h>

/* A delay line that is read between its samples, for times that move: chorus, flanger, tape.
 *
 * Between samples a windowed sinc of TON_SLIDING_TAPS taps is laid (J. O. Smith, "Physical Audio
 * Signal Processing", windowed sinc interpolation), taken from a table of TON_SLIDING_STEPS places
 * between two samples and straight lines between those. tests/signal/sliding_delay.c prints its
 * error. */
enum { TON_SLIDING_TAPS = 16, TON_SLIDING_STEPS = 256 };

/* The least delay that can be read: half of the taps lie after the place. */
#define TON_SLIDING_LEAST (TON_SLIDING_TAPS / 2 - 1)

struct ton_sliding_line;
struct ton_sliding_table;

typedef void ton_sliding_read(float *out, const struct ton_sliding_line *l,
                              const struct ton_sliding_table *t, const double *frames, int first,
                              int n);

struct ton_sliding_table {
    /* The last row twice: a place just below the next sample is rounded onto it. */
    float tap[TON_SLIDING_STEPS + 2][TON_SLIDING_TAPS];
    ton_sliding_read *read; /* of this machine (ton/isa.h); all give equal bits */
};

void ton_sliding_table_init(struct ton_sliding_table *t);
ton_sliding_read ton_sliding_read_plain, ton_sliding_read_avx2;

/* A ring with its beginning once more behind its end, so that taps lie in one piece. */
struct ton_sliding_line {
    float *memory; /* somebody else's */
    unsigned mask, position;
};

/* Floats of memory for reading up to `longest` frames back. */
static inline size_t ton_sliding_floats(int longest) {
    size_t capacity = TON_SLIDING_TAPS;
    while (capacity < (size_t)longest + TON_SLIDING_TAPS)
        capacity *= 2;
    return capacity + TON_SLIDING_TAPS;
}

/* `memory` holds `floats` (of ton_sliding_floats), all zero. */
static inline void ton_sliding_line_init(struct ton_sliding_line *l, float *memory, size_t floats) {
    *l = (struct ton_sliding_line){.memory = memory,
                                   .mask = (unsigned)(floats - TON_SLIDING_TAPS - 1)};
}

static inline void ton_sliding_line_clear(struct ton_sliding_line *l) {
    memset(l->memory, 0, sizeof(float) * ((size_t)l->mask + 1 + TON_SLIDING_TAPS));
    l->position = 0;
}

static inline void ton_sliding_line_push(struct ton_sliding_line *l, float x) {
    l->position = (l->position + 1) & l->mask;
    l->memory[l->position] = x;
    if (l->position < TON_SLIDING_TAPS)
        l->memory[l->mask + 1 + l->position] = x;
}

/* The sample pushed `frames` pushes before the last one; 0 is the last. */
static inline float ton_sliding_line_at(const struct ton_sliding_line *l, int frames) {
    return l->memory[(l->position - (unsigned)frames) & l->mask];
}

/* n samples in a row: out[i] is what was pushed frames[i] + first - i pushes before the last one,
 * from TON_SLIDING_LEAST to the longest. So with `first` 0 what one will read between the next n
 * pushes, with n - 1 what one read between the last n. Whole frames give the samples as they are.
 * @thread audio */
static inline void ton_sliding_line_read(float *out, const struct ton_sliding_line *l,
                                         const struct ton_sliding_table *t, const double *frames,
                                         int first, int n) {
    t->read(out, l, t, frames, first, n);
}

#endif
