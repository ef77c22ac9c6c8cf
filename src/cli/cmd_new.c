/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton new: make a production. */
#include "print.h"
#include "verb.h"

#include "ton/import.h"
#include "ton/json.h"

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    const char *folder = NULL;
    const char *template = ton_given_text(given, "template");
    const enum ton_code code = ton_production_new(&folder, given->arena, ".", given->arguments[0],
                                                  template ? template : "song", err);
    if (code)
        return code;
    if (ton_given_switch(given, "json")) {
        struct ton_json *j = ton_json_object();
        ton_json_set(j, "folder", ton_json_string(folder));
        return ton_print_json(j, err);
    }
    struct ton_text text = {0};
    const char *quote = strpbrk(folder, " '\"$&();<>|*?#`") ? "\"" : "";
    const bool album = template && strcmp(template, "album") == 0;
    ton_text_printf(&text,
                    "%s/production.yaml   who, what, mastering, deliverables: yours to edit\n"
                    "Next: cd %s%s%s && ton import %sFILES…, or `ton record --arm Voice=1`\n",
                    folder, quote, folder, quote, album ? "--session first-song " : "");
    return ton_print_prose(&text, err);
}

static const char *const templates[] = {"album", "film", "podcast", "song", NULL};

static const struct ton_row arguments[] = {
    {.key = "name",
     .label = "NAME",
     .kind = TON_TEXT,
     .flags = TON_ROW_REQUIRED,
     .help = "Title of the production; its folder is named after it. A path before it, such as "
             "`~/music/Night Train`, says where the folder is made."},
};

static const struct ton_row options[] = {
    {.key = "template",
     .kind = TON_CHOICE,
     .choices = templates,
     .def = 3,
     .help = "What kind of production: decides mastering and deliverables to start from."},
    TON_OPTION_JSON,
};

static const struct ton_example examples[] = {
    {"ton new \"Night Train\"", "Makes the folder night-train with a production.yaml to edit."},
    {"ton new \"Talk of the Week\" --template podcast", "Starts an episode at -16 LUFS."},
};

const struct ton_verb ton_verb_new = {
    .name = "new",
    .order = 100,
    .summary = "Make a production",
    .elsewhere = "create init",
    .text = "Makes a folder with production.yaml, an empty audio/ and sessions/, and a .gitignore. "
            "A folder that is there already is left as it is.",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .run = run,
};
