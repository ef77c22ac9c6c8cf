/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A measured room for programs. */
#include "room.h"

#include "ton/json.h"

#include <math.h>
#include <stdio.h>

static struct ton_json *numbers(const double *values, int n, int digits) {
    struct ton_json *list = ton_json_array();
    for (int i = 0; i < n; i++)
        ton_json_add(list, ton_json_round(values[i], digits));
    return list;
}

/* The value, or null and why beside it. */
static void set_time(struct ton_json *j, const char *key, const struct ton_room_decay *d) {
    struct ton_json *t = ton_json_object();
    ton_json_set(t, "seconds", ton_json_round(d->seconds, 3));
    ton_json_set(t, "correlation", ton_json_round(d->correlation, 5));
    ton_json_set(t, "xi_permille", ton_json_round(d->xi, 2));
    ton_json_set(t, "doubt",
                 d->doubt ? ton_json_string(ton_room_doubt_words(d->doubt)) : ton_json_null());
    ton_json_set(j, key, t);
}

static struct ton_json *band_json(const struct ton_room_band *b) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "hz", b->hz > 0.0 ? ton_json_number(b->hz) : ton_json_null());
    set_time(j, "edt", &b->edt);
    set_time(j, "t20", &b->t20);
    set_time(j, "t30", &b->t30);
    ton_json_set(j, "curvature_percent", ton_json_round(b->curvature_percent, 1));
    ton_json_set(j, "c50_db", ton_json_round(b->c50_db, 2));
    ton_json_set(j, "c80_db", ton_json_round(b->c80_db, 2));
    ton_json_set(j, "d50", ton_json_round(b->d50, 3));
    ton_json_set(j, "centre_ms", ton_json_round(b->centre_ms, 2));
    ton_json_set(j, "level_db", ton_json_round(b->level_db, 2));
    ton_json_set(j, "noise_db", ton_json_round(b->noise_db, 2));
    ton_json_set(j, "range_db", ton_json_round(b->range_db, 1));
    ton_json_set(j, "doubt",
                 b->doubt ? ton_json_string(ton_room_doubt_words(b->doubt)) : ton_json_null());
    return j;
}

static struct ton_json *bands_json(const struct ton_room_band *bands, int n) {
    struct ton_json *list = ton_json_array();
    for (int i = 0; i < n; i++)
        ton_json_add(list, band_json(&bands[i]));
    return list;
}

static struct ton_json *sti_json(const struct ton_sti *sti) {
    struct ton_json *j = ton_json_object();
    const bool known = isfinite(sti->index);
    ton_json_set(j, "index", ton_json_round(sti->index, 3));
    ton_json_set(j, "rating", known ? ton_json_string(sti->rating) : ton_json_null());
    ton_json_set(j, "bands", known ? numbers(sti->band, TON_STI_BANDS, 3) : ton_json_null());
    ton_json_set(j, "doubt",
                 sti->doubt ? ton_json_string(ton_room_doubt_words(sti->doubt)) : ton_json_null());
    return j;
}

static struct ton_json *curves_json(const struct ton_room_path *path) {
    static const char *const names[TON_N_SMOOTHINGS] = {"none", "third", "sixth", "twelfth",
                                                        "psychoacoustic"};
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "hz", numbers(path->curve[0].hz, path->curve[0].n, 2));
    for (int s = 0; s < TON_N_SMOOTHINGS; s++)
        ton_json_set(j, names[s], numbers(path->curve[s].db, path->curve[s].n, 2));
    return j;
}

static struct ton_json *reflections_json(const struct ton_room_path *path) {
    struct ton_json *list = ton_json_array();
    for (int i = 0; i < path->n_reflections; i++) {
        struct ton_json *j = ton_json_object();
        ton_json_set(j, "ms", ton_json_round(path->reflections[i].ms, 3));
        ton_json_set(j, "metres", ton_json_round(path->reflections[i].metres, 3));
        ton_json_set(j, "db", ton_json_round(path->reflections[i].db, 2));
        ton_json_add(list, j);
    }
    return list;
}

static struct ton_json *mode_json(const struct ton_room_mode *mode) {
    struct ton_json *j = ton_json_object(), *waves = ton_json_array();
    for (int i = 0; i < 3; i++)
        ton_json_add(waves, ton_json_integer(mode->waves[i]));
    ton_json_set(j, "hz", ton_json_round(mode->hz, 2));
    ton_json_set(j, "waves", waves);
    return j;
}

static struct ton_json *resonances_json(const struct ton_room_path *path) {
    struct ton_json *list = ton_json_array();
    for (int i = 0; i < path->n_resonances; i++) {
        const struct ton_room_resonance *const r = &path->resonances[i];
        struct ton_json *j = ton_json_object();
        ton_json_set(j, "hz", ton_json_round(r->hz, 2));
        ton_json_set(j, "over_db", ton_json_round(r->over_db, 2));
        ton_json_set(j, "t60_s", ton_json_round(r->t60_s, 3));
        ton_json_set(j, "mode",
                     r->mode < 0 ? ton_json_null() : mode_json(&path->modes.items[r->mode]));
        ton_json_add(list, j);
    }
    return list;
}

