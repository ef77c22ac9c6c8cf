/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_PULSE_H
#define TON_ROOM_PULSE_H

#include <stdbool.h>

/* An impulse response of n frames: where sound arrives in it, between its samples. */

/* Sum of squares from `from` to before `to`. */
double pulse_energy(const float *x, int from, int to);

/* The frame of largest |x| from `from` to before `to`. */
int pulse_largest(const float *x, int from, int to);

/* The frame at which the direct sound has its largest excursion: the sound begins where the energy
 * of 0.25 ms comes within 15 dB of its maximum, and the largest sample of the 0.7 ms from there is
 * taken. A later reflection may be louder. Where the response is known to end at a low
 * `highest_hz`, its pulse is wider: one and a half periods of that. 0: it is not. Returns 0 of
 * silence. */
int pulse_direct(const float *x, int n, double rate, double highest_hz);

/* Whether the direct sound at this frame is reversed below 500 Hz, where woofers play: which way
 * the first excursion goes, from 1 ms before to 2 ms behind it, that is at least half of the
 * largest. A small box swings back farther than it went out. Above 500 Hz it says nothing: with a
 * crossover of second order the tweeter is reversed as it must be, and its pulse is the largest. */
bool pulse_inverted(const float *x, int n, double rate, int direct);

#endif
