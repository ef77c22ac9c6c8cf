/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Smallest, largest, sum, sum of squares and products of a stretch, in eight lanes. */

#include "survey.h"

#include "ton/isa.h"

static double lanes_sum(const double lane[SURVEY_LANES]) {
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

static void take(struct survey_lanes *lanes, int l, float value) {
    const double v = (double)value;
    lanes->low[l] = value < lanes->low[l] ? value : lanes->low[l];
    lanes->high[l] = value > lanes->high[l] ? value : lanes->high[l];
    lanes->sum[l] += v;
    lanes->squares[l] += v * v;
}

struct survey survey_end(struct survey_lanes *lanes, const float *rest, int n) {
    for (int l = 0; l < n; l++)
        take(lanes, l, rest[l]);
    float low = lanes->low[0], high = lanes->high[0];
    for (int l = 1; l < SURVEY_LANES; l++) {
        low = lanes->low[l] < low ? lanes->low[l] : low;
        high = lanes->high[l] > high ? lanes->high[l] : high;
    }
    return (struct survey){low, high, lanes_sum(lanes->sum), lanes_sum(lanes->squares)};
}

double survey_product_end(double sum[SURVEY_LANES], const float *x, const float *y, int n) {
    for (int l = 0; l < n; l++)
        sum[l] += (double)x[l] * (double)y[l];
    return lanes_sum(sum);
}

static struct survey survey(const float *x, int n) {
    struct survey_lanes lanes = {0};
    int i = 0;
    for (int l = 0; l < SURVEY_LANES; l++)
        lanes.low[l] = lanes.high[l] = x[0];
    for (; i + SURVEY_LANES <= n; i += SURVEY_LANES)
        for (int l = 0; l < SURVEY_LANES; l++)
            take(&lanes, l, x[i + l]);
    return survey_end(&lanes, x + i, n - i);
}

static double product(const float *x, const float *y, int n) {
    double sum[SURVEY_LANES] = {0};
    int i = 0;
    for (; i + SURVEY_LANES <= n; i += SURVEY_LANES)
        for (int l = 0; l < SURVEY_LANES; l++)
            sum[l] += (double)x[i + l] * (double)y[i + l];
    return survey_product_end(sum, x + i, y + i, n - i);
}

const struct survey_kernels survey_plain = {survey, product};

const struct survey_kernels *survey_kernels(void) {
#if defined(__x86_64__)
    static const struct survey_kernels *const table[TON_N_ISAS] = {&survey_plain, &survey_avx2,
                                                                   &survey_avx512};
    return table[ton_isa()];
#else
    return &survey_plain;
#endif
}
