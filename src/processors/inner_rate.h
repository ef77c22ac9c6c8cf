/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_INNER_RATE_H
#define TON_PROCESSORS_INNER_RATE_H

#include "ton/oversample.h"

/* How far what bends waves is oversampled: the row, and what its value means at a rate. */
#define OVERSAMPLING_ROW(automatic)                                                                \
    {                                                                                              \
        .key = "oversampling", .label = "Oversampling", .kind = TON_CHOICE, .max = 5,              \
        .choices = inner_rates, .flags = TON_ROW_FIXED,                                            \
        .help = "How many times the rate it works at inside; `auto` takes " automatic              \
                ", and less at higher rates. Less is faster and aliases more."                     \
    }

static const char *const inner_rates[] = {"auto", "2x", "4x", "8x", "16x", "32x", NULL};

/* Times; `hz` is the inner rate that `auto` wants. */
static inline int inner_rate_factor(float choice, double rate, double hz) {
    if (choice >= 0.5F)
        return 1 << (int)(choice + 0.5F);
    int factor = 2;
    while (factor < TON_OVERSAMPLE_MOST && factor * rate < hz)
        factor *= 2;
    return factor;
}

#endif
