/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain between what a deck plays and the loudspeakers: the correction of a room, say.
 *
 *     mix, inputs, click -+-> chain ---------------+-> the outputs of the mix
 *                         \-> as late as the chain /
 *
 * What goes past it is as late as what goes through it: bypassed while it plays, nothing moves in
 * time, and takes keep their places. */
#ifndef TON_RECORDING_MONITOR_CHAIN_H
#define TON_RECORDING_MONITOR_CHAIN_H

#include "ton/fixed_delay.h"
#include "ton/plan.h"
#include "ton/smooth.h"

#include <stdatomic.h>

enum { CHAIN_PIECE = 1024 };

struct monitor_chain {
    struct ton_rack *rack;
    int latency; /* frames */
    atomic_bool bypassed;
    _Atomic float over; /* the highest peak that the chain alone brought over full scale; 0: none */

    /* The audio thread's. */
    struct ton_fixed_delay past[2], click; /* `latency` long */
    struct ton_glide through;              /* 1: the chain is heard, 0: what goes past it */
    int fade_frames;
    float plain[2][CHAIN_PIECE], gain[CHAIN_PIECE];
    float kept[]; /* what the delays hold */
};

/* For two channels at `rate` Hz; `chain` must outlive it. Errors, at the item's place: TON_INPUT
 * for a plug-in, which would be waited for, and for files that cannot be used; TON_MEMORY.
 * @thread main */
enum ton_code monitor_chain_create(struct monitor_chain **out, const struct ton_chain *chain,
                                   double rate, struct ton_err *err);
void monitor_chain_destroy(struct monitor_chain *m); /* NULL is fine */

/* The highest peak since the last call that the chain alone brought over full scale, 0: none.
 * @thread main */
float monitor_chain_over(struct monitor_chain *m);

/* monitor_chain_process.c. In place; `click`: an output that the mix does not go to, delayed to be
 * heard with it, NULL: there is none. @thread audio */
TON_RT void monitor_chain_process(struct monitor_chain *m, float *const mix[2], float *click,
                                  int frames);

#endif
