/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which clips were moved, trimmed, changed, added or removed. Equal clips are paired first; of what
 * is left, a clip of the same take with the same stretch has moved, and one at the same place was
 * trimmed. */
#include "diff.h"

#include "ton/text.h"

struct view {
    const struct ton_clip *clip;
    const char *take;
    int64_t place;
    bool paired;
};

static int compare_numbers(int64_t a, int64_t b) {
    return (a > b) - (a < b);
}

static int by_take_and_place(const void *a, const void *b) {
    const struct view *x = a, *y = b;
    int order = strcmp(x->take, y->take);
    if (order == 0)
        order = compare_numbers(x->place, y->place);
    if (order == 0)
        order = compare_numbers(x->clip->from, y->clip->from);
    return order ? order : compare_numbers(x->clip->frames, y->clip->frames);
}

static struct view *views_of(const struct ton_diff *d, const struct ton_session *s,
                             const struct ton_strip *strip) {
    size_t n = (size_t)strip->n_clips;
    struct view *views = ton_alloc((n + 1) * sizeof *views);
    for (size_t i = 0; views && i < n; i++) {
        const struct ton_clip *clip = &strip->clips[i];
        views[i] = (struct view){.clip = clip,
                                 .take = s->takes[clip->take].name,
                                 .place = ton_diff_place(d, s, clip->at)};
    }
    if (views && n > 1)
        qsort(views, n, sizeof *views, by_take_and_place);
    return views;
}

static bool same_stretch(const struct view *a, const struct view *b) {
    return a->clip->from == b->clip->from && a->clip->frames == b->clip->frames;
}

static bool same_sound(const struct ton_clip *a, const struct ton_clip *b) {
    return a->gain_db == b->gain_db && a->channel == b->channel && a->fade_in == b->fade_in &&
           a->fade_out == b->fade_out && a->equal_power_in == b->equal_power_in &&
           a->equal_power_out == b->equal_power_out;
}

static void say_sound(const struct ton_diff *d, const struct view *a, const struct view *b) {
    char at[32], from[32], to[32];
    ton_time_format(at, sizeof at, b->clip->at, d->b->rate);
    if (a->clip->gain_db != b->clip->gain_db)
        ton_diff_say(d, "clip of `%s` at %s: gain %s to %s", b->take, at,
                     ton_unit_format(from, sizeof from, (double)a->clip->gain_db, TON_UNIT_DB, 2),
                     ton_unit_format(to, sizeof to, (double)b->clip->gain_db, TON_UNIT_DB, 2));
    if (a->clip->channel != b->clip->channel)
        ton_diff_say(d, "clip of `%s` at %s: other channels are heard", b->take, at);
    if (a->clip->fade_in != b->clip->fade_in || a->clip->fade_out != b->clip->fade_out ||
        a->clip->equal_power_in != b->clip->equal_power_in ||
        a->clip->equal_power_out != b->clip->equal_power_out)
        ton_diff_say(d, "clip of `%s` at %s: fades changed", b->take, at);
}

static void say_trim(const struct ton_diff *d, const struct view *a, const struct view *b) {
    char at[32], length[32], was[32];
    ton_diff_say(d, "clip of `%s` at %s trimmed: %s long, was %s%s", b->take,
                 ton_time_format(at, sizeof at, b->clip->at, d->b->rate),
                 ton_time_format(length, sizeof length, b->clip->frames, d->b->rate),
                 ton_time_format(was, sizeof was, a->clip->frames, d->a->rate),
                 a->clip->from != b->clip->from ? ", from another place in the take" : "");
}

/* Pairs what is equal at the same place; both lists are sorted alike. Clips there that only sound
 * different are paired and said. */
static void pair_equal(const struct ton_diff *d, struct view *a, int n_a, struct view *b, int n_b) {
    int i = 0, k = 0;
    while (i < n_a && k < n_b) {
        int order = by_take_and_place(&a[i], &b[k]);
        if (order == 0) {
            if (!same_sound(a[i].clip, b[k].clip))
                say_sound(d, &a[i], &b[k]);
            a[i++].paired = b[k++].paired = true;
        } else if (order < 0) {
            i++;
        } else {
            k++;
        }
    }
}

