/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes recordings into a session's text: each as a clip at the end of its track's list, in that
 * list's style. */
#include "placing.h"

#include "ton/yaml.h"

void placing_warn(struct placing *p, const char *where, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ton_problems_add(p->problems, true, where ? where : p->path, "%s", text);
}

/* Bars, unless there are none or every place that is written is one of the clock. */
static bool counts_bars(const struct ton_session *s) {
    bool in_time = false;
    for (int i = 0; s->has_tempo && i < s->n_strips; i++)
        for (int k = 0; k < s->strips[i].n_written; k++) {
            const struct ton_node *at = ton_node_get(s->strips[i].written[k].node, "at");
            if (at && strchr(at->text, '|'))
                return true;
            in_time |= at && s->strips[i].written[k].clip.at > 0;
        }
    return s->has_tempo && !in_time;
}

enum ton_code placing_read(struct placing *p, struct ton_err *err) {
    struct ton_problems found;
    struct ton_document doc;
    struct ton_session *session = NULL;
    const size_t length = strlen(p->text);
    ton_problems_init(&found, p->arena);
    enum ton_code code =
        ton_session_parse(&session, p->arena, p->path, p->text, length, p->takes, &found, err);
    if (!code)
        code = ton_document_parse(&doc, p->arena, p->path, p->text, length, &found, err);
    for (size_t i = 0; code && i < found.n; i++)
        if (!found.items[i].warning)
            ton_problems_add(p->problems, false, found.items[i].where, "%s", found.items[i].text);
    if (code)
        return code;
    p->session = session;
    p->root = doc.root;
    p->in_bars = counts_bars(session);
    return TON_OK;
}

static void add_key(struct ton_text *t, const char *key, const char *value) {
    ton_text_printf(t, ", %s: %s", key, value);
}

const char *placing_clip_text(const struct placing *p, const struct new_clip *new) {
    const struct ton_placing *clip = &new->clip;
    struct ton_text t = {0};
    ton_text_add(&t, "{take: ");
    ton_yaml_scalar(&t, clip->take);
    add_key(&t, "at", placing_place(p, clip->at));
    if (clip->from > 0)
        add_key(&t, "from", placing_place_in_take(p, clip->from));
    if (clip->frames > 0)
        add_key(&t, "to", placing_place_in_take(p, clip->from + clip->frames));
    if (new->fade_in > 0)
        add_key(&t, "fade in", placing_length(p, new->fade_in));
    if (new->fade_out > 0)
        add_key(&t, "fade out", placing_length(p, new->fade_out));
    if (new->crossfade > 0)
        add_key(&t, "crossfade", placing_length(p, new->crossfade));
    if (clip->channel > 0)
        ton_text_printf(&t, ", channel: %d", clip->channel);
    if (!clip->heard)
        add_key(&t, "mute", "yes");
    ton_text_add(&t, "}");
    const char *text = t.failed ? NULL : ton_arena_text(p->arena, t.data);
    ton_text_free(&t);
    return text;
}

/* `{input: [1, 2], clips: [CLIP]}` */
static const char *track_text(const struct placing *p, const struct ton_placing *clip,
                              const char *words) {
    struct ton_text t = {0};
    ton_text_add(&t, "{");
    for (int i = 0; i < clip->n_inputs; i++) {
        const char *input = clip->inputs[i];
        ton_text_add(&t, i > 0 ? ", " : clip->n_inputs > 1 ? "input: [" : "input: ");
        if (input[strspn(input, "0123456789")] == '\0')
            ton_text_add(&t, input);
        else
            ton_yaml_scalar(&t, input);
    }
    ton_text_add(&t, clip->n_inputs > 1 ? "], " : clip->n_inputs > 0 ? ", " : "");
    ton_text_printf(&t, "clips: [%s]}", words);
    const char *text = t.failed ? NULL : ton_arena_text(p->arena, t.data);
    ton_text_free(&t);
    return text;
}

/* `{Kick: TRACK}` */
static const char *tracks_text(const struct placing *p, const char *name, const char *track) {
    struct ton_text t = {0};
    ton_text_add(&t, "{");
    ton_yaml_scalar(&t, name);
    ton_text_printf(&t, ": %s}", track);
    const char *text = t.failed ? NULL : ton_arena_text(p->arena, t.data);
    ton_text_free(&t);
    return text;
}

/* The clip's words at the end of the track's clips, of which, and of the track, there may be none.
 */
static enum ton_code append(char **out, const struct placing *p, const struct ton_placing *clip,
                            const char *words, struct ton_err *err) {
    const struct ton_node *tracks = ton_node_get(p->root, "tracks");
    const struct ton_node *track = ton_node_get(tracks, clip->track);
    const struct ton_node *clips = ton_node_get(track, "clips");
    const bool no_tracks = !tracks || ton_node_is_null(tracks);
    const bool no_track = !track || ton_node_is_null(track);
    const bool no_clips = !clips || ton_node_is_null(clips);
    char number[16];
    snprintf(number, sizeof number, "%d", no_clips ? 0 : clips->n);
    const char *const path[] = {"tracks", clip->track, "clips", number};
    const size_t length = strlen(p->text);
    const char *value = words;
    if (no_track)
        value = track_text(p, clip, words);
    else if (no_clips)
        value = ton_arena_printf(p->arena, "[%s]", words);
    if (no_tracks && value)
        value = tracks_text(p, clip->track, value);
    if (!value)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    const int depth = no_tracks ? 1 : no_track ? 2 : no_clips ? 3 : 4;
    return ton_yaml_lay_out(out, p->arena, p->text, length, path, depth, value, no_tracks ? 2 : 1,
                            err);
}

