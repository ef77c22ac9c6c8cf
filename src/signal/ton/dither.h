/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DITHER_H
#define TON_DITHER_H

#include <stdint.h>

enum ton_dither {
    TON_DITHER_AUTO = 0, /* TPDF */
    TON_DITHER_NONE,
    TON_DITHER_TPDF,   /* triangular, 2 LSB peak to peak, white */
    TON_DITHER_SHAPED, /* TPDF with noise shaping towards where the ear is deaf (44.1, 48, 88.2, 96
                          kHz) */
};

/* Float to integer of one channel. Give each channel its own, with its own seed.
 * @thread any, but one quantiser belongs to one thread at a time; no allocation */
struct ton_quantiser {
    enum ton_dither dither;
    int bits;    /* 8 … 32; dither makes sense up to 24 */
    int shaping; /* which noise filter, chosen by rate */
    uint64_t random;
    double error[16];
    int position;
    int64_t clipped;
};

void ton_quantiser_init(struct ton_quantiser *q, enum ton_dither dither, int bits, double rate,
                        uint64_t seed);

/* `out` is left-justified in 32 bits (what libsndfile takes as int). Clips at full scale and counts
 * it. Digital silence in, when longer than the shaping memory, still gets dither: a fade must not
 * end in a truncation. */
void ton_quantiser_process(struct ton_quantiser *q, int32_t *out, const float *in, int frames);

#endif
