/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a file is made: which part of its key is another than in the manifest, in the words of
 * `ton diff` where the texts that it was made from are still in the cache. */

#include "ton/diff.h"
#include "ton/document.h"
#include "ton/known.h"
#include "ton/takes.h"
#include "ton/text.h"
#include "work.h"

#include "config.h"

/* Names in the manifest, and what is said when no sentence of a difference tells more. */
static const struct {
    const char *name, *changed;
} parts[N_KEY_PARTS] = {
    [KEY_PROGRAM] = {"program", "this version of the program makes it in another way"},
    [KEY_SOUND] = {"sound", "its mix changed"},
    [KEY_DISC] = {"disc", "whether it is made of whole sectors changed"},
    [KEY_MASTER] = {"master", "the mastering chain changed"},
    [KEY_CEILING] = {"ceiling", "its ceiling changed"},
    [KEY_LOUDNESS] = {"loudness", "the loudness it is mastered to changed"},
    [KEY_FORMAT] = {"format", "its format changed"},
    [KEY_DITHER] = {"dither", "its dither changed"},
    [KEY_TAGS] = {"tags", "its tags changed"},
};

/* What changed since a text had this SHA-256; empty where that cannot be told. */
struct comparison {
    const char *path, *was;
    struct ton_changes changes;
};

struct comparisons {
    struct comparison *items;
    size_t n, capacity;
};

/* What changed since a file was made. */
struct past {
    struct work *w;
    const struct ton_json *entry; /* of the file, in the manifest; NULL */
    struct comparisons *known;    /* files that were made together share them */
};

struct ton_json *why_json(const struct owed *o) {
    struct ton_json *j = ton_json_object();
    char hex[33];
    for (int i = 0; i < N_KEY_PARTS; i++)
        ton_json_set(j, parts[i].name, ton_json_string(ton_key_hex(hex, o->parts_keys[i])));
    return j;
}

/* Where the text of this SHA-256 lies in the cache; NULL without memory. */
static const char *text_path(const struct work *w, const char *sha256) {
    return ton_arena_printf(w->arena, "%s/texts/%.32s.yaml", w->store.folder, sha256);
}

static void keep_text(struct work *w, const char *path) {
    char sha256[65], draft[TON_PATH_MAX], *text = NULL;
    size_t size = 0;
    const char *kept = ton_known_sha256(sha256, path, NULL) ? NULL : text_path(w, sha256);
    if (kept && !ton_cache_take(w->store.cache, kept, false) &&
        !ton_path_read(&text, &size, w->arena, path, TON_DOCUMENT_BYTES, NULL) &&
        !ton_cache_draft(draft, kept, NULL) && !ton_path_write_loosely(draft, text, size, NULL))
        ton_cache_add(w->store.cache, draft, kept, true, NULL);
}

/* Without them only words are lost. */
void why_keep(struct work *w) {
    keep_text(w, w->production->path);
    for (int i = 0; i < w->n_pieces; i++)
        keep_text(w, w->pieces[i].session->path);
}

/* The text of this SHA-256; NULL: not kept, or the same as now. */
static char *old_text(size_t *size, struct work *w, const char *path, const char *was) {
    char now[65], *text = NULL;
    if (!was || strlen(was) != 64 || ton_known_sha256(now, path, NULL) || strcmp(was, now) == 0)
        return NULL;
    const char *kept = text_path(w, was);
    if (!kept || !ton_cache_take(w->store.cache, kept, false) ||
        ton_path_read(&text, size, w->arena, kept, TON_DOCUMENT_BYTES, NULL))
        return NULL;
    return text;
}

static void compare_production(struct comparison *c, struct work *w) {
    struct ton_problems problems;
    struct ton_production *old = NULL;
    size_t size = 0;
    const char *text = old_text(&size, w, c->path, c->was);
    ton_problems_init(&problems, w->arena);
    if (text && !ton_production_parse(&old, w->arena, c->path, text, size, &problems, NULL))
        ton_production_diff(&c->changes, w->arena, old, w->production, NULL);
}

static void compare_session(struct comparison *c, struct work *w, const struct ton_session *now) {
    struct ton_takes takes = ton_takes_from_files();
    struct ton_problems problems;
    struct ton_session *old = NULL;
    size_t size = 0;
    const char *text = old_text(&size, w, c->path, c->was);
    ton_problems_init(&problems, w->arena);
    takes.may_miss = true;
    if (text && !ton_session_parse(&old, w->arena, c->path, text, size, &takes, &problems, NULL))
        ton_session_diff(&c->changes, w->arena, old, now, NULL);
}

