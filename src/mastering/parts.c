/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dear parts of a session: those in the cache are read back, the others kept on the way. */

#include "ton/audio_out.h"
#include "ton/store.h"

/* A stream on its way into the cache. */
struct part_file {
    const struct ton_dear *dear;
    int output;
    const char *path;
    struct ton_audio_out *out; /* NULL: given up */
    char draft[TON_PATH_MAX];
};

struct ton_parts {
    struct ton_store *store;
    struct ton_arena *arena;
    struct ton_plan *plan;
    struct part_file *files;
    int n, n_read_back, n_kept;
};

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to render the session");
}

static void give_up(struct part_file *f) {
    ton_audio_abandon(f->out);
    f->out = NULL;
    if (f->draft[0])
        ton_path_abandon(f->draft);
    f->draft[0] = '\0';
}

/* What cannot be kept is no reason not to be heard. */
static enum ton_code write_part(void *user, const float *const *in, int frames,
                                struct ton_err *err) {
    (void)err;
    struct part_file *f = user;
    if (f->out && ton_audio_write(f->out, in, frames, NULL))
        give_up(f);
    return TON_OK;
}

static int64_t bytes_of(const struct ton_dear *dear) {
    return (int64_t)sizeof(float) * dear->channels * dear->lengths[0].frames;
}

static enum ton_code open_part(struct ton_parts *parts, struct part_file *f, struct ton_sink *sinks,
                               struct ton_err *err) {
    const struct ton_audio_out_config config = {
        .format = {.codec = TON_FLOAT, .bits = 32, .rate = ton_plan_rate(parts->plan)},
        .channels = f->dear->channels,
        .frames = f->dear->lengths[0].frames,
        .loosely = true,
    };
    if (ton_cache_draft(f->draft, f->path, NULL) ||
        ton_audio_create(&f->out, f->draft, &config, NULL)) {
        give_up(f);
        return TON_OK;
    }
    f->output = ton_plan_tap(parts->plan, f->dear);
    if (f->output < 0)
        return no_memory(err);
    sinks[f->output] = (struct ton_sink){write_part, f};
    return TON_OK;
}

/* Those that nobody keeps yet, and there is room for. */
static enum ton_code open_missing(struct ton_parts *parts, struct ton_sink *sinks,
                                  struct ton_err *err) {
    const struct ton_store *store = parts->store;
    int64_t bytes = 0;
    for (int i = 0; i < parts->n; i++)
        bytes += bytes_of(parts->files[i].dear);
    if (bytes > store->config.limit ||
        (bytes && !ton_cache_make_room(store->cache, bytes, store->owed)))
        parts->n = 0;
    enum ton_code code = TON_OK;
    for (int i = 0; i < parts->n && !code; i++)
        code = open_part(parts, &parts->files[i], sinks, err);
    return code;
}

/* Where it is kept, or would be; NULL without memory. */
static bool find_part(const char **path, struct ton_parts *parts, const struct ton_dear *dear) {
    for (int k = TON_DEAR_LENGTHS - 1; k >= 0; k--) {
        char hex[33];
        *path = ton_arena_printf(parts->arena, "%s/parts/%s.wav", parts->store->folder,
                                 ton_key_hex(hex, dear->lengths[k].key));
        if (*path && ton_store_has(parts->store, *path, dear->lengths[k].frames))
            return true;
    }
    return false;
}

/* Of these streams. */
static enum ton_code open_parts(struct ton_parts *parts, struct ton_sink **sinks,
                                const struct ton_dear *dear, int n, struct ton_err *err) {
    struct ton_arena *arena = parts->arena;
    struct ton_plan *plan = parts->plan;
    const size_t n_wishes = (size_t)ton_plan_wishes(plan);
    struct ton_sink *all = TON_NEW_N(arena, struct ton_sink, n_wishes + (size_t)n);
    parts->files = TON_NEW_N(arena, struct part_file, n);
    if (!all || !parts->files)
        return no_memory(err);
    memcpy(all, *sinks, sizeof *all * n_wishes);
    *sinks = all;
    for (int i = n - 1; i >= 0; i--) { /* what a kept one hears is not needed for it */
        const char *path = NULL;
        if (!ton_plan_needs(plan, all, dear[i].node))
            continue;
        const bool kept = find_part(&path, parts, &dear[i]);
        if (!path)
            return no_memory(err);
        parts->n_read_back += kept;
        if (kept)
            ton_plan_read_back(plan, &dear[i], path);
        else
            parts->files[parts->n++] = (struct part_file){.dear = &dear[i], .path = path};
    }
    return open_missing(parts, all, err);
}

