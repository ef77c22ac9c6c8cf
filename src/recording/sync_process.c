/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of a deck that is in step with others. */
#include "sync.h"

#include "ton/order.h"

#include <string.h>

/* False: there is no room for a run more. */
TON_RT static bool begin_run(struct line *l, int64_t place, int64_t frame) {
    const unsigned begun = atomic_load_explicit(&l->begun, memory_order_relaxed);
    if (begun > 0 && frame == l->due)
        return true;
    if (begun - atomic_load_explicit(&l->run, memory_order_acquire) == LINE_RUNS)
        return false;
    l->runs[begun % LINE_RUNS] = (struct run){place, frame};
    atomic_store_explicit(&l->begun, begun + 1, memory_order_release);
    return true;
}

TON_RT static void put(struct line *l, const float *in, int64_t frame, int frames) {
    const int64_t written = atomic_load_explicit(&l->written, memory_order_relaxed);
    const int64_t heard = atomic_load_explicit(&l->heard, memory_order_acquire);
    if (written + frames - heard > LINE_FRAMES || !begin_run(l, written, frame)) {
        atomic_fetch_add(&l->dropped, frames);
        return;
    }
    const int64_t at = written % LINE_FRAMES;
    const size_t first = (size_t)ton_least(frames, LINE_FRAMES - at);
    memcpy(l->in + at, in, first * sizeof *in);
    memcpy(l->in, in + first, ((size_t)frames - first) * sizeof *in);
    l->due = frame + frames;
    atomic_store_explicit(&l->written, written + frames, memory_order_release);
}

/* What the device lost, the server's transport may not have counted. And a period that is late may
 * be told the place of the next, which then is told twice. */
TON_RT static void note_shared(struct sync_audio *s, const struct ton_device_block *block,
                               bool rolled) {
    const int64_t apart = block->rolling_frame - block->frame, behind = s->apart - apart;
    const bool rolls = block->rolling == TON_DEVICE_ROLLING;
    const bool leaps = behind < -block->frames || behind > block->lost + block->frames;
    s->slip = rolls && rolled && !leaps ? s->slip + behind : 0;
    s->apart = apart;
    atomic_store(&s->shared, sync_pack((struct shared){
                                 block->rolling, rolls ? apart + s->slip : block->rolling_frame}));
}

/* From frame `at` of the block on. False: the order was taken back. */
TON_RT static bool begin(struct sync_audio *s, int64_t order, int64_t at, int64_t place) {
    atomic_store(&s->rolled, place - at);
    if (!atomic_compare_exchange_strong(&s->roll_at, &(long long){order}, ROLLS))
        return false;
    atomic_store(&s->ready, NEVER);
    return true;
}

/* The server's transport rolls from the very block in which it says so, if it is where we are. */
TON_RT static bool rolls_along(struct sync_audio *s, const struct ton_device_block *block) {
    const bool rolled = sync_unpack(atomic_load(&s->shared)).rolling == TON_DEVICE_ROLLING;
    const bool rolls = s->follows_shared && block->rolling == TON_DEVICE_ROLLING && !rolled &&
                       block->rolling_frame == atomic_load(&s->ready) &&
                       begin(s, NEVER, block->frame, block->rolling_frame);
    note_shared(s, block, rolled);
    return rolls;
}

int sync_before(struct sync_audio *s, const struct ton_device_block *block) {
    if (s->line)
        put(s->line, block->in[s->ltc_input], block->frame, block->frames);
    if (rolls_along(s, block))
        return 0;
    const int64_t at = atomic_load(&s->roll_at), place = atomic_load(&s->ready);
    if (at == NEVER || at >= block->frame + block->frames) /* ROLLS too */
        return -1;
    if (at >= block->frame && place != NEVER)
        return begin(s, at, at, place) ? (int)(at - block->frame) : -1;
    atomic_compare_exchange_strong(&s->roll_at, &(long long){at}, NEVER);
    return -1; /* too late is never in step */
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
    return !s->follows_shared || (atomic_load(&s->ready) == frame && !atomic_load(&s->holds));
}
