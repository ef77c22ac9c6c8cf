/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DELIVERY_CHECKS_H
#define TON_DELIVERY_CHECKS_H

#include "ton/spec.h"
#include "ton/unit.h"

/* What is known of a kind of check: its word in a spec, its unit and how it is printed. */
struct check_kind {
    const char *key;
    enum ton_unit unit, tolerance_unit;
    int digits;
    bool word; /* compared as text, not as a number */
    /* The measured value; NaN when this file has none (bits of an MP3). */
    double (*value)(const struct ton_held *held);
};

const struct check_kind *check_kind_at(enum ton_check_kind kind);

#endif
