/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sixteen signals side by side: the kernels' public face. */
#include "ton/lines.h"

#include "kernels/kernels.h"

void ton_lines_mix(float *const out[TON_LINES], const float *const in[TON_LINES],
                   const struct ton_lines_gain *gain, int frames) {
    ton_kernels()->lines_mix(out, in, gain, frames);
}

void ton_lines_add_mixed(float *const x[TON_LINES], float *const copy[TON_LINES],
                         const float *const in[TON_LINES], int frames) {
    ton_kernels()->lines_add_mixed(x, copy, in, frames);
}

void ton_lines_turn(float *const x[TON_LINES], const struct ton_lines_turns *turns, int at,
                    int frames) {
    ton_kernels()->lines_turn(x, turns, at, frames);
}

void ton_lines_filter(float *const out[TON_LINES], const float *const in[TON_LINES],
                      const struct ton_lines_filters *filters, struct ton_lines_memory *memory,
                      int frames) {
    ton_kernels()->lines_filter(out, in, filters, memory, frames);
}

void ton_lines_sum(float *out, const float *const *in, const float *gain, int n, int frames) {
    ton_kernels()->lines_sum(out, in, gain, n, frames);
}
