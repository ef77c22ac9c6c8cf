/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Curves over an axis as an SVG file: what a processor does, for the manual; what a room does, for
 * its page. */
#include "plot.h"

#include <math.h>

enum {
    WIDTH = PLOT_WIDTH,
    LEFT = 56,
    RIGHT = 16,
    TOP = 14,
    HEIGHT = 220,
    BOTTOM = 26,
    LEGEND = 18
};
enum { ACROSS = WIDTH - LEFT - RIGHT, FINE = PLOT_FINE };

/* Lines differ in colour and in their dashes; fine_dash: in units of a line. */
static const struct {
    const char *colour, *dash, *fine_dash;
} styles[] = {
    {"#1f5fa8", "none", "none"},          {"#c1440e", "7 3", "28 12"}, {"#2e7d32", "2 2", "8 8"},
    {"#7b4fa3", "9 3 2 3", "36 12 8 12"}, {"#8a6d00", "1 4", "4 16"},
};
static const char thin[] = "stroke=\"#8a939b\" stroke-width=\"3\"";
static const char faint[] = "stroke=\"#999\" stroke-width=\"4\" stroke-dasharray=\"4 12\"";

double plot_part(const struct ton_plot_axis *a, double value) {
    if (a->logarithmic)
        return log(value / a->from) / log(a->to / a->from);
    return (value - a->from) / (a->to - a->from);
}

static double x_of(const struct ton_plot *p, double x) {
    return LEFT + ACROSS * plot_part(&p->x, x);
}

/* What lies outside stands on the edge. */
static double y_of(const struct ton_plot *p, double y) {
    return TOP + HEIGHT * (1.0 - fmin(fmax(plot_part(&p->y, y), 0.0), 1.0));
}

static double next_mark(const struct ton_plot_axis *a, double value) {
    const double leading = value / pow(10.0, floor(log10(value) + 1e-9));
    if (!a->logarithmic)
        return value + a->step;
    return value * (leading > 1.5 && leading < 2.5 ? 2.5 : 2.0);
}

static bool is_last(const struct ton_plot_axis *a, double value) {
    return value + 1e-9 * fabs(a->to) >= a->to;
}

/* The unit stands at the end of the axis; on a page also where the last number is before it. */
static bool has_unit(const struct ton_plot *p, const struct ton_plot_axis *a, double value) {
    return p->on_page ? next_mark(a, value) > a->to + 1e-9 * fabs(a->to) : is_last(a, value);
}

static void add_number(struct ton_text *out, const struct ton_plot *p,
                       const struct ton_plot_axis *a, double value) {
    const bool thousands = a->unit[0] == 'H' && value >= 1000.0;
    ton_text_printf(out, "%g%s", thousands ? value / 1000.0 : value, thousands ? "k" : "");
    if (has_unit(p, a, value))
        ton_text_printf(out, " %s", a->unit);
    ton_text_add(out, "</text>\n");
}

static void mark_x(struct ton_text *out, const struct ton_plot *p, double value) {
    const double x = x_of(p, value);
    const bool last = is_last(&p->x, value);
    const bool odd =
        p->on_page && !has_unit(p, &p->x, value) && is_last(&p->x, next_mark(&p->x, value));
    ton_text_printf(out, "<path d=\"M%.1f %dv%d\" class=\"g\"/>", x, TOP, HEIGHT);
    ton_text_printf(out, "<text%s x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">",
                    odd ? " class=\"odd\"" : "", last ? WIDTH - RIGHT / 2.0 : x, TOP + HEIGHT + 17,
                    last ? "end" : "middle");
    add_number(out, p, &p->x, value);
}

