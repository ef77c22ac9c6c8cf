/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linkwitz-Riley bands and their sum, two channels at a time. */
#include "crossover.h"

#include "ton/db.h"

#include <complex.h>
#include <string.h>

enum { LANES = TON_SVF_LANES };

#define HIGHEST 0.45 /* of the rate */

static double corner_of(const struct crossover_edges *e, int edge) {
    return ton_svf_corner(fmin(e->hz[edge], HIGHEST * e->rate), e->rate);
}

int crossover_latency(const struct crossover_edges *e) {
    int frames = 0;
    for (int k = 0; e->linear && k < e->n_bands - 1; k++)
        frames += ton_reverse_allpass_latency(corner_of(e, k), M_SQRT2);
    return frames;
}

/* Each edge rings by two filters in a row, or three where it joins. */
double crossover_ringing(const struct crossover_edges *e) {
    double frames = 0;
    for (int k = 0; k < e->n_bands - 1; k++) {
        const double c = corner_of(e, k);
        const double a2 = (1 + c * (c - M_SQRT2)) / (1 + c * (c + M_SQRT2));
        frames += 3 * log(1e-8) / (0.5 * log(a2)) + 8;
    }
    return frames;
}

double crossover_response(const struct crossover_edges *e, const double *factors, double hz) {
    double complex rest = 1, sum = 0;
    for (int k = 0; k < e->n_bands - 1; k++) {
        const double complex s = I * tan(M_PI * hz / e->rate) / corner_of(e, k);
        const double complex d = s * s + M_SQRT2 * s + 1;
        sum = sum * (k ? (s * s - M_SQRT2 * s + 1) / d : 1) + factors[k] * rest / (d * d);
        rest *= s * s * s * s / (d * d);
    }
    return ton_gain_to_db(cabs(sum + factors[e->n_bands - 1] * rest));
}

void crossover_lay_out(struct crossover *x, struct carver *c, const struct crossover_edges *e,
                       int channels) {
    if (x) {
        x->n_bands = e->n_bands;
        x->channels = channels;
        x->linear = e->linear;
        for (int k = 0; k < e->n_bands - 1; k++)
            x->filters[k] = ton_svf_at(corner_of(e, k), M_SQRT2);
    }
    for (int channel = 0; channel < channels; channel++) {
        for (int b = 0; b < e->n_bands; b++) {
            float *const band = carve_floats(c, CROSSOVER_BLOCK);
            if (x)
                x->bands[b][channel] = band;
        }
        for (int k = 0; e->linear && k < e->n_bands - 1; k++)
            ton_reverse_allpass_lay_out(x ? &x->reverse[channel][k] : NULL, c, corner_of(e, k),
                                        M_SQRT2);
    }
}

void crossover_clear(struct crossover *x) {
    memset(x->pairs, 0, sizeof x->pairs);
    for (int channel = 0; channel < x->channels; channel++)
        for (int k = 0; x->linear && k < x->n_bands - 1; k++)
            ton_reverse_allpass_clear(&x->reverse[channel][k]);
}

/* x -> low, and x becomes high. */
static inline void split(const struct ton_svf *f, struct ton_svf_state *first,
                         struct ton_svf_state *second, double x[LANES], double low[LANES]) {
    const struct ton_svf_out out = ton_svf_run(f, first, x);
    const struct ton_svf_out two = ton_svf_run(f, second, out.low);
    for (int l = 0; l < LANES; l++) {
        low[l] = two.low[l];
        x[l] = x[l] - 2 * M_SQRT2 * out.band[l] - low[l];
    }
}

/* The whole is in the last band; each edge takes what is under it. */
static void split_pair(struct crossover *x, int first, int frames) {
    const int second = first + 1 < x->channels ? first + 1 : first, last = x->n_bands - 1;
    struct crossover_pair *p = &x->pairs[first / LANES];
    float *const left = x->bands[last][first], *const right = x->bands[last][second];
    for (int k = 0; k < last; k++) {
        const struct ton_svf f = x->filters[k];
        struct ton_svf_state a = p->split[k], b = p->low[k];
        float *const low_left = x->bands[k][first], *const low_right = x->bands[k][second];
        for (int i = 0; i < frames; i++) {
            double rest[LANES] = {left[i], right[i]}, low[LANES];
            split(&f, &a, &b, rest, low);
            right[i] = (float)rest[1];
            left[i] = (float)rest[0];
            low_right[i] = (float)low[1];
            low_left[i] = (float)low[0];
        }
        p->split[k] = a;
        p->low[k] = b;
    }
}

void crossover_split(struct crossover *x, const float *const *in, int from, int frames) {
    for (int channel = 0; channel < x->channels; channel++) {
        float *const whole = x->bands[x->n_bands - 1][channel];
        memcpy(whole, in[channel] + from, sizeof *whole * (size_t)frames);
        for (int k = 0; x->linear && k < x->n_bands - 1; k++)
            ton_reverse_allpass_run(&x->reverse[channel][k], whole, frames);
    }
    for (int first = 0; first < x->channels; first += LANES)
        split_pair(x, first, frames);
}

/* The lower bands, in the first, through the all-pass of edge k and on top of band k. */
static void lift_pair(struct crossover *x, int k, int first, int frames) {
    const int second = first + 1 < x->channels ? first + 1 : first;
    const struct ton_svf f = x->filters[k];
    struct ton_svf_state s = x->pairs[first / LANES].join[k];
    float *const left = x->bands[0][first], *const right = x->bands[0][second];
    for (int i = 0; i < frames; i++) {
        const double in[LANES] = {left[i], right[i]};
        const struct ton_svf_out out = ton_svf_run(&f, &s, in);
        right[i] = (float)(in[1] - 2 * M_SQRT2 * out.band[1]);
        left[i] = (float)(in[0] - 2 * M_SQRT2 * out.band[0]);
    }
    x->pairs[first / LANES].join[k] = s;
}

void crossover_join(struct crossover *x, float *const *out, int from, int frames) {
    for (int k = 1; k < x->n_bands; k++) {
        for (int first = 0; k < x->n_bands - 1 && first < x->channels; first += LANES)
            lift_pair(x, k, first, frames);
        for (int channel = 0; channel < x->channels; channel++)
            for (int i = 0; i < frames; i++)
                x->bands[0][channel][i] += x->bands[k][channel][i];
    }
    for (int channel = 0; channel < x->channels; channel++)
        memcpy(out[channel] + from, x->bands[0][channel], sizeof(float) * (size_t)frames);
}
