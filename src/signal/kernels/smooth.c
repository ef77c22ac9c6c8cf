/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Smoothing with one coefficient down and another up: each value waits for the one before, so many
 * signals wait side by side. */
#include "kernels.h"
#include "lanes.h"

enum { MOST_REGISTERS = 2 };

/* Registers of signals, which wait beside each other too. */
struct pack {
    float *x[MOST_REGISTERS][DOUBLES];
    double y[MOST_REGISTERS][DOUBLES], down[MOST_REGISTERS][DOUBLES], up[MOST_REGISTERS][DOUBLES];
    int n;
};

/* Lanes that are left over repeat the last signal and are written nowhere. */
static void load(struct pack *p, const struct ton_smooth_lane *lanes, int n) {
    p->n = n;
    for (int g = 0; g < MOST_REGISTERS; g++)
        for (int l = 0; l < DOUBLES; l++) {
            const struct ton_smooth_lane *lane =
                &lanes[g * DOUBLES + l < n ? g * DOUBLES + l : n - 1];
            p->x[g][l] = lane->x;
            p->y[g][l] = *lane->y;
            p->down[g][l] = lane->down;
            p->up[g][l] = lane->up;
        }
}

/* Frames at + 0 … at + some - 1 of G registers. */
LANE void run_tile(const struct pack *p, doubles *y, int at, const int some, const int G,
                   const bool some_upwards) {
    doubles x[MOST_REGISTERS][DOUBLES];
    for (int g = 0; g < G; g++)
        gather(x[g], (const float *const *)p->x[g], at, some);
    for (int t = 0; t < some; t++)
        for (int g = 0; g < G; g++) {
            const doubles down = doubles_at(p->down[g]), up = doubles_at(p->up[g]);
            const doubles lower = (1.0 - down) * y[g] + down * x[g][t];
            const doubles upper = (1.0 - up) * y[g] + up * x[g][t];
            const doubles downwards = smaller(lower, upper);
            const doubles upwards = chosen(lower > upper, lower, upper);
            y[g] = some_upwards ? chosen(down >= up, downwards, upwards) : downwards;
            x[g][t] = y[g];
        }
    for (int g = 0; g < G; g++)
        scatter(p->x[g], p->n - g * DOUBLES, x[g], at, some);
}

LANE void run_pack(struct pack *p, int frames, const int G, const bool some_upwards) {
    doubles y[MOST_REGISTERS];
    int at = 0;
    for (int g = 0; g < MOST_REGISTERS; g++)
        y[g] = doubles_at(p->y[g]);
    for (; at + DOUBLES <= frames; at += DOUBLES)
        run_tile(p, y, at, DOUBLES, G, some_upwards);
    if (at < frames)
        run_tile(p, y, at, frames - at, G, some_upwards);
    for (int g = 0; g < G; g++)
        doubles_to(p->y[g], y[g]);
}

static bool is_faster_upwards(const struct ton_smooth_lane *lanes, int n) {
    for (int k = 0; k < n; k++)
        if (lanes[k].down < lanes[k].up)
            return true;
    return false;
}

void KERNEL(smooth_side_by_side)(const struct ton_smooth_lane *lanes, int n, int frames) {
    const int most = MOST_REGISTERS * DOUBLES;
    for (; n > 0; n -= most, lanes += most) {
        const int some = n < most ? n : most;
        struct pack pack;
        load(&pack, lanes, some);
        if (is_faster_upwards(lanes, some))
            run_pack(&pack, frames, MOST_REGISTERS, true);
        else if (some > DOUBLES)
            run_pack(&pack, frames, MOST_REGISTERS, false);
        else
            run_pack(&pack, frames, 1, false);
        for (int k = 0; k < some; k++)
            *lanes[k].y = pack.y[k / DOUBLES][k % DOUBLES];
    }
}
