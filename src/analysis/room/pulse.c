/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where sound arrives in an impulse response. */
#include "pulse.h"

#include "ton/order.h"

#include <math.h>

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

/* Around `at` under a Hann window of 2 ms: half of 500 Hz comes through, and little of what is
 * above 1 kHz. */
static double low_passed(const float *x, int n, int at, double rate) {
    const int reach = (int)(0.001 * rate);
    double sum = 0.0;
    for (int k = -reach; k <= reach; k++)
        if (at + k >= 0 && at + k < n)
            sum += x[at + k] * (0.5 + 0.5 * cos(M_PI * k / reach));
    return sum;
}

bool pulse_inverted(const float *x, int n, double rate, int direct) {
    const int from = direct - (int)(0.001 * rate), to = direct + (int)(0.002 * rate);
    double most = 0.0, before = 0.0, now = 0.0;
    for (int at = from; at <= to; at++)
        most = fmax(most, fabs(low_passed(x, n, at, rate)));
    for (int at = from; at <= to && !(fabs(now) >= 0.5 * most && fabs(now) < fabs(before)); at++) {
        before = now;
        now = low_passed(x, n, at, rate);
    }
    return before < 0.0;
}
