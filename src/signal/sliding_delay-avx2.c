/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading between samples with eight taps a register. */
#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#include "sliding_delay_loops.h"

void ton_sliding_read_avx2(float *out, const struct ton_sliding_line *l,
                           const struct ton_sliding_table *t, const double *frames, int first,
                           int n) {
    read_line(out, l, t, frames, first, n);
}
#endif
