/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all windows of one line say together. */
#ifndef TON_RECORDING_LINE_SUM_H
#define TON_RECORDING_LINE_SUM_H

#include "ton/line.h"

struct line_sum {
    struct ton_line line; /* of all windows together */
    int windows, humming; /* windows in all, and with hum */
    int slipping;         /* windows with slips at the distance that `line` has */
    double energy;        /* mean square of the signal times its seconds */
    double hum_quiet;     /* quiet seconds of the window that `line.hum` is of */
};

void line_sum_add(struct line_sum *sum, const struct ton_line *window);

/* Hum is steady: it is there when most of the windows have it. */
bool line_sum_hums(const struct line_sum *sum);
/* The figures that may be told: none of what was not heard, and no hum where it does not hum. */
struct ton_line line_sum_told(const struct line_sum *sum);

/* So does another clock: two windows have the same distance between slips. */
bool line_sum_slips(const struct line_sum *sum);

/* A single window has them, as chance would hardly make them. */
bool line_sum_may_slip(const struct line_sum *sum);

#endif
