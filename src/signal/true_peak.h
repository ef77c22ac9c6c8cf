/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The taps of the true-peak interpolator and its kernels. */
#ifndef TON_SIGNAL_TRUE_PEAK_H
#define TON_SIGNAL_TRUE_PEAK_H

#include "ton/true_peak.h"

enum {
    TON_TP_PIECE = 64,                                    /* frames a kernel works on */
    TON_TP_REACH = TON_TP_PIECE + TON_TRUE_PEAK_TAPS - 1, /* frames it reads for that */
    TON_TP_LEVELS = 4,
    TON_TP_LANES = 16, /* order of the sum: taps r, r + 16, r + 32, r + 48 for r = 0 … 15 */
};

/* [point - 1][k]: weight of frame k (of 64) in the curve at point/16 after frame 31:
 * sinc(t) I0(6 sqrt(1 - (t/32)^2)) / I0(6), t = k - 31 - point/16. */
extern const float ton_true_peak_taps[TON_TRUE_PEAK_POINTS - 1][TON_TRUE_PEAK_TAPS];

/* How far the curve can rise over the larger of two known neighbours 16, 8, 4, 2 points apart, per
 * unit of the largest sample within reach: the largest L1 norm, over the points between, of the
 * taps less the straight line between the neighbours' taps. Rounded up. */
extern const float ton_true_peak_rise[TON_TP_LEVELS];

/* The same per unit of the largest second difference x[k] - 2 x[k+1] + x[k+2] within reach, which
 * music keeps small, and what is left of it per unit of the largest sample. Summed by parts twice,
 * with R and S the sums of r and of R up to k,
 *     sum r[k] x[k] = sum S[k] (x[k] - 2 x[k+1] + x[k+2]) + R[63] x[63] - S[62] (x[63] - x[62]),
 * so the first is the L1 norm of S and the second |R[63]| + 2 |S[62]|: next to 0, for a straight
 * line of samples is a straight line between them. Rounded up, and far enough for the rounding of
 * the sums themselves. */
struct ton_true_peak_bend {
    float bend, rest;
};
extern const struct ton_true_peak_bend ton_true_peak_bends[TON_TP_LEVELS];

/* The same of a quarter of the second difference d of any three neighbouring quarter points. By
 * that much, at most, the sine through them is higher than the largest, b, of which all magnitudes
 * are at most B: with |c - a| <= |d| the square of the sine (ton_tp_sine) is at most 4 b^3 / (4 b -
 * |d|) where |d| <= 2 b, which grows with b and |d| and is at most (B + |d|/4)^2, and at most 2 b^2
 * elsewhere, where |d|/4 is over b/2. */
extern const struct ton_true_peak_bend ton_true_peak_sine;

struct ton_true_peak_kernels {
    /* Largest magnitude of x[0 … n-1]. */
    float (*crest)(const float *x, int n);
    /* out[i]: the curve at the point of these taps after x[i + 31]; reads TON_TP_REACH frames. */
    void (*point)(float out[TON_TP_PIECE], const float *x, const float taps[TON_TRUE_PEAK_TAPS]);
    /* Largest squared amplitude of the sines through three neighbouring points, where the middle
     * one is the largest: before[i], at[i], after[i], i < n <= TON_TP_PIECE. */
    float (*sines)(const float *before, const float *at, const float *after, int n);
};

/* A sine through a, b, c at equal distances has the squared amplitude b^2 + (c - a)^2 b^2 /
 * (4 b^2 - (a + c)^2): its phase step follows from a + c = 2 b cos(step). */
static inline float ton_tp_sine(float a, float b, float c) {
    const float square = b * b, sum = a + c, difference = c - a;
    const float below = 4.0f * square - sum * sum + 1e-37f;
    const float found = square + square * (difference * difference / below);
    return square >= a * a && square >= c * c ? found : 0.0f;
}

extern const struct ton_true_peak_kernels ton_true_peak_plain, ton_true_peak_avx2,
    ton_true_peak_avx512;
const struct ton_true_peak_kernels *ton_true_peak_kernels(void);

#endif
