/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MASTERING_EXCERPTS_H
#define TON_MASTERING_EXCERPTS_H

#include "album.h"
#include "forecast.h"

/* Where in the album, in hops of 10 ms, the k-th of n excerpts begins; `all` hops has the album. */
int64_t excerpts_place(int64_t k, int64_t n, int64_t all);

/* Plays short stretches of the album through its limiter with this gain, a quarter of a song and
 * less of what is longer, and sets f->rise so that the forecast has their energy, and f->behind_db.
 * `share`: only every so many-th of them. Where there is nothing to play (less than 40 s), or no
 * rise makes the forecast true, it stays as it is, and `*fitted` is false; of an album only the
 * tracks before the first of another rate are played. */
enum ton_code excerpts_fit(struct forecast *f, bool *fitted, const struct album *a, double gain_db,
                           int share, struct ton_err *err);

#endif
