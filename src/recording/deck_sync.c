/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A deck that others lead: when it has to be where, and when it rolls. */
#include "deck.h"

#include <math.h>
#include <stdlib.h>

/* As in chase.c. */
#define MOST_AHEAD_S 10.0
#define LEAST_S 0.02

/* From here on the callback begins to roll by itself. */
static enum ton_code stand_ready(struct ton_deck *d, int64_t place, struct ton_err *err) {
    atomic_store(&d->sync.audio.ready, NEVER);
    enum ton_code code = ton_transport_locate(d->transport, place, err);
    if (!code)
        atomic_store(&d->sync.audio.ready, place);
    d->from = place;
    return code;
}

/* What records begins now: what comes before it rolls is kept, and has no place. */
static enum ton_code follow_roll(struct ton_deck *d, struct ton_err *err) {
    if (d->rolling)
        return TON_OK;
    d->rolling = true;
    d->rolled_from = d->from;
    deck_add_event(d, TON_DECK_ROLLS)->at = d->from;
    return d->config.records && d->waits && !d->recording ? deck_press(d, err) : TON_OK;
}

static enum ton_code chase(struct ton_deck *d, struct ton_err *err) {
    struct sync *s = &d->sync;
    struct ton_ltc_status ltc;
    struct ton_device_status device;
    struct ton_transport_status transport;
    char text[160];
    ton_ltc_reader_status(s->reader, &ltc);
    ton_device_status(d->device, &device);
    ton_transport_status(d->transport, &transport);
    if (!s->warned && ton_ltc_reader_differs(s->reader, text, sizeof text)) {
        s->warned = true;
        deck_warn(d, "%s", text);
    }
    s->chase.latency = (int)d->latency - d->ltc_sooner;
    /* What rolls goes by the device's clock, whatever was lost or late. */
    const struct ton_chase_action action = ton_chase_step(
        &s->chase, &ltc, device.frame, transport.rolling ? TON_CHASE_UNKNOWN : TON_CHASE_STANDS);
    enum ton_code code = TON_OK;
    if (action.what == TON_CHASE_STOP || action.what == TON_CHASE_LOCATE)
        code = deck_halt(d, err);
    if (!code && action.what == TON_CHASE_LOCATE)
        code = stand_ready(d, action.place, err);
    if (!code && action.what == TON_CHASE_ROLL) {
        atomic_store(&s->audio.roll_at, action.at);
        code = follow_roll(d, err);
    }
    return code;
}

/* The server's transport rolls, and we do not roll with it: it was rolling already when we came, it
 * leapt, or what was ordered was missed. A place ahead of it is prepared, and then there is time to
 * roll from there, or it has to lie further ahead. */
static enum ton_code catch_up(struct ton_deck *d, struct ton_err *err) {
    struct sync *s = &d->sync;
    struct ton_device_status device;
    const double rate = d->reading->session->rate;
    enum ton_code code = deck_halt(d, err);
    struct shared shared = sync_unpack(atomic_load(&s->audio.shared));
    ton_device_status(d->device, &device);
    const int64_t place = device.frame + shared.frame + (int64_t)(s->ahead_s * rate);
    if (code || shared.rolling != TON_DEVICE_ROLLING)
        return code;
    code = stand_ready(d, place, err);
    shared = sync_unpack(atomic_load(&s->audio.shared));
    ton_device_status(d->device, &device);
    if (code || shared.rolling != TON_DEVICE_ROLLING)
        return code;
    const int64_t at = place - shared.frame;
    if (at - device.frame < (int64_t)(LEAST_S * rate) + d->most_frames) {
        s->ahead_s = fmin(2.0 * s->ahead_s, MOST_AHEAD_S);
        return TON_OK;
    }
    atomic_store(&s->audio.roll_at, at);
    return follow_roll(d, err);
}

/* The server's transport rolls. */
static enum ton_code roll_along(struct ton_deck *d, int64_t apart, struct ton_err *err) {
    struct sync_audio *a = &d->sync.audio;
    const int64_t at = atomic_load(&a->roll_at);
    if (at == NEVER)
        return catch_up(d, err);
    const enum ton_code code = follow_roll(d, err);
    const bool leapt = at == ROLLS && llabs(apart - atomic_load(&a->rolled)) > d->most_frames;
    return code || !leapt ? code : catch_up(d, err);
}

static enum ton_code follow_shared(struct ton_deck *d, struct ton_err *err) {
    struct sync_audio *a = &d->sync.audio;
    const struct shared shared = sync_unpack(atomic_load(&a->shared));
    if (shared.rolling == TON_DEVICE_ROLLING)
        return roll_along(d, shared.frame, err);
    const bool starts = shared.rolling == TON_DEVICE_STARTING;
    if (d->rolling || (d->recording && !starts) ||
        atomic_load(&a->roll_at) != NEVER) /* it may have begun unseen */
        return deck_halt(d, err);
    if (shared.frame >= 0 && shared.frame != atomic_load(&a->ready))
        return stand_ready(d, shared.frame, err);
    return starts && d->waits ? deck_press(d, err) : TON_OK; /* so that its first frame is there */
}

enum ton_code deck_follow(struct ton_deck *d, struct ton_err *err) {
    sync_listen(&d->sync);
    const int64_t dropped = sync_dropped(&d->sync);
    if (dropped > 0)
        deck_warn(d,
                  "%lld samples of timecode (%.1f s) came in and were not heard: this machine had "
                  "no time",
                  (long long)dropped, (double)dropped / d->reading->session->rate);
    if (d->sync.follow == TON_FOLLOW_LTC)
        return chase(d, err);
    const enum ton_code code = d->sync.follow == TON_FOLLOW_JACK ? follow_shared(d, err) : TON_OK;
    atomic_store(&d->sync.audio.holds, d->waits);
    return code;
}
