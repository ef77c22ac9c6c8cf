/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_M4A_ITEMS_H
#define TON_FILES_M4A_ITEMS_H

#include "sink.h"

#include "ton/audio_out.h"

/* Adds what libav's muxer has no place for (ISRC, label, UPC, language) to the tags of a finished
 * M4A that still lies open for reading and writing. Items of iTunes' own kind,
 * `----:com.apple.iTunes:ISRC`, which players and editors know. Nothing when there is none. The
 * `moov` box must be the last of the file, as that muxer leaves it. */
enum ton_code m4a_add_items(struct sink *s, const struct ton_tags *tags, struct ton_err *err);

#endif
