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
#include "kernels/dither_noise.h"
#include "kernels/kernels.h"

#include <math.h>

void ton_quantiser_init(struct ton_quantiser *q, enum ton_dither dither, int bits, double rate,
                        uint64_t seed) {
    if (dither == TON_DITHER_AUTO)
        dither = TON_DITHER_TPDF;
    const int filter = dither == TON_DITHER_SHAPED ? dither_filter_for(rate) : -1;
    if (dither == TON_DITHER_SHAPED && filter < 0)
        dither = TON_DITHER_TPDF;
    *q = (struct ton_quantiser){.dither = dither, .bits = bits, .shaping = filter, .random = seed};
    q->random += DITHER_STEP;
}

static void process_plain(struct ton_quantiser *q, int32_t *out, const float *in, int frames) {
    if (q->dither == TON_DITHER_TPDF) {
        q->clipped +=
            ton_kernels()->dither_white(out, in, frames, q->bits, q->random + DITHER_STEP);
        q->random += (uint64_t)frames * DITHER_STEP;
    } else {
        q->clipped += ton_kernels()->dither_none(out, in, frames, q->bits);
    }
}

/* The error fed back is that of the rounding alone: clipping would drive the filter far out of its
 * range and be heard long after. */
static void process_shaped(struct ton_quantiser *q, int32_t *restrict out, const float *restrict in,
                           int frames) {
    const double *restrict c = dither_filters[q->shaping].c;
    const double full = (double)((uint32_t)1 << (q->bits - 1));
    const int shift = 32 - q->bits;
    for (int i = 0; i < frames; i++) {
        double fed_back = 0.0;
        for (int k = 0; k < DITHER_ORDER; k++)
            fed_back += c[k] * q->error[(q->position - 1 - k) & 15];
        const double x = (double)in[i] * full;
        const double v = (isfinite(x) ? x : 0.0) + fed_back;
        q->random += DITHER_STEP;
        const double rounded = floor(v + dither_noise(q->random) + 0.5);
        q->error[q->position & 15] = rounded - v;
        q->position = (q->position + 1) & 15;
        const double wanted = isinf(x) ? x : rounded;
        q->clipped += wanted > full - 1.0 || wanted < -full;
        out[i] = (int32_t)((uint32_t)dither_held(wanted, full - 1.0, -full) << shift);
    }
}

void ton_quantiser_process(struct ton_quantiser *q, int32_t *out, const float *in, int frames) {
    if (q->dither == TON_DITHER_SHAPED)
        process_shaped(q, out, in, frames);
    else
        process_plain(q, out, in, frames);
}
