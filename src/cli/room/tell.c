/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A measured room in words. */
#include "room.h"

#include "print.h"

#include <math.h>

/* The one that goes farther down; a value with a doubt is told by its reason below. */
static const char *time_text(struct ton_arena *arena, const struct ton_room_decay *d) {
    return ton_number_text(arena, d->seconds, 2);
}

static const char *band_text(struct ton_arena *arena, double hz) {
    return hz < 1000.0 ? ton_arena_printf(arena, "%g Hz", hz)
                       : ton_arena_printf(arena, "%g kHz", hz / 1000.0);
}

static enum ton_code tell_bands(struct ton_arena *arena, const struct ton_room_figures *f,
                                struct ton_err *err) {
    static const char *const head[] = {"Octave", "EDT s",  "T20 s", "T30 s",   "ξ ‰",
                                       "C50 dB", "C80 dB", "D50 %", "Range dB"};
    struct ton_table table = {.arena = arena, .columns = "rrrrrrrrr", .titled = true};
    for (int i = 0; i < TON_N(head); i++)
        ton_table_add(&table, head[i]);
    for (int i = 0; i < TON_ROOM_OCTAVES; i++) {
        const struct ton_room_band *const b = &f->octave[i];
        const bool has_t30 = isfinite(b->t30.seconds);
        ton_table_add(&table, band_text(arena, b->hz));
        ton_table_add(&table, time_text(arena, &b->edt));
        ton_table_add(&table, time_text(arena, &b->t20));
        ton_table_add(&table, time_text(arena, &b->t30));
        ton_table_add(&table, ton_number_text(arena, has_t30 ? b->t30.xi : b->t20.xi, 1));
        ton_table_add(&table, ton_number_text(arena, b->c50_db, 1));
        ton_table_add(&table, ton_number_text(arena, b->c80_db, 1));
        ton_table_add(&table, ton_number_text(arena, 100.0 * b->d50, 0));
        ton_table_add(&table, ton_number_text(arena, b->range_db, 0));
    }
    return ton_table_print(&table, err);
}

/* "63 Hz: not measured: too little decay above the noise." */
static void add_doubts(struct ton_text *text, const struct ton_room_figures *f) {
    for (int i = 0; i < TON_ROOM_OCTAVES; i++) {
        const struct ton_room_band *const b = &f->octave[i];
        const enum ton_room_doubt doubt = b->doubt ? b->doubt : b->t30.doubt;
        if (doubt)
            ton_text_printf(text, "%g Hz: %snot measured: %s.\n", b->hz, b->doubt ? "" : "T30 ",
                            ton_room_doubt_words(doubt));
    }
}

static void add_line(struct ton_text *text, const struct room_measured *m) {
    const struct ton_room_figures *const f = &m->path.figures;
    ton_text_add_shown(text, m->path.name);
    ton_text_add(text, ":");
    if (isfinite(m->distance_m) && m->has_heard)
        ton_text_printf(text, " %.2f m (%s),", m->distance_m, m->distance_remark);
    if (m->has_heard)
        ton_text_printf(text, " polarity %s,", m->heard.inverted ? "reversed" : "as it should be");
    if (m->has_heard && isfinite(m->heard.noise_dbfs))
        ton_text_printf(text, " noise %.0f dBFS,", m->heard.noise_dbfs);
    if (isfinite(f->t_mid_s))
        ton_text_printf(text, " T30 %.2f s,", f->t_mid_s);
    if (isfinite(f->middle.c50_db))
        ton_text_printf(text, " C50 %.1f dB (means of 500 Hz and 1 kHz),", f->middle.c50_db);
    if (isfinite(f->sti.index))
        ton_text_printf(text, " STI %.2f (%s, without noise)\n", f->sti.index, f->sti.rating);
    else
        ton_text_add(text, m->path.is_bare ? " no room, so no decay and no STI\n"
                                           : " STI not measured, for it takes all octaves from "
                                             "125 Hz to 8 kHz\n");
    if (m->has_heard && !isfinite(m->distance_m))
        ton_text_printf(text, "Its distance is %s.\n", m->distance_remark);
}

static void add_reflections(struct ton_text *text, const struct ton_room_path *path) {
    for (int i = 0; i < path->n_reflections; i++)
        ton_text_printf(text, "%s%.2f ms %.0f cm %.1f dB",
                        i ? ", " : "Reflections: ", path->reflections[i].ms,
                        100.0 * path->reflections[i].metres, path->reflections[i].db);
    ton_text_add(text, path->n_reflections ? "\n" : "");
    for (int i = 0; i < path->n_resonances; i++) {
        const struct ton_room_resonance *const r = &path->resonances[i];
        ton_text_printf(text, "%s%.1f Hz %+.1f dB", i ? ", " : "Resonances: ", r->hz, r->over_db);
        if (isfinite(r->t60_s))
            ton_text_printf(text, " %.2f s", r->t60_s);
        if (r->mode >= 0)
            ton_text_printf(text, " (%d %d %d)", path->modes.items[r->mode].waves[0],
                            path->modes.items[r->mode].waves[1],
                            path->modes.items[r->mode].waves[2]);
    }
    ton_text_add(text, path->n_resonances ? "\n" : "");
    if (path->modes.n && path->n_resonances &&
        path->resonances[path->n_resonances - 1].hz >= path->modes.dense_hz)
        ton_text_printf(text, "From %.0f Hz on the room's modes are too dense to name one.\n",
                        path->modes.dense_hz);
}

void room_add_sentences(struct ton_text *text, const struct room_measured *m) {
    for (int i = 0; i < m->advices.n; i++) {
        const struct ton_room_advice *const a = &m->advices.items[i];
        ton_text_add_shown(text, m->path.name);
        ton_text_printf(text, ": %s: %s.", a->serious ? "to do" : "to know", a->found);
        if (a->remedy)
            ton_text_printf(text, " What to do: %s.", a->remedy);
        ton_text_add(text, "\n");
    }
}

