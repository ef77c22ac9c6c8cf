/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of a loop's passes is heard. */
#include "passes.h"

/* Of one track, and of one press. Their numbers may leap, where a file was there already. */
static bool are_together(const struct ton_recorded *a, const struct ton_recorded *b) {
    return a->track == b->track && a->press == b->press;
}

/* Where on the timeline it ends; nothing has no end. */
static int64_t end_of(const struct ton_recorded *take) {
    if (take->n_clips == 0)
        return INT64_MIN;
    const struct ton_recorded_clip *last = &take->clips[take->n_clips - 1];
    return last->at + last->frames;
}

bool passes_is_heard(const struct ton_recorded *takes, int n, int i) {
    int64_t end = INT64_MIN;
    for (int k = 0; k < n; k++)
        if (are_together(&takes[k], &takes[i]) && end_of(&takes[k]) > end)
            end = end_of(&takes[k]);
    for (int k = 0; k < n; k++)
        if (are_together(&takes[k], &takes[i]) && takes[k].pass > takes[i].pass &&
            end_of(&takes[k]) == end)
            return false;
    return end_of(&takes[i]) == end;
}
