/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A deck in step with others: it follows timecode or the server's transport, or is followed. */
#ifndef TON_RECORDING_SYNC_H
#define TON_RECORDING_SYNC_H

#include "ton/deck.h"
#include "ton/timecode.h"

#include <stdatomic.h>

#define NEVER INT64_MIN
#define ROLLS INT64_MAX /* what was ordered has begun */

/* A line as the audio thread leaves it for the main one: one reader, one writer. Its room is time,
 * however short the device's periods are. */
enum { LINE_FRAMES = 1 << 18, LINE_RUNS = 1 << 10 };
struct line {
    float in[LINE_FRAMES];
    /* From each on the device's frames follow each other. */
    struct run {
        int64_t place; /* in the line */
        int64_t frame; /* of the device */
    } runs[LINE_RUNS];
    _Alignas(64) atomic_llong written; /* frames */
    atomic_uint begun;                 /* runs */
    int64_t due;                       /* the device's next frame, if none is lost */
    _Alignas(64) atomic_llong heard;
    atomic_uint run;      /* what is heard is of this one */
    atomic_llong dropped; /* frames that found no room, for nobody fetched those before in time */
};

/* What the callback may touch. */
struct sync_audio {
    int ltc_input, ltc_output; /* of the device; -1 */
    struct line *line;
    struct ton_ltc ltc;
    struct ton_midi_clock clock;
    struct ton_mtc mtc;
    bool sends_clock, sends_mtc, follows_shared;
    /* The device frame at which the transport has to roll from the place that is prepared. NEVER:
     * nothing is ordered, or it was missed; ROLLS. */
    atomic_llong roll_at;
    atomic_llong rolled; /* while it ROLLS: its place - the device's frame */
    atomic_llong shared; /* sync_pack: the server's transport */
    atomic_llong ready;  /* the place that is prepared; NEVER: none, or it rolls from there */
    atomic_bool holds;   /* the server's transport, until what waits to record is ready too */
    /* The callback's own. */
    int64_t apart; /* the server's frame - the device's, in the block before */
    int64_t slip;  /* frames that the device lost and the server did not count, since it rolls */
};

/* The server's transport, in one piece: two words could be of two periods. Standing, its frame (-1:
 * there is none); rolling, how far its frame is before the device's, and what it did not count
 * counts with it: an xrun is no leap. */
struct shared {
    enum ton_device_rolling rolling;
    int64_t frame;
};
static inline int64_t sync_pack(struct shared s) {
    return s.frame * 4 + (int64_t)s.rolling;
}
static inline struct shared sync_unpack(int64_t packed) {
    const int64_t rolling = packed & 3;
    return (struct shared){(enum ton_device_rolling)rolling, (packed - rolling) / 4};
}

struct sync {
    struct sync_audio audio;
    enum ton_follow follow;
    struct ton_ltc_reader *reader;
    struct ton_chase chase;
    double ahead_s; /* to prepare a place on the server's transport while that rolls */
    enum ton_fps fps;
    double start; /* samples since midnight of place 0 */
    bool warned;  /* of timecode that is not what was asked for */
    int64_t dropped_seen, dropped_told;
};

/* The config's words checked and made what the callback needs; `n_inputs` and `n_outputs` are what
 * the device has besides. */
enum ton_code sync_create(struct sync *s, struct ton_arena *arena,
                          const struct ton_deck_config *config, const struct ton_session *session,
                          int n_inputs, int n_outputs, struct ton_err *err);
void sync_finish(struct sync *s);

/* The next frames of the line that lie in one piece; 0: there are none. They may be read until
 * `line_let_go` of as many. @thread main */
int line_next(struct line *l, const float **in, int64_t *frame);
void line_let_go(struct line *l, int frames);

/* What comes in as timecode is heard. @thread main */
void sync_listen(struct sync *s);
/* Frames of timecode that were not heard, for main had no time; once, when it has time again. 0:
 * none since. @thread main */
int64_t sync_dropped(struct sync *s);

/* sync_process.c. Before the transport is processed: where in the block it has to begin to roll;
 * -1: nowhere. After it: what goes out. @thread audio */
TON_RT int sync_before(struct sync_audio *s, const struct ton_device_block *block);
TON_RT void sync_after(struct sync_audio *s, struct ton_device_block *block,
                       const struct ton_roll *rolls, int n_rolls);

/* Slow sync: may the server's transport roll from this frame on? @thread audio */
TON_RT bool sync_is_ready(const struct sync_audio *s, int64_t frame);

#endif
