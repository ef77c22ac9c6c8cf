/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ERR_H
#define TON_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* What kind of failure; the command line turns it into an exit status. */
enum ton_code {
    TON_OK = 0,
    TON_MISSED,      /* done, but a spec was missed or a fault found: exit 1 */
    TON_INPUT,       /* a file, session or value cannot be used: exit 2 */
    TON_USAGE,       /* the command line cannot be understood: exit 2 */
    TON_ENVIRONMENT, /* device, disk, permission: exit 3 */
    TON_MEMORY,      /* no memory: exit 3 */
    TON_STOPPED,     /* the user asked to stop: exit 130 */
    TON_FOREIGN,     /* a plug-in failed, and what hears it is of no use: exit 3 */
};

/* One failure: a place and one sentence (found, expected, what to do). Lives on the caller's stack.
 */
struct ton_err {
    enum ton_code code;
    char where[512]; /* "sessions/night-train.yaml:31:14" or a path; may be empty */
    char text[768];
};

#define TON_PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Fills `err` (may be NULL) and returns `code`, so that `return ton_fail(err, …)` reads well.
 * `where` may be NULL.
 * @thread any */
enum ton_code ton_fail(struct ton_err *err, enum ton_code code, const char *where,
                       const char *format, ...) TON_PRINTF(4, 5);

/* Gives a failure that has no place, or only a file's, the place in a text that it hangs on.
 * Returns its code. @thread any */
enum ton_code ton_fail_at(struct ton_err *err, enum ton_code code, const char *where);

/* Of a file, `text` says what it is or has ("is empty (0 bytes)"): "it " where that follows a
 * colon.
 * @thread any */
const char *ton_err_it(const struct ton_err *err);

/* The sentence for a failed system call: maps errno to TON_ENVIRONMENT or TON_INPUT and says what
 * was tried
 * ("cannot write out/x.wav: No space left on device"). @thread any */
enum ton_code ton_fail_errno(struct ton_err *err, const char *where, const char *what);

/* All the errors and warnings of one document, in the order of their places. */
struct ton_problem {
    bool warning;
    const char *where; /* file:line:column */
    const char *text;
};

struct ton_arena;

struct ton_problems {
    struct ton_arena *arena; /* owns the texts */
    struct ton_problem *items;
    size_t n, capacity;
    size_t n_errors;
    size_t n_environment; /* of the errors: what the machine refuses (permission), not the text */
    bool out_of_memory;
};

void ton_problems_init(struct ton_problems *problems, struct ton_arena *arena);
void ton_problems_add(struct ton_problems *problems, bool warning, const char *where,
                      const char *format, ...) TON_PRINTF(4, 5);

/* TON_OK when there is no error among them; else `err` gets the first one and how many more there
 * are. */
enum ton_code ton_problems_code(const struct ton_problems *problems, struct ton_err *err);

#endif
