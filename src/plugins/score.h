/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The notes of a Standard MIDI File (RP-001, 1996; formats 0 and 1), in frames. */
#ifndef TON_PLUGINS_SCORE_H
#define TON_PLUGINS_SCORE_H

#include "ton/arena.h"

/* A message of a channel: notes, controllers, pitch bend, pressure, programs. */
struct note {
    int64_t frame; /* first: by_frame.h */
    uint8_t bytes[3];
    uint8_t n; /* of bytes that count */
    uint32_t order;
    int64_t tick; /* while the file is read */
};

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
 * before it in its file, but has the controllers that were set there; what it holds in the end is
 * let go. */
enum ton_code score_of_clips(struct score *out, struct ton_arena *arena, const char *text,
                             double rate, struct ton_err *err);

/* Index of the first note at this frame or later. */
size_t score_at(const struct score *score, int64_t frame);

#endif
