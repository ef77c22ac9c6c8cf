/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Oversampling by a cascade of half-band filters.
 *
 * Every second tap of a half-band filter is 0 but the middle one. So of the two phases of its
 * output (upwards) or input (downwards) one is a wire with a delay, and the other a symmetric
 * filter at the lower rate: the branch. The first stage must separate 0.4535 from 0.5465 of the
 * base rate; every further one has an octave more room and is short. */
#include "ton/oversample.h"

#include "half_band.h"
#include "kaiser.h"

#include <math.h>
#include <string.h>

/* Of each stage: half the taps of its branch, and the Kaiser window's beta for the smallest ripple
 * over its bands, which are mirror images: pass band up to 0.4535 / 2, then 0.5465 / 4, / 8, … of
 * the stage's upper rate. */
static const struct {
    int half;
    double beta;
} stages[TON_OVERSAMPLE_STAGES] = {
    {50, 14.60}, /* -139 dB */
    {11, 15.45}, /* -146 dB */
    {7, 15.95},  /* -147 dB */
    {6, 15.20},  /* -155 dB */
    {5, 13.60},  /* -151 dB */
};

/* The last filter downwards: 4 STEEP - 1 taps at twice the base rate, of which the STEEP * 2 even
 * ones are one phase, the rest with the middle the other. Stop band -133 dB. */
#define STEEP_CORNER ((0.4535 + 0.5) / 2)
#define STEEP_BETA 13.9

enum {
    STEEP = TON_OVERSAMPLE_STEEP,
    MOST_HALF = 50,
    MOST_LOWER = TON_OVERSAMPLE_BLOCK * TON_OVERSAMPLE_MOST / 2, /* frames at a lower rate */
    WINDOW = 2 * STEEP + MOST_LOWER + HALF_BAND_PIECE,
    WHOLE = MOST_LOWER + HALF_BAND_PIECE,
};

/* The branch's taps are a sinc at half frames; they add up to 1, so that a constant makes no image.
 */
static void design(float *taps, int half, double beta) {
    double exact[MOST_HALF], sum = 0;
    for (int k = 0; k < half; k++) {
        const double t = k - half + 0.5;
        exact[k] = sin(M_PI * t) / (M_PI * t) * ton_kaiser(t / half, beta);
        sum += 2 * exact[k];
    }
    for (int k = 0; k < half; k++)
        taps[k] = (float)(exact[k] / sum);
}

/* Taps k and k + 1 of each two go to the even and the odd phase; each phase adds up to 1/2, so that
 * a constant passes whatever its phase. */
static void design_steep(float taps[2][STEEP]) {
    double exact[2 * STEEP], sum[2] = {0};
    for (int k = 0; k < 2 * STEEP; k++) {
        const int t = k - (2 * STEEP - 1);
        const double sinc = t == 0 ? STEEP_CORNER : sin(M_PI * STEEP_CORNER * t) / (M_PI * t);
        exact[k] = sinc * ton_kaiser(t / (2.0 * STEEP), STEEP_BETA);
        sum[k % 2] += t == 0 ? exact[k] : 2 * exact[k];
    }
    for (int k = 0; k < 2 * STEEP; k++)
        taps[k % 2][k / 2] = (float)(0.5 * exact[k] / sum[k % 2]);
}

/* A filter delays by half its length less one, in frames of its upper rate. */
void ton_oversampling_init(struct ton_oversampling *o, int factor, int inner) {
    *o = (struct ton_oversampling){.factor = factor, .branch = half_band_kernel()};
    float *taps = o->taps;
    int delay = inner;
    for (int at = factor; at > 1; at /= 2) {
        const int half = stages[o->stages].half;
        design(taps, half, stages[o->stages++].beta);
        taps += half;
        delay += (2 * half - 1 + (at == factor ? 2 * STEEP : 2 * half) - 1) * at / 2;
    }
    design_steep(o->steep);
    o->latency = (delay + factor - 1) / factor;
    o->pad = o->latency * factor - delay;
}

static int n_stages(int factor) {
    int n = 0;
    while (factor >> (n + 1))
        n++;
    return n;
}

/* Frames of each phase that a stage remembers on the way down. */
static int even_before(int stage) {
    return stage == 0 ? 2 * STEEP - 1 : 2 * stages[stage].half - 1;
}

static int odd_before(int stage) {
    return stage == 0 ? 2 * STEEP - 1 : stages[stage].half;
}

int ton_oversampler_floats(int factor) {
    int floats = 0;
    for (int s = 0; s < n_stages(factor); s++)
        floats += 2 * stages[s].half - 1 + even_before(s) + odd_before(s);
    return floats;
}

void ton_oversampler_init(struct ton_oversampler *s, const struct ton_oversampling *o,
                          float *memory) {
    *s = (struct ton_oversampler){0};
    for (int k = 0; k < o->stages; k++) {
        s->up[k] = memory;
        s->even[k] = s->up[k] + 2 * stages[k].half - 1;
        s->odd[k] = s->even[k] + even_before(k);
        memory = s->odd[k] + odd_before(k);
    }
    ton_oversampler_fill(s, o, 0, 0);
}

