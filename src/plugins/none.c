/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In place of this room in a build without LV2. */
#include "ton/lv2.h"

static enum ton_code fail(struct ton_err *err) {
    return ton_fail(err, TON_ENVIRONMENT, NULL, "this `ton` was built without LV2 plug-ins");
}

void ton_lv2_register(const char *host) {
    (void)host;
}

enum ton_code ton_lv2_list(struct ton_lv2_plugin **out, size_t *n, struct ton_arena *arena,
                           struct ton_err *err) {
    (void)arena;
    *out = NULL;
    *n = 0;
    return fail(err);
}

enum ton_code ton_lv2_find(struct ton_lv2_plugin *out, const char *name, struct ton_err *err) {
    (void)name;
    *out = (struct ton_lv2_plugin){.uri = NULL};
    return fail(err);
}

enum ton_code ton_lv2_presets(const char ***out, size_t *n, struct ton_arena *arena,
                              const struct ton_lv2_plugin *plugin, struct ton_err *err) {
    (void)arena, (void)plugin;
    *out = NULL;
    *n = 0;
    return fail(err);
}
