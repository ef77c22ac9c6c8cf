/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_M4A_ISRC_H
#define TON_FILES_M4A_ISRC_H

#include "sink.h"

/* Adds the ISRC to a finished M4A as Apple's free-form item (`----`, com.apple.iTunes, ISRC), the
 * place where players and ffprobe look. libav's muxer writes no such item. The `moov` box must be
 * the last of the file, as that muxer leaves it. */
enum ton_code m4a_add_isrc(struct sink *s, const char *isrc, struct ton_err *err);

#endif
