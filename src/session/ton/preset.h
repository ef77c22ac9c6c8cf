/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PRESET_H
#define TON_PRESET_H

#include "ton/session.h"

/* A chain preset: a YAML file with a chain that sessions name. Those of the production lie in its
 * folder presets/, the rest are built in; of two with one name the production's counts. */
struct ton_preset {
    const char *name;   /* the file's, in words: `lead vocal` of lead-vocal.yaml */
    const char *text;   /* what it is for */
    const char *listen; /* what to listen for; NULL: not said */
    const char *path;   /* in the production's folder; NULL: built in */
    const char *yaml;   /* the whole file, of `size` bytes */
    size_t size;
};

/* All of them by name. `folder`: of the production; NULL: only those built in. What cannot be read
 * goes to `problems`. @thread any */
enum ton_code ton_presets_list(struct ton_preset **out, int *n, struct ton_arena *arena,
                               const char *folder, struct ton_problems *problems,
                               struct ton_err *err);

/* The chain of a preset's file, wherever that lies, for a chain of its own (as that of the monitor
 * path): files and presets that it names are looked for from its folder, the files with `takes`.
 * What is wrong with it goes to `problems`, and is TON_INPUT. @thread any */
enum ton_code ton_preset_read(struct ton_chain *out, struct ton_arena *arena, const char *path,
                              const struct ton_takes *takes, struct ton_problems *problems,
                              struct ton_err *err);

#endif
