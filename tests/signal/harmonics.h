/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of a spectrum that whole periods fit into: harmonics, and what is none. */
#ifndef TON_TEST_SIGNAL_HARMONICS_H
#define TON_TEST_SIGNAL_HARMONICS_H

#include <math.h>

/* Amplitude of the line with `cycles` periods in the n frames; 0: the mean. */
static inline double line_amplitude(const float *x, int n, int64_t cycles) {
    double re = 0, im = 0;
    for (int i = 0; i < n; i++) {
        const double phase = 2 * M_PI * (double)(cycles * i % n) / n;
        re += (double)x[i] * cos(phase);
        im += (double)x[i] * sin(phase);
    }
    return (cycles == 0 ? 1 : 2) * hypot(re, im) / n;
}

static inline double line_db(const float *x, int n, int64_t cycles) {
    return 20 * log10(line_amplitude(x, n, cycles) + 1e-15);
}

/* All that is neither mean nor harmonic of the tone with `cycles` periods in the n frames, re its
 * fundamental. */
static inline double aliasing_db(const float *x, int n, int64_t cycles) {
    double all = 0, harmonics = 0;
    for (int i = 0; i < n; i++)
        all += (double)x[i] * (double)x[i] / n;
    for (int64_t k = 0; k <= n / 2; k += cycles) {
        const double a = line_amplitude(x, n, k);
        harmonics += k == 0 ? a * a : a * a / 2;
    }
    const double a = line_amplitude(x, n, cycles);
    return 10 * log10(fmax(all - harmonics, 0) / (a * a / 2) + 1e-18);
}

#endif
