/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of a measurement of latency. */
#include "latency_process.h"

void measuring_process(void *user, struct ton_device_block *block) {
    struct measuring *m = user;
    int64_t at = atomic_load_explicit(&m->done, memory_order_relaxed);
    if (at > 0)
        atomic_fetch_add(&m->lost, block->lost);
    for (int i = 0; i < block->frames && at < m->frames; i++, at++) {
        const int64_t past = at % m->every;
        m->heard[at] = block->in[0][i];
        block->out[0][i] = past < BURST_FRAMES && at / m->every < BURSTS ? m->burst[past] : 0;
    }
    atomic_store_explicit(&m->done, at, memory_order_release);
}
