/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which strip is which, and what changed in each. Strips of one name are the same; of those that
 * are left, a track that plays the same clips and a bus that is fed by the same strips was renamed.
 */
#include "diff.h"

#include "names.h"

#include "ton/text.h"

static bool same_inputs(const struct ton_strip *a, const struct ton_strip *b) {
    return a->n_inputs == b->n_inputs && ton_text_same(a->inputs[0], b->inputs[0]) &&
           ton_text_same(a->inputs[1], b->inputs[1]);
}

static bool same_settings(const struct ton_strip *a, const struct ton_strip *b) {
    if (a->chain.n != b->chain.n || a->n_sends != b->n_sends)
        return false;
    for (int i = 0; i < a->chain.n; i++) {
        const struct ton_chain_item *x = &a->chain.items[i], *y = &b->chain.items[i];
        if (x->processor != y->processor || x->bypass != y->bypass)
            return false;
        for (int k = 0; k < x->processor->n_params; k++)
            if (x->params[k] != y->params[k])
                return false;
    }
    return a->gain_db == b->gain_db && a->pan == b->pan && a->polarity == b->polarity &&
           ton_text_same(a->role, b->role) && same_inputs(a, b);
}

/* Something about it that another would not have by chance. */
static bool has_substance(const struct ton_strip *s) {
    return s->n_clips > 0 || s->n_notes > 0 || s->chain.n > 0 || s->role || s->n_sends > 0 ||
           s->n_inputs > 0 || s->gain_db != 0.0F;
}

/* The strips that feed a bus are the same, and there are some. */
static bool same_feeders(const struct ton_diff *d, const int *now, int bus_a, int bus_b) {
    int n_a = 0, n_b = 0, n_both = 0;
    for (int i = 0; i < d->a->n_strips; i++) {
        bool feeds = d->a->strips[i].to == bus_a;
        n_a += feeds;
        n_both += feeds && now[i] >= 0 && d->b->strips[now[i]].to == bus_b;
    }
    for (int i = 0; i < d->b->n_strips; i++)
        n_b += d->b->strips[i].to == bus_b;
    for (int i = 0; i < d->a->n_strips; i++) {
        for (int k = 0; k < d->a->strips[i].n_sends; k++) {
            bool feeds = d->a->strips[i].sends[k].to == bus_a;
            n_a += feeds;
            const struct ton_strip *y = feeds && now[i] >= 0 ? &d->b->strips[now[i]] : NULL;
            for (int m = 0; y && m < y->n_sends; m++)
                n_both += y->sends[m].to == bus_b;
        }
    }
    for (int i = 0; i < d->b->n_strips; i++)
        for (int k = 0; k < d->b->strips[i].n_sends; k++)
            n_b += d->b->strips[i].sends[k].to == bus_b;
    return n_a > 0 && n_a == n_both && n_b == n_both;
}

static bool was_renamed(const struct ton_diff *d, const int *now, int i, int k) {
    const struct ton_strip *a = &d->a->strips[i], *b = &d->b->strips[k];
    if (a->is_bus != b->is_bus)
        return false;
    if (a->is_bus)
        return same_feeders(d, now, i, k);
    if (a->n_clips + a->n_notes > 0 || b->n_clips + b->n_notes > 0)
        return ton_diff_same_words(d, a, b) || ton_diff_same_clips(d, a, b);
    return has_substance(a) && same_settings(a, b);
}

bool ton_diff_pair_strips(struct ton_diff *d) {
    int *now = TON_NEW_N(d->arena, int, d->a->n_strips);
    int *was = TON_NEW_N(d->arena, int, d->b->n_strips);
    struct ton_names names = {.arena = d->arena};
    for (int k = 0; was && k < d->b->n_strips; k++) {
        was[k] = -1;
        if (!ton_names_put(&names, d->b->strips[k].name, k))
            return false;
    }
    if (!now || !was)
        return false;
    for (int i = 0; i < d->a->n_strips; i++) {
        now[i] = ton_names_get(&names, d->a->strips[i].name);
        if (now[i] >= 0)
            was[now[i]] = i;
    }
    d->now = now;
    d->was = was;
    /* Tracks stand before the buses that they feed, so one walk knows what feeds a bus; a second
     * finds buses that feed buses above them. First those that are alike in all. */
    for (int pass = 0; pass < 4; pass++)
        for (int i = 0; i < d->a->n_strips; i++)
            for (int k = 0; k < d->b->n_strips && now[i] < 0; k++)
                if (was[k] < 0 && was_renamed(d, now, i, k) &&
                    (pass > 1 || same_settings(&d->a->strips[i], &d->b->strips[k]))) {
                    now[i] = k;
                    was[k] = i;
                }
    return true;
}

static const char *bus_name(const struct ton_session *s, int strip) {
    return strip >= 0 ? s->strips[strip].name : "nothing";
}

static const struct ton_send *find_send(const struct ton_strip *strip, int to) {
    for (int i = 0; i < strip->n_sends; i++)
        if (strip->sends[i].to == to)
            return &strip->sends[i];
    return NULL;
}

