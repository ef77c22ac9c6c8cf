/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of a loop's passes is heard. */
#include "passes.h"

/* Where on the timeline it ends; nothing has no end. */
static int64_t end_of(const struct ton_recorded *take) {
    if (take->n_clips == 0)
        return INT64_MIN;
    const struct ton_recorded_clip *last = &take->clips[take->n_clips - 1];
    return last->at + last->frames;
}

static int order(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

/* Those of one track and one press are together; their numbers may leap, where a file was there
 * already. */
static int by_group(const struct ton_recorded *a, const struct ton_recorded *b) {
    const int track = order(a->track, b->track);
    return track ? track : order(a->press, b->press);
}

/* The one that is heard is the last of its group. */
static int by_worth(const void *first, const void *second) {
    const struct ton_recorded *a = *(const struct ton_recorded *const *)first;
    const struct ton_recorded *b = *(const struct ton_recorded *const *)second;
    const int group = by_group(a, b), end = order(end_of(a), end_of(b));
    return group ? group : end ? end : order(a->pass, b->pass);
}

bool passes_find_heard(bool *heard, struct ton_arena *arena, const struct ton_recorded *takes,
                       int n) {
    const struct ton_recorded **sorted = TON_NEW_N(arena, const struct ton_recorded *, n + 1);
    for (int i = 0; i < n && sorted; i++)
        sorted[i] = &takes[i];
    if (sorted)
        qsort(sorted, (size_t)n, sizeof(*sorted), by_worth);
    for (int i = 0; i < n && sorted; i++)
        heard[sorted[i] - takes] = i + 1 == n || by_group(sorted[i], sorted[i + 1]) != 0;
    return sorted != NULL;
}