static void mark_y(struct ton_text *out, const struct ton_plot *p, double value) {
    const double y = y_of(p, value);
    ton_text_printf(out, "<path d=\"M%d %.1fh%d\" class=\"g\"/>", LEFT, y, ACROSS);
    ton_text_printf(out, "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 6, y + 4);
    add_number(out, p, &p->y, value);
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
    const double part = plot_part(&p->x, l->x[i]);
    return isfinite(l->y[i]) && part >= -1e-9 && part <= 1.0 + 1e-9;
}

void plot_pen_to(struct plot_pen *pen, double at_x, double at_y) {
    const int x = (int)lrint(FINE * at_x), y = (int)lrint(FINE * at_y);
    if (pen->down)
        ton_text_printf(pen->out, "%s%d%s%d", x < pen->x ? "" : " ", x - pen->x,
                        y < pen->y ? "" : " ", y - pen->y);
    else
        ton_text_printf(pen->out, "M%d %dl0 0", x, y);
    *pen = (struct plot_pen){pen->out, x, y, true};
}

static void draw_bar(struct ton_text *out, int which, double x, double y) {
    ton_text_printf(out, "M%d %dV%d", (int)lrint(FINE * x) + FINE * 5 * which,
                    FINE * (TOP + HEIGHT), (int)lrint(FINE * y));
}

static void draw_points(struct ton_text *out, const struct ton_plot *p, int which) {
    const struct ton_plot_line *l = &p->lines[which];
    ton_text_add(out, "<path d=\"");
    for (int i = 0; i < l->n; i++)
        if (is_drawn(p, l, i))
            ton_text_printf(out, "M%d %dh1", (int)lrint(FINE * x_of(p, l->x[i])),
                            (int)lrint(FINE * y_of(p, l->y[i])));
    ton_text_printf(out,
                    "\" transform=\"scale(%g)\" class=\"l%d\" stroke=\"%s\" stroke-width=\"%d\" "
                    "stroke-linecap=\"round\"/>\n",
                    1.0 / FINE, which, styles[which].colour, 6 * FINE);
}

static bool is_outside(const struct ton_plot *p, double y) {
    const double part = plot_part(&p->y, y);
    return part < 0.0 || part > 1.0;
}

/* On a page a line ends where it leaves the axes, for one along their edge would be a level. */
static void draw_line(struct ton_text *out, const struct ton_plot *p, int which) {
    const struct ton_plot_line *l = &p->lines[which];
    struct plot_pen pen = {.out = out};
    bool was_outside = false;
    ton_text_add(out, "<path d=\"");
    for (int i = 0; i < l->n; i++) {
        const bool outside = p->on_page && is_outside(p, l->y[i]);
        if (!is_drawn(p, l, i) || (outside && was_outside))
            pen.down = false;
        else if (p->bars)
            draw_bar(out, which, x_of(p, l->x[i]), y_of(p, l->y[i]));
        else
            plot_pen_to(&pen, x_of(p, l->x[i]), y_of(p, l->y[i]));
        was_outside = outside;
    }
    ton_text_printf(out, "\" transform=\"scale(%g)\" fill=\"none\" ", 1.0 / FINE);
    if (p->on_page)
        ton_text_printf(out, "class=\"%s%d\" ", l->thin ? "thin l" : "l", which);
    if (l->thin || !l->name)
        ton_text_add(out, l->thin ? thin : faint);
    else
        ton_text_printf(out, "stroke=\"%s\" stroke-width=\"%d\" stroke-dasharray=\"%s\"",
                        styles[which].colour, FINE * (p->bars ? 4 : 2),
                        p->bars ? "none" : styles[which].fine_dash);
    ton_text_add(out, "/>\n");
    if (l->dotted)
        draw_points(out, p, which);
}

/* A number that would stand on its neighbour's is raised above it. */
static void draw_marks(struct ton_text *out, const struct ton_plot *p) {
    double from_x = -WIDTH, from_y = 0;
    for (int i = 0; i < p->n_marks; i++) {
        const double x = x_of(p, p->marks[i].x), y = y_of(p, p->marks[i].y);
        double number_y = y - 9;
        if (x - from_x < 18 && fabs(number_y - from_y) < 14)
            number_y = from_y - 14;
        ton_text_printf(out,
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"none\" "
                        "stroke=\"#333\" stroke-width=\"1.5\"/><text class=\"mark\" x=\"%.1f\" "
                        "y=\"%.1f\" text-anchor=\"middle\">%d</text>\n",
                        x, y, x, number_y, i + 1);
        from_x = x;
        from_y = number_y;
    }
}

/* On a page letters may grow. */
static int legend_row(const struct ton_plot *p) {
    return p->on_page ? LEGEND + 4 : LEGEND;
}

static void draw_legend(struct ton_text *out, const struct ton_plot *p) {
    for (int i = 0, row = 0; i < p->n; i++) {
        const double y = TOP + HEIGHT + BOTTOM + legend_row(p) * (row + 0.5);
        if (!p->lines[i].name)
            continue;
        ton_text_printf(out, "<path d=\"M%d %.1fh24\"", LEFT, y);
        if (p->on_page)
            ton_text_printf(out, " class=\"%s%d\"", p->lines[i].thin ? "thin l" : "l", i);
        if (p->lines[i].thin)
            ton_text_add(out, " stroke=\"#8a939b\"/>");
        else
            ton_text_printf(out, " stroke-width=\"%d\" stroke=\"%s\" stroke-dasharray=\"%s\"/>",
                            p->bars ? 6 : 2, styles[i].colour, p->bars ? "none" : styles[i].dash);
        ton_text_printf(out, "<text x=\"%d\" y=\"%.1f\">", LEFT + 32, y + 4);
        ton_text_add_html(out, p->lines[i].name);
        ton_text_add(out, "</text>\n");
        row++;
    }
}

void plot_open(struct ton_text *out, const char *title, int height, bool on_page) {
    ton_text_printf(out,
                    "<svg xmlns=\"http://www.w3.org/2000/svg\" %swidth=\"%d\" height=\"%d\" "
                    "viewBox=\"0 0 %d %d\" role=\"img\" font-family=\"sans-serif\" "
                    "font-size=\"12\" fill=\"#333\">\n<title>",
                    on_page ? "class=\"plot\" " : "", WIDTH, height, WIDTH, height);
    ton_text_add_html(out, title);
    ton_text_add(out, "</title>\n<style>.g{stroke:#ddd}</style>\n"
                      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
}

void ton_report_plot(struct ton_text *out, const struct ton_plot *plot) {
    int named = 0;
    for (int i = 0; i < plot->n; i++)
        named += plot->lines[i].name != NULL;
    plot_open(out, plot->title, TOP + HEIGHT + BOTTOM + legend_row(plot) * named + 8,
              plot->on_page);
    draw_axis(out, plot, &plot->x, mark_x);
    draw_axis(out, plot, &plot->y, mark_y);
    for (int beneath = 1; beneath >= 0; beneath--)
        for (int i = 0; i < plot->n; i++)
            if (plot->lines[i].thin == beneath)
                draw_line(out, plot, i);
    draw_marks(out, plot);
    draw_legend(out, plot);
    ton_text_add(out, "</svg>\n");
}
