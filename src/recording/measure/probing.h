/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a probe plays and hears: shared by the audio thread, which fills windows, and main, which
 * reads them. */
#ifndef TON_RECORDING_PROBING_H
#define TON_RECORDING_PROBING_H

#include "ton/device.h"

#include <stdatomic.h>

enum { PROBE_SLOTS = 2 };

struct probing {
    const float *const *play;
    int n_outputs, n_inputs, windows;
    int64_t play_frames, window_frames;
    float *slots[PROBE_SLOTS]; /* [input][window_frames] */
    atomic_bool begun;         /* everything is connected: it plays and hears from now on */
    _Atomic float *peaks;      /* [input], since main looked */
    atomic_llong whole;        /* windows that are whole: the audio thread's */
    atomic_llong released;     /* windows that may be written over: main's */
    atomic_llong lost;         /* frames, by the device */
    atomic_llong filled;       /* frames of the window that is not whole yet: the audio thread's */
    int64_t played;            /* frames, the audio thread's own */
};

ton_device_process probing_process;
bool probing_has_room(void *user);

#endif
