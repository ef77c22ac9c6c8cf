/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the rest of the program gets at plug-ins: found by address or name, listed, sealed with the
 * hash of what they are made of. */
#include "link.h"
#include "score.h"

#include "ton/known.h"
#include "ton/lv2.h"
#include "ton/path.h"

#include "config.h"

#include <stdlib.h>
#include <unistd.h>

static char program[TON_PATH_MAX];

const char *link_program(void) {
    return program;
}

/* Beside the running program, else where it was installed. */
static void find_program(const char *host) {
    char self[TON_PATH_MAX - 16];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = NULL;
    if (n > 0) {
        self[n] = '\0';
        slash = strrchr(self, '/');
    }
    if (host)
        snprintf(program, sizeof program, "%s", host);
    else if (slash)
        snprintf(program, sizeof program, "%.*s/ton-host", (int)(slash - self), self);
    if (!host && !ton_path_exists(program))
        snprintf(program, sizeof program, "%s/ton-host", TON_LIBEXEC);
}

static enum ton_code look_up(struct plug **out, const char *name, struct ton_err *err) {
    const char *nearest = NULL, *several = NULL;
    struct catalogue *c = catalogue_get();
    const LilvPlugin *lilv = c ? catalogue_find(c, name, &nearest, &several) : NULL;
    *out = lilv ? catalogue_plug(c, lilv) : NULL;
    if (*out)
        return TON_OK;
    if (!c || ton_arena_failed(c->arena))
        return ton_fail(err, TON_MEMORY, NULL, "no memory to read the plug-ins");
    if (several)
        return ton_fail(err, TON_INPUT, NULL,
                        "more than one plug-in is called `%s`; write the address of one: %s", name,
                        several);
    const unsigned n = lilv_plugins_size(lilv_world_get_all_plugins(c->world));
    if (nearest)
        return ton_fail(err, TON_INPUT, NULL,
                        "no LV2 plug-in `%s` is installed; did you mean `%s`?", name, nearest);
    return ton_fail(err, TON_INPUT, NULL,
                    "no LV2 plug-in `%s` is installed, nor any that comes near; `ton processors "
                    "--lv2` lists the %u that are",
                    name, n);
}

static enum ton_code check_usable(const struct plug *plug, struct ton_err *err) {
    if (plug->unusable)
        return ton_fail(err, TON_INPUT, NULL, "the plug-in `%s` %s", plug->name, plug->unusable);
    if (!plug->binary || !ton_path_exists(plug->binary))
        return ton_fail(err, TON_INPUT, NULL,
                        "the plug-in `%s` is not whole: `%s` is missing; install it anew",
                        plug->name, plug->binary ? plug->binary : plug->bundle);
    return TON_OK;
}

static enum ton_code find(const struct ton_processor **out, const char *name, struct ton_err *err) {
    struct plug *plug = NULL;
    enum ton_code code = look_up(&plug, name, err);
    *out = plug ? &plug->processor : NULL;
    if (!code)
        code = check_usable(plug, err);
    return code;
}

static bool is_called(const char *name) {
    struct catalogue *c = catalogue_get();
    return c && catalogue_likely(c, name);
}

static int row(const struct ton_processor *p, const char *name) {
    const struct plug *plug = plug_of(p);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < p->n_rows; i++)
            if (pass == 0 ? strcmp(plug->controls[i].symbol, name) == 0
                          : strcasecmp(plug->controls[i].name, name) == 0)
                return i;
    return -1;
}

static enum ton_code hash_file(struct ton_hash *h, const char *path, struct ton_err *err) {
    struct ton_key key = {0};
    const enum ton_code code = ton_known_key(&key, path, err);
    ton_hash_key(h, key);
    return code;
}

