/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MASTERING_EXCERPTS_H
#define TON_MASTERING_EXCERPTS_H

#include "album.h"
#include "forecast.h"

/* Plays short stretches of the album through its limiter with this gain, a sixth of a song and less
 * of what is longer, and sets f->higher_db so that the forecast has their energy. Where there is
 * nothing to play (less than a minute, tracks of several rates) the forecast stays as it is, and
 * `*fitted` is false. */
enum ton_code excerpts_fit(struct forecast *f, bool *fitted, const struct album *a, double gain_db,
                           struct ton_err *err);

#endif
