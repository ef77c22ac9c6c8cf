/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all parts of a session need while they are read: times, and names that are not there. */
#include "build.h"
#include "times.h"

void ton_build_unknown(struct ton_build *b, const struct ton_node *node, const char *what,
                       const char *sentence) {
    int known = what ? ton_names_get(&b->unknown_names, what) : -1;
    if (known >= 0)
        b->unknowns[known].others++;
    if (known >= 0 || !what || !sentence)
        return;
    struct ton_unknown *slot =
        TON_PUSH(b->r.arena, b->unknowns, b->n_unknowns, b->unknowns_capacity);
    if (!slot)
        return;
    *slot = (struct ton_unknown){.first = node, .sentence = sentence};
    ton_names_put(&b->unknown_names, what, (int)b->n_unknowns - 1);
}

void ton_build_say_unknowns(struct ton_build *b) {
    for (size_t i = 0; i < b->n_unknowns; i++) {
        const struct ton_unknown *u = &b->unknowns[i];
        if (u->others)
            ton_node_error(b->r.doc, u->first, "%s (the same at %d other place%s)", u->sentence,
                           u->others, u->others == 1 ? "" : "s");
        else
            ton_node_error(b->r.doc, u->first, "%s", u->sentence);
    }
}

void ton_strip_unknown(struct ton_build *b, const struct ton_node *name, const char *what) {
    const char **names = TON_NEW_N(b->r.arena, const char *, b->s->n_strips);
    if (!names || b->strips_refused)
        return;
    for (int i = 0; i < b->s->n_strips; i++)
        names[i] = b->s->strips[i].name;
    const char *nearest = ton_nearest(name->text, names, (size_t)b->s->n_strips);
    ton_build_unknown(b, name, ton_arena_printf(b->r.arena, "strip %s", name->text),
                      ton_arena_printf(b->r.arena, "%s `%s`, but no strip has that name%s%s%s",
                                       what, name->text, nearest ? "; did you mean `" : "",
                                       nearest ? nearest : "", nearest ? "`?" : ""));
}

/* Bars are read by a map on which any place that could be one has its time. */
void ton_build_refuse_bars(struct ton_build *b) {
    static const struct ton_tempo_entry any = {
        .bar = 1, .beat = 1, .bpm = 2000, .beats_per_bar = 64, .beat_unit = 4};
    struct ton_tempo_map *map = NULL;
    b->bars_refused = true;
    if (ton_tempo_create(&map, b->r.arena, b->s->rate, &any, 1, NULL) == TON_OK)
        b->bars = map;
}

/* `00:01:02:12`, which needs a frame rate. */
static bool looks_like_timecode(const char *text) {
    int n = 0;
    for (; *text; text++)
        n += *text == ':' || *text == ';';
    return n == 3;
}

static bool counts_samples(const char *text) {
    return strpbrk(text, "|:") == NULL && strcasestr(text, "sample") != NULL;
}

bool ton_counts_music(const char *text, enum ton_time_use use) {
    return use == TON_TIME_POSITION ? strchr(text, '|') != NULL
                                    : strcasestr(text, "bar") || strcasestr(text, "beat");
}

bool ton_build_time(struct ton_build *b, const struct ton_node *value, enum ton_time_use use,
                    bool in_bars, int64_t from, int64_t *out) {
    struct ton_err err = {0};
    if (value->kind != TON_NODE_SCALAR) {
        ton_node_error(b->r.doc, value, "a time is written like `1:02.500` or `17|1`, not as %s",
                       ton_node_found(b->r.doc, value));
        return false;
    }
    const char *text = value->text;
    const bool music = in_bars && ton_counts_music(text, use);
    if (music && !b->bars) {
        ton_build_unknown(b, value, "tempo",
                          ton_arena_printf(b->r.arena,
                                           "`%s` counts bars, but the session has no `tempo`; add "
                                           "one such as `tempo: 96 bpm`",
                                           text));
        ton_build_refuse_bars(b);
    } else if (music && b->bars_refused) {
        ton_build_unknown(b, value, "tempo", NULL);
    }
    const bool timecode = b->frames_refused && looks_like_timecode(text);
    b->n_unsure +=
        timecode || (music && b->bars_refused) || (b->rate_refused && counts_samples(text));
    if (ton_time_parse(out, text, use, in_bars ? b->bars : NULL, b->s->rate,
                       b->s->frames_per_second, from, &err) == TON_OK)
        return true;
    if (!timecode)
        ton_node_error(b->r.doc, value, "%s", err.text);
    return false;
}
