/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton diff: what changed between two sessions or productions, in engineers' sentences. */
#include "git.h"
#include "print.h"
#include "verb.h"

#include "ton/diff.h"
#include "ton/json.h"
#include "ton/path.h"
#include "ton/takes.h"

#include <limits.h>
#include <stdlib.h>

enum { MOST_BYTES = 64 * 1024 * 1024 };

struct side {
    const char *revision; /* NULL: on disk */
    const char *path;
};

struct comparison {
    struct ton_arena *arena;
    struct side a, b;
    struct ton_changes changes;
    bool partial; /* a session could not be read */
    const char **remarks;
    size_t n_remarks, capacity;
};

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "there is not enough memory");
}

static void remark(struct comparison *c, const char *text) {
    const char **slot = TON_PUSH(c->arena, c->remarks, c->n_remarks, c->capacity);
    if (slot)
        *slot = text;
}

/* "HEAD~1:sessions/song.yaml" as it was typed. */
static const char *name_of(struct ton_arena *arena, const struct side *side) {
    const char *name =
        side->revision ? ton_arena_printf(arena, "%s:%s", side->revision, side->path) : side->path;
    return name ? name : side->path;
}

/* Text of a side into the arena; `*place` is where it is or was on disk. */
static enum ton_code read_side(char **text, size_t *size, const char **place,
                               struct ton_arena *arena, const struct side *side,
                               struct ton_err *err) {
    *place = side->path;
    if (!side->revision)
        return ton_path_read(text, size, arena, side->path, MOST_BYTES, err);
    struct ton_text shown = {0};
    enum ton_code code = ton_git_show(&shown, place, arena, side->revision, side->path, err);
    if (code == TON_OK) {
        *text = ton_arena_copy(arena, shown.data ? shown.data : "", shown.length);
        *size = shown.length;
    }
    ton_text_free(&shown);
    return code == TON_OK && !*text ? no_memory(err) : code;
}

/* The place from the root, so that a session's production is found from inside of sessions/, and
 * takes have one path on both sides. */
static const char *from_root(struct ton_arena *arena, const char *place) {
    char real[PATH_MAX];
    const char *folder = ton_path_folder(arena, place);
    const char *found =
        folder && realpath(folder, real) ? ton_path_join(arena, real, ton_path_name(place)) : NULL;
    return found ? found : place;
}

/* Errors only, at their places as the side was named: warnings are for those who hear it. */
static enum ton_code say_errors(struct ton_arena *arena, const struct ton_problems *problems,
                                const struct side *side, const char *place, enum ton_code code,
                                struct ton_err *err) {
    struct ton_problems errors;
    ton_problems_init(&errors, arena);
    for (size_t i = 0; i < problems->n; i++) {
        const struct ton_problem *p = &problems->items[i];
        bool inside = ton_text_starts(p->where, place);
        const char *where =
            inside ? ton_arena_printf(arena, "%s%s", name_of(arena, side), p->where + strlen(place))
                   : p->where;
        if (!p->warning)
            ton_problems_add(&errors, false, where, "%s", p->text);
    }
    errors.out_of_memory = errors.out_of_memory || problems->out_of_memory;
    return ton_print_problems(&errors, code, err);
}

enum { MOST_NAMES = 3 };

/* Takes and MIDI files, and how many of them are not there. */
struct files {
    int n, n_missing;
};

static void count(struct files *f, struct ton_text *names, const char *name, bool missing) {
    f->n++;
    if (missing && f->n_missing++ < MOST_NAMES && names)
        ton_text_printf(names, "%s%s", names->length ? ", " : "", name);
}

/* `names` gets the first of those that are not there; NULL: nothing does. */
static struct files files_of(const struct ton_session *s, struct ton_text *names) {
    struct files f = {0};
    for (int i = 0; i < s->n_takes; i++)
        count(&f, names, s->takes[i].name, s->takes[i].frames < 0);
    for (int i = 0; i < s->n_strips; i++) {
        const char *last = NULL;
        for (int k = 0; k < s->strips[i].n_written_notes; k++) {
            const char *path = s->strips[i].written_notes[k].clip.midi;
            if (!ton_text_same(path, last))
                count(&f, names, ton_path_name(path), !ton_path_exists(path));
            last = path;
        }
    }
    return f;
}

