/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RELEASE_H
#define TON_RELEASE_H

#include "ton/rt.h"

#include <stdint.h>

/* How a limiter lets go. The gain g never passes what is allowed, 1/excess, and returns from below
 * not to that but to its slow average a:
 *
 *   g += fast (a - g), at most 1/excess;     then a += slow (1/excess - a)
 *
 * A short peak hardly moves the average, so it is forgotten with `fast`; long limiting is let go
 * with `slow`. The frames of an octet are worked out beside each other from the state at its
 * beginning: steps are of the kind min(m, k g + b), and so are steps in a row. Octets count from
 * the reset on, so the bits do not depend on how a stream is cut into blocks. */
enum { TON_OCTET = 8, TON_RELEASE_UNITY = 1 << 30 /* gain 1 */ };

struct ton_release {
    double fast, slow;                                 /* coefficients, 0 … 1 */
    double fast_kept[TON_OCTET], slow_kept[TON_OCTET]; /* of the state after 1 … 8 frames */
    double gain, average;                              /* at the octet's beginning */
    float excess[TON_OCTET];                           /* of this octet */
    int at;                                            /* frames of it that have come */
};

/* Coefficients as of ton_smooth_coefficient; the state stays. Within an octet what is left of it is
 * worked out as if all of it had them. @thread audio */
TON_RT void ton_release_set(struct ton_release *r, double fast, double slow);

/* As if nothing had ever been too loud. @thread audio */
TON_RT void ton_release_reset(struct ton_release *r);

/* levels[i] = gain times TON_RELEASE_UNITY, rounded; excess from 1 on, finite. @thread audio */
TON_RT void ton_release_run(struct ton_release *r, int64_t *levels, const float *excess,
                            int frames);

#endif
