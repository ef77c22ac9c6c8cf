/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A signal that tells of each sample which it is: 24 bits that name channel (of 64) and place (of
 * 2^17), and are never 0, which is silence. */
#ifndef TON_TEST_COUNTER_H
#define TON_TEST_COUNTER_H

#include <stdint.h>

enum { COUNTER_PLACES = 1 << 17 };

static inline float counter_at(int channel, int64_t place) {
    const int64_t number = (((place & (COUNTER_PLACES - 1)) << 6 | (channel & 63)) << 1) | 1;
    return (float)(number - (1 << 23)) / (float)(1 << 23);
}

/* The place; -1: silence, or none of this channel's. */
static inline int64_t counter_place(int channel, float sample) {
    const int64_t number = (int64_t)((double)sample * (1 << 23)) + (1 << 23);
    const int64_t place = number >> 7;
    return sample != 0 && counter_at(channel, place) == sample ? place : -1;
}

#endif
