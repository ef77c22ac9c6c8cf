/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton takes: what was recorded, and what was said of it. */
#include "deck/face.h"
#include "print.h"

#include "ton/json.h"
#include "ton/mixdown.h"
#include "ton/path.h"
#include "ton/recordings.h"
#include "ton/tempo.h"
#include "ton/text.h"

/* A take and its marks; those that no take has stand behind all. */
struct listed {
    struct ton_take_row take;
    struct ton_mark_row *marks;
    int n_marks;
};

struct listing {
    struct listed *items;
    int n;
    struct ton_mark_row *marks; /* of a session as a whole */
    int n_marks;
};

static enum ton_code read_rows(struct listing *out, struct ton_arena *arena,
                               struct ton_database *db, const char *session, struct ton_err *err) {
    struct ton_take_row *rows = NULL;
    enum ton_code code = ton_takes_list(&rows, &out->n, arena, db, session, err);
    out->items = TON_NEW_N(arena, struct listed, out->n + 1);
    if (!code && !out->items)
        code = ton_fail(err, TON_MEMORY, NULL, "no memory to list the takes");
    for (int i = 0; i < out->n && !code; i++) {
        struct listed *x = &out->items[i];
        x->take = rows[i];
        code = ton_marks_list(&x->marks, &x->n_marks, arena, db, x->take.id, NULL, err);
    }
    if (!code)
        code = ton_marks_list(&out->marks, &out->n_marks, arena, db, 0, session, err);
    return code;
}

static struct ton_json *text_json(const char *text) {
    return text ? ton_json_string(text) : ton_json_null();
}

static struct ton_json *marks_json(const struct ton_mark_row *marks, int n, bool of_take) {
    struct ton_json *list = ton_json_array();
    for (int i = 0; i < n; i++) {
        struct ton_json *j = ton_json_object();
        if (!of_take)
            ton_json_set(j, "session", text_json(marks[i].session));
        ton_json_set(j, "kind", ton_json_string(ton_mark_kind_name(marks[i].kind)));
        ton_json_set(j, "at", ton_json_integer(marks[i].at));
        ton_json_set(j, "frames", ton_json_integer(marks[i].frames));
        ton_json_set(j, "text", text_json(marks[i].text));
        ton_json_add(list, j);
    }
    return list;
}

static struct ton_json *take_json(const struct listed *x) {
    const struct ton_take_row *t = &x->take;
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "session", text_json(t->session));
    ton_json_set(j, "track", text_json(t->track));
    ton_json_set(j, "number", ton_json_integer(t->number));
    ton_json_set(j, "file", text_json(t->file));
    ton_json_set(j, "began", text_json(t->began));
    ton_json_set(j, "rate", ton_json_integer(t->rate));
    ton_json_set(j, "channels", ton_json_integer(t->channels));
    ton_json_set(j, "place", ton_json_integer(t->place));
    ton_json_set(j, "pre_roll", ton_json_integer(t->pre_roll));
    ton_json_set(j, "frames", t->frames < 0 ? ton_json_null() : ton_json_integer(t->frames));
    ton_json_set(j, "placed", ton_json_bool(t->placed));
    ton_json_set(j, "scene", text_json(t->scene));
    ton_json_set(j, "note", text_json(t->note));
    ton_json_set(j, "verdict", text_json(ton_verdict_name(t->verdict)));
    ton_json_set(j, "marks", marks_json(x->marks, x->n_marks, true));
    return j;
}

static enum ton_code print_json(const struct listing *l, struct ton_err *err) {
    struct ton_json *j = ton_json_object(), *takes = ton_json_array();
    for (int i = 0; i < l->n; i++)
        ton_json_add(takes, take_json(&l->items[i]));
    ton_json_set(j, "takes", takes);
    ton_json_set(j, "marks", marks_json(l->marks, l->n_marks, false));
    return ton_print_json(j, err);
}

