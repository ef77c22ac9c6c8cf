// SPDX-License-Identifier: GPL-3.0-or-later
// Polarity and time between two lines: the highest place of their cross-correlation below 1 kHz
// (higher up, a drum kit's microphones hear other parts of it). Frequencies count in one of two
// ways, and the surer answer is taken: by how much of each both have in common, and not by how loud
// it is (C. Knapp and G. Carter, The generalized correlation method for estimation of time delay,
// IEEE Trans. ASSP 24-4, 1976), which finds what two near microphones share; or so that every
// octave is worth the same, which finds what two distant ones do, whose octaves agree about one
// place only.
//
// A long wave correlates as well half a period away upside down. How far the best place stands
// above the best one of the other sign tells how sure the sign is.

#include "line/pair.h"

#define LAG_SECONDS 0.03
#define LOWEST_HZ 40.0
#define LOWEST_OCTAVE_HZ 62.5
#define HIGHEST_HZ 1000.0
#define LEAST_CONFIDENCE 0.33 // of unrelated lines and of a drum kit's, wrong ones stay below
#define NEAR_SECONDS 0.003    // 1 m; what is farther hears the room, and wrong ones reach 0.38
#define LEAST_FAR 0.5
#define LEAST_HEIGHT 3.0 // of the RMS over all lags

// 1 by the octave's power in both lines.
static double share_of(const struct line_cross *c, int from, int to) {
    double power[2] = {0.0, 0.0};
    for (int b = from; b < to; b++)
        for (int i = 0; i < 2; i++)
            power[i] += c->power[i][b];
    const double both = sqrt(power[0] * power[1]);
    return both > 0.0 ? 1.0 / both : 0.0;
}

static void weigh_octaves(double *weight, const struct line_pair *p, const struct line_cross *c) {
    for (double hz = LOWEST_OCTAVE_HZ; hz < HIGHEST_HZ; hz *= 2.0) {
        const int from = (int)ceil(hz * p->n / p->rate), to = (int)ceil(2.0 * hz * p->n / p->rate);
        const double share = share_of(c, from, to);
        for (int b = from; b < to; b++)
            weight[b] = share * line_cross_coherence(c, b);
    }
}

static void weigh_coherence(double *weight, const struct line_pair *p, const struct line_cross *c) {
    for (int b = 1; b < p->n / 2; b++) {
        const double size = hypot(c->re[b], c->im[b]), hz = b * p->rate / p->n;
        if (hz > LOWEST_HZ && size > 0.0)
            weight[b] = line_cross_coherence(c, b) / size / (1.0 + pow(hz / HIGHEST_HZ, 6.0));
    }
}

static void correlate(float *x, struct line_pair *p, const struct line_cross *c,
                      const double *weight) {
    for (int b = 0; b < p->n / 2; b++) {
        p->re[0][b] = (float)(weight[b] * c->re[b]);
        p->im[0][b] = (float)(weight[b] * c->im[b]);
    }
    ton_fft_inverse(&p->fft, x, p->re[0], p->im[0]);
}

struct peaks {
    int lag[2];       // of the highest and the lowest place
    double height[2]; // magnitudes
    double rms;
};

static struct peaks peaks_of(const float *x, int n, int most) {
    struct peaks p = {0};
    double squares = 0.0;
    for (int lag = -most; lag <= most; lag++) {
        const double v = (double)x[lag < 0 ? n + lag : lag];
        const int side = v < 0.0;
        if (fabs(v) > p.height[side]) {
            p.height[side] = fabs(v);
            p.lag[side] = lag;
        }
        squares += v * v;
    }
    p.rms = sqrt(squares / (2 * most + 1));
    return p;
}

// Where about a lag the top is.
static double top_of(const float *x, int n, int lag) {
    const double a = (double)x[(n + lag - 1) % n], b = (double)x[(n + lag) % n];
    const double c = (double)x[(n + lag + 1) % n], bend = a - 2.0 * b + c;
    return lag + (bend != 0.0 ? 0.5 * (a - c) / bend : 0.0);
}

struct answer {
    double delay, confidence;
    int side; // 1: reversed
};

static struct answer answer_of(struct line_pair *p, const struct line_cross *c,
                               const double *weight) {
    float *x = p->window;
    correlate(x, p, c, weight);
    const struct peaks t = peaks_of(x, p->n, (int)(LAG_SECONDS * p->rate));
    const int side = t.height[1] > t.height[0];
    const bool stands_out = t.height[side] > LEAST_HEIGHT * t.rms;
    return (struct answer){
        .delay = t.height[side] > 0.0 ? top_of(x, p->n, t.lag[side]) : 0.0,
        .confidence = stands_out ? 1.0 - t.height[!side] / t.height[side] : 0.0,
        .side = side,
    };
}

enum ton_code line_pair_polarity(struct ton_line_pair *out, struct line_pair *p,
                                 const struct line_cross *c, struct ton_err *err) {
    double *octaves = TON_NEW_N(p->arena, double, p->n / 2);
    double *coherence = TON_NEW_N(p->arena, double, p->n / 2);
    if (!octaves || !coherence)
        return line_no_memory(err);
    weigh_octaves(octaves, p, c);
    weigh_coherence(coherence, p, c);
    const struct answer far = answer_of(p, c, octaves), near = answer_of(p, c, coherence);
    const struct answer best = far.confidence > near.confidence ? far : near;
    const bool contradict = far.side != near.side && far.confidence >= LEAST_CONFIDENCE &&
                            near.confidence >= LEAST_CONFIDENCE;
    out->delay_frames = best.delay;
    out->polarity_confidence = contradict ? 0.0 : best.confidence;
    const bool is_far = fabs(best.delay) > NEAR_SECONDS * p->rate;
    if (out->polarity_confidence >= (is_far ? LEAST_FAR : LEAST_CONFIDENCE))
        out->polarity = best.side ? TON_POLARITY_REVERSED : TON_POLARITY_NORMAL;
    return TON_OK;
}
