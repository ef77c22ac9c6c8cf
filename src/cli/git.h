/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_GIT_H
#define TON_GIT_H

#include "ton/text.h"

/* The text of a file as it was at a revision. `path` is taken from the current folder, else from
 * the top of the repository. Runs git itself, never a shell. */
enum ton_code ton_git_show(struct ton_text *out, const char *revision, const char *path,
                           struct ton_err *err);

#endif
