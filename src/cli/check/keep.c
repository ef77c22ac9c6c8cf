/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stays of a line check in the production, and the patch sheet. */
#include "check.h"

#include "config.h"
#include "print.h"

#include "ton/database.h"
#include "ton/json.h"
#include "ton/line_page.h"
#include "ton/patch.h"
#include "ton/path.h"

const char check_page_path[] = "reports/line-check.html";
static const char text_path[] = "reports/line-check.txt";

const char *check_device_text(struct ton_arena *arena, const struct ton_device_status *device) {
    return ton_arena_printf(arena, "%s %s, %g kHz, %d frames a period", device->backend,
                            device->name, device->rate / 1000.0, device->period_frames);
}

static enum ton_code keep_page(struct ton_arena *arena, const struct check_plan *plan,
                               const struct ton_line_check_result *r,
                               const struct ton_line_page_row *rows, int n, struct ton_err *err) {
    struct ton_text page = {0};
    const struct ton_line_page what = {
        .title = plan->title,
        .device = check_device_text(arena, &r->device),
        .date = kept_now(arena, "%Y-%m-%d %H:%M", false),
        .seconds = r->n_windows * TON_LINE_CHECK_SECONDS,
        .remarks = r->remarks,
        .n_remarks = r->n_remarks,
        .rows = rows,
        .n = n,
        .program = "ton " TON_VERSION,
    };
    ton_line_page_write(&page, &what);
    return kept_write(check_page_path, &page, err);
}

static void add_row(struct ton_text *text, const struct ton_line_page_row *row, int number) {
    ton_text_printf(text, "%d ", number);
    ton_text_add(text, row->name);
    ton_text_printf(text, " (%s): %s", row->port, ton_checked_name((enum ton_checked)row->verdict));
    if (row->older || row->unchecked)
        ton_text_printf(text, " (%s)", row->unchecked ? "not checked yet" : row->older);
    ton_text_add(text, "\n");
    for (int i = 0; i < row->n_remarks; i++)
        check_add_remark(text, row->name,
                         &(struct ton_check_remark){(enum ton_checked)row->remarks[i].weight, NULL,
                                                    row->remarks[i].found, row->remarks[i].remedy,
                                                    0});
}

static enum ton_code keep_text(struct ton_arena *arena, const struct ton_line_check_result *r,
                               const struct ton_line_page_row *rows, int n, struct ton_err *err) {
    struct ton_text text = {0};
    ton_text_printf(&text, "%s, %s\n\n", kept_now(arena, "%Y-%m-%d %H:%M", false),
                    check_device_text(arena, &r->device));
    for (int i = 0; i < n; i++)
        add_row(&text, &rows[i], i + 1);
    return kept_write(text_path, &text, err);
}

static const char *sentences(struct ton_arena *arena, const struct ton_line_checked *line) {
    struct ton_text text = {0};
    check_add_remarks(&text, line, true);
    const char *kept = text.length ? ton_arena_text(arena, text.data) : NULL;
    ton_text_free(&text);
    return kept;
}

const char *check_json_text(struct ton_arena *arena, struct ton_json *j) {
    char *text = ton_json_dump(j, false);
    const char *kept = ton_arena_text(arena, text);
    ton_free(text);
    ton_json_free(j);
    return kept;
}

enum ton_code check_keep_row(struct ton_check_row *row, struct ton_err *err) {
    struct ton_database *db = NULL;
    enum ton_code code = ton_database_open(&db, ".", err);
    if (!code)
        code = ton_check_add(db, row, err);
    ton_database_close(db);
    return code;
}

static enum ton_code keep_row(struct ton_arena *arena, const struct ton_line_check_result *r,
                              struct ton_err *err) {
    struct ton_checked_line *lines = TON_NEW_N(arena, struct ton_checked_line, r->n + 1);
    if (!lines)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    for (int i = 0; i < r->n; i++)
        lines[i] = (struct ton_checked_line){
            .name = r->lines[i].input->name,
            .port = r->lines[i].input->port,
            .verdict = r->lines[i].verdict,
            .figures = check_json_text(arena, check_line_json(&r->lines[i])),
            .sentences = sentences(arena, &r->lines[i]),
        };
    struct ton_check_row row = {
        .began = kept_now(arena, "%Y-%m-%dT%H:%M:%SZ", true),
        .device = check_device_text(arena, &r->device),
        .rate = r->device.rate,
        .seconds = r->n_windows * TON_LINE_CHECK_SECONDS,
        .lines = lines,
        .n_lines = r->n,
    };
    return check_keep_row(&row, err);
}

static enum ton_code keep_reports(struct ton_arena *arena, const struct check_plan *plan,
                                  const struct ton_line_check_result *result,
                                  const struct ton_line_page_row *rows, int n,
                                  struct ton_err *err) {
    enum ton_code code = ton_path_make_folders("reports", err);
    if (!code)
        code = keep_page(arena, plan, result, rows, n, err);
    return code ? code : keep_text(arena, result, rows, n, err);
}

/* What was measured is on the stage once: whatever can be kept of it is, and the first failure is
 * told. */
enum ton_code check_keep(struct ton_arena *arena, const struct check_plan *plan,
                         const struct ton_line_check_result *result, struct ton_err *err) {
    struct ton_line_page_row *rows;
    struct ton_err later;
    int n;
    enum ton_code code = keep_row(arena, result, err);
    const enum ton_code read = check_rows(&rows, &n, arena, plan, result, code ? &later : err);
    code = code ? code : read;
    const enum ton_code kept =
        rows ? keep_reports(arena, plan, result, rows, n, code ? &later : err) : TON_OK;
    return code ? code : kept;
}

enum ton_code check_sheet(const struct ton_given *given, const char *path, struct ton_err *err) {
    struct check_plan plan;
    enum ton_code code = kept_check_place(given->arena, path, err);
    code = code ? code : check_plan_list(&plan, given, err);
    struct ton_patch_row *rows =
        code ? NULL : TON_NEW_N(given->arena, struct ton_patch_row, plan.n_inputs);
    if (code || !rows)
        return code ? code : ton_fail(err, TON_MEMORY, NULL, "no memory");
    for (int i = 0; i < plan.n_inputs; i++)
        rows[i] = (struct ton_patch_row){
            plan.inputs[i].name,  plan.inputs[i].port, plan.inputs[i].source,
            plan.inputs[i].stand, plan.inputs[i].note, ton_input_is_inverted(&plan.inputs[i])};
    const struct ton_patch_sheet sheet = {
        .title = plan.title,
        .artist = plan.artist,
        .date = kept_now(given->arena, "%Y-%m-%d", false),
        .letter = ton_given_switch(given, "letter"),
        .rows = rows,
        .n = plan.n_inputs,
    };
    struct ton_text text = {0};
    code = ton_patch_sheet_write(path, &sheet, err);
    if (code)
        return code;
    ton_text_printf(&text, "Patch sheet: %s, %d line%s\n", ton_given_seen(given, path),
                    plan.n_inputs, plan.n_inputs == 1 ? "" : "s");
    return ton_print_text(&text, err);
}
