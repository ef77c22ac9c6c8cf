/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A moving sum, in stretches that the ring has in one piece. */
#include "ton/moving_sum.h"

#include "kernels/kernels.h"

void ton_moving_sum_feed(struct ton_moving_sum *m, int64_t *x, int n) {
    while (n > 0) {
        const int some = n < m->length - m->at ? n : m->length - m->at;
        m->sum = ton_kernels()->moving_sum(x, m->memory + m->at, m->sum, some);
        m->at = m->at + some == m->length ? 0 : m->at + some;
        x += some;
        n -= some;
    }
}
