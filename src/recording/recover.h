/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a recovery. */
#ifndef TON_RECORDING_RECOVER_H
#define TON_RECORDING_RECOVER_H

#include "ton/recorder.h"
#include "ton/recordings.h"

/* orphans.c: rows for takes in audio/ that have none, because the program was killed before it
 * wrote them: with what their own words say. `rows` are those that are there. Untouched stays what
 * is not ours, is of no session here, or is being written. The files are not completed yet. */
enum ton_code recover_orphans(struct ton_arena *arena, const char *folder, struct ton_database *db,
                              const struct ton_take_row *rows, int n, struct ton_err *err);

/* recover_text.c: a take's clips, written into its session. `*placed`: some were. Where the session
 * has the take already, or nothing of it lies on the timeline, all is well too. */
enum ton_code recover_place(bool *placed, struct ton_arena *arena, const char *folder,
                            const struct ton_take_row *row, const struct ton_recorded *take,
                            bool heard, struct ton_err *err);

#endif
