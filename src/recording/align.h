/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RECORDING_ALIGN_H
#define TON_RECORDING_ALIGN_H

#include "ton/arena.h"
#include "ton/rt.h"

#include <stdint.h>

/* Inputs that come in at different times (an interface beside another program, two interfaces) are
 * delayed to the one that takes longest, so that one latency holds for all that is recorded. */
struct align {
    int n_inputs, n_lines;
    const float **in; /* [n_inputs], of a block */
    struct align_line {
        int input, delay;
        int at;      /* in `kept`, of what comes out next */
        float *kept; /* [delay] */
        float *out;  /* of a block */
    } * lines;
};

/* In the arena, for blocks of up to `most_frames`; `delays` in frames, from 0. NULL: no memory.
 * @thread main */
struct align *align_create(struct ton_arena *arena, const int *delays, int n, int most_frames);

/* The inputs of a block, each as late as it has to be; `lost` frames before it are gone, and what
 * would have come out in them too. Valid until the next call. @thread audio */
TON_RT const float *const *align_process(struct align *a, const float *const *in, int frames,
                                         int64_t lost);

#endif
