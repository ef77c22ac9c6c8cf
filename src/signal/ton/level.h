/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LEVEL_H
#define TON_LEVEL_H

/* Decibels of whole blocks, for dynamics: plain arithmetic that compilers turn into vectors, with
 * the same bits in every position of a block. */

/* Powers (amplitude squared) become levels: 10 log10, within 2e-5 dB; -200 dB for anything below
 * 1e-20. @thread any */
void ton_powers_to_db(float *x, int n);

/* Levels become amplitude gains: 10^(x/20), within 1e-6 of the value; exactly 1 for 0 dB. Below
 * -700 dB and above +700 dB it stays at the value there. @thread any */
void ton_dbs_to_gain(float *x, int n);

/* A compressor's static curve (D. Giannoulis, M. Massberg, J. D. Reiss, JAES 60, 2012): over the
 * threshold by x dB, slope times x, bent by a parabola over the knee. */
struct ton_level_curve {
    float threshold, slope; /* dB; slope: 1/ratio - 1 */
    float half_knee, bend;  /* dB; bend: 1 / (2 knee), 0 without knee */
};

/* dB of gain, 0 or less, for a level in dB. Inside the knee: slope (x + knee/2)^2 / (2 knee). */
static inline float ton_level_curve_gain(const struct ton_level_curve *c, float level) {
    const float over = level - c->threshold;
    const float above = over - c->half_knee > 0 ? over - c->half_knee : 0;
    float into = over + c->half_knee;
    into = into > 0 ? into : 0;
    into = into < 2 * c->half_knee ? into : 2 * c->half_knee;
    return c->slope * (into * into * c->bend + above);
}

/* Levels in dB become gains in dB. @thread any */
void ton_levels_to_reduction(float *x, int n, const struct ton_level_curve *curve);

/* Gains in dB become factors: `make_up` dB are added, and `wet` (0 … 1) of the result is mixed with
 * the rest of 1. @thread any */
void ton_reduction_to_gain(float *x, int n, float make_up, float wet);

#endif
