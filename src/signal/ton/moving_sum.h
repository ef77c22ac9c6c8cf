/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MOVING_SUM_H
#define TON_MOVING_SUM_H

#include "ton/rt.h"

#include <stdint.h>

/* The sum of the last `length` values, in integers: exact, so it never drifts and does not depend
 * on what came before. Over the maximum of a window (ton/window_max.h) it is an envelope that
 * nothing sticks out of. @thread audio */
struct ton_moving_sum {
    int64_t *memory, sum; /* `length` values, somebody else's */
    int length, at;
};

/* As if `value` had come in for ever. */
static inline void ton_moving_sum_fill(struct ton_moving_sum *m, int64_t value) {
    for (int i = 0; i < m->length; i++)
        m->memory[i] = value;
    m->sum = value * m->length;
    m->at = 0;
}

static inline int64_t ton_moving_sum_run(struct ton_moving_sum *m, int64_t value) {
    m->sum += value - m->memory[m->at];
    m->memory[m->at] = value;
    m->at = m->at + 1 == m->length ? 0 : m->at + 1;
    return m->sum;
}

/* The same for many, in place. */
TON_RT void ton_moving_sum_feed(struct ton_moving_sum *m, int64_t *x, int n);

#endif
