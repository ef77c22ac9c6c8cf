/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed in the timeline of a session: tempo, meter, sections, arrangement, end. */
#include "diff.h"
#include "times.h"

#include "ton/text.h"

static bool same_place(const struct ton_tempo_entry *a, const struct ton_tempo_entry *b) {
    return a->bar == b->bar && a->beat == b->beat && a->tick == b->tick;
}

static bool find_entry(struct ton_tempo_entry *out, const struct ton_tempo_map *map,
                       const struct ton_tempo_entry *place) {
    for (int i = 0; i < ton_tempo_count(map); i++) {
        *out = ton_tempo_entry_at(map, i);
        if (same_place(out, place))
            return true;
    }
    return false;
}

static const char *bpm(const struct ton_diff *d, double value) {
    return ton_diff_unit(d, value, TON_UNIT_BPM, 6);
}

static const char *meter(const struct ton_diff *d, const struct ton_tempo_entry *e) {
    return ton_diff_text(d, "%d/%d", e->beats_per_bar, e->beat_unit);
}

static bool same_meter(const struct ton_tempo_entry *a, const struct ton_tempo_entry *b) {
    return a->beats_per_bar == b->beats_per_bar && a->beat_unit == b->beat_unit;
}

/* " at 17|1", or nothing for the first. */
static const char *place_of(const struct ton_diff *d, const struct ton_tempo_entry *e) {
    if (e->bar == 1 && e->beat == 1 && e->tick == 0)
        return "";
    return e->tick ? ton_diff_text(d, " at %d|%d|%d", e->bar, e->beat, e->tick)
                   : ton_diff_text(d, " at %d|%d", e->bar, e->beat);
}

static void diff_entry(const struct ton_diff *d, const struct ton_tempo_entry *a,
                       const struct ton_tempo_entry *b, bool meter_changes_here) {
    const char *place = place_of(d, b);
    if (a->bpm != b->bpm)
        ton_diff_value(d, ton_diff_text(d, "tempo%s", place), bpm(d, a->bpm), bpm(d, b->bpm));
    if (meter_changes_here && !same_meter(a, b))
        ton_diff_value(d, ton_diff_text(d, "meter%s", place), meter(d, a), meter(d, b));
    if (a->ramp != b->ramp)
        ton_diff_value(d, ton_diff_text(d, "tempo ramp%s", place), a->ramp ? "on" : "off",
                       b->ramp ? "on" : "off");
}

static void say_entry(const struct ton_diff *d, const struct ton_tempo_entry *e, bool added) {
    const char *what = ton_diff_text(d, "tempo change%s", place_of(d, e));
    const char *value =
        ton_diff_text(d, "%s, %s%s", bpm(d, e->bpm), meter(d, e), e->ramp ? ", ramp" : "");
    ton_diff_say(d, what, added ? NULL : value, added ? value : NULL, "%s %s (%s)", what,
                 added ? "added" : "removed", value);
}

static void diff_tempo(const struct ton_diff *d) {
    const struct ton_session *a = d->a, *b = d->b;
    struct ton_tempo_entry x, y, last = {0}, last_was = {0};
    if (a->has_tempo != b->has_tempo) {
        y = ton_tempo_entry_at((b->has_tempo ? b : a)->tempo, 0);
        const char *value = bpm(d, y.bpm);
        ton_diff_value(d, "tempo", a->has_tempo ? value : NULL, b->has_tempo ? value : NULL);
    }
    for (int i = 0; i < ton_tempo_count(a->tempo); i++) {
        x = ton_tempo_entry_at(a->tempo, i);
        if (!find_entry(&y, b->tempo, &x))
            say_entry(d, &x, false);
    }
    for (int k = 0; k < ton_tempo_count(b->tempo); k++) {
        y = ton_tempo_entry_at(b->tempo, k);
        if (!find_entry(&x, a->tempo, &y)) {
            say_entry(d, &y, true);
            continue;
        }
        bool here = k == 0 || !same_meter(&last, &y) || !same_meter(&last_was, &x);
        if (a->has_tempo != b->has_tempo)
            y.bpm = x.bpm;
        diff_entry(d, &x, &y, here);
        last = y;
        last_was = x;
    }
}

