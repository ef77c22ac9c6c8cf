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

void ton_levels_to_reduction(float *x, int n, const struct ton_level_curve *curve) {
    ton_kernels()->levels_to_reduction(x, n, curve);
}

void ton_reduction_to_gain(float *x, int n, float make_up, float wet) {
    ton_kernels()->reduction_to_gain(x, n, make_up, wet);
}
