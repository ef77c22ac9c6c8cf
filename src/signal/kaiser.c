/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Kaiser window, for filters that are designed where they are used. */
#include "kaiser.h"

#include <math.h>

/* Modified Bessel function of the first kind, order 0, by its power series. */
static double bessel_i0(double x) {
    double sum = 1, term = 1;
    for (int k = 1; term > 1e-17 * sum; k++) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

double ton_kaiser(double r, double beta) {
    return fabs(r) < 1 ? bessel_i0(beta * sqrt(1 - r * r)) / bessel_i0(beta) : 0;
}