static enum ton_code parse_session(struct ton_session **out, struct ton_arena *arena,
                                   const struct side *side, const char *place, const char *text,
                                   size_t size, struct ton_err *err) {
    struct ton_takes takes = ton_takes_from_files();
    struct ton_problems problems;
    takes.may_miss = true; /* those of an old revision may be gone */
    ton_problems_init(&problems, arena);
    enum ton_code code = ton_session_parse(out, arena, place, text, size, &takes, &problems, err);
    return say_errors(arena, &problems, side, place, code, err);
}

struct read_session {
    const struct side *side;
    struct ton_session *session;
    char *text;
    size_t size;
    const char *place;
};

static enum ton_code read_session(struct read_session *r, struct ton_arena *arena,
                                  const struct side *side, struct ton_err *err) {
    *r = (struct read_session){.side = side};
    enum ton_code code = read_side(&r->text, &r->size, &r->place, arena, side, err);
    if (code != TON_OK)
        return code;
    r->place = from_root(arena, r->place);
    return parse_session(&r->session, arena, side, r->place, r->text, r->size, err);
}

/* A session that was put somewhere else to be compared has its takes where the other has them. */
static enum ton_code borrow_takes(struct comparison *c, struct read_session *r,
                                  const struct read_session *other, struct ton_err *err) {
    const struct files own = files_of(r->session, NULL), theirs = files_of(other->session, NULL);
    if (own.n == 0 || own.n_missing < own.n || theirs.n_missing == theirs.n)
        return TON_OK;
    const char *folder = ton_path_folder(c->arena, other->place);
    const char *place = folder ? ton_path_join(c->arena, folder, ton_path_name(r->place)) : NULL;
    struct ton_session *there = NULL;
    enum ton_code code =
        place ? parse_session(&there, c->arena, r->side, place, r->text, r->size, err)
              : no_memory(err);
    if (code == TON_OK && files_of(there, NULL).n_missing < own.n) {
        r->session = there;
        remark(c, ton_arena_printf(c->arena, "no takes lie beside %s; those of %s are looked at",
                                   name_of(c->arena, r->side), name_of(c->arena, other->side)));
    }
    return code;
}

static void remark_missing(struct comparison *c, const struct read_session *r) {
    struct ton_text names = {0};
    const int n = files_of(r->session, &names).n_missing;
    if (n > 0)
        remark(c,
               ton_arena_printf(
                   c->arena,
                   "%s: %d take%s cannot be looked at (%s%s); clips that end with %s are "
                   "compared as written",
                   name_of(c->arena, r->side), n, n == 1 ? "" : "s", names.data ? names.data : "",
                   n > MOST_NAMES ? ", …" : "", n == 1 ? "it" : "them"));
    ton_text_free(&names);
}

/* `session` marks what is said, when it is one of a production. */
static enum ton_code diff_sessions(struct comparison *c, const struct side *a, const struct side *b,
                                   const char *session, struct ton_err *err) {
    struct read_session x, y;
    enum ton_code code = read_session(&x, c->arena, a, err);
    if (code == TON_OK)
        code = read_session(&y, c->arena, b, err);
    if (code == TON_OK)
        code = borrow_takes(c, &x, &y, err);
    if (code == TON_OK)
        code = borrow_takes(c, &y, &x, err);
    const size_t before = c->changes.n;
    if (code == TON_OK)
        code = ton_session_diff(&c->changes, c->arena, x.session, y.session, err);
    if (code != TON_OK)
        return code;
    for (size_t i = before; i < c->changes.n; i++)
        c->changes.items[i].session = session;
    remark_missing(c, &x);
    remark_missing(c, &y);
    return TON_OK;
}

static enum ton_code read_production(struct ton_production **out, struct ton_arena *arena,
                                     const struct side *side, struct ton_err *err) {
    char *text = NULL;
    size_t size = 0;
    const char *place;
    struct ton_problems problems;
    enum ton_code code = read_side(&text, &size, &place, arena, side, err);
    if (code != TON_OK)
        return code;
    ton_problems_init(&problems, arena);
    code = ton_production_parse(out, arena, place, text, size, &problems, err);
    return say_errors(arena, &problems, side, place, code, err);
}

static struct side within(struct ton_arena *arena, const struct side *folder, const char *name) {
    struct side side = *folder;
    side.path = !strcmp(folder->path, ".") ? ton_arena_text(arena, name)
                                           : ton_path_join(arena, folder->path, name);
    return side;
}

