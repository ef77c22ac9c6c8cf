/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Manual pages in roff's man macros, from the declarations. */
#include "verb.h"

#include "config.h"

/* Text as roff reads it: no escape, no request at the start of a line. With `literal`, hyphens stay
 * the ASCII ones that can be pasted into a shell. */
static void escaped(struct ton_text *out, const char *s, size_t n, bool literal) {
    bool line_start = out->length == 0 || out->data[out->length - 1] == '\n';
    for (size_t i = 0; i < n; i++) {
        if (line_start && (s[i] == '.' || s[i] == '\''))
            ton_text_add(out, "\\&");
        if (s[i] == '\\')
            ton_text_add(out, "\\e");
        else if (s[i] == '-' && literal)
            ton_text_add(out, "\\-");
        else if (s[i] == '`' && literal)
            ton_text_add(out, "\\(ga");
        else
            ton_text_add_n(out, s + i, 1);
        line_start = s[i] == '\n';
    }
}

static void literal(struct ton_text *out, const char *s) {
    escaped(out, s, strlen(s), true);
}

/* Running text; what stands between backquotes is bold. An empty line is a new paragraph. */
static void prose(struct ton_text *out, const char *s) {
    while (*s) {
        if (s[0] == '`' && strchr(s + 1, '`')) {
            size_t n = strcspn(s + 1, "`");
            ton_text_add(out, "\\fB");
            escaped(out, s + 1, n, true);
            ton_text_add(out, "\\fR");
            s += n + 2;
        } else if (s[0] == '\n' && s[1] == '\n') {
            ton_text_add(out, "\n.PP\n");
            s += strspn(s, "\n");
        } else {
            size_t n = 1 + strcspn(s + 1, "`\n");
            escaped(out, s, n, false);
            s += n;
        }
    }
    ton_text_add(out, "\n");
}

static void header(struct ton_text *out, const char *page, const char *summary) {
    ton_text_add(out, ".\\\" Made by `ton help --man`.\n.TH ");
    for (const char *p = page; *p; p++) {
        char upper = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
        escaped(out, &upper, 1, true);
    }
    ton_text_add(out, " 1 \"\" \"Tonmeister " TON_VERSION "\" \"Tonmeister manual\"\n.SH NAME\n");
    literal(out, page);
    ton_text_add(out, " \\- ");
    escaped(out, summary, strlen(summary), false);
    ton_text_add(out, "\n.SH SYNOPSIS\n");
}

static void option(struct ton_text *out, const struct ton_row *row) {
    char name[64], value[256], facts[256], letter[4] = "";
    if (ton_option_letter(row->key))
        snprintf(letter, sizeof letter, "-%c", ton_option_letter(row->key));
    ton_text_add(out, ".TP\n\\fB");
    if (*letter) {
        literal(out, letter);
        ton_text_add(out, "\\fR, \\fB");
    }
    literal(out, ton_option_name(name, sizeof name, row->key));
    ton_text_add(out, "\\fR");
    if (*ton_option_value_name(value, sizeof value, row)) {
        ton_text_add(out, " \\fI");
        literal(out, value);
        ton_text_add(out, "\\fR");
    }
    ton_text_add(out, "\n");
    prose(out, row->help);
    if (*ton_option_facts(facts, sizeof facts, row)) {
        ton_text_add(out, "(");
        literal(out, facts);
        ton_text_add(out, ")\n");
    }
}

static void options(struct ton_text *out, const struct ton_verb *verb) {
    int n;
    const struct ton_row *common = ton_common_options(&n);
    ton_text_add(out, ".SH OPTIONS\n");
    for (int i = 0; verb && i < verb->n_options; i++)
        option(out, &verb->options[i]);
    for (int i = 0; i < n; i++)
        if (!verb || strcmp(common[i].key, "version") != 0)
            option(out, &common[i]);
}

