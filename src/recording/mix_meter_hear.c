/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of the meter of the mix. */
#include "mix_ring.h"

#include <string.h>

void ton_mix_meter_hear(struct ton_mix_meter *m, const float *const mix[2], int frames) {
    struct mix_ring *ring = &m->ring;
    const int64_t written = atomic_load_explicit(&ring->written, memory_order_relaxed);
    const int64_t read = atomic_load_explicit(&ring->read, memory_order_acquire);
    if (written + frames - read > ring->size) {
        atomic_fetch_add_explicit(&ring->skipped, 1, memory_order_relaxed);
        return;
    }
    for (int done = 0, n; done < frames; done += n) {
        const int64_t at = (written + done) % ring->size, left = ring->size - at;
        n = frames - done < left ? frames - done : (int)left;
        for (int c = 0; c < 2; c++)
            memcpy(ring->sides[c] + at, mix[c] + done, sizeof(float) * (size_t)n);
    }
    atomic_store_explicit(&ring->written, written + frames, memory_order_release);
}
