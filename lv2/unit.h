/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LV2_UNIT_H
#define TON_LV2_UNIT_H

#include "plugin.h"

#include "ton/fixed_delay.h"

/* A processor at work: its memory, the parameters it has now, and its input delayed as long as its
 * output is late, which is what is heard while it is switched off. Parameters that are fixed are
 * those it was created with; who wants others creates another unit. */
enum { UNIT_BLOCK = 512, UNIT_REPAIR = 8192, UNIT_MOST_PATH = 4096 };

struct ton_arena;

/* Files by their names, "" where none is named. */
typedef char unit_files[PLUGIN_MOST_FILES][UNIT_MOST_PATH];

struct unit {
    struct ton_arena *arena;
    const struct ton_processor *processor;
    struct ton_config config;
    float *params;
    const char *files[PLUGIN_MOST_FILES];
    void *state;
    int latency;
    struct ton_fixed_delay dry[PLUGIN_CHANNELS];
    float dried[PLUGIN_CHANNELS][UNIT_BLOCK];
    bool open;
    bool poisoned; /* a bad sample came out since the last reset */
};

/* Loads the files. @thread main, worker */
enum ton_code unit_create(struct unit **out, const struct plugin *plugin, double rate,
                          const float *params, unit_files files, struct ton_err *err);
void unit_destroy(struct unit *u); /* NULL is fine */

/* Same fixed parameters and files? @thread any */
TON_RT bool unit_fits(const struct unit *u, const struct plugin *plugin, const float *params,
                      unit_files files);

/* Takes over what may move. True when it had other values. @thread audio */
TON_RT bool unit_follow(struct unit *u, const struct plugin *plugin, const float *params);
/* Whether unit_follow would do something. */
TON_RT bool unit_differs(const struct unit *u, const struct plugin *plugin, const float *params);

/* At frames since activation that are multiples of UNIT_REPAIR: after a bad sample the processor
 * forgets what it heard. */
TON_RT void unit_repair(struct unit *u);

/* `frames` (at most UNIT_BLOCK) from in to out, which may not overlap. `wet[frame]`: how much is
 * the processor (1) and how much its input (0). */
TON_RT void unit_run(struct unit *u, float *const *out, const float *const *in,
                     const float *const *key, const float *wet, int frames);

#endif
