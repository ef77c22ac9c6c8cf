/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CARVE_H
#define TON_CARVE_H

#include <stddef.h>

/* Lays out a state and the arrays behind it in one piece of memory. Run with `base`
 * NULL it only adds up the size, so that state_size and init cannot disagree. */
struct carver {
    char *base;
    size_t used;
};

/* `bytes` aligned to 64; NULL when only counting. */
static inline void *carve(struct carver *c, size_t bytes) {
    void *piece = c->base ? c->base + c->used : NULL;
    c->used += (bytes + 63) / 64 * 64;
    return piece;
}

static inline float *carve_floats(struct carver *c, int n) {
    return (float *)carve(c, sizeof(float) * (size_t)n);
}

#endif
