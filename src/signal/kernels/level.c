/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decibels of whole blocks, from the bits of the floats and short series. */
#include "kernels.h"
#include "lanes.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#define TEN_LOG10_2 3.01029995663981195F /* dB of power a factor of two */
#define LOG2_10_OVER_20 0.16609640474436813F
#define LN_2 0.69314718055994531F

/* x = 2^e m with m between sqrt(1/2) and sqrt(2); log2 m = 2/ln 2 (s + s^3/3 + s^5/5 + s^7/7),
 * s = (m - 1)/(m + 1), at most 0.172: the next term is under 5e-8. */
LANE floats dbs_of(floats x) {
    const int32_t root_half = 0x3f3504f3; /* the bits of sqrt(1/2) */
    const masks bits = (masks)larger(x, floats_of(1e-20F)), e = (bits - root_half) >> 23;
    const floats m = (floats)(bits - e * (1 << 23)), s = (m - 1.0F) / (m + 1.0F), q = s * s;
    const floats series = 1.0F + q * (1.0F / 3 + q * (0.2F + q * (1.0F / 7)));
    return TEN_LOG10_2 * (__builtin_convertvector(e, floats) + 2.0F / LN_2 * s * series);
}

/* Levels are held, so a register often has what the one before had, and its results. */
void KERNEL(powers_to_db)(float *x, int n) {
    floats was = floats_of(NAN), db = was;
    for (; n > 0; n -= FLOATS, x += FLOATS) {
        const floats v = some_floats_at(x, n);
        db = are_equal(v, was) ? db : dbs_of(v);
        was = v;
        some_floats_to(x, db, n);
    }
}

/* 2^y = 2^k e^u with u = ln 2 (y - k), at most 0.347: the series' eighth term is under 6e-9. */
LANE float gain_of(float db) {
    float y = db * LOG2_10_OVER_20;
    y = y > -116.0F ? y : -116.0F;
    y = y < 116.0F ? y : 116.0F;
    const int32_t k = (int32_t)(y + 128.5F) - 128;
    const float u = LN_2 * (y - (float)k);
    float series = 1.0F / 720 + u * (1.0F / 5040);
    series = 1.0F / 24 + u * (1.0F / 120 + u * series);
    series = 1.0F + u * (1.0F + u * (0.5F + u * (1.0F / 6 + u * series)));
    const int32_t bits = (k + 127) * (1 << 23);
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return scale * series;
}

void KERNEL(dbs_to_gain)(float *x, int n) {
    for (int i = 0; i < n; i++)
        x[i] = gain_of(x[i]);
}

void KERNEL(levels_to_reduction)(float *x, int n, const struct ton_level_curve *curve) {
    const struct ton_level_curve c = *curve;
    for (int i = 0; i < n; i++)
        x[i] = ton_level_curve_gain(&c, x[i]);
}

void KERNEL(reduction_to_gain)(float *x, int n, float make_up, float wet) {
    for (int i = 0; i < n; i++)
        x[i] = (1.0F - wet) + wet * gain_of(x[i] + make_up);
}
