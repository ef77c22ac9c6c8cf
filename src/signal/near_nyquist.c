/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The band just under the Nyquist frequency, by the kernels of the true peak. */
#include "ton/near_nyquist.h"

#include "kaiser.h"
#include "true_peak.h"

enum { CENTRE = TON_TRUE_PEAK_TAPS / 2 - 1 };

/* A unit impulse less a windowed sinc; the last of the 64 taps stays 0. */
void ton_near_nyquist_init(struct ton_near_nyquist *n) {
    const double corner = 0.91, beta = 5; /* stop band under -50 dB */
    double taps[TON_TRUE_PEAK_TAPS], sum = 0;
    for (int i = 0; i < TON_TRUE_PEAK_TAPS; i++) {
        const double t = i - CENTRE, r = t / (CENTRE + 1);
        const double sinc = i == CENTRE ? corner : sin(M_PI * corner * t) / (M_PI * t);
        taps[i] = sinc * ton_kaiser(r, beta);
        sum += taps[i];
    }
    for (int i = 0; i < TON_TRUE_PEAK_TAPS; i++)
        n->taps[i] = (float)((i == CENTRE) - taps[i] / sum);
}

void ton_near_nyquist_run(const struct ton_near_nyquist *n, float *out, const float *x,
                          int frames) {
    const struct ton_true_peak_kernels *k = ton_true_peak_kernels();
    for (int at = 0; at < frames; at += TON_TP_PIECE) {
        const int left = frames - at < TON_TP_PIECE ? frames - at : TON_TP_PIECE;
        float piece[TON_TP_PIECE], last[TON_TP_REACH] = {0};
        const float *in = x + at;
        if (left < TON_TP_PIECE) {
            memcpy(last, in, sizeof *in * (size_t)(left + TON_TRUE_PEAK_TAPS - 1));
            in = last;
        }
        k->point(piece, in, n->taps);
        for (int i = 0; i < left; i++)
            out[at + i] = fabsf(piece[i]);
    }
}
