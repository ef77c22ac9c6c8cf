/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chain presets: finds them by name in the production's presets/ and among those built in, and
 * reads their heads. Their chains are read where they are used (chain.c). */
#include "presets.h"

#include "build.h"

#include "ton/embedded.h"
#include "ton/foreign.h"
#include "ton/path.h"
#include "ton/preset.h"

enum { MOST_BYTES = 1 << 20 };

struct head {
    const char *text, *listen;
    const struct ton_node *chain;
};

static void ignore(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                   const struct ton_node *value, void *out) {
    (void)r, (void)field, (void)key, (void)value, (void)out;
}

static void keep(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                 const struct ton_node *value, void *out) {
    (void)r, (void)field, (void)key;
    ((struct head *)out)->chain = value;
}

static const struct ton_field fields[] = {
    {.row = {.key = "tonmeister",
             .kind = TON_COUNT,
             .min = 1,
             .max = 1,
             .flags = TON_ROW_REQUIRED,
             .help = "The version of this format: 1."},
     .read = ignore},
    {.row = {.key = "text",
             .kind = TON_TEXT,
             .flags = TON_ROW_REQUIRED,
             .help = "What the chain is for."},
     .read = ton_read_text,
     .offset = offsetof(struct head, text)},
    {.row = {.key = "listen",
             .kind = TON_TEXT,
             .help = "What to listen for, and what to change then."},
     .read = ton_read_text,
     .offset = offsetof(struct head, listen)},
    {.row = {.key = "chain",
             .kind = TON_TEXT,
             .flags = TON_ROW_REQUIRED,
             .help = "The processors, as in a session."},
     .read = keep},
};

/* `lead-vocal.yaml` is called `lead vocal`. */
static const char *name_of(struct ton_arena *a, const char *path) {
    const char *stem = ton_path_stem(a, path);
    char *name = stem ? ton_arena_copy(a, stem, strlen(stem)) : NULL;
    for (char *c = name; c && *c; c++)
        *c = *c == '-' || *c == '_' ? ' ' : *c;
    return name;
}

static int by_name(const void *a, const void *b) {
    return strcmp(((const struct ton_preset *)a)->name, ((const struct ton_preset *)b)->name);
}

static bool has_name(const struct ton_preset *list, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (ton_text_same(list[i].name, name))
            return true;
    return false;
}

/* Names and places of all presets, sorted; their texts only of those built in. */
static struct ton_preset *find_all(size_t *n, struct ton_arena *a, const char *folder) {
    struct ton_preset *list = NULL;
    size_t capacity = 0, n_files = 0;
    char **files = NULL;
    const char *own = folder ? ton_path_join(a, folder, "presets") : NULL;
    *n = 0;
    if (!own || !ton_path_is_folder(own) || ton_path_list(&files, &n_files, a, own, NULL) != TON_OK)
        n_files = 0;
    for (size_t i = 0; i < n_files; i++) {
        struct ton_preset *p =
            ton_text_ends(files[i], ".yaml") ? TON_PUSH(a, list, *n, capacity) : NULL;
        if (p)
            *p = (struct ton_preset){.name = name_of(a, files[i]),
                                     .path = ton_path_join(a, own, files[i])};
    }
    for (const struct ton_embedded *e = ton_embedded_presets; e->name; e++) {
        const char *name = name_of(a, e->name);
        struct ton_preset *p =
            name && !has_name(list, *n, name) ? TON_PUSH(a, list, *n, capacity) : NULL;
        if (p)
            *p = (struct ton_preset){.name = name, .yaml = e->text, .size = e->size};
    }
    if (*n > 0)
        qsort(list, *n, sizeof *list, by_name);
    return list;
}

static enum ton_code read_text(struct ton_preset *p, struct ton_arena *a, struct ton_err *err) {
    char *text = NULL;
    if (p->yaml)
        return TON_OK;
    const enum ton_code code = ton_path_read(&text, &p->size, a, p->path, MOST_BYTES, err);
    p->yaml = text;
    return code;
}

