/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of what other machines are told by MIDI: clock and timecode. Each message
 * stands at the frame that is nearest to its place on the timeline. */
#include "ton/timecode.h"

#include <math.h>
#include <string.h>

enum {
    QUARTER_FRAME = 0xf1,
    SONG_POSITION = 0xf2,
    CLOCK = 0xf8,
    START = 0xfa,
    CONTINUE = 0xfb,
    STOP = 0xfc,
    CLOCKS_A_QUARTER = 24,
    CLOCKS_A_SIXTEENTH = 6,
    MOST_SONG_POSITION = 0x3fff,
};

/* Behind what is sent at the same frame, before what comes later. */
static void send(struct ton_device_block *block, int at, const uint8_t *bytes, int n) {
    if (block->n_midi_out >= block->most_midi_out)
        return;
    struct ton_midi *event = &block->midi_out[block->n_midi_out++];
    for (; event > block->midi_out && event[-1].at > at; event--)
        *event = event[-1];
    *event = (struct ton_midi){.at = at, .n = n};
    memcpy(event->bytes, bytes, (size_t)n);
}

static void send_one(struct ton_device_block *block, int at, uint8_t byte) {
    send(block, at, &byte, 1);
}

/* ---- MIDI clock */

static int64_t clock_place(const struct ton_midi_clock *c, int64_t clock) {
    return llround(ton_tempo_frame_after(c->tempo, (double)clock / CLOCKS_A_QUARTER));
}

/* The first clock at or after a place; of every `step`-th alone. */
static int64_t clock_from(const struct ton_midi_clock *c, int64_t place, int step) {
    const double quarters = ton_tempo_quarters_to(c->tempo, (double)place);
    int64_t n = (int64_t)floor(quarters * CLOCKS_A_QUARTER / step) - 1;
    n = n > 0 ? n : 0;
    while (clock_place(c, n * step) < place)
        n++;
    return n * step;
}

static void clock_stop(struct ton_midi_clock *c, struct ton_device_block *block, int at) {
    if (c->started)
        send_one(block, at, STOP);
    c->rolling = c->started = false;
}

static void clock_begin(struct ton_midi_clock *c, struct ton_device_block *block,
                        const struct ton_roll *roll) {
    clock_stop(c, block, roll->at);
    c->rolling = true;
    c->sixteenth = clock_from(c, roll->place, CLOCKS_A_SIXTEENTH) / CLOCKS_A_SIXTEENTH;
    if (c->sixteenth == 0 || c->sixteenth > MOST_SONG_POSITION)
        return;
    const uint8_t bytes[] = {SONG_POSITION, (uint8_t)(c->sixteenth & 127),
                             (uint8_t)(c->sixteenth >> 7)};
    send(block, roll->at, bytes, 3);
}

static void clock_roll(struct ton_midi_clock *c, struct ton_device_block *block,
                       const struct ton_roll *roll) {
    int64_t n = clock_from(c, roll->place, 1);
    for (int64_t place; (place = clock_place(c, n)) < roll->place + roll->frames; n++) {
        const int at = roll->at + (int)(place - roll->place);
        if (!c->started && n == c->sixteenth * CLOCKS_A_SIXTEENTH &&
            c->sixteenth <= MOST_SONG_POSITION) {
            send_one(block, at, n == 0 ? START : CONTINUE);
            c->started = true;
        }
        send_one(block, at, CLOCK);
    }
    c->next = roll->place + roll->frames;
}

void ton_midi_clock_send(struct ton_midi_clock *c, struct ton_device_block *block,
                         const struct ton_roll *rolls, int n_rolls) {
    for (int k = 0; k < n_rolls; k++) {
        const struct ton_roll *roll = &rolls[k];
        if (roll->rolling == TON_ROLLING_LATE)
            continue;
        if (roll->rolling != TON_ROLLING_PLAYS) {
            clock_stop(c, block, roll->at);
            continue;
        }
        if (!c->rolling || roll->place != c->next)
            clock_begin(c, block, roll);
        clock_roll(c, block, roll);
    }
}

/* ---- MIDI timecode */

static int mtc_type(enum ton_fps fps) {
    switch (fps) {
    case TON_FPS_23976:
    case TON_FPS_24:
        return 0;
    case TON_FPS_25:
        return 1;
    case TON_FPS_2997_DROP:
        return 2;
    case TON_FPS_2997:
    case TON_FPS_30:
        break;
    }
    return 3;
}

static void mtc_full(const struct ton_mtc *m, struct ton_device_block *block, int at,
                     int64_t place) {
    const double frames = ((double)place + m->start) / m->rate * ton_fps_kind(m->fps).fps;
    const struct ton_timecode t = ton_timecode_of((int64_t)floor(frames + 1e-6), m->fps);
    const uint8_t bytes[] = {
        0xf0, /* to all devices: timecode, full */
        0x7f,
        0x7f,
        0x01,
        0x01,
        (uint8_t)(mtc_type(m->fps) << 5 | t.hours),
        (uint8_t)t.minutes,
        (uint8_t)t.seconds,
        (uint8_t)t.frames,
        0xf7,
    };
    send(block, at, bytes, (int)sizeof bytes);
}

/* The eighth of the timecode of the even frame at which the eight begin. */
static uint8_t mtc_piece(const struct ton_mtc *m, int64_t quarter) {
    const int piece = (int)(quarter & 7);
    const struct ton_timecode t = ton_timecode_of((quarter - piece) / 4, m->fps);
    const int values[] = {t.frames, t.seconds, t.minutes, t.hours | mtc_type(m->fps) << 5};
    const int value = values[piece / 2];
    return (uint8_t)(piece << 4 | (piece % 2 ? value >> 4 : value & 15));
}

static int64_t quarter_place(const struct ton_mtc *m, int64_t quarter) {
    return llround((double)quarter * m->rate / ton_fps_kind(m->fps).fps / 4.0 - m->start);
}

static void mtc_roll(struct ton_mtc *m, struct ton_device_block *block,
                     const struct ton_roll *roll) {
    const double quarters =
        ((double)roll->place + m->start) / m->rate * ton_fps_kind(m->fps).fps * 4.0;
    int64_t n = (int64_t)floor(quarters) - 1;
    while (quarter_place(m, n) < roll->place)
        n++;
    for (int64_t place; (place = quarter_place(m, n)) < roll->place + roll->frames; n++) {
        const uint8_t bytes[] = {QUARTER_FRAME, mtc_piece(m, n)};
        send(block, roll->at + (int)(place - roll->place), bytes, 2);
    }
}

void ton_mtc_send(struct ton_mtc *m, struct ton_device_block *block, const struct ton_roll *rolls,
                  int n_rolls) {
    for (int k = 0; k < n_rolls; k++) {
        const struct ton_roll *roll = &rolls[k];
        const bool rolls_now = roll->rolling == TON_ROLLING_PLAYS;
        if (!rolls_now && roll->rolling != TON_ROLLING_STOPPED)
            continue;
        if (roll->place != m->next || (m->rolling && !rolls_now))
            mtc_full(m, block, roll->at, roll->place);
        if (rolls_now)
            mtc_roll(m, block, roll);
        m->rolling = rolls_now;
        m->next = rolls_now ? roll->place + roll->frames : roll->place;
    }
}
