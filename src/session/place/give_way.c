/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clips that are heard where a recording is placed make room for it:
 *
 *     before   ──────A──────   ───B───   ──────C──────
 *     placed           ──────────N──────────
 *     after    ────A───╳────────N──────────╳─────C────      (B is muted)
 *
 * A clip that reaches over both ends becomes two. How they are joined: seam.c. */
#include "giving.h"

#include "ton/order.h"

#include <math.h>

/* Frames behind the clip's end that its take still has. */
static int64_t spare_of(const struct ton_session *s, const struct ton_clip *clip) {
    int64_t material = s->takes[clip->take].frames;
    if (clip->take_right >= 0)
        material = ton_least(material, s->takes[clip->take_right].frames);
    return ton_most(material - clip->from - clip->frames, 0);
}

static int index_of(const struct ton_node *clips, const struct ton_node *clip) {
    int i = 0;
    while (i < clips->n && clips->items[i]->start != clip->start)
        i++;
    return i;
}

/* What stays lies across the cuts, and a crossfade there would take it for its partner. */
static void warn_of_both(struct giving *g, const struct ton_written_clip *w, const char *why) {
    g->layered = true;
    placing_warn(g->p, w->clip.where, "this clip %s, so it cannot give way to `%s`: both are heard",
                 why, g->new.clip.take);
}

/* Another channel of the recording, at its own place. */
static bool is_beside(const struct giving *g, const struct ton_clip *clip) {
    const struct ton_clip *new = &g->strip->written[g->strip->n_written - 1].clip;
    const bool others = clip->channel != new->channel || clip->channel_right != new->channel_right;
    return clip->take == new->take &&others && clip->at - clip->from == new->at - new->from;
}

/* It or one of its repeats, with so much around them, between the two? */
static bool is_heard(const struct giving *g, const struct ton_written_clip *w, int64_t around,
                     int64_t start, int64_t end) {
    for (int i = 0; i < g->strip->n_clips && w->repeat > 1; i++) {
        const struct ton_clip *c = &g->strip->clips[i];
        if (ton_text_same(c->where, w->clip.where) && c->at - around < end &&
            c->at + c->frames + around > start)
            return true;
    }
    return w->repeat == 1 && w->clip.at - around < end &&
           (!w->known || w->clip.at + w->clip.frames + around > start);
}

/* What stays as it is; NULL: it can be changed. */
static const char *why_it_stays(const struct giving *g, const struct ton_written_clip *w,
                                int index) {
    return w->repeat > 1                  ? "is repeated"
           : !w->known                    ? "has a take that cannot be read"
           : !giving_can_change(g, index) ? "is written in a way that cannot be changed"
                                          : NULL;
}

/* Must it give way or be joined, and can it? */
static void judge(struct giving *g, struct piece *x) {
    if (is_beside(g, &x->w->clip) || !is_heard(g, x->w, g->half + 1, g->start, g->end))
        return;
    const bool together = is_heard(g, x->w, 0, g->start, g->end);
    const char *why = why_it_stays(g, x->w, x->index);
    if (why && together)
        warn_of_both(g, x->w, why);
    if (why) {
        g->heard_before |=
            x->start < g->start && is_heard(g, x->w, g->half + 1, g->start, g->start);
        g->heard_behind |= is_heard(g, x->w, g->half + 1, g->end, g->end);
    }
    x->meets = !why;
    x->gives_way = !why && together;
}

/* Another pass of the stretch that the recording was asked for, as it was placed. */
static bool is_lane(const struct giving *g, const struct ton_written_clip *w) {
    static const char *const keys[] = {"take", "at", "from", "to", "channel", "mute"};
    const struct ton_clip *new = &g->strip->written[g->strip->n_written - 1].clip;
    const struct ton_node *take = ton_node_get(w->node, "take");
    int n = 0;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        n += ton_node_get(w->node, keys[i]) != NULL;
    return w->mute && n == w->node->n && take->kind == TON_NODE_SCALAR && w->clip.at == new->at &&
           w->clip.from == new->from && w->clip.frames == new->frames &&
           w->clip.channel == new->channel && w->clip.channel_right == new->channel_right;
}

/* The clips that are heard, which of them give way, and what lies beneath. */
static bool find_pieces(struct giving *g, const struct ton_node *clips) {
    g->pieces = TON_NEW_N(g->p->arena, struct piece, g->strip->n_written + 1);
    g->lanes = TON_NEW_N(g->p->arena, int, g->strip->n_written + 1);
    for (int i = 0; g->pieces && g->lanes && i < g->strip->n_written - 1; i++) {
        const struct ton_written_clip *w = &g->strip->written[i];
        const int index = index_of(clips, w->node);
        if (is_lane(g, w) && giving_can_change(g, index))
            g->lanes[g->n_lanes++] = index;
        if (w->mute)
            continue;
        struct piece *x = &g->pieces[g->n++];
        *x = (struct piece){
            .index = index,
            .w = w,
            .start = w->clip.at,
            .end = w->clip.at + w->clip.frames,
            .spare = w->known ? spare_of(g->p->session, &w->clip) : 0,
        };
        judge(g, x);
    }
    return g->pieces && g->lanes;
}

/* As it was written first, it stays. */
static bool is_alone(const struct giving *g) {
    bool alone = g->new.fade_in == 0 && g->new.fade_out == 0;
    for (int i = 0; i < g->n; i++)
        alone = alone && !g->pieces[i].meets;
    return alone;
}

static void start(struct giving *g, const struct ton_placing *clip) {
    const struct ton_clip *read = &g->strip->written[g->strip->n_written - 1].clip;
    g->new.clip = *clip;
    g->start = read->at;
    g->end = read->at + read->frames;
    g->spare = spare_of(g->p->session, read);
    g->crossfade = llround(clip->crossfade_ms * g->p->session->rate / 1000.0);
    g->half = g->crossfade - g->crossfade / 2;
}

enum ton_code placing_give_way(struct placing *p, const struct part *before,
                               const struct ton_placing *clip, struct ton_err *err) {
    const enum ton_code code = placing_read(p, err);
    if (code)
        return code;
    const struct ton_node *tracks = ton_node_get(p->root, "tracks");
    const struct ton_node *clips = ton_node_get(ton_node_get(tracks, clip->track), "clips");
    const int strip = ton_session_find_strip(p->session, clip->track);
    struct giving g = {.p = p, .part = *before, .n_list = clips->n - 1};
    g.strip = &p->session->strips[strip];
    if (!g.strip->written[g.strip->n_written - 1].known) {
        placing_warn(p, NULL, "how long `%s` is is not known, so nothing gives way to it",
                     clip->take);
        return TON_OK;
    }
    start(&g, clip);
    if (!find_pieces(&g, clips))
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    giving_find_seams(&g);
    return is_alone(&g) ? TON_OK : giving_write(&g, err);
}
