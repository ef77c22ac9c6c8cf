/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton schema: JSON schemas of the YAML files. */
#include "print.h"
#include "verb.h"

#include "ton/production.h"
#include "ton/settings.h"

static const char *const documents[] = {"session", "production", "config", NULL};

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    const char *document = given->n_arguments > 0 ? given->arguments[0] : documents[0];
    struct ton_json *schema = strcmp(document, "production") == 0 ? ton_production_schema()
                              : strcmp(document, "config") == 0   ? ton_settings_schema()
                                                                  : ton_session_schema();
    return ton_print_json(schema, err);
}

static const struct ton_row arguments[] = {
    {.key = "document",
     .label = "DOCUMENT",
     .kind = TON_CHOICE,
     .choices = documents,
     .help = "`session` (the default), `production` or `config`."},
};

static const struct ton_example examples[] = {
    {"ton schema session > session.schema.json",
     "Writes the schema that an editor checks and completes `sessions/*.yaml` with."},
    {"ton schema production", "Prints the schema of `production.yaml`."},
};

const struct ton_verb ton_verb_schema = {
    .name = "schema",
    .order = 810,
    .summary = "Print the JSON schema of the YAML files",
    .text = "Prints a JSON schema (draft 2020-12), made from the same declarations that read the "
            "files. Editors with a YAML language server check and complete with it; name it in the "
            "first line of a session: `# yaml-language-server: $schema=session.schema.json`.",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .examples = examples,
    .n_examples = TON_N(examples),
    .run = run,
};
