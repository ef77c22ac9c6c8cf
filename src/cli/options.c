/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line against the rows: long and short options, arguments, and what was expected. */
#include "verb.h"

#include "ton/path.h"

static const struct ton_row common[] = {
    {.key = "directory",
     .label = "DIR",
     .kind = TON_PATH,
     .help = "Work in this folder instead of the current one."},
    {.key = "quiet", .kind = TON_SWITCH, .help = "Show no progress."},
    {.key = "verbose", .kind = TON_SWITCH, .help = "Show every warning, not the first three."},
    {.key = "help", .kind = TON_SWITCH, .help = "Explain the verb, with examples."},
    {.key = "version", .kind = TON_SWITCH, .help = "Print the version."},
};

const struct ton_row *ton_common_options(int *n) {
    *n = TON_N(common);
    return common;
}

char ton_option_letter(const char *key) {
    static const struct {
        const char *key;
        char letter;
    } letters[] = {
        {"directory", 'C'}, {"help", 'h'}, {"out", 'o'}, {"quiet", 'q'}, {"verbose", 'v'}};
    for (int i = 0; i < TON_N(letters); i++)
        if (strcmp(key, letters[i].key) == 0)
            return letters[i].letter;
    return '\0';
}

char *ton_option_name(char *out, size_t size, const char *key) {
    snprintf(out, size, "--%s", key);
    for (char *p = out; *p; p++)
        if (*p == '_')
            *p = '-';
    return out;
}

char *ton_option_value_name(char *out, size_t size, const struct ton_row *row) {
    const char *usual = row->kind == TON_PATH ? "PATH" : row->kind == TON_COUNT ? "N" : "VALUE";
    if (row->kind == TON_SWITCH) {
        snprintf(out, size, "%s", "");
    } else if (row->label || row->kind != TON_CHOICE) {
        snprintf(out, size, "%s", row->label ? row->label : usual);
    } else {
        size_t used = 0;
        for (int i = 0; row->choices[i] && used < size; i++)
            used +=
                (size_t)snprintf(out + used, size - used, "%s%s", i ? "|" : "", row->choices[i]);
    }
    return out;
}

/* Is `word` (without its dashes, `length` long) this key as typed in a shell? */
static bool is_key(const char *word, size_t length, const char *key) {
    for (size_t i = 0; i < length; i++)
        if (key[i] == '\0' || word[i] != (key[i] == '_' ? '-' : key[i]))
            return false;
    return key[length] == '\0';
}

static const struct ton_row *find_in(const struct ton_row *rows, int n, const char *word,
                                     size_t length) {
    for (int i = 0; i < n; i++)
        if (is_key(word, length, rows[i].key))
            return &rows[i];
    return NULL;
}

static const struct ton_row *find_long(const struct ton_given *given, const char *word,
                                       size_t length) {
    const struct ton_verb *verb = given->verb;
    const struct ton_row *row = verb ? find_in(verb->options, verb->n_options, word, length) : NULL;
    return row ? row : find_in(common, TON_N(common), word, length);
}

static const struct ton_row *find_short(const struct ton_given *given, char letter) {
    const struct ton_verb *verb = given->verb;
    for (int i = 0; verb && i < verb->n_options; i++)
        if (ton_option_letter(verb->options[i].key) == letter)
            return &verb->options[i];
    for (int i = 0; i < TON_N(common); i++)
        if (ton_option_letter(common[i].key) == letter)
            return &common[i];
    return NULL;
}

static enum ton_code fail_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "there is not enough memory");
}

static enum ton_code fail_unknown(const struct ton_given *given, const char *option,
                                  struct ton_err *err) {
    enum { MOST = 64 };
    const char *keys[MOST];
    size_t n = 0;
    char name[64], of[64] = "";
    const struct ton_verb *verb = given->verb;
    for (int i = 0; verb && i < verb->n_options && n < MOST; i++)
        keys[n++] = verb->options[i].key;
    for (int i = 0; i < TON_N(common) && n < MOST; i++)
        keys[n++] = common[i].key;
    if (verb)
        snprintf(of, sizeof of, " of `ton %s`", verb->name);
    int length = (int)strcspn(option, "=");
    snprintf(name, sizeof name, "%.*s", length, option + strspn(option, "-"));
    name[strcspn(name, "=")] = '\0';
    if (ton_path_exists(option))
        return ton_fail(err, TON_USAGE, NULL,
                        "`%s` is no option%s; if the file of that name is meant, write `./%s`",
                        option, of, option);
    const char *nearest = ton_nearest(name, keys, n);
    if (nearest)
        return ton_fail(err, TON_USAGE, NULL, "`%.*s` is no option%s; did you mean `%s`?", length,
                        option, of, ton_option_name(name, sizeof name, nearest));
    return ton_fail(err, TON_USAGE, NULL, "`%.*s` is no option%s; `ton%s%s --help` lists them",
                    length, option, of, verb ? " " : "", verb ? verb->name : "");
}