/* One sentence for all clips of a take that moved by the same length. */
struct move {
    const struct view *example;
    int64_t by;
    int n;
};

static void say_move(const struct ton_diff *d, const struct move *move) {
    char by[32], at[32];
    if (move->n == 0)
        return;
    ton_time_format(by, sizeof by, move->by < 0 ? -move->by : move->by, d->b->rate);
    ton_time_format(at, sizeof at, move->example->clip->at, d->b->rate);
    if (move->n == 1)
        ton_diff_say(d, "clip of `%s` moved %s %s, to %s", move->example->take, by,
                     move->by < 0 ? "earlier" : "later", at);
    else
        ton_diff_say(d, "%d clips of `%s` moved %s %s", move->n, move->example->take, by,
                     move->by < 0 ? "earlier" : "later");
}

/* Clips of one take in both lists: a[0 … n_a), b[0 … n_b). */
static void diff_take(const struct ton_diff *d, struct view *a, int n_a, struct view *b, int n_b) {
    for (int i = 0; i < n_a; i++) {
        for (int k = 0; k < n_b && !a[i].paired; k++) {
            if (!b[k].paired && a[i].place == b[k].place) {
                say_trim(d, &a[i], &b[k]);
                if (!same_sound(a[i].clip, b[k].clip))
                    say_sound(d, &a[i], &b[k]);
                a[i].paired = b[k].paired = true;
            }
        }
    }
    struct move move = {0};
    for (int i = 0; i < n_a; i++) {
        for (int k = 0; k < n_b && !a[i].paired; k++) {
            if (b[k].paired || !same_stretch(&a[i], &b[k]))
                continue;
            int64_t by = b[k].clip->at - a[i].clip->at;
            if (move.n > 0 && move.by != by) {
                say_move(d, &move);
                move.n = 0;
            }
            move = (struct move){&b[k], by, move.n + 1};
            if (!same_sound(a[i].clip, b[k].clip))
                say_sound(d, &a[i], &b[k]);
            a[i].paired = b[k].paired = true;
        }
    }
    say_move(d, &move);
}

static void say_rest(const struct ton_diff *d, const struct ton_session *s,
                     const struct view *views, int n, const char *what) {
    for (int i = 0; i < n;) {
        int end = i, count = 0;
        const struct view *first = NULL;
        for (; end < n && !strcmp(views[end].take, views[i].take); end++) {
            count += !views[end].paired;
            if (!views[end].paired && !first)
                first = &views[end];
        }
        char at[32];
        if (count > 1)
            ton_diff_say(d, "%d clips of `%s` %s", count, first->take, what);
        else if (count == 1)
            ton_diff_say(d, "clip of `%s` at %s %s", first->take,
                         ton_time_format(at, sizeof at, first->clip->at, s->rate), what);
        i = end;
    }
}

void ton_diff_clips(const struct ton_diff *d, const struct ton_strip *a,
                    const struct ton_strip *b) {
    struct view *x = views_of(d, d->a, a), *y = views_of(d, d->b, b);
    if (!x || !y) {
        ton_free(x);
        ton_free(y);
        ton_diff_say(d, "clips were not compared: no memory");
        return;
    }
    pair_equal(d, x, a->n_clips, y, b->n_clips);
    for (int i = 0, k = 0; i < a->n_clips && k < b->n_clips;) {
        int order = strcmp(x[i].take, y[k].take);
        int end_i = i, end_k = k;
        while (end_i < a->n_clips && !strcmp(x[end_i].take, x[i].take))
            end_i++;
        while (end_k < b->n_clips && !strcmp(y[end_k].take, y[k].take))
            end_k++;
        if (order == 0)
            diff_take(d, x + i, end_i - i, y + k, end_k - k);
        if (order <= 0)
            i = end_i;
        if (order >= 0)
            k = end_k;
    }
    say_rest(d, d->a, x, a->n_clips, "removed");
    say_rest(d, d->b, y, b->n_clips, "added");
    ton_free(x);
    ton_free(y);
}
