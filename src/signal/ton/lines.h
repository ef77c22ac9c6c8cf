/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LINES_H
#define TON_LINES_H

#include "ton/rt.h"

#include <stdbool.h>

/* Sixteen signals side by side, as a feedback delay network has them; any number of frames. Equal
 * bits in every instruction set. @thread audio; no allocation */
enum { TON_LINES = 16 };

/* Gains on straight lines: gain + step * (at + frame). */
struct ton_lines_gain {
    float gain[TON_LINES], step[TON_LINES];
    int at;
    bool moves; /* else `gain` alone */
};

/* out = the Walsh-Hadamard transform, not normalised, across the lines of in times gain. `out` may
 * be `in`. */
TON_RT void ton_lines_mix(float *const out[TON_LINES], const float *const in[TON_LINES],
                          const struct ton_lines_gain *gain, int frames);

/* x and copy = x + the transform of in. */
TON_RT void ton_lines_add_mixed(float *const x[TON_LINES], float *const copy[TON_LINES],
                                const float *const in[TON_LINES], int frames);

/* Turns each pair of lines i and i + TON_LINES / 2 in place: a' = c a - s b, b' = s a + c b with
 * c = cosine + cosine_step * (at + frame), and s likewise. */
struct ton_lines_turns {
    float cosine[TON_LINES / 2], sine[TON_LINES / 2];
    float cosine_step[TON_LINES / 2], sine_step[TON_LINES / 2];
};
TON_RT void ton_lines_turn(float *const x[TON_LINES], const struct ton_lines_turns *turns, int at,
                           int frames);

/* First-order filters with what they remember: y = b0 u + b1 u' + a1 y', u = in / 4. */
struct ton_lines_filters {
    float b0[TON_LINES], b1[TON_LINES], a1[TON_LINES];
};
struct ton_lines_memory {
    float in[TON_LINES], out[TON_LINES];
};
TON_RT void ton_lines_filter(float *const out[TON_LINES], const float *const in[TON_LINES],
                             const struct ton_lines_filters *filters,
                             struct ton_lines_memory *memory, int frames);

/* out = sum of in[k] times gain[k], k < n in this order, from 0. */
TON_RT void ton_lines_sum(float *out, const float *const *in, const float *gain, int n, int frames);

#endif
