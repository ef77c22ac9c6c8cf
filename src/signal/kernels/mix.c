/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adding, scaling and checking blocks of samples. */
#include "kernels.h"
#include "lanes.h"

/* Registers by hand: `out` may be `in`, which loops for the compiler are not vectorised for. */
void KERNEL(mix_gain)(float *out, const float *in, float gain, int frames) {
    int i = 0;
    for (; i + FLOATS <= frames; i += FLOATS)
        floats_to(out + i, floats_at(in + i) * gain);
    for (; i < frames; i++)
        out[i] = in[i] * gain;
}

void KERNEL(mix_product)(float *out, const float *a, const float *b, int frames) {
    int i = 0;
    for (; i + FLOATS <= frames; i += FLOATS)
        floats_to(out + i, floats_at(a + i) * floats_at(b + i));
    for (; i < frames; i++)
        out[i] = a[i] * b[i];
}

void KERNEL(mix_ramp)(float *out, const float *in, struct ton_ramp gain, int frames) {
    const float from = gain.from;
    const float step = (gain.to - gain.from) / (float)gain.length;
    const int first = gain.first;
    for (int i = 0; i < frames; i++)
        out[i] = in[i] * (from + step * (float)(first + i));
}

/* What a tap adds, `depth` gains one after the other. */
LANE floats heard(const float *in, const float *gains, int depth) {
    floats v = floats_at(in);
    for (int g = 0; g < depth; g++)
        v *= gains[g];
    return v;
}

/* UNROLL registers of both sides at once, so that the additions of one wait beside the others. */
enum { UNROLL = 4 };

LANE void add_tap(floats sum[2][UNROLL], const struct ton_tap *tap, int at, int depth, bool first) {
    for (int c = 0; c < 2; c++)
        for (int u = 0; u < UNROLL; u++) {
            const floats v = heard(tap->in[c] + at + u * FLOATS, tap->gains[c], depth);
            sum[c][u] = first ? v : sum[c][u] + v;
        }
}

LANE void add_any_tap(floats sum[2][UNROLL], const struct ton_tap *tap, int at, bool first) {
    switch (tap->depth) {
    case 0:
        add_tap(sum, tap, at, 0, first);
        break;
    case 1:
        add_tap(sum, tap, at, 1, first);
        break;
    case 2:
        add_tap(sum, tap, at, 2, first);
        break;
    default:
        add_tap(sum, tap, at, TON_TAP_GAINS, first);
        break;
    }
}

static float tap_at(const struct ton_tap *tap, int channel, int i) {
    float x = tap->in[channel][i];
    for (int g = 0; g < tap->depth; g++)
        x *= tap->gains[channel][g];
    return x;
}

void KERNEL(mix_taps)(float *const out[2], const struct ton_tap *taps, int n, int frames) {
    int at = 0;
    for (; at + UNROLL * FLOATS <= frames; at += UNROLL * FLOATS) {
        floats sum[2][UNROLL];
        add_any_tap(sum, &taps[0], at, true);
        for (int k = 1; k < n; k++)
            add_any_tap(sum, &taps[k], at, false);
        for (int c = 0; c < 2; c++)
            for (int u = 0; u < UNROLL; u++)
                floats_to(out[c] + at + u * FLOATS, sum[c][u]);
    }
    for (; at < frames; at++)
        for (int c = 0; c < 2; c++) {
            float sum = tap_at(&taps[0], c, at);
            for (int k = 1; k < n; k++)
                sum += tap_at(&taps[k], c, at);
            out[c][at] = sum;
        }
}

/* A float is NaN or infinite exactly when all bits of its exponent are set. */
enum { EXPONENT = 0x7f800000 };

static int32_t exponent_at(const float *samples, int i) {
    int32_t bits;
    memcpy(&bits, samples + i, sizeof bits);
    return bits & EXPONENT;
}

int KERNEL(mix_repair)(float *samples, int *first, int frames) {
    int32_t largest = 0;
    for (int i = 0; i < frames; i++) {
        const int32_t exponent = exponent_at(samples, i);
        largest = exponent > largest ? exponent : largest;
    }
    if (largest != EXPONENT)
        return 0;
    int bad = 0;
    for (int i = frames - 1; i >= 0; i--) {
        if (exponent_at(samples, i) != EXPONENT)
            continue;
        samples[i] = 0.0F;
        *first = i;
        bad++;
    }
    return bad;
}
