/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DB_H
#define TON_DB_H

#include <math.h>

/* Decibels and linear gain (amplitude: 20 log10). @thread any */

static inline double ton_db_to_gain(double db) {
    return exp(db * 0.11512925464970228420); /* ln(10) / 20 */
}

/* -inf for 0; the sign of the gain does not count. */
static inline double ton_gain_to_db(double gain) {
    return 8.6858896380650365530 * log(fabs(gain)); /* 20 / ln(10) */
}

#endif
