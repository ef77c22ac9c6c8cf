/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Smoothing with one coefficient down and another up: each value waits for the one before, so many
 * signals wait side by side. */
#include "kernels.h"
#include "lanes.h"

/* G registers of signals, which wait beside each other too. */
enum { MOST_REGISTERS = 2 };

LANE void run_registers(const struct ton_smooth_lane *lanes, int n, int frames, const int G) {
    const float *in[MOST_REGISTERS][DOUBLES];
    float *out[MOST_REGISTERS][DOUBLES];
    doubles y[MOST_REGISTERS] = {0}, down[MOST_REGISTERS] = {0}, up[MOST_REGISTERS] = {0};
    doubles keep_down[MOST_REGISTERS] = {0}, keep_up[MOST_REGISTERS] = {0};
    long_masks upwards[MOST_REGISTERS] = {0}; /* where upwards is the faster way */
    for (int g = 0; g < G; g++)
        for (int l = 0; l < DOUBLES; l++) {
            const int k = g * DOUBLES + l < n ? g * DOUBLES + l : n - 1;
            in[g][l] = out[g][l] = lanes[k].x;
            y[g][l] = *lanes[k].y;
            down[g][l] = lanes[k].down;
            up[g][l] = lanes[k].up;
            keep_down[g][l] = 1 - lanes[k].down;
            keep_up[g][l] = 1 - lanes[k].up;
            upwards[g][l] = lanes[k].down >= lanes[k].up ? 0 : -1;
        }
    for (int at = 0; at < frames; at += DOUBLES) {
        const int some = frames - at < DOUBLES ? frames - at : DOUBLES;
        doubles x[MOST_REGISTERS][DOUBLES];
        for (int g = 0; g < G; g++)
            gather(x[g], in[g], at, some);
        for (int t = 0; t < some; t++)
            for (int g = 0; g < G; g++) {
                const doubles lower = keep_down[g] * y[g] + down[g] * x[g][t];
                const doubles upper = keep_up[g] * y[g] + up[g] * x[g][t];
                const long_masks first =
                    ((lower < upper) & ~upwards[g]) | ((lower > upper) & upwards[g]);
                y[g] = chosen(first, lower, upper);
                x[g][t] = y[g];
            }
        for (int g = 0; g < G; g++)
            scatter(out[g], n - g * DOUBLES, x[g], at, some);
    }
    for (int k = 0; k < n; k++)
        *lanes[k].y = y[k / DOUBLES][k % DOUBLES];
}

void KERNEL(smooth_side_by_side)(const struct ton_smooth_lane *lanes, int n, int frames) {
    for (; n > 0; n -= MOST_REGISTERS * DOUBLES, lanes += MOST_REGISTERS * DOUBLES)
        if (n > DOUBLES)
            run_registers(lanes, n < MOST_REGISTERS * DOUBLES ? n : MOST_REGISTERS * DOUBLES,
                          frames, MOST_REGISTERS);
        else
            run_registers(lanes, n, frames, 1);
}
