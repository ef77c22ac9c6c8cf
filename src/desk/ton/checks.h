/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CHECKS_H
#define TON_CHECKS_H

#include "ton/arena.h"
#include "ton/database.h"

#include <stdbool.h>
#include <stdint.h>

/* Checks of lines and of the system as they happened, as rows of production.db. @thread one at a
 * time; not audio */

enum ton_checked {
    TON_CHECKED_OPEN, /* more has to be heard: nothing was played, or too little of a pair */
    TON_CHECKED_OK,
    TON_CHECKED_ATTENTION, /* usable; somebody should look at it */
    TON_CHECKED_FAULT,     /* what is recorded from it cannot be used as it is */
};
enum { TON_N_CHECKED = TON_CHECKED_FAULT + 1 };
const char *ton_checked_name(enum ton_checked verdict); /* "open", "ok", "attention", "fault" */
enum ton_checked ton_checked_named(const char *name);   /* open for any other word, and NULL */
/* What is open is graver than what is in order: of several, the gravest is the verdict on all. */
bool ton_checked_graver(enum ton_checked a, enum ton_checked than);

struct ton_checked_line {
    const char *name, *port; /* as the input list had them; of the system: what was checked, "" */
    enum ton_checked verdict;
    const char *figures;   /* a JSON object; NULL: nothing was measured */
    const char *sentences; /* what is wrong and what to do, a line each; NULL: nothing is */
};

struct ton_check_row {
    int64_t id;                           /* 0: not written yet */
    const char *subject;                  /* "lines" (NULL, too) or "system" */
    const char *began;                    /* "2026-11-29T23:53:19Z" */
    const char *device;                   /* as `ton devices` calls it */
    int rate;                             /* Hz */
    double seconds;                       /* for which it listened */
    const struct ton_checked_line *lines; /* to be written, in patch order; of a list NULL */
    int n_lines;
    int n[TON_N_CHECKED]; /* of a list: lines of each verdict */
};

/* The check and all of its lines are on the disk when it returns, or none of it; inside of
 * ton_rows_begin (ton/recordings.h) with the rest. Fills id. */
enum ton_code ton_check_add(struct ton_database *db, struct ton_check_row *check,
                            struct ton_err *err);
/* All of the production, in the order in which they were written. */
enum ton_code ton_checks_list(struct ton_check_row **out, int *n, struct ton_arena *arena,
                              struct ton_database *db, struct ton_err *err);
/* The lines of one, in patch order. */
enum ton_code ton_checked_lines(struct ton_checked_line **out, int *n, struct ton_arena *arena,
                                struct ton_database *db, int64_t check, struct ton_err *err);
/* The newest verdict on a line by name and port, and when that was ("2026-11-30 21:05", local
 * time); `*when` NULL: it never was checked. */
enum ton_code ton_checked_last(struct ton_checked_line *out, const char **when,
                               struct ton_arena *arena, struct ton_database *db, const char *name,
                               const char *port, struct ton_err *err);

#endif