static enum ton_code tell_path(struct ton_arena *arena, const struct room_measured *m,
                               struct ton_err *err) {
    struct ton_text head = {0}, rest = {0};
    add_line(&head, m);
    enum ton_code code = ton_print_prose(&head, err);
    code = code ? code : tell_bands(arena, &m->path.figures, err);
    if (!m->path.is_bare)
        add_doubts(&rest, &m->path.figures);
    add_reflections(&rest, &m->path);
    ton_text_add(&rest, "\n");
    room_add_sentences(&rest, m);
    ton_text_add(&rest, "\n");
    if (!code)
        return ton_print_prose(&rest, err);
    ton_text_free(&rest);
    return code;
}

static void add_pair(struct ton_text *text, const struct room_result *r,
                     const struct ton_room_page_pair *pair) {
    ton_text_add_shown(text, r->paths[pair->left].path.name);
    ton_text_add(text, " against ");
    ton_text_add_shown(text, r->paths[pair->right].path.name);
    if (fabs(pair->figures.level_db) < TON_ROOM_ALIKE_DB)
        ton_text_add(text, ": equally loud");
    else
        ton_text_printf(text, ": %+.1f dB", pair->figures.level_db);
    if (isfinite(pair->figures.ms))
        ton_text_printf(text, ", %.2f ms (%.0f cm) %s", fabs(pair->figures.ms),
                        100.0 * fabs(pair->figures.metres),
                        pair->figures.ms > 0.0 ? "later" : "earlier");
    if (isnan(pair->figures.worst_hz) && isfinite(pair->figures.worst_db))
        ton_text_add(text, ", alike in each third octave");
    else if (isfinite(pair->figures.worst_db))
        ton_text_printf(text, ", most unlike at %.0f Hz: %+.1f dB", pair->figures.worst_hz,
                        pair->figures.worst_db);
    ton_text_add(text, "\n");
}

const char room_correction_head[] = "Correction of ";

const char *room_target_name(const struct room_plan *plan) {
    return plan->correction.target ? "the target" : "a flat response";
}

/* What it brings: bells that take away less than a fourth are not worth their time. */
static void add_worth(struct ton_text *text, const struct room_plan *plan,
                      const struct ton_correction *made) {
    static const double WORTH = 0.75;
    const double best = fmin(made->bells_fit.apart_db, made->fir_fit.apart_db);
    ton_text_printf(text,
                    "Before it, the response is %.1f dB RMS away from %s there; behind it, it "
                    "should be %.1f dB with the bells, %.1f dB with the filter.%s\n",
                    made->apart_db, room_target_name(plan), made->bells_fit.apart_db,
                    made->fir_fit.apart_db,
                    best <= WORTH * made->apart_db
                        ? ""
                        : " It helps little: most of what is wrong is no matter for an equaliser. "
                          "Move loudspeaker or listening place, absorb, and measure again.");
}

static void add_correction(struct ton_text *text, const struct room_plan *plan,
                           const struct room_correction *c) {
    const struct ton_correction *const made = &c->made;
    const char *separator =
        "It leaves alone the nulls, which boost does not fill, and goes straight "
        "over them: ";
    ton_text_add(text, room_correction_head);
    ton_text_add_shown(text, c->name);
    ton_text_printf(text, " from %.0f Hz to %.0f Hz. %d bell%s", made->from_hz, made->to_hz,
                    made->n_bells, made->n_bells == 1 ? "" : "s");
    ton_room_page_add_fit(text, made->n_bells != 1, &made->bells_fit);
    ton_text_add(text, "\n");
    ton_text_printf(text, "The filter of %d taps", made->taps);
    ton_room_page_add_fit(text, false, &made->fir_fit);
    ton_text_add(text, "\n");
    for (int i = 0; i < made->nulls.n; i++, separator = ", ")
        ton_text_printf(text, "%s%.0f Hz", separator, made->nulls.items[i].hz);
    ton_text_add(text, made->nulls.n ? ".\n" : "");
    add_worth(text, plan, made);
}

void room_add_corrections(struct ton_text *text, const struct room_plan *plan,
                          const struct room_result *r) {
    for (int i = 0; i < r->n_corrections; i++)
        add_correction(text, plan, &r->corrections[i]);
    for (int i = 0; i < r->n_kept; i++)
        ton_text_printf(text, "An older chain is kept as %s.\n", r->kept[i]);
    for (int i = 0; i < r->n_corrections; i++) {
        const struct room_correction *const c = &r->corrections[i];
        if (c->chain && (i == 0 || c->chain != c[-1].chain))
            ton_text_printf(text, "The chain is %s, the filter %s, with the chain %s.\n", c->chain,
                            c->fir, c->fir_chain);
    }
}

enum ton_code room_tell(struct ton_arena *arena, const struct room_plan *plan,
                        const struct room_result *r, struct ton_err *err) {
    struct ton_text text = {0};
    enum ton_code code = room_tell_through(arena, plan, r, err);
    for (int i = 0; i < r->n && !code; i++)
        code = tell_path(arena, &r->paths[i], err);
    for (int i = 0; i < r->n_pairs; i++)
        add_pair(&text, r, &r->pairs[i]);
    for (int i = 0; i < r->n_missed; i++)
        ton_text_printf(&text, "%s\n", r->missed[i]);
    room_add_flat(&text, plan, r);
    room_add_corrections(&text, plan, r);
    if (!code)
        return ton_print_prose(&text, err);
    ton_text_free(&text);
    return code;
}
