/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of one output to its sink: a bounded queue and the thread on which the sink is called, so
 * that an encoder works beside the mix. */
#ifndef TON_ENGINE_OUTLET_H
#define TON_ENGINE_OUTLET_H

#include "run.h"

#define OUTLET_FRAMES 8192
#define OUTLET_CHUNKS 4

struct outlet {
    struct run *run;
    struct ton_sink sink; /* write NULL: not wanted */
    struct ton_thread thread;
    float *ring[2];
    int channels;                  /* 2, but of a kept stream those that it has */
    int64_t skip;                  /* frames of the run before the first one that the sink gets */
    int64_t frames;                /* that the sink gets in all */
    int64_t pushed;                /* the worker's */
    int64_t spent;                 /* ns in the sink; the outlet's */
    atomic_llong published, taken; /* chunks; only the last one is not full */
};

enum ton_code outlets_start(struct run *run, const struct ton_sink *sinks, struct ton_err *err);
void outlets_finish(struct run *run); /* waits until each sink got everything, or the stop */

/* Takes a block in; waits while the queue is full. False when the render stops. @thread worker */
bool outlet_push(struct outlet *o, const float *const *in, int64_t position, int frames);

#endif
