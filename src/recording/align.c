/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines that delay inputs are made. */
#include "align.h"

#include "rings.h"

static bool make_line(struct align *a, struct ton_arena *arena, int input, int delay,
                      int most_frames) {
    struct align_line *line = &a->lines[a->n_lines++];
    *line = (struct align_line){.input = input,
                                .delay = delay,
                                .kept = TON_NEW_N(arena, float, delay),
                                .out = TON_NEW_N(arena, float, most_frames)};
    if (!line->kept || !line->out)
        return false;
    rings_touch(line->kept, sizeof(float) * (size_t)delay);
    rings_touch(line->out, sizeof(float) * (size_t)most_frames);
    return true;
}

struct align *align_create(struct ton_arena *arena, const int *delays, int n, int most_frames) {
    struct align *a = TON_NEW(arena, struct align);
    if (!a)
        return NULL;
    *a = (struct align){.n_inputs = n,
                        .in = TON_NEW_N(arena, const float *, n),
                        .lines = TON_NEW_N(arena, struct align_line, n)};
    for (int i = 0; i < n && a->in && a->lines; i++)
        if (delays[i] > 0 && !make_line(a, arena, i, delays[i], most_frames))
            return NULL;
    return a->in && a->lines ? a : NULL;
}
