/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a clip that begins inside of a MIDI file must say first, so that its channels stand as they
 * would if the file had played up to there: of everything that was set more than once, the last. */
#include "score.h"

#include <stdlib.h>

/* MIDI 1.0 Detailed Specification 4.2, tables III and IIIa. */
enum {
    BANK = 0,
    DATA = 6,
    BANK_LOW = 32,
    DATA_LOW = 38,
    MORE = 96, /* data increment; 97: decrement */
    LESS = 97,
    OTHER_LOW = 98, /* 98, 99: number of an unregistered parameter; 100, 101: of a registered one */
    REGISTERED = 101,
    SOUND_OFF = 120,
    NOTES_OFF = 123
};

/* A controller of a channel, kept while the file is walked through. */
struct channel {
    int bank;      /* 14 bits; -1: never said */
    int parameter; /* that data is for: 14 bits, and 1 << 14 for a registered one; -1: none */
};

struct chased {
    uint64_t key; /* messages of one key replace each other */
    size_t index; /* of the note */
    int number;   /* of its bank or parameter, which has to be said before it; -1: none */
};

struct chase {
    struct chased *items;
    size_t n, capacity;
    struct channel channels[16];
};

static int put_bits(int number, int value, bool low) {
    const int before = number < 0 ? 0 : number;
    return low ? (before & ~0x7F) | value : (before & ~(0x7F << 7)) | value << 7;
}

static void select_parameter(struct channel *c, int controller, int value) {
    const int kind = (controller >= 100) << 14;
    const int before = c->parameter >= 0 && (c->parameter & 1 << 14) == kind ? c->parameter : kind;
    c->parameter = put_bits(before, value, controller % 2 == 0);
}

static void add(struct chase *chase, struct ton_arena *a, const struct note *note, size_t index) {
    struct channel *c = &chase->channels[note_channel(note)];
    const int controller = note->bytes[1], value = note->bytes[2];
    const bool controls = note_kind(note) == CONTROLLER;
    const bool data = controls && (controller == DATA || controller == DATA_LOW);
    /* What counts up or down says nothing alone; what ends sound has ended it. */
    if (controls && (controller == MORE || controller == LESS || controller == SOUND_OFF ||
                     controller == NOTES_OFF))
        return;
    if (controls && (controller == BANK || controller == BANK_LOW))
        c->bank = put_bits(c->bank, value, controller == BANK_LOW);
    if (controls && controller >= OTHER_LOW && controller <= REGISTERED)
        select_parameter(c, controller, value);
    const int number = data ? c->parameter : note_kind(note) == PROGRAM ? c->bank : -1;
    struct chased *place = TON_PUSH(a, chase->items, chase->n, chase->capacity);
    if (place)
        *place = (struct chased){.key = (uint64_t)note->bytes[0] << 32 |
                                        (uint64_t)(data ? number + 1 : 0) << 8 |
                                        (uint64_t)(controls ? controller : 0),
                                 .index = index,
                                 .number = number};
}

static int by_key(const void *a, const void *b) {
    const struct chased *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static int by_index(const void *a, const void *b) {
    const struct chased *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

static void say(struct score *s, struct ton_arena *a, int channel, int controller, int value,
                int64_t frame) {
    score_add(s, a,
              (struct note){.n = 3,
                            .bytes = {(uint8_t)(CONTROLLER | channel), (uint8_t)controller,
                                      (uint8_t)(value & 0x7F)}},
              frame);
}

/* Of each key the last, in the order of the file. */
static void thin(struct chase *chase) {
    size_t n = 0;
    qsort(chase->items, chase->n, sizeof *chase->items, by_key);
    for (size_t i = 0; i < chase->n; i++)
        if (i + 1 == chase->n || chase->items[i + 1].key != chase->items[i].key)
            chase->items[n++] = chase->items[i];
    chase->n = n;
    qsort(chase->items, n, sizeof *chase->items, by_index);
}

static void say_item(struct score *out, struct ton_arena *a, const struct chased *item,
                     const struct note *note, int64_t at) {
    const bool program = note_kind(note) == PROGRAM;
    const int high = program ? BANK : item->number >> 14 ? REGISTERED : OTHER_LOW + 1;
    if (item->number >= 0) {
        say(out, a, note_channel(note), high, item->number >> 7, at);
        say(out, a, note_channel(note), program ? BANK_LOW : high - 1, item->number, at);
    }
    score_add(out, a, *note, at);
}

bool score_chase(struct score *out, struct ton_arena *a, const struct score *file, int64_t from,
                 int64_t at) {
    struct ton_arena *own = ton_arena_create();
    struct chase chase = {0};
    for (int i = 0; i < 16; i++)
        chase.channels[i] = (struct channel){-1, -1};
    for (size_t i = 0; own && i < file->n && file->notes[i].frame < from; i++)
        if (note_kind(&file->notes[i]) > PRESSURE)
            add(&chase, own, &file->notes[i], i);
    const bool good = own && !ton_arena_failed(own);
    if (good && chase.n)
        thin(&chase);
    for (size_t i = 0; good && i < chase.n; i++)
        say_item(out, a, &chase.items[i], &file->notes[chase.items[i].index], at);
    ton_arena_destroy(own);
    return good;
}
