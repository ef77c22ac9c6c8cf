/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the chain of a strip or of the master: processors and their parameters, by their rows. */
#include "build.h"
#include "presets.h"

#include "ton/foreign.h"

/* A chain while it is read. */
struct chain_reader {
    struct ton_reader *r;
    const struct ton_names *strips; /* NULL: there is nothing to listen to for a side-chain */
    struct ton_chain *out;
    size_t n, capacity;           /* of out->items */
    const struct preset_use *use; /* the preset whose chain it is; NULL: none */
};

/* What every item of a chain can have beside the processor's own rows. */
static const struct ton_row item_rows[] = {
    {.key = "bypass", .kind = TON_SWITCH, .help = "Leaves the processor out."},
    {.key = "version",
     .kind = TON_COUNT,
     .min = 1,
     .max = 1000,
     .flags = TON_ROW_OPEN,
     .help = "The version of the processor's sound that it was mixed with; an error where this "
             "program has another."},
};

enum { MOST_ITEM_ROWS = TON_MOST_ROWS + sizeof item_rows / sizeof *item_rows };

static const struct ton_row *find_row(const struct ton_row *rows, int n, const char *words,
                                      int *index) {
    char key[TON_LONGEST_KEY];
    if (strchr(words, '_') || strlen(words) >= sizeof key)
        return NULL; /* people write words; one spelling of each key is enough */
    ton_words_to_key(key, sizeof key, words);
    *index = 0;
    for (int i = 0; i < n; i++) {
        if (ton_text_same(rows[i].key, key))
            return &rows[i];
        *index += ton_row_floats(&rows[i]);
    }
    return NULL;
}

/* Says that a key is unknown; the row that it stands for when that is not in the mapping itself. */
static const struct ton_row *nearest_row(struct ton_reader *r, const struct ton_node *map,
                                         const struct ton_node *key, const char *what,
                                         const struct ton_row *rows, int n, int *index) {
    char words[64];
    int nearest = ton_key_unknown(r, key, what, rows, n, sizeof *rows);
    if (nearest < 0)
        return NULL;
    ton_key_to_words(words, sizeof words, rows[nearest].key);
    return ton_node_get(map, words) ? NULL : find_row(rows, n, words, index);
}

static void read_group(struct ton_reader *r, const struct ton_row *group,
                       const struct ton_node *list, float *values);

static void read_value(struct ton_reader *r, const struct ton_row *row,
                       const struct ton_node *value, float *values) {
    if (row->kind == TON_GROUP)
        read_group(r, row, value, values);
    else
        ton_row_read(r, row, value, values);
}

/* One of a group: a mapping by the group's rows. */
static void read_instance(struct ton_reader *r, const struct ton_row *group, const char *what,
                          const struct ton_node *map, float *values) {
    if (map->kind != TON_NODE_MAP) {
        ton_node_error(r->doc, map, "%s must be a mapping of keys to values, not %s", what,
                       ton_node_found(r->doc, map));
        return;
    }
    ton_node_refuse_duplicates(r->doc, map, "key");
    uint64_t seen = 0;
    for (int i = 0; i < map->n; i++) {
        const struct ton_node *key = ton_node_key(map, i);
        int index;
        const struct ton_row *row = key->kind == TON_NODE_SCALAR
                                        ? find_row(group->rows, group->n_rows, key->text, &index)
                                        : NULL;
        if (key->kind != TON_NODE_SCALAR)
            ton_node_error(r->doc, key, "a key must be a word");
        else if (!row)
            row = nearest_row(r, map, key, what, group->rows, group->n_rows, &index);
        if (row) {
            seen |= UINT64_C(1) << ((row - group->rows) & 63);
            read_value(r, row, ton_node_value(map, i), values + index);
        }
    }
    for (int i = 0; i < group->n_rows && i < 64; i++)
        if (group->rows[i].flags & TON_ROW_REQUIRED && !(seen >> i & 1))
            ton_node_error(r->doc, map, "%s needs `%s`", what,
                           ton_key_words(r->arena, group->rows[i].key));
}

