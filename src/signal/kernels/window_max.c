/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two halves of a running maximum: heads forwards, tails backwards. A register finds the maxima
 * of all its beginnings in log2(FLOATS) steps, so only its last one waits for the register before.
 */
#include "kernels.h"
#include "lanes.h"

/* Moved towards the end by so many places, 0 behind; and towards the beginning. */
#if TON_VECTOR == 64
#define LATER_1(v)                                                                                 \
    __builtin_shufflevector(v, zero, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)
#define LATER_2(v)                                                                                 \
    __builtin_shufflevector(v, zero, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)
#define LATER_4(v)                                                                                 \
    __builtin_shufflevector(v, zero, 16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
#define LATER_8(v)                                                                                 \
    __builtin_shufflevector(v, zero, 16, 16, 16, 16, 16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7)
#define SOONER_1(v)                                                                                \
    __builtin_shufflevector(v, zero, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
#define SOONER_2(v)                                                                                \
    __builtin_shufflevector(v, zero, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16)
#define SOONER_4(v)                                                                                \
    __builtin_shufflevector(v, zero, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16, 16)
#define SOONER_8(v)                                                                                \
    __builtin_shufflevector(v, zero, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16, 16, 16, 16, 16, 16, 16)
#define ALL_LAST(v)                                                                                \
    __builtin_shufflevector(v, v, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15)
#define ALL_FIRST(v) __builtin_shufflevector(v, v, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
#elif TON_VECTOR == 32
#define LATER_1(v) __builtin_shufflevector(v, zero, 8, 0, 1, 2, 3, 4, 5, 6)
#define LATER_2(v) __builtin_shufflevector(v, zero, 8, 8, 0, 1, 2, 3, 4, 5)
#define LATER_4(v) __builtin_shufflevector(v, zero, 8, 8, 8, 8, 0, 1, 2, 3)
#define SOONER_1(v) __builtin_shufflevector(v, zero, 1, 2, 3, 4, 5, 6, 7, 8)
#define SOONER_2(v) __builtin_shufflevector(v, zero, 2, 3, 4, 5, 6, 7, 8, 8)
#define SOONER_4(v) __builtin_shufflevector(v, zero, 4, 5, 6, 7, 8, 8, 8, 8)
#define ALL_LAST(v) __builtin_shufflevector(v, v, 7, 7, 7, 7, 7, 7, 7, 7)
#define ALL_FIRST(v) __builtin_shufflevector(v, v, 0, 0, 0, 0, 0, 0, 0, 0)
#else
#define LATER_1(v) __builtin_shufflevector(v, zero, 4, 0, 1, 2)
#define LATER_2(v) __builtin_shufflevector(v, zero, 4, 4, 0, 1)
#define SOONER_1(v) __builtin_shufflevector(v, zero, 1, 2, 3, 4)
#define SOONER_2(v) __builtin_shufflevector(v, zero, 2, 3, 4, 4)
#define ALL_LAST(v) __builtin_shufflevector(v, v, 3, 3, 3, 3)
#define ALL_FIRST(v) __builtin_shufflevector(v, v, 0, 0, 0, 0)
#endif

/* Each place: the largest up to there. */
LANE floats heads_of(floats v) {
    const floats zero = {0};
    v = larger(v, zero);
    v = larger(v, LATER_1(v));
    v = larger(v, LATER_2(v));
#if TON_VECTOR >= 32
    v = larger(v, LATER_4(v));
#endif
#if TON_VECTOR >= 64
    v = larger(v, LATER_8(v));
#endif
    return v;
}

/* Each place: the largest from there on. */
LANE floats tails_of(floats v) {
    const floats zero = {0};
    v = larger(v, zero);
    v = larger(v, SOONER_1(v));
    v = larger(v, SOONER_2(v));
#if TON_VECTOR >= 32
    v = larger(v, SOONER_4(v));
#endif
#if TON_VECTOR >= 64
    v = larger(v, SOONER_8(v));
#endif
    return v;
}

static float larger_of(float a, float b) {
    return a > b ? a : b;
}

/* memory[i] becomes x[i] and x[i] the largest of head, x[0 … i] and the old memory[i + 1]. Returns
 * the largest of head and all x. */
float KERNEL(window_heads)(float *x, float *memory, float head, int frames) {
    floats before = floats_of(head);
    int i = 0;
    for (; i + FLOATS <= frames; i += FLOATS) {
        const floats v = floats_at(x + i), tail = floats_at(memory + i + 1);
        const floats here = larger(heads_of(v), before);
        before = ALL_LAST(here);
        floats_to(memory + i, v);
        floats_to(x + i, larger(here, tail));
    }
    head = before[0];
    for (; i < frames; i++) {
        const float value = x[i];
        head = larger_of(value, head);
        memory[i] = value;
        x[i] = larger_of(head, memory[i + 1]);
    }
    return head;
}

/* memory[i] becomes the largest of memory[i … n - 1]. */
void KERNEL(window_tails)(float *memory, int n) {
    float tail = 0;
    int i = n;
    for (; i % FLOATS > 0; i--)
        memory[i - 1] = tail = larger_of(memory[i - 1], tail);
    floats behind = floats_of(tail);
    for (; i > 0; i -= FLOATS) {
        const floats here = larger(tails_of(floats_at(memory + i - FLOATS)), behind);
        behind = ALL_FIRST(here);
        floats_to(memory + i - FLOATS, here);
    }
}
