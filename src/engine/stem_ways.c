/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether stems add up to the mix: the ways of every track are followed from the mix upwards, and
 * each should meet strips of one stem and no more. */
#include "graph.h"

#include <math.h>

enum { NONE = -1 };

struct stem_walk {
    const struct version *mix;
    const struct selection *stems; /* each */
    int n_stems;
    bool *seen; /* [strip * (n_stems + 2) + state of the way] */
    struct ton_stem_ways *ways;
};

/* What a way has met so far. */
struct met {
    int first, second;
};

static bool is_off(float gain_db) {
    return isinf(gain_db) && gain_db < 0;
}

static struct met meet(const struct stem_walk *w, int strip, struct met met) {
    for (int i = 0; i < w->n_stems; i++) {
        if (!w->stems[i].in[strip] || i == met.first)
            continue;
        if (met.first == NONE)
            met.first = i;
        else if (met.second == NONE)
            met.second = i;
    }
    return met;
}

static void note_track(struct ton_stem_ways *track, struct met met) {
    track->in = track->in || met.first != NONE;
    track->beside = track->beside || met.first == NONE;
    if (met.second != NONE && track->second == NONE) {
        track->first = met.first < met.second ? met.first : met.second;
        track->second = met.first < met.second ? met.second : met.first;
    }
}

static void follow(struct stem_walk *w, int strip, struct met met, bool after_fader) {
    const struct ton_session *session = w->mix->plan->session;
    const struct ton_strip *s = &session->strips[strip];
    if (version_is_silent(w->mix, strip, 0) || (after_fader && is_off(s->gain_db)))
        return;
    met = meet(w, strip, met);
    const int state = met.second != NONE ? w->n_stems + 1 : met.first + 1;
    bool *seen = &w->seen[strip * (w->n_stems + 2) + state];
    if (*seen)
        return;
    *seen = true;
    if (s->n_clips > 0)
        note_track(&w->ways[strip], met);
    for (int i = 0; s->is_bus && i < session->n_strips; i++) {
        const struct ton_strip *from = &session->strips[i];
        if (from->to == strip && i != strip)
            follow(w, i, met, true);
        for (int k = 0; k < from->n_sends; k++)
            if (from->sends[k].to == strip && !is_off(from->sends[k].gain_db))
                follow(w, i, met, !from->sends[k].before_fader);
    }
}

const struct ton_stem_ways *ton_plan_stem_ways(struct ton_arena *arena,
                                               const struct ton_session *session,
                                               const struct ton_wish *wish) {
    struct ton_plan plan = {.session = session, .arena = arena};
    const struct ton_wish all = {
        .name = wish->name, .without = wish->without, .n_without = wish->n_without};
    struct selection *stems = TON_NEW_N(arena, struct selection, wish->n_only + 1);
    struct selection whole;
    struct version mix;
    struct ton_err ignored;
    struct stem_walk w = {
        .mix = &mix,
        .stems = stems,
        .n_stems = wish->n_only,
        .seen = TON_NEW_N(arena, bool, session->n_strips *(wish->n_only + 2) + 1),
        .ways = TON_NEW_N(arena, struct ton_stem_ways, session->n_strips + 1),
    };
    bool good = stems && w.seen && w.ways && !plan_select(&whole, &plan, &all, &ignored) &&
                version_init(&mix, &plan, &whole, NULL);
    for (int i = 0; good && i < wish->n_only; i++) {
        const struct ton_wish stem = {.name = wish->name, .only = &wish->only[i], .n_only = 1};
        good = !plan_select(&stems[i], &plan, &stem, &ignored);
    }
    if (!good)
        return NULL;
    for (int i = 0; i < session->n_strips; i++)
        w.ways[i] = (struct ton_stem_ways){.first = NONE, .second = NONE};
    if (!mix.any_solo) /* then it is no mix that anybody wants to be the sum of stems */
        follow(&w, session->mix, (struct met){NONE, NONE}, true);
    return w.ways;
}
