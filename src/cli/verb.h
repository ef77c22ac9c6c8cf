/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_VERB_H
#define TON_VERB_H

#include "ton/arena.h"
#include "ton/row.h"

/* A verb is one `const struct ton_verb` in one file, cmd_<name>.c, and one line in verbs.def. It
 * parses nothing, decides nothing, prints: `run` gets what the command line gave, checked against
 * the rows, and calls a room. Help, man page and completions are made from this declaration. */

struct ton_given;

/* Options that several verbs have, in the same words. */
#define TON_OPTION_THREADS                                                                         \
    {                                                                                              \
        .key = "threads", .kind = TON_COUNT, .min = 0, .max = 256, .def = 0,                       \
        .flags = TON_ROW_OFF_MIN,                                                                  \
        .help = "Processor cores to work on; off: all of them. The result is the same."            \
    }
#define TON_OPTION_JSON                                                                            \
    { .key = "json", .kind = TON_SWITCH, .help = "Print one JSON document, for programs." }
/* The argument of verbs that work on sessions of a production, beside TON_COMPLETE_SESSIONS;
 * `without` says which it is then. */
#define TON_ARGUMENT_SESSION(without)                                                              \
    {                                                                                              \
        .key = "session", .label = "SESSION", .kind = TON_PATH,                                    \
        .help = "A session's file, or its name in `sessions/`; " without "."                       \
    }

/* What completes a verb's things beside its words: names that the shell finds in the production. */
enum ton_completion { TON_COMPLETE_NOTHING, TON_COMPLETE_SESSIONS, TON_COMPLETE_DELIVERABLES };

struct ton_example {
    const char *command; /* as typed, with `ton` */
    const char *says;    /* what it does, one sentence */
};

/* Files that people give to a verb that wants others. */
enum { TON_A_SESSION = 1, TON_A_PRODUCTION = 2, TON_A_SOUND = 4 };

struct ton_verb {
    const char *name;
    int order;             /* where it stands in the working day */
    const char *summary;   /* one sentence without full stop, for lists */
    const char *text;      /* what there is to know: paragraphs, split by an empty line */
    const char *elsewhere; /* what other programs call it: words with a space between; NULL */
    /* In the order of the command line. PATH, TEXT or CHOICE; `label` is what usage shows
     * ("FILES…") and flags say whether it must be there and may be there several times (the last
     * only). */
    const struct ton_row *arguments;
    int n_arguments;
    /* What only this verb has; `label` names the value ("FILE"). A choice whose default is -1 has
     * none. The common options are in options.c. */
    const struct ton_row *options;
    int n_options;
    const struct ton_example *examples; /* at least one */
    int n_examples;
    const char *(*word)(int i); /* the i-th word that completes its argument, NULL at the end; may
                                   be NULL */
    enum ton_completion completion;
    unsigned refuses;    /* of the above */
    bool refuses_itself; /* `run` asks, and says it beside what else is wrong */
    enum ton_code (*run)(const struct ton_given *given, struct ton_err *err);
};

/* verbs.c: all of them, alphabetical; and by name. */
int ton_verb_count(void);
const struct ton_verb *ton_verb_at(int i);
enum ton_code ton_verb_named(const struct ton_verb **out, const char *name, struct ton_err *err);
/* The one that is so called in other programs; NULL. */
const struct ton_verb *ton_verb_elsewhere(const char *name);
/* The i-th in the order of the working day. */
const struct ton_verb *ton_verb_in_order(int i);

/* options.c: what the command line gave. */
struct ton_setting {
    const struct ton_row *row;
    const char *text; /* as written; "on" or "off" for a switch */
    float value;      /* NUMBER, SWITCH, CHOICE, COUNT */
};

struct ton_given {
    struct ton_arena *arena; /* lives until the verb has returned */
    const char *started_in;  /* the folder before --directory; NULL: the same or unknown */
    const struct ton_verb *verb;
    const char **arguments;
    size_t n_arguments, arguments_capacity;
    struct ton_setting *settings;
    size_t n_settings, settings_capacity;
};

/* Reads argv[1 …]. `given->verb` stays NULL when there is none (then --help or --version is among
 * the settings, or nothing at all). Fails with TON_USAGE and a sentence that says what was
 * expected. */
enum ton_code ton_options_parse(struct ton_given *given, int argc, char *const *argv,
                                struct ton_err *err);

/* kind.c: one sentence, with TON_INPUT, when an argument is a file that the verb refuses. */
enum ton_code ton_given_check_kinds(const struct ton_given *given, struct ton_err *err);
enum ton_code ton_given_check_kind(const struct ton_given *given, size_t argument,
                                   struct ton_err *err);

/* given.c: what was given for a key. The last one counts. NULL: not given. */
const char *ton_given_text(const struct ton_given *given, const char *key);
bool ton_given_switch(const struct ton_given *given, const char *key);
/* The value, or the row's default when it was not given. */
float ton_given_value(const struct ton_given *given, const char *key);
/* All values of an option that may be given several times; NULL when there are none. In the arena,
 * which says if memory was short (ton_arena_failed). */
const char *const *ton_given_many(const struct ton_given *given, const char *key, int *n);
/* With --directory, a path that can be opened from where somebody stands. */
const char *ton_given_seen(const struct ton_given *given, const char *path);

/* The options that every verb has, and the short letter of a row's key ('\0': none). */
const struct ton_row *ton_common_options(int *n);
char ton_option_letter(const char *key);
/* "--pre-delay"; returns `out`. */
char *ton_option_name(char *out, size_t size, const char *key);
/* What stands for the value in help: "FILE", "a|b"; "" for a switch. Returns `out`. */
char *ton_option_value_name(char *out, size_t size, const struct ton_row *row);

/* help.c: texts for the terminal; `verb` NULL is the program itself. */
void ton_help_write(struct ton_text *out, const struct ton_verb *verb);
/* "ton measure [OPTIONS] FILES…", without a line end. */
void ton_usage_write(struct ton_text *out, const struct ton_verb *verb);
/* Range and default of an option: "1 to 64; default 2"; "" when there is nothing to say. */
char *ton_option_facts(char *out, size_t size, const struct ton_row *row);

/* man.c: a page in roff's man macros. */
void ton_man_write(struct ton_text *out, const struct ton_verb *verb);

/* complete.c: a script for `bash`, `zsh` or `fish`. */
void ton_complete_write(struct ton_text *out, const char *shell);

#endif
