/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_MAGNITUDE_H
#define TON_ROOM_MAGNITUDE_H

#include "spectrum.h"

#include "ton/response.h"

/* Magnitudes of a spectrum raised to `power` and added up, so that the mean over any range costs
 * two look-ups: sums[k] is that of all bins below k. */
struct magnitude {
    double bin_hz, power;
    int n;
    double *sums;
};

/* Of spectrum 0. `sums` has n/2 + 2 places. */
void magnitude_sum(struct magnitude *m, double *sums, const struct spectrum *s, double rate,
                   double power);

/* Mean level in dB over `octaves` around `hz`, at least over one bin. */
double magnitude_db(const struct magnitude *m, double hz, double octaves);

/* Points from `from` to `to` Hz. */
int magnitude_points(double from, double to, int an_octave);
double magnitude_point_hz(double from, int point, int an_octave);

#endif
