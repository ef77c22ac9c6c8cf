/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a processor with a setting, written as in a session, on a signal. */
#ifndef TON_PICTURES_PROBE_H
#define TON_PICTURES_PROBE_H

#include "ton/processor.h"

enum { PROBE_RATE = 48000, PROBE_CHANNELS = 2, PROBE_BLOCK = 512, PROBE_MOST_PARAMS = 512 };

/* The parameters of "threshold: -24 dB, ratio: 4" (of a group `band 1.gain: 6 dB`); the rest have
 * their defaults. Ends the program with a sentence when it names what is not there. */
void probe_setting(float params[PROBE_MOST_PARAMS], const struct ton_processor *p,
                   const char *setting);

struct ton_config probe_config(void);

/* `out` gets what the first channel is after `in` on both;
 * `frames` of each. What the latency makes late is brought forward. A file that a
 * setting may name is a made-up room of half a second. */
void probe_run(float *out, const float *in, int frames, const struct ton_processor *p,
               const float *params);

/* What the meter of this label says after each block of `in`, frames / PROBE_BLOCK values. */
void probe_read(float *values, const float *in, int frames, const struct ton_processor *p,
                const float *params, const char *label);

#endif