/* `0:12.500 second verse; 0:20 xrun of 64 samples`. */
static void add_mark(struct ton_text *t, const struct ton_mark_row *m, int rate) {
    char at[32];
    ton_text_add(t, rate ? ton_time_format(at, sizeof at, m->at, rate) : "");
    if (m->kind != TON_MARK_NOTE)
        ton_text_printf(t, " %s", ton_mark_kind_name(m->kind));
    if (m->frames > 0)
        ton_text_printf(t, " of %lld sample%s", (long long)m->frames, m->frames == 1 ? "" : "s");
    if (m->text && m->kind == TON_MARK_NOTE) {
        ton_text_add(t, " ");
        ton_text_add_shown(t, m->text);
    }
}

/* What was not set by a person and is there more than once: `54 xruns (0.288 s)`. */
static bool add_sum(struct ton_text *t, const struct listed *x, enum ton_mark_kind kind) {
    static const char *const many[] = {[TON_MARK_XRUN] = "xruns",
                                       [TON_MARK_LOST] = "times lost",
                                       [TON_MARK_OVERLOAD] = "overloads",
                                       [TON_MARK_LATE] = "times late"};
    int64_t n = 0, frames = 0;
    for (int i = 0; i < x->n_marks; i++) {
        n += x->marks[i].kind == kind;
        frames += x->marks[i].kind == kind ? x->marks[i].frames : 0;
    }
    if (kind == TON_MARK_NOTE || n < 2)
        return false;
    ton_text_printf(t, "%lld %s", (long long)n, many[kind]);
    if (frames)
        ton_text_printf(t, " (%.3f s)", (double)frames / x->take.rate);
    return true;
}

static const char *marks_text(struct ton_arena *arena, const struct listed *x, bool all) {
    bool summed[TON_MARK_LATE + 1] = {false};
    struct ton_text t = {0};
    if (x->take.note) {
        ton_text_add(&t, "note: ");
        ton_text_add_shown(&t, x->take.note);
    }
    for (int i = 0; i < x->n_marks; i++) {
        const enum ton_mark_kind kind = x->marks[i].kind;
        if (summed[kind])
            continue;
        ton_text_add(&t, t.length ? "; " : "");
        summed[kind] = !all && add_sum(&t, x, kind);
        if (!summed[kind])
            add_mark(&t, &x->marks[i], x->take.rate);
    }
    const char *text = t.failed ? NULL : ton_arena_text(arena, t.data ? t.data : "");
    ton_text_free(&t);
    return text;
}

static const char *length_text(struct ton_arena *arena, const struct ton_take_row *t) {
    return t->frames < 0 ? "unfinished" : ton_length_text(arena, t->frames, t->rate);
}

/* `2026-11-29 23:53`: UTC, as it is kept. */
static const char *when_text(struct ton_arena *arena, const char *began) {
    return strlen(began) > 16 ? ton_arena_printf(arena, "%.10s %.5s", began, began + 11) : began;
}

static enum ton_code print_table(const struct ton_given *given, const struct listing *l,
                                 struct ton_err *err) {
    struct ton_arena *arena = given->arena;
    const bool all = ton_given_switch(given, "verbose");
    static const char *const head[] = {"Session", "Track",       "Take",    "File",
                                       "Length",  "Began (UTC)", "Verdict", "Marks"};
    struct ton_table table = {.arena = arena, .columns = "llrlrllp", .titled = true};
    for (int i = 0; i < TON_N(head); i++)
        ton_table_add(&table, head[i]);
    for (int i = 0; i < l->n; i++) {
        const struct ton_take_row *t = &l->items[i].take;
        ton_table_add(&table, t->session);
        ton_table_add(&table, t->track);
        ton_table_add(&table, ton_arena_printf(arena, "%d", t->number));
        ton_table_add(&table, t->file);
        ton_table_add(&table, length_text(arena, t));
        ton_table_add(&table, when_text(arena, t->began));
        ton_table_add(&table, ton_verdict_name(t->verdict) ? ton_verdict_name(t->verdict) : "");
        ton_table_add(&table, marks_text(arena, &l->items[i], all));
    }
    return l->n ? ton_table_print(&table, err) : TON_OK;
}

