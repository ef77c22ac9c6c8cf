/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A deck that others lead: when it has to be where, and when it rolls. */
#include "deck.h"

#include <stdlib.h>

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
    s->chase.latency = (int)d->latency;
    /* What rolls goes by the device's clock, whatever was lost or late. */
    const struct ton_chase_action action = ton_chase_step(
        &s->chase, &ltc, device.frame, transport.rolling ? TON_CHASE_UNKNOWN : TON_CHASE_STANDS);
    enum ton_code code = TON_OK;
    if (action.what == TON_CHASE_STOP || (action.what == TON_CHASE_LOCATE && d->rolling)) {
        atomic_store(&s->audio.roll_at, NEVER);
        code = ton_deck_stop(d, err);
    }
    if (!code && action.what == TON_CHASE_LOCATE)
        code = stand_ready(d, action.place, err);
    if (!code && action.what == TON_CHASE_ROLL) {
        code = follow_roll(d, err);
        atomic_store(&s->audio.roll_at, action.at);
    }
    return code;
}

/* How far the server's transport is from where we are: it was rolling already when we came, or it
 * leapt. */
static enum ton_code catch_up(struct ton_deck *d, struct ton_err *err) {
    struct sync_audio *a = &d->sync.audio;
    const int64_t ahead = d->reading->session->rate / 2;
    const int64_t place = atomic_load(&a->shared_frame) + ahead;
    const int64_t at = atomic_load(&a->shared_at) + ahead;
    enum ton_code code = d->rolling ? ton_deck_stop(d, err) : TON_OK;
    if (!code)
        code = stand_ready(d, place, err);
    if (!code)
        code = follow_roll(d, err);
    atomic_store(&a->roll_at, at);
    return code;
}

static enum ton_code follow_shared(struct ton_deck *d, struct ton_err *err) {
    struct sync_audio *a = &d->sync.audio;
    const int64_t frame = atomic_load(&a->shared_frame);
    struct ton_transport_status t;
    ton_transport_status(d->transport, &t);
    switch (atomic_load(&a->shared)) {
    case TON_DEVICE_STOPPED:
        if (d->rolling)
            return ton_deck_stop(d, err);
        return frame >= 0 && frame != atomic_load(&a->ready) ? stand_ready(d, frame, err) : TON_OK;
    case TON_DEVICE_STARTING:
        if (d->rolling)
            return ton_deck_stop(d, err);
        return frame != atomic_load(&a->ready) ? stand_ready(d, frame, err) : TON_OK;
    default:
        if (t.rolling) {
            const enum ton_code code = follow_roll(d, err);
            const bool leapt = llabs(t.frame - frame) > 4LL * d->most_frames;
            return code || !leapt ? code : catch_up(d, err);
        }
        return atomic_load(&a->roll_at) == NEVER ? catch_up(d, err) : TON_OK;
    }
}

enum ton_code deck_follow(struct ton_deck *d, struct ton_err *err) {
    sync_listen(&d->sync);
    if (d->sync.follow == TON_FOLLOW_LTC)
        return chase(d, err);
    return d->sync.follow == TON_FOLLOW_JACK ? follow_shared(d, err) : TON_OK;
}
