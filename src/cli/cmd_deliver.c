/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton deliver: everything that somebody is owed. */
#include "delivered.h"
#include "print.h"

#include "ton/json.h"

static void add_spec(struct ton_table *table, struct ton_json *list, const struct ton_spec *spec) {
    ton_table_add(table, spec->name);
    ton_table_add(table, spec->summary ? spec->summary : spec->title);
    struct ton_json *entry = ton_json_object();
    ton_json_set(entry, "name", ton_json_string(spec->name));
    ton_json_set(entry, "title", ton_json_string(spec->title));
    ton_json_set(entry, "summary", ton_json_string(spec->summary));
    ton_json_add(list, entry);
}

static enum ton_code print_specs(const struct ton_given *given, struct ton_err *err) {
    struct ton_table table = {.arena = given->arena, .columns = "lp"};
    struct ton_json *j = ton_json_object(), *list = ton_json_array();
    struct ton_problems problems;
    enum ton_code code = TON_OK;
    ton_problems_init(&problems, given->arena);
    for (int i = 0; i < ton_spec_count() && !code; i++) {
        struct ton_spec *spec = NULL;
        code = ton_spec_find(&spec, given->arena, ton_spec_name(i), NULL, &problems, err);
        if (!code)
            add_spec(&table, list, spec);
    }
    ton_json_set(j, "specs", list);
    if (!code && ton_given_switch(given, "json"))
        return ton_print_json(j, err);
    ton_json_free(j);
    return code ? code : ton_table_print(&table, err);
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    if (ton_given_switch(given, "specs"))
        return print_specs(given, err);
    return ton_delivered_run(given, ton_deliver, err);
}

static const struct ton_row arguments[] = {
    {.key = "deliverables",
     .label = "NAMES",
     .kind = TON_TEXT,
     .flags = TON_ROW_MANY,
     .help = "Deliverables of production.yaml to make; all of them otherwise."},
};

static const struct ton_row options[] = {
    {.key = "again", .kind = TON_SWITCH, .help = "Make files again that have not changed."},
    TON_OPTION_JSON,
    {.key = "specs", .kind = TON_SWITCH, .help = "List the delivery specs that are built in."},
    TON_OPTION_THREADS,
    {.key = "verify",
     .kind = TON_SWITCH,
     .help = "Read every take and delivered file again instead of trusting size and times."},
};

static const struct ton_example examples[] = {
    {"ton deliver", "Builds every deliverable that changed and checks each against its spec."},
    {"ton deliver cd download", "Only these two."},
    {"ton deliver --json | jq '.deliverables[] | select(.verdict == \"fail\")'",
     "Shows what misses its spec, and by how much."},
};

const struct ton_verb ton_verb_deliver = {
    .name = "deliver",
    .order = 700,
    .summary = "Build every deliverable, check each, write the manifest",
    .elsewhere = "export publish release",
    .text = "Renders every version of every session in one pass, masters them, writes the files "
            "under out/, decodes and measures each, holds it to its spec, and writes "
            "out/manifest.json and out/report.html. What has not changed is not built again.\n\n"
            "The gain before the limiter is solved so that the loudness is met within 0.1 LU; the "
            "true-peak ceiling holds in the encoded file: where a codec overshoots, the ceiling is "
            "lowered and the file is made again.\n\nThe exit status is 1 when a file misses a "
            "required check of its spec, or goes without a plug-in that failed and was bypassed.",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .completion = TON_COMPLETE_DELIVERABLES,
    .refuses = TON_A_SESSION | TON_A_PRODUCTION | TON_A_SOUND,
    .run = run,
};
