/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums over a stretch of one or two channels, in lanes: value i belongs to lane i % 8, and the
 * lanes are added in a fixed order, so all variants give equal bits. */
#ifndef TON_ANALYSIS_SURVEY_H
#define TON_ANALYSIS_SURVEY_H

struct survey {
    float low, high; /* undefined when squares is not finite */
    double sum, squares;
};

struct survey survey(const float *x, int n);

/* Sum of x[i] y[i]. */
double survey_product(const float *x, const float *y, int n);

#endif
