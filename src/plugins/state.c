/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Presets and states: their numbers become values of rows, so that a session shows and changes
 * them; the rest is given to the plug-in when it starts. */
#include "plug.h"

#include "ton/lv2.h"
#include "ton/path.h"
#include "ton/text.h"

#include <lv2/atom/atom.h>
#include <lv2/presets/presets.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>

#include <math.h>
#include <stdlib.h>

/* Numbers for addresses as long as one state is read. */
struct numbers {
    struct ton_arena *arena;
    const char **uris;
    size_t n, capacity;
};

static LV2_URID map(void *user, const char *uri) {
    struct numbers *m = user;
    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->uris[i], uri) == 0)
            return (LV2_URID)i + 1;
    const char **place = TON_PUSH(m->arena, m->uris, m->n, m->capacity);
    if (place)
        *place = ton_arena_text(m->arena, uri);
    return place && *place ? (LV2_URID)m->n : 0;
}

/* Where the numbers of a state go. */
struct values {
    const struct plug *plug;
    float *params;
    struct numbers *numbers;
};

static bool number_of(float *out, struct numbers *m, const void *value, uint32_t size,
                      uint32_t type) {
    if (type == map(m, LV2_ATOM__Float) && size == sizeof(float)) {
        memcpy(out, value, sizeof *out);
        return true;
    }
    int32_t whole;
    double wide;
    if ((type == map(m, LV2_ATOM__Int) || type == map(m, LV2_ATOM__Bool)) && size == sizeof whole) {
        memcpy(&whole, value, sizeof whole);
        *out = (float)whole;
        return true;
    }
    int64_t large;
    if (type == map(m, LV2_ATOM__Long) && size == sizeof large) {
        memcpy(&large, value, sizeof large);
        *out = (float)large;
        return true;
    }
    if (type == map(m, LV2_ATOM__Double) && size == sizeof wide) {
        memcpy(&wide, value, sizeof wide);
        *out = (float)wide;
        return true;
    }
    return false;
}

static void take(const struct values *v, int i, float theirs) {
    const struct ton_row *row = &v->plug->processor.rows[i];
    const float ours = control_ours(&v->plug->controls[i], row, theirs);
    v->params[i] = ours < row->min ? row->min : ours > row->max ? row->max : ours;
}

static void take_value(const char *symbol, void *user, const void *value, uint32_t size,
                       uint32_t type) {
    struct values *v = user;
    float theirs;
    for (int i = 0; i < v->plug->processor.n_rows; i++) {
        const struct control *control = &v->plug->controls[i];
        if (control->port >= 0 && strcmp(control->symbol, symbol) == 0 &&
            number_of(&theirs, v->numbers, value, size, type))
            take(v, i, theirs);
    }
}

/* lilv shows the rest of a state only to a plug-in that asks for it, by address: one with
 * this extension does in its place, `user` is its handle. */
static void ask(const LilvState *state, const void *(*extension)(const char *uri), void *user) {
    const LV2_Descriptor descriptor = {.extension_data = extension};
    LilvInstance instance = {.lv2_descriptor = &descriptor, .lv2_handle = user};
    lilv_state_restore(state, &instance, NULL, NULL, 0, NULL);
}

static LV2_State_Status take_parameters(LV2_Handle handle, LV2_State_Retrieve_Function retrieve,
                                        LV2_State_Handle from, uint32_t flags,
                                        const LV2_Feature *const *features) {
    const struct values *v = handle;
    (void)flags, (void)features;
    for (int i = 0; i < v->plug->processor.n_rows; i++) {
        const struct control *control = &v->plug->controls[i];
        size_t size = 0;
        uint32_t type = 0, kind = 0;
        float theirs;
        const void *value = control->port < 0 ? retrieve(from, map(v->numbers, control->parameter),
                                                         &size, &type, &kind)
                                              : NULL;
        if (value && number_of(&theirs, v->numbers, value, (uint32_t)size, type))
            take(v, i, theirs);
    }
    return LV2_STATE_SUCCESS;
}

static const void *taker_extension(const char *uri) {
    static const LV2_State_Interface state = {.restore = take_parameters};
    return strcmp(uri, LV2_STATE__interface) == 0 ? &state : NULL;
}

