/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MASTERING_FORECAST_H
#define TON_MASTERING_FORECAST_H

#include "chain.h"
#include "ton/analyser.h"

/* How loud music will be behind a limiter, without limiting it. */
struct forecast {
    struct ton_hops hops;                              /* of the music before gain and limiter */
    double rate;                                       /* of the meter that they come from */
    const struct ton_chain *limit;                     /* a limiter, and what stands behind it */
    double drive_db, ceiling_db, release_ms, ahead_ms; /* of it */
    double rise;      /* what the limiter sees above a hop's largest sample, by its bend */
    double higher_db; /* and what it would see if all were louder */
    double behind_db; /* what is behind the limiter makes louder */
    float *energy;    /* room for one value a hop */
};

/* Hops and chain are borrowed. Without memory, or where there are none, it foretells nothing. */
void forecast_init(struct forecast *f, struct ton_hops hops, double rate,
                   const struct ton_chain *limit);
void forecast_finish(struct forecast *f);

/* Fills `energy` of n hops, before which the limiter was at rest, with what each has behind it;
 * false: there is no room. */
bool forecast_energies(const struct forecast *f, double gain_db, size_t first, size_t n);
/* LUFS with this gain before the limiter; NaN: cannot be foretold. */
double forecast_lufs(const struct forecast *f, double gain_db);

#endif