static bool is_given(const struct ton_given *given, const struct ton_row *row) {
    for (size_t i = 0; i < given->n_settings; i++)
        if (given->settings[i].row == row)
            return true;
    return false;
}

static bool is_words(const struct ton_row *row) {
    return row->kind == TON_TEXT || row->kind == TON_PATH;
}

static enum ton_code add_setting(struct ton_given *given, const struct ton_row *row,
                                 const char *text, struct ton_err *err) {
    char name[64];
    ton_option_name(name, sizeof name, row->key);
    if (is_given(given, row) && !(row->flags & TON_ROW_MANY) && row->kind != TON_SWITCH)
        return ton_fail(err, TON_USAGE, NULL, "`%s` is given twice, once was expected", name);
    if (is_words(row) && *text == '\0')
        return ton_fail(err, TON_USAGE, NULL, "`%s` is empty, a value was expected", name);
    float value = 0;
    struct ton_row typed = *row; /* is called as people type it */
    typed.key = name;
    typed.flags |= TON_ROW_NAMED;
    if (ton_row_parse(&value, &typed, text, err) != TON_OK) {
        err->code = TON_USAGE;
        return err->code;
    }
    struct ton_setting *setting =
        TON_PUSH(given->arena, given->settings, given->n_settings, given->settings_capacity);
    if (!setting)
        return fail_memory(err);
    *setting = (struct ton_setting){.row = row, .text = text, .value = value};
    return TON_OK;
}

/* The value that follows an option as a word of its own. */
static enum ton_code next_value(const char **value, const struct ton_row *row, int argc,
                                char *const *argv, int *i, struct ton_err *err) {
    char what[256];
    ton_option_value_name(what, sizeof what, row);
    if (*i + 1 >= argc)
        return ton_fail(err, TON_USAGE, NULL, "`%s` needs a value: `%s %s`", argv[*i], argv[*i],
                        what);
    *value = argv[*i + 1];
    if (ton_text_starts(*value, "--") && (*value)[2] != '\0')
        return ton_fail(err, TON_USAGE, NULL, "`%s` needs a value, but `%s` follows: `%s %s`",
                        argv[*i], *value, argv[*i], what);
    ++*i;
    return TON_OK;
}

static enum ton_code parse_long(struct ton_given *given, int argc, char *const *argv, int *i,
                                struct ton_err *err) {
    const char *word = argv[*i] + 2;
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const struct ton_row *row = find_long(given, word, length);
    if (!row && !equals && ton_text_starts(word, "no-")) {
        row = find_long(given, word + 3, length - 3);
        if (row && row->kind == TON_SWITCH)
            return add_setting(given, row, "off", err);
        row = NULL;
    }
    if (!row)
        return fail_unknown(given, argv[*i], err);
    const char *value = equals ? equals + 1 : "on";
    enum ton_code code = TON_OK;
    if (!equals && row->kind != TON_SWITCH)
        code = next_value(&value, row, argc, argv, i, err);
    return code == TON_OK ? add_setting(given, row, value, err) : code;
}

/* `-o FILE`, `-oFILE`, and switches in one word as in `-qh`. */
static enum ton_code parse_short(struct ton_given *given, int argc, char *const *argv, int *i,
                                 struct ton_err *err) {
    for (const char *letter = argv[*i] + 1; *letter; letter++) {
        const struct ton_row *row = find_short(given, *letter);
        if (!row)
            return fail_unknown(given, argv[*i], err);
        if (row->kind != TON_SWITCH) {
            const char *value = letter + 1;
            enum ton_code code = *value ? TON_OK : next_value(&value, row, argc, argv, i, err);
            return code == TON_OK ? add_setting(given, row, value, err) : code;
        }
        enum ton_code code = add_setting(given, row, "on", err);
        if (code != TON_OK)
            return code;
    }
    return TON_OK;
}

