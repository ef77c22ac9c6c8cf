/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The notes of a Standard MIDI File (RP-001, 1996; formats 0 and 1), in frames. */
#ifndef TON_PLUGINS_SCORE_H
#define TON_PLUGINS_SCORE_H

#include "ton/arena.h"

/* The kind of a message: the upper half of its first byte, the lower one is the channel. */
enum { NOTE_OFF = 0x80, NOTE_ON = 0x90, PRESSURE = 0xA0, CONTROLLER = 0xB0, PROGRAM = 0xC0 };

/* A message of a channel: notes, controllers, pitch bend, pressure, programs. */
struct note {
    int64_t frame; /* first: by_frame.h */
    uint8_t bytes[3];
    uint8_t n; /* of bytes that count */
    bool ends; /* lets go what a clip held: comes before all else of its frame */
    uint32_t order;
    int64_t tick; /* while the file is read */
};

static inline int note_kind(const struct note *note) {
    return note->bytes[0] & 0xF0;
}

static inline int note_channel(const struct note *note) {
    return note->bytes[0] & 0x0F;
}

struct score {
    struct note *notes; /* by frame */
    size_t n, capacity;
    int64_t frames; /* up to the end of the last track */
};

/* The file's own tempos count. TON_INPUT when it is no such file, is cut, or lasts
 * longer than 100 hours. */
enum ton_code score_read(struct score *out, struct ton_arena *arena, const char *path, double rate,
                         struct ton_err *err);

/* One of the lines of ton_setup.notes. */
struct score_clip {
    int64_t at, from, frames;
    const char *path; /* its first byte, in the text */
    size_t length;
};

/* The first line; returns where the next one begins, NULL: there is none. */
const char *score_clip_read(struct score_clip *out, const char *text);

/* What all clips play (NULL: none), by the frames of the timeline. A clip sounds no note that began
 * before it in its file, but begins with the controllers, programs and bends that stood there; keys
 * and pedals that it holds in the end are let go. */
enum ton_code score_of_clips(struct score *out, struct ton_arena *arena, const char *text,
                             double rate, struct ton_err *err);

/* Adds a message behind the others. */
void score_add(struct score *score, struct ton_arena *arena, struct note note, int64_t frame);

/* score_chase.c: adds, at a frame, what must be said before a file goes on at `from`. False without
 * memory. */
bool score_chase(struct score *out, struct ton_arena *arena, const struct score *file, int64_t from,
                 int64_t at);

/* Index of the first note at this frame or later. */
size_t score_at(const struct score *score, int64_t frame);

#endif
