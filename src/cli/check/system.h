/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `ton check --system` is made of. */
#ifndef TON_CLI_CHECK_SYSTEM_H
#define TON_CLI_CHECK_SYSTEM_H

#include "check.h"

#include "ton/system_check.h"

/* Whatever the command line says; also that an option is for `--system` alone. */
enum ton_code check_system(const struct ton_given *given, struct ton_err *err);

/* system_tell.c: as a table with what to do below it, or as JSON. */
enum ton_code check_system_tell(struct ton_arena *arena, const struct ton_system *s,
                                struct ton_err *err);
struct ton_json *check_system_json(const struct check_plan *plan, const struct ton_system *s);

/* system_keep.c: the page, the text and the row in the production. */
extern const char check_system_page_path[];
enum ton_code check_system_keep(struct ton_arena *arena, const struct check_plan *plan,
                                const struct ton_system *s, struct ton_err *err);

#endif
