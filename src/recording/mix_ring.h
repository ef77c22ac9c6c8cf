/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ring between the thread that hears the mix and the one that measures it. */
#ifndef TON_RECORDING_MIX_RING_H
#define TON_RECORDING_MIX_RING_H

#include "meters.h"

#include "ton/mix_meter.h"

#include <stdatomic.h>

struct mix_ring {
    float *sides[2];
    int64_t size;
    _Alignas(64) atomic_llong written; /* frames; the audio thread's */
    atomic_llong skipped;              /* blocks */
    _Alignas(64) atomic_llong read;    /* frames; the reader's */
};

struct ton_mix_meter {
    struct mix_ring ring;
    /* The reader's. */
    struct ton_meter *meter;
    struct meters peaks;
    struct meter sides[2];
};

#endif
