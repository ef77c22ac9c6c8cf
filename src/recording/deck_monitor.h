/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inputs of armed tracks, heard through their strips while a deck runs.
 *
 * As on a tape machine a track is heard once: where it is recorded, or its input is heard instead
 * of the take, its clips are silent. Who hears the input elsewhere (at the console, through the
 * interface) hears it alone too. */
#ifndef TON_RECORDING_DECK_MONITOR_H
#define TON_RECORDING_DECK_MONITOR_H

#include "ton/device.h"
#include "ton/monitor.h"

#include <stdatomic.h>

/* Of one armed track. */
struct deck_monitor {
    _Atomic(struct ton_monitor *) monitor; /* NULL: it is not heard */
    int inputs[2];                         /* of the device's; twice the same when there is one */
    /* Main's. */
    bool refused;                   /* its strip cannot be heard live; that was told */
    int64_t silent_from, silent_to; /* where its clips are silent; both 0: nowhere */
};

struct deck_monitors {
    struct deck_monitor *items;
    int n;
    atomic_int mode;
    atomic_llong from, to; /* places that are being recorded; both 0: none */
};

/* Adds what is to be heard to the mix of the block. @thread audio */
TON_RT void deck_hear(struct deck_monitors *ms, const struct ton_device_block *block,
                      const struct ton_roll *rolls, int n);

#endif
