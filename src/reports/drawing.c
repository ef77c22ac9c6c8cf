/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waveform and loudness of one file as SVG.
 *
 * Two coordinate systems: letters, grid and marks stand in the pixels of the page, across in
 * percent; the curves lie in an inner SVG of one unit a column that is stretched to the width. */

#include "ton/report.h"

enum { WAVE = 120, GAP = 16, CURVE = 160, BOTTOM = 22, HEIGHT = WAVE + GAP + CURVE + BOTTOM };
enum { MOST_COLUMNS = 916, FINE = 2 /* units a pixel of height */ };

static const double LOUDEST_LUFS = 0.0, SOFTEST_LUFS = -60.0;
static const double STEP_S = 0.1; /* of the curve */

struct picture {
    struct ton_text *out;
    const struct ton_loudness_curve *curve;
    const struct ton_report_marks *marks;
    double seconds;
    int columns; /* drawn points: at least two, else there is nothing to stretch */
};

static double y_of_lufs(double lufs) {
    const double held = fmin(fmax(lufs, SOFTEST_LUFS), LOUDEST_LUFS);
    return WAVE + GAP + CURVE * (LOUDEST_LUFS - held) / (LOUDEST_LUFS - SOFTEST_LUFS);
}

static double y_of_sample(double sample) {
    return WAVE / 2.0 * (1.0 - fmin(fmax(sample, -1.0), 1.0));
}

/* The values that fall into a column: [first, end), never empty. */
static void column_range(const struct picture *p, int column, size_t *first, size_t *end) {
    *first = (size_t)column * p->curve->n / (size_t)p->columns;
    *end = ((size_t)column + 1) * p->curve->n / (size_t)p->columns;
    if (*end <= *first)
        *end = *first + 1;
}

static double extreme(const float *values, size_t first, size_t end, bool largest) {
    double x = (double)values[first];
    for (size_t i = first + 1; i < end; i++)
        x = largest ? fmax(x, (double)values[i]) : fmin(x, (double)values[i]);
    return x;
}

/* A path of relative lines, which takes a third of the letters of absolute ones. */
struct pen {
    struct ton_text *out;
    int x, y;
    bool down;
};

static void pen_to(struct pen *pen, int x, double pixels) {
    const int y = (int)lrint(pixels * FINE);
    if (pen->down)
        ton_text_printf(pen->out, "%s%d%s%d", x < pen->x ? "" : " ", x - pen->x,
                        y < pen->y ? "" : " ", y - pen->y);
    else
        ton_text_printf(pen->out, "M%d %dl", x, y);
    *pen = (struct pen){pen->out, x, y, true};
}

static void draw_wave(const struct picture *p) {
    struct pen pen = {.out = p->out};
    ton_text_add(p->out, "<path class=\"wave\" d=\"");
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < p->columns; i++) {
            const int column = side ? p->columns - 1 - i : i;
            size_t first, end;
            column_range(p, column, &first, &end);
            const float *values = side ? p->curve->peak_low : p->curve->peak_high;
            pen_to(&pen, column, y_of_sample(extreme(values, first, end, !side)));
        }
    }
    ton_text_add(p->out, "z\"/>");
}

static void draw_line(const struct picture *p, const float *values, const char *class) {
    struct pen pen = {.out = p->out};
    ton_text_printf(p->out, "<path class=\"%s\" d=\"", class);
    for (int column = 0; column < p->columns; column++) {
        size_t first, end;
        column_range(p, column, &first, &end);
        pen_to(&pen, column, y_of_lufs(extreme(values, first, end, true)));
    }
    ton_text_add(p->out, "\"/>");
}

static void draw_curves(const struct picture *p) {
    ton_text_printf(p->out,
                    "<svg width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                    "preserveAspectRatio=\"none\">",
                    HEIGHT, p->columns - 1, HEIGHT * FINE);
    draw_wave(p);
    draw_line(p, p->curve->momentary, "momentary");
    draw_line(p, p->curve->short_term, "short-term");
    ton_text_add(p->out, "</svg>");
}

static void draw_level(const struct picture *p, const char *class, double y) {
    ton_text_printf(p->out, "<line class=\"%s\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>", class, y,
                    y);
}

static void draw_level_axes(const struct picture *p) {
    draw_level(p, "grid", 0.0);
    draw_level(p, "grid", WAVE);
    ton_text_add(p->out, "<text x=\"-6\" y=\"9\" text-anchor=\"end\">0 dBFS</text>");
    for (double lufs = LOUDEST_LUFS; lufs >= SOFTEST_LUFS; lufs -= 12.0) {
        const double y = y_of_lufs(lufs);
        draw_level(p, "grid", y);
        ton_text_printf(p->out, "<text x=\"-6\" y=\"%.1f\" text-anchor=\"end\">%.0f%s</text>",
                        y + 4, lufs, lufs < LOUDEST_LUFS ? "" : " LUFS");
    }
}