static enum ton_code add_word(struct ton_given *given, const char *word, struct ton_err *err) {
    if (!given->verb)
        return ton_verb_named(&given->verb, word, err);
    const char **slot =
        TON_PUSH(given->arena, given->arguments, given->n_arguments, given->arguments_capacity);
    if (!slot)
        return fail_memory(err);
    *slot = word;
    return TON_OK;
}

/* The row of the i-th argument; NULL when there are too many. */
static const struct ton_row *argument_row(const struct ton_verb *verb, size_t i) {
    if (i < (size_t)verb->n_arguments)
        return &verb->arguments[i];
    const struct ton_row *last =
        verb->n_arguments > 0 ? &verb->arguments[verb->n_arguments - 1] : NULL;
    return last && last->flags & TON_ROW_MANY ? last : NULL;
}

static enum ton_code fail_too_many(const struct ton_given *given, size_t i, struct ton_err *err) {
    const struct ton_verb *verb = given->verb;
    if (verb->n_arguments == 0)
        return ton_fail(err, TON_USAGE, NULL,
                        "`ton %s` takes no name, but was given `%s`; see `ton help %s`", verb->name,
                        given->arguments[i], verb->name);
    if (verb->n_arguments > 1)
        return ton_fail(err, TON_USAGE, NULL,
                        "`ton %s` takes %d things, and `%s` is one more; see `ton help %s`",
                        verb->name, verb->n_arguments, given->arguments[i], verb->name);
    return ton_fail(err, TON_USAGE, NULL,
                    "`ton %s` takes one %s, and `%s` is a second; quote a name with spaces, see "
                    "`ton help %s`",
                    verb->name, verb->arguments[0].label, given->arguments[i], verb->name);
}

static enum ton_code check_arguments(const struct ton_given *given, struct ton_err *err) {
    const struct ton_verb *verb = given->verb;
    for (size_t i = 0; i < given->n_arguments; i++) {
        const struct ton_row *row = argument_row(verb, i);
        struct ton_err inner = {.code = TON_OK};
        float value;
        if (!row && ton_given_check_kinds(given, err))
            return TON_INPUT;
        if (!row)
            return fail_too_many(given, i, err);
        if (given->arguments[i][0] == '\0')
            return ton_fail(err, TON_USAGE, NULL, "%s is empty: %s", row->label, row->help);
        if (ton_row_parse(&value, row, given->arguments[i], &inner) != TON_OK)
            return ton_fail(err, TON_USAGE, NULL, "%s", inner.text);
    }
    for (int i = (int)given->n_arguments; i < verb->n_arguments; i++)
        if (verb->arguments[i].flags & TON_ROW_REQUIRED)
            return ton_fail(err, TON_USAGE, NULL, "`ton %s` needs %s: %s", verb->name,
                            verb->arguments[i].label, verb->arguments[i].help);
    for (int i = 0; i < verb->n_options; i++) {
        char name[64];
        if (verb->options[i].flags & TON_ROW_REQUIRED && !is_given(given, &verb->options[i]))
            return ton_fail(err, TON_USAGE, NULL, "`ton %s` needs `%s`: %s", verb->name,
                            ton_option_name(name, sizeof name, verb->options[i].key),
                            verb->options[i].help);
    }
    return TON_OK;
}

enum ton_code ton_options_parse(struct ton_given *given, int argc, char *const *argv,
                                struct ton_err *err) {
    enum ton_code code = TON_OK;
    bool only_words = false;
    for (int i = 1; i < argc && code == TON_OK; i++) {
        const char *word = argv[i];
        if (only_words || word[0] != '-' || word[1] == '\0')
            code = add_word(given, word, err);
        else if (strcmp(word, "--") == 0)
            only_words = true;
        else if (word[1] == '-')
            code = parse_long(given, argc, argv, &i, err);
        else
            code = parse_short(given, argc, argv, &i, err);
    }
    if (code == TON_OK && given->verb && !ton_given_switch(given, "help"))
        code = check_arguments(given, err);
    return code;
}
