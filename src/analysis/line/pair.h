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
    float *hann, *window;
    float *re[2], *im[2];           /* spectra of the window that was transformed last */
    float *own_re[2], *own_im[2];   /* where they stand when they are not kept */
    float *kept_re[2], *kept_im[2]; /* of windows that are not read later, one behind the other */
    int n_kept;                     /* windows that have room there */
    bool *is_kept[2];
};

/* Sums over windows, by bin; 0 and those from n / 2 on are left out. */
struct line_cross {
    double *power[2], *re, *im;
    int n, bins;
};

/* Of a second or more, what both have in common, up to LINE_PART_HZ; bins of a rate whose windows
 * are longest are 3.3 Hz apart. */
#define LINE_PART_HZ 1500.0
enum { LINE_PART_BINS = 460, LINE_MOST_PARTS = 16, LINE_MOST_ARRIVALS = 128 };
struct line_part {
    double re[LINE_PART_BINS], im[LINE_PART_BINS], power[2][LINE_PART_BINS];
    double weight;
    int n; /* windows */
};

/* When and which way the second line goes first, beside the first one. */
struct line_arrival {
    double late; /* frames */
    int sign;
};

struct ton_line_history {
    struct line_part part[LINE_MOST_PARTS];
    int n;
    struct line_arrival arrival[LINE_MOST_ARRIVALS]; /* the last ones */
    int n_arrivals;                                  /* of all */
};

struct line_part *line_history_next(struct ton_line_history *h); /* a new one, empty */
void line_part_add_window(struct line_part *part, const struct line_pair *p);

/* All parts, or all but one (else -1). */
void line_history_sum(struct line_cross *c, const struct ton_line_history *h, int without);

enum ton_code line_cross_new(struct line_cross *c, struct line_pair *p, struct ton_err *err);

/* The spectra of window `w` into p->re and p->im. */
void line_pair_transform(struct line_pair *p, int w);
void line_cross_add(struct line_cross *c, const struct line_pair *p);

/* What both have in common of a bin, 0 … 1, less what chance gives so few windows. */
double line_cross_coherence(const struct line_cross *c, int bin);
double line_cross_mean_coherence(const struct line_cross *c, const struct line_pair *p,
                                 double from_hz, double to_hz);

/* What all of a history says; the time between both, decided or not, into p->shift. */
enum ton_code line_pair_polarity(struct ton_line_pair *out, struct line_pair *p,
                                 const struct ton_line_history *h, struct ton_err *err);
void line_pair_judge_arrivals(struct ton_line_pair *out, const struct line_pair *p,
                              const struct ton_line_history *h);

/* Adds those of this pair to a history. */
enum ton_code line_pair_hear_arrivals(struct ton_line_history *h, struct line_pair *p,
                                      struct ton_err *err);
enum ton_code line_pair_crosstalk(struct ton_line_pair *out, struct line_pair *p,
                                  struct ton_err *err);

#endif