/* Of a session, or (NULL) the production. */
static const struct ton_changes *changes_of(const struct past *past,
                                            const struct ton_session *session) {
    static const struct ton_changes none = {0};
    struct work *w = past->w;
    const char *path = session ? session->path : w->production->path;
    const char *was = w->before ? manifest_source(w, past->entry, path) : NULL;
    for (size_t i = 0; i < past->known->n; i++)
        if (past->known->items[i].path == path && ton_text_same(past->known->items[i].was, was))
            return &past->known->items[i].changes;
    struct comparison *c =
        TON_PUSH(w->arena, past->known->items, past->known->n, past->known->capacity);
    if (!c)
        return &none;
    *c = (struct comparison){.path = path, .was = was};
    if (session)
        compare_session(c, w, session);
    else
        compare_production(c, w);
    return &c->changes;
}

/* A file of the same name with other bytes. */
static bool is_another(const struct past *past, const char *path) {
    char now[65];
    const char *was = manifest_source(past->w, past->entry, path);
    return was && !ton_known_sha256(now, path, NULL) && strcmp(was, now) != 0;
}

static void say(const struct past *past, struct owed *o, const char *sentence) {
    struct ton_delivered *d = o->delivered;
    for (size_t i = 0; i < d->n_why; i++)
        if (ton_text_same(d->why[i], sentence))
            return;
    const char **slot = TON_PUSH(past->w->arena, d->why, d->n_why, o->why_capacity);
    if (slot)
        *slot = sentence;
}

/* "first: Kick: fader 0 dB → -3 dB"; one session need not be named. */
static const char *sentence_of(const struct past *past, const char *session,
                               const struct ton_change *change) {
    const bool named = session && past->w->n_pieces > 1;
    return ton_arena_printf(past->w->arena, "%s%s%s%s%s", named ? session : "", named ? ": " : "",
                            change->strip ? change->strip : "", change->strip ? ": " : "",
                            change->text);
}

static int strip_named(const struct ton_session *s, const char *name) {
    for (int i = 0; i < s->n_strips; i++)
        if (ton_text_same(s->strips[i].name, name))
            return i;
    return -1;
}

static bool plays(const struct ton_strip *strip, int take) {
    for (int i = 0; i < strip->n_clips; i++)
        if (strip->clips[i].take == take || strip->clips[i].take_right == take)
            return true;
    return false;
}

/* What changed in a session; `all`: not only what this version of it hears. */
static void say_changes(const struct past *past, struct owed *o, const struct part *part,
                        bool all) {
    const struct piece *p = &past->w->pieces[part->piece];
    const struct ton_session *s = p->session;
    const struct ton_changes *changes = changes_of(past, s);
    for (size_t i = 0; i < changes->n; i++) {
        const struct ton_change *c = &changes->items[i];
        const int strip = c->strip ? strip_named(s, c->strip) : -1;
        const bool is_tag = !c->strip && (!strcmp(c->what, "title") || !strcmp(c->what, "key"));
        if (!is_tag && (all || strip < 0 || ton_plan_hears(p->plan, part->version, strip)))
            say(past, o, sentence_of(past, s->name, c));
    }
    for (int i = 0; i < s->n_takes; i++) {
        bool heard = false;
        for (int k = 0; k < s->n_strips && !heard; k++)
            heard = plays(&s->strips[k], i) && ton_plan_hears(p->plan, part->version, k);
        if (heard && is_another(past, s->takes[i].path))
            say(past, o,
                ton_arena_printf(past->w->arena, "the take %s has other bytes", s->takes[i].name));
    }
}

/* A strip that was muted is no longer heard, and that is what is to be said. */
static void say_session(const struct past *past, struct owed *o, const struct part *part) {
    const size_t before = o->delivered->n_why;
    say_changes(past, o, part, false);
    if (o->delivered->n_why == before)
        say_changes(past, o, part, true);
}

/* Whether a change of production.yaml belongs to this part of this file's key. */
static bool belongs(const struct ton_change *c, const struct owed *o, enum key_part part) {
    static const char *const times[] = {"gap before ", "silence before ", "fade in of ",
                                        "fade out of "};
    static const char *const of_deliverable[N_KEY_PARTS] = {
        [KEY_SOUND] = "",          [KEY_MASTER] = "mastered",
        [KEY_CEILING] = "ceiling", [KEY_LOUDNESS] = "loudness",
        [KEY_FORMAT] = "format",   [KEY_DITHER] = "dither",
    };
    const size_t n = strlen(o->deliverable->name);
    const bool master = c->strip != NULL;
    bool time = false;
    for (int i = 0; i < TON_N(times); i++)
        time |= ton_text_starts(c->what, times[i]);
    if (ton_text_starts(c->what, "deliverable ")) {
        const char *rest = c->what + strlen("deliverable ");
        const char *key = of_deliverable[part];
        if (strncmp(rest, o->deliverable->name, n) != 0 || (rest[n] && !strchr(" :", rest[n])))
            return false;
        rest += n;
        return (key && strstr(rest, key)) || (strstr(rest, "spec") && part != KEY_SOUND);
    }
    const bool loudness = master && ton_text_starts(c->what, "loudness");
    switch (part) {
    case KEY_SOUND:
        return time;
    case KEY_MASTER:
        return master && !loudness;
    case KEY_CEILING:
        return master && strstr(c->what, "ceiling");
    case KEY_LOUDNESS:
        return loudness;
    case KEY_TAGS:
        return !master && !time &&
               (!ton_text_starts(c->what, "recording ") ||
                (o->delivered->session && strstr(c->what, o->delivered->session)));
    case KEY_PROGRAM:
    case KEY_DISC:
    case KEY_FORMAT:
    case KEY_DITHER:
    case N_KEY_PARTS:
        break;
    }
    return false;
}

