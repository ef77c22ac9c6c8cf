/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PLACE_H
#define TON_PLACE_H

#include "ton/session.h"

/* Recordings become clips in a session's text: in place, so that comments, order and layout stay as
 * the person left them. Each has a line of its own, but in a list that the person wrote on one
 * line, as long as that is no longer than 100 columns. @thread any, the one that owns the arena */

struct ton_placing {
    const char *track;        /* made when it is not there yet */
    const char *take;         /* its name in audio/ */
    int channel;              /* of it, counted from 1; 0: all */
    int channel_right;        /* then `channel` is the left side; 0: of one channel */
    int64_t at, from, frames; /* on the timeline, in the take, how long (0: to its end); at the
                                 session's rate. What lies before the start of the timeline is left
                                 out */
    bool heard;               /* false: `mute: yes`, a lane to choose from */
    bool replaces;       /* clips that are heard at the same time give way: those that it covers
                            are muted, others are cut there */
    double crossfade_ms; /* at those cuts; as far as both takes have sound. 0: none */
    const char *const *inputs; /* of a track that is made; n_inputs: 0 to 2 */
    int n_inputs;
    int64_t stands_at, stands_frames; /* out: what is written, for a seam may lie beside the place
                                         that was asked for; frames 0: to the end of the take */
    const char *gave_way; /* out: "kick_01.wav is muted, kick_02.wav is cut"; NULL: nothing did */
};

/* The session's text with the clips in it; `*out` is in the arena, and what gave way to each. Their
 * takes are looked for as those of a session are. What cannot be done as asked for (a repeated clip
 * that would have to give way) is a warning among `problems`, and the clip is written all the same.
 * TON_INPUT, with nothing written: the text is no session, or has a layout that cannot be added to;
 * the sentence has the clip, to be written by hand. */
enum ton_code ton_session_place(char **out, struct ton_arena *arena, const char *path,
                                const char *text, size_t length, const struct ton_takes *takes,
                                struct ton_placing *placings, int n, struct ton_problems *problems,
                                struct ton_err *err);

/* `{take: kick_01.wav, at: 17|1}`: the clip for a person to write into the session that was read,
 * where that could not be done. In the arena; NULL without memory. */
const char *ton_placing_text(struct ton_arena *arena, const struct ton_session *session,
                             const struct ton_placing *placing);

/* Will that work for these tracks? Asked before anything is recorded: what was read must be a
 * session, have no `arrangement` (the timeline that is heard is not the one that is written then),
 * and a layout that can be added to. TON_INPUT. */
enum ton_code ton_session_can_place(struct ton_arena *arena, const char *path, const char *text,
                                    size_t length, const struct ton_takes *takes,
                                    const char *const *tracks, int n, struct ton_problems *problems,
                                    struct ton_err *err);

/* A session without tracks, as `ton import` begins them too: `night-train` is titled "Night Train".
 * `bpm` 0: no tempo. In the arena; NULL without memory. */
char *ton_session_begin(struct ton_arena *arena, const char *name, int rate, double bpm);

/* What the files of a track's takes are called: lower case; what is no letter or digit nor `.`, `-`
 * is `_`. Letters beyond ASCII stay as they are: every file system of today keeps them, and which
 * letters they would become depends on the language. 1 to 80 bytes, and begins with none of `.`,
 * `-`, `_`. */
enum { TON_STEM_SIZE = 81 };
void ton_take_stem(char out[TON_STEM_SIZE], const char *track);
/* The same of several tracks, each unlike those before it (`kick`, `kick_2`). False without memory.
 */
bool ton_take_stems(const char **out, struct ton_arena *arena, const char *const *tracks, int n);

#endif
