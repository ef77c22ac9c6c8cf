/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the bass fades, as a landscape in perspective: level upwards, frequency across, time towards
 * the eye. Each slice is filled beneath, so that it hides what is behind it, as a hill would.
 *
 * The front stands at its true size; what is `depth` (0 front … 1 back) behind it shrinks towards a
 * point far above on the right by 1 / (1 + BACK depth). So each slice ends to the right of those in
 * front of it, where nothing hides its time. */
#include "plot.h"
#include "room_parts.h"

#include <math.h>
#include <stdio.h>

enum { LEFT = 56, ACROSS = 504, BASE = 280, TALL = 150, FEET = 44, LEGEND = 22 };
static const double BACK = 0.25, VANISH_X = 760.0, VANISH_Y = -380.0;
static const double SPAN_DB = 50.0, STEP_DB = 10.0;
static const double FROM_HZ = 20.0, TO_HZ = 300.0;

struct landscape {
    struct ton_text *out;
    const struct ton_waterfall *w;
    struct ton_plot_axis x;
    double top_db;
};

struct point {
    double x, y;
};

/* part: 0 … 1 across; level: 0 … 1 upwards. */
static struct point seen(double part, double level, double depth) {
    const double scale = 1.0 / (1.0 + BACK * depth);
    const double x = LEFT + ACROSS * part, y = BASE - TALL * level;
    return (struct point){VANISH_X + (x - VANISH_X) * scale, VANISH_Y + (y - VANISH_Y) * scale};
}

static double depth_of(const struct landscape *l, int slice) {
    return 1.0 - (double)slice / (l->w->n_slices - 1);
}

static double level_of(const struct landscape *l, double db) {
    const double level = 1.0 + (db - l->top_db) / SPAN_DB;
    return isfinite(level) ? fmin(fmax(level, 0.0), 1.0) : 0.0;
}

static void line(struct ton_text *out, struct point a, struct point b) {
    ton_text_printf(out, "<path d=\"M%.1f %.1fL%.1f %.1f\" class=\"g\"/>", a.x, a.y, b.x, b.y);
}

static bool is_marked(double ms) {
    return fmod(ms + 1e-6, 100.0) < 1e-3;
}

static void slice(const struct landscape *l, int i) {
    const double depth = depth_of(l, i), *db = l->w->db + (size_t)i * (size_t)l->w->n_points;
    const bool heavy = is_marked(l->w->ms[i]);
    struct plot_pen pen = {.out = l->out};
    ton_text_add(l->out, "<path d=\"");
    for (int k = 0; k < l->w->n_points; k++) {
        const double part = plot_part(&l->x, l->w->hz[k]);
        const struct point p = seen(part, level_of(l, db[k]), depth);
        if (k == 0) {
            const struct point foot = seen(part, 0.0, depth);
            plot_pen_to(&pen, foot.x, foot.y);
        }
        plot_pen_to(&pen, p.x, p.y);
    }
    const struct point end = seen(plot_part(&l->x, l->w->hz[l->w->n_points - 1]), 0.0, depth);
    plot_pen_to(&pen, end.x, end.y);
    ton_text_printf(l->out,
                    "\" transform=\"scale(%g)\" class=\"l0 under\" fill=\"#fff\" "
                    "stroke=\"#1f5fa8\" stroke-width=\"%d\" stroke-linejoin=\"round\"/>\n",
                    1.0 / PLOT_FINE, heavy ? 2 * PLOT_FINE : PLOT_FINE);
}

static void back_wall(struct ton_text *out) {
    for (int i = 0; i * STEP_DB <= SPAN_DB; i++) {
        const double level = 1.0 - i * STEP_DB / SPAN_DB;
        line(out, seen(0.0, level, 1.0), seen(1.0, level, 1.0));
    }
}

/* An upright at the left of the front, which nothing hides. */
static void levels(struct ton_text *out) {
    line(out, seen(0.0, 0.0, 0.0), seen(0.0, 1.0, 0.0));
    for (int i = 0; i * STEP_DB <= SPAN_DB; i++) {
        const struct point a = seen(0.0, 1.0 - i * STEP_DB / SPAN_DB, 0.0);
        ton_text_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%.0f%s</text>\n",
                        a.x - 6, a.y + 4, -i * STEP_DB, i ? "" : " dB");
    }
}

