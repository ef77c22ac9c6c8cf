/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton processors: what can stand in a chain, and its parameters. */
#include "print.h"
#include "processors.h"
#include "verb.h"

#include "ton/fields.h"
#include "ton/foreign.h"
#include "ton/json.h"
#include "ton/text.h"

static bool has_sidechain(const struct ton_processor *p) {
    for (int i = 0; i < p->n_rows; i++)
        if (p->rows[i].kind == TON_STRIP)
            return true;
    return false;
}

struct ton_json *ton_processor_json(const struct ton_processor *p) {
    struct ton_json *j = ton_json_object(), *parameters = ton_json_array();
    ton_json_set(j, "id", ton_json_string(p->id));
    ton_json_set(j, "name", ton_json_string(p->name));
    ton_json_set(j, "summary", ton_json_string(p->summary));
    ton_json_set(j, "text", ton_json_string(p->text));
    ton_json_set(j, "version", ton_json_integer(p->version));
    ton_json_set(j, "sidechain", ton_json_bool(has_sidechain(p)));
    for (int i = 0; i < p->n_rows; i++)
        ton_json_add(parameters, ton_row_json(&p->rows[i]));
    ton_json_set(j, "parameters", parameters);
    return j;
}

static enum ton_code print_json(const struct ton_processor *only, struct ton_err *err) {
    struct ton_json *j = ton_json_object(), *list = ton_json_array();
    for (int i = 0; i < ton_processor_count(); i++)
        if (!only || only == ton_processor_at(i))
            ton_json_add(list, ton_processor_json(ton_processor_at(i)));
    ton_json_set(j, "processors", list);
    return ton_print_json(j, err);
}

static enum ton_code print_list(const struct ton_given *given, struct ton_err *err) {
    struct ton_table table = {.arena = given->arena, .columns = "lp"};
    for (int i = 0; i < ton_processor_count(); i++) {
        ton_table_add(&table, ton_key_words(given->arena, ton_processor_at(i)->id));
        ton_table_add(&table, ton_processor_at(i)->summary);
    }
    struct ton_text more = {0};
    ton_text_add(&more,
                 "\nIn a chain there can also be plug-ins (`ton processors --lv2` lists them) "
                 "and presets (`ton processors --presets`).\n");
    const enum ton_code code = ton_table_print(&table, err);
    return code ? code : ton_print_prose(&more, err);
}

/* What may stand there: "-60 dB to 0 dB", "bell, notch", "on, off". */
static const char *values_of(struct ton_arena *arena, const struct ton_row *row) {
    char low[64], high[64];
    switch (row->kind) {
    case TON_SWITCH:
        return "on, off";
    case TON_GROUP:
        return ton_arena_printf(arena, "up to %d", row->n_max);
    case TON_STRIP:
        return "a strip";
    case TON_TEXT:
    case TON_PATH:
        return "text";
    case TON_CHOICE:
    case TON_NUMBER:
    case TON_TIME_NOTE:
    case TON_COUNT:
        break;
    }
    if (row->kind != TON_CHOICE)
        return ton_arena_printf(arena, "%s to %s%s", ton_row_format(low, sizeof low, row, row->min),
                                ton_row_format(high, sizeof high, row, row->max),
                                row->kind == TON_TIME_NOTE ? ", 1/8, 1/4., 1/8t" : "");
    const char *list = "";
    for (int i = 0; row->choices[i] && list; i++)
        list = ton_arena_printf(arena, "%s%s%s", list, i ? ", " : "", row->choices[i]);
    return list;
}

static void add_rows(struct ton_table *table, const struct ton_row *rows, int n,
                     const char *before) {
    for (int i = 0; i < n; i++) {
        char words[64], def[64];
        const struct ton_row *row = &rows[i];
        ton_key_to_words(words, sizeof words, row->key);
        ton_table_add(table, ton_arena_printf(table->arena, "%s%s", before, words));
        ton_table_add(table, values_of(table->arena, row));
        ton_table_add(table, row->kind == TON_GROUP || row->kind == TON_STRIP
                                 ? TON_NO_VALUE
                                 : ton_row_format(def, sizeof def, row, row->def));
        ton_table_add(table, ton_arena_printf(table->arena, "%s%s%s", row->help ? row->help : "",
                                              row->jumps ? " Its moves are heard. " : "",
                                              row->jumps ? row->jumps : ""));
        if (row->kind == TON_GROUP)
            add_rows(table, row->rows, row->n_rows, "  ");
    }
}

static void example_rows(struct ton_text *out, const struct ton_row *rows, int n,
                         const char *indent, bool first_dashed) {
    for (int i = 0; i < n; i++) {
        char words[64], def[64];
        const struct ton_row *row = &rows[i];
        if (row->kind == TON_STRIP || row->kind == TON_TEXT)
            continue;
        ton_key_to_words(words, sizeof words, row->key);
        ton_text_printf(out, "%s%s%s:", indent, first_dashed ? (i == 0 ? "- " : "  ") : "", words);
        if (row->kind == TON_PATH) {
            ton_text_add(out, " FILE.wav\n");
        } else if (row->kind == TON_GROUP) {
            ton_text_add(out, "\n");
            example_rows(out, row->rows, row->n_rows, "        ", true);
        } else {
            ton_text_printf(out, " %s\n", ton_row_format(def, sizeof def, row, row->def));
        }
    }
}

