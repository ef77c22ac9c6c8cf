/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed in automation. Lanes are the same when they move the same thing. */
#include "diff.h"

#include "ton/text.h"

/* "gain", "send to Plate", "eq band 2 gain". */
static const char *lane_name(const struct ton_diff *d, const struct ton_session *s,
                             const struct ton_strip *strip, const struct ton_lane *lane) {
    char words[64];
    ton_key_to_words(words, sizeof words, lane->row->key);
    if (lane->target == TON_TARGET_SEND)
        return ton_diff_text(d, "send to %s automation",
                             s->strips[strip->sends[lane->item].to].name);
    if (lane->target == TON_TARGET_PARAMETER)
        return ton_diff_text(
            d, "%s %s automation", ton_diff_item_name(d, &strip->chain, lane->item),
            ton_diff_parameter_name(d, strip->chain.items[lane->item].processor, lane->parameter));
    return ton_diff_text(d, "%s automation", words);
}

static bool same_target(const struct ton_diff *d, const struct ton_strip *a,
                        const struct ton_lane *x, const struct ton_strip *b,
                        const struct ton_lane *y, const int *items) {
    if (x->target != y->target)
        return false;
    if (x->target == TON_TARGET_SEND)
        return d->now[a->sends[x->item].to] == b->sends[y->item].to;
    if (x->target == TON_TARGET_PARAMETER)
        return items[x->item] == y->item && x->parameter == y->parameter;
    return true;
}

static bool same_point(const struct ton_diff *d, const struct ton_point *a,
                       const struct ton_point *b) {
    return a->value == b->value && ton_diff_same_place(d, a->frame, b->frame);
}

static void say_between(const struct ton_diff *d, const char *name, const struct ton_lane *a,
                        const struct ton_lane *b, int same, int tail) {
    /* From the first to the last point that is new, or was there and no longer is. */
    int end_a = a->n_written - tail, end_b = b->n_written - tail;
    const char *first = NULL, *last = NULL;
    if (end_b > same) {
        first = ton_diff_at(d, d->b, b->written[same].frame);
        last = ton_diff_at(d, d->b, b->written[end_b - 1].frame);
    }
    if (end_a > same) {
        if (!first || a->written[same].frame < b->written[same].frame)
            first = ton_diff_at(d, d->a, a->written[same].frame);
        if (!last || a->written[end_a - 1].frame > b->written[end_b - 1].frame)
            last = ton_diff_at(d, d->a, a->written[end_a - 1].frame);
    }
    if (ton_text_same(first, last))
        ton_diff_say(d, name, NULL, NULL, "%s at %s changed", name, first);
    else
        ton_diff_say(d, name, NULL, NULL, "%s between %s and %s changed", name, first, last);
}

static void diff_lane(const struct ton_diff *d, const char *name, const struct ton_lane *a,
                      const struct ton_lane *b) {
    int same = 0, tail = 0, least = a->n_written < b->n_written ? a->n_written : b->n_written;
    while (same < least && same_point(d, &a->written[same], &b->written[same]))
        same++;
    if (same == a->n_written && same == b->n_written)
        return;
    while (tail < least - same && same_point(d, &a->written[a->n_written - 1 - tail],
                                             &b->written[b->n_written - 1 - tail]))
        tail++;
    bool one = a->n_written == b->n_written && same + tail + 1 == a->n_written;
    const struct ton_point *x = &a->written[same], *y = &b->written[same];
    if (one && ton_diff_same_place(d, x->frame, y->frame))
        ton_diff_number(d, ton_diff_text(d, "%s at %s", name, ton_diff_at(d, d->b, y->frame)),
                        b->row, x->value, y->value);
    else
        say_between(d, name, a, b, same, tail);
}

void ton_diff_lanes(const struct ton_diff *d, const struct ton_strip *a, const struct ton_strip *b,
                    const int *items) {
    bool *was = TON_NEW_N(d->arena, bool, b->n_lanes + 1);
    for (int i = 0; items && was && i < a->n_lanes; i++) {
        const char *name = lane_name(d, d->a, a, &a->lanes[i]);
        int now = 0;
        while (now < b->n_lanes && !same_target(d, a, &a->lanes[i], b, &b->lanes[now], items))
            now++;
        if (now == b->n_lanes) {
            ton_diff_say(d, name, name, NULL, "%s removed", name);
            continue;
        }
        was[now] = true;
        diff_lane(d, lane_name(d, d->b, b, &b->lanes[now]), &a->lanes[i], &b->lanes[now]);
    }
    for (int i = 0; was && i < b->n_lanes; i++) {
        const char *name = lane_name(d, d->b, b, &b->lanes[i]);
        int n = b->lanes[i].n_written;
        if (!was[i])
            ton_diff_say(d, name, NULL, name, "%s added, %d point%s", name, n, n == 1 ? "" : "s");
    }
}
