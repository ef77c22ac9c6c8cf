/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of a line check share: the sound, where it is quiet, its windows. */
#ifndef TON_ANALYSIS_LINE_PARTS_H
#define TON_ANALYSIS_LINE_PARTS_H

#include "ton/arena.h"
#include "ton/db.h"
#include "ton/fft.h"
#include "ton/line.h"
#include "ton/order.h"

#include <math.h>
#include <string.h>

/* fmax and fmin for each sample: those are calls, for they heed NaN. */
static inline double line_larger(double a, double b) {
    return a > b ? a : b;
}

static inline double line_smaller(double a, double b) {
    return a < b ? a : b;
}

/* One input, finite. */
struct line_sound {
    struct ton_arena *arena; /* of the measurement */
    const float *x;
    int64_t frames;
    double rate;
    double mean; /* without digital silence */
    double step; /* the least by which two samples in turn differ: the converter's, or 0 */
};

/* Whether a line can be measured. */
enum ton_code line_check(int64_t frames, const struct ton_line_config *c, struct ton_err *err);

/* Levels are followed in hops of 50 ms: whole periods of 50, 60, 100 and 120 Hz squared, so hum
 * does not flicker. */
struct line_hops {
    int frames; /* of a hop */
    int n;
    double *power; /* mean squares */
    double *sound; /* the same about a hop's own mean: without DC, however it came */
    bool *quiet;   /* in runs of LINE_QUIET_RUN and longer */
    int n_quiet;
};
enum { LINE_HOPS_A_SECOND = 20, LINE_QUIET_RUN = 4 };

enum ton_code line_hops_find(struct line_hops *out, const struct line_sound *s,
                             struct ton_err *err);
void line_hops_none(struct line_hops *h); /* nothing is quiet */

/* Behind the last quiet hop of the run that begins at `i`; `i` where none does. */
static inline int line_run_end(const struct line_hops *h, int i) {
    while (i < h->n && h->quiet[i])
        i++;
    return i;
}

/* The mean power spectrum of windows (Hann): power[b], 0 <= b <= n / 2, is the mean square of what
 * lies about b * rate / n, so that they add up to that of the sound. */
struct line_spectrum {
    int n;
    double rate;
    double *power;
    int n_windows;
};

/* Of all windows that lie in quiet hops. */
enum ton_code line_spectrum_of_quiet(struct line_spectrum *out, const struct line_sound *s,
                                     const struct line_hops *hops, struct ton_err *err);

void line_noise_measure(struct ton_line_noise *out, const struct line_spectrum *spectrum,
                        double mean_square);

/* What of the spectrum is tones beside the mains' harmonics, and what is neither: mean squares. */
struct line_tones {
    double tones, rest;
};
struct line_tones line_tones_of(const struct line_spectrum *spectrum,
                                const struct ton_line_hum *hum);

enum ton_hum_cause line_hum_cause(const struct ton_line_hum *hum);
void line_hum_none(struct ton_line_hum *out);

/* What was found as hum, but is a generator's tone, becomes one. After hum and clipping. */
enum ton_code line_tone_find(struct ton_line *out, const struct line_sound *s, struct ton_err *err);

void line_clipping_find(struct ton_line_clipping *out, const struct line_sound *s);
enum ton_code line_crackle_find(struct ton_line_crackle *out, const struct line_sound *s,
                                const struct ton_line_clipping *clipping, int period_frames,
                                struct ton_err *err);

/* Places in a line where something is wrong, the first ones. */
enum { LINE_MOST_FAULTS = 512 };
struct line_faults {
    int64_t at[LINE_MOST_FAULTS];
    int n;
};

static inline void line_fault_add(struct line_faults *f, int64_t at) {
    if (f->n < LINE_MOST_FAULTS)
        f->at[f->n++] = at;
}

/* Every block of a line foretold from the 16 samples before each (linear prediction). */
enum { LINE_ORDER = 16, LINE_BLOCK = 2048, LINE_SETTLED = 24, LINE_BESIDE = 128 };
struct line_predictions {
    float (*a)[LINE_ORDER + 1]; /* of each block; [0] is 1 */
    float *wrong;               /* by how much, of each sample */
    double *sums;               /* of their magnitudes, up to each sample */
};
enum ton_code line_predictions_make(struct line_predictions *out, const struct line_sound *s,
                                    struct ton_err *err);

/* The mean errors before and behind a sample, which tell how good predictions are there. */
static inline double line_predictions_before(const struct line_predictions *p, int64_t i) {
    return (p->sums[i - LINE_ORDER] - p->sums[i - LINE_ORDER - LINE_BESIDE]) / LINE_BESIDE;
}

static inline double line_predictions_behind(const struct line_predictions *p, int64_t i) {
    return (p->sums[i + LINE_SETTLED + LINE_BESIDE] - p->sums[i + LINE_SETTLED]) / LINE_BESIDE;
}

/* The larger and the smaller of both. */
static inline double line_predictions_beside(const struct line_predictions *p, int64_t i) {
    return line_larger(line_predictions_before(p, i), line_predictions_behind(p, i));
}

static inline double line_predictions_calmer(const struct line_predictions *p, int64_t i) {
    return line_smaller(line_predictions_before(p, i), line_predictions_behind(p, i));
}

/* How much the errors beside two places are alike, -1 … 1: their correlation, the places themselves
 * left out. From LINE_AGAIN on one is the other, played again. */
#define LINE_AGAIN 0.4
double line_predictions_alike(const struct line_predictions *p, int64_t a, int64_t b);

/* What surprises, whether it is a step or not; and whether it is of a waveform or a machine's
 * click, which come again. */
enum { LINE_MOST_SURPRISES = 8192 };
struct line_surprises {
    int64_t at[LINE_MOST_SURPRISES];
    bool played[LINE_MOST_SURPRISES];
    int n;
};

/* All three keep what is there. `ceiling`: from where on the line is clipped, full scale 1.0;
 * infinite where it is not. */
void line_steps_find(struct line_faults *sure, struct line_faults *likely,
                     struct line_surprises *all, const struct line_predictions *p,
                     const struct line_sound *s, double ceiling);

/* Samples lost or doubled at even distances. */
void line_slips_find(struct ton_line_crackle *out, const struct line_predictions *p,
                     const struct line_surprises *surprises, const struct line_sound *s);

/* 10 log10, -inf for 0. */
static inline double line_power_db(double power) {
    return power > 0.0 ? 10.0 * log10(power) : -INFINITY;
}

static inline double line_db_power(double db) {
    return ton_db_to_gain(2.0 * db);
}

static inline enum ton_code line_no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to measure a line; free some and try again");
}

/* The power of two that is at least `frames`. */
static inline int line_power_of_two(double frames) {
    int n = TON_FFT_LEAST;
    while (n < frames && n < TON_FFT_MOST)
        n *= 2;
    return n;
}

/* w[i] of a Hann window of n, whose spectrum is real about its middle. */
static inline void line_hann(float *w, int n) {
    for (int i = 0; i < n; i++)
        w[i] = (float)(0.5 - 0.5 * cos(2.0 * M_PI * i / n));
}

#endif