static void read_group(struct ton_reader *r, const struct ton_row *group,
                       const struct ton_node *list, float *values) {
    char words[64], what[96];
    ton_key_to_words(words, sizeof words, group->key);
    const bool is_list = list->kind == TON_NODE_LIST;
    const struct ton_node *const *items =
        is_list ? (const struct ton_node *const *)list->items : &list;
    const int n = is_list ? list->n : list->kind == TON_NODE_MAP;
    const int size = ton_rows_floats(group->rows, group->n_rows);
    if (!is_list)
        ton_node_error(r->doc, list, "`%s` is a list of mappings, not %s", words,
                       ton_node_found(r->doc, list));
    else if (n > group->n_max)
        ton_node_error(r->doc, list->items[group->n_max], "`%s` has %d entries, at most %d go",
                       words, n, group->n_max);
    for (int i = 0; i < n && i < group->n_max; i++) {
        snprintf(what, sizeof what, "entry %d of `%s`", i + 1, words);
        read_instance(r, group, what, items[i], values + 1 + (ptrdiff_t)i * size);
    }
    values[0] = (float)(is_list && n < group->n_max ? n : group->n_max);
}

void ton_sidechain_read(struct ton_reader *r, const struct ton_row *row,
                        const struct ton_node *value, const struct ton_names *strips,
                        bool in_preset, struct ton_chain_item *item) {
    const char *name;
    if (!ton_text_read(r, row, value, &name))
        return;
    if (!strips || in_preset) {
        ton_node_error(r->doc, value,
                       in_preset
                           ? "a preset knows no strip to listen to; say beside `preset:`, in a "
                             "session, what its processor listens to"
                           : "there is no strip to listen to here; a side-chain is possible in "
                             "a session only");
        return;
    }
    item->sidechain = ton_names_get(strips, name);
    if (item->sidechain < 0)
        ton_strip_unknown(ton_build_of(r), value, "the side-chain listens to");
}

static void read_version(struct ton_reader *r, const struct ton_row *row,
                         const struct ton_node *value, const struct ton_processor *processor) {
    float version;
    if (ton_row_read(r, row, value, &version) && (int)version != processor->version)
        ton_node_error(r->doc, value, "%s has version %d here; version %d is not in this program",
                       processor->name, processor->version, (int)version);
}

/* What an item of the chain can have: the processor's rows, then those that every item has. Returns
 * their number. */
static int item_table(struct ton_row rows[MOST_ITEM_ROWS], const struct ton_processor *p) {
    int n = 0;
    for (; n < p->n_rows && n < MOST_ITEM_ROWS - TON_N(item_rows); n++)
        rows[n] = p->rows[n];
    for (int i = 0; i < TON_N(item_rows); i++)
        rows[n + i] = item_rows[i];
    return n + TON_N(item_rows);
}

static void read_parameter(struct chain_reader *c, const struct ton_node *map, int i,
                           struct ton_chain_item *item) {
    struct ton_reader *r = c->r;
    const struct ton_processor *p = item->processor;
    const struct ton_node *key = ton_node_key(map, i), *value = ton_node_value(map, i);
    struct ton_row rows[MOST_ITEM_ROWS];
    char what[96];
    int index, n = item_table(rows, p);
    snprintf(what, sizeof what, "`%s`", ton_key_words(r->arena, p->id));
    const struct ton_row *row = find_row(rows, n, key->text, &index);
    if (!row)
        row = nearest_row(r, map, key, what, rows, n, &index);
    float bypass;
    if (!row)
        return;
    if (row->kind == TON_STRIP)
        ton_sidechain_read(r, row, value, c->strips, c->use != NULL, item);
    else if (row->kind == TON_PATH)
        ton_file_read(r, row, value, &item->files[ton_rows_paths(rows, (int)(row - rows))]);
    else if (row - rows < n - TON_N(item_rows))
        read_value(r, row, value, item->params + index);
    else if (row == &rows[n - 1])
        read_version(r, row, value, p);
    else if (ton_row_read(r, row, value, &bypass))
        item->bypass = bypass >= 0.5f;
}

