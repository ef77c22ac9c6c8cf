/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times and rates that are note values follow the tempo: where it changes, they become lanes. */
#include "graph.h"

#include "ton/tempo.h"

enum { PARTS = 4 }; /* of a beat at which a ramp is looked at */

/* A step: the old value up to the frame before. */
static bool add_step(struct ton_plan *plan, struct ton_lane *lane, size_t *n, size_t *capacity,
                     int64_t frame, float value) {
    if (*n > 0 && lane->points[*n - 1].value == value)
        return true;
    const struct ton_point points[2] = {{frame - 1, *n > 0 ? lane->points[*n - 1].value : value},
                                        {frame, value}};
    for (int i = *n > 0 ? 0 : 1; i < 2; i++) {
        struct ton_point *point = TON_PUSH(plan->arena, lane->points, *n, *capacity);
        if (!point)
            return false;
        *point = points[i];
    }
    return true;
}

/* Every part of a beat from the start to the last clip. */
static bool fill(struct ton_plan *plan, struct ton_lane *lane, float note) {
    const struct ton_tempo_map *map = plan->session->tempo;
    size_t n = 0, capacity = 0;
    for (int bar = 1;; bar++)
        for (int beat = 1; beat <= ton_tempo_beats_in_bar(map, bar); beat++)
            for (int part = 0; part < PARTS; part++) {
                const double frame =
                    ton_tempo_frame_at(map, bar, beat, part * (double)TON_TICKS / PARTS);
                if (frame > (double)plan->session->frames) {
                    lane->n = (int)n;
                    return true;
                }
                /* half a frame later: a change counts from its own frame on */
                const double tempo = ton_tempo_quarters_at(map, frame + 0.5);
                if (!add_step(plan, lane, &n, &capacity, (int64_t)ceil(frame),
                              ton_row_note_value(lane->row, note, tempo)))
                    return false;
            }
}

struct ton_lane *plan_note_lane(struct ton_plan *plan, const struct ton_row *row, int parameter,
                                float note) {
    struct ton_lane *lane = TON_NEW(plan->arena, struct ton_lane);
    if (!lane) {
        plan->no_memory = true;
        return NULL;
    }
    *lane = (struct ton_lane){.target = TON_TARGET_PARAMETER, .parameter = parameter, .row = row};
    if (!fill(plan, lane, note)) {
        plan->no_memory = true;
        return NULL;
    }
    return lane->n > 1 ? lane : NULL;
}
