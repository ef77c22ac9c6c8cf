/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colour passes, side by side: each hears a mix of its own. */

#include "work.h"

struct ton_master_config masters_config(const struct work *w) {
    return (struct ton_master_config){
        .chain = &w->production->master.chain,
        .ceiling_dbtp = NAN,
    };
}

double masters_level(const struct owed *o, const struct ton_measurement *m) {
    return o->measure == TON_MASTER_RMS ? m->rms_dbfs : m->integrated_lufs;
}

const char *masters_unit(const struct owed *o) {
    return o->measure == TON_MASTER_RMS ? "dBFS RMS" : "LUFS";
}

struct ton_master_track masters_track(const struct work *w, const struct owed *o,
                                      const struct part *part) {
    const struct piece *p = &w->pieces[part->piece];
    const struct version *v = &p->versions[part->version];
    return (struct ton_master_track){.mix = v->mix,
                                     .path = v->colour,
                                     .frames = p->frames,
                                     .fade_in = p->fade_in,
                                     .fade_out = p->fade_out,
                                     .tail = p->tail,
                                     .tempo = piece_tempo(p),
                                     .length = part->runs_on ? p->frames : p->length,
                                     .mono = o && o->format.channels == 1,
                                     .gone = o ? o->gone : NULL};
}

/* The coloured file's name: the mix, the fades and the chain before the limiter. Hashing the whole
 * chain is simpler and costs a second colour pass when only the limiter moved. */
static const char *colour_path(struct work *w, const struct piece *p, const struct version *v) {
    struct ton_hash *h = ton_hash_create();
    if (!h)
        return NULL;
    ton_hash_i64(h, DELIVERY_VERSION);
    ton_hash_key(h, v->key);
    ton_hash_i64(h, p->frames);
    ton_hash_f64(h, piece_tempo(p)); /* for times in notes */
    ton_hash_i64(h, p->fade_in);
    ton_hash_i64(h, p->fade_out);
    keys_add_chain(h, &w->production->master.chain);
    char hex[33];
    const char *path = ton_arena_printf(w->arena, "%s/masters/%s.wav", w->store.folder,
                                        ton_key_hex(hex, ton_hash_result(h)));
    ton_hash_destroy(h);
    return path;
}

/* Where the session says where it ends, nothing rings on. */
static void set_tails(const struct work *w, struct piece *p) {
    if (p->session->end)
        return;
    const struct ton_master_tails tails =
        ton_master_tails(&w->production->master.chain, p->session->rate, piece_tempo(p));
    p->tail = tails.colour;
    p->tail_after = tails.after;
}

static bool needs_colour(const struct work *w, const struct piece *p) {
    return ton_master_colours(&w->production->master.chain) || p->fade_in || p->fade_out ||
           p->tail + p->tail_after > 0;
}

enum ton_code masters_name(struct work *w, struct ton_err *err) {
    for (int i = 0; i < w->n_pieces; i++) {
        struct piece *p = &w->pieces[i];
        set_tails(w, p);
        for (size_t k = 0; k < p->n_versions; k++) {
            struct version *v = &p->versions[k];
            v->colour = needs_colour(w, p) ? colour_path(w, p, v) : v->mix;
            if (!v->colour)
                return ton_fail(err, TON_MEMORY, NULL, "no memory for masters");
        }
    }
    return TON_OK;
}

/* A colour pass, and the plug-in that failed in it. */
struct pass {
    int piece, version;
    struct ton_err trouble;
    double effort;         /* ms, about */
    double frames;         /* about */
    struct ton_tally gone; /* of them */
};

struct passes {
    struct work *work;
    struct pass *items;
    size_t n, capacity;
    const struct ton_progress *progress;
};

/* What a plug-in spoilt is only measured, and made again the next time. */
static enum ton_code keep_colour(struct work *w, struct version *v, const char *draft,
                                 enum ton_code made, const struct ton_err *bypassed,
                                 struct ton_err *err) {
    v->uncoloured = made == TON_FOREIGN;
    v->bypassed |= bypassed->code == TON_MISSED;
    if (made)
        ton_path_abandon(draft);
    if (made)
        return v->uncoloured ? TON_OK : made;
    v->coloured = true;
    return ton_cache_add(w->store.cache, draft, v->colour, !v->unmade && !v->bypassed, err);
}