static enum ton_code seal(struct ton_setup *setup, const struct ton_processor *p,
                          struct ton_arena *arena, struct ton_err *err) {
    const struct plug *plug = plug_of(p);
    struct ton_hash *h = ton_hash_create();
    struct score_clip clip;
    if (!h)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for content keys");
    ton_hash_text(h, plug->uri);
    ton_hash_i64(h, p->version);
    enum ton_code code = hash_file(h, plug->binary, err); /* alone: it is what computes */
    /* Ranges and choices turn what a session says into what it gets. */
    for (int i = 0; i < plug->n_turtle && !code; i++)
        code = hash_file(h, plug->turtle[i], err);
    setup->n_files = 0;
    if (!code)
        code = plug_hash_state(h, setup, plug, arena, err);
    for (size_t i = 0; i < setup->n_files && !code; i++)
        code = hash_file(h, setup->files[i], err);
    setup->own = ton_hash_result(h);
    for (const char *text = setup->notes; text && (text = score_clip_read(&clip, text));) {
        const char *path = ton_arena_copy(arena, clip.path, clip.length);
        ton_hash_i64(h, clip.at);
        ton_hash_i64(h, clip.from);
        ton_hash_i64(h, clip.frames);
        plug_reads(setup, arena, path);
        if (path && !code)
            code = hash_file(h, path, err);
    }
    ton_hash_i64(h, setup->bypass_on_failure);
    setup->key = ton_hash_result(h);
    ton_hash_destroy(h);
    return code;
}

static void identity(struct ton_identity *out, const struct ton_processor *p) {
    const struct plug *plug = plug_of(p);
    *out = (struct ton_identity){.address = plug->uri, .binary = plug->binary};
    snprintf(out->version, sizeof out->version, "%d.%d", plug->minor, plug->micro);
}

static enum ton_code notes(int64_t *frames, struct ton_arena *arena, const char *path, double rate,
                           struct ton_err *err) {
    struct score score;
    const enum ton_code code = score_read(&score, arena, path, rate, err);
    *frames = score.frames;
    return code;
}

static bool plays(const struct ton_processor *p) {
    return plug_of(p)->n_midi > 0;
}

static bool only_plays(const struct ton_processor *p) {
    const struct plug *plug = plug_of(p);
    return plays(p) && plug->n_in + plug->n_key == 0 && plug->n_out > 0;
}

static bool hears(const struct ton_processor *p) {
    return plug_of(p)->n_key > 0;
}

void ton_lv2_register(const char *host) {
    static const struct ton_foreign lv2 = {.kind = "lv2",
                                           .find = find,
                                           .is_called = is_called,
                                           .row = row,
                                           .preset = plug_preset,
                                           .state = plug_state,
                                           .seal = seal,
                                           .identity = identity,
                                           .notes = notes,
                                           .plays = plays,
                                           .only_plays = only_plays,
                                           .hears = hears};
    find_program(host);
    ton_foreign_set(&lv2);
}

static struct ton_lv2_plugin told(const struct plug *plug) {
    return (struct ton_lv2_plugin){.uri = plug->uri,
                                   .name = plug->name,
                                   .kind = plug->class_name,
                                   .unusable = plug->unusable,
                                   .bundle = plug->bundle,
                                   .audio_in = plug->n_in,
                                   .audio_out = plug->n_out,
                                   .sidechain = plug->n_key,
                                   .notes = plug->n_midi,
                                   .processor = &plug->processor};
}

static int by_name(const void *a, const void *b) {
    const struct ton_lv2_plugin *x = a, *y = b;
    const int order = strcasecmp(x->name, y->name);
    return order ? order : strcmp(x->uri, y->uri);
}

enum ton_code ton_lv2_list(struct ton_lv2_plugin **out, size_t *n, struct ton_arena *arena,
                           struct ton_err *err) {
    struct catalogue *c = catalogue_get();
    const LilvPlugins *plugins = c ? lilv_world_get_all_plugins(c->world) : NULL;
    *n = 0;
    *out = c ? TON_NEW_N(arena, struct ton_lv2_plugin, lilv_plugins_size(plugins) + 1) : NULL;
    if (!*out)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to read the plug-ins");
    LILV_FOREACH(plugins, i, plugins) {
        const struct plug *plug = catalogue_plug(c, lilv_plugins_get(plugins, i));
        if (!plug)
            return ton_fail(err, TON_MEMORY, NULL, "no memory to read the plug-ins");
        (*out)[(*n)++] = told(plug);
    }
    qsort(*out, *n, sizeof **out, by_name);
    return TON_OK;
}

enum ton_code ton_lv2_find(struct ton_lv2_plugin *out, const char *name, struct ton_err *err) {
    struct plug *plug = NULL;
    const enum ton_code code = look_up(&plug, name, err);
    if (!code)
        *out = told(plug);
    return code;
}
