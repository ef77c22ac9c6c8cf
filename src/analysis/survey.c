/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Smallest, largest, sum, sum of squares and products of a stretch, in eight lanes. */

#include "survey.h"

enum { LANES = 8 };

static double lanes_sum(const double lane[LANES]) {
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

struct survey survey(const float *x, int n) {
    double sum[LANES] = {0}, squares[LANES] = {0};
    float low[LANES], high[LANES];
    for (int l = 0; l < LANES; l++)
        low[l] = high[l] = n > 0 ? x[0] : 0.0f;
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++) {
            const float v = x[i + l];
            low[l] = v < low[l] ? v : low[l];
            high[l] = v > high[l] ? v : high[l];
            sum[l] += (double)v;
            squares[l] += (double)v * (double)v;
        }
    for (int l = 0; i < n; i++, l++) {
        const float v = x[i];
        low[l] = v < low[l] ? v : low[l];
        high[l] = v > high[l] ? v : high[l];
        sum[l] += (double)v;
        squares[l] += (double)v * (double)v;
    }
    for (int l = 1; l < LANES; l++) {
        low[0] = low[l] < low[0] ? low[l] : low[0];
        high[0] = high[l] > high[0] ? high[l] : high[0];
    }
    return (struct survey){low[0], high[0], lanes_sum(sum), lanes_sum(squares)};
}

double survey_product(const float *x, const float *y, int n) {
    double sum[LANES] = {0};
    int i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++)
            sum[l] += (double)x[i + l] * (double)y[i + l];
    for (int l = 0; i < n; i++, l++)
        sum[l] += (double)x[i] * (double)y[i];
    return lanes_sum(sum);
}
