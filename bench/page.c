/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes the figures of bench/results.json into a page, between its two markers, and draws how time
 * and memory grow.
 *
 *     bench-page RESULTS PAGE PLOT */
#include "race.h"
#include "report.h"

#include "ton/arena.h"
#include "ton/path.h"
#include "ton/plot.h"

#include <math.h>

static const char begin[] = "<!-- figures: begin -->\n", end[] = "<!-- figures: end -->\n";

enum { LONGEST = 1 << 24, MOST = 1000, MOST_POINTS = 16 };

static void die(const char *where, const char *text) {
    fprintf(stderr, "bench-page: %s: %s\n", where, text);
    exit(1);
}

static char *read_file(struct ton_arena *arena, const char *path) {
    char *text = NULL;
    size_t size = 0;
    struct ton_err err;
    if (ton_path_read(&text, &size, arena, path, LONGEST, &err))
        die(err.where, err.text);
    return text;
}

static void write_file(const char *path, const struct ton_text *text) {
    struct ton_err err;
    if (text->failed)
        die(path, "no memory");
    if (ton_path_write(path, text->data, text->length, &err))
        die(err.where, err.text);
}

static const char *string(const struct ton_json *j, const char *key) {
    const char *s = ton_json_as_string(ton_json_get(j, key));
    return s ? s : "unknown";
}

struct curve {
    double x[MOST_POINTS], y[MOST_POINTS];
    int n;
};

/* One measure of the runners whose names are `format` with a number. */
static struct curve curve_of(const struct ton_json *race, const char *format, const char *measure) {
    struct curve c = {.n = 0};
    for (int n = 1; n <= MOST && c.n < MOST_POINTS; n++) {
        char name[64];
        snprintf(name, sizeof name, format, n);
        const struct ton_json *r = race_named(ton_json_get(race, "runners"), name);
        if (r) {
            c.x[c.n] = n;
            c.y[c.n++] = ton_json_as_number(ton_json_get(r, measure));
        }
    }
    return c;
}

static void draw(const char *path, const struct ton_json *race) {
    static const char tracks[] = "%d tracks, 1 min", minutes[] = "4 tracks, %d min";
    const struct curve curves[] = {
        curve_of(race, tracks, "cpu_s"), curve_of(race, minutes, "cpu_s"),
        curve_of(race, tracks, "memory_mb"), curve_of(race, minutes, "memory_mb")};
    static const char *const names[] = {"CPU seconds by tracks of a minute",
                                        "CPU seconds by minutes of 4 tracks",
                                        "MB by tracks of a minute", "MB by minutes of 4 tracks"};
    struct ton_plot plot = {.title = "CPU time and memory over the number of tracks and of minutes",
                            .x = {1, MOST, true, 0, ""},
                            .y = {0.1, 1000, true, 0, ""},
                            .n = 5};
    const struct curve *c = &curves[0];
    const double line_x[] = {8, MOST};
    const double each = c->n > 0 ? c->y[c->n - 1] / c->x[c->n - 1] : NAN;
    const double line_y[] = {8 * each, MOST * each};
    struct ton_text svg = {0};
    for (int i = 0; i < 4; i++)
        plot.lines[i] = (struct ton_plot_line){
            .name = names[i], .x = curves[i].x, .y = curves[i].y, .n = curves[i].n};
    plot.lines[4] = (struct ton_plot_line){.x = line_x, .y = line_y, .n = 2};
    ton_report_plot(&svg, &plot);
    write_file(path, &svg);
    ton_text_free(&svg);
}

static void add_figures(struct ton_text *out, const struct ton_json *results) {
    const struct ton_json *races = ton_json_get(results, "races");
    ton_text_printf(out, "%s\nMeasured on: %s.\n\n", begin, string(results, "machine"));
    report_targets(out, races);
    for (size_t i = 0; i < ton_json_size(races); i++)
        report_race(out, ton_json_at(races, i));
    ton_text_add(out, end);
}

int main(int argc, char **argv) {
    struct ton_arena *arena = ton_arena_create();
    struct ton_json *results = NULL;
    struct ton_text out = {0};
    struct ton_err err;
    if (argc != 4)
        die("usage", "bench-page RESULTS PAGE PLOT");
    const char *text = read_file(arena, argv[1]), *page = read_file(arena, argv[2]);
    if (ton_json_parse(&results, text, strlen(text), argv[1], &err))
        die(err.where, err.text);
    const char *from = strstr(page, begin), *to = strstr(page, end);
    if (!from || !to || to < from)
        die(argv[2], "the markers of the figures are missing");
    ton_text_add_n(&out, page, (size_t)(from - page));
    add_figures(&out, results);
    ton_text_add(&out, to + strlen(end));
    write_file(argv[2], &out);
    const struct ton_json *growth = race_named(ton_json_get(results, "races"), "growth");
    if (growth)
        draw(argv[3], growth);
    ton_text_free(&out);
    ton_json_free(results);
    ton_arena_destroy(arena);
    return 0;
}
