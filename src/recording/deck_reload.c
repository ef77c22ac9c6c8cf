/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session is read again while the callback runs: what it plays is exchanged, and let go of when
 * nobody is in it. */
#include "deck.h"

#include "ton/thread.h"

/* Has the callback let go of what it had? One that fails may still call: it is stopped. */
static bool is_let_go(struct ton_deck *d) {
    const long long seen = atomic_load(&d->audio.blocks);
    const int64_t start = ton_clock_ns();
    while (atomic_load(&d->audio.blocks) < seen + 2 && ton_clock_ns() - start < 1000000000) {
        if (ton_device_failure(d->device, NULL)) {
            ton_device_stop(d->device);
            return true;
        }
        ton_nap(1000000);
    }
    return atomic_load(&d->audio.blocks) >= seen + 2;
}

/* What a callback that stands still may still be in stays until it can be in nothing. */
static void let_go(struct ton_deck *d, struct ton_transport *transport, struct reading *reading) {
    struct deck_parked *parked =
        is_let_go(d) ? NULL : TON_PUSH(d->arena, d->parked, d->n_parked, d->parked_capacity);
    if (parked) {
        *parked = (struct deck_parked){transport, reading};
        return;
    }
    ton_transport_destroy(transport);
    if (reading != d->first)
        reading_destroy(reading);
}

static bool misses(const struct ton_session *s, const char *take) {
    for (int i = 0; i < s->n_takes; i++)
        if (s->takes[i].frames < 0 && ton_text_same(s->takes[i].name, take))
            return true;
    return false;
}

/* What went away since it was read before. */
static void warn_of_gone(struct ton_deck *d, const struct ton_session *before) {
    const struct ton_session *now = d->reading->session;
    for (int i = 0; i < now->n_takes; i++) {
        const struct ton_take *take = &now->takes[i];
        if (take->frames < 0 && !misses(before, take->name))
            deck_warn(d, "%s: the take `%s` is missing or cannot be read, so its clips are silent",
                      take->where, take->name);
    }
}

enum ton_code deck_reload(struct ton_deck *d, struct ton_err *err) {
    struct reading *before = d->reading;
    struct ton_transport *old = d->transport;
    enum ton_code code =
        reading_create(&d->reading, d->config.session, d->config.records, NULL, err);
    d->transport = NULL;
    d->last_pass = false;
    if (!code)
        code = deck_make_transport(d, err);
    if (code) { /* what played before plays on */
        ton_transport_destroy(d->transport);
        reading_destroy(d->reading);
        d->transport = old;
        d->reading = before;
        return code;
    }
    d->warned_failure = false;
    warn_of_gone(d, before->session);
    atomic_store(&d->audio.transport, d->transport);
    let_go(d, old, before);
    deck_monitor_reload(d);
    return code;
}
