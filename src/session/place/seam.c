/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a recording is joined to the clips before and behind it, whether they were cut for it or end
 * there anyway. Where both takes have sound around the seam they are crossfaded:
 *
 *     take of A   ─────────────────────────────┤ b
 *     take of N                 a ├─────────────────────────────
 *     the seam                      ◁──s──▷
 *
 * s is as near to where it was asked for as the crossfade, half before it and half behind it, has
 * room between a and b. With less than half a crossfade there both sides are faded. */
#include "giving.h"

#include "ton/order.h"

struct seam {
    struct piece *x; /* that is joined; NULL: nothing is */
    int64_t at, crossfade;
};

/* In the order in which clips are crossfaded: by their starts, then as they are written. */
static bool is_later(int64_t at, int index, int64_t than_at, int than_index) {
    return at > than_at || (at == than_at && index > than_index);
}

/* Both have sound from a to b. A short recording stays where it is, for two seams that move could
 * use it up. */
static struct seam join(const struct giving *g, struct piece *x, int64_t at, int64_t a, int64_t b) {
    const int64_t length = g->end - g->start, wished = ton_least(g->crossfade, length);
    const int64_t before = wished / 2, behind = wished - before;
    const int64_t reach = ton_least(at - a, b - at), common = b - a;
    struct seam seam = {x, at, 0};
    if (length < 2 * g->crossfade) {
        seam.crossfade = 4 * reach >= wished ? ton_least(2 * reach, wished) : 0;
    } else if (common >= wished) {
        seam.at = ton_least(ton_most(at, a + before), b - behind);
        seam.crossfade = wished;
    } else if (common >= g->half) {
        seam.at = a + common / 2;
        seam.crossfade = common;
    }
    return seam;
}

/* The clip that comes before the recording. */
static struct seam seam_of_last(struct giving *g) {
    struct piece *last = NULL, *x = NULL;
    for (int i = 0; i < g->n; i++) {
        struct piece *y = &g->pieces[i];
        const bool stays = y->meets ? y->start < g->start && !y->no_before : y->start <= g->start;
        if (stays && (!last || is_later(y->start, y->index, last->start, last->index)))
            last = y;
        if (stays && y->meets && (!x || is_later(y->start, y->index, x->start, x->index)))
            x = y;
    }
    const bool fades = x && x->end <= g->start && x->w->clip.fade_out > g->half;
    if (!x || x != last || g->layered || fades || g->crossfade == 0)
        return (struct seam){x, g->start, 0};
    return join(g, x, g->start, ton_most(g->start - g->new.clip.from, x->start),
                ton_least(x->end + x->spare, g->end));
}

static bool is_split(const struct giving *g, const struct piece *x) {
    return x->start < g->start && x->end > g->end && !x->no_before && !x->no_after;
}

/* Of what is left behind the recording: second parts stand at the end of the list. */
static bool comes_first(const struct giving *g, const struct piece *x, const struct piece *y) {
    const int64_t at = ton_most(x->start, g->end), than_at = ton_most(y->start, g->end);
    const bool split = is_split(g, x), than_split = is_split(g, y);
    return at != than_at ? at < than_at : split != than_split ? than_split : x->index < y->index;
}

/* The clip that comes behind it. */
static struct seam seam_of_next(struct giving *g) {
    struct piece *x = NULL;
    bool between = g->layered;
    for (int i = 0; i < g->n; i++) {
        struct piece *y = &g->pieces[i];
        between |= !y->meets && y->start > g->start && y->start <= g->end;
        if (y->meets && y->end > g->end && !y->no_after && (!x || comes_first(g, y, x)))
            x = y;
    }
    const int64_t own = x ? x->w->crossfade : 0;
    const bool fades = x && x->start >= g->end && x->w->clip.fade_in > g->half && own == 0;
    if (!x || between || fades || g->crossfade == 0)
        return (struct seam){x, g->end, 0};
    if (x->start == g->end && own > 0 && own - own / 2 <= g->spare && own <= g->end - g->start)
        return (struct seam){x, g->end, own};
    return join(g, x, g->end, ton_most(g->start, x->start - x->w->clip.from),
                ton_least(g->end + g->spare, x->end));
}

/* Less than a crossfade of a clip that is cut is not kept where what lies beyond it can be joined
 * as well. */
static struct seam find_start(struct giving *g) {
    const struct seam first = seam_of_last(g);
    struct piece *x = first.x;
    if (!x || !x->gives_way || g->start - x->start >= g->crossfade)
        return first;
    x->no_before = true;
    const struct seam second = seam_of_last(g);
    if (second.crossfade == g->crossfade)
        return second;
    x->no_before = false;
    return first;
}

static struct seam find_end(struct giving *g) {
    const struct seam first = seam_of_next(g);
    struct piece *x = first.x;
    if (!x || !x->gives_way || x->end - g->end >= g->crossfade)
        return first;
    x->no_after = true;
    const struct seam second = seam_of_next(g);
    if (second.crossfade >= g->crossfade)
        return second;
    x->no_after = false;
    return first;
}

/* What is left of a piece: what is joined moves with its seam. What begins or ends near the
 * recording and is not joined stays as it is. */
static void cut(const struct giving *g, struct piece *x, const struct seam *first,
                const struct seam *next) {
    x->meets = x->gives_way || x == first->x || x == next->x;
    x->before_end = x == first->x ? first->at : ton_least(x->end, first->at);
    x->after_start = x == next->x ? next->at : ton_most(x->start, next->at);
    x->before = x->meets && x->start < g->start && x->start < x->before_end && !x->no_before;
    x->after = x->meets && x->end > g->end && x->end > x->after_start && !x->no_after;
}

/* The recording begins and ends at its seams. */
static void move(struct giving *g, int64_t start, int64_t end) {
    struct ton_placing *clip = &g->new.clip;
    clip->at += start - g->start;
    clip->from += start - g->start;
    g->spare -= end - g->end;
    g->start = start;
    g->end = end;
    if (clip->frames > 0 || g->spare > 0)
        clip->frames = end - start;
}

/* At what is not joined, or not with a crossfade, both sides are faded. A clip that begins or ends
 * there anyway keeps a longer fade of its own. */
static void fade(struct giving *g, const struct seam *first, const struct seam *next) {
    const int64_t half = ton_least(g->half, (g->end - g->start) / 2);
    bool heard_before = g->heard_before, heard_behind = g->heard_behind;
    for (int i = 0; i < g->n; i++) {
        struct piece *x = &g->pieces[i];
        x->crossfade = x == next->x ? next->crossfade : 0;
        if (x->before && (x != first->x || first->crossfade == 0)) {
            const int64_t own = x->before_end == x->end ? x->w->clip.fade_out : 0;
            x->fade_out = ton_most(own, ton_least(g->half, x->before_end - x->start));
            heard_before = true;
        }
        if (x->after && x->crossfade == 0) {
            const int64_t own = x->after_start == x->start ? x->w->clip.fade_in : 0;
            x->fade_in = ton_most(own, ton_least(g->half, x->end - x->after_start));
            heard_behind = true;
        }
    }
    g->new.crossfade = first->crossfade;
    g->new.fade_in = heard_before && first->crossfade == 0 ? half : 0;
    g->new.fade_out = heard_behind && next->crossfade == 0 ? half : 0;
}

void giving_find_seams(struct giving *g) {
    const struct seam first = find_start(g), next = find_end(g);
    for (int i = 0; i < g->n; i++)
        cut(g, &g->pieces[i], &first, &next);
    move(g, first.at, next.at);
    fade(g, &first, &next);
}