static void add_time(struct ton_text *out, double seconds) {
    const int s = (int)lrint(seconds);
    if (s >= 3600)
        ton_text_printf(out, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    else
        ton_text_printf(out, "%d:%02d", s / 60, s % 60);
}

/* A round step that gives at most ten marks. */
static double time_step(double seconds) {
    static const double steps[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (seconds / steps[i] <= 10.0)
            return steps[i];
    }
    return ceil(seconds / 10.0 / 3600.0) * 3600.0;
}

static void draw_time(const struct picture *p, double t, const char *class, const char *anchor) {
    const double percent = 100.0 * t / p->seconds;
    ton_text_printf(p->out,
                    "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y2=\"%d\"/>"
                    "<text%s x=\"%.2f%%\" y=\"%d\" text-anchor=\"%s\">",
                    percent, percent, WAVE + GAP + CURVE, class, percent, HEIGHT - 6, anchor);
    add_time(p->out, t);
    ton_text_add(p->out, "</text>");
}

/* The last mark is the length; what would touch it is left out. Every second one can be hidden
 * where it is narrow. */
static void draw_time_axis(const struct picture *p) {
    const double step = time_step(p->seconds);
    for (int i = 0; i * step <= p->seconds - step; i++)
        draw_time(p, i * step, i % 2 ? " class=\"odd\"" : "", i ? "middle" : "start");
    draw_time(p, p->seconds, "", "end");
}

static void draw_marks(const struct picture *p) {
    if (!isnan(p->marks->target_lufs)) {
        const double y = y_of_lufs(p->marks->target_lufs);
        draw_level(p, "target", y);
        ton_text_printf(p->out,
                        "<text class=\"mark\" x=\"100%%\" y=\"%.1f\" text-anchor=\"end\">target "
                        "%.1f LUFS</text>",
                        y - 4, p->marks->target_lufs);
    }
    if (!isnan(p->marks->ceiling_dbtp)) {
        const double sample = pow(10.0, p->marks->ceiling_dbtp / 20.0);
        draw_level(p, "ceiling", y_of_sample(sample));
        draw_level(p, "ceiling", y_of_sample(-sample));
        ton_text_printf(p->out,
                        "<text class=\"mark\" x=\"100%%\" y=\"%.1f\" text-anchor=\"end\">ceiling "
                        "%.1f dBTP</text>",
                        y_of_sample(sample) + 12, p->marks->ceiling_dbtp);
    }
}

static void add_sentence(const struct picture *p, const char *title) {
    size_t loudest = 0;
    for (size_t i = 1; i < p->curve->n; i++) {
        if (p->curve->short_term[i] > p->curve->short_term[loudest])
            loudest = i;
    }
    ton_text_add_html(p->out, title);
    ton_text_add(p->out, ": waveform and loudness over ");
    add_time(p->out, p->seconds);
    if (isfinite(p->curve->short_term[loudest])) {
        ton_text_add(p->out, "; short-term loudness is highest at ");
        add_time(p->out, (double)(loudest + 1) * STEP_S);
        ton_text_printf(p->out, " with %.1f LUFS", (double)p->curve->short_term[loudest]);
    } else {
        ton_text_add(p->out, "; silence");
    }
    if (!isnan(p->marks->target_lufs))
        ton_text_printf(p->out, "; target %.1f LUFS", p->marks->target_lufs);
    if (!isnan(p->marks->ceiling_dbtp))
        ton_text_printf(p->out, "; ceiling %.1f dBTP", p->marks->ceiling_dbtp);
}

void ton_report_drawing(struct ton_text *out, const struct ton_loudness_curve *curve,
                        const struct ton_report_marks *marks, const char *title) {
    if (curve->n == 0)
        return;
    const struct picture p = {
        .out = out,
        .curve = curve,
        .marks = marks,
        .seconds = (double)curve->n * STEP_S,
        .columns = curve->n > MOST_COLUMNS ? MOST_COLUMNS
                   : curve->n > 2          ? (int)curve->n
                                           : 2,
    };
    ton_text_printf(out,
                    "<svg class=\"drawing\" width=\"100%%\" height=\"%d\" role=\"img\" "
                    "aria-label=\"",
                    HEIGHT);
    add_sentence(&p, title);
    ton_text_add(out, "\">");
    draw_time_axis(&p);
    draw_level_axes(&p);
    draw_curves(&p);
    draw_marks(&p);
    ton_text_add(out, "</svg>");
}

enum ton_code ton_report_drawing_key(struct ton_key *out, struct ton_err *err) {
    enum { POINTS = 2 * MOST_COLUMNS + 7 };
    float loudness[POINTS], low[POINTS], high[POINTS];
    for (int i = 0; i < POINTS; i++) {
        loudness[i] = (float)(-i % 61);
        high[i] = (float)(i % 10) / 10.0F;
        low[i] = -high[i];
    }
    const struct ton_loudness_curve curve = {loudness, loudness, low, high, POINTS};
    const struct ton_report_marks marks = {-14.0, -1.0};
    struct ton_text svg = {0};
    ton_report_drawing(&svg, &curve, &marks, "");
    struct ton_hash *h = svg.failed ? NULL : ton_hash_create();
    if (h) {
        ton_hash_bytes(h, svg.data, svg.length);
        *out = ton_hash_result(h);
    }
    ton_hash_destroy(h);
    ton_text_free(&svg);
    return h ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory to draw the report");
}