static enum ton_code print_example(struct ton_arena *arena, const struct ton_processor *p,
                                   struct ton_err *err) {
    struct ton_text out = {0};
    const char *name = ton_key_words(arena, p->id);
    ton_text_printf(&out, "\nIn a chain, with every parameter at its default:\n\n  - %s:\n", name);
    example_rows(&out, p->rows, p->n_rows, "      ", false);
    if (has_sidechain(p))
        ton_text_printf(&out,
                        "\nListening to another track or bus, here to one called Kick:\n\n"
                        "  - %s: {sidechain: Kick}\n",
                        name);
    return ton_print_prose(&out, err);
}

enum ton_code ton_processor_print_rows(struct ton_arena *arena, const struct ton_processor *p,
                                       struct ton_err *err) {
    struct ton_table table = {.arena = arena, .columns = "lppp", .titled = true};
    static const char *const head[] = {"Parameter", "Values", "Default", ""};
    struct ton_text text = {0};
    ton_text_printf(&text, "%s: %s\n\n%s\n\n", p->name, p->summary, p->text);
    const enum ton_code code = ton_print_prose(&text, err);
    for (int i = 0; i < TON_N(head); i++)
        ton_table_add(&table, head[i]);
    add_rows(&table, p->rows, p->n_rows, "");
    return code || p->n_rows == 0 ? code : ton_table_print(&table, err);
}

enum ton_code ton_processor_print(struct ton_arena *arena, const struct ton_processor *p,
                                  struct ton_err *err) {
    const enum ton_code code = ton_processor_print_rows(arena, p, err);
    return code == TON_OK ? print_example(arena, p, err) : code;
}

void ton_processor_example(struct ton_text *out, const struct ton_processor *p,
                           const char *indent) {
    example_rows(out, p->rows, p->n_rows, indent, false);
}

enum ton_code ton_processor_elsewhere(struct ton_arena *arena, const char *name,
                                      struct ton_err *err) {
    if (strcmp(name, "lv2") == 0)
        return ton_fail(err, TON_INPUT, NULL,
                        "`lv2` in a chain is a plug-in of this computer, such as `- lv2: {plugin: "
                        "NAME}`; `ton processors --lv2` lists them, with a NAME it shows one");
    if (ton_preset_is_there(arena, name))
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` is a preset; `ton processors --presets '%s'` shows it", name, name);
    if (ton_foreign() && ton_foreign()->is_called(name))
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` is a plug-in; `ton processors --lv2 '%s'` shows it", name, name);
    return TON_OK;
}

static enum ton_code find(const struct ton_processor **out, struct ton_arena *arena,
                          const char *name, struct ton_err *err) {
    const char *nearest = NULL;
    *out = ton_processor_find(name, &nearest);
    if (*out)
        return TON_OK;
    const enum ton_code code = ton_processor_elsewhere(arena, name, err);
    if (code)
        return code;
    if (nearest)
        return ton_fail(err, TON_INPUT, NULL, "there is no processor `%s`; did you mean `%s`?",
                        name, nearest);
    return ton_fail(err, TON_INPUT, NULL, "there is no processor `%s`; `ton processors` lists them",
                    name);
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    const struct ton_processor *only = NULL;
    if (ton_given_switch(given, "presets"))
        return ton_presets_print(given, err);
    if (ton_given_switch(given, "lv2"))
        return ton_plugins_print(given->arena, given->n_arguments > 0 ? given->arguments[0] : NULL,
                                 ton_given_switch(given, "json"), err);
    if (given->n_arguments > 0) {
        enum ton_code code = find(&only, given->arena, given->arguments[0], err);
        if (code != TON_OK)
            return code;
    }
    if (ton_given_switch(given, "json"))
        return print_json(only, err);
    return only ? ton_processor_print(given->arena, only, err) : print_list(given, err);
}

static const char *word(int i) {
    return i < ton_processor_count() ? ton_processor_at(i)->id : NULL;
}

static const struct ton_row arguments[] = {
    {.key = "name",
     .label = "NAME",
     .kind = TON_TEXT,
     .help = "One processor: its parameters with units, ranges, defaults and an example. With "
             "--presets one preset, as a file to be copied and changed."},
};

static const struct ton_row options[] = {
    {.key = "presets",
     .kind = TON_SWITCH,
     .help = "Chains under one name: those of the folder presets/, and those built in."},
    TON_OPTION_JSON,
    {.key = "lv2",
     .kind = TON_SWITCH,
     .help = "The LV2 plug-ins of this computer; NAME is then the name or the address of one."},
};

static const struct ton_example examples[] = {
    {"ton processors", "Lists every processor with what it is for."},
    {"ton processors compressor", "Shows the compressor's parameters."},
    {"ton processors --presets", "Lists the chain presets with what they are for."},
    {"ton processors --presets 'lead vocal'", "Prints one, to be copied into presets/."},
    {"ton processors --lv2", "Lists the plug-ins that are installed."},
    {"ton processors --json", "Prints every declaration as one JSON document."},
};

const struct ton_verb ton_verb_processors = {
    .name = "processors",
    .order = 800,
    .summary = "List the processors and their parameters",
    .elsewhere = "effects plugins",
    .text = "A processor stands in the `chain` of a track, a bus or the master. Everything printed "
            "here comes from the declaration that also reads the YAML and draws the schema.",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .word = word,
    .run = run,
};
