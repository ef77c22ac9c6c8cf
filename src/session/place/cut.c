/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts clips in a session's text: a few of their values change, and a clip of which both ends are
 * left is written a second time. */
#include "giving.h"

#include "ton/yaml.h"

/* Sets a value of the list's clip `index`, or the whole clip (`key` NULL). */
static enum ton_code set(struct giving *g, int index, const char *key, const char *value,
                         struct ton_err *err) {
    char number[16];
    snprintf(number, sizeof number, "%d", index);
    const char *const path[] = {"tracks", g->new.clip.track, "clips", number, key};
    return part_set(&g->part, path, key ? 5 : 4, value, 0, err);
}

static bool has(const struct piece *x, const char *key) {
    return ton_node_get(x->w->node, key);
}

/* A fade or crossfade. */
static enum ton_code set_fade(struct giving *g, const struct piece *x, const char *key,
                              int64_t before, int64_t frames, struct ton_err *err) {
    if (frames == before)
        return TON_OK;
    return set(g, x->index, key, placing_length(g->p, frames), err);
}

/* A fade that is longer than what is left of its clip. */
static int64_t fitting(const struct giving *g, const struct piece *x, const char *which,
                       int64_t fade, int64_t left) {
    if (fade <= left)
        return fade;
    placing_warn(g->p, x->w->clip.where,
                 "the %s of this clip is longer than what `%s` leaves of it", which,
                 g->new.clip.take);
    return left;
}

/* Until where it is heard, in its take or as its length. */
static enum ton_code set_end(struct giving *g, const struct piece *x, int64_t frames,
                             struct ton_err *err) {
    if (has(x, "length"))
        return set(g, x->index, "length", placing_length(g->p, frames), err);
    return set(g, x->index, "to", placing_place_in_take(g->p, x->w->clip.from + frames), err);
}

static enum ton_code cut_end(struct giving *g, const struct piece *x, struct ton_err *err) {
    const struct ton_clip *clip = &x->w->clip;
    const int64_t left = x->before_end - x->start;
    const int64_t fade_in = fitting(g, x, "fade in", clip->fade_in, left);
    enum ton_code code = left == clip->frames ? TON_OK : set_end(g, x, left, err);
    if (!code)
        code = set_fade(g, x, "fade in", clip->fade_in, fade_in, err);
    return code ? code : set_fade(g, x, "fade out", clip->fade_out, x->fade_out, err);
}

static enum ton_code move_start(struct giving *g, const struct piece *x, struct ton_err *err) {
    const int64_t gone = x->after_start - x->start;
    const char *from = placing_place_in_take(g->p, x->w->clip.from + gone);
    if (gone == 0)
        return TON_OK;
    enum ton_code code = set(g, x->index, "at", placing_place(g->p, x->after_start), err);
    if (!code)
        code = set(g, x->index, "from", from, err);
    return code || !has(x, "length") ? code : set_end(g, x, x->end - x->after_start, err);
}

static enum ton_code cut_start(struct giving *g, const struct piece *x, struct ton_err *err) {
    const struct ton_clip *clip = &x->w->clip;
    const int64_t fade_out = fitting(g, x, "fade out", clip->fade_out, x->end - x->after_start);
    enum ton_code code = move_start(g, x, err);
    if (!code)
        code = set_fade(g, x, "fade in", clip->fade_in, x->fade_in, err);
    if (!code)
        code = set_fade(g, x, "fade out", clip->fade_out, fade_out, err);
    return code ? code : set_fade(g, x, "crossfade", x->w->crossfade, x->crossfade, err);
}

/* A value of a clip as it stands in the text, made fit to stand between brackets. */
static void add_value(struct ton_text *t, const char *text, const struct ton_node *value) {
    if (value->kind == TON_NODE_LIST && !value->flow && !value->alias) {
        for (int i = 0; i < value->n; i++) {
            ton_text_add(t, i ? ", " : "[");
            add_value(t, text, value->items[i]);
        }
        ton_text_add(t, "]");
        return;
    }
    const size_t length = value->end - value->start;
    const char *words = text + value->start;
    bool as_it_is = value->kind != TON_NODE_SCALAR || value->style != TON_BLOCK_TEXT;
    for (size_t i = 0; i < length && value->kind == TON_NODE_SCALAR; i++)
        as_it_is = as_it_is && !(value->style == TON_PLAIN ? strchr(",[]{}\r\n", words[i])
                                                           : strchr("\r\n", words[i]));
    if (as_it_is)
        ton_text_add_n(t, words, length);
    else
        ton_yaml_scalar(t, value->text);
}

