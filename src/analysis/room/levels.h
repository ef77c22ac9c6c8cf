/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_LEVELS_H
#define TON_ROOM_LEVELS_H

/* Levels in dB along `n` points that rise in frequency. */

/* Mean of those from one frequency to another; NaN: there are none. */
double levels_mean(const double *hz, const double *db, int n, double from_hz, double to_hz);

/* Mean of the octave around point `i`. */
double levels_octave(const double *hz, const double *db, int n, int i);

/* A null is narrower than this: the first one of a comb is nearly as wide. What is wider is a
 * loudspeaker's or a room's own shape. */
#define LEVELS_NULL_OCTAVES 0.8

/* The stretch around point `at`, `*from` to `*to`, in which each point lies below the octave around
 * it; how many octaves it is wide. */
double levels_dip(const double *hz, const double *db, int n, int at, int *from, int *to);

#endif
