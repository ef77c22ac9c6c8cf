/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of delivered files. */
#include "delivered.h"
#include "print.h"
#include "settings.h"

#include "ton/json.h"
#include "ton/path.h"
#include "ton/recover.h"

enum { MOST_NAMES = 6, MOST_REASONS = 4 };

static void add_row(struct ton_table *table, const struct ton_delivered *d) {
    ton_table_add(table, d->deliverable);
    ton_table_add(table, d->path);
    ton_table_add(table, d->format);
    if (d->unmade) {
        for (int i = 0; i < 4; i++)
            ton_table_add(table, TON_NO_VALUE);
        ton_table_add(table, d->spec ? d->spec : TON_NO_VALUE);
        ton_table_add(table, TON_NO_VALUE);
        ton_table_add(table, "not made");
        return;
    }
    ton_table_add(table, ton_length_text(table->arena, d->measured.frames, d->rate));
    ton_table_add(table, ton_number_text(table->arena, d->measured.integrated_lufs, 1));
    ton_table_add(table, ton_number_text(table->arena, d->measured.true_peak_dbtp, 1));
    ton_table_add(table, ton_number_text(table->arena, d->measured.loudness_range_lu, 1));
    ton_table_add(table, d->spec ? d->spec : TON_NO_VALUE);
    ton_table_add(table, !d->spec && d->passed ? TON_NO_VALUE : d->passed ? "pass" : "fail");
    ton_table_add(table, d->rebuilt ? "built" : "up to date");
}

static bool same_why(const struct ton_delivered *a, const struct ton_delivered *b) {
    bool same = a->n_why == b->n_why;
    for (size_t i = 0; same && i < a->n_why; i++)
        same = strcmp(a->why[i], b->why[i]) == 0;
    return same;
}

/* "master, stems (drums), stems (vocals)": of the files with the reasons of file `first`. */
static void add_names(struct ton_text *text, const struct ton_delivery *delivery, int first) {
    const char *last = "";
    int n = 0;
    for (int i = first; i < delivery->n; i++) {
        const struct ton_delivered *d = &delivery->files[i];
        const bool again = !d->stem && strcmp(d->deliverable, last) == 0;
        if (!same_why(d, &delivery->files[first]) || again || d->n_why == 0)
            continue;
        if (n++ < MOST_NAMES)
            ton_text_printf(text, "%s%s%s%s%s", n > 1 ? ", " : "", d->deliverable,
                            d->stem ? " (" : "", d->stem ? d->stem : "", d->stem ? ")" : "");
        last = d->deliverable;
    }
    if (n > MOST_NAMES)
        ton_text_printf(text, " and %d more", n - MOST_NAMES);
}

/* Why files were made, one paragraph for all with the same reasons. */
static void add_why(struct ton_text *text, const struct ton_delivery *delivery) {
    for (int i = 0; i < delivery->n; i++) {
        const struct ton_delivered *d = &delivery->files[i];
        bool said = d->n_why == 0;
        for (int k = 0; k < i && !said; k++)
            said = same_why(&delivery->files[k], d);
        if (said)
            continue;
        ton_text_add(text, "built  ");
        add_names(text, delivery, i);
        ton_text_add(text, ": ");
        for (size_t k = 0; k < d->n_why && k < MOST_REASONS; k++)
            ton_text_printf(text, "%s%s", k ? "; " : "", d->why[k]);
        if (d->n_why > MOST_REASONS)
            ton_text_printf(text, "; and %zu changes more", d->n_why - MOST_REASONS);
        ton_text_add(text, "\n");
    }
}

static void add_remarks(struct ton_text *text, const struct ton_delivered *d) {
    for (int i = 0; i < d->verdict.n; i++) {
        const struct ton_remark *remark = &d->verdict.remarks[i];
        ton_text_printf(text, "%s %s: %s\n", remark->failed ? "fail  " : "advice", d->path,
                        remark->text);
        if (remark->remedy)
            ton_text_printf(text, "       %s\n", remark->remedy);
    }
}