static struct ton_json *modes_json(const struct ton_room_path *path) {
    struct ton_json *list = ton_json_array();
    for (int i = 0; i < path->modes.n; i++)
        ton_json_add(list, mode_json(&path->modes.items[i]));
    return list;
}

static struct ton_json *waterfall_json(const struct ton_waterfall *w) {
    struct ton_json *j = ton_json_object(), *slices = ton_json_array();
    ton_json_set(j, "hz", numbers(w->hz, w->n_points, 2));
    ton_json_set(j, "ms", numbers(w->ms, w->n_slices, 1));
    for (int i = 0; i < w->n_slices; i++)
        ton_json_add(slices, numbers(w->db + (size_t)i * (size_t)w->n_points, w->n_points, 1));
    ton_json_set(j, "db", slices);
    return j;
}

static struct ton_json *heard_json(const struct room_measured *m) {
    if (!m->has_heard)
        return ton_json_null();
    struct ton_json *j = ton_json_object(), *harmonics = ton_json_array();
    const struct ton_sweep_heard *const h = &m->heard;
    ton_json_set(j, "inverted", ton_json_bool(h->inverted));
    ton_json_set(j, "arrival_frames", ton_json_round(h->arrival_frames, 2));
    ton_json_set(j, "distance_m", ton_json_round(m->distance_m, 3));
    ton_json_set(j, "distance", ton_json_string(m->distance_remark));
    ton_json_set(j, "drift_ppm", ton_json_round(h->drift_ppm, 2));
    ton_json_set(j, "peak_dbfs", ton_json_round(h->peak_dbfs, 2));
    ton_json_set(j, "noise_dbfs", ton_json_round(h->noise_dbfs, 2));
    ton_json_set(j, "thd_percent", ton_json_round(h->thd_percent, 3));
    for (int i = 2; i <= TON_SWEEP_HARMONICS; i++)
        ton_json_add(harmonics, ton_json_round(h->harmonic_db[i], 1));
    ton_json_set(j, "harmonics_db", harmonics);
    return j;
}

static struct ton_json *advices_json(const struct ton_room_advices *advices) {
    struct ton_json *list = ton_json_array();
    for (int i = 0; i < advices->n; i++) {
        const struct ton_room_advice *const a = &advices->items[i];
        struct ton_json *j = ton_json_object();
        ton_json_set(j, "serious", ton_json_bool(a->serious));
        ton_json_set(j, "kind", ton_json_string(a->kind));
        ton_json_set(j, "found", ton_json_string(a->found));
        ton_json_set(j, "remedy", ton_json_string(a->remedy));
        ton_json_add(list, j);
    }
    return list;
}

static struct ton_json *path_json(const struct room_measured *m) {
    const struct ton_room_path *const p = &m->path;
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "name", ton_json_string(p->name));
    ton_json_set(j, "advice", advices_json(&m->advices));
    ton_json_set(j, "loudspeaker", heard_json(m));
    ton_json_set(j, "t_mid_s", ton_json_round(p->figures.t_mid_s, 3));
    ton_json_set(j, "c50_mid_db", ton_json_round(p->figures.middle.c50_db, 2));
    ton_json_set(j, "c80_mid_db", ton_json_round(p->figures.middle.c80_db, 2));
    ton_json_set(j, "d50_mid", ton_json_round(p->figures.middle.d50, 3));
    ton_json_set(j, "sti", sti_json(&p->figures.sti));
    ton_json_set(j, "broad", band_json(&p->figures.broad));
    ton_json_set(j, "octaves", bands_json(p->figures.octave, TON_ROOM_OCTAVES));
    ton_json_set(j, "thirds", bands_json(p->figures.third, TON_ROOM_THIRDS));
    ton_json_set(j, "reflections", reflections_json(p));
    ton_json_set(j, "modes", modes_json(p));
    ton_json_set(j, "resonances", resonances_json(p));
    ton_json_set(j, "response_db", curves_json(p));
    ton_json_set(j, "waterfall", waterfall_json(&p->waterfall));
    ton_json_set(j, "take", ton_json_string(m->take));
    return j;
}

static struct ton_json *pair_json(const struct room_result *r,
                                  const struct ton_room_page_pair *pair) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "left", ton_json_string(r->paths[pair->left].path.name));
    ton_json_set(j, "right", ton_json_string(r->paths[pair->right].path.name));
    ton_json_set(j, "level_db", ton_json_round(pair->figures.level_db, 2));
    ton_json_set(j, "later_ms", ton_json_round(pair->figures.ms, 3));
    ton_json_set(j, "farther_m", ton_json_round(pair->figures.metres, 3));
    ton_json_set(j, "thirds_db", numbers(pair->figures.third_db, TON_ROOM_THIRDS, 2));
    ton_json_set(j, "worst_hz", ton_json_round(pair->figures.worst_hz, 0));
    ton_json_set(j, "worst_db", ton_json_round(pair->figures.worst_db, 2));
    return j;
}