/* Its document and what stands at its root; false when that cannot be used, which was said then. */
static bool read_head(struct head *out, struct ton_document *doc, const struct ton_preset *p,
                      struct ton_arena *a, const char *path, struct ton_problems *problems) {
    struct ton_err err = {.code = TON_OK};
    if (ton_document_parse(doc, a, path, p->yaml, p->size, problems, &err) != TON_OK) {
        problems->out_of_memory |= err.code == TON_MEMORY;
        return false;
    }
    struct ton_reader r = {.doc = doc, .arena = a};
    *out = (struct head){NULL, NULL, NULL};
    ton_fields_read(&r, TON_COUNTED(fields), doc->root, "a preset", out);
    return ton_document_verdict(doc, &err) == TON_OK && out->chain;
}

/* As it is called in errors. */
static const char *place_of(struct ton_arena *a, const struct ton_preset *p) {
    return p->path ? p->path : ton_arena_printf(a, "preset %s", p->name);
}

enum ton_code ton_presets_list(struct ton_preset **out, int *n, struct ton_arena *arena,
                               const char *folder, struct ton_problems *problems,
                               struct ton_err *err) {
    size_t count;
    *out = find_all(&count, arena, folder);
    *n = (int)count;
    for (int i = 0; i < *n; i++) {
        struct ton_preset *p = &(*out)[i];
        struct ton_document doc;
        struct head head;
        const enum ton_code code = read_text(p, arena, err);
        if (code != TON_OK)
            return code;
        if (!read_head(&head, &doc, p, arena, place_of(arena, p), problems))
            return ton_fail(err, TON_INPUT, place_of(arena, p), "the preset has mistakes");
        p->text = head.text;
        p->listen = head.listen;
    }
    return ton_arena_failed(arena) ? ton_fail(err, TON_MEMORY, NULL, "no memory for the presets")
                                   : TON_OK;
}

enum ton_code ton_preset_read(struct ton_chain *out, struct ton_arena *arena, const char *path,
                              const struct ton_takes *takes, struct ton_problems *problems,
                              struct ton_err *err) {
    struct ton_document doc;
    struct ton_preset preset = {.path = path};
    struct head head = {NULL, NULL, NULL};
    struct ton_reader r = {
        .doc = &doc, .arena = arena, .takes = takes, .folder = ton_path_folder(arena, path)};
    *out = (struct ton_chain){.n = 0};
    enum ton_code code = r.folder ? read_text(&preset, arena, err)
                                  : ton_fail(err, TON_MEMORY, path, "no memory for the chain");
    if (!code)
        code = ton_document_parse(&doc, arena, path, preset.yaml, preset.size, problems, err);
    if (code)
        return code;
    ton_fields_read(&r, TON_COUNTED(fields), doc.root, "a chain's file", &head);
    if (head.chain)
        ton_chain_read(&r, head.chain, NULL, out);
    return ton_document_verdict(&doc, err);
}

static bool refuse(struct ton_reader *r, const char *name) {
    const char **refused =
        TON_PUSH(r->arena, r->refused_presets, r->n_refused_presets, r->refused_presets_capacity);
    if (refused)
        *refused = name;
    return false;
}

static bool was_refused(const struct ton_reader *r, const char *name) {
    for (size_t i = 0; i < r->n_refused_presets; i++)
        if (ton_text_same(r->refused_presets[i], name))
            return true;
    return false;
}

/* True, and said, when the chain of the preset would come round to itself. */
static bool loops(const struct preset_use *outer, struct ton_reader *r, const struct ton_node *name,
                  const char *path) {
    for (const struct preset_use *u = outer; u; u = u->outer)
        if (ton_text_same(u->path, path)) {
            ton_node_error(r->doc, name, "the preset `%s` would be in itself without end",
                           name->text);
            return true;
        }
    return false;
}

