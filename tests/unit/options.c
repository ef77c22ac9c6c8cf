/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line: options against rows, help, manual pages, completions of every verb. */
#include "promise.h"

#include "verb.h"

#include <unistd.h>

enum { MOST_WORDS = 16 };

/* Splits at spaces; "''" is an empty word. */
static enum ton_code parse(struct ton_given *given, const char *line, struct ton_err *err) {
    char *words[MOST_WORDS];
    int n = 0;
    struct ton_arena *arena = given->arena;
    *given = (struct ton_given){.arena = arena};
    *err = (struct ton_err){.code = TON_OK};
    for (const char *p = line; *p && n < MOST_WORDS; p += strspn(p, " ")) {
        size_t length = strcspn(p, " ");
        words[n++] =
            strncmp(p, "''", 2) == 0 ? ton_arena_text(arena, "") : ton_arena_copy(arena, p, length);
        p += length;
    }
    return ton_options_parse(given, n, words, err);
}

static int open_arena(void **state) {
    *state = ton_arena_create();
    return *state ? 0 : -1;
}

static int close_arena(void **state) {
    ton_arena_destroy(*state);
    return 0;
}

static void options_may_stand_anywhere_and_in_either_form(void **state) {
    struct ton_given given = {.arena = *state};
    struct ton_err err;
    static const char *const lines[] = {
        "ton mix night-train --out a.wav --threads 3 --json -C there",
        "ton -C there mix --out=a.wav --threads=3 --json night-train",
        "ton --directory there mix -o a.wav --json=on --threads 3 night-train",
        "ton -Cthere mix -oa.wav --threads 3 --json -- night-train",
        "ton mix --no-json --json -o a.wav --threads 3 --directory=there night-train",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (parse(&given, lines[i], &err) != TON_OK)
            fail_msg("%s: %s", lines[i], err.text);
        assert_string_equal(given.verb->name, "mix");
        assert_string_equal(ton_given_text(&given, "out"), "a.wav");
        assert_string_equal(ton_given_text(&given, "directory"), "there");
        assert_true(ton_given_value(&given, "threads") == 3);
        assert_true(ton_given_switch(&given, "json"));
        assert_int_equal(given.n_arguments, 1);
        assert_string_equal(given.arguments[0], "night-train");
    }
}

static void what_is_not_given_has_its_default(void **state) {
    struct ton_given given = {.arena = *state};
    struct ton_err err;
    int n = -1;
    assert_int_equal(parse(&given, "ton mix", &err), TON_OK);
    assert_null(ton_given_text(&given, "out"));
    assert_false(ton_given_switch(&given, "json"));
    assert_true(ton_given_value(&given, "threads") == 0);
    assert_null(ton_given_many(&given, "only", &n));
    assert_int_equal(n, 0);
    assert_int_equal(parse(&given, "ton", &err), TON_OK);
    assert_null(given.verb);
    assert_int_equal(parse(&given, "ton --version", &err), TON_OK);
    assert_true(ton_given_switch(&given, "version"));
}

static void an_option_may_come_several_times_where_that_means_something(void **state) {
    struct ton_given given = {.arena = *state};
    struct ton_err err;
    int n = 0;
    assert_int_equal(parse(&given, "ton mix --without vocals --without drums.kick", &err), TON_OK);
    const char *const *without = ton_given_many(&given, "without", &n);
    assert_int_equal(n, 2);
    assert_string_equal(without[0], "vocals");
    assert_string_equal(without[1], "drums.kick");
}

static void behind_two_dashes_everything_is_a_thing(void **state) {
    struct ton_given given = {.arena = *state};
    struct ton_err err;
    assert_int_equal(parse(&given, "ton measure -- --json -", &err), TON_OK);
    assert_int_equal(given.n_arguments, 2);
    assert_string_equal(given.arguments[0], "--json");
    assert_string_equal(given.arguments[1], "-");
}

