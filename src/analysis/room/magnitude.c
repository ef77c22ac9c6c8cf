/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Means of a spectrum over parts of an octave. */
#include "magnitude.h"

#include <math.h>

void magnitude_sum(struct magnitude *m, double *sums, const struct spectrum *s, double rate,
                   double power) {
    *m = (struct magnitude){.bin_hz = rate / s->n, .power = power, .n = s->n / 2 + 1, .sums = sums};
    sums[0] = 0.0;
    for (int k = 0; k < m->n; k++)
        sums[k + 1] = sums[k] + pow(spectrum_power(s, k), 0.5 * power);
}

/* The sum up to a place between bins; bin k reaches from k - 1/2 to k + 1/2. */
static double sum_to(const struct magnitude *m, double bin) {
    const double at = fmax(0.0, fmin(bin + 0.5, m->n));
    const int whole = (int)fmin(floor(at), m->n - 1);
    return m->sums[whole] + (at - whole) * (m->sums[whole + 1] - m->sums[whole]);
}

double magnitude_db(const struct magnitude *m, double hz, double octaves) {
    const double middle = hz / m->bin_hz, half = exp2(0.5 * octaves);
    const double low = fmin(middle / half, middle - 0.5), high = fmax(middle * half, middle + 0.5);
    const double mean = (sum_to(m, high) - sum_to(m, low)) / (high - low);
    return 20.0 / m->power * log10(fmax(mean, 1e-300));
}

int magnitude_points(double from, double to, int an_octave) {
    return (int)floor(log2(to / from) * an_octave + 1e-9) + 1;
}

double magnitude_point_hz(double from, int point, int an_octave) {
    return from * exp2((double)point / an_octave);
}
