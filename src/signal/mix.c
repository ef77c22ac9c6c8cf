/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adding, scaling and checking blocks of samples. The loops are plain so that the compiler turns
 * them into vector code; nothing is carried from one sample to the next. */
#include "ton/mix.h"

#include <string.h>

void ton_mix_gain(float *out, const float *in, float gain, int frames) {
    if (gain == 1.0F) {
        if (out != in)
            memcpy(out, in, sizeof *out * (size_t)frames);
        return;
    }
    for (int i = 0; i < frames; i++)
        out[i] = in[i] * gain;
}

void ton_mix_ramp(float *out, const float *in, struct ton_ramp gain, int frames) {
    const float from = gain.from;
    const float step = (gain.to - gain.from) / (float)gain.length;
    const int first = gain.first;
    for (int i = 0; i < frames; i++)
        out[i] = in[i] * (from + step * (float)(first + i));
}

/* Sums of up to four more inputs in one pass over `out`: memory is read once for four additions. */
static void add_one(float *out, const float *a, int frames) {
    for (int i = 0; i < frames; i++)
        out[i] += a[i];
}

static void add_four(float *restrict out, const float *restrict a, const float *restrict b,
                     const float *restrict c, const float *restrict d, int frames) {
    for (int i = 0; i < frames; i++)
        out[i] = (((out[i] + a[i]) + b[i]) + c[i]) + d[i];
}

void ton_mix_sum(float *out, const float *const *in, int n_in, int frames) {
    if (out != in[0])
        memcpy(out, in[0], sizeof *out * (size_t)frames);
    int k = 1;
    for (; k + 4 <= n_in; k += 4)
        add_four(out, in[k], in[k + 1], in[k + 2], in[k + 3], frames);
    for (; k < n_in; k++)
        add_one(out, in[k], frames);
}

/* A float is NaN or infinite exactly when all bits of its exponent are set. */
static int is_bad(uint32_t bits) {
    return (bits & 0x7f800000U) == 0x7f800000U;
}

static uint32_t bits_at(const float *samples, int i) {
    uint32_t bits;
    memcpy(&bits, samples + i, sizeof bits);
    return bits;
}

int ton_mix_repair(float *samples, int *first, int frames) {
    uint32_t largest = 0;
    for (int i = 0; i < frames; i++) {
        const uint32_t exponent = bits_at(samples, i) & 0x7f800000U;
        largest = exponent > largest ? exponent : largest;
    }
    if (largest != 0x7f800000U)
        return 0;
    int bad = 0;
    for (int i = frames - 1; i >= 0; i--) {
        if (!is_bad(bits_at(samples, i)))
            continue;
        samples[i] = 0.0F;
        *first = i;
        bad++;
    }
    return bad;
}
