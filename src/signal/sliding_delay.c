/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A delay line that is read between its samples: the table, and the reading in plain C. */
#define TARGET
#include "sliding_delay_loops.h"

#include "kaiser.h"

#include "ton/isa.h"

#include <math.h>

/* Of Kaiser's window: ripples 100 dB down, for a band that is flat up to 0.65 of the Nyquist
 * frequency (15.6 kHz at 48 kHz). */
#define BETA 10.0

void ton_sliding_read_plain(float *out, const struct ton_sliding_line *l,
                            const struct ton_sliding_table *t, const double *frames, int first,
                            int n) {
    read_line(out, l, t, frames, first, n);
}

static ton_sliding_read *reading(void) {
#if defined(__x86_64__)
    static ton_sliding_read *const table[TON_N_ISAS] = {
        ton_sliding_read_plain, ton_sliding_read_avx2, ton_sliding_read_avx2};
    return table[ton_isa()];
#else
    return ton_sliding_read_plain;
#endif
}

static double sinc(double x) {
    return fabs(x) < 1e-12 ? 1.0 : sin(M_PI * x) / (M_PI * x);
}

/* Tap k lies k - half + part frames from the place, `part` beyond a sample: the first is the
 * oldest. Scaled so that a constant passes as it is. */
void ton_sliding_table_init(struct ton_sliding_table *t) {
    const int half = TON_SLIDING_TAPS / 2;
    t->read = reading();
    for (int s = 0; s <= TON_SLIDING_STEPS; s++) {
        double tap[TON_SLIDING_TAPS], sum = 0.0;
        for (int k = 0; k < TON_SLIDING_TAPS; k++) {
            const double x = k - half + (double)s / TON_SLIDING_STEPS;
            tap[k] = sinc(x) * ton_kaiser(x / half, BETA);
            sum += tap[k];
        }
        for (int k = 0; k < TON_SLIDING_TAPS; k++)
            t->tap[s][k] = (float)(tap[k] / sum);
    }
    memcpy(t->tap[TON_SLIDING_STEPS + 1], t->tap[TON_SLIDING_STEPS], sizeof t->tap[0]);
}
