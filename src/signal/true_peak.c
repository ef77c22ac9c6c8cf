/* SPDX-License-Identifier: GPL-3.0-or-later */
/* True peak by proof: the curve between samples is refined point by point (halves, quarters,
 * eighths, sixteenths of a frame) only where it could still exceed the peak so far.
 *
 * Between two known points of the curve, a distance d apart, the curve is the straight line between
 * them plus a remainder; each is a weighted sum of samples, so the remainder is at most the L1 norm
 * of its weights (ton_true_peak_rise, about 0.45 for d = 1/2, falling by four with each halving)
 * times the largest sample within reach. A piece whose largest known point plus that stays below
 * the peak is done. Music leaves most pieces after the halves or before. */

#include "true_peak.h"

#include "ton/isa.h"

enum { HISTORY = TON_TRUE_PEAK_TAPS - 1, CENTRE = TON_TRUE_PEAK_TAPS / 2 - 1 };

/* Room for the rounding of 64 products and sums in single precision. */
#define ROUNDING 1.00002f

static float crest_plain(const float *x, int n) {
    float most = 0.0f;
    for (int i = 0; i < n; i++) {
        const float magnitude = fabsf(x[i]);
        most = magnitude > most ? magnitude : most;
    }
    return most;
}

static void raise_plain(float out[TON_TP_PIECE], const float *x,
                        const float taps[TON_TRUE_PEAK_TAPS]) {
    float sum[TON_TP_PIECE] = {0};
    for (int k = 0; k < TON_TRUE_PEAK_TAPS; k++)
        for (int i = 0; i < TON_TP_PIECE; i++)
            sum[i] += taps[k] * x[i + k];
    for (int i = 0; i < TON_TP_PIECE; i++) {
        const float magnitude = fabsf(sum[i]);
        out[i] = magnitude > out[i] ? magnitude : out[i];
    }
}

const struct ton_true_peak_kernels ton_true_peak_plain = {crest_plain, raise_plain};

const struct ton_true_peak_kernels *ton_true_peak_kernels(void) {
#if defined(__x86_64__)
    static const struct ton_true_peak_kernels *const table[TON_N_ISAS] = {
        &ton_true_peak_plain, &ton_true_peak_avx2, &ton_true_peak_avx512};
    return table[ton_isa()];
#else
    return &ton_true_peak_plain;
#endif
}

void ton_true_peak_init(struct ton_true_peak *t) {
    memset(t, 0, sizeof *t);
    t->fill = HISTORY;
    t->kernels = ton_true_peak_kernels();
}

/* Raises `peak` to the curve over one piece. Level l knows every 16 >> l-th point. */
static float piece_peak(const struct ton_true_peak_kernels *k, const float *x, float peak) {
    float points[TON_TP_PIECE] = {0};
    float known = k->crest(x + CENTRE, TON_TP_PIECE + 1);
    const float reach = k->crest(x, TON_TP_REACH) * ROUNDING;
    for (int level = 0; level < TON_TP_LEVELS; level++) {
        peak = known > peak ? known : peak;
        if (known + ton_true_peak_rise[level] * reach <= peak)
            break;
        const int step = TON_TRUE_PEAK_POINTS >> level;
        for (int point = step / 2; point < TON_TRUE_PEAK_POINTS; point += step)
            k->raise(points, x, ton_true_peak_taps[point - 1]);
        const float new = k->crest(points, TON_TP_PIECE);
        known = new > known ? new : known;
    }
    return known > peak ? known : peak;
}

/* Works on all whole pieces of the window and keeps the rest. */
static void drain(struct ton_true_peak *t) {
    const int pieces = (t->fill - HISTORY) / TON_TP_PIECE;
    for (int i = 0; i < pieces; i++)
        t->peak = piece_peak(t->kernels, t->window + (size_t)i * TON_TP_PIECE, t->peak);
    const int done = pieces * TON_TP_PIECE;
    t->fill -= done;
    memmove(t->window, t->window + done, sizeof *t->window * (size_t)t->fill);
}

void ton_true_peak_feed(struct ton_true_peak *t, const float *in, int frames) {
    const int room = HISTORY + TON_TRUE_PEAK_BLOCK;
    while (frames > 0) {
        const int n = frames < room - t->fill ? frames : room - t->fill;
        memcpy(t->window + t->fill, in, sizeof *in * (size_t)n);
        t->fill += n;
        in += n;
        frames -= n;
        if (t->fill == room)
            drain(t);
    }
}

float ton_true_peak_finish(struct ton_true_peak *t) {
    static const float silence[HISTORY + TON_TP_PIECE];
    ton_true_peak_feed(t, silence, HISTORY + TON_TP_PIECE);
    drain(t);
    return t->peak;
}

double ton_true_peak_point(const float x[TON_TRUE_PEAK_TAPS], int point) {
    if (point == 0)
        return (double)x[CENTRE];
    double sum = 0.0;
    for (int k = 0; k < TON_TRUE_PEAK_TAPS; k++)
        sum += (double)ton_true_peak_taps[point - 1][k] * (double)x[k];
    return sum;
}

/* The envelope of one piece, at eighths; `n` of its frames are wanted. */
static void piece_envelope(float *out, int n, const float x[TON_TP_REACH], float floor) {
    const struct ton_true_peak_kernels *k = ton_true_peak_kernels();
    float points[TON_TP_PIECE];
    for (int i = 0; i < TON_TP_PIECE; i++) {
        const float before = fabsf(x[CENTRE + i]), after = fabsf(x[CENTRE + i + 1]);
        points[i] = before > after ? before : after;
    }
    const float reach = k->crest(x, TON_TP_REACH) * ROUNDING;
    for (int level = 0; level < TON_TP_LEVELS - 1; level++) {
        if (k->crest(points, TON_TP_PIECE) + ton_true_peak_rise[level] * reach <= floor)
            break;
        const int step = TON_TRUE_PEAK_POINTS >> level;
        for (int point = step / 2; point < TON_TRUE_PEAK_POINTS; point += step)
            k->raise(points, x, ton_true_peak_taps[point - 1]);
    }
    for (int i = 0; i < n; i++)
        out[i] = points[i] > floor ? points[i] : floor;
}

void ton_true_peak_envelope(float *out, const float *x, int frames, float floor) {
    while (frames >= TON_TP_PIECE) {
        piece_envelope(out, TON_TP_PIECE, x, floor);
        out += TON_TP_PIECE;
        x += TON_TP_PIECE;
        frames -= TON_TP_PIECE;
    }
    if (frames > 0) {
        float last[TON_TP_REACH] = {0};
        memcpy(last, x, sizeof *x * (size_t)(frames + HISTORY));
        piece_envelope(out, frames, last, floor);
    }
}
