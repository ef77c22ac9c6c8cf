/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decibels of whole blocks, and back. */
#include "ton/level.h"

#include "kernels/kernels.h"

void ton_powers_to_db(float *x, int n) {
    ton_kernels()->powers_to_db(x, n);
}

void ton_dbs_to_gain(float *x, int n) {
    ton_kernels()->dbs_to_gain(x, n);
}
