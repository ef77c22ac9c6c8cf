/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DEVICES_JACK_CLOCK_H
#define TON_DEVICES_JACK_CLOCK_H

#include "ton/rt.h"

#include <stdbool.h>
#include <stdint.h>

/* A period as the server's clocks and the machine's say. */
struct jack_cycle {
    uint32_t first; /* frame, which the server counts */
    int frames;
    int64_t usecs, call; /* when it began, which the server smooths; when we were called */
};

/* What went before; `rate` is set, and `fresh` before each start. */
struct jack_clock {
    double rate;
    bool fresh; /* no period yet */
    struct jack_cycle last;
    int64_t told; /* frames lost that the server's clock will tell again, until then */
    int64_t told_until;
};

enum { JACK_RUN_AGAIN = -1 };

/* Frames between the period before and this one that nobody heard or played. JACK_RUN_AGAIN: it is
 * the period before once more. */
TON_RT int64_t jack_clock_lost(struct jack_clock *c, const struct jack_cycle *cycle);

#endif