static void diff_sends(const struct ton_diff *d, const struct ton_strip *a,
                       const struct ton_strip *b) {
    for (int i = 0; i < a->n_sends; i++) {
        const struct ton_send *x = &a->sends[i], *y = find_send(b, d->now[x->to]);
        const char *level = ton_diff_unit(d, (double)x->gain_db, TON_UNIT_DB, 2);
        if (!y) {
            const char *what = ton_diff_text(d, "send to %s", bus_name(d->a, x->to));
            ton_diff_say(d, what, level, NULL, "%s removed (%s)", what, level);
            continue;
        }
        const char *what = ton_diff_text(d, "send to %s", bus_name(d->b, y->to));
        ton_diff_level(d, what, (double)x->gain_db, (double)y->gain_db);
        if (x->before_fader != y->before_fader)
            ton_diff_say(d, what, x->before_fader ? "before fader" : "after fader",
                         y->before_fader ? "before fader" : "after fader", "%s %s → %s", what,
                         x->before_fader ? "before fader" : "after fader",
                         y->before_fader ? "before fader" : "after fader");
    }
    for (int i = 0; i < b->n_sends; i++) {
        const struct ton_send *y = &b->sends[i];
        int was = d->was[y->to];
        if (was >= 0 && find_send(a, was))
            continue;
        const char *what = ton_diff_text(d, "send to %s", bus_name(d->b, y->to));
        const char *level = ton_diff_unit(d, (double)y->gain_db, TON_UNIT_DB, 2);
        ton_diff_say(d, what, NULL, level, "%s added at %s%s", what, level,
                     y->before_fader ? ", before fader" : "");
    }
}

/* "3", "1 and 2"; NULL: none. */
static const char *inputs_of(const struct ton_diff *d, const struct ton_strip *s) {
    return s->n_inputs < 2 ? s->inputs[0]
                           : ton_diff_text(d, "%s and %s", s->inputs[0], s->inputs[1]);
}

static void diff_strip(const struct ton_diff *d, const struct ton_strip *a,
                       const struct ton_strip *b) {
    if (!ton_text_same(a->name, b->name))
        ton_diff_say(d, "name", a->name, b->name, "renamed, was %s", a->name);
    if (a->is_bus != b->is_bus)
        ton_diff_say(d, "kind", a->is_bus ? "bus" : "track", b->is_bus ? "bus" : "track", "%s → %s",
                     a->is_bus ? "bus" : "track", b->is_bus ? "bus" : "track");
    ton_diff_value(d, "role", a->role, b->role);
    ton_diff_level(d, "fader", (double)a->gain_db, (double)b->gain_db);
    if (a->pan != b->pan)
        ton_diff_value(d, "pan", ton_diff_unit(d, (double)a->pan, TON_UNIT_PAN, 6),
                       ton_diff_unit(d, (double)b->pan, TON_UNIT_PAN, 6));
    ton_diff_switch(d, "mute", a->mute, b->mute, "mute on", "mute off");
    ton_diff_switch(d, "solo", a->solo, b->solo, "solo on", "solo off");
    if (!same_inputs(a, b))
        ton_diff_value(d, "input", inputs_of(d, a), inputs_of(d, b));
    if (a->polarity != b->polarity)
        ton_diff_value(d, "polarity", a->polarity ? "inverted" : "normal",
                       b->polarity ? "inverted" : "normal");
    if ((a->to >= 0 ? d->now[a->to] : -1) != b->to) {
        const char *from = bus_name(d->a, a->to), *to = bus_name(d->b, b->to);
        ton_diff_say(d, "to", from, to, "output to %s → %s", from, to);
    }
    const int *items = ton_diff_pair_items(d, &a->chain, &b->chain);
    ton_diff_chain(d, &a->chain, &b->chain, items);
    diff_sends(d, a, b);
    ton_diff_clips(d, a, b);
    ton_diff_lanes(d, a, b, items);
}

/* "track added (2 clips, eq, compressor)" */
static void say_whole(const struct ton_diff *d, const struct ton_strip *s, bool added) {
    const char *kind = s->is_bus ? "bus" : "track";
    struct ton_text t = {0};
    const int n_clips = s->n_written + s->n_written_notes;
    if (n_clips > 0)
        ton_text_printf(&t, "%d clip%s", n_clips, n_clips == 1 ? "" : "s");
    for (int i = 0; i < s->chain.n; i++) {
        char words[64];
        ton_key_to_words(words, sizeof words, s->chain.items[i].processor->id);
        ton_text_printf(&t, "%s%s", t.length ? ", " : "", words);
    }
    ton_diff_say(d, kind, added ? NULL : s->name, added ? s->name : NULL, "%s %s%s%s%s", kind,
                 added ? "added" : "removed", t.length ? " (" : "", t.length ? t.data : "",
                 t.length ? ")" : "");
    ton_text_free(&t);
}

static void diff_order(const struct ton_diff *d) {
    int last = -1;
    for (int i = 0; i < d->a->n_strips; i++) {
        if (d->now[i] < 0 || i == d->a->mix)
            continue;
        if (d->now[i] < last) {
            ton_diff_say(d, "order", NULL, NULL,
                         "tracks and buses in another order: they are added up in that order, "
                         "which moves no more than the last bit");
            return;
        }
        last = d->now[i];
    }
}

void ton_diff_strips(struct ton_diff *d) {
    diff_order(d);
    for (int k = 0; k < d->b->n_strips; k++) {
        d->strip = d->b->strips[k].name;
        if (d->was[k] >= 0)
            diff_strip(d, &d->a->strips[d->was[k]], &d->b->strips[k]);
        else
            say_whole(d, &d->b->strips[k], true);
    }
    for (int i = 0; i < d->a->n_strips; i++) {
        d->strip = d->a->strips[i].name;
        if (d->now[i] < 0)
            say_whole(d, &d->a->strips[i], false);
    }
    d->strip = NULL;
}
