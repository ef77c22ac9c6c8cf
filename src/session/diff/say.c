/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a difference is said: values before and after, places and lengths. */
#include "diff.h"

#include "build.h"
#include "production/release.h"
#include "times.h"

#include "ton/text.h"

const char *ton_diff_text(const struct ton_diff *d, const char *format, ...) {
    struct ton_text t = {0};
    va_list args;
    va_start(args, format);
    ton_text_vprintf(&t, format, args);
    va_end(args);
    const char *out = ton_arena_copy(d->arena, t.data ? t.data : "", t.length);
    if (t.failed)
        out = NULL;
    ton_text_free(&t);
    return out;
}

void ton_diff_say(const struct ton_diff *d, const char *what, const char *from, const char *to,
                  const char *format, ...) {
    struct ton_text t = {0};
    va_list args;
    va_start(args, format);
    ton_text_vprintf(&t, format, args);
    va_end(args);
    struct ton_changes *out = d->out;
    struct ton_change *change = TON_PUSH(d->arena, out->items, out->n, out->capacity);
    if (change)
        *change =
            (struct ton_change){.strip = d->strip,
                                .what = what,
                                .from = from,
                                .to = to,
                                .text = ton_arena_copy(d->arena, t.data ? t.data : "", t.length)};
    ton_text_free(&t);
}

void ton_diff_value(const struct ton_diff *d, const char *what, const char *from, const char *to) {
    if (ton_text_same(from, to))
        return;
    if (from && to)
        ton_diff_say(d, what, from, to, "%s %s → %s", what, from, to);
    else
        ton_diff_say(d, what, from, to, "%s %s %s", what, from ? from : to,
                     from ? "removed" : "added");
}

void ton_diff_switch(const struct ton_diff *d, const char *what, bool a, bool b, const char *on,
                     const char *off) {
    if (a != b)
        ton_diff_say(d, what, a ? "on" : "off", b ? "on" : "off", "%s", b ? on : off);
}

const char *ton_diff_unit(const struct ton_diff *d, double value, enum ton_unit unit, int digits) {
    char text[64];
    return ton_arena_text(d->arena, ton_unit_format(text, sizeof text, value, unit, digits));
}

void ton_diff_level(const struct ton_diff *d, const char *what, double a, double b) {
    if (a == b)
        return;
    int digits = 2;
    const char *from = ton_diff_unit(d, a, TON_UNIT_DB, digits), *to = from;
    /* A difference that two digits hide is shown with more. */
    for (; digits < 9 && ton_text_same(from, to); digits++) {
        from = ton_diff_unit(d, a, TON_UNIT_DB, digits);
        to = ton_diff_unit(d, b, TON_UNIT_DB, digits);
    }
    if (isfinite(a) && isfinite(b))
        ton_diff_say(d, what, from, to, "%s %s → %s (%s%s)", what, from, to, b > a ? "+" : "",
                     ton_diff_unit(d, b - a, TON_UNIT_DB, digits > 3 ? digits : 2));
    else
        ton_diff_value(d, what, from, to);
}

void ton_diff_number(const struct ton_diff *d, const char *what, const struct ton_row *row, float a,
                     float b) {
    char from[64], to[64];
    if (a == b)
        return;
    ton_row_format(from, sizeof from, row, a);
    ton_row_format(to, sizeof to, row, b);
    /* A difference that the row's digits hide is shown with more. */
    for (int digits = row->digits + 1; digits < 10 && !strcmp(from, to); digits++) {
        ton_unit_format(from, sizeof from, (double)a, row->unit, digits);
        ton_unit_format(to, sizeof to, (double)b, row->unit, digits);
    }
    ton_diff_value(d, what, ton_arena_text(d->arena, from), ton_arena_text(d->arena, to));
}

void ton_diff_places(const struct ton_diff *d, const char *what, int64_t a, int64_t b) {
    if (ton_diff_same_place(d, a, b))
        return;
    const char *from = ton_diff_at(d, d->a, a), *to = ton_diff_at(d, d->b, b);
    if (ton_text_same(from, to)) {
        from = ton_diff_text(d, "%lld samples", (long long)a);
        to = ton_diff_text(d, "%lld samples", (long long)b);
    }
    ton_diff_value(d, what, from, to);
}

