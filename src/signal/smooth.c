/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Smoothing with one coefficient down and another up. */
#include "ton/smooth.h"

#include "kernels/kernels.h"

/* The faster of the two ways is the lower one exactly when x < y (downwards at least as fast as
 * upwards) or the higher one (slower), so one comparison of both candidates decides. */
static void smooth_one(const struct ton_smooth_lane *lane, int frames) {
    const double down = lane->down, up = lane->up, keep_down = 1 - down, keep_up = 1 - up;
    float *x = lane->x;
    double y = *lane->y;
    if (down >= up)
        for (int i = 0; i < frames; i++) {
            const double lower = keep_down * y + down * (double)x[i];
            const double upper = keep_up * y + up * (double)x[i];
            y = lower < upper ? lower : upper;
            x[i] = (float)y;
        }
    else
        for (int i = 0; i < frames; i++) {
            const double lower = keep_down * y + down * (double)x[i];
            const double upper = keep_up * y + up * (double)x[i];
            y = lower > upper ? lower : upper;
            x[i] = (float)y;
        }
    *lane->y = y;
}

void ton_smooth_side_by_side(const struct ton_smooth_lane *lanes, int n, int frames) {
    if (n == 1)
        smooth_one(lanes, frames);
    else
        ton_kernels()->smooth_side_by_side(lanes, n, frames);
}
