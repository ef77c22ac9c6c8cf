/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_SNDFILE_OPEN_H
#define TON_FILES_SNDFILE_OPEN_H

#include <sndfile.h>
#include <stddef.h>

/* sf_open_virtual for programs with threads: libsndfile keeps the error of an opening, and the text
 * of what it parsed, in variables that all threads share. NULL on failure, with one line in `why`.
 * @thread any */
SNDFILE *sndfile_open_locked(SF_VIRTUAL_IO *io, int mode, SF_INFO *info, void *user, char *why,
                             size_t why_size);

#endif
