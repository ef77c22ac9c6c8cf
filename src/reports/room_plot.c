/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is drawn of a room: response, first reflections, decay, times. Axes fit whatever there is.
 */
#include "plot.h"
#include "room_parts.h"

#include "ton/order.h"

#include <math.h>
#include <stdio.h>

static const double EARLY_MS[2] = {-2.0, 30.0}, EARLY_DB = -50.0;
static const double DECAY_DB = -70.0, LINE_DB = -65.0;
enum { MOST_POINTS = 1200, DEEPEST_DB = 60, LEAST_DB = 40 };

/* From 0 to a round number, with at most 7 marks. */
static struct ton_plot_axis axis_to(double most, const char *unit) {
    static const double leading[] = {1, 2, 5, 10};
    const double needed = isfinite(most) && most > 0.0 ? most / 7.0 : 0.1;
    const double decade = pow(10.0, floor(log10(needed)));
    int i = 0;
    while (leading[i] * decade < needed * (1.0 - 1e-9))
        i++;
    const double step = leading[i] * decade;
    return (struct ton_plot_axis){0.0, step * ceil(7.0 * needed / step - 1e-9), false, step, unit};
}

/* Tens of dB around what there is of these lines, 40 to 60 in all, the highest on it. */
static struct ton_plot_axis axis_around(const struct ton_plot_line *lines, int n) {
    double high = -INFINITY, low = INFINITY;
    for (int k = 0; k < n; k++)
        for (int i = 0; !lines[k].thin && i < lines[k].n; i++)
            if (isfinite(lines[k].y[i])) {
                high = fmax(high, lines[k].y[i]);
                low = fmin(low, lines[k].y[i]);
            }
    if (!isfinite(high))
        high = low = 0.0;
    const double to = 10.0 * ceil(high / 10.0 + 0.2);
    const double from = fmin(to - LEAST_DB, fmax(to - DEEPEST_DB, 10.0 * floor(low / 10.0)));
    return (struct ton_plot_axis){from, to, false, 10.0, "dB"};
}

/* The response less `middle`, with another curve on it where there is one. */
static const double *shifted(struct ton_arena *arena, const struct ton_response *r, double middle,
                             const struct ton_correction *c) {
    double *const db = TON_NEW_N(arena, double, ton_most(1, r->n));
    for (int i = 0; db && i < r->n; i++)
        db[i] = r->db[i] - middle + (c && i < c->n ? c->fir_db[i] : 0.0);
    return db;
}

static void add_line(struct ton_plot *p, struct ton_plot_line line) {
    if (line.x && line.y && line.n > 0)
        p->lines[p->n++] = line;
}

static void add_response(struct ton_plot *p, const char *name, const struct ton_response *r,
                         const double *db, bool thin) {
    add_line(p, (struct ton_plot_line){.name = name, .x = r->hz, .y = db, .n = r->n, .thin = thin});
}

static void add_target(struct ton_plot *p, struct ton_arena *arena, const struct ton_response *r,
                       const struct ton_room_page_path *path) {
    double *const db = TON_NEW_N(arena, double, ton_most(1, r->n));
    for (int i = 0; db && i < r->n; i++)
        db[i] = ton_curve_db(path->target, path->n_target, r->hz[i]);
    add_response(p, "target", r, db, false);
}

static struct ton_plot frequencies(const struct ton_room_path *path) {
    const double to = path->to_hz > path->from_hz ? path->to_hz : path->from_hz + 20000.0;
    return (struct ton_plot){.x = {fmax(1.0, path->from_hz), to, true, 0, "Hz"}, .on_page = true};
}

static void draw(struct ton_text *out, struct ton_plot *p, const char *name, const char *what) {
    struct ton_text title = {0};
    ton_text_printf(&title, "%s: %s", name, what);
    p->title = title.data ? title.data : "";
    ton_report_plot(out, p);
    out->failed |= title.failed;
    ton_text_free(&title);
}

