/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in files beside the command line: the user's configuration, the production. */
#include "settings.h"

#include "print.h"

#include "ton/path.h"

#include <stdlib.h>

/* Paths that are not absolute do not count (XDG Base Directory Specification 0.8). NULL: nowhere,
 * or no memory. */
static const char *settings_path(struct ton_arena *arena) {
    const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (folder && *folder == '/')
        return ton_arena_printf(arena, "%s/tonmeister/config.yaml", folder);
    return home && *home == '/' ? ton_arena_printf(arena, "%s/.config/tonmeister/config.yaml", home)
                                : NULL;
}

enum ton_code ton_given_settings(struct ton_settings *out, const struct ton_given *given,
                                 struct ton_err *err) {
    struct ton_problems problems;
    const char *path = settings_path(given->arena);
    ton_problems_init(&problems, given->arena);
    const enum ton_code code =
        ton_settings_read(out, given->arena, path ? path : "", &problems, err);
    return ton_print_problems(&problems, code, err);
}

enum ton_code ton_given_production(struct ton_production **out, const struct ton_given *given,
                                   struct ton_err *err) {
    struct ton_problems problems;
    *out = NULL;
    if (!ton_path_exists("production.yaml"))
        return TON_OK;
    ton_problems_init(&problems, given->arena);
    const enum ton_code code = ton_production_read(out, given->arena, ".", &problems, err);
    return ton_print_problems(&problems, code, err);
}

int64_t ton_cache_limit(const struct ton_settings *settings) {
    return (int64_t)(settings->cache_gb * 1e9);
}
