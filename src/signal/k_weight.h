/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The variants of the K-weighting kernel, for the table in k_weight.c. */
#ifndef TON_SIGNAL_K_WEIGHT_H
#define TON_SIGNAL_K_WEIGHT_H

#include "ton/k_weight.h"

void ton_k_weight_plain(double squares[2], struct ton_k_memory *memory,
                        const struct ton_k_weight *k, const float *left, const float *right,
                        int frames);
void ton_k_weight_avx2(double squares[2], struct ton_k_memory *memory, const struct ton_k_weight *k,
                       const float *left, const float *right, int frames);

/* One step of one stage in direct form I. The sum is in this order in every variant: what is known
 * earliest comes first, so that a step waits for one product and one difference. */
static inline double ton_k_step(const double b[3], const double a[2], const double u[3],
                                const double y[2]) {
    return b[1] * u[1] + b[2] * u[2] - a[1] * y[1] + b[0] * u[0] - a[0] * y[0];
}

#endif
