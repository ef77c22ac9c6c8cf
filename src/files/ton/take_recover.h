/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_TAKE_RECOVER_H
#define TON_TAKE_RECOVER_H

#include "ton/err.h"

#include <stdbool.h>
#include <stdint.h>

/* Completes a take that a crash left: its header says what is there, and what does not make up a
 * frame at the end is cut off. `*frames` is how many the file has (-1: none of
 * them can be relied on, for it failed), `*found` how many of them the
 * header did not know. A WAV whose header is right is left as it is. TON_INPUT when it is no WAV,
 * or when nothing of it can be recovered; TON_ENVIRONMENT while a process writes it. @thread any */
enum ton_code ton_take_recover(int64_t *frames, int64_t *found, const char *path,
                               struct ton_err *err);

/* A process writes it at this moment, and not the one that asks. @thread any */
bool ton_take_is_held(const char *path);

#endif
