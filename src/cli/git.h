/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_GIT_H
#define TON_GIT_H

#include "ton/arena.h"
#include "ton/text.h"

/* The text of a file as it was at a revision. `path` is taken from the current folder, else from
 * the top of the repository; `*place` is where it is or would be on disk. Fails with TON_INPUT and
 * what is wrong: no repository, no such revision, a file that is not committed yet, that came
 * later, that had another name; with TON_ENVIRONMENT when git cannot be started. Runs git itself,
 * never a shell. */
enum ton_code ton_git_show(struct ton_text *out, const char **place, struct ton_arena *arena,
                           const char *revision, const char *path, struct ton_err *err);

#endif
