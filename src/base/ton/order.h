/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ORDER_H
#define TON_ORDER_H

#include <stdint.h>

/* Of two places or lengths. @thread any */
static inline int64_t ton_least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static inline int64_t ton_most(int64_t a, int64_t b) {
    return a > b ? a : b;
}

#endif
