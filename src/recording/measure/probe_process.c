/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of a probe. */
#include "probing.h"

#include <math.h>
#include <string.h>

static void play(struct probing *p, const struct ton_device_block *block) {
    const int64_t left = p->play_frames - p->played;
    const int n = left < block->frames ? (int)(left > 0 ? left : 0) : block->frames;
    for (int i = 0; i < p->n_outputs && p->play && n > 0; i++)
        memcpy(block->out[i], p->play[i] + p->played, sizeof(float) * (size_t)n);
    p->played += block->frames;
}

/* As much of the block as finds room in this window. */
static int hear(struct probing *p, const struct ton_device_block *block, int from) {
    const int64_t whole = atomic_load_explicit(&p->whole, memory_order_relaxed);
    const int64_t at = atomic_load_explicit(&p->filled, memory_order_relaxed);
    const int slot = (int)(whole % PROBE_SLOTS);
    const int64_t room = p->window_frames - at;
    const int n = room < block->frames - from ? (int)room : block->frames - from;
    for (int i = 0; i < p->n_inputs; i++)
        memcpy(p->slots[slot] + (int64_t)i * p->window_frames + at, block->in[i] + from,
               sizeof(float) * (size_t)n);
    const bool full = at + n == p->window_frames;
    atomic_store_explicit(&p->filled, full ? 0 : at + n, memory_order_relaxed);
    if (full)
        atomic_store_explicit(&p->whole, whole + 1, memory_order_release);
    return n;
}

/* Main may look in between: then a peak is told twice. */
static void keep_peaks(struct probing *p, const struct ton_device_block *block) {
    for (int i = 0; i < p->n_inputs; i++) {
        float peak = atomic_load_explicit(&p->peaks[i], memory_order_relaxed);
        for (int at = 0; at < block->frames; at++)
            peak = fmaxf(peak, fabsf(block->in[i][at]));
        atomic_store_explicit(&p->peaks[i], peak, memory_order_relaxed);
    }
}

bool probing_has_room(void *user) {
    struct probing *p = user;
    const int64_t whole = atomic_load_explicit(&p->whole, memory_order_relaxed);
    return whole - atomic_load_explicit(&p->released, memory_order_acquire) < PROBE_SLOTS &&
           (p->windows == 0 || whole < p->windows);
}

/* A window has no seam: where something was lost it begins again. */
void probing_process(void *user, struct ton_device_block *block) {
    struct probing *p = user;
    if (!atomic_load_explicit(&p->begun, memory_order_acquire))
        return;
    if (block->lost && p->played > 0) {
        atomic_fetch_add_explicit(&p->lost, block->lost, memory_order_relaxed);
        atomic_store_explicit(&p->filled, 0, memory_order_relaxed);
    }
    play(p, block);
    keep_peaks(p, block);
    for (int at = 0; at < block->frames && probing_has_room(p);)
        at += hear(p, block, at);
}