/* Is it a plug-in's name or address, or `plugin: NAME` without its `lv2:`? Our own `gate` comes
 * before a plug-in that is called Gate. */
static bool is_plugin(const struct ton_node *name, const struct ton_node *value,
                      const char *nearest) {
    if (!ton_foreign() || (nearest && strcasecmp(name->text, nearest) == 0))
        return false;
    if (strcmp(name->text, "plugin") == 0)
        return value && value->kind == TON_NODE_SCALAR && !ton_node_is_null(value);
    return ton_text_starts(name->text, "urn:") || strstr(name->text, "://") ||
           ton_foreign()->is_called(name->text);
}

/* The processor of that name; else, said, the nearest one, so that its parameters are checked too.
 */
static const struct ton_processor *find_processor(struct ton_reader *r, const struct ton_node *name,
                                                  const struct ton_node *values) {
    const char *nearest = NULL;
    const struct ton_processor *p = ton_processor_find(name->text, &nearest);
    if (p && !strchr(name->text, '_'))
        return p;
    if (p)
        nearest = p->id;
    if (is_plugin(name, values, nearest)) {
        const bool is_key = strcmp(name->text, "plugin") == 0;
        ton_node_error(r->doc, name, "a plug-in is written `- lv2: {plugin: %s%s}`",
                       is_key ? values->text : name->text,
                       values && values->kind == TON_NODE_MAP ? ", controls: {…}" : "");
        return NULL;
    }
    if (!nearest) {
        ton_node_error(r->doc, name, "unknown processor `%s`; `ton processors` lists them all%s%s",
                       name->text, ton_foreign() ? ", `ton processors --lv2` the plug-ins" : "",
                       values && values->kind == TON_NODE_MAP ? " (its parameters were not checked)"
                                                              : "");
        return NULL;
    }
    ton_node_error(r->doc, name, "unknown processor `%s`; did you mean `%s`?", name->text,
                   ton_key_words(r->arena, nearest));
    return ton_processor_find(nearest, NULL);
}

static void read_parameters(struct chain_reader *c, const struct ton_node *name,
                            const struct ton_node *values, struct ton_chain_item *item) {
    struct ton_reader *r = c->r;
    if (values->kind != TON_NODE_MAP) {
        const struct ton_processor *p = item->processor;
        ton_node_error(
            r->doc, values, "the parameters of `%s` are a mapping such as `%s: {%s: …}`, not %s",
            name->text, name->text, ton_key_words(r->arena, p->n_rows ? p->rows[0].key : "bypass"),
            ton_node_found(r->doc, values));
        return;
    }
    ton_node_refuse_duplicates(r->doc, values, "key");
    for (int i = 0; i < values->n; i++) {
        const struct ton_node *key = ton_node_key(values, i);
        if (key->kind == TON_NODE_SCALAR)
            read_parameter(c, values, i, item);
        else
            ton_node_error(r->doc, key, "a parameter's name must be a word");
    }
}

/* A file without which the processor does nothing. */
static void miss_files(struct ton_reader *r, const struct ton_node *name,
                       const struct ton_chain_item *item) {
    const struct ton_processor *p = item->processor;
    for (int i = 0, k = 0; i < p->n_rows; i++) {
        if (p->rows[i].kind != TON_PATH)
            continue;
        if (p->rows[i].flags & TON_ROW_REQUIRED && !item->files[k].where)
            ton_node_error(r->doc, name, "`%s` needs `%s`, the name of a file", name->text,
                           ton_key_words(r->arena, p->rows[i].key));
        k++;
    }
}

static struct ton_chain_item *add_item(struct chain_reader *c) {
    struct ton_chain_item *item = TON_PUSH(c->r->arena, c->out->items, c->n, c->capacity);
    c->out->n = (int)c->n;
    return item;
}

/* What goes wrong with an item of a preset is told where somebody uses it, and where it stands. */
static const char *place_of(const struct chain_reader *c, const struct ton_node *name) {
    const char *own = ton_node_where(c->r->doc, name);
    return c->use ? ton_arena_printf(c->r->arena, "%s (%s)", c->use->from, own) : own;
}