static enum ton_code check_track(const struct placing *p, const char *name, struct ton_err *err) {
    const int i = ton_session_find_strip(p->session, name);
    if (i >= 0 && p->session->strips[i].is_bus)
        return ton_fail(err, TON_INPUT, p->path,
                        "`%s` is a bus, which is not recorded; name a track", name);
    return TON_OK;
}

/* What lies before the timeline is left out, and what would be nothing is not heard. */
static struct ton_placing on_timeline(struct placing *p, const struct ton_placing *asked) {
    struct ton_placing clip = *asked;
    if (clip.at >= 0)
        return clip;
    const int64_t before = -clip.at;
    clip.at = 0;
    if (clip.frames == 0 || clip.frames > before) {
        clip.from += before;
        clip.frames -= clip.frames > 0 ? before : 0;
        return clip;
    }
    clip.heard = clip.replaces = false;
    placing_warn(p, NULL, "`%s` lies before the start of the timeline, so its clip is muted",
                 clip.take);
    return clip;
}

static enum ton_code place_one(struct placing *p, const struct ton_placing *asked,
                               struct ton_err *err) {
    struct ton_placing clip = on_timeline(p, asked);
    enum ton_code code = check_track(p, clip.track, err);
    if (code)
        return code;
    if (p->session->n_arrangement > 0 && clip.heard) {
        placing_warn(p, NULL,
                     "has an `arrangement`, so where `%s` belongs is not where it was played: its "
                     "clip is muted",
                     clip.take);
        clip.heard = clip.replaces = false;
    }
    const char *words = placing_clip_text(p, &(struct new_clip){.clip = clip});
    char *out = NULL;
    if (!words)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    struct ton_err why = {0};
    code = append(&out, p, &clip, words, &why);
    if (code == TON_MEMORY)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    if (code)
        return ton_fail(err, code, p->path, "the clip `%s` could not be written into `%s`: %s",
                        words, clip.track, why.text);
    const char *before = p->text;
    p->text = out;
    code = placing_read(p, err);
    return code || !clip.replaces || !clip.heard ? code : placing_give_way(p, before, &clip, err);
}

static enum ton_code start(struct placing *p, struct ton_arena *arena, const char *path,
                           const char *text, size_t length, const struct ton_takes *takes,
                           struct ton_problems *problems, struct ton_err *err) {
    *p = (struct placing){.arena = arena, .path = path, .takes = takes, .problems = problems};
    p->text = ton_arena_copy(arena, text, length);
    if (!p->text)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    struct ton_session *refused;
    return strlen(p->text) == length /* no zero byte in it */
               ? placing_read(p, err)
               : ton_session_parse(&refused, arena, path, text, length, takes, problems, err);
}

enum ton_code ton_session_place(char **out, struct ton_arena *arena, const char *path,
                                const char *text, size_t length, const struct ton_takes *takes,
                                const struct ton_placing *placings, int n,
                                struct ton_problems *problems, struct ton_err *err) {
    struct placing p;
    *out = NULL;
    enum ton_code code = start(&p, arena, path, text, length, takes, problems, err);
    for (int i = 0; i < n && !code; i++)
        code = place_one(&p, &placings[i], err);
    if (ton_arena_failed(arena))
        code = ton_fail(err, TON_MEMORY, NULL, "no memory");
    if (!code)
        *out = (char *)p.text;
    return code;
}

enum ton_code ton_session_can_place(struct ton_arena *arena, const char *path, const char *text,
                                    size_t length, const struct ton_takes *takes,
                                    const char *const *tracks, int n, struct ton_problems *problems,
                                    struct ton_err *err) {
    struct placing p;
    enum ton_code code = start(&p, arena, path, text, length, takes, problems, err);
    if (!code && p.session->n_arrangement > 0)
        return ton_fail(err, TON_INPUT, path,
                        "has an `arrangement`, which plays sections in another order than they are "
                        "written in, so a recording would have no place; take it out while you "
                        "record");
    for (int i = 0; i < n && !code; i++) {
        const struct ton_placing trial = {.track = tracks[i], .take = "take.wav"};
        struct ton_err why = {0};
        char *changed;
        code = check_track(&p, tracks[i], err);
        if (!code && append(&changed, &p, &trial, "{take: take.wav, at: 0:00}", &why))
            code = ton_fail(err, why.code, path, "a take could not be written into `%s`: %s",
                            tracks[i], why.text);
    }
    return code;
}
