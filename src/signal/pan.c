/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pan law and the kernels that spread one channel over two. */
#include "ton/pan.h"

#include <math.h>

#define QUARTER_CIRCLE 1.57079632679489661923 /* pi / 2 */
#define HALF_POWER 0.70710678118654752440F    /* sqrt(1/2): -3.0103 dB */

static double unit_position(float position) {
    const double p = (double)position / 100.0;
    return p < -1.0 ? -1.0 : p > 1.0 ? 1.0 : p;
}

struct ton_pan ton_pan_mono(float position) {
    const double p = unit_position(position);
    if (p == 0.0)
        return (struct ton_pan){HALF_POWER, HALF_POWER};
    if (p >= 1.0)
        return (struct ton_pan){0.0F, 1.0F};
    const double angle = (p + 1.0) * 0.5 * QUARTER_CIRCLE;
    return (struct ton_pan){(float)cos(angle), (float)sin(angle)};
}

struct ton_pan ton_pan_stereo(float position) {
    const double p = unit_position(position);
    if (p >= 1.0)
        return (struct ton_pan){0.0F, 1.0F};
    if (p <= -1.0)
        return (struct ton_pan){1.0F, 0.0F};
    const float fallen = (float)cos(fabs(p) * QUARTER_CIRCLE);
    return p > 0.0 ? (struct ton_pan){fallen, 1.0F} : (struct ton_pan){1.0F, fallen};
}

void ton_pan_spread(float *left, float *right, const float *in, struct ton_pan gains, int frames) {
    for (int i = 0; i < frames; i++) {
        const float x = in[i];
        left[i] = x * gains.left;
        right[i] = x * gains.right;
    }
}

void ton_pan_spread_ramp(float *left, float *right, const float *in, struct ton_ramp left_gain,
                         struct ton_ramp right_gain, int frames) {
    const float step_left = (left_gain.to - left_gain.from) / (float)left_gain.length;
    const float step_right = (right_gain.to - right_gain.from) / (float)right_gain.length;
    for (int i = 0; i < frames; i++) {
        const float x = in[i];
        const float at_left = (float)(left_gain.first + i);
        const float at_right = (float)(right_gain.first + i);
        left[i] = x * (left_gain.from + step_left * at_left);
        right[i] = x * (right_gain.from + step_right * at_right);
    }
}