static const char *stretch(const struct ton_diff *d, const struct ton_session *s,
                           const struct ton_section *section) {
    return ton_diff_text(d, "%s to %s", ton_diff_at(d, s, section->from),
                         ton_diff_at(d, s, section->to));
}

static bool same_section(const struct ton_diff *d, const struct ton_section *a,
                         const struct ton_section *b) {
    return ton_diff_same_place(d, a->from, b->from) && ton_diff_same_place(d, a->to, b->to);
}

static const struct ton_section *named(const struct ton_session *s, const char *name) {
    for (int i = 0; i < s->n_sections; i++)
        if (ton_text_same(s->sections[i].name, name))
            return &s->sections[i];
    return NULL;
}

/* The section of b that stands where `was` stood, under a name that a does not know; NULL. */
static const struct ton_section *renamed(const struct ton_diff *d, const struct ton_section *was) {
    for (int k = 0; k < d->b->n_sections; k++)
        if (same_section(d, was, &d->b->sections[k]) && !named(d->a, d->b->sections[k].name))
            return &d->b->sections[k];
    return NULL;
}

static const struct ton_section *now_of(const struct ton_diff *d, const struct ton_section *was) {
    const struct ton_section *now = named(d->b, was->name);
    return now ? now : renamed(d, was);
}

static void diff_sections(const struct ton_diff *d) {
    for (int i = 0; i < d->a->n_sections; i++) {
        const struct ton_section *was = &d->a->sections[i], *now = now_of(d, was);
        const char *what = ton_diff_text(d, "section %s", was->name);
        const char *from = stretch(d, d->a, was), *to = now ? stretch(d, d->b, now) : NULL;
        if (!now)
            ton_diff_say(d, what, from, NULL, "%s removed (%s)", what, from);
        else if (!ton_text_same(was->name, now->name))
            ton_diff_say(d, what, was->name, now->name, "%s renamed %s", what, now->name);
        else if (!same_section(d, was, now))
            ton_diff_value(d, what, from, to);
    }
    for (int k = 0; k < d->b->n_sections; k++) {
        const struct ton_section *now = &d->b->sections[k];
        bool known = false;
        for (int i = 0; i < d->a->n_sections && !known; i++)
            known = now_of(d, &d->a->sections[i]) == now;
        const char *what = ton_diff_text(d, "section %s", now->name);
        const char *to = stretch(d, d->b, now);
        if (!known)
            ton_diff_say(d, what, NULL, to, "%s added (%s)", what, to);
    }
}

static const char *order_of(const struct ton_diff *d, const struct ton_session *s) {
    struct ton_text t = {0};
    for (int i = 0; i < s->n_arrangement; i++)
        ton_text_printf(&t, "%s%s", i ? ", " : "", s->arrangement[i]);
    const char *out = ton_arena_copy(d->arena, t.data ? t.data : "", t.length);
    ton_text_free(&t);
    return s->n_arrangement ? out : "as recorded";
}

static void diff_arrangement(const struct ton_diff *d) {
    bool same = d->a->n_arrangement == d->b->n_arrangement;
    for (int i = 0; same && i < d->a->n_arrangement; i++) {
        const struct ton_section *was = named(d->a, d->a->arrangement[i]);
        const struct ton_section *now = was ? now_of(d, was) : NULL;
        same = now && ton_text_same(now->name, d->b->arrangement[i]);
    }
    if (!same)
        ton_diff_value(d, "arrangement", order_of(d, d->a), order_of(d, d->b));
}

static const char *length_of(const struct ton_diff *d, const struct ton_session *s) {
    char text[32];
    return ton_arena_text(d->arena, ton_time_format(text, sizeof text, s->frames, s->rate));
}

void ton_diff_timeline(const struct ton_diff *d) {
    const struct ton_session *a = d->a, *b = d->b;
    if (!d->tempo_same || a->has_tempo != b->has_tempo)
        diff_tempo(d);
    diff_sections(d);
    diff_arrangement(d);
    if (a->end && b->end)
        ton_diff_places(d, "end", a->end, b->end);
    else if (a->end || b->end)
        ton_diff_value(d, "end", a->end ? ton_diff_at(d, a, a->end) : "after the tails",
                       b->end ? ton_diff_at(d, b, b->end) : "after the tails");
    if (!ton_diff_same_length(d, a->frames, b->frames))
        ton_diff_value(d, "length", length_of(d, a), length_of(d, b));
}
