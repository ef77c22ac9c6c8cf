/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a frame of LTC whose bits are known begins and ends, to a part of a sample. */
#ifndef TON_RECORDING_LTC_PLACE_H
#define TON_RECORDING_LTC_PLACE_H

#include "ton/ltc.h"

#include <stddef.h>

/* What was heard last, by device frame. */
struct ltc_past {
    float *x;
    int64_t size; /* a power of two */
    int64_t end;  /* device frame behind the newest */
};
bool ltc_past_init(struct ltc_past *past, int frames); /* at least so many; false: no memory */
void ltc_past_finish(struct ltc_past *past);
/* Silence where `frame` leaps. */
void ltc_past_add(struct ltc_past *past, const float *in, int frames, int64_t frame);

struct ltc_place {
    double start, end; /* device frames, in the order in which they are heard */
};
/* `guess` may be off by a bit and more. Played backwards the last bit comes first. False: what
 * stands there has not these bits. */
bool ltc_place_find(struct ltc_place *out, const struct ltc_past *past,
                    const bool bits[TON_LTC_BITS], bool backwards, struct ltc_place guess);

#endif
