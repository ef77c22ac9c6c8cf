/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chain presets for `ton processors --presets`. */
#include "print.h"
#include "processors.h"
#include "verb.h"

#include "ton/json.h"
#include "ton/preset.h"

static const char *place_of(const struct ton_preset *p) {
    return p->path ? p->path : "built in";
}

static struct ton_json *preset_json(const struct ton_preset *p) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "name", ton_json_string(p->name));
    ton_json_set(j, "text", ton_json_string(p->text));
    ton_json_set(j, "listen", ton_json_string(p->listen));
    ton_json_set(j, "path", ton_json_string(p->path));
    ton_json_set(j, "yaml", ton_json_string(p->yaml));
    return j;
}

static enum ton_code print_json(const struct ton_preset *list, int n, struct ton_err *err) {
    struct ton_json *j = ton_json_object(), *all = ton_json_array();
    for (int i = 0; i < n; i++)
        ton_json_add(all, preset_json(&list[i]));
    ton_json_set(j, "presets", all);
    return ton_print_json(j, err);
}

static enum ton_code print_list(struct ton_arena *arena, const struct ton_preset *list, int n,
                                struct ton_err *err) {
    struct ton_table table = {.arena = arena, .columns = "llp"};
    for (int i = 0; i < n; i++) {
        ton_table_add(&table, list[i].name);
        ton_table_add(&table, place_of(&list[i]));
        ton_table_add(&table, list[i].text);
    }
    return ton_table_print(&table, err);
}

static const struct ton_preset *find(const struct ton_preset *list, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (ton_text_same(list[i].name, name))
            return &list[i];
    return NULL;
}

static enum ton_code say_unknown(const struct ton_preset *list, int n, const char *name,
                                 struct ton_arena *arena, struct ton_err *err) {
    const char **names = TON_NEW_N(arena, const char *, n + 1);
    for (int i = 0; names && i < n; i++)
        names[i] = list[i].name;
    const char *nearest = names ? ton_nearest(name, names, (size_t)n) : NULL;
    return ton_fail(err, TON_INPUT, NULL, "there is no preset `%s`%s%s%s", name,
                    nearest ? "; did you mean `" : "; `ton processors --presets` lists them",
                    nearest ? nearest : "", nearest ? "`?" : "");
}

static enum ton_code read(struct ton_preset **list, int *n, struct ton_arena *arena,
                          const char *folder, struct ton_err *err) {
    struct ton_problems problems = {.arena = arena};
    const enum ton_code code = ton_presets_list(list, n, arena, folder, &problems, err);
    return ton_print_problems(&problems, code, err);
}

/* The file itself, to be copied into presets/ and changed. One that is built in is looked for
 * first: a shell has emptied `presets/kick.yaml` before it is printed into it. */
static enum ton_code print_one(const struct ton_given *given, const char *name,
                               struct ton_err *err) {
    struct ton_preset *list = NULL;
    struct ton_text out = {0};
    int n = 0;
    enum ton_code code = read(&list, &n, given->arena, NULL, err);
    const struct ton_preset *p = code == TON_OK ? find(list, n, name) : NULL;
    if (!p && code == TON_OK) {
        code = read(&list, &n, given->arena, ".", err);
        p = code == TON_OK ? find(list, n, name) : NULL;
    }
    if (code != TON_OK || !p)
        return code != TON_OK ? code : say_unknown(list, n, name, given->arena, err);
    if (ton_given_switch(given, "json"))
        return print_json(p, 1, err);
    ton_text_add_n(&out, p->yaml, p->size);
    return ton_print_text(&out, err);
}

bool ton_preset_is_there(struct ton_arena *arena, const char *name) {
    struct ton_preset *list = NULL;
    int n = 0;
    return !read(&list, &n, arena, ".", NULL) && find(list, n, name);
}

enum ton_code ton_presets_print(const struct ton_given *given, struct ton_err *err) {
    struct ton_preset *list = NULL;
    int n = 0;
    if (given->n_arguments > 0)
        return print_one(given, given->arguments[0], err);
    const enum ton_code code = read(&list, &n, given->arena, ".", err);
    if (code != TON_OK)
        return code;
    return ton_given_switch(given, "json") ? print_json(list, n, err)
                                           : print_list(given->arena, list, n, err);
}
