/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads an item of a chain that is a plug-in: which one, and how it is set. Its controls are rows
 * like those of our own processors; the keys beside them are a table here. */
#include "build.h"

#include "ton/foreign.h"

static const char *const on_failure[] = {"stop", "bypass", NULL};

/* While an item is read. */
struct reading {
    struct ton_chain_item *item;
    struct ton_setup *setup;
    const struct ton_names *strips;
    bool in_preset;
    const struct ton_node *plugin;
    float deadline;
    int on_failure;
    bool refused; /* its preset or state was */
};

/* What is wrong with what was written there; a file that may not be read is the machine's fault. */
static void say(struct ton_reader *r, const struct ton_node *at, const struct ton_err *err) {
    ton_node_error(r->doc, at, "%s", err->text);
    r->doc->problems->n_environment += err->code == TON_ENVIRONMENT;
}

/* No more is said of a plug-in whose preset or state is refused. */
static void refuse(struct ton_reader *r, struct reading *x, const struct ton_node *at,
                   const struct ton_err *err) {
    say(r, at, err);
    x->refused = true;
}

static void read_plugin(struct ton_reader *r, const struct ton_field *field,
                        const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    struct reading *x = out;
    struct ton_err err = {0};
    x->plugin = value;
    if (!ton_text_read(r, &field->row, value, &x->setup->plugin))
        return;
    const struct ton_processor *p = NULL;
    if (ton_foreign()->find(&p, x->setup->plugin, &err)) {
        say(r, value, &err);
        return;
    }
    x->item->processor = p;
    x->item->params = TON_NEW_N(r->arena, float, p->n_params + 1);
    x->item->files = TON_NEW_N(r->arena, struct ton_file, ton_rows_paths(p->rows, p->n_rows) + 1);
    if (x->item->params)
        ton_rows_defaults(p->rows, p->n_rows, x->item->params);
    else
        x->item->processor = NULL;
}

static void read_preset(struct ton_reader *r, const struct ton_field *field,
                        const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    struct reading *x = out;
    struct ton_err err = {0};
    const char *name;
    if (!ton_text_read(r, &field->row, value, &name) || !x->item->processor)
        return;
    if (ton_foreign()->preset(x->setup, x->item->params, x->item->processor, r->arena, name, &err))
        refuse(r, x, value, &err);
}

static void read_state(struct ton_reader *r, const struct ton_field *field,
                       const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    struct reading *x = out;
    struct ton_err err = {0};
    const char *text;
    if (!ton_text_read(r, &field->row, value, &text) || !x->item->processor)
        return;
    if (ton_foreign()->state(x->setup, x->item->params, x->item->processor, r->arena, text,
                             r->folder ? r->folder : ".", &err))
        refuse(r, x, value, &err);
}

/* The row that a control's name means: in our words, as the plug-in spells it, or its symbol. */
static int find_control(const struct ton_processor *p, const char *name) {
    for (int i = 0; i < p->n_rows; i++) {
        char words[TON_LONGEST_KEY];
        if (strcmp(ton_row_words(words, sizeof words, &p->rows[i]), name) == 0)
            return i;
    }
    return ton_foreign()->row(p, name);
}

static void say_no_control(struct ton_reader *r, const struct ton_processor *p,
                           const struct ton_node *key) {
    const char **keys = TON_NEW_N(r->arena, const char *, p->n_rows + 1);
    for (int i = 0; keys && i < p->n_rows; i++)
        keys[i] = ton_key_words(r->arena, p->rows[i].key);
    const char *nearest = keys ? ton_nearest(key->text, keys, (size_t)p->n_rows) : NULL;
    if (nearest)
        ton_node_error(r->doc, key, "`%s` has no control `%s`; did you mean `%s`?", p->name,
                       key->text, nearest);
    else
        ton_node_error(r->doc, key,
                       "`%s` has no control `%s`; `ton processors --lv2 \"%s\"` lists "
                       "its %d",
                       p->name, key->text, p->name, p->n_rows);
}

