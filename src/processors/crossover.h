/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_CROSSOVER_H
#define TON_PROCESSORS_CROSSOVER_H

#include "ton/carve.h"
#include "ton/processor.h"
#include "ton/reverse_allpass.h"
#include "ton/svf.h"

/* Splits sound into bands that sum flat: Linkwitz-Riley, 24 dB/octave (S. H. Linkwitz, JAES 24,
 * 1976). Low and high are in phase with each other and with their sum, the all-pass
 * (s^2 - 1.41 s + 1) / (s^2 + 1.41 s + 1): what is under a split is led through the all-passes of
 * those above it when the bands are joined. As every band has the phase of the whole sum, one
 * all-pass backwards in time before all of them makes every band linear in phase. */
enum { CROSSOVER_BANDS = 5, CROSSOVER_EDGES = CROSSOVER_BANDS - 1, CROSSOVER_BLOCK = 256 };
enum { CROSSOVER_PAIRS = TON_MOST_CHANNELS / TON_SVF_LANES };
_Static_assert((int)CROSSOVER_BLOCK <= (int)TON_REVERSE_BLOCK, "blocks go through backwards");

/* Where it splits. */
struct crossover_edges {
    double rate;
    int n_bands; /* 1 … CROSSOVER_BANDS */
    double hz[CROSSOVER_EDGES];
    bool linear; /* in phase, and late */
};

struct crossover_pair {
    struct ton_svf_state split[CROSSOVER_EDGES], low[CROSSOVER_EDGES], join[CROSSOVER_EDGES];
};

struct crossover {
    int n_bands, channels;
    bool linear;
    struct ton_svf filters[CROSSOVER_EDGES];
    struct crossover_pair pairs[CROSSOVER_PAIRS];
    struct ton_reverse_allpass reverse[TON_MOST_CHANNELS][CROSSOVER_EDGES];
    float *bands[CROSSOVER_BANDS][TON_MOST_CHANNELS]; /* [CROSSOVER_BLOCK] each */
};

int crossover_latency(const struct crossover_edges *e);
/* What rings in it, 160 dB down, in frames. */
double crossover_ringing(const struct crossover_edges *e);
/* Gain in dB at `hz` with a factor for each band. */
double crossover_response(const struct crossover_edges *e, const double *factors, double hz);

/* `x` NULL: only counts. */
void crossover_lay_out(struct crossover *x, struct carver *c, const struct crossover_edges *e,
                       int channels);
void crossover_clear(struct crossover *x);

/* in[channel][from …] into x->bands, at most CROSSOVER_BLOCK frames. */
TON_RT void crossover_split(struct crossover *x, const float *const *in, int from, int frames);
/* Their sum into out[channel][from …]. */
TON_RT void crossover_join(struct crossover *x, float *const *out, int from, int frames);

#endif
