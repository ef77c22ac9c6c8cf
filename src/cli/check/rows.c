/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of the page: those that were checked now, and the rest of the list as it was when it
 * was checked last, so that one line that is checked again does not take the others off the page.
 */
#include "check.h"

#include "ton/database.h"
#include "ton/json.h"

#include <math.h>
#include <string.h>

/* The page's weights are the verdicts. */
_Static_assert((int)TON_LINE_OPEN == (int)TON_CHECKED_OPEN &&
                   (int)TON_LINE_OK == (int)TON_CHECKED_OK &&
                   (int)TON_LINE_ATTENTION == (int)TON_CHECKED_ATTENTION &&
                   (int)TON_LINE_FAULT == (int)TON_CHECKED_FAULT,
               "a verdict has no weight of the same number");

static void fill_new(struct ton_line_page_row *row, struct ton_arena *arena,
                     const struct ton_line_checked *line) {
    struct ton_line_page_remark *remarks =
        TON_NEW_N(arena, struct ton_line_page_remark, line->n_remarks + 1);
    for (int i = 0; i < line->n_remarks && remarks; i++)
        remarks[i] =
            (struct ton_line_page_remark){(enum ton_line_page_weight)line->remarks[i].weight,
                                          line->remarks[i].found, line->remarks[i].remedy};
    *row = (struct ton_line_page_row){
        .name = line->input->name,
        .port = line->input->port,
        .source = line->input->source,
        .verdict = (enum ton_line_page_weight)line->verdict,
        .noise_dba = line->line.noise.a_dbfs,
        .hum_dbfs = line->line.hum.total_dbfs,
        .peak_dbfs = line->line.peak_dbfs,
        .rms_dbfs = line->line.rms_dbfs,
        .gain = check_gain_text(arena, line->gain_db),
        .remarks = remarks,
        .n_remarks = remarks ? line->n_remarks : 0,
    };
}

static const char *text_at(struct ton_arena *arena, const struct ton_json *j, const char *key) {
    const char *const text = ton_json_as_string(ton_json_get(j, key));
    return text ? ton_arena_text(arena, text) : NULL;
}

static double number_at(const struct ton_json *j, const char *key) {
    return ton_json_as_number(ton_json_get(j, key));
}

static void fill_remarks(struct ton_line_page_row *row, struct ton_arena *arena,
                         const struct ton_json *list) {
    const size_t n = ton_json_size(list);
    struct ton_line_page_remark *remarks = TON_NEW_N(arena, struct ton_line_page_remark, n + 1);
    for (size_t i = 0; i < n && remarks; i++) {
        const struct ton_json *const j = ton_json_at(list, i);
        remarks[i] =
            (struct ton_line_page_remark){(enum ton_line_page_weight)ton_checked_named(
                                              ton_json_as_string(ton_json_get(j, "verdict"))),
                                          text_at(arena, j, "found"), text_at(arena, j, "remedy")};
    }
    row->remarks = remarks;
    row->n_remarks = remarks ? (int)n : 0;
}

/* What check_line_json wrote; false: it does not read. */
static bool fill_figures(struct ton_line_page_row *row, struct ton_arena *arena,
                         const char *figures) {
    struct ton_json *j = NULL;
    struct ton_err err;
    if (ton_json_parse(&j, figures, strlen(figures), "production.db", &err))
        return false;
    row->noise_dba = number_at(ton_json_get(j, "noise"), "a_dbfs");
    row->hum_dbfs = number_at(ton_json_get(j, "hum"), "total_dbfs");
    row->peak_dbfs = number_at(j, "peak_dbfs");
    row->rms_dbfs = number_at(j, "rms_dbfs");
    row->gain = check_gain_text(arena, number_at(j, "gain_db"));
    fill_remarks(row, arena, ton_json_get(j, "remarks"));
    ton_json_free(j);
    return true;
}

/* At another port it is another cable, of which nothing is known; nor is of what does not read.
 * `db` NULL: nothing does. */
static enum ton_code fill_older(struct ton_line_page_row *row, struct ton_arena *arena,
                                struct ton_database *db, const struct ton_input *input,
                                struct ton_err *err) {
    struct ton_checked_line line = {0};
    const char *when = NULL;
    *row = (struct ton_line_page_row){.name = input->name,
                                      .port = input->port,
                                      .source = input->source,
                                      .noise_dba = NAN,
                                      .hum_dbfs = NAN,
                                      .peak_dbfs = NAN,
                                      .rms_dbfs = NAN,
                                      .unchecked = true};
    const enum ton_code code =
        db ? ton_checked_last(&line, &when, arena, db, input->name, input->port, err) : TON_OK;
    if (code || !when || (line.figures && !fill_figures(row, arena, line.figures)))
        return code;
    row->verdict = (enum ton_line_page_weight)line.verdict;
    row->older = when;
    row->unchecked = false;
    return TON_OK;
}

static const struct ton_line_checked *find(const struct ton_line_check_result *result,
                                           const char *name) {
    for (int i = 0; i < result->n; i++)
        if (strcmp(result->lines[i].input->name, name) == 0)
            return &result->lines[i];
    return NULL;
}

static enum ton_code fill_list(struct ton_line_page_row *rows, struct ton_arena *arena,
                               const struct ton_production *production,
                               const struct ton_line_check_result *result, struct ton_err *err) {
    struct ton_database *db = NULL;
    struct ton_err later;
    enum ton_code code = ton_database_open(&db, ".", err);
    for (int i = 0; i < production->n_inputs; i++) {
        const struct ton_input *const input = &production->inputs[i];
        const struct ton_line_checked *const now = find(result, input->name);
        enum ton_code read = TON_OK;
        if (now)
            fill_new(&rows[i], arena, now);
        else
            read = fill_older(&rows[i], arena, db, input, code ? &later : err);
        code = code ? code : read;
    }
    ton_database_close(db);
    return code;
}

enum ton_code check_rows(struct ton_line_page_row **out, int *n, struct ton_arena *arena,
                         const struct check_plan *plan, const struct ton_line_check_result *result,
                         struct ton_err *err) {
    const bool some = plan->from_list && result->n < plan->production->n_inputs;
    *n = some ? plan->production->n_inputs : result->n;
    *out = TON_NEW_N(arena, struct ton_line_page_row, *n + 1);
    if (!*out)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    if (some)
        return fill_list(*out, arena, plan->production, result, err);
    for (int i = 0; i < result->n; i++)
        fill_new(&(*out)[i], arena, &result->lines[i]);
    return TON_OK;
}
