/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One opening through libsndfile at a time. */
#include "sndfile_open.h"

#include "ton/thread.h"

#include <stdio.h>
#include <string.h>

static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

SNDFILE *sndfile_open_locked(SF_VIRTUAL_IO *io, int mode, SF_INFO *info, void *user, char *why,
                             size_t why_size) {
    pthread_mutex_lock(&opening);
    SNDFILE *file = sf_open_virtual(io, mode, info, user);
    if (!file) {
        const char *text = sf_strerror(NULL);
        snprintf(why, why_size, "%.*s", (int)strcspn(text, "\n"), text);
    }
    pthread_mutex_unlock(&opening);
    return file;
}
