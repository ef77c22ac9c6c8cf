/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waveform and loudness curve of one file as SVG. */

#include "ton/report.h"

enum { WIDTH = 960, WAVE = 120, CURVE = 160, LEFT = 44, BOTTOM = 22, GAP = 12 };
enum { HEIGHT = WAVE + GAP + CURVE + BOTTOM };

static const double LOUDEST_LUFS = 0.0, SOFTEST_LUFS = -60.0;
static const double STEP_S = 0.1; /* of the curve */

struct picture {
    struct ton_text *out;
    const struct ton_loudness_curve *curve;
    int columns; /* drawn points: never more than there are values */
};

static double x_of(const struct picture *p, double column) {
    return LEFT + (WIDTH - LEFT) * column / (p->columns > 1 ? p->columns - 1 : 1);
}

static double y_of_lufs(double lufs) {
    const double held = fmin(fmax(lufs, SOFTEST_LUFS), LOUDEST_LUFS);
    return WAVE + GAP + CURVE * (LOUDEST_LUFS - held) / (LOUDEST_LUFS - SOFTEST_LUFS);
}

static double y_of_sample(double sample) {
    return WAVE / 2.0 * (1.0 - fmin(fmax(sample, -1.0), 1.0));
}

/* The values that fall into a column: [first, end). */
static void column_range(const struct picture *p, int column, size_t *first, size_t *end) {
    *first = (size_t)column * p->curve->n / (size_t)p->columns;
    *end = ((size_t)column + 1) * p->curve->n / (size_t)p->columns;
}

static double extreme(const float *values, size_t first, size_t end, bool largest) {
    double x = (double)values[first];
    for (size_t i = first + 1; i < end; i++)
        x = largest ? fmax(x, (double)values[i]) : fmin(x, (double)values[i]);
    return x;
}

static void draw_wave(const struct picture *p) {
    ton_text_printf(p->out, "<path class=\"wave\" d=\"M");
    for (int side = 0; side < 2; side++) {
        for (int i = 0; i < p->columns; i++) {
            const int column = side ? p->columns - 1 - i : i;
            size_t first, end;
            column_range(p, column, &first, &end);
            const float *values = side ? p->curve->peak_low : p->curve->peak_high;
            ton_text_printf(p->out, "%.1f %.1f ", x_of(p, column),
                            y_of_sample(extreme(values, first, end, !side)));
        }
    }
    ton_text_add(p->out, "Z\"/>");
}

static void draw_line(const struct picture *p, const float *values, const char *class) {
    ton_text_printf(p->out, "<polyline class=\"%s\" points=\"", class);
    for (int column = 0; column < p->columns; column++) {
        size_t first, end;
        column_range(p, column, &first, &end);
        ton_text_printf(p->out, "%.1f,%.1f ", x_of(p, column),
                        y_of_lufs(extreme(values, first, end, true)));
    }
    ton_text_add(p->out, "\"/>");
}

static void draw_loudness_axis(const struct picture *p) {
    for (double lufs = LOUDEST_LUFS; lufs >= SOFTEST_LUFS; lufs -= 12.0) {
        const double y = y_of_lufs(lufs);
        ton_text_printf(p->out,
                        "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                        "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.0f</text>",
                        LEFT, WIDTH, y, y, LEFT - 6, y + 4, lufs);
    }
    ton_text_printf(p->out, "<text x=\"0\" y=\"%d\">LUFS</text>", WAVE + GAP - 2);
}

/* A round step that gives at most ten marks. */
static double time_step(double seconds) {
    static const double steps[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (seconds / steps[i] <= 10.0)
            return steps[i];
    }
    return ceil(seconds / 10.0 / 3600.0) * 3600.0;
}

static void draw_time_axis(const struct picture *p) {
    const double seconds = (double)p->curve->n * STEP_S;
    const double step = time_step(seconds);
    for (double t = 0; t < seconds; t += step) {
        const double x = LEFT + (WIDTH - LEFT) * t / seconds;
        ton_text_printf(p->out,
                        "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"%d\"/>"
                        "<text x=\"%.1f\" y=\"%d\">%d:%02d</text>",
                        x, x, WAVE + GAP + CURVE, x + 2, HEIGHT - 6, (int)t / 60, (int)t % 60);
    }
}

static void draw_target(const struct picture *p, double target_lufs) {
    const double y = y_of_lufs(target_lufs);
    ton_text_printf(p->out, "<line class=\"target\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>",
                    LEFT, WIDTH, y, y);
}

void ton_report_drawing(struct ton_text *out, const struct ton_loudness_curve *curve,
                        double target_lufs, const char *title) {
    if (curve->n == 0)
        return;
    const struct picture p = {out, curve, curve->n < WIDTH - LEFT ? (int)curve->n : WIDTH - LEFT};
    ton_text_printf(out, "<svg viewBox=\"0 0 %d %d\" role=\"img\"><title>", WIDTH, HEIGHT);
    ton_text_add_html(out, title);
    ton_text_add(out, "</title><desc>Waveform above; below it momentary (faint) and short-term "
                      "loudness in LUFS over time.</desc>");
    draw_time_axis(&p);
    draw_loudness_axis(&p);
    draw_wave(&p);
    draw_line(&p, curve->momentary, "momentary");
    draw_line(&p, curve->short_term, "short-term");
    if (!isnan(target_lufs))
        draw_target(&p, target_lufs);
    ton_text_add(out, "</svg>");
}
