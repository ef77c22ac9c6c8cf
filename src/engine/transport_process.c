/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transport's audio thread: what was ordered and offered is fetched, then the block is made in
 * pieces, in each of which one thing goes on.
 *
 * A player takes over in one of three ways. From rest it is simply there. While it rolls, the old
 * one falls and the new one rises, with gains that add up to 1. At the end of a loop the next pass
 * rises in the last frames before `to`, from a little before `from`, and is whole when it comes to
 * `from`: an attack there has the level it has everywhere, and one at `to` is never heard. */
#include "transport_threads.h"

/* The block that is asked for. */
struct frame_block {
    float *left, *right, *click;
    int frames, done;
    struct ton_roll *rolls;
    int *n_rolls;
};

static void tell(struct frame_block *b, enum ton_rolling rolling, int frames, int64_t place) {
    struct ton_roll *last = *b->n_rolls > 0 ? &b->rolls[*b->n_rolls - 1] : NULL;
    const bool moves = rolling == TON_ROLLING_PLAYS || rolling == TON_ROLLING_COUNT_IN;
    if (last && last->rolling == rolling && last->place + (moves ? last->frames : 0) == place)
        last->frames += frames;
    else
        b->rolls[(*b->n_rolls)++] = (struct ton_roll){rolling, b->done, frames, place};
    b->done += frames;
}

static int shorter(int64_t a, int64_t b) {
    return (int)(a < b ? a : b);
}

/* Voices. */

static bool has_room(const struct floor *f) {
    return f->n_voices + 1 < MOST_VOICES; /* one is kept for the next pass */
}

static void remove_voice(struct ton_transport *t, int i) {
    struct floor *f = &t->floor;
    send_back(t, f->voices[i].player);
    f->n_voices--;
    for (int k = i; k < f->n_voices; k++)
        f->voices[k] = f->voices[k + 1];
}

static void fall(struct voice *v, int fallen) {
    if (v->falls)
        return;
    v->falls = true;
    v->fallen = fallen;
}

/* One that was falling rises from where it is. */
static void turn(struct voice *v, int fade) {
    if (!v->falls)
        return;
    v->risen = v->risen < fade ? v->risen : fade - v->fallen;
    v->falls = false;
    v->fallen = 0;
}

static void lead_with(struct ton_transport *t, struct player *p, int risen) {
    struct floor *f = &t->floor;
    for (int i = f->n_voices++; i > 0; i--)
        f->voices[i] = f->voices[i - 1];
    f->voices[0] = (struct voice){.player = p, .risen = risen};
    atomic_store(&t->lead, p->number);
}

/* What rises towards the loop's start will not lead. */
static void part(struct floor *f) {
    if (f->joined)
        fall(&f->voices[f->n_voices - 1], 0);
    f->joined = false;
}

/* The lead is replaced: at rest at once, else with a crossfade. */
static void take_over(struct ton_transport *t, struct player *p, int risen_at_rest) {
    struct floor *f = &t->floor;
    const bool at_rest = !f->rolling || f->counts > 0;
    if (at_rest)
        remove_voice(t, 0);
    else
        fall(&f->voices[0], 0);
    lead_with(t, p, at_rest ? risen_at_rest : 0);
}

/* What is ordered, and what is offered. */

static void drop_offer(struct ton_transport *t, struct player **offer, atomic_llong *used) {
    if (!*offer)
        return;
    send_back(t, *offer);
    *offer = NULL;
    atomic_fetch_add(used, 1);
}

static void roll(struct floor *f, int64_t count_in, int fade) {
    if (!f->rolling)
        f->counts = count_in > 0 ? count_in : 0;
    if (!f->rolling || f->stops)
        turn(&f->voices[0], fade);
    f->rolling = true;
    f->stops = false;
}

static void halt(struct floor *f) {
    f->rolling = f->stops = false;
    f->counts = 0;
}

static void stop(struct floor *f) {
    if (!f->rolling || f->counts > 0 || f->due) {
        halt(f);
        return;
    }
    f->stops = true;
    part(f);
    for (int i = 0; i < f->n_voices; i++)
        fall(&f->voices[i], 0);
}

static void jump(struct ton_transport *t, struct player *p) {
    struct floor *f = &t->floor;
    part(f);
    take_over(t, p, t->fade);
    if (f->stops)
        halt(f);
    if (!f->rolling || f->counts > 0)
        f->voices[0].risen = t->fade;
    f->place = p->place;
    f->ended = f->due = f->misses = false;
}

static void change_loop(struct ton_transport *t, const struct order *o) {
    struct floor *f = &t->floor;
    drop_offer(t, &f->pass, &t->passes_used);
    part(f);
    if (!f->stops)
        turn(&f->voices[0], t->fade);
    f->place = f->due ? f->to : f->place;
    f->from = o->from;
    f->to = o->to;
    f->loop = o->loop;
    f->pass = o->player;
    f->due = f->misses = false;
}