/* What was not asked for, so that nobody takes a part for the whole. */
static void add_others(struct ton_text *text, const struct ton_delivery *delivery) {
    const int n = delivery->n_others, standing = delivery->n_others_standing;
    if (n == 0)
        return;
    const char *files = n == 1 ? "file" : "files";
    if (standing == n)
        ton_text_printf(text, "The %d %s of other deliverables %s up to date.\n", n, files,
                        n == 1 ? "is" : "are");
    else
        ton_text_printf(text,
                        "Of the %d %s of other deliverables %d %s up to date; `ton deliver` makes "
                        "the rest.\n",
                        n, files, standing, standing == 1 ? "is" : "are");
}

static enum ton_code print_table(const struct ton_given *given, const struct ton_delivery *delivery,
                                 struct ton_err *err) {
    static const char *const head[] = {"Deliverable", "File", "Format", "Length",  "LUFS",
                                       "dBTP",        "LRA",  "Spec",   "Verdict", "State"};
    struct ton_table table = {.arena = given->arena, .columns = "lllrrrrlll", .titled = true};
    for (int i = 0; i < TON_N(head); i++)
        ton_table_add(&table, head[i]);
    for (int i = 0; i < delivery->n; i++)
        add_row(&table, &delivery->files[i]);
    const enum ton_code code = ton_table_print(&table, err);
    if (code)
        return code;
    struct ton_text text = {0};
    ton_text_add(&text, "\n");
    add_why(&text, delivery);
    for (int i = 0; i < delivery->n; i++)
        add_remarks(&text, &delivery->files[i]);
    if (delivery->n_rebuilt == 0 && delivery->n_unmade == 0)
        ton_text_printf(&text,
                        delivery->n == 1 ? "Nothing changed: the file stands as it is.\n"
                                         : "Nothing changed: all %d files stand as they are.\n",
                        delivery->n);
    else
        ton_text_printf(&text, "%d of %d %s made%s.\n", delivery->n_rebuilt, delivery->n,
                        delivery->n == 1 ? "file" : "files",
                        delivery->n_rebuilt + delivery->n_unmade < delivery->n
                            ? "; the others had not changed"
                            : "");
    add_others(&text, delivery);
    if (delivery->report)
        ton_text_printf(&text, "Report: %s\n", ton_given_seen(given, delivery->report));
    return ton_print_prose(&text, err);
}

enum ton_code ton_delivered_run(const struct ton_given *given, ton_make_fn make,
                                struct ton_err *err) {
    struct ton_settings settings;
    const enum ton_code set = ton_given_settings(&settings, given, err);
    if (set)
        return set;
    const int64_t cache = ton_cache_limit(&settings);
    const struct ton_deliver_config config = {
        .folder = ".",
        .names = given->arguments,
        .n_names = (int)given->n_arguments,
        .again = ton_given_switch(given, "again"),
        .verify = ton_given_switch(given, "verify"),
        .threads = (int)ton_given_value(given, "threads"),
        .cache = &cache,
    };
    struct ton_problems problems;
    struct ton_delivery delivery = {0};
    ton_problems_init(&problems, given->arena);
    ton_recordings_warn(&problems, config.folder);
    enum ton_code code = make(&delivery, given->arena, &config, &problems,
                              ton_progress_line(!ton_given_switch(given, "quiet")), err);
    ton_progress_clear();
    code = ton_print_problems(&problems, code, err);
    if (code && code != TON_MISSED && !(code == TON_FOREIGN && delivery.n > 0))
        return code;
    struct ton_err print_err = {0};
    const enum ton_code printed = ton_given_switch(given, "json")
                                      ? ton_print_json(ton_delivery_json(&delivery), &print_err)
                                      : print_table(given, &delivery, &print_err);
    if (printed)
        *err = print_err;
    return printed ? printed : code;
}
