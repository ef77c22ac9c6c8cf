/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DITHER_FILTERS_H
#define TON_DITHER_FILTERS_H

#define DITHER_ORDER 12

/* 1 + sum c[k] z^-(k+1): what the quantiser does to its own noise. */
struct dither_filter {
    double rate;
    double c[DITHER_ORDER];
};

#define N_DITHER_FILTERS 4
extern const struct dither_filter dither_filters[N_DITHER_FILTERS];

int dither_filter_for(double rate); /* -1: none for this rate */

#endif