static void set_files(struct ton_json *j, const struct room_correction *c) {
    ton_json_set(j, "chain", ton_json_string(c->chain));
    ton_json_set(j, "filter", ton_json_string(c->fir));
    ton_json_set(j, "filter_chain", ton_json_string(c->fir_chain));
}

/* How far from what is wanted: RMS, most, and where. */
static void set_off(struct ton_json *j, const char *what, const struct ton_correction_fit *fit) {
    char key[32];
    snprintf(key, sizeof key, "%s_db", what);
    ton_json_set(j, key, ton_json_round(fit->rms_db, 2));
    snprintf(key, sizeof key, "%s_most_db", what);
    ton_json_set(j, key, ton_json_round(fit->off_db, 2));
    snprintf(key, sizeof key, "%s_most_hz", what);
    ton_json_set(j, key, ton_json_round(fit->off_hz, 1));
}

static struct ton_json *correction_json(const struct room_correction *c) {
    struct ton_json *j = ton_json_object(), *bells = ton_json_array(), *nulls = ton_json_array();
    for (int i = 0; i < c->made.n_bells; i++) {
        struct ton_json *bell = ton_json_object();
        ton_json_set(bell, "hz", ton_json_round(c->made.bells[i].hz, 1));
        ton_json_set(bell, "gain_db", ton_json_round(c->made.bells[i].gain_db, 2));
        ton_json_set(bell, "q", ton_json_round(c->made.bells[i].q, 3));
        ton_json_add(bells, bell);
    }
    ton_json_set(j, "loudspeaker", ton_json_string(c->name));
    set_files(j, c);
    ton_json_set(j, "from_hz", ton_json_round(c->made.from_hz, 1));
    ton_json_set(j, "to_hz", ton_json_round(c->made.to_hz, 1));
    ton_json_set(j, "off_db", ton_json_round(c->made.apart_db, 2));
    ton_json_set(j, "off_with_bells_db", ton_json_round(c->made.bells_fit.apart_db, 2));
    ton_json_set(j, "off_with_filter_db", ton_json_round(c->made.fir_fit.apart_db, 2));
    ton_json_set(j, "bells", bells);
    set_off(j, "bells_off", &c->made.bells_fit);
    ton_json_set(j, "taps", ton_json_integer(c->made.taps));
    set_off(j, "filter_off", &c->made.fir_fit);
    ton_json_set(j, "hz", numbers(c->made.hz, c->made.n, 2));
    ton_json_set(j, "wanted_db", numbers(c->made.wanted_db, c->made.n, 2));
    ton_json_set(j, "bells_db", numbers(c->made.bells_db, c->made.n, 2));
    ton_json_set(j, "filter_db", numbers(c->made.fir_db, c->made.n, 2));
    for (int i = 0; i < c->made.nulls.n; i++)
        ton_json_add(nulls, ton_json_round(c->made.nulls.items[i].hz, 1));
    ton_json_set(j, "nulls_hz", nulls);
    return j;
}

struct ton_json *room_json(const struct room_plan *plan, const struct room_result *r) {
    struct ton_json *j = ton_json_object(), *paths = ton_json_array(), *pairs = ton_json_array(),
                    *corrections = ton_json_array();
    ton_json_set(j, "name", ton_json_string(plan->name));
    ton_json_set(j, "rate_hz", ton_json_integer(r->rate));
    ton_json_set(j, "celsius", ton_json_round(plan->how.celsius, 1));
    for (int i = 0; i < r->n; i++)
        ton_json_add(paths, path_json(&r->paths[i]));
    for (int i = 0; i < r->n_pairs; i++)
        ton_json_add(pairs, pair_json(r, &r->pairs[i]));
    for (int i = 0; i < r->n_corrections; i++)
        ton_json_add(corrections, correction_json(&r->corrections[i]));
    ton_json_set(j, "monitor_chain", room_through_json(plan, r));
    ton_json_set(j, "loop_trouble",
                 r->loop_trouble ? ton_json_string(r->loop_trouble) : ton_json_null());
    ton_json_set(j, "paths", paths);
    ton_json_set(j, "missed", ton_json_strings(r->missed, (size_t)r->n_missed));
    ton_json_set(j, "pairs", pairs);
    ton_json_set(j, "corrections", corrections);
    const struct room_correction none = {.name = NULL};
    set_files(j, r->n_corrections ? &r->corrections[0] : &none);
    ton_json_set(j, "page", r->page ? ton_json_string(r->page) : ton_json_null());
    ton_json_set(j, "kept_page", r->kept_page ? ton_json_string(r->kept_page) : ton_json_null());
    ton_json_set(j, "kept", ton_json_strings(r->kept, (size_t)r->n_kept));
    return j;
}
