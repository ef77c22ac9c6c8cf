/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of a deck that is in step with others. */
#include "sync.h"

#include <string.h>

TON_RT static void put(struct line *l, const float *in, int64_t frame, int frames) {
    for (int done = 0; done < frames; done += LINE_FRAMES) {
        const unsigned written = atomic_load_explicit(&l->written, memory_order_relaxed);
        if (written - atomic_load_explicit(&l->heard, memory_order_acquire) == LINE_PACKETS) {
            atomic_fetch_add(&l->dropped, 1);
            return;
        }
        struct packet *p = &l->packets[written % LINE_PACKETS];
        p->frame = frame + done;
        p->frames = frames - done < LINE_FRAMES ? frames - done : LINE_FRAMES;
        memcpy(p->in, in + done, sizeof(float) * (size_t)p->frames);
        atomic_store_explicit(&l->written, written + 1, memory_order_release);
    }
}

/* The server's transport rolls from the very block in which it says so, if it is where we are. */
TON_RT static bool rolls_along(struct sync_audio *s, const struct ton_device_block *block) {
    const int before = atomic_exchange(&s->shared, (int)block->rolling);
    atomic_store(&s->shared_frame, block->rolling_frame);
    atomic_store(&s->shared_at, block->frame);
    return s->follows_shared && block->rolling == TON_DEVICE_ROLLING &&
           before != TON_DEVICE_ROLLING && block->rolling_frame == atomic_load(&s->ready);
}

int sync_before(struct sync_audio *s, const struct ton_device_block *block) {
    int64_t at = atomic_load(&s->roll_at);
    if (s->line)
        put(s->line, block->in[s->ltc_input], block->frame, block->frames);
    if (rolls_along(s, block))
        return 0;
    if (at == NEVER || at >= block->frame + block->frames)
        return -1;
    atomic_compare_exchange_strong(&s->roll_at, &(long long){at}, NEVER);
    return at < block->frame ? -1 : (int)(at - block->frame); /* too late is never in step */
}

void sync_after(struct sync_audio *s, struct ton_device_block *block, const struct ton_roll *rolls,
                int n_rolls) {
    if (s->ltc_output >= 0)
        ton_ltc_send(&s->ltc, block->out[s->ltc_output], rolls, n_rolls);
    if (s->sends_clock)
        ton_midi_clock_send(&s->clock, block, rolls, n_rolls);
    if (s->sends_mtc)
        ton_mtc_send(&s->mtc, block, rolls, n_rolls);
}

bool sync_is_ready(const struct sync_audio *s, int64_t frame) {
    return !s->follows_shared || atomic_load(&s->ready) == frame;
}
