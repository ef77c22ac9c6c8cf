/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A moving sum: a register's changes are summed up in log2 rounds, and only their whole waits for
 * the register before. Integers, so no order is wrong. */
#include "kernels.h"
#include "lanes.h"

LANE long_masks summed(long_masks v) {
    const long_masks zero = {0};
    v += MOVED_1(zero, v);
#if TON_VECTOR >= 32
    v += MOVED_2(zero, v);
#endif
#if TON_VECTOR >= 64
    v += MOVED_4(zero, v);
#endif
    return v;
}

int64_t KERNEL(moving_sum)(int64_t *x, int64_t *memory, int64_t sum, int n) {
    long_masks before = longs_of(sum);
    int i = 0;
    for (; i + DOUBLES <= n; i += DOUBLES) {
        const long_masks value = longs_at(x + i);
        const long_masks here = before + summed(value - longs_at(memory + i));
        longs_to(memory + i, value);
        longs_to(x + i, here);
        before = longs_of(here[DOUBLES - 1]);
    }
    sum = before[0];
    for (; i < n; i++) {
        const int64_t value = x[i];
        x[i] = sum += value - memory[i];
        memory[i] = value;
    }
    return sum;
}
