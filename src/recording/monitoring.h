/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What monitor.c makes and monitor_process.c runs: a strip that is heard, and the one that it fades
 * over to.
 *
 * Main offers a strip; the audio thread takes it, fades over, and leaves the one before as spent,
 * which main frees the next time it comes. So nobody waits, and each is freed where it was made. */
#ifndef TON_RECORDING_MONITORING_H
#define TON_RECORDING_MONITORING_H

#include "ton/monitor.h"
#include "ton/smooth.h"

#include <stdatomic.h>

enum { MONITOR_PIECE = 1024 };
#define MONITOR_FADE_MS 5.0

/* Mono up to the first processor that needs two channels, as in a plan. */
struct heard_strip {
    struct ton_rack *first, *widened; /* `widened`: NULL when it stays as it came */
    int inputs, channels;             /* before the fader */
    int latency;
    float polarity;
    struct ton_pan gains;
};

struct ton_monitor {
    _Atomic(struct heard_strip *) offered; /* main to audio */
    _Atomic(struct heard_strip *) spent;   /* audio to main */
    atomic_bool muted;

    int inputs, latency; /* main's */

    /* The audio thread's. */
    struct heard_strip *now, *before;
    int wait; /* frames until `now` sounds */
    int fade_frames;
    struct ton_glide heard, over; /* 0 … 1: how loud, and how far from `before` to `now` */
    float sound[2][MONITOR_PIECE], sound_before[2][MONITOR_PIECE], gain[MONITOR_PIECE];
};

#endif
