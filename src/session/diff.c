/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed between two sessions, in sentences as engineers speak. Strips are the same when they
 * have the same name. */
#include "diff.h"
#include "times.h"

#include "ton/text.h"

void ton_diff_say(const struct ton_diff *d, const char *format, ...) {
    char sentence[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    d->say(d->user, d->strip, sentence);
}

int64_t ton_diff_place(const struct ton_diff *d, const struct ton_session *s, int64_t frame) {
    if (d->tempo_same)
        return frame;
    int bar, beat;
    double tick;
    ton_tempo_position(s->tempo, (double)frame, &bar, &beat, &tick);
    /* To the nearest tick: frames are rounded, and may lie just before the beat. */
    int64_t ticks = llround(tick);
    beat += ticks == TON_TICKS;
    bool next_bar = beat > ton_tempo_beats_in_bar(s->tempo, bar);
    int64_t beats = next_bar ? (int64_t)(bar + 1) * 64 : (int64_t)bar * 64 + beat - 1;
    return beats * TON_TICKS + ticks % TON_TICKS; /* no bar is longer than 64 beats */
}

static const char *db(char out[32], double value) {
    return ton_unit_format(out, 32, value, TON_UNIT_DB, 2);
}

static void diff_gain(const struct ton_diff *d, const char *what, double a, double b) {
    char from[32], to[32], by[32];
    if (a == b)
        return;
    if (isfinite(a) && isfinite(b))
        ton_diff_say(d, "%s %s to %s (%s%s)", what, db(from, a), db(to, b), b > a ? "+" : "",
                     db(by, b - a));
    else
        ton_diff_say(d, "%s %s to %s", what, db(from, a), db(to, b));
}

static void diff_switch(const struct ton_diff *d, bool a, bool b, const char *on, const char *off) {
    if (a != b)
        ton_diff_say(d, "%s", b ? on : off);
}

static void diff_text(const struct ton_diff *d, const char *what, const char *a, const char *b) {
    if (ton_text_same(a, b))
        return;
    if (a && b)
        ton_diff_say(d, "%s `%s` to `%s`", what, a, b);
    else
        ton_diff_say(d, "%s `%s` %s", what, a ? a : b, a ? "removed" : "added");
}

static const char *bus_name(const struct ton_session *s, int strip) {
    return strip >= 0 ? s->strips[strip].name : NULL;
}

static const struct ton_send *find_send(const struct ton_session *s, const struct ton_strip *strip,
                                        const char *bus) {
    for (int i = 0; i < strip->n_sends; i++)
        if (ton_text_same(bus_name(s, strip->sends[i].to), bus))
            return &strip->sends[i];
    return NULL;
}

static void diff_sends(const struct ton_diff *d, const struct ton_strip *a,
                       const struct ton_strip *b) {
    char level[32], what[256];
    for (int i = 0; i < a->n_sends; i++) {
        const char *bus = bus_name(d->a, a->sends[i].to);
        const struct ton_send *now = find_send(d->b, b, bus);
        if (!now) {
            ton_diff_say(d, "send to %s removed", bus);
            continue;
        }
        snprintf(what, sizeof what, "send to %s", bus);
        diff_gain(d, what, (double)a->sends[i].gain_db, (double)now->gain_db);
        if (now->before_fader != a->sends[i].before_fader)
            ton_diff_say(d, "send to %s %s the fader", bus, now->before_fader ? "before" : "after");
    }
    for (int i = 0; i < b->n_sends; i++) {
        const char *bus = bus_name(d->b, b->sends[i].to);
        if (!find_send(d->a, a, bus))
            ton_diff_say(d, "send to %s added at %s%s", bus, db(level, (double)b->sends[i].gain_db),
                         b->sends[i].before_fader ? ", before the fader" : "");
    }
}

static void diff_strip(struct ton_diff *d, const struct ton_strip *a, const struct ton_strip *b) {
    char from[32], to[32];
    d->strip = b->name;
    if (a->is_bus != b->is_bus)
        ton_diff_say(d, "%s", b->is_bus ? "is a bus now" : "is a track now");
    diff_text(d, "role", a->role, b->role);
    diff_gain(d, "gain", (double)a->gain_db, (double)b->gain_db);
    if (a->pan != b->pan)
        ton_diff_say(d, "pan %s to %s",
                     ton_unit_format(from, sizeof from, (double)a->pan, TON_UNIT_PAN, 1),
                     ton_unit_format(to, sizeof to, (double)b->pan, TON_UNIT_PAN, 1));
    diff_switch(d, a->mute, b->mute, "muted", "no longer muted");
    diff_switch(d, a->solo, b->solo, "soloed", "no longer soloed");
    diff_switch(d, a->polarity, b->polarity, "polarity inverted", "polarity normal again");
    const char *old_bus = bus_name(d->a, a->to), *new_bus = bus_name(d->b, b->to);
    if (!ton_text_same(old_bus, new_bus))
        ton_diff_say(d, "goes to %s instead of %s", new_bus ? new_bus : "nothing",
                     old_bus ? old_bus : "nothing");
    ton_diff_chain(d, &a->chain, &b->chain);
    diff_sends(d, a, b);
    ton_diff_clips(d, a, b);
    ton_diff_lanes(d, a, b);
}

static void diff_tempo(const struct ton_diff *d) {
    if (d->tempo_same)
        return;
    struct ton_tempo_entry a = ton_tempo_entry_at(d->a->tempo, 0);
    struct ton_tempo_entry b = ton_tempo_entry_at(d->b->tempo, 0);
    if (a.bpm != b.bpm)
        ton_diff_say(d, "tempo %g bpm to %g bpm", a.bpm, b.bpm);
    if (a.beats_per_bar != b.beats_per_bar || a.beat_unit != b.beat_unit)
        ton_diff_say(d, "meter %d/%d to %d/%d", a.beats_per_bar, a.beat_unit, b.beats_per_bar,
                     b.beat_unit);
    int n_a = ton_tempo_count(d->a->tempo), n_b = ton_tempo_count(d->b->tempo);
    bool first_same = a.bpm == b.bpm && a.beats_per_bar == b.beats_per_bar &&
                      a.beat_unit == b.beat_unit && a.ramp == b.ramp;
    if (n_a != n_b)
        ton_diff_say(d, "tempo changes %d to %d", n_a - 1, n_b - 1);
    else if (first_same || n_a > 1)
        ton_diff_say(d, "tempo changes after the start changed");
}

static void diff_sections(const struct ton_diff *d) {
    for (int i = 0; i < d->a->n_sections; i++) {
        const struct ton_section *old = &d->a->sections[i], *now = NULL;
        for (int k = 0; k < d->b->n_sections && !now; k++)
            if (ton_text_same(d->b->sections[k].name, old->name))
                now = &d->b->sections[k];
        char from[32], to[32];
        if (!now)
            ton_diff_say(d, "section `%s` removed", old->name);
        else if (ton_diff_place(d, d->a, old->from) != ton_diff_place(d, d->b, now->from) ||
                 ton_diff_place(d, d->a, old->to) != ton_diff_place(d, d->b, now->to))
            ton_diff_say(d, "section `%s` is now %s to %s", old->name,
                         ton_time_format(from, sizeof from, now->from, d->b->rate),
                         ton_time_format(to, sizeof to, now->to, d->b->rate));
    }
    for (int i = 0; i < d->b->n_sections; i++) {
        bool known = false;
        for (int k = 0; k < d->a->n_sections && !known; k++)
            known = ton_text_same(d->a->sections[k].name, d->b->sections[i].name);
        if (!known)
            ton_diff_say(d, "section `%s` added", d->b->sections[i].name);
    }
}

static const char *end_text(char *out, size_t size, const struct ton_session *s) {
    return s->end ? ton_time_format(out, size, s->end, s->rate) : "after the tails";
}

static void diff_whole(const struct ton_diff *d) {
    diff_text(d, "title", d->a->title, d->b->title);
    diff_text(d, "key", d->a->key, d->b->key);
    if (d->a->rate != d->b->rate)
        ton_diff_say(d, "sample rate %d Hz to %d Hz", d->a->rate, d->b->rate);
    if (d->a->frames_per_second != d->b->frames_per_second)
        ton_diff_say(d, "timecode %g to %g frames a second", d->a->frames_per_second,
                     d->b->frames_per_second);
    diff_tempo(d);
    diff_sections(d);
    double end_a = (double)d->a->frames / d->a->rate, end_b = (double)d->b->frames / d->b->rate;
    char from[32], to[32];
    if (fabs(end_a - end_b) > 0.0005)
        ton_diff_say(d, "length %s to %s",
                     ton_time_format(from, sizeof from, d->a->frames, d->a->rate),
                     ton_time_format(to, sizeof to, d->b->frames, d->b->rate));
    if (fabs((double)d->a->end / d->a->rate - (double)d->b->end / d->b->rate) > 0.0005)
        ton_diff_say(d, "end %s to %s", end_text(from, sizeof from, d->a),
                     end_text(to, sizeof to, d->b));
}

void ton_session_diff(const struct ton_session *a, const struct ton_session *b,
                      void (*say)(void *user, const char *strip, const char *sentence),
                      void *user) {
    struct ton_diff d = {.a = a, .b = b, .say = say, .user = user};
    d.tempo_same = ton_tempo_same(a->tempo, b->tempo);
    diff_whole(&d);
    for (int i = 0; i < b->n_strips; i++) {
        int old = ton_session_find_strip(a, b->strips[i].name);
        d.strip = b->strips[i].name;
        if (old >= 0)
            diff_strip(&d, &a->strips[old], &b->strips[i]);
        else
            ton_diff_say(&d, "%s added", b->strips[i].is_bus ? "bus" : "track");
    }
    for (int i = 0; i < a->n_strips; i++) {
        d.strip = a->strips[i].name;
        if (ton_session_find_strip(b, a->strips[i].name) < 0)
            ton_diff_say(&d, "%s removed", a->strips[i].is_bus ? "bus" : "track");
    }
}
