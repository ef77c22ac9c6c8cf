/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CLI_KEPT_H
#define TON_CLI_KEPT_H

#include "verb.h"

#include "ton/arena.h"
#include "ton/text.h"

/* What verbs leave behind in files. */

/* The time, as strftime writes it; in UTC or as the clock on the wall. */
const char *kept_now(struct ton_arena *arena, const char *format, bool utc);

/* Writes and frees the text. */
enum ton_code kept_write(const char *path, struct ton_text *text, struct ton_err *err);

/* "Report: reports/room.html", the last line of what kept it. */
enum ton_code kept_tell(const struct ton_given *given, const char *page, struct ton_err *err);

/* For a file that the user named: TON_INPUT in the folder of a production's takes, or in one below
 * it. */
enum ton_code kept_check_place(struct ton_arena *arena, const char *path, struct ton_err *err);

#endif