static void say_response(char *what, size_t size, const struct ton_response *r, double middle) {
    int low = 0, high = 0;
    for (int i = 1; i < r->n; i++) {
        low = r->db[i] < r->db[low] ? i : low;
        high = r->db[i] > r->db[high] ? i : high;
    }
    snprintf(what, size, "level over frequency");
    if (r->n > 0)
        snprintf(
            what, size,
            "level over frequency, as heard from %+.1f dB at %.0f Hz to %+.1f dB at %.0f Hz; 0 dB "
            "is the mean from 200 Hz to 2 kHz, %.1f dB re the sweep",
            r->db[low] - middle, r->hz[low], r->db[high] - middle, r->hz[high], middle);
}

static void draw_response(struct ton_text *out, const struct ton_room_page_path *page,
                          struct ton_arena *arena) {
    const struct ton_room_path *const path = page->path;
    const struct ton_response *const fine = &path->curve[TON_SMOOTHING_TWELFTH],
                                     *const ear = &path->curve[TON_SMOOTHING_PSYCHOACOUSTIC],
                                     *const raw = &path->curve[TON_SMOOTHING_NONE];
    const double middle = page->correction ? page->correction->level_db
                                           : ton_response_level(ear, page->target, page->n_target);
    struct ton_plot p = frequencies(path);
    char what[200];
    add_response(&p, "smoothed over 1/12 octave", fine, shifted(arena, fine, middle, NULL), false);
    add_response(&p, "as heard (psychoacoustic smoothing)", ear, shifted(arena, ear, middle, NULL),
                 false);
    if (page->correction)
        add_response(&p, "corrected, as heard", ear, shifted(arena, ear, middle, page->correction),
                     false);
    if (page->target || page->correction)
        add_target(&p, arena, ear, page);
    add_response(&p, "not smoothed", raw, shifted(arena, raw, middle, NULL), true);
    p.y = axis_around(p.lines, p.n);
    say_response(what, sizeof what, ear, middle);
    draw(out, &p, room_name(path), what);
}

/* The loudest of each stretch, so that a high rate makes no more points than can be seen. */
static void pool(struct ton_room_envelope *e) {
    const int of = e->n / MOST_POINTS + 1;
    int n = 0;
    for (int i = 0; i < e->n; i += of, n++) {
        int loudest = i;
        for (int k = i; k < e->n && k < i + of; k++)
            loudest = e->db[k] > e->db[loudest] ? k : loudest;
        e->ms[n] = e->ms[loudest];
        e->db[n] = e->db[loudest];
    }
    e->n = n;
}

static enum ton_code draw_impulse(struct ton_text *out, const struct ton_room_path *path,
                                  struct ton_arena *arena, struct ton_err *err) {
    struct ton_room_envelope e;
    struct ton_plot_mark marks[TON_ROOM_MOST_REFLECTIONS];
    const enum ton_code code = ton_room_envelope(&e, arena, path->response, path->frames,
                                                 path->rate, EARLY_MS[0], EARLY_MS[1], err);
    char what[160] = "envelope over time; no reflection stands out";
    if (code == TON_MEMORY)
        return code;
    pool(&e);
    e.n = ton_room_path_has_reflections(path) ? e.n : 0;
    struct ton_plot p = {.x = {EARLY_MS[0], EARLY_MS[1], false, 5, "ms"},
                         .y = {EARLY_DB, 0, false, 10, "dB"},
                         .marks = marks,
                         .n_marks = path->n_reflections,
                         .on_page = true};
    for (int i = 0; i < e.n; i++)
        p.y.to = fmax(p.y.to, 10.0 * ceil(e.db[i] / 10.0 - 1e-6));
    add_line(&p, (struct ton_plot_line){.name = "envelope re the direct sound, 1 kHz to 8 kHz",
                                        .x = e.ms,
                                        .y = e.db,
                                        .n = e.n});
    for (int i = 0; i < p.n_marks; i++)
        marks[i] = (struct ton_plot_mark){path->reflections[i].ms, path->reflections[i].db};
    if (p.n_marks > 0)
        snprintf(what, sizeof what,
                 "envelope over time; %d reflections, the first %.1f dB at %.1f ms", p.n_marks,
                 path->reflections[0].db, path->reflections[0].ms);
    draw(out, &p, room_name(path), what);
    return TON_OK;
}

