/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Float to integer with triangular dither, white or shaped to where the ear is deaf.
 *
 * Triangular noise of 2 LSB peak to peak makes mean and variance of the error independent of the
 * signal; the total error is LSB^2/4 (Lipshitz, Wannamaker, Vanderkooy, "Quantization and Dither: A
 * Theoretical Survey", JAES 40(5), 1992). Shaping feeds past errors back: with v = x + sum c[k] *
 * e[n-k] and y = round(v + d), e = y - v, the output is x + e * (1 + sum c[k] z^-k). e stays white,
 * so the curve of the noise is the filter's. */
#include "ton/dither.h"

#include "dither_filters.h"

#include <stdbool.h>

/* splitmix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014):
 * passes BigCrush, one 64-bit state, every seed is good. */
static inline uint64_t random_next(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* The sum of two even distributions, -1 … +1 LSB; the +1 centres the two 32-bit grids on 0. */
static inline double triangular(uint64_t *state) {
    const uint64_t bits = random_next(state);
    const uint64_t sum = (bits >> 32) + (bits & 0xffffffffu) + 1;
    return (double)sum * 0x1p-32 - 1.0;
}

void ton_quantiser_init(struct ton_quantiser *q, enum ton_dither dither, int bits, double rate,
                        uint64_t seed) {
    if (dither == TON_DITHER_AUTO)
        dither = TON_DITHER_TPDF;
    const int filter = dither == TON_DITHER_SHAPED ? dither_filter_for(rate) : -1;
    if (dither == TON_DITHER_SHAPED && filter < 0)
        dither = TON_DITHER_TPDF;
    *q = (struct ton_quantiser){.dither = dither, .bits = bits, .shaping = filter, .random = seed};
    random_next(&q->random);
}

/* Clips to the range of `bits`; NaN has no integer and becomes silence. */
static inline int32_t limited(double rounded, double full, int64_t *clipped) {
    if (rounded > full - 1.0) {
        ++*clipped;
        return (int32_t)(full - 1.0);
    }
    if (rounded < -full) {
        ++*clipped;
        return (int32_t)-full;
    }
    return rounded == rounded ? (int32_t)rounded : 0;
}

static inline void process_plain(struct ton_quantiser *q, int32_t *restrict out,
                                 const float *restrict in, int frames) {
    const double full = (double)((uint32_t)1 << (q->bits - 1));
    const int shift = 32 - q->bits;
    const bool dithered = q->dither == TON_DITHER_TPDF;
    uint64_t random = q->random;
    int64_t clipped = 0;
    for (int i = 0; i < frames; i++) {
        const double d = dithered ? triangular(&random) : 0.0;
        const double rounded = floor((double)in[i] * full + d + 0.5);
        out[i] = (int32_t)((uint32_t)limited(rounded, full, &clipped) << shift);
    }
    q->random = random;
    q->clipped += clipped;
}

/* The error fed back is that of the rounding alone: clipping would drive the filter far out of its
 * range and be heard long after. */
static inline void process_shaped(struct ton_quantiser *q, int32_t *restrict out,
                                  const float *restrict in, int frames) {
    const double *restrict c = dither_filters[q->shaping].c;
    const double full = (double)((uint32_t)1 << (q->bits - 1));
    const int shift = 32 - q->bits;
    for (int i = 0; i < frames; i++) {
        double fed_back = 0.0;
        for (int k = 0; k < DITHER_ORDER; k++)
            fed_back += c[k] * q->error[(q->position - 1 - k) & 15];
        const double x = (double)in[i] * full;
        const double v = (isfinite(x) ? x : 0.0) + fed_back;
        const double rounded = floor(v + triangular(&q->random) + 0.5);
        q->error[q->position & 15] = rounded - v;
        q->position = (q->position + 1) & 15;
        const double wanted = isinf(x) ? x : rounded;
        out[i] = (int32_t)((uint32_t)limited(wanted, full, &q->clipped) << shift);
    }
}

void ton_quantiser_process(struct ton_quantiser *q, int32_t *out, const float *in, int frames) {
    if (q->dither == TON_DITHER_SHAPED)
        process_shaped(q, out, in, frames);
    else
        process_plain(q, out, in, frames);
}
