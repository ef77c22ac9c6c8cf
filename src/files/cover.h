/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_COVER_H
#define TON_FILES_COVER_H

#include "ton/arena.h"

/* The front cover as it goes into a file. */
struct cover {
    const char *mime; /* "image/jpeg" or "image/png" */
    int width, height, depth;
    const char *data;
    size_t size;
};

/* Reads a JPEG or PNG of at most 16 MiB (a FLAC picture block's limit) and checks that it is one.
 */
enum ton_code cover_read(struct cover *out, struct ton_arena *a, const char *path,
                         struct ton_err *err);

#endif
