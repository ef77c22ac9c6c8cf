/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_LOOK_AHEAD_H
#define TON_PROCESSORS_LOOK_AHEAD_H

#include "ton/carve.h"
#include "ton/fixed_delay.h"
#include "ton/processor.h"

#include <math.h>

/* The last stage of every dynamics processor: the sound, late by the look-ahead, times a gain. */
enum { LOOK_AHEAD_BLOCK = 256 };

struct look_ahead {
    int channels;
    struct ton_fixed_delay delays[TON_MOST_CHANNELS];
    float line[LOOK_AHEAD_BLOCK];
};

static inline int look_ahead_frames(const struct ton_config *config, float ms) {
    return (int)lround((double)ms * config->rate / 1000);
}

/* `l` NULL: only counts. */
void look_ahead_lay_out(struct look_ahead *l, struct carver *c, int channels, int frames);
void look_ahead_clear(struct look_ahead *l);

/* io->out = io->in delayed, times gain[channel][frame], from frame `from` on; with one gain it is
 * that of all channels. At most LOOK_AHEAD_BLOCK frames. */
TON_RT void look_ahead_run(struct look_ahead *l, const struct ton_io *io, int from, int frames,
                           float (*gain)[LOOK_AHEAD_BLOCK], int n_gains);

#endif