/* What cannot be left as it is, and what no take has. */
static enum ton_code print_rest(const struct listing *l, struct ton_err *err) {
    struct ton_text text = {0};
    int waiting = 0;
    for (int i = 0; i < l->n; i++)
        waiting += l->items[i].take.frames < 0 || !l->items[i].take.placed;
    for (int i = 0; i < l->n_marks; i++) {
        char at[32] = "";
        const int rate = l->n ? l->items[0].take.rate : 0;
        ton_text_printf(&text, "%sSession %s, on the timeline: ", i || !l->n ? "" : "\n",
                        l->marks[i].session);
        if (!rate)
            snprintf(at, sizeof at, "%lld samples", (long long)l->marks[i].at);
        ton_text_add(&text, at);
        add_mark(&text, &l->marks[i], rate);
        ton_text_add(&text, "\n");
    }
    if (l->n == 0 && l->n_marks == 0)
        ton_text_add(&text, "Nothing was recorded yet; `ton record` does.\n");
    if (waiting)
        ton_text_printf(&text,
                        "\n%d take%s unfinished or in no session, unless `ton record` runs now: "
                        "`ton record --recover` completes what there is.\n",
                        waiting, waiting == 1 ? " is" : "s are");
    return ton_print_prose(&text, err);
}

static enum ton_code find_session(const char **name, const struct ton_given *given,
                                  struct ton_err *err) {
    const char **paths = NULL;
    size_t n = 0;
    *name = NULL;
    if (!given->n_arguments)
        return TON_OK;
    const enum ton_code code =
        ton_sessions_find(&paths, &n, given->arena, given->arguments[0], err);
    if (code)
        return code;
    *name = ton_path_stem(given->arena, paths[0]);
    return *name ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory to list the takes");
}

/* Asking makes nothing, but somebody who is in the wrong folder is told. */
static enum ton_code open_rows(struct ton_database **db, struct ton_arena *arena,
                               struct ton_err *err) {
    return ton_path_exists("production.db") ? ton_database_open(db, ".", err)
                                            : deck_check_folder(arena, err);
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    struct ton_database *db = NULL;
    struct listing l = {0};
    const char *session;
    enum ton_code code = find_session(&session, given, err);
    if (!code)
        code = open_rows(&db, given->arena, err);
    if (!code && db)
        code = read_rows(&l, given->arena, db, session, err);
    ton_database_close(db);
    if (code)
        return code;
    if (ton_given_switch(given, "json"))
        return print_json(&l, err);
    code = print_table(given, &l, err);
    return code ? code : print_rest(&l, err);
}

static const struct ton_row arguments[] = {TON_ARGUMENT_SESSION("all of them without")};

static const struct ton_row options[] = {TON_OPTION_JSON};

static const struct ton_example examples[] = {
    {"ton takes", "All that was recorded, in the order in which it began."},
    {"ton takes night-train", "Of one session."},
};

const struct ton_verb ton_verb_takes = {
    .name = "takes",
    .order = 135,
    .summary = "List what was recorded",
    .text = "Every take with its track and number, its file in audio/, how long it is, when it was "
            "begun, whether it was called good or bad, and its marks: what was said at which place "
            "of it, and where so many samples are missing; where that is often it is summed, and "
            "`--verbose` lists every one. It is read from production.db, so that "
            "a take stays in the list when its clip or its file is gone.",
    .elsewhere = "recordings list marks xruns circled",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .completion = TON_COMPLETE_SESSIONS,
    .refuses = TON_A_PRODUCTION | TON_A_SOUND,
    .run = run,
};
