/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The taps of the true-peak interpolator and its kernels. */
#ifndef TON_SIGNAL_TRUE_PEAK_H
#define TON_SIGNAL_TRUE_PEAK_H

#include "ton/true_peak.h"

enum {
    TON_TP_PIECE = 64,                                    /* frames a kernel works on */
    TON_TP_REACH = TON_TP_PIECE + TON_TRUE_PEAK_TAPS - 1, /* frames it reads for that */
    TON_TP_LEVELS = 4,
};

/* [point - 1][k]: weight of frame k (of 64) in the curve at point/16 after frame 31:
 * sinc(t) I0(6 sqrt(1 - (t/32)^2)) / I0(6), t = k - 31 - point/16. */
extern const float ton_true_peak_taps[TON_TRUE_PEAK_POINTS - 1][TON_TRUE_PEAK_TAPS];

/* How far the curve can rise over the larger of two known neighbours 16, 8, 4, 2 points apart, per
 * unit of the largest sample within reach: the largest L1 norm, over the points between, of the
 * taps less the straight line between the neighbours' taps. Rounded up. */
extern const float ton_true_peak_rise[TON_TP_LEVELS];

struct ton_true_peak_kernels {
    /* Largest magnitude of x[0 … n-1]. */
    float (*crest)(const float *x, int n);
    /* out[i] = largest of out[i] and the magnitude of the curve at the point of these taps, for the
     * TON_TP_PIECE frames x[31] … ; reads TON_TP_REACH frames. */
    void (*raise)(float out[TON_TP_PIECE], const float *x, const float taps[TON_TRUE_PEAK_TAPS]);
};

extern const struct ton_true_peak_kernels ton_true_peak_plain, ton_true_peak_avx2,
    ton_true_peak_avx512;
const struct ton_true_peak_kernels *ton_true_peak_kernels(void);

#endif