static void a_wrong_line_is_told_what_was_expected(void **state) {
    struct ton_given given = {.arena = *state};
    static const struct {
        const char *line, *sentence;
    } cases[] = {
        {"ton mesure a.wav", "`mesure` is no verb; did you mean `ton measure`?"},
        {"ton zebra", "`zebra` is no verb; `ton help` lists them"},
        {"ton measure --jsn a.wav",
         "`--jsn` is no option of `ton measure`; did you mean `--json`?"},
        {"ton mix --thread=3", "`--thread` is no option of `ton mix`; did you mean `--threads`?"},
        {"ton measure --zebra",
         "`--zebra` is no option of `ton measure`; `ton measure --help` lists them"},
        {"ton --zebra", "`--zebra` is no option; `ton --help` lists them"},
        {"ton measure -x", "`-x` is no option of `ton measure`; `ton measure --help` lists them"},
        {"ton --json measure a.wav", "`--json` is no option; `ton --help` lists them"},
        {"ton mix --out", "`--out` needs a value: `--out FILE`"},
        {"ton mix -o", "`-o` needs a value: `-o FILE`"},
        {"ton mix --out --json", "`--out` needs a value, but `--json` follows: `--out FILE`"},
        {"ton mix -o a -o b", "`--out` is given twice, once was expected"},
        {"ton mix --out=", "`--out` is empty, a value was expected"},
        {"ton mix --json=perhaps", "`--json` is `perhaps`, `on` or `off` was expected"},
        {"ton mix --threads 3.5",
         "`--threads` is `3.5`, it must be a whole number between 1 and 256, or off"},
        {"ton mix --threads all",
         "`--threads` is `all`, it must be a whole number between 1 and 256, or off"},
        {"ton mix --threads 1000", "`--threads` is 1000, it must be between 1 and 256, or off"},
        {"ton mix --no-out", "`--no-out` is no option of `ton mix`; `ton mix --help` lists them"},
        {"ton mix a b",
         "`ton mix` takes one SESSION, and `b` is a second; quote a name with spaces, see "
         "`ton help mix`"},
        {"ton schema sesion", "`document` cannot be `sesion`; did you mean `session`?"},
        {"ton help --completion power",
         "`--completion` cannot be `power`; `bash`, `zsh` or `fish` was expected"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ton_err err;
        assert_int_equal(parse(&given, cases[i].line, &err), TON_USAGE);
        assert_string_equal(err.text, cases[i].sentence);
    }
    struct ton_err err;
    assert_int_equal(parse(&given, "ton measure", &err), TON_USAGE);
    assert_non_null(strstr(err.text, "`ton measure` needs FILES…"));
    assert_int_equal(parse(&given, "ton measure ''", &err), TON_USAGE);
    figure("%zu wrong lines", sizeof cases / sizeof cases[0] + 2);
}

static void help_needs_nothing_else_to_be_right(void **state) {
    struct ton_given given = {.arena = *state};
    struct ton_err err;
    assert_int_equal(parse(&given, "ton measure --help", &err), TON_OK);
    assert_true(ton_given_switch(&given, "help"));
    assert_int_equal(parse(&given, "ton measure -h", &err), TON_OK);
    assert_true(ton_given_switch(&given, "help"));
}

static void no_key_is_declared_twice(void **state) {
    (void)state;
    int n;
    const struct ton_row *common = ton_common_options(&n);
    for (int i = 0; i < ton_verb_count(); i++) {
        const struct ton_verb *verb = ton_verb_at(i);
        for (int a = 0; a < verb->n_options; a++) {
            const char *key = verb->options[a].key;
            for (int b = 0; b < a; b++)
                assert_string_not_equal(key, verb->options[b].key);
            for (int b = 0; b < n; b++)
                assert_string_not_equal(key, common[b].key);
        }
    }
}

static void every_verb_says_what_it_is_and_shows_an_example(void **state) {
    (void)state;
    for (int i = 0; i < ton_verb_count(); i++) {
        const struct ton_verb *verb = ton_verb_at(i);
        struct ton_text help = {0};
        assert_true(strlen(verb->summary) > 10 && strlen(verb->text) > 40);
        assert_false(ton_text_ends(verb->summary, "."));
        assert_true(verb->n_examples > 0);
        assert_true(i == 0 || strcmp(ton_verb_at(i - 1)->name, verb->name) < 0);
        ton_help_write(&help, verb);
        assert_non_null(strstr(help.data, "\nExample"));
        for (int k = 0; k < verb->n_examples; k++) {
            char start[64];
            snprintf(start, sizeof start, "ton %s", verb->name);
            assert_true(ton_text_starts(verb->examples[k].command, start));
            assert_non_null(strstr(help.data, verb->examples[k].command));
        }
        for (int k = 0; k < verb->n_options; k++) {
            char name[64];
            assert_true(verb->options[k].help && strlen(verb->options[k].help) > 10);
            assert_non_null(
                strstr(help.data, ton_option_name(name, sizeof name, verb->options[k].key)));
        }
        for (int k = 0; k < verb->n_arguments; k++)
            assert_true(verb->arguments[k].label && verb->arguments[k].help);
        ton_text_free(&help);
    }
    figure("%d verbs", ton_verb_count());
}

/* An example may be given to a shell: quotes and what stands behind a pipe are the shell's. */
static void every_example_is_understood(void **state) {
    int n = 0;
    for (int i = 0; i < ton_verb_count(); i++) {
        const struct ton_verb *verb = ton_verb_at(i);
        for (int k = 0; k < verb->n_examples; k++, n++) {
            struct ton_given given = {.arena = *state};
            struct ton_err err;
            char line[512];
            size_t used = 0;
            bool quoted = false;
            for (const char *p = verb->examples[k].command; *p && used + 1 < sizeof line; p++) {
                if (!quoted && strchr("|>", *p))
                    break;
                if (*p == '\'' || *p == '"')
                    quoted = !quoted;
                else
                    line[used++] = quoted && *p == ' ' ? '_' : *p;
            }
            line[used] = '\0';
            if (parse(&given, line, &err) != TON_OK)
                fail_msg("%s: %s", line, err.text);
            assert_ptr_equal(given.verb, verb);
        }
    }
    figure("%d examples", n);
}

static void help_fits_a_terminal(void **state) {
    (void)state;
    size_t widest = 0;
    for (int i = -1; i < ton_verb_count(); i++) {
        struct ton_text help = {0};
        ton_help_write(&help, i < 0 ? NULL : ton_verb_at(i));
        size_t columns = 0;
        bool command = false;
        for (const char *p = help.data; *p; p++) {
            columns += ((unsigned char)*p & 0xc0) != 0x80;
            if (columns == 6)
                command = strncmp(p - 5, "  ton", 5) == 0; /* examples are kept whole */
            if (*p != '\n')
                continue;
            if (!command && columns - 1 > widest)
                widest = columns - 1;
            columns = 0;
            command = false;
        }
        ton_text_free(&help);
    }
    figure("widest line %zu (at most 80)", widest);
    assert_true(widest <= 80);
}

static int run_on(const char *command, const struct ton_text *text) {
    FILE *pipe = popen(command, "w");
    if (!pipe)
        return -1;
    fwrite(text->data, 1, text->length, pipe);
    return pclose(pipe);
}

static void manual_pages_have_no_warnings(void **state) {
    (void)state;
    if (system("groff --version >/dev/null 2>&1") != 0)
        skip_because("groff is not installed");
    for (int i = -1; i < ton_verb_count(); i++) {
        struct ton_text page = {0};
        ton_man_write(&page, i < 0 ? NULL : ton_verb_at(i));
        assert_false(page.failed);
        assert_non_null(strstr(page.data, i < 0 ? ".SH VERBS" : ".SH EXAMPLES"));
        assert_int_equal(
            run_on("test -z \"$(groff -Kutf8 -Tutf8 -man -ww 2>&1 >/dev/null)\"", &page), 0);
        ton_text_free(&page);
    }
}

static void manual_pages_pass_mandoc(void **state) {
    (void)state;
    if (system("command -v mandoc >/dev/null 2>&1") != 0)
        skip_because("mandoc is not installed");
    for (int i = -1; i < ton_verb_count(); i++) {
        struct ton_text page = {0};
        ton_man_write(&page, i < 0 ? NULL : ton_verb_at(i));
        assert_int_equal(run_on("mandoc -Tlint -Werror >/dev/null", &page), 0);
        ton_text_free(&page);
    }
}

static void the_shells_understand_their_completions(void **state) {
    (void)state;
    static const char *const shells[][2] = {
        {"bash", "bash -n"}, {"zsh", "zsh -n /dev/stdin"}, {"fish", "fish -n /dev/stdin"}};
    for (int i = 0; i < 3; i++) {
        char probe[64];
        struct ton_text script = {0};
        ton_complete_write(&script, shells[i][0]);
        assert_false(script.failed);
        for (int k = 0; k < ton_verb_count(); k++)
            assert_non_null(strstr(script.data, ton_verb_at(k)->name));
        snprintf(probe, sizeof probe, "command -v %s >/dev/null 2>&1", shells[i][0]);
        if (system(probe) == 0)
            assert_int_equal(run_on(shells[i][1], &script), 0);
        else
            figure("SKIPPED %s: not installed", shells[i][0]);
        ton_text_free(&script);
    }
}

/* What bash would offer for a line that ends at the cursor. */
static char *completed(struct ton_arena *arena, const char *words, int n) {
    struct ton_text script = {0};
    char path[] = "/tmp/ton-complete-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    ton_complete_write(&script, "bash");
    ton_text_printf(&script,
                    "compopt() { :; }\nCOMP_WORDS=(%s)\nCOMP_CWORD=%d\n_ton\n"
                    "echo \"${COMPREPLY[*]}\"\n",
                    words, n);
    assert_int_equal(write(fd, script.data, script.length), script.length);
    close(fd);
    ton_text_free(&script);
    char *command = ton_arena_printf(arena, "bash %s", path), answer[4096] = "";
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t got = fread(answer, 1, sizeof answer - 1, pipe);
    pclose(pipe);
    unlink(path);
    answer[got] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
    return ton_arena_text(arena, answer);
}

static void bash_completes_verbs_options_and_values(void **state) {
    if (system("command -v bash >/dev/null 2>&1") != 0)
        skip_because("bash is not installed");
    assert_string_equal(completed(*state, "ton sche", 1), "schema");
    assert_string_equal(completed(*state, "ton mix --form", 2), "--format");
    assert_string_equal(completed(*state, "ton -C x mix --form", 4), "--format");
    assert_string_equal(completed(*state, "ton schema prod", 2), "production");
    assert_string_equal(completed(*state, "ton help --completion z", 3), "zsh");
    assert_string_equal(completed(*state, "ton help sche", 2), "schema");
    assert_string_equal(completed(*state, "ton processors rever", 2), "reverb");
    assert_string_equal(completed(*state, "ton mix --format x", 3), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_may_stand_anywhere_and_in_either_form),
        cmocka_unit_test(what_is_not_given_has_its_default),
        cmocka_unit_test(an_option_may_come_several_times_where_that_means_something),
        cmocka_unit_test(behind_two_dashes_everything_is_a_thing),
        cmocka_unit_test(a_wrong_line_is_told_what_was_expected),
        cmocka_unit_test(help_needs_nothing_else_to_be_right),
        cmocka_unit_test(no_key_is_declared_twice),
        cmocka_unit_test(every_verb_says_what_it_is_and_shows_an_example),
        cmocka_unit_test(every_example_is_understood),
        cmocka_unit_test(help_fits_a_terminal),
        cmocka_unit_test(manual_pages_have_no_warnings),
        cmocka_unit_test(manual_pages_pass_mandoc),
        cmocka_unit_test(the_shells_understand_their_completions),
        cmocka_unit_test(bash_completes_verbs_options_and_values),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
