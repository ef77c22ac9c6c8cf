/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_BETWEEN_H
#define TON_BETWEEN_H

/* What n samples of sound are between them; silence around. @thread any */
enum { TON_BETWEEN_REACH = 32 }; /* samples on either side that count */

/* The value at `t` frames, by sinc under a Hann window. */
double ton_between(const float *x, int n, double t);

/* The extreme of |x| nearest to frame `at`, which is a local one, to about 0.001 frame. */
double ton_between_peak(const float *x, int n, int at);

#endif
