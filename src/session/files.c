/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that a session or a production names: where they lie, and what is wrong with those that
 * processors work with. */
#include "build.h"

#include "ton/path.h"

/* Names are looked for in audio/ first, then from the production's folder. */
const char *ton_find_file(struct ton_reader *r, const char *name) {
    const char *audio = ton_path_join(r->arena, r->folder, "audio");
    const char *path = audio ? ton_path_join(r->arena, audio, name) : NULL;
    if (!path || ton_path_exists(path))
        return path;
    const char *beside = ton_path_join(r->arena, r->folder, name);
    return beside && ton_path_exists(beside) ? beside : path;
}

/* The nearest name in the folder in which `path` would lie, written as `name` is. */
static const char *nearest_beside(struct ton_reader *r, const char *path, const char *name) {
    char **names = NULL;
    size_t n = 0;
    const char *folder = path ? ton_path_folder(r->arena, path) : NULL;
    if (!folder || ton_path_list(&names, &n, r->arena, folder, NULL) != TON_OK)
        return NULL;
    const char *last = ton_path_name(name);
    const char *nearest = ton_nearest(last, (const char **)names, n);
    return nearest ? ton_arena_printf(r->arena, "%.*s%s", (int)(last - name), name, nearest) : NULL;
}

static void say_missing(struct ton_reader *r, const char *words, const struct ton_node *value,
                        const char *path) {
    const char *nearest = nearest_beside(r, path, value->text);
    if (!nearest)
        nearest = nearest_beside(r, ton_path_join(r->arena, r->folder, value->text), value->text);
    if (nearest)
        ton_node_error(r->doc, value, "`%s`: there is no file `%s`; did you mean `%s`?", words,
                       value->text, nearest);
    else
        ton_node_error(r->doc, value,
                       "`%s`: there is no file `%s`, neither in audio/ nor in the %s folder (%s)",
                       words, value->text, r->job ? "production's" : "chain's", r->folder);
}

/* The engine reads it whole; here only what can be said of it at its place in the text. */
static void look(struct ton_reader *r, const char *words, const struct ton_node *value,
                 const char *path) {
    struct ton_take_info info = {0};
    struct ton_err err = {0};
    const bool there = ton_path_exists(path);
    const bool readable =
        there && (!r->takes->look || r->takes->look(r->takes->user, &info, path, &err) == TON_OK);
    if (!readable && r->takes->may_miss)
        ton_node_warn(r->doc, value, "`%s`: the file `%s` %s", words, value->text,
                      there ? "cannot be read" : "is missing");
    else if (!there)
        say_missing(r, words, value, path);
    else if (!readable) {
        ton_node_error(r->doc, value, "`%s`: the file `%s` cannot be used: %s%s", words,
                       value->text, ton_err_it(&err), err.text);
        r->doc->problems->n_environment += err.code == TON_ENVIRONMENT;
    } else if (r->takes->look && info.frames < 1)
        ton_node_error(r->doc, value, "`%s`: the file `%s` cannot be used: it has no sound in it",
                       words, value->text);
}

void ton_file_keep(struct ton_reader *r, const struct ton_file *file) {
    for (size_t i = 0; i < r->n_files; i++)
        if (ton_text_same(r->files[i].path, file->path))
            return;
    struct ton_file *slot = TON_PUSH(r->arena, r->files, r->n_files, r->files_capacity);
    if (slot)
        *slot = *file;
}

void ton_file_read(struct ton_reader *r, const struct ton_row *row, const struct ton_node *value,
                   struct ton_file *out) {
    const char *name;
    *out = (struct ton_file){.where = ton_node_where(r->doc, value)};
    if (!ton_text_read(r, row, value, &name))
        return;
    out->name = name;
    out->path = r->folder ? ton_find_file(r, name) : name;
    if (out->path)
        ton_file_keep(r, out);
    if (r->takes && out->path)
        look(r, ton_key_words(r->arena, row->key), value, out->path);
}

const char *ton_file_find(struct ton_reader *r, const struct ton_row *row,
                          const struct ton_node *value, const char *name) {
    const char *path = r->folder ? ton_find_file(r, name) : name;
    const struct ton_file file = {name, path, ton_node_where(r->doc, value)};
    const bool missing = path && r->takes && !ton_path_exists(path);
    if (missing && r->takes->may_miss) {
        ton_node_warn(r->doc, value, "the file `%s` is missing", name);
        return path;
    }
    if (missing) {
        say_missing(r, ton_key_words(r->arena, row->key), value, path);
        return NULL;
    }
    if (path)
        ton_file_keep(r, &file);
    return path;
}
