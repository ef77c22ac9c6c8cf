/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LV2_SHIM_H
#define TON_LV2_SHIM_H

#include "unit.h"

#include "ton/smooth.h"

#include <lv2/atom/forge.h>
#include <lv2/atom/util.h>
#include <lv2/core/lv2.h>
#include <lv2/log/logger.h>
#include <lv2/state/state.h>
#include <lv2/worker/worker.h>
#include <stdatomic.h>

/* One instance of a plug-in in a host. All of it belongs to the audio thread but what is said to be
 * somebody else's. */
enum { SHIM_GRID = 32 }; /* frames; parameters move on a grid fixed to the activation */

/* What the host's numbers for URIs are; 0 without the feature. */
struct urids {
    LV2_URID atom_double, atom_float, atom_int, atom_long, atom_path, atom_string;
    LV2_URID patch_get, patch_property, patch_set, patch_value;
    LV2_URID time_beats_per_minute, time_position;
    LV2_URID files[PLUGIN_MOST_FILES];
};

/* What a unit is made for. */
struct request {
    float params[PLUGIN_MOST_PORTS];
    unit_files files;
};

struct shim {
    struct plugin plugin;
    struct port_range ranges[PLUGIN_MOST_PORTS];
    void *at[PLUGIN_MOST_PORTS]; /* where the host connected each port */
    double rate;
    int64_t position; /* frames since activation */

    float wanted[PLUGIN_MOST_PORTS]; /* parameters as the controls say */
    unit_files files;                /* as the host set them */
    bool unpublished, tells;         /* they are newer than `kept`; the host is to be told */
    float tempo, tempo_said;         /* in force; what the control said last */
    bool enabled, offline, listens;
    struct ton_glide wet;

    struct unit *unit; /* what is heard */
    struct unit *next; /* other fixed parameters: runs along unheard, then is faded to */
    int warm, fade;    /* frames until then; frames of the fade that are left */
    bool asked;        /* for the next one */
    uint32_t number;   /* of what was asked for last; an answer to another one is none */
    bool refused;      /* there was none for what `request` says */
    bool retiring;     /* the worker was asked to take `retired` away */

    const LV2_Worker_Schedule *schedule; /* NULL: the host has none */
    struct request request;              /* the worker copies it: whoever holds the flag */
    atomic_flag request_busy;
    _Atomic(struct unit *) made, retired; /* the worker's until it has answered */

    /* Names of files for whoever saves the state, which may be any thread: whoever holds the flag.
     */
    atomic_flag kept_busy;
    unit_files kept;

    struct urids urids;
    LV2_URID_Map *map; /* NULL: the host has none */
    LV2_Log_Logger log;
    LV2_Atom_Forge forge;
    const LV2_Atom_Event *event; /* the next one of this block; NULL after the last */

    float in[PLUGIN_CHANNELS][UNIT_BLOCK], key[PLUGIN_CHANNELS][UNIT_BLOCK];
    float out[PLUGIN_CHANNELS][UNIT_BLOCK], other[PLUGIN_CHANNELS][UNIT_BLOCK];
    float ramp[UNIT_BLOCK];
};

/* Waits until nobody holds the flag; whoever does copies a few kilobytes. Not for the audio thread.
 */
static inline void shim_hold(atomic_flag *flag) {
    while (atomic_flag_test_and_set(flag)) {
    }
}

/* controls.c: what the host's controls say, as parameters and switches. @thread audio; main at
 * activation */
TON_RT void controls_read(struct shim *s);
TON_RT void controls_report(struct shim *s); /* latency and meters */

/* events.c: what comes with a place in time. */
void events_map(struct shim *s);          /* @thread main */
TON_RT void events_begin(struct shim *s); /* of a block */
/* Takes in what comes until frame `done` of the block. Returns the frames until the next, at most
 * `most`. */
TON_RT int events_until(struct shim *s, uint32_t done, int most);
/* What is left in the block; and tells the host what it asked for. */
TON_RT void events_end(struct shim *s, uint32_t frames);

/* state.c: what is not a number. */
TON_RT void state_publish(struct shim *s); /* when `files` changed */
extern const LV2_State_Interface state_interface;

/* renew.c: from one unit to one of other fixed parameters. */
void renew_offline(struct shim *s); /* at once, when nobody waits for the sound */
TON_RT void renew_ask(
    struct shim *s); /* the worker, when there is need and nothing stands against it */
TON_RT void renew_run(struct shim *s, const float *const *key,
                      int frames);           /* the fade, into `out` */
TON_RT int renew_room(const struct shim *s); /* most frames of the next renew_run */
void renew_forget(struct shim *s);           /* @thread main */
/* A unit for what is wanted now; without one the host's log has the reason. @thread main */
struct unit *renew_make(struct shim *s);
extern const LV2_Worker_Interface renew_worker;

#endif
