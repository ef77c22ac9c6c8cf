/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion scripts for bash, zsh and fish, from the declarations. */
#include "verb.h"

typedef void (*each_function)(struct ton_text *out, const struct ton_row *row, void *user);

static void each_option(struct ton_text *out, const struct ton_verb *verb, each_function each,
                        void *user) {
    int n;
    const struct ton_row *common = ton_common_options(&n);
    for (int i = 0; i < n; i++)
        if (!verb || strcmp(common[i].key, "version") != 0)
            each(out, &common[i], user);
    for (int i = 0; verb && i < verb->n_options; i++)
        each(out, &verb->options[i], user);
}

/* For the shell's single quotes; `stop` is one more character that gets a backslash. */
static void quoted(struct ton_text *out, const char *s, char stop) {
    for (; *s; s++) {
        if (*s == '\'')
            ton_text_add(out, "'\\''");
        else if (*s == stop && stop)
            ton_text_printf(out, "\\%c", *s);
        else
            ton_text_add_n(out, s, 1);
    }
}

static void joined(struct ton_text *out, const char *const *words, const char *between) {
    for (int i = 0; words[i]; i++)
        ton_text_printf(out, "%s%s", i ? between : "", words[i]);
}

/* What may stand as a verb's first thing: its words, the choices of its row, or files. */
static bool add_words(struct ton_text *out, const struct ton_verb *verb, const char *between) {
    if (verb->word) {
        for (int i = 0; verb->word(i); i++)
            ton_text_printf(out, "%s%s", i ? between : "", verb->word(i));
        return true;
    }
    if (verb->n_arguments > 0 && verb->arguments[0].kind == TON_CHOICE) {
        joined(out, verb->arguments[0].choices, between);
        return true;
    }
    return false;
}

static bool takes_files(const struct ton_verb *verb) {
    return verb->n_arguments > 0 && verb->arguments[0].kind == TON_PATH;
}

/* Commands that print the names which the production in `folder` (a shell's word) has: cheap, with
 * what every system has, silent where there is no production. */
static void add_names(struct ton_text *out, enum ton_completion completion, const char *folder) {
    if (completion == TON_COMPLETE_SESSIONS)
        ton_text_printf(out, "command ls -- %s/sessions 2>/dev/null | sed -n 's/\\.ya*ml$//p'",
                        folder);
    else
        ton_text_printf(
            out,
            "awk '/^[^ #]/ { inside = /^deliverables:/; next } inside && /^ +[^ #:][^:]*:/ "
            "{ at = match($0, /[^ ]/); if (!first) first = at; if (at == first) { "
            "sub(/^ +\"?/, \"\"); sub(/\"?:.*/, \"\"); print } }' "
            "%s/production.yaml 2>/dev/null",
            folder);
}

static const char *names_word(enum ton_completion completion) {
    return completion == TON_COMPLETE_SESSIONS       ? "sessions"
           : completion == TON_COMPLETE_DELIVERABLES ? "deliverables"
                                                     : "";
}

static void option_names(struct ton_text *out, const struct ton_row *row, void *user) {
    char name[64];
    (void)user;
    ton_text_printf(out, " %s", ton_option_name(name, sizeof name, row->key));
    if (ton_option_letter(row->key))
        ton_text_printf(out, " -%c", ton_option_letter(row->key));
}

/* What follows `--verb-option`, as a case of bash: choices, files, or nothing that can be known. */
static void bash_value(struct ton_text *out, const struct ton_row *row, void *user) {
    char name[64];
    const struct ton_verb *verb = user;
    if (row->kind == TON_SWITCH)
        return;
    ton_text_printf(out, "        %s:%s", verb ? verb->name : "*",
                    ton_option_name(name, sizeof name, row->key));
    if (ton_option_letter(row->key))
        ton_text_printf(out, "|%s:-%c", verb ? verb->name : "*", ton_option_letter(row->key));
    ton_text_add(out, ") ");
    if (row->kind == TON_CHOICE) {
        ton_text_add(out, "mapfile -t COMPREPLY < <(compgen -W '");
        joined(out, row->choices, " ");
        ton_text_add(out, "' -- \"$word\")");
    } else if (row->kind == TON_PATH) {
        ton_text_add(out,
                     "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\")");
    } else {
        ton_text_add(out, "COMPREPLY=()");
    }
    ton_text_add(out, "; return ;;\n");
}

