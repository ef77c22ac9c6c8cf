/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread of a clock without sound: it wakes each period as a sound card's does, and what it
 * sleeps through is lost as it would be there. */
#include "null.h"

#include <time.h>

static void sleep_until(int64_t ns) {
    const struct timespec t = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

/* Waits for a period's time, and returns how many before it are gone: whole ones. */
static int64_t wait_for(const struct null_device *n, int64_t start, int64_t period) {
    const double due = n->period_ns * (double)period;
    sleep_until(start + (int64_t)due);
    return (int64_t)(((double)(ton_clock_ns() - start) - due) / n->period_ns);
}

static void play(struct null_device *n, int64_t lost) {
    struct ton_device *d = n->device;
    for (int i = 0; i < d->n_inputs; i++)
        n->in[i] = n->silence;
    for (int i = 0; i < d->n_outputs; i++)
        n->out[i] = n->played[i];
    struct device_period period = {
        .frames = d->most_frames,
        .lost = lost * d->most_frames,
        .in = n->in,
        .out = n->out,
        .midi_out = n->sent,
        .rolling_frame = -1,
    };
    device_period(d, &period);
}

/* A thread that never sleeps must not go before others. */
static void ask_for_priority(struct null_device *n) {
    const struct sched_param wish = {.sched_priority = 70};
    atomic_store(&n->device->realtime, sched_setscheduler(0, SCHED_FIFO, &wish) == 0);
}

/* Nobody's time is kept here: what falls behind is waited for. */
static void wait_for_room(const struct null_device *n) {
    enum { NAP_NS = 1000000 };
    const struct ton_device *d = n->device;
    while (d->has_room && !d->has_room(d->user) && atomic_load(&n->wanted))
        ton_nap(NAP_NS);
}

void *null_run(void *user) {
    struct null_device *n = user;
    if (n->period_ns > 0)
        ask_for_priority(n);
    const int64_t start = ton_clock_ns();
    for (int64_t period = 0; atomic_load(&n->wanted); period++) {
        const int64_t lost = n->period_ns > 0 ? wait_for(n, start, period) : 0;
        if (n->period_ns <= 0)
            wait_for_room(n);
        period += lost;
        if (atomic_load(&n->wanted))
            play(n, lost);
    }
    return NULL;
}
