/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where sound arrives in an impulse response. */
#include "pulse.h"

#include "ton/order.h"

#include <math.h>

enum { REACH = 32, STEPS = 16 };

double pulse_value(const float *x, int n, double t) {
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

double pulse_peak(const float *x, int n, int at) {
    double best = at, most = fabs((double)x[at]);
    for (int i = -STEPS; i <= STEPS; i++) {
        const double t = at + (double)i / STEPS, value = fabs(pulse_value(x, n, t));
        if (value > most) {
            most = value;
            best = t;
        }
    }
    const double step = 1.0 / STEPS;
    return best + step * vertex(fabs(pulse_value(x, n, best - step)), most,
                                fabs(pulse_value(x, n, best + step)));
}

double pulse_energy(const float *x, int from, int to) {
    double sum = 0.0;
    for (int i = from; i < to; i++)
        sum += (double)x[i] * x[i];
    return sum;
}

int pulse_largest(const float *x, int from, int to) {
    int at = from;
    for (int i = from; i < to; i++)
        if (fabsf(x[i]) > fabsf(x[at]))
            at = i;
    return at;
}

/* The largest energy of `window` frames, or with `threshold` above 0 the first window that has as
 * much: where that window begins. */
static int energy_rises(double *largest, const float *x, int n, int window, double threshold) {
    double sum = 0.0;
    *largest = 0.0;
    for (int i = 0; i < n; i++) {
        sum += (double)x[i] * x[i];
        if (i >= window)
            sum -= (double)x[i - window] * x[i - window];
        *largest = fmax(*largest, sum);
        if (threshold > 0.0 && sum >= threshold)
            return (int)ton_most(0, i - window + 1);
    }
    return 0;
}

int pulse_direct(const float *x, int n, double rate, double highest_hz) {
    const double span_s = fmax(0.0007, highest_hz > 0.0 ? 1.5 / highest_hz : 0.0);
    const double within = 0.031622776601683794; /* -15 dB */
    const int window = (int)ton_most(2, (int)(0.00025 * rate));
    double most;
    (void)energy_rises(&most, x, n, window, 0.0);
    if (most <= 0.0)
        return 0;
    const int from = energy_rises(&most, x, n, window, within * most);
    return pulse_largest(x, from, (int)ton_least(n, from + window + (int)(span_s * rate)));
}