static struct ton_parts *create(struct ton_store *store, struct ton_arena *arena,
                                struct ton_plan *plan) {
    struct ton_parts *parts = TON_NEW(arena, struct ton_parts);
    if (parts)
        *parts = (struct ton_parts){.store = store, .arena = arena, .plan = plan};
    return parts;
}

enum ton_code ton_parts_open(struct ton_parts **out, struct ton_sink **sinks,
                             struct ton_store *store, struct ton_arena *arena,
                             struct ton_plan *plan, struct ton_err *err) {
    struct ton_dear *dear = NULL;
    int n = 0;
    *out = create(store, arena, plan);
    if (!*out)
        return no_memory(err);
    const enum ton_code code = ton_plan_dear(&dear, &n, plan, *sinks, err);
    return code || n == 0 ? code : open_parts(*out, sinks, dear, n, err);
}

/* Nothing stays of a render that failed or had to repair, or of a plug-in that did. */
void ton_parts_close(struct ton_parts *parts, bool good) {
    for (int i = 0; i < parts->n; i++) {
        struct part_file *f = &parts->files[i];
        if (!f->out)
            continue;
        if (!good || ton_plan_failure(parts->plan, f->output, NULL)) {
            give_up(f);
            continue;
        }
        if (ton_audio_finish(f->out, NULL)) {
            ton_path_abandon(f->draft);
            continue;
        }
        if (ton_cache_add(parts->store->cache, f->draft, f->path, true, NULL))
            continue;
        ton_plan_read_back(parts->plan, f->dear, f->path);
        parts->n_kept++;
    }
    ton_plan_untap(parts->plan);
}

static enum ton_code ignore(void *user, const float *const *in, int frames, struct ton_err *err) {
    (void)user, (void)in, (void)frames, (void)err;
    return TON_OK;
}

/* Nobody needs the outputs for that, only what is kept. */
static enum ton_code render_missing(struct ton_parts *parts, struct ton_sink *sinks,
                                    struct ton_err *err) {
    struct ton_render_stats stats = {0};
    for (int i = 0; i < ton_plan_wishes(parts->plan); i++)
        sinks[i].write = NULL;
    const enum ton_code code =
        parts->n > 0 ? ton_render(parts->plan, sinks, &stats, NULL, err) : TON_OK;
    ton_parts_close(parts, (!code || code == TON_FOREIGN) && !stats.repaired);
    return code;
}

enum ton_code ton_parts_settle(void *user, struct ton_plan *plan, struct ton_err *err) {
    const struct ton_settling *s = user;
    const int n_wishes = ton_plan_wishes(plan);
    struct ton_sink *sinks = TON_NEW_N(s->arena, struct ton_sink, n_wishes + 1);
    struct ton_parts *parts = create(s->store, s->arena, plan);
    struct ton_dear *dear = NULL;
    int n = 0;
    if (!sinks || !parts)
        return no_memory(err);
    for (int i = 0; i < n_wishes; i++)
        sinks[i].write = ignore;
    enum ton_code code = ton_plan_foreign(&dear, &n, plan, sinks, err);
    if (code || n == 0)
        return code;
    code = open_parts(parts, &sinks, dear, n, err);
    if (code) {
        ton_parts_close(parts, false);
        return code;
    }
    const int missing = parts->n;
    code = render_missing(parts, sinks, err);
    return code || parts->n_kept == missing
               ? code
               : ton_fail(err, TON_FOREIGN, NULL, "what a plug-in plays could not be kept");
}

struct ton_parts_count ton_parts_count(const struct ton_parts *parts) {
    return (struct ton_parts_count){parts->n_read_back, parts->n_kept};
}
