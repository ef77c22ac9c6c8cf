/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The running maximum over a window. `memory[at …]` holds the maxima of the tails of the last
 * stretch, `memory[… at - 1]` the values of this one; `memory[size]` stays 0, the empty tail. */
#include "ton/window_max.h"

#include "kernels/kernels.h"

#include <string.h>

void ton_window_max_init(struct ton_window_max *w, float *memory, int size) {
    *w = (struct ton_window_max){.memory = memory, .size = size};
    ton_window_max_clear(w);
}

void ton_window_max_clear(struct ton_window_max *w) {
    memset(w->memory, 0, sizeof(float) * (size_t)ton_window_max_floats(w->size));
    w->at = 0;
    w->head = 0;
}

static void turn_values_into_tails(struct ton_window_max *w) {
    ton_kernels()->window_tails(w->memory, w->size);
    w->at = 0;
    w->head = 0;
}

void ton_window_max_run(struct ton_window_max *w, float *x, int frames) {
    while (frames > 0) {
        const int room = w->size - w->at;
        const int n = frames < room ? frames : room;
        w->head = ton_kernels()->window_heads(x, w->memory + w->at, w->head, n);
        w->at += n;
        if (n == room)
            turn_values_into_tails(w);
        x += n;
        frames -= n;
    }
}