static void say_unknown(struct ton_reader *r, const struct ton_node *name,
                        const struct ton_preset *list, size_t n) {
    const char **names = TON_NEW_N(r->arena, const char *, n + 1);
    for (size_t i = 0; names && i < n; i++)
        names[i] = list[i].name;
    const char *nearest = names ? ton_nearest(name->text, names, n) : NULL;
    if (nearest)
        ton_node_error(r->doc, name, "there is no preset `%s`; did you mean `%s`?", name->text,
                       nearest);
    else
        ton_node_error(r->doc, name,
                       "there is no preset `%s`; `ton processors --presets` lists them, and files "
                       "in presets/ are presets too",
                       name->text);
}

bool preset_open(struct preset_use *use, struct ton_reader *r, const struct ton_node *name) {
    size_t n = 0;
    if (name->kind != TON_NODE_SCALAR || ton_node_is_null(name)) {
        ton_node_error(r->doc, name, "`preset` is the name of a preset, not %s",
                       ton_node_found(r->doc, name));
        return false;
    }
    if (was_refused(r, name->text))
        return false;
    struct ton_preset *found = NULL, *list = find_all(&n, r->arena, r->folder);
    for (size_t i = 0; i < n && !found; i++)
        found = ton_text_same(list[i].name, name->text) ? &list[i] : NULL;
    if (!found) {
        say_unknown(r, name, list, n);
        return refuse(r, name->text);
    }
    struct ton_err err = {.code = TON_OK};
    struct head head;
    use->path = place_of(r->arena, found);
    use->from = use->outer ? use->outer->from : ton_node_where(r->doc, name);
    use->doc = TON_NEW(r->arena, struct ton_document);
    use->errors_before = r->doc->problems->n_errors;
    if (loops(use->outer, r, name, use->path))
        return false;
    if (read_text(found, r->arena, &err) != TON_OK) {
        ton_node_error(r->doc, name, "the preset `%s` cannot be read: %s", name->text, err.text);
        return refuse(r, name->text);
    }
    if (!use->doc || !read_head(&head, use->doc, found, r->arena, use->path, r->doc->problems)) {
        preset_close(use, r, name);
        return false;
    }
    use->chain = head.chain;
    return true;
}

bool preset_close(const struct preset_use *use, struct ton_reader *r, const struct ton_node *name) {
    if (r->doc->problems->n_errors == use->errors_before)
        return true;
    ton_node_error(r->doc, name, "the preset `%s` has mistakes, which are said at their places",
                   name->text);
    return refuse(r, name->text);
}

static const char *kind_of(const struct ton_chain_item *item) {
    return item->setup ? ton_foreign()->kind : item->processor->id;
}

const char *preset_item(struct ton_arena *arena, const struct ton_chain *chain, int first, int i) {
    const char *kind = kind_of(&chain->items[i]), *words = ton_key_words(arena, kind);
    int nth = 1;
    for (int k = first; k < i; k++)
        nth += strcmp(kind_of(&chain->items[k]), kind) == 0;
    return nth == 1 ? words : ton_arena_printf(arena, "%s %d", words, nth);
}

const char *preset_items(struct ton_arena *arena, const struct ton_chain *chain, int first) {
    struct ton_text t = {0};
    for (int i = first; i < chain->n; i++)
        ton_text_add_name(&t, i - first, chain->n - first, preset_item(arena, chain, first, i));
    const char *text = ton_arena_text(arena, t.data ? t.data : "nothing");
    ton_text_free(&t);
    return text ? text : "";
}

struct ton_json *preset_schema(void) {
    struct ton_json *properties = ton_json_object();
    struct ton_json *schema = ton_schema_of(
        "object", "The chain of a preset: of a file in presets/, or one that `ton processors "
                  "--presets` lists. Beside it what its processors are to have otherwise, such as "
                  "`compressor: {threshold: -20 dB}`.");
    struct ton_json *required = ton_json_array();
    ton_json_set(properties, "preset", ton_schema_of("string", "The name of the preset."));
    ton_json_add(required, ton_json_string("preset"));
    ton_json_set(schema, "properties", properties);
    ton_json_set(schema, "required", required);
    ton_json_set(schema, "additionalProperties", ton_schema_of("object", NULL));
    return schema;
}
