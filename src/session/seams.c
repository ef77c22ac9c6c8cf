/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Crossfades: both clips reach over the seam between them, as far as their takes have material. */
#include "clips.h"

#include "ton/order.h"

static int by_start(const void *a, const void *b) {
    const struct placed *x = a, *y = b;
    if (x->clip.at != y->clip.at)
        return x->clip.at < y->clip.at ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

void ton_clips_sort(struct clip_list *list) {
    if (list->n > 1)
        qsort(list->items, list->n, sizeof *list->items, by_start);
}

/* Lets both clips reach over the seam at `next`'s start and fades them there with equal power. */
static void crossfade(struct ton_build *b, struct placed *before, struct placed *next) {
    const struct draft *d = next->draft;
    int64_t seam = next->clip.at, half = d->crossfade / 2;
    struct ton_clip *old = &before->clip, *new = &next->clip;
    int64_t into_old = seam - old->at; /* where the seam is in the clip before */
    int64_t material = before->draft->material;
    int64_t spare = material < 0 ? old->frames - into_old : material - old->from - into_old;
    int64_t gap = into_old - old->frames;
    /* A gap shorter than the crossfade is one of rounding, or was left for it. */
    if (gap > 0 && (gap > d->crossfade || spare < 0)) {
        if (!next->draft->warned)
            ton_node_warn(b->r.doc, d->crossfade_node,
                          "there is nothing to cross-fade with: the clip before ends %.1f ms "
                          "earlier; it is faded in instead",
                          (double)gap * 1000.0 / b->s->rate);
        next->draft->warned = true;
        if (new->fade_in == 0)
            new->fade_in = ton_least(d->crossfade, new->frames);
        return;
    }
    int64_t back = ton_least(ton_least(half, new->from), into_old);
    int64_t on = ton_least(ton_least(d->crossfade - half, spare), new->frames);
    if (back + on < d->crossfade && !next->draft->warned) {
        next->draft->warned = true;
        ton_node_warn(b->r.doc, d->crossfade_node,
                      "the crossfade is only %.1f ms long: there is no more material around the "
                      "seam (%.1f ms before it, %.1f ms after it)",
                      (double)(back + on) * 1000.0 / b->s->rate, (double)back * 1000.0 / b->s->rate,
                      (double)on * 1000.0 / b->s->rate);
    }
    old->frames = into_old + on;
    old->fade_out = back + on;
    old->fade_in = ton_least(old->fade_in, old->frames);
    old->equal_power_out = true;
    new->at -= back;
    new->from -= back;
    new->frames += back;
    new->fade_in = back + on;
    new->equal_power_in = true;
}

void ton_clips_crossfade(struct ton_build *b, struct clip_list *list) {
    for (size_t i = 0; i < list->n; i++) {
        const struct draft *d = list->items[i].draft;
        if (d->crossfade <= 0 || d->material < 0)
            continue;
        if (i > 0)
            crossfade(b, &list->items[i - 1], &list->items[i]);
        else if (d->repeat == 1)
            ton_node_warn(b->r.doc, d->crossfade_node,
                          "there is no clip before this one to cross-fade with");
    }
}