static bool read_foreign(struct chain_reader *c, const struct ton_node *name,
                         const struct ton_node *values) {
    struct ton_chain_item read, *item = NULL;
    if (ton_foreign_read(c->r, name, values, c->strips, c->use != NULL, place_of(c, name), &read))
        item = add_item(c);
    if (item)
        *item = read;
    return item != NULL;
}

/* False when it cannot be told what the chain lacks now. */
static bool read_item(struct chain_reader *c, const struct ton_node *name,
                      const struct ton_node *values) {
    struct ton_reader *r = c->r;
    if (name->kind != TON_NODE_SCALAR || ton_node_is_null(name)) {
        ton_node_error(r->doc, name,
                       "each item of a chain is one processor, such as `- limiter` "
                       "or `- compressor: {threshold: -18 dB}`");
        return false;
    }
    if (!ton_foreign() && strcmp(name->text, "lv2") == 0) {
        ton_node_error(r->doc, name, "this program was built without LV2 plug-ins");
        return false;
    }
    if (ton_foreign() && strcmp(name->text, ton_foreign()->kind) == 0)
        return read_foreign(c, name, values);
    const struct ton_processor *processor = find_processor(r, name, values);
    if (!processor && c->strips && !c->use)
        ton_names_put(&ton_build_of(r)->refused_items, name->text, 0);
    if (!processor)
        return !c->use;
    struct ton_chain_item *item = add_item(c);
    if (!item)
        return false;
    *item = (struct ton_chain_item){
        .processor = processor, .sidechain = -1, .where = place_of(c, name)};
    item->params = TON_NEW_N(r->arena, float, processor->n_params > 0 ? processor->n_params : 1);
    item->files = TON_NEW_N(r->arena, struct ton_file,
                            ton_rows_paths(processor->rows, processor->n_rows) + 1);
    if (!item->params || !item->files)
        return false;
    ton_rows_defaults(processor->rows, processor->n_rows, item->params);
    if (values && !ton_node_is_null(values))
        read_parameters(c, name, values, item);
    miss_files(r, name, item);
    return true;
}

static bool read_items(struct chain_reader *c, const struct ton_node *list);

/* The processor that `compressor 2` names, among the items from `first` on. */
static struct ton_chain_item *find_item(struct chain_reader *c, int first, const char *name) {
    for (int i = first; i < c->out->n; i++)
        if (ton_text_same(preset_item(c->r->arena, c->out, first, i), name))
            return &c->out->items[i];
    return NULL;
}

/* What stands beside `preset:` changes parameters of its processors. */
static void read_changes(struct chain_reader *c, const struct ton_node *map, int first) {
    struct ton_reader *r = c->r;
    ton_node_refuse_duplicates(r->doc, map, "key");
    for (int i = 0; i < map->n; i++) {
        const struct ton_node *key = ton_node_key(map, i), *value = ton_node_value(map, i);
        const char *preset = ton_node_get(map, "preset")->text;
        if (key->kind == TON_NODE_SCALAR && ton_text_same(key->text, "preset"))
            continue;
        struct ton_chain_item *item =
            key->kind == TON_NODE_SCALAR ? find_item(c, first, key->text) : NULL;
        if (item && item->setup)
            ton_foreign_change(r, key, value, c->strips, c->use != NULL, item);
        else if (item)
            read_parameters(c, key, value, item);
        else
            ton_node_error(r->doc, key,
                           "the preset `%s` has no %s to change; it has %s, and what is to follow "
                           "it is an item of its own, after a `-`",
                           preset, ton_node_found(r->doc, key),
                           preset_items(r->arena, c->out, first));
    }
}

/* The items of a preset's chain, with what its user changes. */
static bool read_preset(struct chain_reader *c, const struct ton_node *map) {
    struct ton_reader *r = c->r;
    const struct ton_node *name = ton_node_get(map, "preset");
    const int first = c->out->n;
    struct preset_use use = {.outer = c->use};
    if (!preset_open(&use, r, name))
        return false;
    struct ton_reader inside = *r;
    inside.doc = use.doc;
    struct chain_reader its = *c;
    its.r = &inside;
    its.use = &use;
    const bool whole = read_items(&its, use.chain);
    c->n = its.n;
    c->capacity = its.capacity;
    inside.doc = r->doc;
    *r = inside; /* with the files that it names and the presets that were refused */
    if (!preset_close(&use, r, name) || !whole)
        return false;
    read_changes(c, map, first);
    return true;
}

