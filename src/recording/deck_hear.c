/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of inputs that are heard: each armed track's into the mix, switched at the
 * very frame at which what is recorded begins and ends. */
#include "deck_monitor.h"

/* Where in the block what is recorded begins or ends next, behind `at`; the roll's end otherwise.
 */
TON_RT static int next_change(const struct ton_roll *roll, int at, int64_t from, int64_t to) {
    const int64_t place = roll->place + at - roll->at;
    int64_t frames = roll->at + roll->frames - at;
    if (roll->rolling == TON_ROLLING_PLAYS && from > place && from - place < frames)
        frames = from - place;
    if (roll->rolling == TON_ROLLING_PLAYS && to > place && to - place < frames)
        frames = to - place;
    return at + (int)frames;
}

TON_RT static void hear_one(struct deck_monitor *m, const struct ton_device_block *block, int at,
                            int frames, bool hears) {
    struct ton_monitor *monitor = atomic_load(&m->monitor);
    if (!monitor)
        return;
    const float *in[2] = {block->in[m->inputs[0]] + at, block->in[m->inputs[1]] + at};
    ton_monitor_process(monitor, in, (float *[2]){block->out[0] + at, block->out[1] + at}, frames,
                        hears);
}

void deck_hear(struct deck_monitors *ms, const struct ton_device_block *block,
               const struct ton_roll *rolls, int n) {
    const int64_t from = atomic_load(&ms->from), to = atomic_load(&ms->to);
    const enum ton_monitor_mode mode = (enum ton_monitor_mode)atomic_load(&ms->mode);
    for (int r = 0; r < n; r++) {
        const struct ton_roll *roll = &rolls[r];
        for (int at = roll->at, next; at < roll->at + roll->frames; at = next) {
            const int64_t place = roll->place + at - roll->at;
            const bool records = place >= from && place < to;
            next = next_change(roll, at, from, to);
            for (int i = 0; i < ms->n; i++)
                hear_one(&ms->items[i], block, at, next - at,
                         ton_monitor_hears(mode, roll->rolling, records));
        }
    }
}
