/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton help: the program, a verb, a processor, a spec, a man page, a completion script. */
#include "print.h"
#include "processors.h"
#include "verb.h"

#include "ton/path.h"
#include "ton/spec.h"

/* The i-th word that there is help for: verbs, then processors, then specs. */
static const char *word(int i) {
    if (i < ton_verb_count())
        return ton_verb_at(i)->name;
    i -= ton_verb_count();
    if (i < ton_processor_count())
        return ton_processor_at(i)->id;
    i -= ton_processor_count();
    return i < ton_spec_count() ? ton_spec_name(i) : NULL;
}

/* A processor also in words, as it stands in a chain: `dynamic eq`. */
static int find(const char *name) {
    char key[TON_LONGEST_KEY];
    ton_words_to_key(key, sizeof key, name);
    for (int i = 0; word(i); i++)
        if (strcmp(word(i), name) == 0 || strcmp(word(i), key) == 0)
            return i;
    return -1;
}

static enum ton_code fail_unknown(struct ton_arena *arena, const char *name, struct ton_err *err) {
    size_t n = 0;
    while (word((int)n))
        n++;
    const char **words = TON_NEW_N(arena, const char *, n);
    for (size_t i = 0; words && i < n; i++)
        words[i] = word((int)i);
    const char *nearest = words ? ton_nearest(name, words, n) : NULL;
    const enum ton_code code = ton_processor_elsewhere(arena, name, err);
    const struct ton_verb *const meant = ton_verb_elsewhere(name);
    if (code)
        return code;
    if (meant)
        return ton_fail(err, TON_INPUT, NULL,
                        "there is no help for `%s`; `ton help %s` is about it: %s", name,
                        meant->name, meant->summary);
    if (nearest)
        return ton_fail(err, TON_INPUT, NULL,
                        "there is no help for `%s`; did you mean `ton help %s`?", name, nearest);
    return ton_fail(err, TON_INPUT, NULL,
                    "there is no help for `%s`; `ton help` lists the verbs, `ton processors` the "
                    "processors, `ton deliver --specs` the specs",
                    name);
}

static enum ton_code print_checks(struct ton_arena *arena, const struct ton_spec *spec,
                                  struct ton_err *err) {
    static const char *const head[] = {"Check", "Asked for", "Level", "Source", "Read"};
    struct ton_table table = {.arena = arena, .columns = "lplpl", .titled = true};
    for (int i = 0; i < TON_N(head); i++)
        ton_table_add(&table, head[i]);
    for (int i = 0; i < spec->n_checks; i++) {
        const struct ton_check *check = &spec->checks[i];
        ton_table_add(&table, ton_check_word(check));
        ton_table_add(&table, ton_check_asks(arena, check));
        ton_table_add(&table, check->required ? "required" : "advice");
        ton_table_add(&table, check->source);
        ton_table_add(&table, check->read);
    }
    return ton_table_print(&table, err);
}

static enum ton_code print_spec(struct ton_arena *arena, const char *name, struct ton_err *err) {
    struct ton_spec *spec = NULL;
    struct ton_problems problems;
    struct ton_text text = {0};
    ton_problems_init(&problems, arena);
    enum ton_code code = ton_spec_find(&spec, arena, name, ".", &problems, err);
    ton_print_problems(&problems, code, err);
    if (code != TON_OK)
        return code;
    ton_text_printf(&text, "%s: %s\n\n", spec->name, spec->title);
    if (spec->summary)
        ton_text_printf(&text, "%s\n\n", spec->summary);
    ton_text_add(&text,
                 "A delivery spec. A deliverable of production.yaml is held to it like this:\n\n");
    ton_text_printf(&text, "  deliverables:\n    master: {spec: %s%s%s}\n", spec->name,
                    spec->format ? ", format: " : "", spec->format ? spec->format : "");
    ton_text_add(&text,
                 "\nA miss of what is required fails the file, advice is only remarked.\n\n");
    code = ton_print_prose(&text, err);
    if (code == TON_OK)
        code = print_checks(arena, spec, err);
    if (code != TON_OK)
        return code;
    for (int i = 0; i < spec->n_notes; i++)
        ton_text_printf(&text, "%s- %s\n", i ? "" : "\nWhat no meter can check:\n\n",
                        spec->notes[i]);
    return ton_print_prose(&text, err);
}

/* A production's own, in its folder. */
static bool is_own_spec(struct ton_arena *arena, const char *name) {
    const char *path = ton_arena_printf(arena, "specs/%s.yaml", name);
    return path && !strchr(name, '/') && ton_path_exists(path);
}

/* Of a processor or spec. */
static enum ton_code explain(struct ton_arena *arena, const char *name, struct ton_err *err) {
    const int i = find(name) - ton_verb_count();
    return i >= 0 && i < ton_processor_count()
               ? ton_processor_print(arena, ton_processor_at(i), err)
               : print_spec(arena, name, err);
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    const char *name = given->n_arguments > 0 ? given->arguments[0] : NULL;
    const int i = name ? find(name) : -1;
    const struct ton_verb *about = i >= 0 && i < ton_verb_count() ? ton_verb_at(i) : NULL;
    struct ton_text text = {0};
    if (name && i < 0 && !is_own_spec(given->arena, name))
        return fail_unknown(given->arena, name, err);
    if (ton_given_text(given, "completion"))
        ton_complete_write(&text, ton_given_text(given, "completion"));
    else if (name && !about)
        return explain(given->arena, name, err);
    else if (ton_given_switch(given, "man"))
        ton_man_write(&text, about);
    else
        ton_help_write(&text, about);
    return ton_print_text(&text, err);
}

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

static const struct ton_row arguments[] = {
    {.key = "word",
     .label = "WORD",
     .kind = TON_TEXT,
     .help = "The verb, processor or delivery spec to explain."},
};

static const struct ton_row options[] = {
    {.key = "man", .kind = TON_SWITCH, .help = "Print the manual page, for man(1) to read."},
    {.key = "completion",
     .kind = TON_CHOICE,
     .choices = shells,
     .def = -1,
     .help = "Print the script that completes verbs, options and values in this shell."},
};

static const struct ton_example examples[] = {
    {"ton help mix", "Explains `ton mix`, with its options and examples."},
    {"ton help compressor", "Shows the compressor's parameters, as `ton processors` does."},
    {"ton help acx", "Shows what a delivery spec asks for, with the source of each number."},
    {"ton help --man mix | man -l -", "Shows the manual page without installing it."},
    {"ton help --completion bash > ~/.local/share/bash-completion/completions/ton",
     "Lets bash complete what you type."},
};

const struct ton_verb ton_verb_help = {
    .name = "help",
    .order = 900,
    .summary = "Explain the program, a verb, a processor or a delivery spec",
    .text = "Without a verb: the list of verbs. With one: what it does, its options with their "
            "units and defaults, and examples, as `ton VERB --help` does. With a processor: its "
            "parameters. With a delivery spec, built in or of this production: what it asks for, "
            "by whom, and when that was read.",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .word = word,
    .run = run,
};
