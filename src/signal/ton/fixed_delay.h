/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FIXED_DELAY_H
#define TON_FIXED_DELAY_H

#include <string.h>

/* A delay by a whole number of frames that never changes: look-ahead. The ring is as long as the
 * delay, so what is read is what is overwritten. */
struct ton_fixed_delay {
    float *memory; /* `frames` floats, somebody else's; may be NULL when frames is 0 */
    int frames, at;
};

static inline void ton_fixed_delay_init(struct ton_fixed_delay *d, float *memory, int frames) {
    *d = (struct ton_fixed_delay){.memory = memory, .frames = frames};
}

static inline void ton_fixed_delay_clear(struct ton_fixed_delay *d) {
    if (d->frames > 0)
        memset(d->memory, 0, sizeof(float) * (size_t)d->frames);
    d->at = 0;
}

/* As if `value` had come in for ever. */
static inline void ton_fixed_delay_fill(struct ton_fixed_delay *d, float value) {
    for (int i = 0; i < d->frames; i++)
        d->memory[i] = value;
    d->at = 0;
}

/* x[frame] becomes x[frame - d->frames]. @thread audio */
void ton_fixed_delay_run(struct ton_fixed_delay *d, float *x, int frames);

#endif
