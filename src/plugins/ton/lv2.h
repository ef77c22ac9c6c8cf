/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LV2_H
#define TON_LV2_H

#include "ton/foreign.h"

/* LV2 plug-ins as processors (ton/foreign.h). Only what is installed where LV2_PATH or the usual
 * folders say is found. @thread main */

/* From now on chains can have them. `host` is the program that runs them, NULL: beside this one, or
 * where it is installed. Nothing happens in a build without LV2. */
void ton_lv2_register(const char *host);

struct ton_lv2_plugin {
    const char *uri, *name;
    const char *kind;     /* "Reverb" */
    const char *unusable; /* what is wrong with it, behind its name; NULL: it can be used */
    const char *bundle;   /* its folder */
    int audio_in, audio_out, sidechain, notes; /* ports */
    const struct ton_processor *processor;     /* with its rows */
};

/* Everything that is installed, by name. TON_ENVIRONMENT in a build without LV2. */
enum ton_code ton_lv2_list(struct ton_lv2_plugin **out, size_t *n, struct ton_arena *arena,
                           struct ton_err *err);
/* One of them, by its address or name; says which one comes near. */
enum ton_code ton_lv2_find(struct ton_lv2_plugin *out, const char *name, struct ton_err *err);
/* Names of the presets that are installed with it. */
enum ton_code ton_lv2_presets(const char ***out, size_t *n, struct ton_arena *arena,
                              const struct ton_lv2_plugin *plugin, struct ton_err *err);

#endif
