/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a delivery is: one figure of all that is still owed, which only rises.
 *
 * Nobody knows beforehand what all of it will take: which files stand is found out only when the
 * mixes are there. So each part of the work gets of what is left its share by a rough estimate, and
 * a wrong estimate changes how fast the figure moves, never its direction or its end. */

#include "work.h"

/* Milliseconds for a second of sound, of one core of today. */
static const double STRIP_MS = 0.6, VERSION_MS = 4.0, COLOUR_MS = 1.0;

static double seconds_of(const struct piece *p) {
    const int64_t frames = p->frames > 0 ? p->frames : ton_plan_frames(p->plan);
    return (double)frames / p->session->rate;
}

double progress_render(const struct piece *p) {
    int n = 0;
    for (size_t k = 0; k < p->n_versions; k++)
        n += p->versions[k].needed && !p->versions[k].rendered;
    return n ? seconds_of(p) * (STRIP_MS * p->session->n_strips + VERSION_MS * n) : 0.0;
}

double progress_colour(const struct piece *p, const struct version *v) {
    const bool owed = v->mastering && !v->coloured && !v->uncoloured && v->colour != v->mix;
    return owed ? COLOUR_MS * seconds_of(p) : 0.0;
}

/* All tries together: measured on a song of 40 s that AAC and Opus got under the ceiling in three,
 * MP3 in two. */
double progress_file(const struct work *w, const struct owed *o) {
    static const double per_second[] = {
        [TON_AAC] = 50.0, [TON_OPUS] = 40.0, [TON_MP3] = 25.0, [TON_FLAC] = 8.0};
    const size_t codec = (size_t)o->format.codec;
    const double usual = 4.0; /* without an encoder */
    double seconds = 0.0;
    for (int i = 0; i < o->n_stream; i++)
        seconds += seconds_of(&w->pieces[o->stream[i].piece]);
    const double known = codec < TON_N(per_second) ? per_second[codec] : 0.0;
    return seconds * (known > 0.0 ? known : usual);
}

static double left(const struct work *w) {
    double ms = 0.0;
    for (int i = 0; i < w->n_pieces; i++) {
        const struct piece *p = &w->pieces[i];
        ms += progress_render(p);
        for (size_t k = 0; k < p->n_versions; k++)
            ms += progress_colour(p, &p->versions[k]);
    }
    for (size_t i = 0; i < w->n_owed; i++)
        ms += w->owed[i].stands || w->owed[i].delivered->rebuilt ? 0.0
                                                                 : progress_file(w, &w->owed[i]);
    return ms;
}

static void step(void *user, const char *what, double fraction) {
    struct work *w = user;
    struct going *g = &w->going;
    char text[256];
    g->at = fmax(g->at, g->from + g->span * fraction);
    snprintf(text, sizeof text, "%s%s%s", what, g->name ? " " : "", g->name ? g->name : "");
    ton_progress_step(&w->progress, text, g->at);
}

static const struct ton_progress *begin(struct work *w, double span, const char *name) {
    struct going *g = &w->going;
    g->from = g->at;
    g->span = span;
    g->name = name;
    g->part = (struct ton_progress){step, w};
    return &g->part;
}

const struct ton_progress *progress_part(struct work *w, double ms, const char *name) {
    const double all = fmax(ms, left(w));
    return begin(w, all > 0.0 ? (1.0 - w->going.at) * ms / all : 0.0, name);
}

const struct ton_progress *progress_rest(struct work *w) {
    return begin(w, 1.0 - w->going.at, NULL);
}
