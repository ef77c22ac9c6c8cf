/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton diff: what changed between two sessions, in engineers' sentences. */
#include "git.h"
#include "print.h"
#include "verb.h"

#include "ton/json.h"
#include "ton/path.h"
#include "ton/production.h"

enum { MOST_BYTES = 64 * 1024 * 1024 };

/* Text of a side into the arena: a file, or REVISION:PATH. */
static enum ton_code read_side(char **text, size_t *size, const struct ton_given *given,
                               const char *side, const char *revision, struct ton_err *err) {
    const char *colon = strchr(side, ':');
    if (!revision && (ton_path_exists(side) || !colon))
        return ton_path_read(text, size, given->arena, side, MOST_BYTES, err);
    const char *path = revision ? side : colon + 1;
    if (!revision)
        revision = ton_arena_copy(given->arena, side, (size_t)(colon - side));
    struct ton_text shown = {0};
    enum ton_code code = revision ? ton_git_show(&shown, revision, path, err)
                                  : ton_fail(err, TON_MEMORY, NULL, "there is not enough memory");
    if (code == TON_OK) {
        *text = ton_arena_copy(given->arena, shown.data ? shown.data : "", shown.length);
        *size = shown.length;
    }
    ton_text_free(&shown);
    if (code == TON_OK && !*text)
        return ton_fail(err, TON_MEMORY, NULL, "there is not enough memory");
    return code;
}

static enum ton_code parse_side(struct ton_session **out, const struct ton_given *given,
                                const char *side, const char *revision, struct ton_err *err) {
    char *text = NULL;
    size_t size = 0;
    struct ton_problems problems;
    enum ton_code code = read_side(&text, &size, given, side, revision, err);
    if (code != TON_OK)
        return code;
    ton_problems_init(&problems, given->arena);
    /* Without looking at takes: those of an old revision may be gone. */
    const char *name = revision ? ton_arena_printf(given->arena, "%s:%s", revision, side) : side;
    code =
        ton_session_parse(out, given->arena, name ? name : side, text, size, NULL, &problems, err);
    return ton_print_problems(&problems, code, err);
}

struct changes {
    struct ton_json *list; /* NULL: print */
    int n;
};

static void say(void *user, const char *strip, const char *sentence) {
    struct changes *changes = user;
    changes->n++;
    if (changes->list) {
        struct ton_json *j = ton_json_object();
        ton_json_set(j, "strip", ton_json_string(strip));
        ton_json_set(j, "text", ton_json_string(sentence));
        ton_json_add(changes->list, j);
    } else {
        printf("%s%s%s\n", strip ? strip : "", strip ? ": " : "", sentence);
    }
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    const char *against = ton_given_text(given, "against");
    const char *last = given->arguments[given->n_arguments - 1];
    if (against && given->n_arguments > 1)
        return ton_fail(err, TON_USAGE, NULL,
                        "`--against` compares one session with a revision of itself, but two are "
                        "named");
    if (!against && given->n_arguments < 2)
        return ton_fail(err, TON_USAGE, NULL,
                        "`ton diff` needs two sessions, or one and `--against REVISION`");
    struct ton_session *before = NULL, *after = NULL;
    enum ton_code code = parse_side(&before, given, given->arguments[0], against, err);
    if (code == TON_OK)
        code = parse_side(&after, given, last, NULL, err);
    if (code != TON_OK)
        return code;
    bool json = ton_given_switch(given, "json");
    struct changes changes = {.list = json ? ton_json_array() : NULL};
    ton_session_diff(before, after, say, &changes);
    if (json) {
        struct ton_json *j = ton_json_object();
        ton_json_set(j, "changes", changes.list);
        return ton_print_json(j, err);
    }
    if (changes.n == 0)
        puts("nothing that can be heard changed");
    return TON_OK;
}

static const struct ton_row arguments[] = {
    {.key = "a",
     .label = "A",
     .kind = TON_PATH,
     .flags = TON_ROW_REQUIRED,
     .help = "A session's file, or `REVISION:FILE` for git's."},
    {.key = "b", .label = "B", .kind = TON_PATH, .help = "The later one."},
};

static const struct ton_row options[] = {
    {.key = "against",
     .label = "REVISION",
     .kind = TON_TEXT,
     .help = "Compare the one session with itself at this git revision."},
    {.key = "json", .kind = TON_SWITCH, .help = "Print the changes as one JSON document."},
};

static const struct ton_example examples[] = {
    {"ton diff sessions/night-train.yaml --against HEAD~1",
     "Says what the last commit changed in the session."},
    {"ton diff HEAD~1:sessions/night-train.yaml sessions/night-train.yaml", "The same."},
    {"ton diff rough.yaml final.yaml", "Compares two sessions."},
};

const struct ton_verb ton_verb_diff = {
    .name = "diff",
    .order = 210,
    .summary = "Say in words what changed between two sessions",
    .text = "Compares what the two sessions mean, not how they are written: order of keys, layout "
            "and comments say nothing. Revisions are read through git(1).",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .run = run,
};