static void fill(float *x, int n, float value) {
    for (int i = 0; i < n; i++)
        x[i] = value;
}

void ton_oversampler_fill(struct ton_oversampler *s, const struct ton_oversampling *o, float before,
                          float after) {
    for (int k = 0; k < o->stages; k++) {
        fill(s->up[k], 2 * stages[k].half - 1, before);
        fill(s->even[k], even_before(k), after);
        fill(s->odd[k], odd_before(k), after);
    }
    fill(s->late, TON_OVERSAMPLE_MOST, after);
}

/* What came before in front of what comes now, in one piece; the kernels look beyond its end. */
static void join(float *window, float *before, int n_before, const float *x, int n) {
    memcpy(window, before, sizeof *window * (size_t)n_before);
    memcpy(window + n_before, x, sizeof *window * (size_t)n);
    memcpy(before, window + n, sizeof *window * (size_t)n_before);
    memset(window + n_before + n, 0, sizeof *window * HALF_BAND_PIECE);
}

static void double_rate(const struct ton_oversampling *o, const float *taps, int half,
                        float *before, float *out, const float *in, int n) {
    float window[WINDOW], between[WHOLE];
    join(window, before, 2 * half - 1, in, n);
    o->branch(between, window, taps, half, 2 * half - 1, n);
    for (int i = 0; i < n; i++) {
        out[2 * i] = between[i];
        out[2 * i + 1] = window[i + half];
    }
}

/* Of each two frames the first (phase 0) or the second, behind those before. */
static void join_phase(float *window, float *before, int n_before, const float *in, int phase,
                       int n) {
    float taken[MOST_LOWER];
    for (int i = 0; i < n; i++)
        taken[i] = in[2 * i + phase];
    join(window, before, n_before, taken, n);
}

static void halve_rate(const struct ton_oversampling *o, const float *taps, int half, float *even,
                       float *odd, float *out, const float *in, int n) {
    float window[WINDOW], found[WHOLE];
    join_phase(window, even, 2 * half - 1, in, 0, n);
    o->branch(found, window, taps, half, 2 * half - 1, n);
    join_phase(window, odd, half, in, 1, n);
    for (int i = 0; i < n; i++)
        out[i] = 0.5F * (found[i] + window[i]);
}

/* The odd phase has its middle tap in the window's middle. */
static void halve_steeply(const struct ton_oversampling *o, float *even, float *odd, float *out,
                          const float *in, int n) {
    float window[WINDOW], found[2][WHOLE];
    join_phase(window, even, 2 * STEEP - 1, in, 0, n);
    o->branch(found[0], window, o->steep[0], STEEP, 2 * STEEP - 1, n);
    join_phase(window, odd, 2 * STEEP - 1, in, 1, n);
    o->branch(found[1], window, o->steep[1], STEEP - 1, 2 * STEEP - 2, n);
    const float middle = o->steep[1][STEEP - 1];
    for (int i = 0; i < n; i++)
        out[i] = found[0][i] + (found[1][i] + middle * window[i + STEEP - 1]);
}

void ton_oversample_up(struct ton_oversampler *s, const struct ton_oversampling *o, float *out,
                       const float *in, int frames) {
    float room[2][TON_OVERSAMPLE_BLOCK * TON_OVERSAMPLE_MOST / 2];
    const float *taps = o->taps;
    for (int k = 0; k < o->stages; k++) {
        float *const to = k == o->stages - 1 ? out : room[k & 1];
        double_rate(o, taps, stages[k].half, s->up[k], to, in, frames << k);
        taps += stages[k].half;
        in = to;
    }
}

/* `late` holds the last `pad` inner frames. */
void ton_oversample_down(struct ton_oversampler *s, const struct ton_oversampling *o, float *out,
                         const float *in, int frames) {
    float padded[TON_OVERSAMPLE_BLOCK * TON_OVERSAMPLE_MOST + TON_OVERSAMPLE_MOST];
    float room[2][MOST_LOWER];
    const int n = frames * o->factor;
    memcpy(padded, s->late, sizeof *padded * (size_t)o->pad);
    memcpy(padded + o->pad, in, sizeof *padded * (size_t)n);
    memcpy(s->late, padded + n, sizeof *padded * (size_t)o->pad);
    const float *taps = o->taps + TON_OVERSAMPLE_TAPS, *from = padded;
    for (int k = TON_OVERSAMPLE_STAGES - 1; k > 0; k--) {
        taps -= stages[k].half;
        if (k >= o->stages)
            continue;
        float *const to = room[k & 1];
        halve_rate(o, taps, stages[k].half, s->even[k], s->odd[k], to, from, frames << k);
        from = to;
    }
    halve_steeply(o, s->even[0], s->odd[0], out, from, frames);
}