/* The straight line of a decay time through the middle of the part of the curve that it is for. */
static struct ton_plot_line decay_line(double *x, double *y, char *name, size_t size,
                                       const struct ton_room_path *path,
                                       const struct ton_room_decay *decay, const char *called,
                                       double from_db, double to_db, double last_s) {
    double sum = 0.0;
    int n = 0;
    for (int i = 0; i < path->fade.n; i++)
        if (path->fade.db[i] <= from_db && path->fade.db[i] >= to_db) {
            sum += path->fade.db[i] + 0.06 * path->fade.ms[i] / decay->seconds;
            n++;
        }
    if (!(decay->seconds > 0.0) || n == 0)
        return (struct ton_plot_line){0};
    x[0] = 0.0;
    x[1] = fmin(last_s, (sum / n - LINE_DB) * decay->seconds / 60.0);
    for (int i = 0; i < 2; i++)
        y[i] = sum / n - 60.0 * x[i] / decay->seconds;
    snprintf(name, size, "%s %.2f s, r %.4f", called, decay->seconds, decay->correlation);
    return (struct ton_plot_line){.name = name, .x = x, .y = y, .n = 2};
}

static void draw_decay(struct ton_text *out, const struct ton_room_path *path,
                       struct ton_arena *arena) {
    const struct ton_room_band *const broad = &path->figures.broad;
    const struct ton_room_fade *const fade = &path->fade;
    double *const s = TON_NEW_N(arena, double, ton_most(1, fade->n));
    double x[3][2], y[3][2];
    int n = 0;
    char names[3][64], what[160] = "decay over time; no time can be told";
    for (; s && n < fade->n && fade->db[n] >= DECAY_DB; n++)
        s[n] = 1e-3 * fade->ms[n];
    struct ton_plot p = {.x = axis_to(n ? s[n - 1] : 0.0, "s"),
                         .y = {DECAY_DB, 0, false, 10, "dB"},
                         .on_page = true};
    add_line(&p, (struct ton_plot_line){
                     .name = "decay, all frequencies", .x = s, .y = fade->db, .n = n});
    add_line(&p, decay_line(x[0], y[0], names[0], sizeof names[0], path, &broad->t30, "T30", -5.0,
                            -35.0, p.x.to));
    add_line(&p, decay_line(x[1], y[1], names[1], sizeof names[1], path, &broad->t20, "T20", -5.0,
                            -25.0, p.x.to));
    add_line(&p, decay_line(x[2], y[2], names[2], sizeof names[2], path, &broad->edt, "EDT", 0.0,
                            -10.0, p.x.to));
    if (broad->t20.seconds > 0.0)
        snprintf(what, sizeof what, "decay over time; T20 is %.2f s", broad->t20.seconds);
    draw(out, &p, room_name(path), what);
}

static void draw_times(struct ton_text *out, const struct ton_room_path *path) {
    static const char *const names[] = {"T30", "T20", "EDT"};
    double hz[TON_ROOM_THIRDS], s[3][TON_ROOM_THIRDS], most = 0.0;
    char what[160] = "decay times over third octaves; T20 is told of none";
    int shortest = 0, longest = 0;
    struct ton_plot p = {.x = {50, 10000, true, 0, "Hz"}, .on_page = true};
    for (int i = 0; i < TON_ROOM_THIRDS; i++) {
        const struct ton_room_band *const b = &path->figures.third[i];
        hz[i] = b->hz;
        s[0][i] = b->t30.seconds;
        s[1][i] = b->t20.seconds;
        s[2][i] = b->edt.seconds;
        for (int k = 0; k < 3; k++)
            most = isfinite(s[k][i]) ? fmax(most, s[k][i]) : most;
        shortest = isnan(s[1][shortest]) || s[1][i] < s[1][shortest] ? i : shortest;
        longest = isnan(s[1][longest]) || s[1][i] > s[1][longest] ? i : longest;
    }
    if (isfinite(s[1][longest]))
        snprintf(
            what, sizeof what,
            "decay times over third octaves; T20 is from %.2f s at %.0f Hz to %.2f s at %.0f Hz",
            s[1][shortest], hz[shortest], s[1][longest], hz[longest]);
    for (int k = 0; k < 3; k++)
        add_line(&p,
                 (struct ton_plot_line){
                     .name = names[k], .x = hz, .y = s[k], .n = TON_ROOM_THIRDS, .dotted = true});
    p.y = axis_to(most, "s");
    draw(out, &p, room_name(path), what);
}

