/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sums over a stretch of one or two channels, in lanes: value i belongs to lane i % 8, and the
 * lanes are added in a fixed order, so all variants give equal bits. */
#ifndef TON_ANALYSIS_SURVEY_H
#define TON_ANALYSIS_SURVEY_H

enum { SURVEY_LANES = 8 };

struct survey {
    float low, high; /* undefined when squares is not finite */
    double sum, squares;
};

/* The running lanes of a stretch. */
struct survey_lanes {
    float low[SURVEY_LANES], high[SURVEY_LANES];
    double sum[SURVEY_LANES], squares[SURVEY_LANES];
};

struct survey_kernels {
    struct survey (*survey)(const float *x, int n);
    double (*product)(const float *x, const float *y, int n); /* sum of x[i] y[i] */
};

extern const struct survey_kernels survey_plain, survey_avx2, survey_avx512;
const struct survey_kernels *survey_kernels(void);

/* What is common to all variants: the values that do not fill the lanes, and the end. */
struct survey survey_end(struct survey_lanes *lanes, const float *rest, int n);
double survey_product_end(double sum[SURVEY_LANES], const float *x, const float *y, int n);

#endif
