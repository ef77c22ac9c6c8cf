/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading between samples, for the file of each instruction set, which defines TARGET. All taps
 * stand in one vector, as many registers as that takes, and are added up in the same order
 * everywhere, so equal bits. */
#include "ton/sliding_delay.h"

_Static_assert(TON_SLIDING_TAPS == 16, "two vectors hold all taps");
typedef float eight __attribute__((vector_size(8 * sizeof(float)), aligned(4), may_alias));
typedef float four __attribute__((vector_size(4 * sizeof(float)), aligned(4), may_alias));

TARGET static void read_line(float *restrict out, const struct ton_sliding_line *l,
                             const struct ton_sliding_table *t, const double *restrict frames,
                             int first, int n) {
    const float *const memory = l->memory;
    const unsigned mask = l->mask;
    const unsigned newest = l->position - (unsigned)first - TON_SLIDING_TAPS / 2;
    for (int i = 0; i < n; i++) {
        const int whole = (int)frames[i];
        const float place = (float)((frames[i] - whole) * TON_SLIDING_STEPS);
        const int step = (int)place;
        const float between = place - (float)step;
        const float *const x = memory + ((newest + (unsigned)i - (unsigned)whole) & mask);
        const eight *const heard = (const eight *)x;
        const eight *const one = (const eight *)t->tap[step];
        const eight *const other = (const eight *)t->tap[step + 1];
        const eight sum = heard[0] * (one[0] + between * (other[0] - one[0])) +
                          heard[1] * (one[1] + between * (other[1] - one[1]));
        const four half = ((const four *)&sum)[0] + ((const four *)&sum)[1];
        out[i] = (half[0] + half[2]) + (half[1] + half[3]);
    }
}