/* False: it has to wait until a crossfade is over. */
static bool heed(struct ton_transport *t, const struct order *o) {
    struct floor *f = &t->floor;
    if (o->kind == ORDER_JUMP && !has_room(f))
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

static void heed_orders(struct ton_transport *t) {
    unsigned heeded = atomic_load_explicit(&t->heeded, memory_order_relaxed);
    while (heeded != atomic_load_explicit(&t->ordered, memory_order_acquire) &&
           heed(t, &t->orders[heeded % MOST_ORDERS]))
        atomic_store_explicit(&t->heeded, ++heeded, memory_order_release);
}

static void fetch_offers(struct ton_transport *t) {
    struct floor *f = &t->floor;
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

/* An offer of other mutes is for one place; when that is no longer to come, it goes back. */
static void try_swap(struct ton_transport *t) {
    struct floor *f = &t->floor;
    const bool at_rest = !f->rolling || f->counts > 0;
    const bool is_due = f->swap->place == f->place && !f->stops && !f->due && has_room(f);
    if (is_due) {
        take_over(t, f->swap, f->voices[0].risen);
        f->swap = NULL;
        atomic_fetch_add(&t->swaps_used, 1);
    } else if (at_rest || f->stops || f->swap->place <= f->place) {
        drop_offer(t, &f->swap, &t->swaps_used);
    }
}

/* Pieces. */

/* What has been led from still falls while it stands. */
static void mix_voice(struct ton_transport *t, struct voice *v, struct frame_block *b, int frames) {
    struct floor *f = &t->floor;
    float *const out[2] = {b->left + b->done, b->right + b->done};
    player_take(v->player, f->scratch, frames);
    for (int i = 0; i < frames; i++) {
        float gain = v->risen < t->fade ? f->rise[v->risen++] : 1.0F;
        if (v->falls)
            gain *= v->fallen < t->fade ? f->rise[t->fade - 1 - v->fallen++] : 0.0F;
        for (int c = 0; c < 2; c++)
            out[c][i] += gain * f->scratch[c][i];
    }
}

/* All but the lead; those that are down or late go. Returns how many frames were mixed: at most a
 * block, as fits everybody. */
static void mix_others(struct ton_transport *t, struct frame_block *b, int frames) {
    struct floor *f = &t->floor;
    for (int i = f->n_voices - 1; i > 0; i--) {
        struct voice *v = &f->voices[i];
        bool heard = true;
        const struct frame_block whole = *b;
        for (int n; b->done < whole.done + frames; b->done += n) {
            const int ready = player_ready(v->player);
            n = shorter(ready, whole.done + frames - b->done);
            heard = heard && n > 0;
            if (!heard)
                break;
            mix_voice(t, v, b, n);
        }
        b->done = whole.done;
        if (!heard || (v->falls && v->fallen >= t->fade)) {
            f->joined = f->joined && i != f->n_voices - 1;
            remove_voice(t, i);
        }
    }
}

static void silence(struct frame_block *b, int frames) {
    memset(b->left + b->done, 0, sizeof(float) * (size_t)frames);
    memset(b->right + b->done, 0, sizeof(float) * (size_t)frames);
}

/* To the end of the block: `rolling` is no state in which the place moves. */
static void stand(struct ton_transport *t, struct frame_block *b, enum ton_rolling rolling) {
    struct floor *f = &t->floor;
    const int frames = b->frames - b->done;
    silence(b, frames);
    if (!f->joined) /* else it keeps in step with the place */
        mix_others(t, b, frames);
    click_ring(&f->click, b->click + b->done, frames, (float)atomic_load(&t->click_gain));
    tell(b, rolling, frames, f->place);
}

static void count(struct ton_transport *t, struct frame_block *b) {
    struct floor *f = &t->floor;
    const int n = shorter(f->counts, b->frames - b->done);
    const float gain = (float)atomic_load(&t->click_gain);
    float *click = b->click + b->done;
    silence(b, n);
    mix_others(t, b, n);
    if (atomic_load(&t->click) == TON_CLICK_OFF)
        click_ring(&f->click, click, n, gain);
    else
        click_count(&f->click, click, f->place - f->counts, f->place, t->rate, n, gain);
    tell(b, TON_ROLLING_COUNT_IN, n, f->place - f->counts);
    f->counts -= n;
}

static bool loops(const struct floor *f) {
    return f->loop && f->place < f->to;
}

/* In the last frames before `to` the lead falls, and the next pass rises if it is there. */
static void near_seam(struct ton_transport *t) {
    struct floor *f = &t->floor;
    const int past = (int)(f->place - (f->to - t->fade));
    if (past < 0)
        return;
    fall(&f->voices[0], past);
    if (f->joined || !f->pass || f->stops || f->n_voices == MOST_VOICES)
        return;
    f->voices[f->n_voices++] = (struct voice){.player = f->pass, .risen = past};
    f->pass->skip += past;
    f->pass = NULL;
    f->joined = true;
    atomic_fetch_add(&t->passes_used, 1);
}

/* At `to`: the next pass leads. False: there is none yet. */
static bool pass_seam(struct ton_transport *t) {
    struct floor *f = &t->floor;
    if (!f->joined && f->pass && f->n_voices < MOST_VOICES) { /* from silence to the place itself */
        f->voices[f->n_voices++] = (struct voice){.player = f->pass, .risen = t->fade};
        f->pass->skip += t->fade;
        f->pass = NULL;
        f->joined = true;
        atomic_fetch_add(&t->passes_used, 1);
    }
    if (!f->joined) {
        atomic_fetch_add(&t->late_passes, !f->misses);
        f->misses = true;
        return false;
    }
    const struct voice next = f->voices[--f->n_voices];
    remove_voice(t, 0);
    lead_with(t, next.player, next.risen);
    f->voices[0] = next;
    f->joined = f->due = f->misses = false;
    atomic_fetch_add(&t->passes, 1);
    return true;
}

/* How far from here on the same goes on. */
static int piece_frames(const struct ton_transport *t, int64_t most) {
    const struct floor *f = &t->floor;
    const int64_t place = f->place;
    int64_t to = place + most;
    if (f->swap && f->swap->place > place && f->swap->place < to)
        to = f->swap->place;
    if (loops(f)) {
        const int64_t seam = place < f->to - t->fade ? f->to - t->fade : f->to;
        to = seam < to ? seam : to;
    } else if (!t->config.endless && f->voices[0].player->end < to) {
        to = f->voices[0].player->end;
    }
    if (f->stops && place + t->fade - f->voices[0].fallen < to)
        to = place + t->fade - f->voices[0].fallen;
    return (int)(to - place);
}

static void play(struct ton_transport *t, struct frame_block *b) {
    struct floor *f = &t->floor;
    struct voice *lead = &f->voices[0];
    const int ready = player_ready(lead->player);
    if (ready == 0) {
        atomic_fetch_add(&t->late_blocks, 1);
        if (f->stops)
            halt(f);
        else
            stand(t, b, TON_ROLLING_LATE);
        return;
    }
    const int n = shorter(ready, piece_frames(t, b->frames - b->done));
    float *const out[2] = {b->left + b->done, b->right + b->done};
    if (lead->risen == t->fade && !lead->falls) {
        player_take(lead->player, out, n);
    } else {
        silence(b, n);
        mix_voice(t, lead, b, n);
    }
    mix_others(t, b, n);
    const float gain = (float)atomic_load(&t->click_gain);
    if (atomic_load(&t->click) == TON_CLICK_ON)
        click_play(&f->click, b->click + b->done, f->place, n, gain);
    else
        click_ring(&f->click, b->click + b->done, n, gain);
    tell(b, TON_ROLLING_PLAYS, n, f->place);
    f->due = f->loop && f->place + n == f->to;
    f->place = f->due ? f->from : f->place + n;
    if (f->stops && lead->fallen >= t->fade) {
        *lead = (struct voice){.player = lead->player};
        halt(f);
    }
}

/* It rolls and does not count: what is next? */
static void roll_on(struct ton_transport *t, struct frame_block *b) {
    struct floor *f = &t->floor;
    const bool full = *b->n_rolls + 1 >= TON_MOST_ROLLS; /* the last one says what is left */
    if (f->due && f->stops) {
        halt(f);
    } else if (f->due && (full || !pass_seam(t))) {
        stand(t, b, TON_ROLLING_LATE);
    } else if (!loops(f) && !t->config.endless && f->place >= f->voices[0].player->end) {
        halt(f);
        f->ended = true;
    } else {
        if (loops(f))
            near_seam(t);
        play(t, b);
    }
}

static void publish(struct ton_transport *t, int asked) {
    const struct floor *f = &t->floor;
    atomic_store(&t->rolling, f->rolling);
    atomic_store(&t->counting, f->counts > 0);
    atomic_store(&t->ended, f->ended);
    atomic_store(&t->place, f->place);
    atomic_store(&t->frame, f->place - f->counts);
    atomic_store(&t->asked, asked);
}

void ton_transport_process(struct ton_transport *t, float *const out[2], float *click, int frames,
                           struct ton_roll *rolls, int *n_rolls) {
    struct floor *f = &t->floor;
    struct frame_block block = {.left = out[0],
                                .right = out[1],
                                .click = click,
                                .frames = frames,
                                .rolls = rolls,
                                .n_rolls = n_rolls};
    *n_rolls = 0;
    heed_orders(t);
    fetch_offers(t);
    while (block.done < frames) {
        if (f->swap)
            try_swap(t);
        if (!f->rolling)
            stand(t, &block, TON_ROLLING_STOPPED);
        else if (f->counts > 0)
            count(t, &block);
        else
            roll_on(t, &block);
    }
    if (*n_rolls == 0)
        tell(&block, TON_ROLLING_STOPPED, 0, f->place);
    publish(t, frames);
}
