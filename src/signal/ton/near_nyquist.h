/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_NEAR_NYQUIST_H
#define TON_NEAR_NYQUIST_H

#include "ton/true_peak.h"

/* How much of a signal lies just under the Nyquist frequency, where interpolators disagree: a
 * converter, a resampler or a meter passes, cuts or half-cuts that band, so a peak that any of them
 * makes can differ from ours by about this much. A high pass of 64 taps, half way down at 0.91 of
 * the Nyquist frequency. */
struct ton_near_nyquist {
    float taps[TON_TRUE_PEAK_TAPS];
};

void ton_near_nyquist_init(struct ton_near_nyquist *n);

/* out[i], i < frames: the magnitude of that band at frame i + 31 of `x`, which has frames + 63
 * frames: in step with ton_true_peak_envelope. The same bits however the frames are cut.
 * @thread any; no allocation */
void ton_near_nyquist_run(const struct ton_near_nyquist *n, float *out, const float *x, int frames);

#endif
