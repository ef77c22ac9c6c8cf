/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every back-end does once a period, on the audio thread: hands it to `process` in blocks that
 * are no longer than promised, and measures how long that took. */
#include "backends.h"

#include "ton/thread.h"

static void count(atomic_llong *sum, long long n) {
    atomic_store_explicit(sum, atomic_load_explicit(sum, memory_order_relaxed) + n,
                          memory_order_relaxed);
}

static void measure(struct ton_device *d, const struct ton_device_block *block, int64_t spent_ns) {
    struct device_meter *m = &d->meter;
    const double sounding_ns = block->frames * 1e9 / d->rate;
    const double load = (double)spent_ns / sounding_ns;
    atomic_store_explicit(&m->frame, block->frame, memory_order_relaxed);
    count(&m->leaps, block->lost > 0);
    count(&m->lost, block->lost);
    count(&m->spent_ns, spent_ns);
    count(&m->sounding_ns, (long long)sounding_ns);
    count(&m->loads[load < 1 ? (int)(load * (DEVICE_LOADS - 1)) : DEVICE_LOADS - 1], 1);
    if (load > atomic_load_explicit(&m->worst_load, memory_order_relaxed))
        atomic_store_explicit(&m->worst_load, load, memory_order_relaxed);
    count(&m->blocks, 1);
}

static void run(struct ton_device *d, struct ton_device_block *block) {
    for (int i = 0; i < d->n_outputs; i++)
        memset(block->out[i], 0, sizeof(float) * (size_t)block->frames);
    const unsigned denormals = ton_denormals_off();
    ton_rt_enter();
    const int64_t before = ton_clock_ns();
    d->process(d->user, block);
    measure(d, block, ton_clock_ns() - before);
    ton_rt_leave();
    ton_denormals_restore(denormals);
}

/* The events of the period's next frames, from the block's first frame on. */
static void hand_over(struct ton_device_block *block, const struct device_period *p, int *heard,
                      int done) {
    block->midi_in = p->n_midi_in ? p->midi_in + *heard : NULL;
    block->n_midi_in = 0;
    while (*heard < p->n_midi_in && p->midi_in[*heard].at < done + block->frames) {
        p->midi_in[(*heard)++].at -= done;
        block->n_midi_in++;
    }
    block->midi_out = p->midi_out + p->n_midi_out;
    block->most_midi_out = DEVICE_MOST_MIDI - p->n_midi_out;
    block->n_midi_out = 0;
}

static void move_along(struct ton_device *d, struct device_period *p,
                       const struct ton_device_block *block, int done) {
    for (int i = 0; i < block->n_midi_out; i++)
        p->midi_out[p->n_midi_out++].at += done;
    for (int i = 0; i < d->n_inputs; i++)
        p->in[i] += block->frames;
    for (int i = 0; i < d->n_outputs; i++)
        p->out[i] += block->frames;
}

TON_RT void device_period(struct ton_device *d, struct device_period *p) {
    int heard = 0;
    p->n_midi_out = 0;
    d->next_frame += p->lost;
    for (int done = 0; done < p->frames;) {
        const int left = p->frames - done;
        const bool moves = p->rolling == TON_DEVICE_ROLLING;
        struct ton_device_block block = {
            .frame = d->next_frame,
            .lost = done ? 0 : p->lost,
            .frames = left < d->most_frames ? left : d->most_frames,
            .in = p->in,
            .out = p->out,
            .rolling = p->rolling,
            .rolling_frame = p->rolling_frame + (moves ? done : 0),
        };
        hand_over(&block, p, &heard, done);
        run(d, &block);
        move_along(d, p, &block, done);
        d->next_frame += block.frames;
        done += block.frames;
    }
}
