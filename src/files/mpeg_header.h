/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_MPEG_HEADER_H
#define TON_FILES_MPEG_HEADER_H

#include <stdbool.h>

/* Whether an MPEG audio file has a first frame that tells the length (Xing, Info or VBRI), and that
 * it is not cut before it. Without one libsndfile guesses the length from the first bit rate. */
bool mpeg_tells_length(int fd);

/* Whether the file starts (behind its tags) like MPEG audio. */
bool mpeg_starts_here(int fd);

#endif
