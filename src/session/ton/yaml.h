/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_YAML_H
#define TON_SESSION_YAML_H

#include "ton/arena.h"
#include "ton/text.h"

/* Writes YAML as a person would. @thread any, the one that owns the arena */

/* Appends a text as a scalar: plain where that means the same, else in double quotes. Safe in flow
 * collections and as a key. */
void ton_yaml_scalar(struct ton_text *out, const char *text);

/* Changes one value of a YAML text in place, keeping comments, order and layout: `path` is the keys
 * from the root
 * ("tracks", "Kick", "gain"); list items are "0", "1", …. A missing last key is added after its
 * siblings in their style. The new text must parse to the same document but for that value
 * (checked), else TON_INPUT and nothing is changed.
 * `*out` is in the arena. */
enum ton_code ton_yaml_set(char **out, struct ton_arena *arena, const char *text, size_t length,
                           const char *const *path, int n_path, const char *value,
                           struct ton_err *err);

/* The same, but a mapping `{input: 3, clips: […]}` or a list of mappings that is new there is laid
 * out line by line, and so are those in it down to so many `levels`, where what surrounds it is.
 * Where such a one stood on the line of its key, what is said behind it stays there. */
enum ton_code ton_yaml_lay_out(char **out, struct ton_arena *arena, const char *text, size_t length,
                               const char *const *path, int n_path, const char *value, int levels,
                               struct ton_err *err);

#endif
