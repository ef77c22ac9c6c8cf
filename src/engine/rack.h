/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chain over a stream: what rack.c makes and rack_run.c runs. */
#ifndef TON_ENGINE_RACK_H
#define TON_ENGINE_RACK_H

#include "graph.h"
#include "run.h"

struct rack_unit {
    const struct ton_processor *processor;
    void *state;
    bool opened;
    int starts;    /* position at which it begins */
    int reduction; /* which of its meters is the gain reduction; -1 */
};

struct ton_rack {
    struct ton_arena *arena;
    struct rack_unit *units;
    int n_units;
    int channels, max_frames, latency;
    int64_t position;    /* frames since the start or the reset */
    int64_t poisoned_at; /* of the first bad sample since the last repair */
    double reduction;    /* deepest one that a processor ended a piece of the last block with, dB */
};

#endif
