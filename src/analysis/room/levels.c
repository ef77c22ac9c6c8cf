/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Means along a curve. */
#include "levels.h"

#include <math.h>

double levels_mean(const double *hz, const double *db, int n, double from_hz, double to_hz) {
    double sum = 0.0, count = 0.0;
    for (int i = 0; i < n; i++)
        if (hz[i] >= from_hz && hz[i] <= to_hz) {
            sum += db[i];
            count++;
        }
    return count > 0.0 ? sum / count : (double)NAN;
}

double levels_octave(const double *hz, const double *db, int n, int i) {
    double sum = 0.0, count = 0.0;
    for (int k = i; k >= 0 && hz[k] >= hz[i] * M_SQRT1_2; k--, count++)
        sum += db[k];
    for (int k = i + 1; k < n && hz[k] <= hz[i] * M_SQRT2; k++, count++)
        sum += db[k];
    return sum / count;
}
