/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Colour passes. */

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

/* What a plug-in spoilt is only measured, and made again the next time. */
static enum ton_code keep_colour(struct work *w, struct version *v, const char *draft,
                                 enum ton_code made, const struct ton_err *bypassed,
                                 struct ton_err *err) {
    v->uncoloured = made == TON_FOREIGN;
    v->bypassed |= bypassed->code == TON_MISSED;
    if (v->uncoloured || bypassed->code)
        trouble_note(w, v->uncoloured ? err : bypassed, !v->uncoloured);
    if (made)
        ton_path_abandon(draft);
    if (made)
        return v->uncoloured ? TON_OK : made;
    v->coloured = true;
    return ton_cache_add(w->store.cache, draft, v->colour, !v->unmade && !v->bypassed, err);
}

static enum ton_code colour(struct work *w, int piece, int version, struct ton_err *err) {
    struct version *v = &w->pieces[piece].versions[version];
    v->coloured = v->colour == v->mix;
    if (v->coloured)
        return TON_OK;
    const struct part part = {.piece = piece, .version = version};
    struct ton_err bypassed = {.code = TON_OK};
    struct ton_master_config config = masters_config(w);
    struct ton_master_track track = masters_track(w, NULL, &part);
    const struct piece *p = &w->pieces[piece];
    const struct ton_progress *progress = progress_part(w, progress_colour(p, v), p->session->name);
    char draft[TON_PATH_MAX];
    enum ton_code code = ton_cache_draft(draft, v->colour, err);
    if (code)
        return code;
    config.bypassed = &bypassed;
    track.path = draft;
    code = ton_master_colour(&track, &config, progress, err);
    return keep_colour(w, v, draft, code, &bypassed, err);
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
            missing += v->coloured || is_mix ? 0 : CACHE_FRAME_BYTES * (p->frames + p->tail);
        }
    }
    return missing;
}

enum ton_code masters_colour(struct work *w, struct ton_err *err) {
    const int64_t missing = find_kept(w);
    enum ton_code code = mixes_render(w, err);
    if (!code)
        disk_make_room(w, missing, "masters");
    for (int i = 0; i < w->n_pieces && !code; i++) {
        const struct piece *p = &w->pieces[i];
        for (size_t k = 0; k < p->n_versions && !code; k++) {
            const struct version *v = &p->versions[k];
            /* On the whole mix gains and lengths are found, whatever it lacks. */
            if (v->mastering && !v->coloured && !v->uncoloured && (k == 0 || !v->unmade))
                code = colour(w, i, (int)k, err);
        }
    }
    return code;
}
