/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_IXML_H
#define TON_FILES_IXML_H

#include "source.h"

#include "ton/arena.h"

/* The names that a sound recorder gave the channels: an array of `channels`, NULL where there is
 * none. NULL when no channel is named, or the chunk is larger than any recorder writes (1 MiB);
 * without memory the arena says so. */
const char *const *ixml_track_names(struct ton_arena *arena, const struct source *s, int channels);

/* The text of the first element of this name, in one line as the names are, of at most 64 KiB.
 * NULL: there is none. False without memory. */
bool ixml_text(const char **out, struct ton_arena *arena, const struct source *s,
               const char *element);

#endif