static void take_values(float *params, const struct plug *plug, const LilvState *state,
                        struct numbers *numbers) {
    struct values v = {plug, params, numbers};
    lilv_state_emit_port_values(state, take_value, &v);
    ask(state, taker_extension, &v);
}

void plug_take_born_state(struct plug *plug, struct catalogue *c, const LilvPlugin *lilv) {
    struct numbers numbers = {.arena = c->arena};
    LV2_URID_Map mapper = {&numbers, map};
    const int n = plug->processor.n_rows;
    struct ton_row *rows = (struct ton_row *)plug->processor.rows;
    bool any = false;
    for (int i = 0; i < n; i++)
        any = any || plug->controls[i].port < 0;
    float *params = any ? TON_NEW_N(c->arena, float, n) : NULL;
    LilvState *state =
        params ? lilv_state_new_from_world(c->world, &mapper, lilv_plugin_get_uri(lilv)) : NULL;
    if (!state)
        return;
    for (int i = 0; i < n; i++)
        params[i] = NAN;
    struct values v = {plug, params, &numbers};
    ask(state, taker_extension, &v);
    for (int i = 0; i < n; i++)
        if (!isnan(params[i])) {
            rows[i].def = params[i];
            plug->controls[i].free = false;
        }
    lilv_state_free(state);
}

void plug_reads(struct ton_setup *setup, struct ton_arena *arena, const char *path) {
    const char **place = TON_PUSH(arena, setup->files, setup->n_files, setup->files_capacity);
    if (place)
        *place = path;
}

/* Asks for every address that was met. */
struct asker {
    struct ton_hash *h;
    struct ton_setup *setup;
    struct numbers *numbers;
    const char *folder; /* that names of files count from; NULL: they are whole */
};

static void take_file(const struct asker *asker, const char *name) {
    struct ton_arena *a = asker->numbers->arena;
    const char *path =
        asker->folder ? ton_path_join(a, asker->folder, name) : ton_arena_text(a, name);
    if (path && ton_path_exists(path) && !ton_path_is_folder(path))
        plug_reads(asker->setup, a, path);
}

static LV2_State_Status ask_all(LV2_Handle handle, LV2_State_Retrieve_Function retrieve,
                                LV2_State_Handle from, uint32_t flags,
                                const LV2_Feature *const *features) {
    const struct asker *asker = handle;
    const LV2_URID path = map(asker->numbers, LV2_ATOM__Path);
    (void)flags, (void)features;
    for (LV2_URID key = 1; key <= asker->numbers->n; key++) {
        size_t size = 0;
        uint32_t type = 0, kind = 0;
        const char *value = retrieve(from, key, &size, &type, &kind);
        ton_hash_text(asker->h, asker->numbers->uris[key - 1]);
        ton_hash_i64(asker->h, value ? (int64_t)size : -1);
        ton_hash_i64(asker->h, type);
        if (value)
            ton_hash_bytes(asker->h, value, size);
        if (value && type == path && size > 0 && value[size - 1] == '\0')
            take_file(asker, value);
    }
    return LV2_STATE_SUCCESS;
}

static const void *asker_extension(const char *uri) {
    static const LV2_State_Interface state = {.restore = ask_all};
    return strcmp(uri, LV2_STATE__interface) == 0 ? &state : NULL;
}

static const char *label_of(struct catalogue *c, const LilvNode *preset) {
    LilvNode *predicate = lilv_new_uri(c->world, LILV_NS_RDFS "label");
    lilv_world_load_resource(c->world, preset);
    LilvNode *label = lilv_world_get(c->world, preset, predicate, NULL);
    const char *text = label ? catalogue_line(c, label) : NULL;
    lilv_node_free(label);
    lilv_node_free(predicate);
    return text ? text : lilv_node_as_string(preset);
}

/* Of what lilv says of a plug-in; NULL: none. */
static LilvNodes *presets_of(struct catalogue *c, const struct plug *plug) {
    const LilvPlugin *lilv = c ? catalogue_by_uri(c, plug->uri) : NULL;
    LilvNode *kind = lilv ? lilv_new_uri(c->world, LV2_PRESETS__Preset) : NULL;
    LilvNodes *presets = kind ? lilv_plugin_get_related(lilv, kind) : NULL;
    lilv_node_free(kind);
    return presets;
}

