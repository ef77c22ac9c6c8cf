/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LEVEL_H
#define TON_LEVEL_H

/* Decibels of whole blocks, for dynamics: plain arithmetic that compilers turn into vectors, with
 * the same bits in every position of a block. */

/* Powers (amplitude squared) become levels: 10 log10, within 2e-5 dB; -200 dB for anything below
 * 1e-20. @thread any */
void ton_powers_to_db(float *x, int n);

/* Levels become amplitude gains: 10^(x/20), within 1e-6 of the value; exactly 1 for 0 dB. Below
 * -700 dB and above +700 dB it stays at the value there. @thread any */
void ton_dbs_to_gain(float *x, int n);

#endif
