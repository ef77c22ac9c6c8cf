/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RECORDINGS_H
#define TON_RECORDINGS_H

#include "ton/arena.h"
#include "ton/database.h"

#include <stdint.h>

/* What happened in front of the microphones: takes, marks and xruns as rows of production.db.
 * @thread one at a time; not audio */

enum ton_verdict { TON_VERDICT_NONE, TON_VERDICT_GOOD, TON_VERDICT_BAD };
const char *ton_verdict_name(enum ton_verdict verdict); /* "good", "bad"; NULL of none */

struct ton_take_row {
    int64_t id;          /* 0: not written yet */
    const char *session; /* its name */
    const char *track;   /* as written in the session; of a poly file all, joined by ", " */
    const char *file;    /* in audio/ */
    int number;          /* of the take, from 1 */
    const char *began;   /* "2026-11-29T23:53:19Z" */
    int rate, channels;
    int64_t place;    /* timeline frame of its first frame; may be negative (pre-roll) */
    int64_t pre_roll; /* frames at its start that were played before the button */
    int64_t frames;   /* -1: it was never finished (`recover` does) */
    int64_t
        heard_to; /* timeline frame at which its clip ends though the take goes on; 0: at its end */
    bool placed;  /* its clip was written into the session; what became of it there is not known */
    int press;    /* number of the first take of the same press of the button; 0: unknown */
    int pass;     /* of a loop, since then, from 0 */
    const char *inputs; /* as the session writes them, a line for each channel; NULL: unknown */
    const char *scene, *circled_by, *note; /* NULL */
    enum ton_verdict verdict;
};

enum ton_mark_kind {
    TON_MARK_NOTE,
    TON_MARK_XRUN,
    TON_MARK_LOST,
    TON_MARK_OVERLOAD,
    TON_MARK_LATE
};
const char *ton_mark_kind_name(enum ton_mark_kind kind); /* "note", "xrun", … */

struct ton_mark_row {
    int64_t id, take; /* take: 0: of the session as a whole */
    const char *session;
    enum ton_mark_kind kind;
    int64_t at;     /* frame in the take; of no take: on the timeline */
    int64_t frames; /* how long; 0: a moment */
    const char *text;
};

/* A stretch of a take that the timeline has. */
struct ton_clip_row {
    int64_t take;
    int64_t at, place; /* its first frame in the take, and where on the timeline */
    int64_t frames;    /* -1: it goes on as long as the take */
};

/* A row is on the disk when these return, each with a sync of its own. What is changed between
 * ton_rows_begin and ton_rows_end is there together, with one sync, when ton_rows_end returns; or,
 * where that fails or `code` says that something before it did, none of it. Returns `code`, or why
 * it failed itself. */
void ton_rows_begin(struct ton_database *db);
enum ton_code ton_rows_end(struct ton_database *db, enum ton_code code, struct ton_err *err);
enum ton_code ton_take_begin(struct ton_database *db, struct ton_take_row *take,
                             struct ton_err *err); /* fills id */
enum ton_code ton_take_end(struct ton_database *db, int64_t id, int64_t frames,
                           struct ton_err *err);
enum ton_code ton_take_placed(struct ton_database *db, int64_t id, struct ton_err *err);
/* `place`: where its first frame stands, when that shows only later. */
enum ton_code ton_take_move(struct ton_database *db, int64_t id, int64_t place,
                            struct ton_err *err);
enum ton_code ton_take_judge(struct ton_database *db, int64_t id, enum ton_verdict verdict,
                             struct ton_err *err);
/* As it is known now: another one of the same take and `at` is replaced. */
enum ton_code ton_clip_note(struct ton_database *db, const struct ton_clip_row *clip,
                            struct ton_err *err);
enum ton_code ton_mark_add(struct ton_database *db, struct ton_mark_row *mark, struct ton_err *err);

/* All of a session (NULL: of the production), in the order of their beginning. */
enum ton_code ton_takes_list(struct ton_take_row **out, int *n, struct ton_arena *arena,
                             struct ton_database *db, const char *session, struct ton_err *err);
/* All of a take, in order of place; take 0: those that no take has, of the session
 * `session` (NULL: of any). */
enum ton_code ton_marks_list(struct ton_mark_row **out, int *n, struct ton_arena *arena,
                             struct ton_database *db, int64_t take, const char *session,
                             struct ton_err *err);
/* All of a take, in order of `at`. */
enum ton_code ton_clips_list(struct ton_clip_row **out, int *n, struct ton_arena *arena,
                             struct ton_database *db, int64_t take, struct ton_err *err);
/* The first number above all rows' of this track of the session, and of files called after `stem`
 * (`kick_03.wav`) in any; 1 when there is none. */
enum ton_code ton_take_next(int *number, struct ton_database *db, const char *session,
                            const char *track, const char *stem, struct ton_err *err);

#endif
