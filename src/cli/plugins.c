/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton processors --lv2: the plug-ins of this computer, and what one of them can be set to. */
#include "print.h"
#include "processors.h"

#include "ton/json.h"
#include "ton/lv2.h"
#include "ton/text.h"

static struct ton_json *plugin_json(const struct ton_lv2_plugin *p) {
    struct ton_json *j = ton_processor_json(p->processor);
    ton_json_set(j, "uri", ton_json_string(p->uri));
    ton_json_set(j, "kind", ton_json_string(p->kind));
    ton_json_set(j, "bundle", ton_json_string(p->bundle));
    ton_json_set(j, "unusable", ton_json_string(p->unusable));
    ton_json_set(j, "audio_in", ton_json_integer(p->audio_in));
    ton_json_set(j, "audio_out", ton_json_integer(p->audio_out));
    ton_json_set(j, "sidechain", ton_json_bool(p->sidechain > 0));
    ton_json_set(j, "notes", ton_json_bool(p->notes > 0));
    return j;
}

static enum ton_code add_presets(struct ton_json *j, struct ton_arena *arena,
                                 const struct ton_lv2_plugin *p, struct ton_err *err) {
    const char **names = NULL;
    size_t n = 0;
    const enum ton_code code = ton_lv2_presets(&names, &n, arena, p, err);
    ton_json_set(j, "presets", ton_json_strings(names, n));
    return code;
}

static enum ton_code print_all(struct ton_arena *arena, bool json, struct ton_err *err) {
    struct ton_lv2_plugin *plugins = NULL;
    size_t n = 0;
    const enum ton_code code = ton_lv2_list(&plugins, &n, arena, err);
    if (code)
        return code;
    struct ton_table table = {.arena = arena, .columns = "lll"};
    struct ton_json *j = ton_json_object(), *list = ton_json_array();
    for (size_t i = 0; i < n; i++) {
        ton_table_add(&table, plugins[i].name);
        ton_table_add(&table, plugins[i].unusable ? "cannot be used" : plugins[i].kind);
        ton_table_add(&table, plugins[i].uri);
        if (json)
            ton_json_add(list, plugin_json(&plugins[i]));
    }
    ton_json_set(j, "plugins", list);
    if (json)
        return ton_print_json(j, err);
    ton_json_free(j);
    return ton_table_print(&table, err);
}

/* As it stands in a chain, with all that it can be set to; its presets. */
static enum ton_code print_example(struct ton_arena *arena, const struct ton_lv2_plugin *p,
                                   struct ton_err *err) {
    struct ton_text out = {0};
    const char **names = NULL;
    size_t n = 0;
    const enum ton_code code = ton_lv2_presets(&names, &n, arena, p, err);
    if (code)
        return code;
    ton_text_printf(&out,
                    "\nIn a chain, with every control at its default:\n\n  - lv2:\n"
                    "      plugin: %s\n",
                    p->uri);
    if (p->processor->n_rows > 0)
        ton_text_add(&out, "      controls:\n");
    ton_processor_example(&out, p->processor, "        ");
    if (p->sidechain)
        ton_text_add(&out, "      sidechain: Kick     # a track or bus\n");
    for (size_t i = 0; i < n; i++)
        ton_text_printf(&out, "%s  %s\n", i ? "" : "\nPresets:\n\n", names[i]);
    if (p->unusable)
        ton_text_printf(&out, "\nIt cannot be used: it %s.\n", p->unusable);
    return ton_print_prose(&out, err);
}

enum ton_code ton_plugins_print(struct ton_arena *arena, const char *name, bool json,
                                struct ton_err *err) {
    struct ton_lv2_plugin plugin;
    if (!name)
        return print_all(arena, json, err);
    enum ton_code code = ton_lv2_find(&plugin, name, err);
    if (code)
        return code;
    if (json) {
        struct ton_json *j = plugin_json(&plugin);
        code = add_presets(j, arena, &plugin, err);
        if (!code)
            return ton_print_json(j, err);
        ton_json_free(j);
        return code;
    }
    code = ton_processor_print_rows(arena, plugin.processor, err);
    return code ? code : print_example(arena, &plugin, err);
}
