/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_REVERSE_ALLPASS_H
#define TON_REVERSE_ALLPASS_H

#include "ton/carve.h"
#include "ton/fixed_delay.h"
#include "ton/rt.h"

/* The all-pass of second order (s^2 - k s + 1) / (s^2 + k s + 1) run backwards in time: before or
 * behind the real one it leaves nothing but a delay. Its response is that of the all-pass, turned
 * round and cut off where it has fallen by 100 dB. A complex pole p gives powers of p, and
 *     sum of p^n z^(n + 1 - N) over n = 0 … N - 1 = product of (p^(2^k) + z^(-2^k)), N = 2^stages,
 * so a response of thousands of taps costs a dozen multiplications (M. Vicanek, "A New Reverse IIR
 * Filtering Algorithm", 2015). */
enum { TON_REVERSE_MOST_STAGES = 20 };

struct ton_reverse_allpass {
    int stages;
    float power_re[TON_REVERSE_MOST_STAGES], power_im[TON_REVERSE_MOST_STAGES];
    float residue_re, residue_im, direct;
    struct ton_fixed_delay re[TON_REVERSE_MOST_STAGES], im[TON_REVERSE_MOST_STAGES];
    struct ton_fixed_delay straight;
};

/* Frames by which it is late: 2^stages - 1. `corner` is tan(pi hz / rate). @thread any */
int ton_reverse_allpass_latency(double corner, double k);

/* Takes its memory; with `r` NULL only counts it. k under 2. */
void ton_reverse_allpass_lay_out(struct ton_reverse_allpass *r, struct carver *c, double corner,
                                 double k);
void ton_reverse_allpass_clear(struct ton_reverse_allpass *r);

/* In place, up to TON_REVERSE_BLOCK frames. @thread audio */
enum { TON_REVERSE_BLOCK = 256 };
TON_RT void ton_reverse_allpass_run(struct ton_reverse_allpass *r, float *x, int frames);

#endif
