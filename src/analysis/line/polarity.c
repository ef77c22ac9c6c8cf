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
// above the best one of the other sign tells how sure the sign is. And one blow has as much in
// common half a period away: what counts must stay the same whatever second is left out (J. Tukey,
// Bias and confidence in not-quite large samples, Ann. Math. Stat. 29, 1958).

#include "line/pair.h"

#define LAG_SECONDS 0.03
#define LOWEST_HZ 40.0
#define LOWEST_OCTAVE_HZ 62.5
#define HIGHEST_HZ 1000.0
#define LEAST_CONFIDENCE 0.33 // of unrelated lines and of a drum kit's, wrong ones stay below
#define NEAR_SECONDS 0.001    // 34 cm; of one blow half a period of 200 Hz reaches 0.44
#define LEAST_FAR 0.5
#define LEAST_FIRM 0.15 // without any second of it
#define SAME_SECONDS 0.0005
#define LEAST_COHERENCE 0.1 // else they hear nothing together
#define LEAST_HEIGHT 3.0    // of the RMS over all lags

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
        p->own_re[0][b] = (float)(weight[b] * c->re[b]);
        p->own_im[0][b] = (float)(weight[b] * c->im[b]);
    }
    ton_fft_inverse(&p->fft, x, p->own_re[0], p->own_im[0]);
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

// The surer of the two ways; none where both are sure and say the opposite.
static struct answer answer_to(struct line_pair *p, const struct line_cross *c, double *weight) {
    const size_t size = sizeof *weight * (size_t)c->bins;
    memset(weight, 0, size);
    weigh_octaves(weight, p, c);
    const struct answer far = answer_of(p, c, weight);
    memset(weight, 0, size);
    weigh_coherence(weight, p, c);
    const struct answer near = answer_of(p, c, weight);
    struct answer best = far.confidence > near.confidence ? far : near;
    if (far.side != near.side && far.confidence >= LEAST_CONFIDENCE &&
        near.confidence >= LEAST_CONFIDENCE)
        best.confidence = 0.0;
    return best;
}

// Whether every part can be left out: what hangs on one moment is no decision.
static bool is_firm(const struct answer *all, struct line_pair *p, struct line_cross *c,
                    double *weight, const struct ton_line_history *h) {
    bool firm = true;
    for (int i = 0; i < h->n && firm; i++) {
        line_history_sum(c, h, i);
        const struct answer a = answer_to(p, c, weight);
        firm = a.side == all->side && a.confidence >= LEAST_FIRM &&
               fabs(a.delay - all->delay) <= SAME_SECONDS * p->rate;
    }
    return firm;
}

enum ton_code line_pair_polarity(struct ton_line_pair *out, struct line_pair *p,
                                 const struct ton_line_history *h, struct ton_err *err) {
    struct line_cross c;
    double *weight = TON_NEW_N(p->arena, double, p->n / 2);
    const enum ton_code code = line_cross_new(&c, p, err);
    if (code != TON_OK)
        return code;
    line_history_sum(&c, h, -1);
    const struct answer all = answer_to(p, &c, weight);
    const double least = fabs(all.delay) > NEAR_SECONDS * p->rate ? LEAST_FAR : LEAST_CONFIDENCE;
    p->shift = lround(all.delay);
    out->polarity_confidence = all.confidence;
    if (all.confidence < LEAST_CONFIDENCE ||
        line_cross_mean_coherence(&c, p, LOWEST_OCTAVE_HZ, HIGHEST_HZ) < LEAST_COHERENCE ||
        !is_firm(&all, p, &c, weight, h))
        return TON_OK;
    out->delay_frames = all.delay;
    if (all.confidence >= least)
        out->polarity = all.side ? TON_POLARITY_REVERSED : TON_POLARITY_NORMAL;
    return TON_OK;
}
