/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mixes that deliverables are made from: every version of a session in one pass, kept in the
 * cache as float files under the key of everything they depend on. */

#include "ton/audio_out.h"
#include "ton/known.h"
#include "work.h"

/* A key of zeros is no key: the file that cannot be read, by name. */
static enum ton_code fail_key(const struct piece *p, struct ton_err *err) {
    struct ton_key ignored;
    for (int i = 0; i < p->session->n_takes; i++) {
        const enum ton_code code = ton_known_key(&ignored, p->session->takes[i].path, err);
        if (code)
            return code;
    }
    for (size_t i = 0; i < p->session->n_files; i++) {
        const enum ton_code code = ton_known_key(&ignored, p->session->files[i].path, err);
        if (code)
            return code;
    }
    return ton_fail(err, TON_MEMORY, p->session->path, "no memory for content keys");
}

static enum ton_code plan_piece(struct work *w, struct piece *p, struct ton_err *err) {
    struct ton_wish *wishes = TON_NEW_N(w->arena, struct ton_wish, p->n_versions);
    if (!wishes)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to compile the session");
    for (size_t i = 0; i < p->n_versions; i++)
        wishes[i] = p->versions[i].wish;
    const struct ton_plan_config config = {.threads = w->config->threads};
    enum ton_code code =
        ton_plan_compile(&p->plan, p->session, wishes, (int)p->n_versions, &config, err);
    for (size_t i = 0; i < p->n_versions && !code; i++) {
        struct version *v = &p->versions[i];
        char hex[33];
        v->key = ton_plan_key(p->plan, (int)i);
        if (ton_key_same(v->key, (struct ton_key){0}))
            return fail_key(p, err);
        v->mix = ton_arena_printf(w->arena, "%s/mixes/%s.wav", w->store.folder,
                                  ton_key_hex(hex, v->key));
        if (!v->mix)
            code = ton_fail(err, TON_MEMORY, NULL, "no memory to compile the session");
    }
    return code;
}

enum ton_code mixes_plan(struct work *w, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (int i = 0; i < w->n_pieces && !code; i++)
        code = plan_piece(w, &w->pieces[i], err);
    return code;
}

/* A version on its way into the cache. */
struct draft {
    struct ton_audio_out *out;
    char path[TON_PATH_MAX];
};

static enum ton_code write_mix(void *user, const float *const *in, int frames,
                               struct ton_err *err) {
    const struct draft *draft = user;
    return ton_audio_write(draft->out, in, frames, err);
}

/* Opens a cache file for every version that is needed and not there yet. */
static enum ton_code open_sinks(struct work *w, struct piece *p, struct ton_sink *sinks,
                                struct ton_err *err) {
    const struct ton_audio_out_config config = {
        .format = {.codec = TON_FLOAT, .bits = 32, .rate = p->session->rate},
        .channels = 2,
        .frames = ton_plan_frames(p->plan),
        .loosely = true,
    };
    enum ton_code code = TON_OK;
    for (size_t i = 0; i < p->n_versions && !code; i++) {
        const struct version *v = &p->versions[i];
        if (!v->needed || v->rendered)
            continue;
        struct draft *draft = TON_NEW(w->arena, struct draft);
        code = draft ? ton_cache_draft(draft->path, v->mix, err)
                     : ton_fail(err, TON_MEMORY, NULL, "no memory to render the session");
        if (!code)
            code = ton_audio_create(&draft->out, draft->path, &config, err);
        if (!code)
            sinks[i] = (struct ton_sink){write_mix, draft};
    }
    return code;
}

static enum ton_code close_draft(struct work *w, struct version *v, struct draft *draft,
                                 struct ton_err *err) {
    enum ton_code code = ton_audio_finish(draft->out, err);
    /* What a plug-in spoilt is only measured, and made again the next time. */
    if (!code)
        code = ton_cache_add(w->store.cache, draft->path, v->mix, !v->unmade && !v->bypassed, err);
    v->rendered = !code;
    return code;
}

