/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clips that are heard where a recording is placed make room for it:
 *
 *     before   ──────A──────   ───B───   ──────C──────
 *     placed           ──────────N──────────
 *     after    ────A───╳────────N──────────╳─────C────      (B is muted)
 *
 * A clip that reaches over both ends becomes two. At the cuts both sides reach over the seam and
 * are crossfaded, as far as their takes have sound; where the recording begins or ends with its
 * take, the seam lies so much later or earlier. */
#include "giving.h"

#include <math.h>

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Frames behind the clip's end that its take still has. */
static int64_t spare_of(const struct ton_session *s, const struct ton_clip *clip) {
    int64_t material = s->takes[clip->take].frames;
    if (clip->take_right >= 0)
        material = least(material, s->takes[clip->take_right].frames);
    return most(material - clip->from - clip->frames, 0);
}

static bool is_repeated_over(const struct giving *g, const struct ton_written_clip *w) {
    for (int i = 0; i < g->strip->n_clips; i++) {
        const struct ton_clip *c = &g->strip->clips[i];
        if (ton_text_same(c->where, w->clip.where) && c->at < g->end &&
            c->at + c->frames > g->start)
            return true;
    }
    return false;
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

/* Must it give way, and can it? */
static bool gives_way(struct giving *g, const struct ton_written_clip *w, int index) {
    const int64_t start = w->clip.at;
    if (w->repeat > 1 ? !is_repeated_over(g, w) : start >= g->end)
        return false;
    if (w->repeat == 1 && w->known && start + w->clip.frames <= g->start)
        return false;
    if (is_beside(g, &w->clip))
        return false;
    if (w->repeat > 1)
        warn_of_both(g, w, "is repeated");
    else if (!w->known)
        warn_of_both(g, w, "has a take that cannot be read");
    else if (!giving_can_change(g, index))
        warn_of_both(g, w, "is written in a way that cannot be changed");
    else
        return true;
    return false;
}

/* The clips that are heard, and which of them give way. */
static bool find_pieces(struct giving *g, const struct ton_node *clips) {
    g->pieces = TON_NEW_N(g->p->arena, struct piece, g->strip->n_written + 1);
    for (int i = 0; g->pieces && i < g->strip->n_written - 1; i++) {
        const struct ton_written_clip *w = &g->strip->written[i];
        if (w->mute)
            continue;
        const int index = index_of(clips, w->node);
        g->pieces[g->n++] = (struct piece){
            .index = index,
            .w = w,
            .start = w->clip.at,
            .end = w->clip.at + w->clip.frames,
            .spare = w->known ? spare_of(g->p->session, &w->clip) : 0,
            .meets = gives_way(g, w, index),
        };
    }
    return g->pieces;
}

/* Where the recording has no sound beyond an end at which another clip is cut, it gives up half a
 * crossfade of its own there. */
static void find_seams(struct giving *g) {
    struct ton_placing *clip = &g->new.clip;
    const int64_t later = most(g->half - clip->from, 0), earlier = most(g->half - g->spare, 0);
    bool cut_at_start = false, cut_at_end = false;
    for (int i = 0; i < g->n; i++) {
        const struct piece *x = &g->pieces[i];
        cut_at_start |= x->meets && x->start < g->start && x->end > g->start + later;
        cut_at_end |= x->meets && x->end > g->end && x->start < g->end - earlier;
    }
    const bool is_long = g->end - g->start >= 4 * g->half;
    if (is_long && cut_at_start) {
        g->start += later;
        clip->at += later;
        clip->from += later;
    }
    if (is_long && cut_at_end) {
        g->end -= earlier;
        g->spare += earlier;
    }
    if (clip->frames > 0 || g->spare > 0)
        clip->frames = g->end - g->start;
    for (int i = 0, n = 0; i < g->n; i++) {
        struct piece *x = &g->pieces[i];
        x->meets = x->meets && x->start < g->end && x->end > g->start;
        x->before = x->meets && x->start < g->start;
        x->after = x->meets && x->end > g->end;
        x->after_index = x->before ? g->n_list + 1 + n : x->index;
        n += x->before && x->after;
    }
}

/* In the order in which clips are crossfaded: by their starts, then as they are written. */
static bool is_later(int64_t at, int index, int64_t than_at, int than_index) {
    return at > than_at || (at == than_at && index > than_index);
}

/* The clip that comes before the recording, if that ends where the recording begins; NULL. */
static struct piece *before_recording(struct giving *g) {
    struct piece *last = NULL;
    for (int i = 0; i < g->n; i++) {
        struct piece *x = &g->pieces[i];
        const bool stays = !x->meets || x->before;
        if (stays && x->start <= g->start &&
            (!last || is_later(x->start, x->index, last->start, last->index)))
            last = x;
    }
    return last && (last->before || last->end == g->start) && last->w->repeat == 1 ? last : NULL;
}

/* Does the part behind the recording follow it, with no other clip between? */
static bool follows(const struct giving *g, const struct piece *x) {
    for (int i = 0; i < g->n; i++) {
        const struct piece *y = &g->pieces[i];
        const int64_t at = y->meets ? g->end : y->start;
        const int index = y->meets ? y->after_index : y->index;
        const bool stays = !y->meets || y->after;
        if (y != x && stays && is_later(at, index, g->start, g->n_list) &&
            is_later(g->end, x->after_index, at, index))
            return false;
    }
    return true;
}

/* Both sides reach over the seam as far as the one with less can. */
static int64_t crossfade_of(const struct giving *g, int64_t reach) {
    return reach >= g->half ? g->crossfade : 2 * reach;
}

/* How the cuts sound: crossfades where two clips meet, fades where something lies between them. */
static void find_fades(struct giving *g) {
    const int64_t length = g->end - g->start;
    const int64_t half = least(g->half, length / 2);
    struct piece *first = before_recording(g);
    if (first && !g->layered) {
        const int64_t spare = first->spare + (first->before ? first->end - g->start : 0);
        const int64_t reach = least(least(g->new.clip.from, g->start - first->start), spare);
        g->new.crossfade = crossfade_of(g, least(half, reach));
    }
    for (int i = 0; i < g->n; i++) {
        struct piece *x = &g->pieces[i];
        const int64_t rest = x->end - g->end;
        if (x->before && (x != first || g->new.crossfade == 0)) {
            x->fade_out = least(half, g->start - x->start);
            g->new.fade_in = g->new.crossfade > 0 ? 0 : half;
        }
        if (x->after && !g->layered && follows(g, x))
            x->crossfade = crossfade_of(g, least(least(half, g->spare), rest));
        if (x->after && x->crossfade == 0) {
            x->fade_in = least(half, rest);
            g->new.fade_out = half;
        }
    }
}

/* As it was written first, it stays. */
static bool is_alone(const struct giving *g) {
    bool alone = g->new.crossfade == 0;
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
    find_seams(&g);
    find_fades(&g);
    return is_alone(&g) ? TON_OK : giving_write(&g, err);
}
