/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_SOURCE_H
#define TON_FILES_SOURCE_H

#include "ton/err.h"

#include <sndfile.h>
#include <stdint.h>

/* A file as libsndfile sees it: without its name, and with the size of a WAV's samples put right
 * when the program that wrote it never came back to do so. */
struct source {
    int fd;         /* -1: not open */
    size_t n_first; /* bytes of the file's beginning, which parsers take in small pieces */
    unsigned char first[4096];
    int64_t size, position;
    int64_t patch_at; /* where the four bytes of `patch` stand; 0: nowhere */
    unsigned char patch[4];
    bool has_fmt; /* a WAV's chunk of that name, which says: */
    uint32_t channels, rate;
    uint32_t mask;              /* of the speakers, as a tag of a FLAC gives it; 0: none does */
    int64_t ixml_at, ixml_size; /* a WAV's chunk of that name; 0: there is none */
    int64_t missing; /* bytes of sound that the header promises behind the file's end … */
    int64_t held;    /* … and those before it; both 0 when all is there */
};

enum ton_code source_open(struct source *s, const char *path, struct ton_err *err);
void source_close(struct source *s);

extern SF_VIRTUAL_IO source_io; /* for sf_open_virtual with the source as its user data */

#endif
