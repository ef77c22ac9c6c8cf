/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steady tones: what turns its phase evenly. */
#ifndef TON_ANALYSIS_LINE_STEADY_H
#define TON_ANALYSIS_LINE_STEADY_H

#include "line/parts.h"

#define LINE_HIGHEST_PART 0.45 /* of the rate: what is looked at */

struct line_bin {
    float re, im, beside;
};

struct line_grid {
    const struct line_sound *s;
    struct line_bin *bins; /* [window][bin] */
    int n, n_bins, n_windows;
    double hop_seconds, bin_hz;
};

/* What one harmonic is, if all windows hold the same. */
struct line_tone {
    double re, im;   /* amplitude, of a peak */
    double evidence; /* minus the logarithm of the probability that chance gives this */
};

struct line_piece {
    int from, to; /* windows */
};

/* Up to 4 kHz. */
enum ton_code line_grid_make(struct line_grid *g, const struct line_sound *s, struct ton_err *err);

/* Stretches of at most 5 s, as many as there are: none where the sound is shorter than 1.2 s. */
int line_grid_pieces(const struct line_grid *g);
struct line_piece line_grid_piece(const struct line_grid *g, int i);

/* The weighted mean of the windows turned back, and how well it explains them. */
struct line_tone line_tone_at(const struct line_grid *g, struct line_piece p, double hz);

/* The part of the windows in which a tone is there with its phase, as far as what lies beside it
 * lets us see. */
double line_tone_fits(const struct line_grid *g, struct line_piece p, double hz,
                      const struct line_tone *h);

/* Whether a steady tone has others like it at one distance on both sides. What a machine plays
 * again at even distances has tones at all multiples of how often it does: sixteenths at 125 a
 * minute come 8.33 times a second, the sixth multiple is 50 Hz, the 26th a phone's. */
bool line_tone_in_row(const struct line_grid *g, struct line_piece p, double hz,
                      const struct line_tone *h);

/* The frequency about `middle` at which that many harmonics agree best, in steps that turn the
 * highest by a quarter; their evidence into `best`. */
double line_tones_best(const struct line_grid *g, struct line_piece p, double middle, double off,
                       int harmonics, double *best);

void line_hum_find(struct ton_line_hum *out, const struct line_grid *g, double mains_hz);

/* RMS level of the buzz of a mobile phone; NaN: there is none. */
double line_phone_find(const struct line_grid *g);

#endif
