/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clips of takes in the text of a session. */
#ifndef TON_RECORDING_TEXT_H
#define TON_RECORDING_TEXT_H

#include "ton/place.h"
#include "ton/recorder.h"

/* Where another clip gives way. */
enum { CROSSFADE_MS = 10 };

/* Of a take's clip what the timeline has, on the track, channels and inputs of `share`: what was
 * played before its start is in the take, but has no place. False: that is all of it. */
bool text_clip(struct ton_placing *out, const struct ton_placing *share, const char *take,
               const struct ton_recorded_clip *clip, bool heard);

/* The file as it is now, with these clips in it; what somebody saves meanwhile is read again, and
 * gets them. A take that cannot be read does not keep the new ones out. Errors, with the file as
 * somebody left it: as ton_session_place; a file that cannot be read or written, or never rests.
 * @thread main */
enum ton_code text_place(const char *path, struct ton_arena *arena, struct ton_placing *placings,
                         int n, struct ton_problems *problems, struct ton_err *err);

#endif
