/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two lines in windows, and what both have in common of each frequency. */
#ifndef TON_ANALYSIS_LINE_PAIR_H
#define TON_ANALYSIS_LINE_PAIR_H

#include "line/parts.h"

struct line_pair {
    struct ton_arena *arena;
    float *x[2]; /* finite, without their means */
    int64_t frames;
    double rate;
    int n, n_windows; /* a window's frames, each half over the next */
    int64_t shift;    /* frames that the second is read later */
    struct ton_fft fft;
    float *hann, *window, *re[2], *im[2];
};

/* Sums over windows, by bin; 0 and those from n / 2 on are left out. */
struct line_cross {
    double *power[2], *re, *im;
    int n;
};

enum ton_code line_cross_new(struct line_cross *c, struct line_pair *p, struct ton_err *err);

/* The spectra of window `w` into p->re and p->im; their powers. */
void line_pair_transform(struct line_pair *p, int w, double power[2]);
void line_cross_add(struct line_cross *c, const struct line_pair *p);

/* What both have in common of a bin, 0 … 1, less what chance gives so few windows. */
double line_cross_coherence(const struct line_cross *c, int bin);
double line_cross_mean_coherence(const struct line_cross *c, const struct line_pair *p,
                                 double from_hz, double to_hz);

enum ton_code line_pair_polarity(struct ton_line_pair *out, struct line_pair *p,
                                 const struct line_cross *c, struct ton_err *err);
enum ton_code line_pair_arrivals(struct ton_line_pair *out, struct line_pair *p,
                                 struct ton_err *err);
enum ton_code line_pair_crosstalk(struct ton_line_pair *out, struct line_pair *p,
                                  struct ton_err *err);

#endif
