/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the audio thread does during a system check: it looks at the clock, and records. */
#include "system.h"

TON_RT void watch_stamp(struct watch *w, int64_t frame, int64_t lost, int64_t ns) {
    if (w->n == 0) {
        w->first_frame = frame;
        w->first_ns = ns;
    }
    const int64_t since = frame - w->first_frame;
    const double late = (double)(ns - w->first_ns) * 1e-9 * w->rate - (double)since;
    const int64_t at = since * WATCH_A_SECOND / w->rate;
    if (at < 0 || at >= w->most)
        return;
    for (; w->n <= at; w->n++) /* of what was lost there is none */
        w->stretches[w->n].ns = -1;
    struct watch_stretch *stretch = &w->stretches[at];
    if (lost > 0) {
        w->run++;
        w->broken = at;
        stretch->ns = -1;
    }
    if (at != w->broken && (stretch->ns < 0 || late < stretch->late))
        *stretch = (struct watch_stretch){.frame = frame, .ns = ns, .late = late, .run = w->run};
}

TON_RT void watching_process(void *user, struct ton_device_block *block) {
    watch_stamp(user, block->frame, block->lost, ton_clock_ns());
}

TON_RT void loading_process(void *user, struct ton_device_block *block) {
    struct loading *l = user;
    watch_stamp(&l->watch, block->frame, block->lost, ton_clock_ns());
    if (l->recorder)
        ton_recorder_capture(l->recorder, block->in, block->frames, block->lost, NULL, 0);
}
