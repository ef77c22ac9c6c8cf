/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a recovery. */
#ifndef TON_RECORDING_RECOVER_H
#define TON_RECORDING_RECOVER_H

#include "ton/recorder.h"
#include "ton/recordings.h"
#include "ton/recover.h"

/* orphans.c: takes in audio/ that have no row, because the program was killed before it wrote it,
 * or production.db is gone. What is not ours, is of no session here, or is being written is none.
 * In the order of their beginning; `rows` are those that are there. */
struct orphan {
    struct ton_take_row row; /* by the file's own words, not completed yet */
    int64_t heard_from;      /* how much of it comes before what the timeline has */
};
enum ton_code orphans_find(struct orphan **out, size_t *n, struct ton_arena *arena,
                           const char *folder, const struct ton_take_row *rows, int n_rows,
                           struct ton_err *err);
enum ton_code orphans_add(struct ton_database *db, struct orphan *orphans, size_t n,
                          struct ton_err *err);

/* A take, finished, whose clips may be missing in its session. */
struct unplaced {
    const char *folder;
    const struct ton_take_row *rows; /* all that are known */
    const bool *written;             /* of each: this recovery wrote its clips */
    int n_rows;
    const struct ton_take_row *row; /* its own */
    const struct ton_recorded *take;
    bool heard;    /* as a stop would have it */
    bool is_found; /* there was no database that could know of it, or of its clip: a person may have
                      taken that out, so it is muted where its track has one that is heard */
};
/* recover_text.c: a take's clips, written into its session, and what became of them. Where the
 * session has the take already, or nothing of it lies on the timeline, all is well too. */
enum ton_code recover_place(struct ton_recovered *told, struct ton_arena *arena,
                            const struct unplaced *u, struct ton_err *err);

#endif