static const struct ton_node *preset_of(const struct ton_node *item) {
    return item->kind == TON_NODE_MAP ? ton_node_get(item, "preset") : NULL;
}

static bool read_items(struct chain_reader *c, const struct ton_node *list) {
    struct ton_reader *r = c->r;
    bool whole = true;
    if (preset_of(list))
        return read_preset(c, list);
    if (list->kind != TON_NODE_LIST)
        ton_node_error(r->doc, list,
                       "`chain` is a list of processors in their order, each after "
                       "a `-`, not %s",
                       ton_node_found(r->doc, list));
    for (int i = 0; list->kind == TON_NODE_LIST && i < list->n; i++) {
        const struct ton_node *item = list->items[i];
        const bool one = item->kind == TON_NODE_MAP && item->n == 1;
        whole = (preset_of(item) ? read_preset(c, item)
                 : one           ? read_item(c, ton_node_key(item, 0), ton_node_value(item, 0))
                                 : read_item(c, item, NULL)) &&
                whole;
    }
    /* Written without the `-`: what is in it is read all the same. */
    for (int i = 0; list->kind == TON_NODE_MAP && i < list->n; i++)
        whole = read_item(c, ton_node_key(list, i), ton_node_value(list, i)) && whole;
    return whole && list->kind != TON_NODE_SCALAR;
}

bool ton_chain_read(struct ton_reader *r, const struct ton_node *list,
                    const struct ton_names *strips, struct ton_chain *out) {
    struct chain_reader c = {.r = r, .strips = strips, .out = out};
    *out = (struct ton_chain){.n = 0};
    return ton_node_is_null(list) || read_items(&c, list);
}

void ton_read_chain(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                    const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct ton_strip *strip = out;
    struct ton_build *b = ton_build_of(r);
    b->chain_refused = !ton_chain_read(r, value, &b->strips, &strip->chain);
}

/* A chain's item: the processor's rows and those that every item can have. */
static struct ton_json *processor_schema(const struct ton_processor *p) {
    struct ton_row rows[MOST_ITEM_ROWS];
    const int n = item_table(rows, p);
    struct ton_json *properties = ton_json_object(), *item = ton_schema_of("object", p->summary);
    struct ton_json *const forms[] = {ton_rows_schema(rows, n),
                                      ton_schema_of("null", "All parameters as they are.")};
    char words[64];
    ton_key_to_words(words, sizeof words, p->id);
    ton_json_set(properties, words, ton_schema_any_of(forms, 2));
    ton_json_set(item, "properties", properties);
    ton_json_set(item, "additionalProperties", ton_json_bool(false));
    ton_json_set(item, "minProperties", ton_json_integer(1));
    return item;
}

struct ton_json *ton_schema_chain(const struct ton_field *field) {
    struct ton_json *any = ton_json_array(), *names = ton_json_array();
    for (int i = 0; i < ton_processor_count(); i++) {
        char words[64];
        ton_key_to_words(words, sizeof words, ton_processor_at(i)->id);
        ton_json_add(names, ton_json_string(words));
        ton_json_add(any, processor_schema(ton_processor_at(i)));
    }
    ton_json_add(any, ton_schema_foreign());
    struct ton_json *bare = ton_schema_of("string", "A processor with its defaults.");
    ton_json_set(bare, "enum", names);
    ton_json_add(any, bare);
    ton_json_add(any, preset_schema());
    struct ton_json *item = ton_json_object();
    ton_json_set(item, "anyOf", any);
    struct ton_json *const forms[] = {ton_schema_list(item), preset_schema()};
    struct ton_json *chain = ton_schema_any_of(forms, 2);
    if (field)
        ton_json_set(chain, "description", ton_json_string(field->row.help));
    return chain;
}