/* A session that cannot be read on one side does not hide what changed in the others. */
static enum ton_code diff_its_sessions(struct comparison *c, const struct ton_production *a,
                                       const struct ton_production *b, struct ton_err *err) {
    for (int k = 0; k < b->n_sessions; k++) {
        const char *name = b->sessions[k];
        int i = 0;
        while (i < a->n_sessions && strcmp(a->sessions[i], name) != 0)
            i++;
        if (i == a->n_sessions)
            continue; /* added, which was said */
        const char *file = ton_arena_printf(c->arena, "sessions/%s.yaml", name);
        if (!file)
            return no_memory(err);
        const struct side x = within(c->arena, &c->a, file), y = within(c->arena, &c->b, file);
        if (!x.path || !y.path)
            return no_memory(err);
        struct ton_err own = {0};
        enum ton_code code = diff_sessions(c, &x, &y, name, &own);
        if (code != TON_OK && code != TON_INPUT) {
            *err = own;
            return code;
        }
        if (code == TON_INPUT) {
            c->partial = true;
            remark(c, ton_arena_printf(c->arena, "%s is not compared%s%s", name,
                                       own.text[0] ? ": " : "", own.text));
        }
    }
    return TON_OK;
}

static bool is_production(const struct side *side) {
    return !strcmp(ton_path_name(side->path), "production.yaml");
}

static bool is_folder(const struct side *side) {
    const char *name = ton_path_name(side->path);
    return !*name || !strcmp(name, ".") || !strcmp(name, "..") || ton_path_is_folder(side->path);
}

static enum ton_code compare(struct comparison *c, struct ton_err *err) {
    bool folders = is_folder(&c->a) && is_folder(&c->b);
    if (!folders &&
        (is_folder(&c->a) || is_folder(&c->b) || is_production(&c->a) != is_production(&c->b)))
        return ton_fail(err, TON_USAGE, NULL,
                        "`%s` and `%s` are not of one kind: compare two sessions, two "
                        "production.yaml or two production folders",
                        name_of(c->arena, &c->a), name_of(c->arena, &c->b));
    if (!folders && !is_production(&c->a))
        return diff_sessions(c, &c->a, &c->b, NULL, err);
    struct side x = c->a, y = c->b;
    if (folders) {
        x = within(c->arena, &c->a, "production.yaml");
        y = within(c->arena, &c->b, "production.yaml");
    }
    if (!x.path || !y.path)
        return no_memory(err);
    struct ton_production *a = NULL, *b = NULL;
    enum ton_code code = read_production(&a, c->arena, &x, err);
    if (code == TON_OK)
        code = read_production(&b, c->arena, &y, err);
    if (code == TON_OK)
        code = ton_production_diff(&c->changes, c->arena, a, b, err);
    return code == TON_OK && folders ? diff_its_sessions(c, a, b, err) : code;
}

static struct side side_of(struct ton_arena *arena, const char *given) {
    const char *colon = strchr(given, ':');
    if (ton_path_exists(given) || !colon)
        return (struct side){.path = given};
    return (struct side){ton_arena_copy(arena, given, (size_t)(colon - given)),
                         colon[1] ? colon + 1 : "."};
}

static enum ton_code sides_of(struct comparison *c, const struct ton_given *given,
                              struct ton_err *err) {
    const char *against = ton_given_text(given, "against");
    const char *first = given->n_arguments ? given->arguments[0] : ".";
    if (against && given->n_arguments > 1)
        return ton_fail(err, TON_USAGE, NULL,
                        "`--against` compares one session with a revision of itself, but two are "
                        "named");
    if (!against && given->n_arguments < 2)
        return ton_fail(err, TON_USAGE, NULL,
                        "`ton diff` needs two sessions, or one and `--against REVISION`");
    c->a = against ? (struct side){against, first} : side_of(c->arena, first);
    c->b = against ? (struct side){NULL, first} : side_of(c->arena, given->arguments[1]);
    if (!against || c->b.path == NULL || ton_path_exists(first) || !strchr(first, ':'))
        return TON_OK;
    return ton_fail(err, TON_USAGE, NULL,
                    "`%s` names a revision, and so does `--against`; write the file alone", first);
}

