/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LV2_SHIM_H
#define TON_LV2_SHIM_H

#include "unit.h"

#include "ton/smooth.h"

#include <lv2/core/lv2.h>
#include <lv2/worker/worker.h>
#include <stdatomic.h>

/* One instance of a plug-in in a host. All of it belongs to the audio thread but what is said to be
 * somebody else's. */
enum { SHIM_GRID = 32 }; /* frames; parameters move on a grid fixed to the activation */

struct shim {
    struct plugin plugin;
    struct port_range ranges[PLUGIN_MOST_PORTS];
    void *at[PLUGIN_MOST_PORTS]; /* where the host connected each port */
    double rate;
    int64_t position; /* frames since activation */

    float wanted[PLUGIN_MOST_PORTS]; /* parameters as the controls say */
    float tempo, tempo_said;         /* in force; what the control said last */
    bool enabled, offline, listens;
    struct ton_glide wet;

    struct unit *unit; /* what is heard */
    struct unit *next; /* other fixed parameters: runs along unheard, then is faded to */
    int warm, fade;    /* frames until then; frames of the fade that are left */
    bool asked;        /* for the next one */
    bool refused;      /* there was none for what `request` says */
    bool retiring;     /* the worker was asked to take `retired` away */

    /* The worker's between the asking and its answer. */
    const LV2_Worker_Schedule *schedule; /* NULL: the host has none */
    float request[PLUGIN_MOST_PORTS];
    _Atomic(struct unit *) made, retired;

    float in[PLUGIN_CHANNELS][UNIT_BLOCK], key[PLUGIN_CHANNELS][UNIT_BLOCK];
    float out[PLUGIN_CHANNELS][UNIT_BLOCK], other[PLUGIN_CHANNELS][UNIT_BLOCK];
    float ramp[UNIT_BLOCK];
};

/* controls.c: what the host's controls say, as parameters and switches. @thread audio; main at
 * activation */
TON_RT void controls_read(struct shim *s);
TON_RT void controls_report(struct shim *s); /* latency and meters */

/* renew.c: from one unit to one of other fixed parameters. */
void renew_offline(struct shim *s); /* at once, when nobody waits for the sound */
TON_RT void renew_ask(
    struct shim *s); /* the worker, when there is need and nothing stands against it */
TON_RT void renew_run(struct shim *s, const float *const *key,
                      int frames);           /* the fade, into `out` */
TON_RT int renew_room(const struct shim *s); /* most frames of the next renew_run */
void renew_forget(struct shim *s);           /* @thread main */
extern const LV2_Worker_Interface renew_worker;

#endif
