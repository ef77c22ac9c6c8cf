/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_CHANGES_H
#define TON_SESSION_CHANGES_H

#include "ton/production.h"

/* What changed between two sessions or productions, in engineers' sentences. Compared is what was
 * decided, not how it is written: order of keys, layout, comments and equal ways to say a thing
 * say nothing. Moves are never rounded away: below a millisecond they are said in samples. */
struct ton_change {
    const char *session;   /* one of a production; NULL. Set by who compares a whole production */
    const char *strip;     /* track or bus, by its new name; NULL: the piece as a whole */
    const char *what;      /* "fader", "compressor ratio", "clip at 9|1 (kick.wav): fade in" */
    const char *from, *to; /* as written; NULL: there was or is none */
    const char *text;      /* the whole sentence, without the strip */
};

struct ton_changes {
    struct ton_change *items;
    size_t n, capacity;
    /* What is rendered is not the same. False although something changed: titles, roles, names,
     * what is bypassed, muted or goes nowhere, and the order in which strips are added up, which
     * moves no more than the last bit. */
    bool heard;
};

/* Appends what changed from `a` to `b`. Both must have looked at their takes the same way: with a
 * reader that `may_miss`, lengths that are not known are taken to be equal when the take is. A take
 * of the same name at another path is read whole and compared. Fails with TON_MEMORY only.
 * @thread any, the one that owns the arena; reads takes */
enum ton_code ton_session_diff(struct ton_changes *out, struct ton_arena *arena,
                               const struct ton_session *a, const struct ton_session *b,
                               struct ton_err *err);

/* The same for two production.yaml; sessions are not opened. `heard` means: a delivered file has
 * other audio, or is another file. */
enum ton_code ton_production_diff(struct ton_changes *out, struct ton_arena *arena,
                                  const struct ton_production *a, const struct ton_production *b,
                                  struct ton_err *err);

#endif
