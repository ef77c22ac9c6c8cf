/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the command line gave, asked by the key of a row. */
#include "verb.h"

#include "ton/path.h"

/* The last one given counts; NULL: none. */
static const struct ton_setting *setting_of(const struct ton_given *given, const char *key) {
    for (size_t i = given->n_settings; i > 0; i--)
        if (strcmp(given->settings[i - 1].row->key, key) == 0)
            return &given->settings[i - 1];
    return NULL;
}

const char *ton_given_text(const struct ton_given *given, const char *key) {
    const struct ton_setting *setting = setting_of(given, key);
    return setting ? setting->text : NULL;
}

float ton_given_value(const struct ton_given *given, const char *key) {
    const struct ton_setting *setting = setting_of(given, key);
    if (setting)
        return setting->value;
    for (int i = 0; given->verb && i < given->verb->n_options; i++)
        if (strcmp(given->verb->options[i].key, key) == 0)
            return given->verb->options[i].def;
    return 0;
}

bool ton_given_switch(const struct ton_given *given, const char *key) {
    return ton_given_value(given, key) != 0;
}

const char *const *ton_given_many(const struct ton_given *given, const char *key, int *n) {
    const char **texts = NULL;
    size_t used = 0, capacity = 0;
    for (size_t i = 0; i < given->n_settings; i++) {
        if (strcmp(given->settings[i].row->key, key) != 0)
            continue;
        const char **slot = TON_PUSH(given->arena, texts, used, capacity);
        if (slot)
            *slot = given->settings[i].text;
    }
    *n = (int)used;
    return texts;
}

const char *ton_given_seen(const struct ton_given *given, const char *path) {
    const char *folder = ton_given_text(given, "directory");
    const char *there = folder ? ton_path_join(given->arena, folder, path) : NULL;
    return there ? there : path;
}
