/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton help: the program, a verb, a man page, a completion script. */
#include "print.h"
#include "verb.h"

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    const struct ton_verb *about = NULL;
    struct ton_text text = {0};
    if (given->n_arguments > 0) {
        enum ton_code code = ton_verb_named(&about, given->arguments[0], err);
        if (code != TON_OK)
            return code;
    }
    if (ton_given_text(given, "completion"))
        ton_complete_write(&text, ton_given_text(given, "completion"));
    else if (ton_given_switch(given, "man"))
        ton_man_write(&text, about);
    else
        ton_help_write(&text, about);
    return ton_print_text(&text, err);
}

static const char *word(int i) {
    return i < ton_verb_count() ? ton_verb_at(i)->name : NULL;
}

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

static const struct ton_row arguments[] = {
    {.key = "verb", .label = "VERB", .kind = TON_TEXT, .help = "The verb to explain."},
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
    {"ton help --man mix | man -l -", "Shows the manual page without installing it."},
    {"ton help --completion bash > ~/.local/share/bash-completion/completions/ton",
     "Lets bash complete what you type."},
};

const struct ton_verb ton_verb_help = {
    .name = "help",
    .order = 900,
    .summary = "Explain the program or one of its verbs",
    .text = "Without a verb: the list of verbs. With one: what it does, its options with their "
            "units and defaults, and examples, as `ton VERB --help` does.",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .word = word,
    .run = run,
};
