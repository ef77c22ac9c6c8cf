/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between the samples of a sound. */
#include "ton/between.h"

#include <math.h>

enum { REACH = TON_BETWEEN_REACH, STEPS = 16 };

double ton_between(const float *x, int n, double t) {
    const int middle = (int)floor(t);
    const double sine = sin(M_PI * (t - middle)) / M_PI; /* of all distances, but for the sign */
    double sum = 0.0;
    for (int i = middle - REACH + 1; i <= middle + REACH; i++) {
        const double d = t - i;
        const double sinc = d == 0.0 ? 1.0 : (middle - i) % 2 ? -sine / d : sine / d;
        if (i >= 0 && i < n && fabs(d) < REACH)
            sum += x[i] * sinc * (0.5 + 0.5 * cos(M_PI * d / REACH));
    }
    return sum;
}

/* Of a parabola through three equidistant values, how far its extreme lies from the middle one. */
static double vertex(double before, double middle, double after) {
    const double bend = before - 2.0 * middle + after;
    return bend == 0.0 ? 0.0 : fmax(-1.0, fmin(1.0, 0.5 * (before - after) / bend));
}

double ton_between_peak(const float *x, int n, int at) {
    double best = at, most = fabs((double)x[at]);
    for (int i = -STEPS; i <= STEPS; i++) {
        const double t = at + (double)i / STEPS, value = fabs(ton_between(x, n, t));
        if (value > most) {
            most = value;
            best = t;
        }
    }
    const double step = 1.0 / STEPS;
    return best + step * vertex(fabs(ton_between(x, n, best - step)), most,
                                fabs(ton_between(x, n, best + step)));
}