static enum ton_code close_sinks(struct work *w, struct piece *p, struct ton_sink *sinks,
                                 enum ton_code code, struct ton_err *err) {
    for (size_t i = 0; i < p->n_versions; i++) {
        struct draft *draft = sinks[i].user;
        if (sinks[i].write && code) {
            ton_audio_abandon(draft->out);
            ton_path_abandon(draft->path);
        } else if (sinks[i].write)
            code = close_draft(w, &p->versions[i], draft, err);
    }
    return code;
}

/* Which versions hear a plug-in that failed. */
static void find_spoilt(struct work *w, struct piece *p, const struct ton_sink *sinks) {
    for (size_t i = 0; i < p->n_versions; i++) {
        struct ton_err err;
        enum ton_code code = sinks[i].write ? ton_plan_failure(p->plan, (int)i, &err) : TON_OK;
        p->versions[i].unmade |= code == TON_FOREIGN;
        p->versions[i].bypassed |= code == TON_MISSED;
        for (int k = 0; code == TON_FOREIGN || code == TON_MISSED; k++) {
            code = ton_plan_failure_at(p->plan, (int)i, k, &err);
            if (code == TON_FOREIGN || code == TON_MISSED)
                trouble_note(w, &err, code == TON_MISSED);
        }
    }
}

/* All that is wished, and the dear parts of it. */
static enum ton_code render(struct work *w, struct piece *p, struct ton_sink *sinks,
                            struct ton_render_stats *stats, struct ton_err *err) {
    struct ton_parts *parts = NULL;
    w->store.owed = disk_owed(w);
    enum ton_code code = ton_parts_open(&parts, &sinks, &w->store, w->arena, p->plan, err);
    if (!code)
        code = ton_render(p->plan, sinks, stats,
                          progress_part(w, progress_render(p), p->session->name), err);
    if (parts)
        ton_parts_close(parts, (!code || code == TON_FOREIGN) && !stats->repaired);
    return code == TON_FOREIGN ? TON_OK : code;
}

static enum ton_code render_piece(struct work *w, struct piece *p, struct ton_err *err) {
    struct ton_sink *sinks = TON_NEW_N(w->arena, struct ton_sink, p->n_versions);
    if (!sinks)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to render the session");
    enum ton_code code = open_sinks(w, p, sinks, err);
    bool any = false;
    for (size_t i = 0; i < p->n_versions; i++)
        any |= sinks[i].write != NULL;
    struct ton_render_stats stats = {0};
    if (!code && any)
        code = render(w, p, sinks, &stats, err);
    if (!code && any)
        find_spoilt(w, p, sinks);
    if (!code && stats.repaired)
        ton_problems_add(w->problems, true, p->session->path,
                         "%lld samples of %s were not numbers and were set to silence",
                         (long long)stats.repaired,
                         stats.repaired_at ? stats.repaired_at : "a strip");
    return close_sinks(w, p, sinks, code, err);
}

/* Takes hold of what is kept, before room is made for the rest. */
static int64_t find_kept(struct work *w) {
    int64_t missing = 0;
    for (int i = 0; i < w->n_pieces; i++) {
        struct piece *p = &w->pieces[i];
        const int64_t frames = ton_plan_frames(p->plan);
        for (size_t k = 0; k < p->n_versions; k++) {
            struct version *v = &p->versions[k];
            if (!v->needed || v->rendered)
                continue;
            v->rendered = ton_store_has(&w->store, v->mix, frames);
            missing += v->rendered ? 0 : TON_STORE_FRAME_BYTES * frames;
        }
    }
    return missing;
}

enum ton_code mixes_render(struct work *w, struct ton_err *err) {
    const int64_t missing = find_kept(w);
    enum ton_code code = missing ? disk_check(w, err) : TON_OK;
    if (!code)
        disk_make_room(w, missing, "mixes");
    for (int i = 0; i < w->n_pieces && !code; i++)
        code = render_piece(w, &w->pieces[i], err);
    return code;
}

void mixes_close(struct work *w) {
    for (int i = 0; i < w->n_pieces; i++)
        ton_plan_destroy(w->pieces[i].plan);
}
