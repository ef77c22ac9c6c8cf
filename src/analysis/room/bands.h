/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_BANDS_H
#define TON_ROOM_BANDS_H

#include "ton/biquad.h"

enum { BAND_MOST_SECTIONS = 6 };

struct band_filter {
    double hz, width_hz; /* exact mid-band; between the edges */
    int n;
    struct ton_biquad sections[BAND_MOST_SECTIONS];
};

/* The band of 1/`fraction` octave `steps` of them above 1 kHz (base ten: IEC 61260-1). False when
 * it is not wholly below 0.45 of the rate. */
bool band_filter_make(struct band_filter *f, int fraction, int steps, double rate);

/* Backwards in time: out[i] hears in[i] and what comes after it. `out` may be `in`. */
void band_filter_back(const struct band_filter *f, float *out, const float *in, int n);

/* Nominal frequencies as on a sound level meter. */
extern const double band_octaves[], band_thirds[];

#endif
