/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `--help` prints, from the declarations. */
#include "print.h"
#include "verb.h"

#include "config.h"

enum { WIDTH = 80, NARROW = 60, OPTION_COLUMN = 26, VERB_COLUMN = 16, NARROW_COLUMN = 6 };

static int width(void) {
    const int screen = ton_screen_width(stdout);
    return screen > 0 && screen < WIDTH ? screen : WIDTH;
}

/* A term, and its explanation in a column of its own. */
static void item(struct ton_text *out, const char *term, const char *text, int column) {
    const int columns = 2 + ton_columns_of(term, strlen(term));
    column = width() < NARROW ? NARROW_COLUMN : column;
    ton_text_printf(out, "  %s", term);
    if (columns + 2 > column)
        ton_text_printf(out, "\n%*s", column, "");
    else
        ton_text_printf(out, "%*s", column - columns, "");
    ton_wrap(out, text, column, column, width());
}

static bool has_range(const struct ton_row *row) {
    return (row->kind == TON_NUMBER || row->kind == TON_COUNT || row->kind == TON_TIME_NOTE) &&
           row->max > row->min;
}

char *ton_option_facts(char *out, size_t size, const struct ton_row *row) {
    char low[64], high[64], def[64];
    out[0] = '\0';
    ton_row_format(def, sizeof def, row, row->def);
    if (has_range(row) && row->flags & TON_ROW_OPEN)
        snprintf(out, size, "%s to %s", ton_row_format(low, sizeof low, row, row->min),
                 ton_row_format(high, sizeof high, row, row->max));
    else if (has_range(row))
        snprintf(out, size, "%s to %s; default %s", ton_row_format(low, sizeof low, row, row->min),
                 ton_row_format(high, sizeof high, row, row->max), def);
    else if (row->kind == TON_CHOICE && *def)
        snprintf(out, size, "default %s", def);
    else if (row->kind == TON_SWITCH && row->def != 0)
        snprintf(out, size, "on by default; --no-%s", row->key);
    return out;
}

static void option(struct ton_text *out, const struct ton_row *row) {
    char name[64], value[256], facts[256], term[400], text[1024];
    char letter = ton_option_letter(row->key);
    ton_option_name(name, sizeof name, row->key);
    ton_option_value_name(value, sizeof value, row);
    snprintf(term, sizeof term, "%c%c%s%s%s%s", letter ? '-' : ' ', letter ? letter : ' ',
             letter ? ", " : "  ", name, *value ? " " : "", value);
    ton_option_facts(facts, sizeof facts, row);
    snprintf(text, sizeof text, "%s%s%s%s", row->help, *facts ? " (" : "", facts,
             *facts ? ")" : "");
    item(out, term, text, OPTION_COLUMN);
}

static void options(struct ton_text *out, const struct ton_verb *verb) {
    int n;
    const struct ton_row *common = ton_common_options(&n);
    ton_text_add(out, "\nOptions:\n");
    for (int i = 0; verb && i < verb->n_options; i++)
        option(out, &verb->options[i]);
    for (int i = 0; i < n; i++)
        if (!verb || strcmp(common[i].key, "version") != 0)
            option(out, &common[i]);
}

void ton_usage_write(struct ton_text *out, const struct ton_verb *verb) {
    if (!verb) {
        ton_text_add(out, "ton [OPTIONS] VERB [OPTIONS] [THINGS]");
        return;
    }
    ton_text_printf(out, "ton %s [OPTIONS]", verb->name);
    for (int i = 0; i < verb->n_arguments; i++) {
        const struct ton_row *row = &verb->arguments[i];
        bool required = row->flags & TON_ROW_REQUIRED;
        ton_text_printf(out, required ? " %s" : " [%s]", row->label);
    }
}

static void help_of_verb(struct ton_text *out, const struct ton_verb *verb) {
    ton_wrap(out, verb->summary, 0, 0, width());
    ton_text_add(out, "\nUsage: ");
    ton_usage_write(out, verb);
    ton_text_add(out, "\n\n");
    ton_wrap(out, verb->text, 0, 0, width());
    if (verb->n_arguments > 0)
        ton_text_add(out, "\nThings:\n");
    for (int i = 0; i < verb->n_arguments; i++)
        item(out, verb->arguments[i].label, verb->arguments[i].help, OPTION_COLUMN);
    options(out, verb);
    ton_text_add(out, verb->n_examples > 1 ? "\nExamples:\n" : "\nExample:\n");
    for (int i = 0; i < verb->n_examples; i++) {
        ton_text_printf(out, "  %s\n      ", verb->examples[i].command);
        ton_wrap(out, verb->examples[i].says, 6, 6, width());
    }
}

void ton_help_write(struct ton_text *out, const struct ton_verb *verb) {
    if (verb) {
        help_of_verb(out, verb);
        return;
    }
    ton_text_add(out, "Tonmeister " TON_VERSION ": from recordings to delivered masters.\n\n"
                      "Usage: ");
    ton_usage_write(out, NULL);
    ton_text_add(out, "\n\nVerbs:\n");
    for (int i = 0; i < ton_verb_count(); i++)
        item(out, ton_verb_in_order(i)->name, ton_verb_in_order(i)->summary, VERB_COLUMN);
    options(out, NULL);
    ton_text_add(out, "\nExample:\n  ton measure mix.wav\n\n"
                      "`ton help VERB` explains a verb, with its options and examples;\n"
                      "`ton help compressor` a processor. Guides to session.yaml and\n"
                      "production.yaml, and every key of them, are installed with the program in\n"
                      "share/doc/tonmeister.\n");
}
