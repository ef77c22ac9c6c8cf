/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_PLACE_PLACING_H
#define TON_SESSION_PLACE_PLACING_H

#include "ton/document.h"
#include "ton/place.h"
#include "ton/text.h"

/* A session's text while clips are written into it. After each change it is read again, so that
 * what is looked at is what is written. */
struct placing {
    struct ton_arena *arena;
    const char *path; /* of the session, for sentences */
    const struct ton_takes *takes;
    struct ton_problems *problems;
    const char *text; /* as it is now */
    const struct ton_node *root;
    const struct ton_session *session;
    bool in_bars; /* its places are written as bars where they lie on them */
};

/* A clip that is written, and its seams. */
struct new_clip {
    struct ton_placing clip;
    int64_t crossfade, fade_in, fade_out; /* frames; 0: none */
};
/* `{take: kick_01.wav, at: 17|1, from: 0:02}`; NULL without memory. */
const char *placing_clip_text(const struct placing *p, const struct new_clip *new);

/* Reads the text as it is now. The errors of one that cannot be read go to `problems`. */
enum ton_code placing_read(struct placing *p, struct ton_err *err);

/* give_way.c: other clips make room for the last one of the track, which was written at the end of
 * `before`. Where they cannot they stay, with a warning; the text is read again. */
enum ton_code placing_give_way(struct placing *p, const char *before,
                               const struct ton_placing *clip, struct ton_err *err);

/* words.c: a place as the session writes them: `17|3` where it lies there to the sample, else
 * `1:02.500` or `48000 samples`; in a take without bars. In the arena; "" without memory. */
const char *placing_place(const struct placing *p, int64_t frame);
const char *placing_place_in_take(const struct placing *p, int64_t frame);
const char *placing_length(const struct placing *p, int64_t frames); /* `10 ms`, `441 samples` */

/* A warning at the session, or at a place in it. */
void placing_warn(struct placing *p, const char *where, const char *format, ...) TON_PRINTF(3, 4);

#endif