static void bash_verb(struct ton_text *out, const struct ton_verb *verb) {
    ton_text_printf(out, "        %s) options='", verb->name);
    each_option(out, verb, option_names, NULL);
    ton_text_add(out, "'; words='");
    add_words(out, verb, " ");
    ton_text_printf(out, "'; files=%s; names='%s' ;;\n", takes_files(verb) ? "yes" : "''",
                    names_word(verb->completion));
}

static void bash_names(struct ton_text *out) {
    ton_text_add(out, "# The names of a production: _ton_names sessions|deliverables FOLDER\n"
                      "_ton_names() {\n    case $1 in\n    sessions) ");
    add_names(out, TON_COMPLETE_SESSIONS, "\"$2\"");
    ton_text_add(out, " ;;\n    deliverables) ");
    add_names(out, TON_COMPLETE_DELIVERABLES, "\"$2\"");
    ton_text_add(out, " ;;\n    esac\n}\n");
}

static void bash_start(struct ton_text *out) {
    ton_text_add(out, "_ton() {\n"
                      "    local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD-1]}\n"
                      "    local verb='' options='' words='' files='' names='' folder=. name i\n"
                      "    COMPREPLY=()\n"
                      "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                      "        case ${COMP_WORDS[i]} in\n"
                      "        -C|--directory)\n"
                      "            ((i++))\n"
                      "            [[ ${COMP_WORDS[i]} == = ]] && ((i++))\n"
                      "            folder=${COMP_WORDS[i]/#\\~\\//$HOME/}\n"
                      "            folder=${folder//\\\\/} ;;\n"
                      "        -*) ;;\n"
                      "        *) verb=${verb:-${COMP_WORDS[i]}} ;;\n"
                      "        esac\n"
                      "    done\n"
                      "    case $verb:$last in\n");
}

static void bash_end(struct ton_text *out) {
    ton_text_add(out, "    esac\n"
                      "    if [[ $word == -* ]]; then words=$options files='' names=''; fi\n"
                      "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                      "    if [[ -n $names ]]; then\n"
                      "        while IFS= read -r name; do\n"
                      "            printf -v name %q \"$name\"\n"
                      "            [[ $name == \"$word\"* ]] && COMPREPLY+=(\"$name\")\n"
                      "        done < <(_ton_names \"$names\" \"$folder\")\n"
                      "    fi\n"
                      "    if [[ -n $files && ${#COMPREPLY[@]} -eq 0 ]]; then\n"
                      "        compopt -o filenames\n"
                      "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
                      "    fi\n"
                      "}\n"
                      "complete -F _ton ton\n");
}

static void bash(struct ton_text *out) {
    int n;
    const struct ton_row *common = ton_common_options(&n);
    ton_text_add(out, "# Completes ton in bash. Made by `ton help --completion bash`.\n");
    bash_names(out);
    bash_start(out);
    for (int i = 0; i < ton_verb_count(); i++)
        for (int k = 0; k < ton_verb_at(i)->n_options; k++)
            bash_value(out, &ton_verb_at(i)->options[k], (void *)(uintptr_t)ton_verb_at(i));
    for (int i = 0; i < n; i++)
        bash_value(out, &common[i], NULL);
    ton_text_add(out, "    esac\n    case $verb in\n        '') options='");
    each_option(out, NULL, option_names, NULL);
    ton_text_add(out, "'; words='");
    for (int i = 0; i < ton_verb_count(); i++)
        ton_text_printf(out, "%s%s", i ? " " : "", ton_verb_at(i)->name);
    ton_text_add(out, "' ;;\n");
    for (int i = 0; i < ton_verb_count(); i++)
        bash_verb(out, ton_verb_at(i));
    bash_end(out);
}

