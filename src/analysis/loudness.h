/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the meter draws from the loudness analyser. */
#ifndef TON_ANALYSIS_LOUDNESS_H
#define TON_ANALYSIS_LOUDNESS_H

#include "ton/layout.h"

#include <stddef.h>

/* Weighted mean square of one window as LUFS; -inf for 0. */
double loudness_lufs(double mean_square);

/* Mean squares of the windows that end at each 100 ms, with silence before the start. Borrowed. */
struct loudness_windows {
    const double *momentary, *short_term;
    size_t n;
};
struct loudness_windows loudness_windows(const void *state);

/* The same of the windows that end at the last whole hop. */
struct loudness_now {
    double momentary, short_term;
};
struct loudness_now loudness_now(const void *state);

/* Energy of the last whole hop. */
double loudness_last_hop(const void *state);

/* Weight of a channel by BS.1770-5, Annex 3: 1.41 (+1.5 dB) between 60 and 120 degrees to the side
 * and less than 30 degrees up, 1 elsewhere, 0 for the LFE. */
double loudness_weight(enum ton_speaker speaker);

#endif