static void read_controls(struct ton_reader *r, const struct ton_field *field,
                          const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct reading *x = out;
    const struct ton_processor *p = x->item->processor;
    if (ton_node_is_null(value))
        return;
    if (value->kind != TON_NODE_MAP) {
        ton_node_error(
            r->doc, value,
            "`controls` is a mapping of names to values, such as `{gain: -3 dB}`, not %s",
            ton_node_found(r->doc, value));
        return;
    }
    ton_node_refuse_duplicates(r->doc, value, "control");
    for (int i = 0; p && i < value->n; i++) {
        const struct ton_node *name = ton_node_key(value, i);
        const int row = name->kind == TON_NODE_SCALAR ? find_control(p, name->text) : -1;
        if (name->kind != TON_NODE_SCALAR)
            ton_node_error(r->doc, name, "a control's name must be a word");
        else if (row < 0)
            say_no_control(r, p, name);
        else
            ton_row_read(r, &p->rows[row], ton_node_value(value, i), &x->item->params[row]);
    }
}

static void read_sidechain(struct ton_reader *r, const struct ton_field *field,
                           const struct ton_node *key, const struct ton_node *value, void *out) {
    struct reading *x = out;
    const struct ton_processor *p = x->item->processor;
    ton_sidechain_read(r, &field->row, value, x->strips, x->in_preset, x->item);
    if (p && !ton_foreign()->hears(p))
        ton_node_error(r->doc, key, "`%s` has no input for a side-chain", p->name);
}

static void read_bypass(struct ton_reader *r, const struct ton_field *field,
                        const struct ton_node *key, const struct ton_node *value, void *out) {
    struct reading *x = out;
    ton_read_switch(r, field, key, value, x->item);
}

static const struct ton_field fields[] = {
    {.row = {.key = "plugin",
             .kind = TON_TEXT,
             .flags = TON_ROW_REQUIRED,
             .help = "An installed plug-in, by its address or its name; `ton processors --lv2` "
                     "lists them."},
     .read = read_plugin,
     .schema = ton_schema_text},
    {.row = {.key = "preset",
             .kind = TON_TEXT,
             .help = "A preset that is installed with it, by its name or address."},
     .read = read_preset,
     .schema = ton_schema_text},
    {.row = {.key = "state",
             .kind = TON_TEXT,
             .help = "What other hosts save: LV2 state in Turtle, here or as the name of a file. "
                     "It counts more than the preset."},
     .read = read_state,
     .schema = ton_schema_text},
    {.row = {.key = "controls",
             .kind = TON_TEXT,
             .help = "Controls by their names or symbols; they count more than preset and state."},
     .read = read_controls,
     .schema = ton_schema_controls},
    {.row = {.key = "sidechain",
             .kind = TON_STRIP,
             .help = "The strip that its side-chain listens to; none: the strip itself."},
     .read = read_sidechain,
     .schema = ton_schema_text},
    {.row = {.key = "on_failure",
             .kind = TON_CHOICE,
             .max = 1,
             .choices = on_failure,
             .help = "When it crashes, hangs or gives no sound that is one: make nothing that "
                     "hears it (stop), or go on without it (bypass)."},
     .read = ton_read_int,
     .offset = offsetof(struct reading, on_failure)},
    {.row = {.key = "deadline",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_S,
             .min = 0.05F,
             .max = 3600,
             .def = 20,
             .digits = 2,
             .help =
                 "How long it may take to start, or for 2048 frames, before it counts as hung."},
     .read = ton_read_float,
     .offset = offsetof(struct reading, deadline)},
    {.row = {.key = "bypass", .kind = TON_SWITCH, .help = "Leaves the plug-in out."},
     .read = read_bypass,
     .offset = offsetof(struct ton_chain_item, bypass)},
};