/* The preset of that name or address; else the nearest name. */
static const LilvNode *find_preset(struct catalogue *c, const LilvNodes *presets, const char *name,
                                   const char **nearest) {
    const char **labels = TON_NEW_N(c->arena, const char *, lilv_nodes_size(presets) + 1);
    size_t n = 0;
    *nearest = NULL;
    LILV_FOREACH(nodes, i, presets) {
        const LilvNode *preset = lilv_nodes_get(presets, i);
        const char *label = label_of(c, preset);
        if (strcmp(lilv_node_as_string(preset), name) == 0 || strcasecmp(label, name) == 0)
            return preset;
        if (labels)
            labels[n++] = label;
    }
    if (labels)
        *nearest = ton_nearest(name, labels, n);
    return NULL;
}

static int by_text(const void *a, const void *b) {
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

enum ton_code ton_lv2_presets(const char ***out, size_t *n, struct ton_arena *arena,
                              const struct ton_lv2_plugin *plugin, struct ton_err *err) {
    struct catalogue *c = catalogue_get();
    LilvNodes *presets = presets_of(c, plug_of(plugin->processor));
    *n = 0;
    *out = TON_NEW_N(arena, const char *, (presets ? lilv_nodes_size(presets) : 0) + 1);
    LILV_FOREACH(nodes, i, presets)
    if (*out)
        (*out)[(*n)++] = ton_arena_text(arena, label_of(c, lilv_nodes_get(presets, i)));
    lilv_nodes_free(presets);
    if (!*out || ton_arena_failed(arena))
        return ton_fail(err, TON_MEMORY, NULL, "no memory to read the presets");
    qsort(*out, *n, sizeof **out, by_text);
    return TON_OK;
}

static enum ton_code no_preset(const struct plug *plug, const char *name, const char *nearest,
                               unsigned n, struct ton_err *err) {
    if (nearest)
        return ton_fail(err, TON_INPUT, NULL, "`%s` has no preset `%s`; did you mean `%s`?",
                        plug->name, name, nearest);
    return ton_fail(err, TON_INPUT, NULL,
                    n ? "`%s` has no preset `%s`; `ton processors --lv2 \"%s\"` lists its %u"
                      : "`%s` has no preset `%s`, and none at all",
                    plug->name, name, plug->name, n);
}

static LilvState *read_preset(struct numbers *numbers, const LilvNode *preset) {
    LV2_URID_Map mapper = {numbers, map};
    return lilv_state_new_from_world(catalogue_get()->world, &mapper, preset);
}

/* The folder of the file in which a preset stands; NULL: that of the plug-in. */
static const char *bundle_of(struct catalogue *c, const LilvNode *preset) {
    LilvNode *file =
        lilv_world_get(c->world, preset, catalogue_node(c, LILV_NS_RDFS "seeAlso"), NULL);
    const char *path = file && lilv_node_is_uri(file) ? catalogue_path(c, file) : NULL;
    lilv_node_free(file);
    return path ? ton_arena_printf(c->arena, "%s/", ton_path_folder(c->arena, path)) : NULL;
}

static enum ton_code use_preset(struct ton_setup *setup, float *params, const struct plug *plug,
                                struct ton_arena *arena, const LilvNode *preset,
                                struct ton_err *err) {
    struct numbers numbers = {.arena = arena};
    LilvState *state = read_preset(&numbers, preset);
    if (!state)
        return ton_fail(err, TON_INPUT, NULL, "the preset `%s` of `%s` cannot be read",
                        lilv_node_as_string(preset), plug->name);
    take_values(params, plug, state, &numbers);
    lilv_state_free(state);
    setup->preset = ton_arena_text(arena, lilv_node_as_string(preset));
    setup->preset_from = bundle_of(catalogue_get(), preset);
    return TON_OK;
}

enum ton_code plug_preset(struct ton_setup *setup, float *params, const struct ton_processor *p,
                          struct ton_arena *arena, const char *name, struct ton_err *err) {
    const struct plug *plug = plug_of(p);
    struct catalogue *c = catalogue_get();
    LilvNodes *presets = presets_of(c, plug);
    const char *nearest = NULL;
    const LilvNode *preset = presets ? find_preset(c, presets, name, &nearest) : NULL;
    const enum ton_code code =
        preset ? use_preset(setup, params, plug, arena, preset, err)
               : no_preset(plug, name, nearest, presets ? lilv_nodes_size(presets) : 0, err);
    lilv_nodes_free(presets);
    return code;
}

/* Turtle has a prefix or an address in brackets in its first line; a path has neither. */
static bool is_turtle(const char *text) {
    text += strspn(text, " \t\r\n");
    return *text == '@' || *text == '<' || *text == '[' || strchr(text, '\n') != NULL;
}

static LilvState *read_state(struct numbers *numbers, const char *state) {
    struct catalogue *c = catalogue_get();
    LV2_URID_Map mapper = {numbers, map};
    if (!c)
        return NULL;
    return state[0] == '@' ? lilv_state_new_from_string(c->world, &mapper, state)
                           : lilv_state_new_from_file(c->world, &mapper, NULL, state);
}

enum ton_code plug_state(struct ton_setup *setup, float *params, const struct ton_processor *p,
                         struct ton_arena *arena, const char *text, const char *folder,
                         struct ton_err *err) {
    const struct plug *plug = plug_of(p);
    struct numbers numbers = {.arena = arena};
    setup->state_from = folder;
    if (is_turtle(text)) {
        /* What stands for the state itself, `<>`, needs an address to count from. */
        setup->state = ton_arena_printf(arena, "@base <urn:ton:state> .\n%s", text);
    } else {
        setup->state = ton_path_join(arena, folder, text);
        if (setup->state && !ton_path_exists(setup->state))
            return ton_fail(err, TON_INPUT, NULL, "there is no file `%s`", setup->state);
        setup->state_from = setup->state ? ton_path_folder(arena, setup->state) : NULL;
    }
    LilvState *state = setup->state ? read_state(&numbers, setup->state) : NULL;
    if (!state)
        return ton_fail(err, TON_INPUT, NULL,
                        "this is no LV2 state in Turtle, such as `state.ttl` of a saved preset");
    const char *of = lilv_node_as_string(lilv_state_get_plugin_uri(state));
    const bool mine = of && strcmp(of, plug->uri) == 0;
    if (mine)
        take_values(params, plug, state, &numbers);
    char other[256];
    snprintf(other, sizeof other, "%s", of ? of : "nothing");
    lilv_state_free(state);
    if (!mine)
        return ton_fail(err, TON_INPUT, NULL, "this state belongs to <%s>, not to `%s` <%s>", other,
                        plug->name, plug->uri);
    return TON_OK;
}

/* Reading them once more finds what is there now. Each is asked with numbers of its own, which do
 * not depend on the other. */
enum ton_code plug_hash_state(struct ton_hash *h, struct ton_setup *setup, const struct plug *plug,
                              struct ton_arena *arena, struct ton_err *err) {
    struct numbers innate = {.arena = arena}, its = {.arena = arena}, own = {.arena = arena};
    LilvNode *address = lilv_new_uri(catalogue_get()->world, plug->uri);
    LilvState *born = address ? read_preset(&innate, address) : NULL;
    LilvNode *node = setup->preset ? lilv_new_uri(catalogue_get()->world, setup->preset) : NULL;
    LilvState *preset = node ? read_preset(&its, node) : NULL;
    LilvState *state = setup->state ? read_state(&own, setup->state) : NULL;
    const bool good = !setup->preset == !preset && !setup->state == !state;
    if (setup->state && setup->state[0] != '@')
        plug_reads(setup, arena, setup->state);
    if (born)
        ask(born, asker_extension, &(struct asker){h, setup, &innate, NULL});
    ton_hash_i64(h, preset != NULL);
    if (preset)
        ask(preset, asker_extension, &(struct asker){h, setup, &its, NULL});
    ton_hash_i64(h, state != NULL);
    if (state)
        ask(state, asker_extension, &(struct asker){h, setup, &own, setup->state_from});
    lilv_state_free(state);
    lilv_state_free(preset);
    lilv_node_free(node);
    lilv_state_free(born);
    lilv_node_free(address);
    if (ton_arena_failed(arena))
        return ton_fail(err, TON_MEMORY, NULL, "no memory to read the state of a plug-in");
    return good ? TON_OK : ton_fail(err, TON_INPUT, NULL, "its preset or state cannot be read");
}
