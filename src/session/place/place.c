/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes recordings into a session's text: each as a clip at the end of its track's list, in that
 * list's style, or on lines of their own where there was none. */
#include "part.h"

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

/* The clip's words at the end of the track's clips, of which, and of the track, there may be none.
 */
static enum ton_code append(struct part *part, const struct placing *p,
                            const struct ton_placing *clip, const char *words,
                            struct ton_err *err) {
    const struct ton_node *tracks = ton_node_get(p->root, "tracks");
    const struct ton_node *track = ton_node_get(tracks, clip->track);
    const struct ton_node *clips = ton_node_get(track, "clips");
    const bool no_tracks = !tracks || ton_node_is_null(tracks);
    const bool no_track = !track || ton_node_is_null(track);
    const bool no_clips = !clips || ton_node_is_null(clips);
    char number[16];
    snprintf(number, sizeof number, "%d", no_clips ? 0 : clips->n);
    const char *const path[] = {"tracks", clip->track, "clips", number};
    const char *value = words;
    if (no_track)
        value = placing_track_text(p, clip, words);
    else if (no_clips)
        value = ton_arena_printf(p->arena, "[%s]", words);
    if (no_tracks && value)
        value = placing_tracks_text(p, clip->track, value);
    if (!value)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    const int depth = no_tracks ? 1 : no_track ? 2 : no_clips ? 3 : 4;
    return part_set(part, path, depth, value, 4 - depth, err);
}

const char *ton_placing_text(struct ton_arena *arena, const struct ton_session *session,
                             const struct ton_placing *placing) {
    const struct placing p = {.arena = arena, .session = session, .in_bars = counts_bars(session)};
    return placing_clip_text(&p, &(struct new_clip){.clip = *placing});
}

static enum ton_code find_root(struct placing *p, struct ton_err *err) {
    struct ton_document doc;
    struct ton_problems found;
    ton_problems_init(&found, p->arena);
    const enum ton_code code =
        ton_document_parse(&doc, p->arena, p->path, p->text, strlen(p->text), &found, err);
    p->root = code ? NULL : doc.root;
    return code;
}

