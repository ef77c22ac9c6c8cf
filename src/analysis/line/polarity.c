// SPDX-License-Identifier: GPL-3.0-or-later
// Polarity and time between two lines: the highest place of their cross-correlation, in which every
// frequency counts by how much of it both have in common, and not by how loud it is (C. Knapp and
// G. Carter, The generalized correlation method for estimation of time delay, IEEE Trans. ASSP
// 24-4, 1976). Below 1 kHz: higher up, a drum kit's microphones hear other parts of it.
//
// A long wave correlates as well half a period away upside down. How far the best place stands
// above the best one of the other sign tells how sure the sign is.

#include "line/pair.h"

#define LAG_SECONDS 0.03
#define LOWEST_HZ 40.0
#define HIGHEST_HZ 1000.0
#define LEAST_CONFIDENCE 0.33 // of unrelated lines and of a drum kit's, wrong ones stay below
#define LEAST_HEIGHT 3.0      // of the RMS over all lags

static void correlate(float *x, struct line_pair *p, const struct line_cross *c) {
    const double bin = p->rate / p->n;
    p->re[0][0] = p->im[0][0] = 0.0F;
    for (int b = 1; b < p->n / 2; b++) {
        const double size = hypot(c->re[b], c->im[b]), hz = b * bin;
        const double above = pow(hz / HIGHEST_HZ, 6.0);
        const bool counts = hz > LOWEST_HZ && size > 0.0;
        const double weight = counts ? line_cross_coherence(c, b) / size / (1.0 + above) : 0.0;
        p->re[0][b] = (float)(weight * c->re[b]);
        p->im[0][b] = (float)(weight * c->im[b]);
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

void line_pair_polarity(struct ton_line_pair *out, struct line_pair *p,
                        const struct line_cross *c) {
    float *x = p->window;
    correlate(x, p, c);
    const struct peaks t = peaks_of(x, p->n, (int)(LAG_SECONDS * p->rate));
    const int side = t.height[1] > t.height[0];
    out->delay_frames = t.height[side] > 0.0 ? top_of(x, p->n, t.lag[side]) : 0.0;
    if (!(t.height[side] > LEAST_HEIGHT * t.rms))
        return;
    out->polarity_confidence = 1.0 - t.height[!side] / t.height[side];
    if (out->polarity_confidence >= LEAST_CONFIDENCE)
        out->polarity = side ? TON_POLARITY_REVERSED : TON_POLARITY_NORMAL;
}
