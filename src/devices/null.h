/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DEVICES_NULL_H
#define TON_DEVICES_NULL_H

#include "backends.h"
#include "ton/thread.h"

struct null_device {
    struct ton_device *device;
    double period_ns; /* on this machine's clock; 0: one period after the other */
    struct ton_thread thread;
    atomic_bool wanted;
    /* The audio thread's. */
    float *silence;   /* all inputs: most_frames */
    float **played;   /* [output][most_frames] */
    const float **in; /* as a period moves them along */
    float **out;
    struct ton_midi sent[DEVICE_MOST_MIDI];
};

/* null_process.c: the thread, until it is no longer wanted. */
void *null_run(void *null_device);

#endif