static enum ton_code colour(void *user, size_t i, struct ton_err *err) {
    const struct passes *passes = user;
    struct work *w = passes->work;
    struct pass *pass = &passes->items[i];
    struct version *v = &w->pieces[pass->piece].versions[pass->version];
    const struct part part = {.piece = pass->piece, .version = pass->version};
    struct ton_master_config config = masters_config(w);
    struct ton_master_track track = masters_track(w, NULL, &part);
    char draft[TON_PATH_MAX];
    enum ton_code code = ton_cache_draft(draft, v->colour, err);
    if (code)
        return code;
    config.bypassed = &pass->trouble;
    track.path = draft;
    track.gone = &pass->gone;
    code = ton_master_colour(&track, &config, err);
    const enum ton_code kept = keep_colour(w, v, draft, code, &pass->trouble, err);
    if (code == TON_FOREIGN)
        pass->trouble = *err;
    return kept;
}

/* Takes hold of what is kept; the mixes of the rest are needed. */
static int64_t find_kept(struct work *w) {
    int64_t missing = 0;
    for (int i = 0; i < w->n_pieces; i++) {
        struct piece *p = &w->pieces[i];
        for (size_t k = 0; k < p->n_versions; k++) {
            struct version *v = &p->versions[k];
            if (!v->mastering || v->coloured || v->uncoloured)
                continue;
            const bool is_mix = v->colour == v->mix;
            v->coloured = ton_store_has(&w->store, v->colour,
                                        is_mix ? ton_plan_frames(p->plan) : p->frames + p->tail);
            v->needed |= !v->coloured;
            missing += v->coloured || is_mix ? 0 : TON_STORE_FRAME_BYTES * (p->frames + p->tail);
        }
    }
    return missing;
}

static enum ton_code list_passes(struct passes *passes, struct ton_err *err) {
    const struct work *w = passes->work;
    for (int i = 0; i < w->n_pieces; i++) {
        const struct piece *p = &w->pieces[i];
        for (size_t k = 0; k < p->n_versions; k++) {
            struct version *v = &p->versions[k];
            /* On the whole mix gains and lengths are found, whatever it lacks. */
            if (!v->mastering || v->coloured || v->uncoloured || (k > 0 && v->unmade))
                continue;
            v->coloured = v->colour == v->mix;
            if (v->coloured)
                continue;
            struct pass *pass = TON_PUSH(w->arena, passes->items, passes->n, passes->capacity);
            if (!pass)
                return ton_fail(err, TON_MEMORY, NULL, "no memory for masters");
            *pass = (struct pass){
                .piece = i,
                .version = (int)k,
                .effort = progress_colour(p, v),
                .frames = fmax(1.0, (double)(p->frames + p->tail)),
            };
        }
    }
    return TON_OK;
}

static double effort_of(const struct passes *passes) {
    double ms = 0.0;
    for (size_t i = 0; i < passes->n; i++)
        ms += passes->items[i].effort;
    return ms;
}

/* Of all passes, with the first that is under way. */
static void tell(void *user) {
    const struct passes *passes = user;
    const struct pass *now = NULL;
    double done = 0.0;
    char text[256];
    for (size_t i = 0; i < passes->n; i++) {
        struct pass *pass = &passes->items[i];
        const double share = fmin(1.0, (double)ton_tally_frames(&pass->gone) / pass->frames);
        now = now || share >= 1.0 ? now : pass;
        done += pass->effort * share;
    }
    const int piece = (now ? now : &passes->items[passes->n - 1])->piece;
    snprintf(text, sizeof text, "mastering %s", passes->work->pieces[piece].session->name);
    ton_progress_step(passes->progress, text, done / effort_of(passes));
}

enum ton_code masters_colour(struct work *w, struct ton_err *err) {
    struct passes passes = {.work = w};
    const int64_t missing = find_kept(w);
    enum ton_code code = mixes_render(w, err);
    if (!code)
        disk_make_room(w, missing, "masters");
    if (!code)
        code = list_passes(&passes, err);
    passes.progress = progress_part(w, effort_of(&passes), NULL);
    if (!code)
        code = crew_run(w, &(struct jobs){passes.n, colour, tell, &passes}, err);
    for (size_t i = 0; i < passes.n; i++)
        if (passes.items[i].trouble.code)
            trouble_note(w, &passes.items[i].trouble, passes.items[i].trouble.code == TON_MISSED);
    return code;
}
