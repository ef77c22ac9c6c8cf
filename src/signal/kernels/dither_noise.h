/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SIGNAL_DITHER_NOISE_H
#define TON_SIGNAL_DITHER_NOISE_H

#include <stdint.h>
#include <string.h>

/* splitmix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014):
 * passes BigCrush, every seed is good, and its state is a counter, so that values can be made side
 * by side. */
#define DITHER_STEP UINT64_C(0x9e3779b97f4a7c15)

/* Triangular noise, -1 … +1 LSB: the sum of two even distributions of 32 bits, and 1 that centres
 * it on 0. The sum is made a double by standing at the low end of the significand of 2^52. */
static inline __attribute__((always_inline)) double dither_noise(uint64_t state) {
    uint64_t z = state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    const uint64_t sum = (z >> 32) + (z & 0xffffffffu) + 1, raised = sum | 0x4330000000000000u;
    double above;
    memcpy(&above, &raised, sizeof above);
    return (above - 0x1p52) * 0x1p-32 - 1.0;
}

/* Clips to the range; NaN has no integer and becomes silence. */
static inline __attribute__((always_inline)) int32_t dither_held(double rounded, double most,
                                                                 double least) {
    const double high = rounded > most ? most : rounded;
    const double held = high >= least ? high : high < least ? least : 0.0;
    return (int32_t)held;
}

#endif
