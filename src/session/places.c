/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells plug-ins where the music is: the tempo and the meter, wherever one of them changes. */
#include "build.h"

#include "ton/foreign.h"

#include <math.h>

enum {
    PARTS = 4,  /* of a beat at which a ramp is looked at */
    TAIL_S = 60 /* what rings on behind the last clip keeps time too */
};

/* A frame later than the change by less than one: what is said there holds from there on. */
static void add_place(struct ton_text *t, const struct ton_tempo_map *map, double frame) {
    int bar, beat;
    double tick;
    ton_tempo_position(map, frame, &bar, &beat, &tick);
    const double quarters = ton_tempo_quarters_at(map, frame);
    ton_text_printf(t, "%lld %d %.9f %.9f %d %d\n", (long long)frame, bar - 1,
                    beat - 1 + tick / TON_TICKS, quarters, ton_tempo_beats_in_bar(map, bar),
                    (int)lround(4 * ton_tempo_bpm_at(map, frame) / quarters));
}

/* Lines for ton_setup.times, up to a frame. */
static char *places(struct ton_arena *a, const struct ton_tempo_map *map, int64_t frames) {
    struct ton_text t = {0};
    double last = 0;
    int last_beats = 0;
    for (int bar = 1, ends = 0; !ends && !t.failed; bar++) {
        const int beats = ton_tempo_beats_in_bar(map, bar);
        for (int part = 0; part < beats * PARTS && !ends; part++) {
            const double frame = ceil(ton_tempo_frame_at(map, bar, 1 + part / PARTS,
                                                         part % PARTS * (double)TON_TICKS / PARTS));
            const double quarters = ton_tempo_quarters_at(map, frame);
            ends = frame > (double)frames && t.length > 0;
            if (!ends && (quarters != last || beats != last_beats))
                add_place(&t, map, frame);
            last = quarters;
            last_beats = beats;
        }
    }
    char *text = t.failed ? NULL : ton_arena_text(a, t.data);
    ton_text_free(&t);
    return text;
}

void ton_build_places(struct ton_build *b) {
    const char *text = NULL;
    for (int i = 0; i < b->s->n_strips; i++) {
        struct ton_chain *chain = &b->s->strips[i].chain;
        for (int k = 0; k < chain->n; k++) {
            if (!chain->items[k].setup)
                continue;
            struct ton_setup *setup = ton_setup_change(&b->r, &chain->items[k]);
            if (!text)
                text = places(b->r.arena, b->s->tempo, b->s->frames + (int64_t)TAIL_S * b->s->rate);
            if (!setup || !text)
                return; /* the arena knows */
            setup->times = text;
        }
    }
}