/* Along the right edge of the floor. */
static void times(const struct landscape *l) {
    for (int i = 0; i < l->w->n_slices; i++) {
        const struct point a = seen(1.0, 0.0, depth_of(l, i));
        if (is_marked(l->w->ms[i]))
            ton_text_printf(l->out, "<text x=\"%.1f\" y=\"%.1f\">%.0f%s</text>\n", a.x + 6, a.y + 4,
                            l->w->ms[i], i == l->w->n_slices - 1 ? " ms" : "");
    }
}

static void frequencies(const struct landscape *l) {
    static const int hz[] = {20, 30, 40, 50, 70, 100, 150, 200, 300};
    for (size_t i = 0; i < sizeof hz / sizeof *hz; i++) {
        const double part = plot_part(&l->x, hz[i]);
        const struct point a = seen(part, 0.0, 0.0), b = seen(part, 0.0, 1.0);
        line(l->out, a, b);
        line(l->out, b, seen(part, 1.0, 1.0));
        ton_text_printf(l->out, "<text%s x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d%s</text>\n",
                        i % 2 ? " class=\"odd\"" : "", a.x, BASE + FEET - 8, hz[i],
                        hz[i] == 300 ? " Hz" : "");
    }
}

/* Strokes beneath the front, the longer the stronger the mode; what would fall on its neighbour of
 * the same kind is left out: a hall has thousands. */
static void modes(const struct landscape *l, const struct ton_room_modes *expected) {
    static const int longs[] = {0, 18, 12, 6};
    double last_x[4] = {0};
    if (expected->n == 0)
        return;
    ton_text_add(l->out, "<path class=\"mode\" d=\"");
    for (int i = 0; i < expected->n; i++) {
        const struct ton_room_mode *const m = &expected->items[i];
        const double x = seen(plot_part(&l->x, m->hz), 0.0, 0.0).x;
        if (m->hz < FROM_HZ || m->hz > TO_HZ || x < last_x[m->pairs] + 1.0)
            continue;
        ton_text_printf(l->out, "M%.1f %dv%d", x, BASE + 3, longs[m->pairs]);
        last_x[m->pairs] = x;
    }
    ton_text_printf(l->out,
                    "\" stroke=\"#c1440e\" stroke-width=\"1.5\"/>\n<text x=\"%d\" y=\"%d\">modes: "
                    "long axial, tangential, short oblique</text>\n",
                    LEFT, BASE + FEET + LEGEND - 8);
}

static void say(struct ton_text *title, const struct ton_room_path *path, double top_db) {
    const struct ton_waterfall *const w = &path->waterfall;
    int most = -1;
    ton_text_printf(title, "%s: waterfall from 20 Hz to 300 Hz, level over frequency and time",
                    room_name(path));
    for (int k = 0; w->n_slices > 0 && k < w->n_points; k++) {
        const double *const last = w->db + (size_t)(w->n_slices - 1) * (size_t)w->n_points;
        if (isfinite(last[k]) && (most < 0 || last[k] > last[most]))
            most = k;
        if (k == w->n_points - 1 && most >= 0)
            ton_text_printf(title, "; after %.0f ms most is left at %.0f Hz, %.0f dB",
                            w->ms[w->n_slices - 1], w->hz[most], last[most] - top_db);
    }
}

void room_waterfall(struct ton_text *out, const struct ton_room_path *path) {
    struct landscape l = {out, &path->waterfall, {FROM_HZ, TO_HZ, true, 0, "Hz"}, -INFINITY};
    struct ton_text title = {0};
    const bool drawn = l.w->n_slices > 1 && l.w->n_points > 1;
    for (int k = 0; drawn && k < l.w->n_points; k++)
        l.top_db = isfinite(l.w->db[k]) ? fmax(l.top_db, l.w->db[k]) : l.top_db;
    say(&title, path, l.top_db);
    plot_open(out, title.data ? title.data : "", BASE + FEET + (path->modes.n ? LEGEND : 0), true);
    back_wall(out);
    frequencies(&l);
    for (int i = 0; drawn && i < l.w->n_slices; i++)
        slice(&l, i);
    levels(out);
    if (drawn)
        times(&l);
    modes(&l, &path->modes);
    ton_text_add(out, "</svg>\n");
    out->failed |= title.failed;
    ton_text_free(&title);
}
