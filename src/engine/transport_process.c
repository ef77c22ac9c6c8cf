/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transport's audio thread: what was ordered and offered is fetched, then the block is made in
 * pieces, in each of which one thing goes on.
 *
 * A player takes over in one of three ways. From rest it is simply there. While it rolls, the old
 * one falls and the new one rises, with gains that add up to 1. At the end of a loop the next pass
 * rises in the last frames before `to`, from a little before `from`, and is whole when it comes to
 * `from`: an attack there has the level it has everywhere, and one at `to` is never heard. */
#include "playing.h"

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

static void silence(float *const out[2], int frames) {
    for (int c = 0; c < 2; c++)
        memset(out[c], 0, sizeof(float) * (size_t)frames);
}

static float click_gain(struct ton_transport *t) {
    return (float)atomic_load(&t->click_gain);
}

/* To the end of the block: `rolling` is no state in which the place moves. */
static void stand(struct ton_transport *t, struct frame_block *b, enum ton_rolling rolling) {
    struct playing *f = &t->playing;
    const int frames = b->frames - b->done;
    float *const out[2] = {b->left + b->done, b->right + b->done};
    silence(out, frames);
    if (!f->joined) /* else it keeps in step with the place */
        voices_mix_others(t, out, frames);
    click_ring(&f->click, b->click + b->done, frames, click_gain(t));
    tell(b, rolling, frames, f->place);
}

static void count(struct ton_transport *t, struct frame_block *b) {
    struct playing *f = &t->playing;
    const int n = shorter(f->counts, b->frames - b->done);
    float *const out[2] = {b->left + b->done, b->right + b->done};
    float *click = b->click + b->done;
    silence(out, n);
    voices_mix_others(t, out, n);
    if (atomic_load(&t->click) == TON_CLICK_OFF)
        click_ring(&f->click, click, n, click_gain(t));
    else
        click_count(&f->click, click, f->place - f->counts, f->place, t->rate, n, click_gain(t));
    tell(b, TON_ROLLING_COUNT_IN, n, f->place - f->counts);
    f->counts -= n;
}

static bool loops(const struct playing *f) {
    return f->loop && f->place < f->to;
}

/* The next pass begins to be heard, `past` frames into its rise, if it is there. */
static void join(struct ton_transport *t, int past) {
    struct playing *f = &t->playing;
    if (f->joined || !f->pass || f->stops || f->n_voices == MOST_VOICES)
        return;
    f->pass->skip += past;
    f->voices[f->n_voices++] = (struct voice){.player = f->pass, .risen = past};
    f->pass = NULL;
    f->joined = true;
    atomic_fetch_add(&t->passes_used, 1);
}

/* In the last frames before `to` the lead falls and the next pass rises. */
static void near_seam(struct ton_transport *t) {
    struct playing *f = &t->playing;
    const int64_t past = f->place - (f->to - t->fade);
    if (past < 0)
        return;
    voice_fall(&f->voices[0], (int)past); /* at most the fade */
    join(t, (int)past);
}

/* At `to`: the next pass leads; one that is late comes from silence, with `from` itself. False:
 * there is none yet. */
static bool pass_seam(struct ton_transport *t) {
    struct playing *f = &t->playing;
    join(t, t->fade);
    if (!f->joined) {
        atomic_fetch_add(&t->late_passes, !f->misses);
        f->misses = true;
        return false;
    }
    offers_drop_swap(t);
    const struct voice next = f->voices[--f->n_voices];
    voice_remove(t, 0);
    voice_lead(t, next.player, next.risen);
    f->voices[0] = next;
    f->joined = f->due = f->misses = false;
    atomic_fetch_add(&t->passes, 1);
    return true;
}

/* How far from here on the same goes on. */
static int piece_frames(const struct ton_transport *t, int64_t most) {
    const struct playing *f = &t->playing;
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
    struct playing *f = &t->playing;
    struct voice *lead = &f->voices[0];
    const int ready = player_ready(lead->player);
    if (ready == 0) {
        atomic_fetch_add(&t->late_blocks, 1);
        if (f->stops)
            playing_halt(f);
        else
            stand(t, b, TON_ROLLING_LATE);
        return;
    }
    const int n = shorter(ready, piece_frames(t, b->frames - b->done));
    float *const out[2] = {b->left + b->done, b->right + b->done};
    if (lead->risen == t->fade && !lead->falls) {
        player_take(lead->player, out, n);
    } else {
        silence(out, n);
        voice_mix(t, lead, out, n);
    }
    voices_mix_others(t, out, n);
    if (atomic_load(&t->click) == TON_CLICK_ON)
        click_play(&f->click, b->click + b->done, f->place, n, click_gain(t));
    else
        click_ring(&f->click, b->click + b->done, n, click_gain(t));
    tell(b, TON_ROLLING_PLAYS, n, f->place);
    f->due = f->loop && f->place + n == f->to;
    f->place = f->due ? f->from : f->place + n;
    if (f->stops && lead->fallen >= t->fade) {
        *lead = (struct voice){.player = lead->player};
        playing_halt(f);
    }
}

/* It rolls and does not count: what is next? */
static void roll_on(struct ton_transport *t, struct frame_block *b) {
    struct playing *f = &t->playing;
    const bool full = *b->n_rolls + 1 >= TON_MOST_ROLLS; /* the last one says what is left */
    if (f->due && f->stops) {
        playing_halt(f);
    } else if (f->due && (full || !pass_seam(t))) {
        stand(t, b, TON_ROLLING_LATE);
    } else if (!loops(f) && !t->config.endless && f->place >= f->voices[0].player->end) {
        playing_halt(f);
        f->ended = true;
    } else {
        if (loops(f))
            near_seam(t);
        play(t, b);
    }
}

static void publish(struct ton_transport *t, int asked) {
    const struct playing *f = &t->playing;
    atomic_store(&t->counting, f->counts > 0);
    atomic_store(&t->ended, f->ended);
    atomic_store(&t->place, f->place);
    atomic_store(&t->frame, f->place - f->counts);
    atomic_store(&t->rolling, f->rolling); /* who sees that it rolls, sees from where */
    atomic_store(&t->asked, asked);
}

void ton_transport_process(struct ton_transport *t, float *const out[2], float *click, int frames,
                           struct ton_roll *rolls, int *n_rolls) {
    struct playing *f = &t->playing;
    struct frame_block block = {.left = out[0],
                                .right = out[1],
                                .click = click,
                                .frames = frames,
                                .rolls = rolls,
                                .n_rolls = n_rolls};
    *n_rolls = 0;
    orders_heed(t);
    offers_fetch(t);
    while (block.done < frames) {
        if (f->swap)
            offers_try_swap(t);
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
