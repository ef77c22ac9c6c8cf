/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MASTERING_ALBUM_H
#define TON_MASTERING_ALBUM_H

#include "ton/master.h"

/* What a gain is solved for. */
struct album {
    struct ton_master_config *config;
    const struct ton_master_track *tracks;
    int n_tracks;
    int rate; /* of the meter: the first track's */
    int channels;
    enum ton_master_measure measure;
};

#endif
