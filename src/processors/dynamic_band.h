/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_DYNAMIC_BAND_H
#define TON_PROCESSORS_DYNAMIC_BAND_H

#include "ton/processor.h"
#include "ton/svf.h"

/* One band of the dynamic equaliser: its settings on their way, what it hears, and the gain that
 * this makes. Everything but hearing happens in ticks of `grid` frames. */
enum { DYNAMIC_PAIRS = TON_MOST_CHANNELS / TON_SVF_LANES };
enum dynamic_type { LOW_SHELF, HIGH_SHELF, BELL };

struct dynamic_band_settings {
    float type, frequency, q, gain, threshold, ratio, knee, range, attack, release, on;
};

/* What all bands share. */
struct dynamic_common {
    double rate, part; /* part: of a way in one tick */
    int channels, grid;
    bool own;    /* each channel has its own level */
    double link; /* 0 … 1 */
};

/* What moves: `weight` is 0 for a band that is off, 1 for one that is on. */
enum { HZ, Q, GAIN, THRESHOLD, SLOPE, HALF_KNEE, RANGE, WEIGHT, N_VALUES };

struct dynamic_band {
    int type, wanted_type; /* it changes while the weight is 0 */
    bool wanted;
    double aim[N_VALUES], middle[N_VALUES], now[N_VALUES];
    double attack, release, mean; /* smoothing coefficients: a tick, a tick, a frame */
    struct ton_svf ear;
    double part[TON_MOST_CHANNELS];     /* of the range that is used, 0 … 1 */
    double designed[TON_MOST_CHANNELS]; /* for which gain; NAN: none */
    struct ton_svf_state heard[DYNAMIC_PAIRS];
    double means[DYNAMIC_PAIRS][2][TON_SVF_LANES];
};

/* Where its settings lead; `there`: it is one of those that are used. */
void dynamic_band_set(const struct dynamic_common *d, struct dynamic_band *b,
                      const struct dynamic_band_settings *s, bool there);
bool dynamic_band_is_active(const struct dynamic_band *b);
void dynamic_band_silence(struct dynamic_band *b);
/* All settings at their ends, at once; after it was silenced. */
void dynamic_band_settle(const struct dynamic_common *d, struct dynamic_band *b);

/* One tick; true when it is designed anew whatever its gains. Nothing of a band that is not active
 * moves. */
TON_RT bool dynamic_band_tick(const struct dynamic_common *d, struct dynamic_band *b);
/* dB of the band now. */
double dynamic_band_gain(const struct dynamic_band *b, int channel);

/* The detector of two channels (x[0 … n_lanes - 1]), from frame `from` on. */
TON_RT void dynamic_band_hear(struct dynamic_band *b, int pair, const float *const *x, int n_lanes,
                              int from, int frames);

#endif
