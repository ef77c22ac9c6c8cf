/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RECOVER_H
#define TON_RECOVER_H

#include "ton/arena.h"

#include <stdint.h>

/* What became of a take that was never finished. */
struct ton_recovered {
    const char *file, *track, *session;
    int rate;
    int64_t frames, found; /* that it has, and those of them that its header did not know; -1: it is
                              not there, or cannot be read */
    int64_t place;         /* of its first frame, or of its first clip, on the timeline */
    bool orphan;           /* no row knew it: it was found in audio/ */
    bool placed;           /* its clip was missing in the session and stands there now */
    bool heard;            /* not muted, wherever it was placed or in a part */
    const char *beneath;   /* the take of a newer clip beneath which it is muted; NULL */
    const char *gave_way; /* to it: "kick_01.wav is muted, kick_02.wav is cut"; NULL: nothing did */
    const char *warning;  /* what is otherwise than it would be wished; NULL */
    const char *why;      /* one sentence about what could not be done; NULL: all was */
};

/* After a crash, a kill or a pulled plug: completes the length fields of the takes that
 * production.db knows as begun and not as ended, and their rows, and writes the clips of those that
 * never got into their sessions: the same that a stop would have written; of a loop's passes the
 * one is heard that is heard of a loop that was stopped. What was recorded later and is heard where
 * such a clip belongs does not give way to it: the clip is muted. A take in audio/ that is ours
 * (bext, iXML), of a session that is here, and has no row gets one first. A clip that a person took
 * out again does not come back; but of a take that no database could know of (none was there, or
 * all its rows are later) nobody can say that, and its clip is muted where its track has one that
 * is heard. A take whose file is not there is told once, and ends with no
 * frames; one that cannot be read now is told, and tried again the next time. What is whole already
 * is left as it is, so that it may run twice. TON_ENVIRONMENT while another `ton` records.
 * @thread main */
enum ton_code ton_recordings_recover(struct ton_recovered **out, int *n, struct ton_arena *arena,
                                     const char *folder, struct ton_err *err);

/* One warning where there are takes that ton_recordings_recover would complete. Only looks
 * (ton_database_look): silent where there is no production.db, or one of an older version,
 * where it cannot be read now, and while another `ton` records. @thread main */
void ton_recordings_warn(struct ton_problems *problems, const char *folder);

#endif
