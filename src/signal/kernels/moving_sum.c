/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A moving sum: a register's changes are summed up in log2 rounds, and only their whole waits for
 * the register before. Integers, so no order is wrong. */
#include "kernels.h"
#include "lanes.h"

#if TON_VECTOR == 64
#define LATER_1(v) __builtin_shufflevector(v, zero, 8, 0, 1, 2, 3, 4, 5, 6)
#define LATER_2(v) __builtin_shufflevector(v, zero, 8, 8, 0, 1, 2, 3, 4, 5)
#define LATER_4(v) __builtin_shufflevector(v, zero, 8, 8, 8, 8, 0, 1, 2, 3)
#define ALL_LAST(v) __builtin_shufflevector(v, v, 7, 7, 7, 7, 7, 7, 7, 7)
#elif TON_VECTOR == 32
#define LATER_1(v) __builtin_shufflevector(v, zero, 4, 0, 1, 2)
#define LATER_2(v) __builtin_shufflevector(v, zero, 4, 4, 0, 1)
#define ALL_LAST(v) __builtin_shufflevector(v, v, 3, 3, 3, 3)
#else
#define LATER_1(v) __builtin_shufflevector(v, zero, 2, 0)
#define ALL_LAST(v) __builtin_shufflevector(v, v, 1, 1)
#endif

LANE long_masks longs_at(const int64_t *x) {
    long_masks v;
    memcpy(&v, x, sizeof v);
    return v;
}

LANE void longs_to(int64_t *x, long_masks v) {
    memcpy(x, &v, sizeof v);
}

LANE long_masks summed(long_masks v) {
    const long_masks zero = {0};
    v += LATER_1(v);
#if TON_VECTOR >= 32
    v += LATER_2(v);
#endif
#if TON_VECTOR >= 64
    v += LATER_4(v);
#endif
    return v;
}

int64_t KERNEL(moving_sum)(int64_t *x, int64_t *memory, int64_t sum, int n) {
    long_masks before = sum - (long_masks){0};
    int i = 0;
    for (; i + DOUBLES <= n; i += DOUBLES) {
        const long_masks value = longs_at(x + i);
        const long_masks here = before + summed(value - longs_at(memory + i));
        longs_to(memory + i, value);
        longs_to(x + i, here);
        before = ALL_LAST(here);
    }
    sum = before[0];
    for (; i < n; i++) {
        const int64_t value = x[i];
        x[i] = sum += value - memory[i];
        memory[i] = value;
    }
    return sum;
}