static void say_whole_mixes(const struct past *past, struct owed *o) {
    for (int i = 0; i < past->w->n_pieces; i++) {
        const struct part whole = {.piece = i};
        if (owed_heeds(past->w, o, i))
            say_session(past, o, &whole);
    }
}

static void say_part(const struct past *past, struct owed *o, enum key_part part) {
    struct work *w = past->w;
    const size_t before = o->delivered->n_why;
    const char *program = ton_json_as_string(ton_json_get(w->before, "program"));
    if (part == KEY_PROGRAM && program && strcmp(program, "ton " TON_VERSION) != 0)
        say(past, o, ton_arena_printf(w->arena, "%s made it, this is ton " TON_VERSION, program));
    const struct ton_changes *production = changes_of(past, NULL);
    for (size_t i = 0; i < production->n; i++)
        if (belongs(&production->items[i], o, part))
            say(past, o, sentence_of(past, NULL, &production->items[i]));
    for (int i = 0; i < o->n_stream && part == KEY_SOUND; i++)
        say_session(past, o, &o->stream[i]);
    if (part == KEY_LOUDNESS)
        say_whole_mixes(past, o);
    if (part == KEY_TAGS && o->tags.cover && is_another(past, o->tags.cover))
        say(past, o, "the cover is another picture");
    for (int i = 0; i < o->n_stream && part == KEY_TAGS; i++) {
        const struct ton_session *session = w->pieces[o->stream[i].piece].session;
        const struct ton_changes *changes = changes_of(past, session);
        for (size_t k = 0; k < changes->n; k++)
            if (!changes->items[k].strip && strcmp(changes->items[k].what, "title") == 0)
                say(past, o, sentence_of(past, session->name, &changes->items[k]));
    }
    if (o->delivered->n_why == before && before == 0)
        say(past, o, parts[part].changed);
}

/* Another name may be all that is new, as when the artist's is part of it. */
static const char *old_name(const struct work *w, const struct ton_delivered *d) {
    const struct ton_json *files = ton_json_get(w->before, "files");
    for (size_t i = 0; i < ton_json_size(files); i++) {
        const struct ton_json *file = ton_json_at(files, i);
        const char *path = ton_json_as_string(ton_json_get(file, "path"));
        if (path && ton_text_same(ton_json_as_string(ton_json_get(file, "name")), d->deliverable) &&
            ton_text_same(ton_json_as_string(ton_json_get(file, "session")), d->session) &&
            ton_text_same(ton_json_as_string(ton_json_get(file, "stem")), d->stem) &&
            ton_text_same(ton_path_extension(path), ton_path_extension(d->path)))
            return ton_arena_text(w->arena, path);
    }
    return NULL;
}

static void say_why(const struct past *past, struct owed *o) {
    struct work *w = past->w;
    const struct ton_json *entry = past->entry;
    const struct ton_json *made_of = ton_json_get(entry, "made_of");
    const char *key = ton_json_as_string(ton_json_get(entry, "key"));
    const char *called = entry ? NULL : old_name(w, o->delivered);
    if (w->config->again)
        say(past, o, "it was asked for with --again");
    else if (called)
        say(past, o, ton_arena_printf(w->arena, "it was called %s", called));
    else if (!entry)
        say(past, o, "it was not delivered before");
    else if (key && !*key)
        say(past, o, "it went without a plug-in that failed");
    else if (ton_text_same(key, o->delivered->key))
        say(past, o,
            ton_path_exists(o->path) ? "the file was changed" : "the file is no longer there");
    if (o->delivered->n_why > 0)
        return;
    for (int part = 0; part < N_KEY_PARTS; part++) {
        char now[33];
        const char *was = ton_json_as_string(ton_json_get(made_of, parts[part].name));
        if (!ton_text_same(was, ton_key_hex(now, o->parts_keys[part])))
            say_part(past, o, (enum key_part)part);
    }
}

void why_fill(struct work *w) {
    struct comparisons known = {0};
    struct past past = {.w = w, .known = &known};
    for (size_t i = 0; i < w->n_owed; i++) {
        if (w->owed[i].stands)
            continue;
        past.entry = manifest_entry(w, w->owed[i].delivered->path);
        say_why(&past, &w->owed[i]);
    }
}
