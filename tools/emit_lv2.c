/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the bundle's Turtle files: lv2-emit FOLDER. manifest.ttl, a file for each processor with
 * its plug-ins, presets.ttl with a preset of all defaults for each plug-in. */
#include "emit.h"

#include "ton/path.h"

#define BINARY "tonmeister.so"

struct bundle {
    struct ton_arena *arena;
    const char *folder;
    struct ton_text manifest, presets;
    struct plugin plugin;
};

static void emit_project(struct ton_text *t) {
    ton_text_printf(
        t,
        "<%s>\n    a doap:Project ;\n    doap:name \"Tonmeister\" ;\n    doap:shortdesc "
        "\"The processors of ton as plug-ins for other programs.\" .\n\n",
        PLUGIN_URN);
}

static void emit_preset(struct ton_text *t, const struct plugin *p, const char *uri) {
    ton_text_printf(t,
                    "<%s#default>\n    a pset:Preset ;\n    lv2:appliesTo <%s> ;\n    "
                    "rdfs:label \"Default\"",
                    uri, uri);
    bool first = true;
    for (int i = 0; i < p->n_ports; i++) {
        const struct port *port = &p->ports[i];
        char symbol[PLUGIN_MOST_TEXT];
        if (port->kind != PORT_LISTEN && port->kind != PORT_NOTE && port->kind != PORT_PARAMETER)
            continue;
        ton_text_printf(t, "%s[ lv2:symbol \"%s\" ; pset:value ",
                        first ? " ;\n    lv2:port " : ", ", plugin_symbol(symbol, p, port));
        emit_number(t, plugin_range(p, port).def);
        ton_text_add(t, " ]");
        first = false;
    }
    ton_text_add(t, " .\n\n");
}

static void list_plugin(struct bundle *b) {
    const struct plugin *p = &b->plugin;
    char uri[PLUGIN_MOST_URI];
    plugin_uri(uri, p->processor, p->channels);
    ton_text_printf(
        &b->manifest,
        "<%s>\n    a lv2:Plugin ;\n    lv2:binary <%s> ;\n    rdfs:seeAlso <%s.ttl> .\n\n"
        "<%s#default>\n    a pset:Preset ;\n    lv2:appliesTo <%s> ;\n    rdfs:seeAlso "
        "<presets.ttl> .\n\n",
        uri, BINARY, p->processor->id, uri, uri);
    emit_preset(&b->presets, p, uri);
}

static enum ton_code write_file(struct bundle *b, const char *name, struct ton_text *t,
                                struct ton_err *err) {
    const char *path = ton_path_join(b->arena, b->folder, name);
    if (t->failed || !path)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for %s", name);
    return ton_path_write(path, t->data, t->length, err);
}

static enum ton_code write_processor(struct bundle *b, const struct ton_processor *processor,
                                     struct ton_err *err) {
    struct ton_text t = {0};
    char name[TON_LONGEST_KEY + 8];
    emit_prefixes(&t);
    for (int channels = 1; channels <= PLUGIN_CHANNELS; channels++) {
        if (!plugin_describe(&b->plugin, processor, channels))
            continue;
        emit_plugin(&t, &b->plugin);
        list_plugin(b);
    }
    emit_files(&t, &b->plugin);
    emit_project(&t);
    snprintf(name, sizeof name, "%s.ttl", processor->id);
    const enum ton_code code = write_file(b, name, &t, err);
    ton_text_free(&t);
    return code;
}

static enum ton_code write_bundle(struct bundle *b, struct ton_err *err) {
    enum ton_code code = TON_OK;
    emit_prefixes(&b->manifest);
    emit_prefixes(&b->presets);
    for (int i = 0; code == TON_OK && i < ton_processor_count(); i++)
        code = write_processor(b, ton_processor_at(i), err);
    if (code == TON_OK)
        code = write_file(b, "manifest.ttl", &b->manifest, err);
    if (code == TON_OK)
        code = write_file(b, "presets.ttl", &b->presets, err);
    return code;
}

int main(int n, char **words) {
    struct bundle b = {.arena = ton_arena_create(), .folder = n > 1 ? words[1] : "."};
    struct ton_err err = {.code = TON_OK};
    const enum ton_code code = b.arena ? write_bundle(&b, &err) : TON_MEMORY;
    if (code != TON_OK)
        fprintf(stderr, "lv2-emit: %s\n", err.text);
    ton_text_free(&b.manifest);
    ton_text_free(&b.presets);
    ton_arena_destroy(b.arena);
    return code == TON_OK ? 0 : 1;
}
