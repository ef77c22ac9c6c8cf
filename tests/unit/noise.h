/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_TEST_NOISE_H
#define TON_TEST_NOISE_H

#include <stdint.h>

/* A repeatable sample of white noise, RMS 1: a sum of four, nearly Gaussian. */
static inline double white_noise(uint64_t *seed) {
    double sum = 0.0;
    for (int i = 0; i < 4; i++) {
        *seed = *seed * 6364136223846793005U + 1442695040888963407U;
        sum += (double)(*seed >> 11) / 4503599627370496.0 - 1.0;
    }
    return sum * 0.8660254037844386;
}

#endif
