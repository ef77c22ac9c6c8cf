/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The metronome: short bursts of tone on the beats of a tempo map, each from the frame on that its
 * beat is rounded to. */
#ifndef TON_ENGINE_CLICK_H
#define TON_ENGINE_CLICK_H

#include "ton/rt.h"
#include "ton/tempo.h"

struct clicking {
    const struct ton_tempo_map *map; /* NULL: no clicks */
    float *beat, *accent;            /* the bursts, `length` frames */
    int length;
    const float *sounds; /* the burst that is heard now, */
    int at;              /* from here on */
};

/* False without memory. */
bool click_init(struct clicking *c, const struct ton_tempo_map *map, int rate);
void click_finish(struct clicking *c);

/* Each writes `frames` into out: of the timeline from `place` on; of a count-in to `roll` from
 * `place` (before it) on, where beats come as the tempo is at `roll`, back to before the timeline;
 * what still sounds. @thread audio */
TON_RT void click_play(struct clicking *c, float *out, int64_t place, int frames, float gain);
TON_RT void click_count(struct clicking *c, float *out, int64_t place, int64_t roll, int rate,
                        int frames, float gain);
TON_RT void click_ring(struct clicking *c, float *out, int frames, float gain);

#endif