const char *ton_room_plot_name(enum ton_room_plot plot) {
    static const char *const names[] = {"response", "impulse", "decay", "times", "waterfall"};
    return names[plot];
}

enum ton_code ton_room_plot_write(struct ton_text *out, enum ton_room_plot plot,
                                  const struct ton_room_page_path *path, struct ton_err *err) {
    struct ton_arena *const arena = ton_arena_create();
    enum ton_code code = TON_OK;
    if (arena && plot == TON_ROOM_PLOT_RESPONSE)
        draw_response(out, path, arena);
    else if (arena && plot == TON_ROOM_PLOT_IMPULSE)
        code = draw_impulse(out, path->path, arena, err);
    else if (arena && plot == TON_ROOM_PLOT_DECAY)
        draw_decay(out, path->path, arena);
    else if (plot == TON_ROOM_PLOT_TIMES)
        draw_times(out, path->path);
    else if (plot == TON_ROOM_PLOT_WATERFALL)
        room_waterfall(out, path->path);
    if (code == TON_OK && (!arena || ton_arena_failed(arena) || out->failed))
        code =
            ton_fail(err, TON_MEMORY, NULL, "no memory to draw the %s", ton_room_plot_name(plot));
    ton_arena_destroy(arena);
    return code;
}

/* "L and R" */
static void draw_pair(struct ton_text *out, struct ton_plot *p, const struct ton_room_path *left,
                      const struct ton_room_path *right, const char *what) {
    struct ton_text names = {0};
    ton_text_printf(&names, "%s and %s", room_name(left), room_name(right));
    draw(out, p, names.data ? names.data : "", what);
    out->failed |= names.failed;
    ton_text_free(&names);
}

enum ton_code room_plot_pair(struct ton_text *out, const struct ton_room_path *left,
                             const struct ton_room_path *right, struct ton_err *err) {
    const struct ton_response *const l = &left->curve[TON_SMOOTHING_PSYCHOACOUSTIC],
                                     *const r = &right->curve[TON_SMOOTHING_PSYCHOACOUSTIC];
    struct ton_arena *const arena = ton_arena_create();
    struct ton_plot p = frequencies(left);
    const double middle = ton_response_level(l, NULL, 0);
    if (arena) {
        add_response(&p, room_name(left), l, shifted(arena, l, middle, NULL), false);
        add_response(&p, room_name(right), r, shifted(arena, r, middle, NULL), false);
        p.y = axis_around(p.lines, p.n);
        draw_pair(out, &p, left, right, "level over frequency as heard");
    }
    const bool failed = !arena || ton_arena_failed(arena) || out->failed;
    ton_arena_destroy(arena);
    return failed ? ton_fail(err, TON_MEMORY, NULL, "no memory to draw two responses") : TON_OK;
}

void room_plot_thirds(struct ton_text *out, const struct ton_room_path *left,
                      const struct ton_room_path *right, const struct ton_room_pair *pair) {
    struct ton_text name = {0};
    double hz[TON_ROOM_THIRDS];
    struct ton_plot p = {
        .x = {50, 10000, true, 0, "Hz"}, .y = {-5, 5, false, 5, "dB"}, .on_page = true};
    for (int i = 0; i < TON_ROOM_THIRDS; i++) {
        hz[i] = left->figures.third[i].hz;
        while (fabs(pair->third_db[i]) > p.y.to && p.y.to < 40.0)
            p.y.from = -(p.y.to += 5.0);
    }
    ton_text_printf(&name, "%s re %s, third octaves", room_name(left), room_name(right));
    add_line(&p, (struct ton_plot_line){.name = name.data ? name.data : "",
                                        .x = hz,
                                        .y = pair->third_db,
                                        .n = TON_ROOM_THIRDS,
                                        .dotted = true});
    draw_pair(out, &p, left, right, "how far they are apart in third octaves");
    out->failed |= name.failed;
    ton_text_free(&name);
}
