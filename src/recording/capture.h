/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RECORDING_CAPTURE_H
#define TON_RECORDING_CAPTURE_H

#include "ton/transport.h"

#include <stdatomic.h>
#include <stdint.h>

/* What the audio thread leaves for the writer: a ring of samples an input, and a ring of events.
 *
 * Two clocks: `stored` counts the frames that are in the rings, `c` those that went by, lost ones
 * included. They run alike but for EVENT_LOST. */

enum event_kind {
    EVENT_ROLL, /* from here on the timeline goes on at another place, or otherwise */
    EVENT_LOST  /* before this frame, `frames` are gone */
};

struct event {
    int64_t stored; /* of the frame that it comes before */
    enum event_kind kind;
    int64_t frames;           /* LOST */
    bool overrun;             /* LOST: the ring was full */
    enum ton_rolling rolling; /* ROLL, from `place` on */
    int64_t place;
};

enum { MOST_EVENTS = 4096 };

struct capture {
    int n_inputs;
    int64_t capacity; /* frames of an input's ring */
    float *samples;   /* [input][capacity] */
    struct event *events;
    bool locked; /* in memory */

    /* The audio thread's. */
    struct {
        _Alignas(64) int64_t stored, c;
        int64_t device, overrun;  /* lost, and not told yet */
        enum ton_rolling rolling; /* what the writer knows of the timeline: at `since` at `place` */
        int64_t since, place;
    } audio;

    /* Written by the audio thread. `reached` is c as the writer can know it, `passed` c itself. */
    _Alignas(64) atomic_llong stored, reached, passed, lost, overrun;
    atomic_uint n_events;

    /* Written by the writer: what lies before may be written over. */
    _Alignas(64) atomic_llong freed;
    atomic_uint n_read;
};

/* Every page of it is there. */
enum ton_code capture_create(struct capture *c, int n_inputs, int64_t frames, struct ton_err *err);
void capture_finish(struct capture *c);

/* Where an input's frame lies, and how many follow it without a break. */
const float *capture_at(const struct capture *c, int input, int64_t stored, int64_t *frames);

#endif
