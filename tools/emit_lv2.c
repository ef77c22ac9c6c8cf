// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the bundle's Turtle files: lv2-emit FOLDER. manifest.ttl, a file for each processor with
// its plug-ins, presets.ttl with the defaults and what the chain presets say of each processor.
#include "emit.h"
#include "ton/path.h"
#include "ton/preset.h"
#include "ton/session.h"

#include <ctype.h>

#define BINARY "tonmeister.so"

struct work {
    struct ton_arena *arena;
    const char *folder;
    struct emit_bundle bundle;
    struct plugin plugin; // the one that is written
};

static void emit_project(struct ton_text *t) {
    ton_text_printf(
        t,
        "<%s>\n    a doap:Project ;\n    doap:name \"Tonmeister\" ;\n    doap:shortdesc "
        "\"The processors of ton as plug-ins for other programs.\" .\n\n",
        PLUGIN_URN);
}

static void list_plugin(struct work *w) {
    char uri[PLUGIN_MOST_URI];
    float params[PLUGIN_MOST_PORTS];
    plugin_uri(uri, w->plugin.processor, w->plugin.channels);
    ton_text_printf(&w->bundle.manifest,
                    "<%s>\n    a lv2:Plugin ;\n    lv2:binary <%s> ;\n    rdfs:seeAlso <%s.ttl> "
                    ".\n\n",
                    uri, BINARY, w->plugin.processor->id);
    emit_defaults(params, &w->plugin);
    emit_preset(&w->bundle, &w->plugin,
                &(struct emit_preset){.key = "default", .label = "Default", .params = params});
}

static enum ton_code write_file(struct work *w, const char *name, struct ton_text *t,
                                struct ton_err *err) {
    const char *path = ton_path_join(w->arena, w->folder, name);
    if (t->failed || !path)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for %s", name);
    return ton_path_write(path, t->data, t->length, err);
}

static enum ton_code write_processor(struct work *w, const struct ton_processor *processor,
                                     struct ton_err *err) {
    struct ton_text t = {0};
    char name[TON_LONGEST_KEY + 8];
    emit_prefixes(&t);
    for (int channels = 1; channels <= PLUGIN_CHANNELS; channels++) {
        if (!plugin_describe(&w->plugin, processor, channels))
            continue;
        emit_plugin(&t, &w->plugin);
        list_plugin(w);
    }
    emit_files(&t, &w->plugin);
    emit_project(&t);
    snprintf(name, sizeof name, "%s.ttl", processor->id);
    const enum ton_code code = write_file(w, name, &t, err);
    ton_text_free(&t);
    return code;
}

// Which of the chain's items of this processor it is, from 1, and how many there are.
static int which(const struct ton_chain *chain, int item, int *n) {
    int nth = 0;
    *n = 0;
    for (int i = 0; i < chain->n; i++) {
        *n += chain->items[i].processor == chain->items[item].processor;
        nth += i <= item && chain->items[i].processor == chain->items[item].processor;
    }
    return nth;
}

static void emit_item(struct work *w, const struct ton_preset *preset,
                      const struct ton_chain *chain, int item) {
    int n;
    const int nth = which(chain, item, &n);
    char *label = n > 1 ? ton_arena_printf(w->arena, "%s %d", preset->name, nth)
                        : ton_arena_text(w->arena, preset->name);
    const char *comment =
        ton_arena_printf(w->arena, "%s %s", preset->text, preset->listen ? preset->listen : "");
    char key[PLUGIN_MOST_TEXT];
    if (!label || !comment)
        return;
    ton_words_to_key(key, sizeof key, label);
    label[0] = (char)toupper((unsigned char)label[0]);
    for (int channels = 1; channels <= PLUGIN_CHANNELS; channels++)
        if (plugin_describe(&w->plugin, chain->items[item].processor, channels))
            emit_preset(&w->bundle, &w->plugin,
                        &(struct emit_preset){key, label, comment, chain->items[item].params});
}

// The chain as a session would get it. What names files (impulse responses) keeps its numbers.
static enum ton_code write_preset(struct work *w, const struct ton_preset *preset,
                                  struct ton_problems *problems, struct ton_err *err) {
    struct ton_session *session = NULL;
    const char *text = ton_arena_printf(
        w->arena,
        "tonmeister: 1\ntitle: Preset\ntracks: {}\nbuses:\n  Bus: {chain: [preset: "
        "%s]}\n",
        preset->name);
    if (!text)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the presets");
    const enum ton_code code = ton_session_parse(&session, w->arena, "preset.yaml", text,
                                                 strlen(text), NULL, problems, err);
    for (int i = 0; code == TON_OK && i < session->n_strips; i++)
        for (int k = 0; k < session->strips[i].chain.n; k++)
            emit_item(w, preset, &session->strips[i].chain, k);
    return code;
}

static enum ton_code write_presets(struct work *w, struct ton_err *err) {
    struct ton_preset *presets;
    struct ton_problems problems;
    int n;
    ton_problems_init(&problems, w->arena);
    enum ton_code code = ton_presets_list(&presets, &n, w->arena, NULL, &problems, err);
    for (int i = 0; code == TON_OK && i < n; i++)
        code = write_preset(w, &presets[i], &problems, err);
    return code;
}

static enum ton_code write_bundle(struct work *w, struct ton_err *err) {
    enum ton_code code = TON_OK;
    emit_prefixes(&w->bundle.manifest);
    emit_prefixes(&w->bundle.presets);
    for (int i = 0; code == TON_OK && i < ton_processor_count(); i++)
        code = write_processor(w, ton_processor_at(i), err);
    if (code == TON_OK)
        code = write_presets(w, err);
    if (code == TON_OK)
        code = write_file(w, "manifest.ttl", &w->bundle.manifest, err);
    if (code == TON_OK)
        code = write_file(w, "presets.ttl", &w->bundle.presets, err);
    return code;
}

int main(int n, char **words) {
    static struct work w;
    struct ton_err err = {.code = TON_OK};
    w.arena = ton_arena_create();
    w.folder = n > 1 ? words[1] : ".";
    const enum ton_code code = w.arena ? write_bundle(&w, &err) : TON_MEMORY;
    if (code != TON_OK)
        fprintf(stderr, "lv2-emit: %s%s%s\n", err.where, *err.where ? ": " : "", err.text);
    ton_text_free(&w.bundle.manifest);
    ton_text_free(&w.bundle.presets);
    ton_arena_destroy(w.arena);
    return code == TON_OK ? 0 : 1;
}
