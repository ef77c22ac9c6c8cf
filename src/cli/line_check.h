/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `ton check` is made of. */
#ifndef TON_CLI_LINE_CHECK_H
#define TON_CLI_LINE_CHECK_H

#include "device_choice.h"
#include "verb.h"

#include "ton/line_check.h"

/* Which lines are checked, on which device. */
struct check_plan {
    struct device_choice choice;
    int rate;
    struct ton_input *inputs;
    int n_inputs;
    const char *title; /* of the production; NULL: there is none */
    bool from_list;    /* of a production; else every physical input of the device */
};

/* check_plan.c: those of production.yaml that were named, or all; without a list all inputs of the
 * device. */
enum ton_code check_plan_make(struct check_plan *plan, const struct ton_given *given,
                              struct ton_err *err);

/* check_live.c: listens until it is over, showing levels where there is a terminal. */
enum ton_code check_listen(struct ton_line_check *check, const struct check_plan *plan,
                           double seconds, struct ton_err *err);

/* check_tell.c: the result as a table with remarks, or as JSON. */
enum ton_code check_tell(struct ton_arena *arena, const struct check_plan *plan,
                         const struct ton_line_check_result *result, struct ton_err *err);
struct ton_json *check_json(const struct check_plan *plan,
                            const struct ton_line_check_result *result);

#endif
