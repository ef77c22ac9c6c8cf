/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MIX_METER_H
#define TON_MIX_METER_H

#include "ton/err.h"
#include "ton/rt.h"

#include <stdint.h>

/* How loud the mix is that is heard. The audio thread only copies it; whoever reads measures. When
 * nobody has read for two seconds, blocks are left out and counted: the audio thread waits for
 * nobody. */
struct ton_mix_meter;

/* @thread main */
enum ton_code ton_mix_meter_create(struct ton_mix_meter **out, double rate, struct ton_err *err);
void ton_mix_meter_destroy(struct ton_mix_meter *m);

/* The next block of the mix, full scale 1.0. @thread audio */
TON_RT void ton_mix_meter_hear(struct ton_mix_meter *m, const float *const mix[2], int frames);

struct ton_mix_levels {
    float peak[2];    /* of the last 100 ms */
    float held[2];    /* since reset */
    int64_t overs[2]; /* runs of three and more samples at full scale, since reset */
    double momentary_lufs, short_term_lufs; /* the last 0.4 s, 3 s; -inf: silence */
    int64_t frames;                         /* measured */
    int64_t skipped;                        /* blocks that were left out */
};
/* Some ten times a second. One thread reads; it may be another one than main. Without memory (16
 * bytes per 100 ms) loudness stands still. */
void ton_mix_meter_read(struct ton_mix_meter *m, struct ton_mix_levels *out);
void ton_mix_meter_reset(struct ton_mix_meter *m); /* the reader's too */

#endif