static void exit_status(struct ton_text *out) {
    static const struct {
        const char *status, *meaning;
    } rows[] = {
        {"0", "Done."},
        {"1", "Done, but a spec was missed or a fault was found."},
        {"2", "A file, session or value cannot be used, or the command line not be understood."},
        {"3", "The environment failed: disk, permission, device, memory."},
        {"130", "Stopped by Ctrl-C; no half-written file is left."},
    };
    ton_text_add(out, ".SH EXIT STATUS\n");
    for (int i = 0; i < TON_N(rows); i++)
        ton_text_printf(out, ".TP\n%s\n%s\n", rows[i].status, rows[i].meaning);
}

static void environment(struct ton_text *out) {
    static const struct {
        const char *name, *meaning;
    } rows[] = {
        {"LV2_PATH", "Folders of plug-ins, with a colon between them, instead of the usual ones."},
        {"TON_CPU", "The best instruction set that is used: generic, avx2 or avx512 (usual: what "
                    "the machine has). The result is the same."},
    };
    ton_text_add(out, ".SH ENVIRONMENT\n");
    for (int i = 0; i < TON_N(rows); i++)
        ton_text_printf(out, ".TP\n\\fB%s\\fR\n%s\n", rows[i].name, rows[i].meaning);
}

static void page_of_verb(struct ton_text *out, const struct ton_verb *verb) {
    char page[64];
    struct ton_text usage = {0};
    snprintf(page, sizeof page, "ton-%s", verb->name);
    header(out, page, verb->summary);
    ton_usage_write(&usage, verb);
    literal(out, usage.data ? usage.data : "");
    out->failed |= usage.failed;
    ton_text_free(&usage);
    ton_text_add(out, "\n.SH DESCRIPTION\n");
    prose(out, verb->text);
    for (int i = 0; i < verb->n_arguments; i++) {
        ton_text_add(out, ".TP\n\\fI");
        literal(out, verb->arguments[i].label);
        ton_text_add(out, "\\fR\n");
        prose(out, verb->arguments[i].help);
    }
    options(out, verb);
    exit_status(out);
    ton_text_add(out, ".SH EXAMPLES\n");
    for (int i = 0; i < verb->n_examples; i++) {
        ton_text_add(out, ".TP\n\\fB");
        literal(out, verb->examples[i].command);
        ton_text_add(out, "\\fR\n");
        prose(out, verb->examples[i].says);
    }
    ton_text_add(out, ".SH SEE ALSO\n.BR ton (1)\n");
}

static void page_of_program(struct ton_text *out) {
    header(out, "ton", "from recordings to delivered masters");
    literal(out, "ton [OPTIONS] VERB [OPTIONS] [THINGS]");
    ton_text_add(out, "\n.SH DESCRIPTION\n"
                      "Mixes, masters and delivers a production: a folder with\n"
                      "\\fIproduction.yaml\\fR (who, what, mastering, deliverables),\n"
                      "\\fIsessions/\\fR (one file a piece: tracks, clips, chains, buses) and\n"
                      "\\fIaudio/\\fR (takes, never changed).\n"
                      "Results go to \\fIout/\\fR.\n.SH VERBS\n");
    for (int i = 0; i < ton_verb_count(); i++) {
        const struct ton_verb *verb = ton_verb_in_order(i);
        ton_text_printf(out, ".TP\n\\fBton %s\\fR\n", verb->name);
        escaped(out, verb->summary, strlen(verb->summary), false);
        ton_text_add(out, ".\n");
    }
    options(out, NULL);
    exit_status(out);
    environment(out);
    ton_text_add(out, ".SH SEE ALSO\n");
    for (int i = 0; i < ton_verb_count(); i++)
        ton_text_printf(out, ".BR ton\\-%s (1)%s\n", ton_verb_at(i)->name,
                        i + 1 < ton_verb_count() ? "," : "");
    ton_text_add(out, ".PP\nGuides to session.yaml and production.yaml, and every key of them,\n"
                      "are installed with the program in \\fIshare/doc/tonmeister\\fR.\n");
}

void ton_man_write(struct ton_text *out, const struct ton_verb *verb) {
    if (verb)
        page_of_verb(out, verb);
    else
        page_of_program(out);
}