static void zsh_option(struct ton_text *out, const struct ton_row *row, void *user) {
    char name[64];
    (void)user;
    ton_option_name(name, sizeof name, row->key);
    const char *many = row->flags & TON_ROW_MANY ? "*" : "";
    for (int form = 0; form < 2; form++) {
        char letter = ton_option_letter(row->key);
        if (form == 1 && !letter)
            break;
        ton_text_printf(out, " \\\n            '%s", many);
        if (form == 0)
            ton_text_printf(out, "%s%s", name, row->kind == TON_SWITCH ? "" : "=");
        else
            ton_text_printf(out, "-%c%s", letter, row->kind == TON_SWITCH ? "" : "+");
        ton_text_add(out, "[");
        quoted(out, row->help, ']');
        ton_text_add(out, "]");
        if (row->kind == TON_CHOICE) {
            ton_text_printf(out, ":%s:(", row->key);
            joined(out, row->choices, " ");
            ton_text_add(out, ")");
        } else if (row->kind != TON_SWITCH) {
            ton_text_printf(out, ":%s:%s", row->key, row->kind == TON_PATH ? "_files" : " ");
        }
        ton_text_add(out, "'");
    }
}

static void zsh_verb(struct ton_text *out, const struct ton_verb *verb) {
    struct ton_text words = {0};
    ton_text_printf(out, "        %s)\n            _arguments", verb->name);
    each_option(out, verb, zsh_option, NULL);
    if (add_words(&words, verb, " ") && words.data)
        ton_text_printf(out, " \\\n            '*:%s:(%s)'", verb->arguments[0].key, words.data);
    else if (verb->completion)
        ton_text_printf(out, " \\\n            '*:%s:_ton_%s'", verb->arguments[0].key,
                        names_word(verb->completion));
    else if (takes_files(verb))
        ton_text_printf(out, " \\\n            '*:%s:_files'", verb->arguments[0].key);
    out->failed |= words.failed;
    ton_text_free(&words);
    ton_text_add(out, "\n            ;;\n");
}

/* _ton_sessions and _ton_deliverables; files where there are no names. */
static void zsh_names(struct ton_text *out) {
    for (int i = TON_COMPLETE_SESSIONS; i <= TON_COMPLETE_DELIVERABLES; i++) {
        ton_text_printf(out,
                        "_ton_%s() {\n"
                        "    local -a names\n"
                        "    names=(\"${(@f)$(",
                        names_word((enum ton_completion)i));
        add_names(out, (enum ton_completion)i, "\"$folder\"");
        ton_text_printf(out, ")}\")\n"
                             "    [[ -n $names ]] && compadd -a names || _files\n"
                             "}\n");
    }
}

static void zsh(struct ton_text *out) {
    ton_text_add(out, "#compdef ton\n# Made by `ton help --completion zsh`.\n");
    zsh_names(out);
    ton_text_add(out, "_ton() {\n"
                      "    local curcontext=$curcontext state line folder\n"
                      "    typeset -A opt_args\n"
                      "    local -a verbs\n"
                      "    verbs=(\n");
    for (int i = 0; i < ton_verb_count(); i++) {
        ton_text_printf(out, "        '%s:", ton_verb_in_order(i)->name);
        quoted(out, ton_verb_in_order(i)->summary, ':');
        ton_text_add(out, "'\n");
    }
    ton_text_add(out, "    )\n    _arguments -C");
    each_option(out, NULL, zsh_option, NULL);
    ton_text_add(out, " \\\n            '1:verb:->verb' '*::thing:->thing'\n"
                      "    folder=${opt_args[-C]:-${opt_args[--directory]:-.}}\n"
                      "    folder=${${(Q)folder}/#\\~\\//$HOME/}\n"
                      "    case $state in\n"
                      "    verb) _describe verb verbs ;;\n"
                      "    thing)\n"
                      "        case $line[1] in\n");
    for (int i = 0; i < ton_verb_count(); i++)
        zsh_verb(out, ton_verb_at(i));
    ton_text_add(out, "        esac\n        ;;\n    esac\n}\n_ton \"$@\"\n");
}

