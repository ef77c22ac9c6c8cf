/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rounding to integers, left-justified in 32 bits; returns how many samples were clipped. Nothing
 * is carried from one sample to the next. */
#include "dither_noise.h"
#include "kernels.h"

#include <math.h>

int64_t KERNEL(dither_none)(int32_t *restrict out, const float *restrict in, int n, int bits) {
    const double full = (double)((uint32_t)1 << (bits - 1)), most = full - 1.0, least = -full;
    const int shift = 32 - bits;
    int64_t clipped = 0;
    for (int i = 0; i < n; i++) {
        const double rounded = floor((double)in[i] * full + 0.5);
        clipped += rounded > most || rounded < least;
        out[i] = (int32_t)((uint32_t)dither_held(rounded, most, least) << shift);
    }
    return clipped;
}

/* Sample i gets the noise of `state` and i steps. */
int64_t KERNEL(dither_white)(int32_t *restrict out, const float *restrict in, int n, int bits,
                             uint64_t state) {
    const double full = (double)((uint32_t)1 << (bits - 1)), most = full - 1.0, least = -full;
    const int shift = 32 - bits;
    int64_t clipped = 0;
    for (int i = 0; i < n; i++) {
        const double noise = dither_noise(state + (uint64_t)i * DITHER_STEP);
        const double rounded = floor((double)in[i] * full + noise + 0.5);
        clipped += rounded > most || rounded < least;
        out[i] = (int32_t)((uint32_t)dither_held(rounded, most, least) << shift);
    }
    return clipped;
}
