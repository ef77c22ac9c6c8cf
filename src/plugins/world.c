/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What LV2 plug-ins are installed: read once by lilv, each plug-in described when it is asked for.
 */
#include "plug.h"

#include "ton/path.h"
#include "ton/text.h"

static struct catalogue *make(void) {
    struct ton_arena *arena = ton_arena_create();
    struct catalogue *c = arena ? TON_NEW(arena, struct catalogue) : NULL;
    if (c) {
        c->arena = arena;
        c->world = lilv_world_new();
    }
    if (c && c->world)
        return c;
    ton_arena_destroy(arena);
    return NULL;
}

struct catalogue *catalogue_get(void) {
    static struct catalogue *all;
    if (!all && (all = make()))
        lilv_world_load_all(all->world);
    return all;
}

void catalogue_add_bundle(struct catalogue *c, const char *path) {
    LilvNode *bundle = lilv_new_file_uri(c->world, NULL, path);
    if (bundle)
        lilv_world_load_bundle(c->world, bundle);
    lilv_node_free(bundle);
}

struct catalogue *catalogue_of_bundle(const char *path) {
    struct catalogue *c = make();
    if (c)
        catalogue_add_bundle(c, path);
    return c;
}

const LilvNode *catalogue_node(struct catalogue *c, const char *uri) {
    for (size_t i = 0; i < c->n_nodes; i++)
        if (strcmp(lilv_node_as_uri(c->nodes[i]), uri) == 0)
            return c->nodes[i];
    LilvNode *node = lilv_new_uri(c->world, uri);
    LilvNode **place = node ? TON_PUSH(c->arena, c->nodes, c->n_nodes, c->nodes_capacity) : NULL;
    if (place)
        return *place = node;
    lilv_node_free(node);
    return NULL;
}

const char *catalogue_line(struct catalogue *c, const LilvNode *text) {
    char *line = ton_arena_text(c->arena, lilv_node_as_string(text));
    size_t n = 0;
    for (const char *from = line; from && *from; from++) {
        const bool word = (unsigned char)*from > ' ' && *from != 0x7F;
        if (word || (n > 0 && line[n - 1] != ' '))
            line[n++] = word ? *from : ' ';
    }
    n -= n > 0 && line[n - 1] == ' ';
    if (line)
        line[n] = '\0';
    return line;
}

const char *catalogue_path(struct catalogue *c, const LilvNode *uri) {
    char *path = uri ? lilv_file_uri_parse(lilv_node_as_uri(uri), NULL) : NULL;
    const char *kept = ton_arena_text(c->arena, path);
    lilv_free(path);
    return kept;
}

const LilvPlugin *catalogue_by_uri(struct catalogue *c, const char *uri) {
    LilvNode *node = strchr(uri, ':') ? lilv_new_uri(c->world, uri) : NULL;
    const LilvPlugins *plugins = lilv_world_get_all_plugins(c->world);
    const LilvPlugin *found = node ? lilv_plugins_get_by_uri(plugins, node) : NULL;
    lilv_node_free(node);
    return found;
}

/* Every plug-in's name, or its address where it has none, in lilv's order. */
static const char **names_of(struct catalogue *c, const LilvPlugins *plugins, bool uris) {
    const char **names = TON_NEW_N(c->arena, const char *, lilv_plugins_size(plugins) + 1);
    size_t n = 0;
    LILV_FOREACH(plugins, i, plugins) {
        const LilvPlugin *plugin = lilv_plugins_get(plugins, i);
        LilvNode *name = uris ? NULL : lilv_plugin_get_name(plugin);
        const LilvNode *said = name ? name : lilv_plugin_get_uri(plugin);
        if (names)
            names[n++] = catalogue_line(c, said);
        lilv_node_free(name);
    }
    return names;
}