static void fish_option(struct ton_text *out, const struct ton_row *row, void *user) {
    char name[64];
    const struct ton_verb *verb = user;
    ton_option_name(name, sizeof name, row->key);
    ton_text_add(out, "complete -c ton");
    if (verb)
        ton_text_printf(out, " -n '__fish_seen_subcommand_from %s'", verb->name);
    ton_text_printf(out, " -l %s", name + 2);
    if (ton_option_letter(row->key))
        ton_text_printf(out, " -s %c", ton_option_letter(row->key));
    if (row->kind == TON_CHOICE) {
        ton_text_add(out, " -x -a '");
        joined(out, row->choices, " ");
        ton_text_add(out, "'");
    } else if (row->kind != TON_SWITCH) {
        ton_text_add(out, row->kind == TON_PATH ? " -r -F" : " -x");
    }
    ton_text_add(out, " -d '");
    for (const char *s = row->help; *s; s++)
        ton_text_printf(out, *s == '\'' || *s == '\\' ? "\\%c" : "%c", *s);
    ton_text_add(out, "'\n");
}

static void fish_verb(struct ton_text *out, const struct ton_verb *verb) {
    struct ton_text words = {0};
    ton_text_printf(out, "complete -c ton -n __fish_use_subcommand -a %s -d '%s'\n", verb->name,
                    verb->summary);
    if (add_words(&words, verb, " ") && words.data)
        ton_text_printf(out, "complete -c ton -n '__fish_seen_subcommand_from %s' -a '%s'\n",
                        verb->name, words.data);
    else if (verb->completion)
        ton_text_printf(out,
                        "complete -c ton -n '__fish_seen_subcommand_from %s' -a '(__ton_%s)'\n",
                        verb->name, names_word(verb->completion));
    if (takes_files(verb))
        ton_text_printf(out, "complete -c ton -n '__fish_seen_subcommand_from %s' -F\n",
                        verb->name);
    out->failed |= words.failed;
    ton_text_free(&words);
    for (int i = 0; i < verb->n_options; i++)
        fish_option(out, &verb->options[i], (void *)(uintptr_t)verb);
}

static void fish_names(struct ton_text *out) {
    ton_text_add(out, "function __ton_folder\n"
                      "    set -l words (commandline -opc)\n"
                      "    for i in (seq 2 (count $words))\n"
                      "        switch $words[$i]\n"
                      "            case -C --directory\n"
                      "                echo $words[(math $i + 1)]\n"
                      "                return\n"
                      "            case '--directory=*'\n"
                      "                string replace -- --directory= '' $words[$i]\n"
                      "                return\n"
                      "        end\n"
                      "    end\n"
                      "    echo .\n"
                      "end\n");
    for (int i = TON_COMPLETE_SESSIONS; i <= TON_COMPLETE_DELIVERABLES; i++) {
        ton_text_printf(out, "function __ton_%s\n    set -l folder (__ton_folder)\n    ",
                        names_word((enum ton_completion)i));
        add_names(out, (enum ton_completion)i, "$folder");
        ton_text_add(out, "\nend\n");
    }
}

static void fish(struct ton_text *out) {
    int n;
    const struct ton_row *common = ton_common_options(&n);
    ton_text_add(out, "# Completes ton in fish. Made by `ton help --completion fish`.\n"
                      "complete -c ton -f\n");
    fish_names(out);
    for (int i = 0; i < n; i++)
        fish_option(out, &common[i], NULL);
    for (int i = 0; i < ton_verb_count(); i++)
        fish_verb(out, ton_verb_at(i));
}

void ton_complete_write(struct ton_text *out, const char *shell) {
    if (strcmp(shell, "fish") == 0)
        fish(out);
    else if (strcmp(shell, "zsh") == 0)
        zsh(out);
    else
        bash(out);
}
