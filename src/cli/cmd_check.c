/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton check: the line check, and the system check. */
#include "check/system.h"

#include "print.h"

#include "ton/json.h"

#include <math.h>

static const char *const mains[] = {"50 Hz", "60 Hz", NULL};

static enum ton_code tell(const struct ton_given *given, const struct check_plan *plan,
                          struct ton_line_check *check, struct ton_err *err) {
    struct ton_line_check_result result;
    enum ton_code code = ton_line_check_result(check, &result, err);
    if (code)
        return code;
    code = ton_given_switch(given, "json") ? ton_print_json(check_json(plan, &result), err)
                                           : check_tell(given->arena, &result, err);
    if (!code && plan->production && result.n_windows > 0)
        code = check_keep(given->arena, plan, &result, err);
    if (!code && plan->production && !ton_given_switch(given, "json"))
        code = kept_tell(given, check_page_path, err);
    for (int i = 0; i < result.n && !code; i++)
        if (result.lines[i].verdict == TON_CHECKED_FAULT)
            return TON_MISSED;
    return code;
}

static enum ton_code refuse_options(const struct ton_given *given, struct ton_err *err) {
    static const char *const only[] = {"latency", "second"};
    for (int i = 0; i < TON_N(only) && !ton_given_switch(given, "system"); i++)
        if (ton_given_text(given, only[i]))
            return ton_fail(err, TON_USAGE, NULL, "`--%s` belongs to `--system`; give both",
                            only[i]);
    if (ton_given_text(given, "sheet") && ton_given_switch(given, "system"))
        return ton_fail(err, TON_USAGE, NULL,
                        "`--sheet` listens to nothing, and `--system` does: give one of them");
    if (ton_given_switch(given, "letter") && !ton_given_text(given, "sheet"))
        return ton_fail(err, TON_USAGE, NULL, "`--letter` is the paper of `--sheet`; give both");
    return TON_OK;
}

/* Lines are measured in whole windows. */
static void tell_length(const struct ton_given *given, double seconds) {
    const double heard = TON_LINE_CHECK_SECONDS * ceil(seconds / TON_LINE_CHECK_SECONDS);
    const char *const text = ton_arena_printf(
        given->arena, "lines are measured in steps of %d s, so it listens for %g s",
        TON_LINE_CHECK_SECONDS, heard);
    if (heard != seconds && text)
        ton_print_warning("--length", text);
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    static const double mains_hz[] = {0, 50, 60};
    struct check_plan plan;
    struct ton_line_check *check = NULL;
    enum ton_code code = refuse_options(given, err);
    if (!code && ton_given_text(given, "sheet"))
        return check_sheet(given, ton_given_text(given, "sheet"), err);
    if (!code && ton_given_switch(given, "system"))
        return check_system(given, err);
    if (!code)
        code = check_plan_make(&plan, given, err);
    if (code)
        return code;
    const struct ton_line_check_config config = {
        .backend = plan.device.choice.backend,
        .device = plan.device.choice.device,
        .server = plan.device.choice.server,
        .rate = plan.device.rate,
        .inputs = plan.inputs,
        .n_inputs = plan.n_inputs,
        .mains_hz = mains_hz[(int)ton_given_value(given, "mains") + 1],
    };
    tell_length(given, (double)ton_given_value(given, "length"));
    code = ton_line_check_open(&check, &config, err);
    if (!code)
        code = check_listen(check, &plan, (double)ton_given_value(given, "length"), err);
    if (!code)
        code = tell(given, &plan, check, err);
    ton_line_check_close(check);
    return code;
}

static const struct ton_row arguments[] = {
    {.key = "lines",
     .label = "LINES…",
     .kind = TON_TEXT,
     .flags = TON_ROW_MANY,
     .help = "Lines of `inputs:` in production.yaml, by name; all of them otherwise, and without "
             "such a list every input of the device."},
};

static const struct ton_row options[] = {
    TON_OPTION_JSON,
    TON_OPTION_DEVICE,
    {.key = "length",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_S,
     .min = 0.1F,
     .max = 3600,
     .digits = 1,
     .flags = TON_ROW_OPEN,
     .help = "Listen so long, in steps of 5 s; without it in a terminal until a key is pressed, "
             "else 5 s. With --system: work under load so long; without it 60 s."},
    {.key = "mains",
     .kind = TON_CHOICE,
     .choices = mains,
     .def = -1,
     .help = "The frequency of the mains here; otherwise whichever hums."},
    {.key = "sheet",
     .label = "FILE",
     .kind = TON_PATH,
     .help =
         "Write the input list as a patch sheet (PDF) for the stage box, and listen to nothing."},
    {.key = "letter", .kind = TON_SWITCH, .help = "The patch sheet on US Letter; otherwise A4."},
    {.key = "system",
     .kind = TON_SWITCH,
     .help = "Check the computer instead of the lines: round trip, clocks, xruns under load, disk, "
             "and how it is set up."},
    {.key = "latency",
     .label = "OUT=IN",
     .kind = TON_TEXT,
     .help = "With --system: measure the round trip from this output back to this input, with a "
             "cable between them (numbers or names of ports)."},
    {.key = "second",
     .label = "DEVICE",
     .kind = TON_TEXT,
     .help = "With --system: hold this device's clock against the other one's, as --device."},
};

static const struct ton_example examples[] = {
    {"ton check", "Listens to every line of the production and says what is wrong with which."},
    {"ton check \"OH L\" \"OH R\"", "Only these two."},
    {"ton check --sheet patch.pdf", "The input list on paper, for the stage box."},
    {"ton check --system --latency 1=1",
     "Whether this computer can record all of them, with a cable from output 1 to input 1."},
    {"ton check --length 30s --json", "For programs, after half a minute."},
};

const struct ton_verb ton_verb_check = {
    .name = "check",
    .order = 106,
    .summary = "Check the lines (noise, hum, level, polarity), or the computer",
    .text =
        "Listens to all lines at once: first while the stage is quiet, then while each is "
        "played. For every line there is a verdict, `ok`, `attention` or `fault`, and what to "
        "do; `open` means that it is not known yet, for too little was played.\n\nThe lines are "
        "those of `inputs:` in "
        "production.yaml: below it a line each, such as `Kick In: {port: 1, source: dynamic}`; "
        "doc/reference/production.md has all keys. Two that hear one thing are held against each "
        "other for polarity and time when their names say so (`OH L` and `OH R`, `Kick In` and "
        "`Kick Out`, `Overhead 1` and `Overhead 2`), or one of them has `pair: NAME` of the other. "
        "Without a production every physical input of the device is checked."
        "\n\nWith --system it is the computer that is checked: inputs are recorded for a minute "
        "while every core is busy, the disk is measured, and every finding comes with what to "
        "type. So many inputs as the list has lines, else as the largest session records, else 32. "
        "Nothing of that recording stays."
        "\n\nIn a production the result is kept: as a page and as text in `reports`, and as a row "
        "of production.db."
        "\n\nThe exit status is 1 when a line or the system has a fault, 2 when nothing came back "
        "over the loop, 3 when there is no device.",
    .elsewhere = "linecheck soundcheck inputs patch sheet hum noise gain polarity phase xruns "
                 "latency disk governor",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .run = run,
};