static struct ton_json *change_json(const struct ton_change *change) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "session", ton_json_string(change->session));
    ton_json_set(j, "strip", ton_json_string(change->strip));
    ton_json_set(j, "what", ton_json_string(change->what));
    ton_json_set(j, "from", ton_json_string(change->from));
    ton_json_set(j, "to", ton_json_string(change->to));
    ton_json_set(j, "text", ton_json_string(change->text));
    return j;
}

static enum ton_code print_json(const struct comparison *c, struct ton_err *err) {
    struct ton_json *j = ton_json_object(), *changes = ton_json_array();
    for (size_t i = 0; i < c->changes.n; i++)
        ton_json_add(changes, change_json(&c->changes.items[i]));
    ton_json_set(j, "a", ton_json_string(name_of(c->arena, &c->a)));
    ton_json_set(j, "b", ton_json_string(name_of(c->arena, &c->b)));
    /* Null: what was compared sounds as before, what could not be may not. */
    ton_json_set(j, "heard",
                 c->partial && !c->changes.heard ? ton_json_null()
                                                 : ton_json_bool(c->changes.heard));
    ton_json_set(j, "changes", changes);
    ton_json_set(j, "remarks", ton_json_strings(c->remarks, c->n_remarks));
    return ton_print_json(j, err);
}

static void print(const struct comparison *c) {
    for (size_t i = 0; i < c->changes.n; i++) {
        const struct ton_change *x = &c->changes.items[i];
        printf("%s%s%s%s%s\n", x->session ? x->session : "", x->session ? ": " : "",
               x->strip ? x->strip : "", x->strip ? ": " : "", x->text);
    }
    if (!c->changes.heard)
        puts(c->partial ? "nothing that can be heard changed in what was compared"
                        : "nothing that can be heard changed");
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    struct comparison c = {.arena = given->arena};
    enum ton_code code = sides_of(&c, given, err);
    if (code == TON_OK)
        code = compare(&c, err);
    if (code == TON_OK && ton_arena_failed(c.arena))
        code = no_memory(err);
    if (code != TON_OK)
        return code;
    for (size_t i = 0; i < c.n_remarks; i++)
        ton_print_warning(NULL, c.remarks[i]);
    if (!ton_given_switch(given, "json"))
        print(&c);
    else
        code = print_json(&c, err);
    return code == TON_OK && c.partial ? TON_INPUT : code; /* what is wrong was said */
}

static const struct ton_row arguments[] = {
    {.key = "a",
     .label = "A",
     .kind = TON_PATH,
     .help = "A session's file, a production.yaml or a production's folder (with all its "
             "sessions); or `REVISION:FILE` for git's."},
    {.key = "b", .label = "B", .kind = TON_PATH, .help = "The later one."},
};

static const struct ton_row options[] = {
    {.key = "against",
     .label = "REVISION",
     .kind = TON_TEXT,
     .help = "Compare the one with itself at this git revision; the production here when none is "
             "named."},
    {.key = "json", .kind = TON_SWITCH, .help = "Print the changes as one JSON document."},
};

static const struct ton_example examples[] = {
    {"ton diff sessions/night-train.yaml --against HEAD~1",
     "Says what the last commit changed in the session."},
    {"ton diff HEAD~1:sessions/night-train.yaml sessions/night-train.yaml", "The same."},
    {"ton diff --against v1", "The whole production since the tag v1: deliverables, mastering, "
                              "tags and each session."},
    {"ton diff rough.yaml final.yaml", "Compares two sessions."},
};

const struct ton_verb ton_verb_diff = {
    .name = "diff",
    .order = 210,
    .summary = "Say in words what changed between two sessions or productions",
    .elsewhere = "compare",
    .text =
        "Compares what was decided, not how it is written: order of keys, layout, comments and "
        "two ways to write one value say nothing. Places are in bars and beats when the session "
        "has a tempo. What stands on the same beat, or at the same time, has not moved when the "
        "tempo changes. Nothing is rounded away: moves of less than a millisecond are said in "
        "samples. When all that changed renders the same audio (a title, a role, a name, what is "
        "bypassed or muted), the last line says so.\n\n"
        "Revisions are read through git(1). Takes are those on disk: they never change. A take "
        "that is missing is remarked on, and the rest is compared all the same.\n\n"
        "The exit status is 0 whether or not something changed, 2 when a side cannot be read (no "
        "such file or revision, no repository, a mistake in the session), 3 when git cannot be "
        "started.",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .run = run,
};