static bool is_of_first_part(const char *key) {
    static const char *const keys[] = {"take",   "at",      "from",  "length", "crossfade",
                                       "repeat", "fade in", "every", "mute",   "fade out"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

/* What is left behind the recording of a clip that reaches over it; NULL without memory. */
static const char *second_part(const struct giving *g, const struct piece *x, const char *text) {
    const struct ton_node *node = x->w->node;
    const int64_t left = x->end - x->after_start;
    const int64_t from = x->w->clip.from + x->after_start - x->start;
    const int64_t fade_out = fitting(g, x, "fade out", x->w->clip.fade_out, left);
    const struct {
        const char *key, *value;
    } own[] = {{"at", placing_place(g->p, x->after_start)},
               {"from", placing_place_in_take(g->p, from)},
               {"length", has(x, "length") ? placing_length(g->p, left) : NULL},
               {"fade in", x->fade_in > 0 ? placing_length(g->p, x->fade_in) : NULL},
               {"fade out", fade_out > 0 ? placing_length(g->p, fade_out) : NULL},
               {"crossfade", x->crossfade > 0 ? placing_length(g->p, x->crossfade) : NULL}};
    struct ton_text t = {0};
    ton_text_add(&t, "{take: ");
    add_value(&t, text, ton_node_get(node, "take"));
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (own[i].value)
            ton_text_printf(&t, ", %s: %s", own[i].key, own[i].value);
    for (int i = 0; i < node->n; i++) {
        const char *key = ton_node_key(node, i)->text;
        if (is_of_first_part(key))
            continue;
        ton_text_printf(&t, ", %s: ", key);
        add_value(&t, text, ton_node_value(node, i));
    }
    ton_text_add(&t, "}");
    const char *words = t.failed ? NULL : ton_arena_text(g->p->arena, t.data);
    ton_text_free(&t);
    return words;
}

static enum ton_code cut(struct giving *g, const struct piece *x, struct ton_err *err) {
    return x->before  ? cut_end(g, x, err)
           : x->after ? cut_start(g, x, err)
                      : set(g, x->index, "mute", "yes", err);
}

/* A lane has the seams of what is heard, so that the one can be muted for the other. */
static enum ton_code write_lane(struct giving *g, int index, struct ton_err *err) {
    const struct ton_node *tracks = ton_node_get(g->p->root, "tracks");
    const struct ton_node *clips = ton_node_get(ton_node_get(tracks, g->new.clip.track), "clips");
    struct new_clip lane = g->new;
    lane.clip.take = ton_node_get(clips->items[index], "take")->text;
    lane.clip.heard = false;
    const char *words = placing_clip_text(g->p, &lane);
    return words ? set(g, index, NULL, words, err) : TON_MEMORY;
}

/* `trial`: the text in which the clips stand as they were. */
static enum ton_code write_all(struct giving *g, const char *trial, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (int i = 0; i < g->n && !code; i++)
        if (g->pieces[i].meets)
            code = cut(g, &g->pieces[i], err);
    for (int i = 0; i < g->n_lanes && !code; i++)
        code = write_lane(g, g->lanes[i], err);
    int index = g->n_list;
    const char *words = placing_clip_text(g->p, &g->new);
    if (!code)
        code = words ? set(g, index++, NULL, words, err) : TON_MEMORY;
    for (int i = 0; i < g->n && !code; i++) {
        const struct piece *x = &g->pieces[i];
        if (!x->before || !x->after)
            continue;
        words = second_part(g, x, trial);
        code = words ? set(g, index++, NULL, words, err) : TON_MEMORY;
    }
    if (code)
        return code;
    g->p->text = part_break(&g->part, g->new.clip.track) ? part_close(&g->part) : NULL;
    return g->p->text ? placing_read(g->p, err) : TON_MEMORY;
}

bool giving_can_change(const struct giving *g, int index) {
    struct giving trial = *g;
    return set(&trial, index, "mute", "yes", NULL) == TON_OK;
}

/* Is there less of it than was? */
static bool gave_way(const struct piece *x) {
    return x->gives_way && !(x->before && x->before_end >= x->end) &&
           !(x->after && x->after_start <= x->start);
}

/* `before`: the session in which they stood as they were. */
static void tell(const struct giving *g, const struct ton_session *before) {
    struct ton_text *t = g->p->gave_way;
    for (int i = 0; i < g->n && t; i++) {
        const struct piece *x = &g->pieces[i];
        if (!gave_way(x))
            continue;
        ton_text_printf(t, "%s%s is %s", t->length ? ", " : "", before->takes[x->w->clip.take].name,
                        x->before || x->after ? "cut" : "muted");
    }
}

enum ton_code giving_write(struct giving *g, struct ton_err *err) {
    const char *trial = g->p->text;
    const struct ton_session *before = g->p->session;
    struct ton_err why = {0};
    const enum ton_code code = write_all(g, trial, &why);
    if (!code) {
        g->p->at = g->start;
        g->p->frames = g->end - g->start;
        tell(g, before);
    }
    if (!code || code == TON_MEMORY)
        return code ? ton_fail(err, TON_MEMORY, NULL, "no memory") : TON_OK;
    g->p->text = trial;
    placing_warn(g->p, NULL, "nothing gave way to `%s`, and all is heard: %s", g->new.clip.take,
                 why.text);
    return TON_OK;
}
