/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LV2_UNIT_H
#define TON_LV2_UNIT_H

#include "plugin.h"

#include "ton/fixed_delay.h"

/* A processor at work: its memory, the parameters it has now, and its input delayed as long as its
 * output is late, which is what is heard while it is switched off. Parameters that are fixed are
 * those it was created with; who wants others creates another unit. */
enum { UNIT_BLOCK = 512, UNIT_REPAIR = 8192 };

struct ton_arena;

struct unit {
    struct ton_arena *arena;
    const struct ton_processor *processor;
    struct ton_config config;
    float *params;
    void *state;
    int latency;
    struct ton_fixed_delay dry[PLUGIN_CHANNELS];
    float dried[PLUGIN_CHANNELS][UNIT_BLOCK];
    bool open;
    bool poisoned; /* a bad sample came out since the last reset */
};

/* NULL when there is no memory, or the processor cannot be opened. @thread main, worker */
struct unit *unit_create(const struct plugin *plugin, double rate, const float *params);
void unit_destroy(struct unit *u); /* NULL is fine */

/* Same fixed parameters? @thread any */
bool unit_fits(const struct unit *u, const struct plugin *plugin, const float *params);

/* Takes over what may move. True when it had other values. @thread audio */
TON_RT bool unit_follow(struct unit *u, const struct plugin *plugin, const float *params);
/* Whether unit_follow would do something. */
TON_RT bool unit_differs(const struct unit *u, const struct plugin *plugin, const float *params);

/* At frames since activation that are multiples of UNIT_REPAIR: after a bad sample the processor
 * begins anew. */
TON_RT void unit_repair(struct unit *u);

/* `frames` (at most UNIT_BLOCK) from in to out, which may not overlap. `wet[frame]`: how much is
 * the processor (1) and how much its input (0). */
TON_RT void unit_run(struct unit *u, float *const *out, const float *const *in,
                     const float *const *key, const float *wet, int frames);

#endif
