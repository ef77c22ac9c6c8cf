/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a measurement of latency plays and hears. */
#ifndef TON_RECORDING_LATENCY_PROCESS_H
#define TON_RECORDING_LATENCY_PROCESS_H

#include "ton/device.h"

#include <stdatomic.h>

enum { BURSTS = 4, BURST_FRAMES = 2048 };

struct measuring {
    float burst[BURST_FRAMES];
    float *heard;            /* what came in, from the first frame on */
    int64_t frames, every;   /* how long it listens; a burst begins at each multiple of `every` */
    atomic_llong done, lost; /* frames */
};

ton_device_process measuring_process;

#endif
