/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What main orders and the tender offers, when it comes to the audio thread. */
#include "playing.h"

static void drop_offer(struct ton_transport *t, struct player **offer, atomic_llong *used) {
    if (!*offer)
        return;
    send_back(t, *offer);
    *offer = NULL;
    atomic_fetch_add(used, 1);
}

void offers_drop_swap(struct ton_transport *t) {
    drop_offer(t, &t->playing.swap, &t->swaps_used);
}

void playing_halt(struct playing *f) {
    f->rolling = f->stops = false;
    f->counts = 0;
}

static void roll(struct playing *f, int64_t count_in, int fade) {
    if (!f->rolling)
        f->counts = count_in > 0 ? count_in : 0;
    if (!f->rolling || f->stops)
        voice_turn(&f->voices[0], fade);
    f->rolling = true;
    f->stops = false;
}

static void stop(struct playing *f) {
    if (!f->rolling || f->counts > 0 || f->due) {
        playing_halt(f);
        return;
    }
    f->stops = true;
    voices_part(f);
    for (int i = 0; i < f->n_voices; i++)
        voice_fall(&f->voices[i], 0);
}

static void jump(struct ton_transport *t, struct player *p) {
    struct playing *f = &t->playing;
    offers_drop_swap(t);
    voices_part(f);
    voice_take_over(t, p, t->fade);
    if (f->stops)
        playing_halt(f);
    if (!f->rolling || f->counts > 0)
        f->voices[0].risen = t->fade;
    f->place = p->place;
    f->ended = f->due = f->misses = false;
}

static void change_loop(struct ton_transport *t, const struct order *o) {
    struct playing *f = &t->playing;
    drop_offer(t, &f->pass, &t->passes_used);
    offers_drop_swap(t);
    voices_part(f);
    if (!f->stops)
        voice_turn(&f->voices[0], t->fade);
    f->place = f->due ? f->to : f->place;
    f->from = o->from;
    f->to = o->to;
    f->loop = o->loop;
    f->pass = o->player;
    f->due = f->misses = false;
}

/* False: it has to wait until a crossfade is over. */
static bool heed(struct ton_transport *t, const struct order *o) {
    struct playing *f = &t->playing;
    if (o->kind == ORDER_JUMP && f->n_voices == MOST_VOICES)
        return false;
    if (o->kind == ORDER_ROLL)
        roll(f, o->count_in, t->fade);
    else if (o->kind == ORDER_STOP)
        stop(f);
    else if (o->kind == ORDER_JUMP)
        jump(t, o->player);
    else
        change_loop(t, o);
    return true;
}

void orders_heed(struct ton_transport *t) {
    unsigned heeded = atomic_load_explicit(&t->heeded, memory_order_relaxed);
    while (heeded != atomic_load_explicit(&t->ordered, memory_order_acquire) &&
           heed(t, &t->orders[heeded % MOST_ORDERS]))
        atomic_store_explicit(&t->heeded, ++heeded, memory_order_release);
}

void offers_fetch(struct ton_transport *t) {
    struct playing *f = &t->playing;
    struct player *p = atomic_exchange(&t->pass, NULL);
    if (p && p->loop == f->loop) {
        drop_offer(t, &f->pass, &t->passes_used);
        f->pass = p;
    } else {
        drop_offer(t, &p, &t->passes_used);
    }
    p = atomic_exchange(&t->swap, NULL);
    if (p) {
        drop_offer(t, &f->swap, &t->swaps_used);
        f->swap = p;
    }
}

void offers_try_swap(struct ton_transport *t) {
    struct playing *f = &t->playing;
    const bool at_rest = !f->rolling || f->counts > 0;
    const bool is_due = f->swap->place == f->place && !f->stops && !f->due && voices_have_room(f);
    if (is_due) {
        voice_take_over(t, f->swap, f->voices[0].risen);
        f->swap = NULL;
        atomic_fetch_add(&t->swaps_used, 1);
    } else if (at_rest || f->stops || f->swap->place <= f->place) {
        offers_drop_swap(t);
    }
}

void ton_transport_start(struct ton_transport *t) {
    orders_heed(t);
    roll(&t->playing, 0, t->fade);
}