/* How many words of a name stand in an address. */
static int words_in(const char *uri, const char *name) {
    char word[64];
    int n = 0;
    while (*name) {
        size_t length = strcspn(name, " -_/");
        snprintf(word, sizeof word, "%.*s", (int)length, name);
        n += length > 2 && strcasestr(uri, word) != NULL;
        name += length + (name[length] != '\0');
    }
    return n;
}

static bool is_called(struct catalogue *c, const LilvPlugin *plugin, const char *name) {
    LilvNode *node = lilv_plugin_get_name(plugin);
    const char *line = node ? catalogue_line(c, node) : NULL;
    lilv_node_free(node);
    return line && strcasecmp(line, name) == 0;
}

struct namesakes {
    const LilvPlugin *first;
    const char *uris; /* of all, as a sentence has them */
    int n;
};

static void add_namesake(struct namesakes *all, struct catalogue *c, const LilvPlugin *plugin) {
    const char *uri = lilv_node_as_uri(lilv_plugin_get_uri(plugin));
    all->uris = all->n++ ? ton_arena_printf(c->arena, "%s, `%s`", all->uris, uri)
                         : ton_arena_printf(c->arena, "`%s`", uri);
    all->first = all->first ? all->first : plugin;
}

/* A plug-in's name is read with all else that it says, which for a thousand of them takes seconds:
 * those whose address has most words of the name are asked first, and only those like it when one
 * of them is it. */
static void find_likely(struct namesakes *out, struct catalogue *c, const char *name) {
    enum { MOST = 6 };
    const LilvPlugins *plugins = lilv_world_get_all_plugins(c->world);
    for (int words = MOST; words > 0 && out->n == 0; words--)
        LILV_FOREACH(plugins, i, plugins) {
            const LilvPlugin *plugin = lilv_plugins_get(plugins, i);
            if (words_in(lilv_node_as_uri(lilv_plugin_get_uri(plugin)), name) == words &&
                is_called(c, plugin, name))
                add_namesake(out, c, plugin);
        }
}

static void find_by_name(struct namesakes *out, struct catalogue *c, const char *name,
                         const char **nearest) {
    const LilvPlugins *plugins = lilv_world_get_all_plugins(c->world);
    const char **names = names_of(c, plugins, strstr(name, "://") || ton_text_starts(name, "urn:"));
    const size_t n = lilv_plugins_size(plugins);
    size_t at = 0;
    LILV_FOREACH(plugins, i, plugins) {
        if (names && names[at] && strcasecmp(names[at], name) == 0)
            add_namesake(out, c, lilv_plugins_get(plugins, i));
        at++;
    }
    if (out->n == 0 && names && !ton_arena_failed(c->arena))
        *nearest = ton_nearest(name, names, n);
}

const LilvPlugin *catalogue_likely(struct catalogue *c, const char *name) {
    struct namesakes found = {.first = catalogue_by_uri(c, name)};
    if (!found.first)
        find_likely(&found, c, name);
    return found.first;
}

const LilvPlugin *catalogue_find(struct catalogue *c, const char *name, const char **nearest,
                                 const char **several) {
    struct namesakes found = {.first = catalogue_by_uri(c, name)};
    *nearest = *several = NULL;
    if (!found.first)
        find_likely(&found, c, name);
    if (!found.first)
        find_by_name(&found, c, name, nearest);
    if (found.n > 1)
        *several = found.uris;
    return found.n > 1 ? NULL : found.first;
}

struct plug *catalogue_plug(struct catalogue *c, const LilvPlugin *lilv) {
    const char *uri = lilv_node_as_uri(lilv_plugin_get_uri(lilv));
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->plugs[i]->uri, uri) == 0)
            return c->plugs[i];
    struct plug *plug = TON_NEW(c->arena, struct plug);
    struct plug **place = TON_PUSH(c->arena, c->plugs, c->n, c->capacity);
    if (!plug || !place || !plug_describe(plug, c, lilv)) {
        c->n -= place != NULL;
        return NULL;
    }
    *place = plug;
    return plug;
}
