/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SIGNAL_KAISER_H
#define TON_SIGNAL_KAISER_H

/* The Kaiser window at `r` of the way from its middle (0) to its end (1), which is 0 (J. F. Kaiser,
 * "Nonrecursive digital filter design using the I0-sinh window function", ISCAS 1974). */
double ton_kaiser(double r, double beta);

#endif