static char *copy(const char *text, size_t length) {
    char *out = ton_alloc(length + 1);
    if (out)
        memcpy(out, text, length);
    return out;
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

static enum ton_code write(struct placing *p, const struct ton_placing *clip, struct ton_err *err) {
    const char *words = placing_clip_text(p, &(struct new_clip){.clip = *clip});
    struct part before;
    if (!words || !part_open(&before, p, clip->track))
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    struct ton_err why = {0};
    struct part part = before;
    const enum ton_code code = append(&part, p, clip, words, &why);
    if (code)
        return ton_fail(err, code, p->path, "the clip `%s` could not be written into `%s`: %s",
                        words, clip->track, why.text);
    p->text = part_break(&part, clip->track) ? part_close(&part) : NULL;
    if (!p->text)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    p->at = clip->at;
    p->frames = clip->frames;
    return clip->replaces && clip->heard ? placing_give_way(p, &before, clip, err) : TON_OK;
}

static enum ton_code place(struct placing *p, const struct ton_placing *asked,
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
    return write(p, &clip, err);
}

/* Other passes of the same stretch were given its seams. */
static void tell(const struct placing *p, struct ton_placing *placings, int i) {
    struct ton_placing *new = &placings[i];
    for (int k = 0; k <= i; k++) {
        struct ton_placing *x = &placings[k];
        const bool lane = new->heard && !x->heard &&strcmp(x->track, new->track) == 0 &&
                          x->at == new->at && x->from == new->from && x->frames == new->frames;
        if (k < i && !lane)
            continue;
        x->stands_at = p->at;
        x->stands_frames = p->frames;
    }
}

/* In memory of its own, which is given back but for the text. */
static enum ton_code place_one(struct placing *p, const struct ton_placing *asked,
                               struct ton_err *err) {
    struct placing one = *p;
    one.arena = ton_arena_create();
    enum ton_code code = one.arena ? find_root(&one, err) : TON_MEMORY;
    if (!code)
        code = place(&one, asked, err);
    char *text = code ? NULL : copy(one.text, strlen(one.text));
    if (!code && (!text || ton_arena_failed(one.arena)))
        code = TON_MEMORY;
    ton_arena_destroy(one.arena);
    if (code) {
        ton_free(text);
        return code == TON_MEMORY ? ton_fail(err, TON_MEMORY, NULL, "no memory") : code;
    }
    ton_free(p->kept);
    p->text = p->kept = text;
    p->at = one.at;
    p->frames = one.frames;
    return TON_OK;
}

/* Reads the session into the arena. The text is given back with ton_free. */
static enum ton_code start(struct placing *p, struct ton_arena *arena, const char *path,
                           const char *text, size_t length, const struct ton_takes *takes,
                           struct ton_problems *problems, struct ton_err *err) {
    *p = (struct placing){.arena = arena, .path = path, .takes = takes, .problems = problems};
    p->text = p->kept = copy(text, length);
    if (!arena || !p->text)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    struct ton_session *refused;
    return strlen(p->text) == length /* no zero byte in it */
               ? placing_read(p, err)
               : ton_session_parse(&refused, arena, path, text, length, takes, problems, err);
}

/* What was written reads as a session. */
static enum ton_code check(struct placing *p, struct ton_err *err) {
    struct placing again = *p;
    again.arena = ton_arena_create();
    const enum ton_code code =
        again.arena ? placing_read(&again, err) : ton_fail(err, TON_MEMORY, NULL, "no memory");
    ton_arena_destroy(again.arena);
    return code;
}

enum ton_code ton_session_place(char **out, struct ton_arena *arena, const char *path,
                                const char *text, size_t length, const struct ton_takes *takes,
                                struct ton_placing *placings, int n, struct ton_problems *problems,
                                struct ton_err *err) {
    struct placing p;
    struct ton_text gave_way = {0};
    *out = NULL;
    struct ton_arena *base = ton_arena_create();
    enum ton_code code = start(&p, base, path, text, length, takes, problems, err);
    p.gave_way = &gave_way;
    for (int i = 0; i < n && !code; i++) {
        gave_way.length = 0;
        code = place_one(&p, &placings[i], err);
        if (!code)
            tell(&p, placings, i);
        placings[i].gave_way = gave_way.length ? ton_arena_text(arena, gave_way.data) : NULL;
    }
    if (!code && gave_way.failed)
        code = ton_fail(err, TON_MEMORY, NULL, "no memory");
    if (!code)
        code = check(&p, err);
    if (!code) {
        *out = ton_arena_text(arena, p.text);
        code = *out ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory");
    }
    ton_arena_destroy(base);
    ton_text_free(&gave_way);
    ton_free(p.kept);
    return code;
}

static enum ton_code try_track(struct placing *p, const char *track, struct ton_err *err) {
    const struct ton_placing trial = {.track = track, .take = "take.wav"};
    struct ton_err why = {0};
    struct part part;
    enum ton_code code = check_track(p, track, err);
    if (code)
        return code;
    if (!part_open(&part, p, track))
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    code = append(&part, p, &trial, "{take: take.wav, at: 0:00}", &why);
    return code ? ton_fail(err, code, p->path, "a take could not be written into `%s`: %s", track,
                           why.text)
                : TON_OK;
}

enum ton_code ton_session_can_place(struct ton_arena *arena, const char *path, const char *text,
                                    size_t length, const struct ton_takes *takes,
                                    const char *const *tracks, int n, struct ton_problems *problems,
                                    struct ton_err *err) {
    struct placing p;
    enum ton_code code = start(&p, arena, path, text, length, takes, problems, err);
    if (!code && p.session->n_arrangement > 0)
        code = ton_fail(err, TON_INPUT, path,
                        "has an `arrangement`, which plays sections in another order than they are "
                        "written in, so a recording would have no place; take it out while you "
                        "record");
    for (int i = 0; i < n && !code; i++)
        code = try_track(&p, tracks[i], err);
    ton_free(p.kept);
    return code;
}
