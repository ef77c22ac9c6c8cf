/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines held against each other: neighbours, and any two that carry one signal. */
#ifndef TON_RECORDING_LINE_PAIRS_H
#define TON_RECORDING_LINE_PAIRS_H

#include "line_judge.h"

struct line_pair_sum {
    int first, second; /* lines, first < second */
    bool neighbours;   /* by the input list; else next to each other in it, or alike */
    bool numbered;     /* no neighbours, but called alike with the next number */
    int windows, duplicates;
    struct ton_line_history *history; /* of neighbours, and of those with numbers */
    enum ton_polarity polarity;       /* of all windows together, as are the next two */
    double confidence, delay_frames;  /* NaN: undecided */
    double gain_db, residual_db;      /* of the last window with a duplicate */
    double crosstalk_db[2];           /* the largest that was sure; NaN: none */
};

struct line_pairs {
    struct line_pair_sum *items;
    size_t n, capacity;
    struct ton_arena *arena;
};

/* Neighbours and lines next to each other in the list. Without memory the arena says so. */
void line_pairs_make(struct line_pairs *pairs, struct ton_arena *arena,
                     const struct ton_input *inputs, int n);

/* A window of all lines. */
enum ton_code line_pairs_add(struct line_pairs *pairs, const float *const *in, int n,
                             int64_t frames, const struct ton_line_config *config,
                             struct ton_err *err);

/* Says what was found, of each pair at its second line; `remarks` and `sums` are of all lines. */
void line_pairs_judge(const struct line_pairs *pairs, struct line_remarks *remarks,
                      const struct ton_input *inputs, const struct line_sum *sums, double rate);

/* The other side of line `i`; false: it is none of a stereo pair. */
bool line_pairs_other(struct line_other *out, const struct line_pairs *pairs,
                      const struct ton_input *inputs, const struct line_sum *sums, int i);

/* The list says of none that it is another one's neighbour, and nothing was heard of any two. */
bool line_pairs_none(const struct line_pairs *pairs, const struct ton_input *inputs, int n);

#endif