int64_t ton_diff_ticks(const struct ton_session *s, int64_t frame) {
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

const char *ton_diff_at(const struct ton_diff *d, const struct ton_session *s, int64_t frame) {
    char text[64];
    if (!s->has_tempo)
        return ton_arena_text(d->arena, ton_time_format(text, sizeof text, frame, s->rate));
    int64_t ticks = ton_diff_ticks(s, frame), beats = ticks / TON_TICKS;
    int n = snprintf(text, sizeof text, "%d|%d", (int)(beats / 64), (int)(beats % 64) + 1);
    if (ticks % TON_TICKS)
        snprintf(text + n, sizeof text - (size_t)n, "|%d", (int)(ticks % TON_TICKS));
    return ton_arena_text(d->arena, text);
}

const char *ton_diff_length(const struct ton_diff *d, int64_t frames, int rate) {
    char text[64];
    double seconds = (double)frames / rate;
    if (frames != 0 && fabs(seconds) < 0.001)
        return ton_diff_text(d, "%lld sample%s", (long long)frames, llabs(frames) == 1 ? "" : "s");
    if (fabs(seconds) < 60.0)
        return ton_diff_unit(d, seconds * 1000.0, TON_UNIT_MS, fabs(seconds) < 1.0 ? 2 : 0);
    return ton_arena_text(d->arena, ton_time_format(text, sizeof text, frames, rate));
}

/* Beats from the start of the piece to the beat that a frame is in, and the ticks from there. */
static int64_t all_ticks(const struct ton_session *s, int64_t frame) {
    int64_t ticks = ton_diff_ticks(s, frame), beats = ticks / TON_TICKS % 64;
    for (int bar = (int)(ticks / TON_TICKS / 64) - 1; bar > 0; bar--)
        beats += ton_tempo_beats_in_bar(s->tempo, bar);
    return beats * TON_TICKS + ticks % TON_TICKS;
}

static const char *count_of(const struct ton_diff *d, int64_t n, const char *one) {
    return ton_diff_text(d, "%lld %s%s", (long long)n, one, n == 1 ? "" : "s");
}

const char *ton_diff_shift(const struct ton_diff *d, int64_t a, int64_t b) {
    int64_t frames = b - llround((double)a * d->b->rate / d->a->rate);
    const char *by = ton_diff_length(d, llabs(frames), d->b->rate);
    if (d->a->has_tempo && d->b->has_tempo) {
        int64_t ticks = all_ticks(d->b, b) - all_ticks(d->a, a);
        int64_t beats = ticks / TON_TICKS, in_bar = ton_tempo_beats_in_bar(d->b->tempo, 1);
        struct ton_length music = {.beats = (double)beats};
        bool exact =
            !d->tempo_same || (d->a->rate == d->b->rate &&
                               llabs(ton_length_after(&music, 1.0, d->b->tempo, a) - b) <= 1);
        bool even = ton_tempo_count(d->b->tempo) == 1; /* a bar is as many beats everywhere */
        if (ticks != 0 && ticks % TON_TICKS == 0 && exact)
            by = even && beats % in_bar == 0 ? count_of(d, llabs(beats / in_bar), "bar")
                                             : count_of(d, llabs(beats), "beat");
        else if (!d->tempo_same)
            by = count_of(d, llabs(ticks), "tick");
        frames = d->tempo_same ? frames : ticks;
    }
    return ton_diff_text(d, "%s %s", by, frames < 0 ? "earlier" : "later");
}

bool ton_diff_same_length(const struct ton_diff *d, int64_t a, int64_t b) {
    if (d->a->rate == d->b->rate)
        return a == b;
    double apart = fabs((double)a / d->a->rate - (double)b / d->b->rate);
    return apart * (d->a->rate < d->b->rate ? d->a->rate : d->b->rate) <= 1.0;
}

bool ton_diff_same_place(const struct ton_diff *d, int64_t a, int64_t b) {
    if (ton_diff_same_length(d, a, b))
        return true;
    return !d->tempo_same && d->a->has_tempo && d->b->has_tempo &&
           ton_diff_ticks(d->a, a) == ton_diff_ticks(d->b, b);
}

#define MEMBER(type, of, at) (*(type const *)(const void *)((const char *)(of) + (at)))

static bool is_text(const struct ton_field *field) {
    static ton_read_fn *const readers[] = {ton_read_role,        ton_read_port, ton_read_text,
                                           ton_read_choice_text, ton_read_date, ton_read_upc,
                                           ton_read_naming,      ton_read_isrc};
    for (int i = 0; i < TON_N(readers); i++)
        if (field->read == readers[i])
            return true;
    return false;
}

/* "a, b" */
static const char *joined(const struct ton_diff *d, const char *const *words, int n) {
    struct ton_text t = {0};
    for (int i = 0; i < n; i++)
        ton_text_printf(&t, "%s%s", i ? ", " : "", words[i]);
    const char *out = n > 0 && t.data ? ton_arena_copy(d->arena, t.data, t.length) : NULL;
    ton_text_free(&t);
    return out;
}

/* NULL: not given. `known` says whether a value of this field can be shown at all. */
static const char *shown(const struct ton_diff *d, const struct ton_field *field, const void *of,
                         bool *known) {
    char text[64];
    const struct ton_row *row = &field->row;
    *known = true;
    if (is_text(field))
        return MEMBER(const char *, of, field->offset);
    if (field->read == ton_read_texts)
        return joined(d, MEMBER(const char **, of, field->offset),
                      MEMBER(int, of, field->offset_n));
    if (field->read == ton_read_switch)
        return MEMBER(bool, of, field->offset) ? "on" : "off";
    if (field->read == ton_read_double && isnan(MEMBER(double, of, field->offset)))
        return NULL;
    if (field->read == ton_read_double)
        return ton_diff_unit(d, MEMBER(double, of, field->offset), row->unit, 6);
    if (field->read == ton_read_int)
        return ton_arena_text(d->arena, ton_row_format(text, sizeof text, row,
                                                       (float)MEMBER(int, of, field->offset)));
    *known = false;
    return NULL;
}

void ton_diff_fields(const struct ton_diff *d, const char *prefix, const struct ton_field *fields,
                     int n, const void *a, const void *b) {
    for (int i = 0; i < n; i++) {
        char words[64];
        bool known;
        const char *from = shown(d, &fields[i], a, &known), *to = shown(d, &fields[i], b, &known);
        ton_key_to_words(words, sizeof words, fields[i].row.key);
        if (known && !ton_text_same(from, to))
            ton_diff_value(d,
                           *prefix ? ton_diff_text(d, "%s: %s", prefix, words)
                                   : ton_arena_text(d->arena, words),
                           from, to);
    }
}
