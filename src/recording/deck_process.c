/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of a deck: a device's period from what plays and is
 * monitored, and into what records.
 *
 * The timeline goes by the device's clock. What the device lost, and what was late from the disk,
 * the transport owes: a recording that goes on is placed as if nothing had happened, and what plays
 * leaps ahead as soon as there is time, so that all stays in sync. */
#include "deck.h"

/* Calls between two leaps: what is computed and not heard must not make the next xrun. */
enum { CALLS_A_LEAP = 4 };

/* The rolls of one period. */
struct told {
    struct ton_roll rolls[4 * TON_MOST_ROLLS];
    int n;
};

TON_RT static bool moves(const struct ton_roll *roll) {
    return roll->rolling == TON_ROLLING_PLAYS || roll->rolling == TON_ROLLING_LATE;
}

/* What would have come to the loop's end by now has begun again there. */
TON_RT static void tell_playing(struct deck_audio *a, struct told *told, struct ton_roll roll) {
    const struct deck_loop *loop = atomic_load(&a->loop);
    const int64_t from = loop ? loop->from : 0, to = loop ? loop->to : 0;
    const bool loops = to > from && roll.place < to;
    roll.place += a->owed;
    if (loops && roll.place >= to)
        roll.place = from + (roll.place - from) % (to - from);
    told->rolls[told->n++] = roll;
    if (!loops || roll.place + roll.frames <= to)
        return;
    const int before = (int)(to - roll.place);
    told->rolls[told->n - 1].frames = before;
    told->rolls[told->n++] = (struct ton_roll){.rolling = roll.rolling,
                                               .at = roll.at + before,
                                               .frames = roll.frames - before,
                                               .place = from};
}

/* As they would be if nothing were owed. */
TON_RT static void tell(struct deck_audio *a, struct told *told, const struct ton_roll *rolls,
                        int n, int at) {
    for (int i = 0; i < n; i++) {
        struct ton_roll roll = rolls[i];
        const bool late = roll.rolling == TON_ROLLING_LATE;
        roll.at += at;
        if (moves(&roll)) {
            roll.rolling = TON_ROLLING_PLAYS;
            tell_playing(a, told, roll);
            a->owed += late ? roll.frames : 0;
        } else {
            told->rolls[told->n++] = roll;
            a->owed = 0;
        }
    }
}

/* Some of what is owed is played where nobody hears it. */
TON_RT static void leap(struct deck_audio *a, struct ton_transport *transport, int frames) {
    struct ton_roll rolls[TON_MOST_ROLLS];
    int n = 0;
    if (a->owed <= 0 || ++a->calls % CALLS_A_LEAP != 0)
        return;
    const int most = a->owed < frames ? (int)a->owed : frames;
    ton_transport_process(transport, a->unheard, a->unheard[0], most, rolls, &n);
    for (int i = 0; i < n; i++)
        if (rolls[i].rolling == TON_ROLLING_PLAYS)
            a->owed -= rolls[i].frames;
}

/* `n` frames of the mix and the click from frame `at` on. */
TON_RT static void pull(struct deck_audio *a, struct ton_transport *transport,
                        struct ton_device_block *block, float *click, int at, int n,
                        struct told *told) {
    struct ton_roll rolls[TON_MOST_ROLLS];
    float *const out[2] = {block->out[0] + at, block->out[1] + at};
    int n_rolls = 0;
    ton_transport_process(transport, out, click + at, n, rolls, &n_rolls);
    tell(a, told, rolls, n_rolls, at);
}

TON_RT static void play(struct deck_audio *a, struct ton_transport *transport,
                        struct ton_device_block *block, struct told *told) {
    float *click = a->own_click ? block->out[2] : a->click;
    const int start = sync_before(a->sync, block);
    const int at = start > 0 ? start : 0;
    if (a->rolled)
        a->owed += block->lost;
    leap(a, transport, block->frames);
    if (at > 0)
        pull(a, transport, block, click, 0, at, told);
    if (start >= 0)
        ton_transport_start(transport);
    pull(a, transport, block, click, at, block->frames - at, told);
    a->rolled = moves(&told->rolls[told->n - 1]);
}

TON_RT static void add_click(const struct deck_audio *a, const struct ton_device_block *block) {
    for (int i = 0; i < block->frames && !a->own_click; i++) {
        block->out[0][i] += a->click[i];
        block->out[1][i] += a->click[i];
    }
}

TON_RT static void record(struct deck_audio *a, const struct ton_device_block *block,
                          const struct told *told) {
    struct align *align = atomic_load(&a->align);
    const float *const *in =
        align ? align_process(align, block->in, block->frames, block->lost) : block->in;
    ton_recorder_capture(a->recorder, in, block->frames, block->lost, told->rolls, told->n);
}

void deck_process(void *user, struct ton_device_block *block) {
    struct deck_audio *a = user;
    struct ton_transport *transport = atomic_load(&a->transport);
    struct told told = {.rolls = {{.frames = block->frames}}, .n = transport ? 0 : 1};
    if (transport)
        play(a, transport, block, &told);
    deck_hear(&a->monitors, block, told.rolls, told.n);
    ton_mix_meter_hear(a->meter, (const float *const[]){block->out[0], block->out[1]},
                       block->frames);
    if (transport)
        add_click(a, block);
    if (a->chain)
        monitor_chain_process(a->chain, block->out, a->own_click ? block->out[2] : NULL,
                              block->frames);
    if (a->recorder)
        record(a, block, &told);
    sync_after(a->sync, block, told.rolls, told.n);
    atomic_fetch_add(&a->blocks, 1);
}
