/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `ton check` is made of. */
#ifndef TON_CLI_CHECK_H
#define TON_CLI_CHECK_H

#include "device_choice.h"
#include "kept.h"
#include "verb.h"

#include "ton/line_check.h"
#include "ton/line_page.h"
#include "ton/production.h"
#include "ton/text.h"

/* Which lines are checked, on which device. */
struct check_plan {
    struct device_wanted device;
    struct ton_input *inputs;
    int n_inputs;
    const char *title, *artist;              /* of the production; NULL */
    const struct ton_production *production; /* NULL: this is none's folder */
    bool from_list;                          /* of it; else every physical input of the device */
};

/* plan.c: those of production.yaml that were named, or all; without a list all inputs of the
 * device. */
enum ton_code check_plan_make(struct check_plan *plan, const struct ton_given *given,
                              struct ton_err *err);
/* The device and the production's list, but no lines of the device; those that were named are all.
 */
enum ton_code check_plan_begin(struct check_plan *plan, const struct ton_given *given,
                               struct ton_err *err);

/* live.c: listens until it is over, showing levels where there is a terminal. */
enum ton_code check_listen(struct ton_line_check *check, const struct check_plan *plan,
                           double seconds, struct ton_err *err);

/* tell.c: the result as a table with remarks, or as JSON. */
enum ton_code check_tell(struct ton_arena *arena, const struct ton_line_check_result *result,
                         struct ton_err *err);
struct ton_json *check_json(const struct check_plan *plan,
                            const struct ton_line_check_result *result);
/* The figures of one line. */
struct ton_json *check_line_json(const struct ton_line_checked *line);
struct ton_json *check_device_json(const struct ton_device_status *device);
struct ton_json *check_remark_json(const struct ton_check_remark *remark);
const char *check_gain_text(struct ton_arena *arena, double gain);
/* "OH R: fault: …. What to do: …." */
void check_add_remark(struct ton_text *text, const char *name,
                      const struct ton_check_remark *remark);
/* "3 lines: 2 ok, …"; `counts` by verdict. */
void check_add_counts(struct ton_text *text, const int counts[TON_N_CHECKED], const char *of_what);
/* Every remark on a line, a sentence each; without those that only state a figure when `graver`. */
void check_add_remarks(struct ton_text *text, const struct ton_line_checked *line, bool graver);

/* rows.c: all lines of the production for its page: those of the result, and the others as
 * production.db has them. Where that does not read, it says so and has all rows still; `*out` is
 * NULL only without memory. */
enum ton_code check_rows(struct ton_line_page_row **out, int *n, struct ton_arena *arena,
                         const struct check_plan *plan, const struct ton_line_check_result *result,
                         struct ton_err *err);

/* keep.c: the row in production.db, and the page and the text in reports/ of the production; when
 * one of them cannot be written, the others are. */
extern const char check_page_path[];
enum ton_code check_keep(struct ton_arena *arena, const struct check_plan *plan,
                         const struct ton_line_check_result *result, struct ton_err *err);
/* As one line, in the arena; frees it. NULL without memory. */
const char *check_json_text(struct ton_arena *arena, struct ton_json *j);
enum ton_code check_keep_row(struct ton_check_row *row, struct ton_err *err);
/* The patch sheet, as PDF. */
enum ton_code check_sheet(const struct ton_given *given, const char *path, struct ton_err *err);
/* "jack default, 48 kHz, 256 frames a period" */
const char *check_device_text(struct ton_arena *arena, const struct ton_device_status *device);
/* plan.c: the production's list alone, without a device. */
enum ton_code check_plan_list(struct check_plan *plan, const struct ton_given *given,
                              struct ton_err *err);

#endif
