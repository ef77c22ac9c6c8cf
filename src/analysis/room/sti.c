/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Speech transmission index from an impulse response (IEC 60268-16:2011, 4.5 and annex A). */
#include "sti.h"

#include <complex.h>
#include <math.h>
#include <string.h>

/* Table A.1: a third of an octave apart. */
static const double modulation_hz[TON_STI_MODULATIONS] = {0.63, 0.8, 1.0, 1.25, 1.6, 2.0,  2.5,
                                                          3.15, 4.0, 5.0, 6.3,  8.0, 10.0, 12.5};
/* Table A.3, male: weight of a band, and what neighbours say twice. */
static const double weight[TON_STI_BANDS] = {0.085, 0.127, 0.230, 0.233, 0.309, 0.224, 0.173};
static const double redundancy[TON_STI_BANDS - 1] = {0.085, 0.078, 0.065, 0.011, 0.047, 0.095};

static const double MOST_SNR_DB = 15.0;

void sti_modulation(double m[TON_STI_MODULATIONS], const float *filtered, int before, int rate,
                    const struct decay_end *end) {
    const int n = before + end->frame, bin = rate / 1000;
    const double tau = -10.0 / M_LN10 / end->db_frame;
    double complex sum[TON_STI_MODULATIONS] = {0};
    double whole = end->rest;
    for (int at = 0; at < n; at += bin) {
        const int to = at + bin < n ? at + bin : n;
        double energy = 0.0;
        for (int i = at; i < to; i++)
            energy += (double)filtered[i] * filtered[i] - (i < before ? 0.0 : end->noise);
        whole += energy;
        for (int k = 0; k < TON_STI_MODULATIONS; k++)
            sum[k] += energy * cexp(-I * M_PI * modulation_hz[k] * (at + to - 1) / rate);
    }
    for (int k = 0; k < TON_STI_MODULATIONS; k++) {
        const double w = 2.0 * M_PI * modulation_hz[k] / rate;
        sum[k] += end->rest * cexp(-I * w * n) / (1.0 + I * w * tau);
        m[k] = fmin(1.0, cabs(sum[k]) / whole);
    }
}

static double transmission(double m) {
    const double snr_db = 10.0 * log10(m / (1.0 - m)); /* +-inf at 1 and 0 */
    return (fmax(-MOST_SNR_DB, fmin(MOST_SNR_DB, snr_db)) + MOST_SNR_DB) / (2.0 * MOST_SNR_DB);
}

/* Annex F: steps of 0.04 from U below 0.36 to A+ above 0.76. */
static void rate_index(char rating[3], double index) {
    static const char letters[] = "UJIHGFEDCBAA";
    const int step = (int)fmax(0.0, fmin(11.0, floor((index - 0.32) / 0.04)));
    rating[0] = letters[step];
    rating[1] = step == 11 ? '+' : '\0';
    rating[2] = '\0';
}

void sti_weigh(struct ton_sti *sti, double m[][TON_STI_MODULATIONS]) {
    double index = 0.0;
    for (int b = 0; b < TON_STI_BANDS; b++) {
        sti->band[b] = 0.0;
        for (int k = 0; k < TON_STI_MODULATIONS; k++) {
            sti->m[b][k] = m[b][k];
            sti->band[b] += transmission(m[b][k]) / TON_STI_MODULATIONS;
        }
        index += weight[b] * sti->band[b];
        if (b > 0)
            index -= redundancy[b - 1] * sqrt(sti->band[b - 1] * sti->band[b]);
    }
    sti->index = fmin(1.0, index);
    rate_index(sti->rating, sti->index);
}
