/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PAN_H
#define TON_PAN_H

#include "ton/mix.h"

/* What a place in the stereo picture means as gains of the left and the right channel. `position`:
 * -100 (left) … 0 (centre) … 100 (right).
 * Mono signals: constant power, cos and sin of a quarter circle, -3.01 dB each at the centre, so
 * that a source keeps its loudness while it moves (the usual "-3 dB" law of consoles).
 * Stereo signals: a balance; 0 dB at the centre, the channel one turns away from falls along the
 * cosine to silence, the other stays. */
struct ton_pan {
    float left, right;
};
struct ton_pan ton_pan_mono(float position);
struct ton_pan ton_pan_stereo(float position);

/* One channel into two. `in` may be `left` or `right`. @thread audio */
TON_RT void ton_pan_spread(float *left, float *right, const float *in, struct ton_pan gains,
                           int frames);
TON_RT void ton_pan_spread_ramp(float *left, float *right, const float *in,
                                struct ton_ramp left_gain, struct ton_ramp right_gain, int frames);

#endif
