/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_LEVELS_H
#define TON_ROOM_LEVELS_H

/* Levels in dB along `n` points that rise in frequency. */

/* Mean of those from one frequency to another; NaN: there are none. */
double levels_mean(const double *hz, const double *db, int n, double from_hz, double to_hz);

/* Mean of the octave around point `i`. */
double levels_octave(const double *hz, const double *db, int n, int i);

#endif
