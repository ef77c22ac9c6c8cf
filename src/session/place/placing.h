/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_PLACE_PLACING_H
#define TON_SESSION_PLACE_PLACING_H

#include "ton/document.h"
#include "ton/place.h"
#include "ton/text.h"

/* A session's text while clips are written into it. */
struct placing {
    struct ton_arena *arena; /* of this placing alone, or of the session as it was */
    const char *path;        /* of the session, for sentences */
    const struct ton_takes *takes;
    struct ton_problems *problems;
    const char *text;                  /* as it is now */
    char *kept;                        /* it, between two placings; ton_free */
    const struct ton_node *root;       /* of the text as it is now, or before this placing */
    const struct ton_session *session; /* as it was when it was last read */
    struct ton_text *gave_way;         /* to the one that is placed */
    int64_t at, frames;                /* of that one, as it is written */
    bool in_bars;                      /* its places are written as bars where they lie on them */
};

/* A clip that is written, and its seams. */
struct new_clip {
    struct ton_placing clip;
    int64_t crossfade, fade_in, fade_out; /* frames; 0: none */
};
/* `{take: kick_01.wav, at: 17|1, from: 0:02}`; NULL without memory. */
const char *placing_clip_text(const struct placing *p, const struct new_clip *new);
/* `{input: [1, 2], clips: [CLIP]}` and `{Kick: TRACK}`. */
const char *placing_track_text(const struct placing *p, const struct ton_placing *clip,
                               const char *words);
const char *placing_tracks_text(const struct placing *p, const char *name, const char *track);

/* Reads the text as it is now. The errors of one that cannot be read go to `problems`. */
enum ton_code placing_read(struct placing *p, struct ton_err *err);

struct part;
/* give_way.c: other clips make room for the last one of the track, which is not in `before`. Where
 * they cannot they stay, with a warning. */
enum ton_code placing_give_way(struct placing *p, const struct part *before,
                               const struct ton_placing *clip, struct ton_err *err);

/* words.c: a place as the session writes them: `17|3` where it lies there to the sample, else
 * `1:02.500` or `48000 samples`; in a take without bars. In the arena; "" without memory. */
const char *placing_place(const struct placing *p, int64_t frame);
const char *placing_place_in_take(const struct placing *p, int64_t frame);
const char *placing_length(const struct placing *p, int64_t frames); /* `10 ms`, `441 samples` */

/* A warning at the session, or at a place in it. */
void placing_warn(struct placing *p, const char *where, const char *format, ...) TON_PRINTF(3, 4);

#endif
