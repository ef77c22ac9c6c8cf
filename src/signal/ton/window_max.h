/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_WINDOW_MAX_H
#define TON_WINDOW_MAX_H

/* The largest of the last `size` values, for values that are never negative. Two comparisons a
 * value whatever the size: time is cut into stretches of `size`; the maximum over a window is that
 * of the tail of the last stretch (computed backwards once, when it was full) and of the head of
 * this one (M. van Herk 1992; J. Gil, M. Werman 1993). A NaN counts as 0. */
struct ton_window_max {
    float *memory; /* size + 1 floats, somebody else's */
    int size, at;
    float head;
};

static inline int ton_window_max_floats(int size) {
    return size + 1;
}

/* `size` at least 1. */
void ton_window_max_init(struct ton_window_max *w, float *memory, int size);
void ton_window_max_clear(struct ton_window_max *w);

/* x[frame] becomes max(x[frame - size + 1] … x[frame]). @thread audio */
void ton_window_max_run(struct ton_window_max *w, float *x, int frames);

#endif