static bool seal(struct ton_reader *r, struct reading *x) {
    struct ton_err err = {0};
    x->setup->deadline_s = (double)x->deadline;
    x->setup->bypass_on_failure = x->on_failure == 1;
    if (!x->item->processor || x->refused)
        return false;
    if (ton_foreign()->seal(x->setup, x->item->processor, r->arena, &err)) {
        say(r, x->plugin, &err);
        return false;
    }
    for (size_t i = 0; i < x->setup->n_files; i++) {
        const char *path = x->setup->files[i];
        ton_file_keep(r, &(struct ton_file){path, path, x->item->where});
    }
    return true;
}

bool ton_foreign_read(struct ton_reader *r, const struct ton_node *name,
                      const struct ton_node *values, const struct ton_names *strips, bool in_preset,
                      const char *where, struct ton_chain_item *out) {
    struct ton_setup *setup = TON_NEW(r->arena, struct ton_setup);
    struct ton_chain_item item = {.sidechain = -1, .setup = setup, .where = where};
    struct reading x = {
        .item = &item, .setup = setup, .strips = strips, .in_preset = in_preset, .deadline = 20};
    if (!setup)
        return false;
    setup->where = where;
    if (values && values->kind == TON_NODE_SCALAR && !ton_node_is_null(values)) {
        ton_node_error(r->doc, values, "a plug-in is written `- %s: {plugin: %s}`", name->text,
                       values->text);
        return false;
    }
    if (!values || values->kind != TON_NODE_MAP) {
        ton_node_error(r->doc, values ? values : name,
                       "`%s` needs a plug-in, such as `- %s: {plugin: \"Name\", controls: {gain: "
                       "-3 dB}}`",
                       name->text, name->text);
        return false;
    }
    if (!ton_fields_read(r, TON_COUNTED(fields), values, "a plug-in", &x) || !seal(r, &x))
        return false;
    *out = item;
    return true;
}

struct ton_setup *ton_setup_change(struct ton_reader *r, struct ton_chain_item *item) {
    struct ton_setup *setup = TON_NEW(r->arena, struct ton_setup);
    if (setup) {
        *setup = *item->setup;
        item->setup = setup;
    }
    return setup;
}

void ton_foreign_change(struct ton_reader *r, const struct ton_node *name,
                        const struct ton_node *values, const struct ton_names *strips,
                        bool in_preset, struct ton_chain_item *item) {
    struct ton_setup *setup = ton_setup_change(r, item);
    if (!setup)
        return;
    struct reading x = {.item = item,
                        .setup = setup,
                        .strips = strips,
                        .in_preset = in_preset,
                        .plugin = name,
                        .deadline = (float)setup->deadline_s,
                        .on_failure = setup->bypass_on_failure};
    /* Which plug-in it is stays as it was: that field is the first. */
    if (ton_fields_read(r, fields + 1, TON_N(fields) - 1, values, "a plug-in of a preset", &x))
        seal(r, &x);
}

struct ton_json *ton_schema_controls(const struct ton_field *field) {
    struct ton_json *j = ton_schema_of("object", field->row.help), *types = ton_json_array();
    struct ton_json *value = ton_json_object();
    static const char *const kinds[] = {"string", "number", "boolean"};
    for (int i = 0; i < TON_N(kinds); i++)
        ton_json_add(types, ton_json_string(kinds[i]));
    ton_json_set(value, "type", types);
    ton_json_set(j, "additionalProperties", value);
    return j;
}

struct ton_json *ton_schema_foreign(void) {
    struct ton_json *item = ton_schema_of("object", "A plug-in of this computer.");
    struct ton_json *properties = ton_json_object(), *required = ton_json_array();
    ton_json_set(properties, "lv2", ton_fields_schema(TON_COUNTED(fields)));
    ton_json_set(item, "properties", properties);
    ton_json_set(item, "additionalProperties", ton_json_bool(false));
    ton_json_add(required, ton_json_string("lv2"));
    ton_json_set(item, "required", required);
    return item;
}
