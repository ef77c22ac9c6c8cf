/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves over an axis as an SVG file: what a processor does, for the manual. */
#include "ton/plot.h"

#include <math.h>

enum { WIDTH = 640, LEFT = 56, RIGHT = 16, TOP = 14, HEIGHT = 220, BOTTOM = 26, LEGEND = 18 };
enum { ACROSS = WIDTH - LEFT - RIGHT, FINE = 4 /* units a pixel of a line */ };

/* Lines differ in colour and in their dashes; fine_dash: in units of a line. */
static const struct {
    const char *colour, *dash, *fine_dash;
} styles[] = {
    {"#1f5fa8", "none", "none"},
    {"#c1440e", "7 3", "28 12"},
    {"#2e7d32", "2 2", "8 8"},
    {"#7b4fa3", "9 3 2 3", "36 12 8 12"},
};
static const char faint[] = "stroke=\"#999\" stroke-width=\"4\" stroke-dasharray=\"4 12\"";

static double part_of(const struct ton_plot_axis *a, double value) {
    if (a->logarithmic)
        return log(value / a->from) / log(a->to / a->from);
    return (value - a->from) / (a->to - a->from);
}

static double x_of(const struct ton_plot *p, double x) {
    return LEFT + ACROSS * part_of(&p->x, x);
}

/* What lies outside stands on the edge. */
static double y_of(const struct ton_plot *p, double y) {
    return TOP + HEIGHT * (1.0 - fmin(fmax(part_of(&p->y, y), 0.0), 1.0));
}

static void add_number(struct ton_text *out, const struct ton_plot_axis *a, double value) {
    const bool thousands = a->unit[0] == 'H' && value >= 1000.0;
    ton_text_printf(out, "%g%s", thousands ? value / 1000.0 : value, thousands ? "k" : "");
    if (value + 1e-9 * fabs(a->to) >= a->to)
        ton_text_printf(out, " %s", a->unit);
    ton_text_add(out, "</text>\n");
}

static void mark_x(struct ton_text *out, const struct ton_plot *p, double value) {
    const double x = x_of(p, value);
    const bool last = value + 1e-9 * fabs(p->x.to) >= p->x.to;
    ton_text_printf(out, "<path d=\"M%.1f %dv%d\" class=\"g\"/>", x, TOP, HEIGHT);
    ton_text_printf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">",
                    last ? WIDTH - RIGHT / 2.0 : x, TOP + HEIGHT + 17, last ? "end" : "middle");
    add_number(out, &p->x, value);
}

static void mark_y(struct ton_text *out, const struct ton_plot *p, double value) {
    const double y = y_of(p, value);
    ton_text_printf(out, "<path d=\"M%d %.1fh%d\" class=\"g\"/>", LEFT, y, ACROSS);
    ton_text_printf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 6, y + 4);
    add_number(out, &p->y, value);
}

static void draw_axis(struct ton_text *out, const struct ton_plot *p, const struct ton_plot_axis *a,
                      void (*mark)(struct ton_text *, const struct ton_plot *, double)) {
    static const double leading[] = {1, 2, 5};
    const double some = 1e-9 * (a->to - a->from);
    if (!a->logarithmic) {
        const int first = (int)ceil((a->from - some) / a->step);
        for (int i = first; i * a->step <= a->to + some; i++)
            mark(out, p, i * a->step);
        return;
    }
    for (double decade = pow(10, floor(log10(a->from))); decade <= a->to; decade *= 10)
        for (int i = 0; i < 3; i++)
            if (leading[i] * decade >= a->from - some && leading[i] * decade <= a->to + some)
                mark(out, p, leading[i] * decade);
}

static bool is_drawn(const struct ton_plot *p, const struct ton_plot_line *l, int i) {
    const double part = part_of(&p->x, l->x[i]);
    return isfinite(l->y[i]) && part >= -1e-9 && part <= 1.0 + 1e-9;
}

static void draw_line(struct ton_text *out, const struct ton_plot *p, int which) {
    const struct ton_plot_line *l = &p->lines[which];
    int x = 0, y = 0;
    bool down = false;
    ton_text_add(out, "<path d=\"");
    for (int i = 0; i < l->n; i++) {
        const int from_x = x, from_y = y;
        if (!is_drawn(p, l, i)) {
            down = false;
            continue;
        }
        x = (int)lrint(FINE * x_of(p, l->x[i]));
        y = (int)lrint(FINE * y_of(p, l->y[i]));
        if (p->bars)
            ton_text_printf(out, "M%d %dV%d", x + FINE * 5 * which, FINE * (TOP + HEIGHT), y);
        else if (down)
            ton_text_printf(out, "%s%d%s%d", x < from_x ? "" : " ", x - from_x,
                            y < from_y ? "" : " ", y - from_y);
        else
            ton_text_printf(out, "M%d %dl0 0", x, y);
        down = true;
    }
    ton_text_printf(out, "\" transform=\"scale(%g)\" fill=\"none\" ", 1.0 / FINE);
    if (!l->name)
        ton_text_add(out, faint);
    else
        ton_text_printf(out, "stroke=\"%s\" stroke-width=\"%d\" stroke-dasharray=\"%s\"",
                        styles[which].colour, FINE * (p->bars ? 4 : 2),
                        p->bars ? "none" : styles[which].fine_dash);
    ton_text_add(out, "/>\n");
}

static void draw_legend(struct ton_text *out, const struct ton_plot *p) {
    for (int i = 0, row = 0; i < p->n; i++) {
        const double y = TOP + HEIGHT + BOTTOM + LEGEND * (row + 0.5);
        if (!p->lines[i].name)
            continue;
        ton_text_printf(out,
                        "<path d=\"M%d %.1fh24\" stroke-width=\"%d\" stroke=\"%s\" "
                        "stroke-dasharray=\"%s\"/>",
                        LEFT, y, p->bars ? 6 : 2, styles[i].colour,
                        p->bars ? "none" : styles[i].dash);
        ton_text_printf(out, "<text x=\"%d\" y=\"%.1f\">", LEFT + 32, y + 4);
        ton_text_add_html(out, p->lines[i].name);
        ton_text_add(out, "</text>\n");
        row++;
    }
}

void ton_report_plot(struct ton_text *out, const struct ton_plot *plot) {
    int named = 0;
    for (int i = 0; i < plot->n; i++)
        named += plot->lines[i].name != NULL;
    const int height = TOP + HEIGHT + BOTTOM + LEGEND * named + 8;
    ton_text_printf(out,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
                    "viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"sans-serif\" "
                    "font-size=\"12\" fill=\"#333\">\n<title>",
                    WIDTH, height, WIDTH, height);
    ton_text_add_html(out, plot->title);
    ton_text_add(out, "</title>\n<style>.g{stroke:#ddd}</style>\n"
                      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
    draw_axis(out, plot, &plot->x, mark_x);
    draw_axis(out, plot, &plot->y, mark_y);
    for (int i = 0; i < plot->n; i++)
        draw_line(out, plot, i);
    draw_legend(out, plot);
    ton_text_add(out, "</svg>\n");
}
