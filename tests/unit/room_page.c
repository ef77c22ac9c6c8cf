/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a room: what stands on it, where its curves are drawn, and that it is whole whatever
 * was measured. */

#include "promise.h"

#include "ton/arena.h"
#include "ton/audio_whole.h"
#include "ton/room_page.h"
#include "ton/row.h"

#include <math.h>
#include <string.h>

enum { RATE = 48000, LEAD = 960, FRAMES = LEAD + RATE / 2, MOST = 4000 };

/* The area that curves are drawn in, in pixels. */
static const double LEFT = 56, ACROSS = 568, TOP = 14, TALL = 220;

static struct ton_arena *arena;
static float *response;
static struct ton_room_path path;
static struct ton_room_path_how how = {.celsius = 21.0, .sides_m = {5.2, 3.9, 2.6}};
static double px[MOST], py[MOST];

/* A small room: a direct sound, two reflections, three modes of its sides, decaying noise. */
static void make_room(float *out) {
    static const double hz[] = {33.0, 44.0, 66.1};
    uint64_t seed = 7;
    for (int i = LEAD; i < FRAMES; i++) {
        const double t = (double)(i - LEAD) / RATE;
        seed = seed * 6364136223846793005U + 1442695040888963407U;
        double x =
            0.02 * ((double)(seed >> 11) / 4503599627370496.0 - 1.0) * pow(10.0, -3.0 * t / 0.2);
        for (int m = 0; m < 3; m++)
            x += 0.004 * sin(2.0 * M_PI * hz[m] * t) * pow(10.0, -3.0 * t / 0.4);
        out[i] = (float)x;
    }
    out[LEAD] += 1.0F;
    out[LEAD + 144] += 0.5F; /* 3 ms */
    out[LEAD + 384] += 0.3F; /* 8 ms */
}

static int set_up(void **state) {
    struct ton_err err;
    (void)state;
    arena = ton_arena_create();
    response = ton_arena_alloc(arena, sizeof(float) * FRAMES);
    make_room(response);
    path.name = "L at <Desk> & \"Chair\"";
    return ton_room_path_measure(&path, arena, response, FRAMES, RATE, &how, &err) != TON_OK;
}

static int tear_down(void **state) {
    (void)state;
    ton_arena_destroy(arena);
    return 0;
}

static int count(const char *text, const char *what) {
    int n = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}

static char *write_page(const struct ton_room_page *page) {
    struct ton_text out = {0};
    struct ton_err err = {0};
    assert_int_equal(ton_room_page_write(&out, page, &err), TON_OK);
    return out.data;
}

static char *write_one(const struct ton_room_page_path *p) {
    return write_page(&(struct ton_room_page){.title = "A <room>", .paths = p, .n = 1});
}

static char *write_plot(enum ton_room_plot plot, const struct ton_room_path *of) {
    const struct ton_room_page_path p = {.path = of, .distance_m = NAN};
    struct ton_text out = {0};
    struct ton_err err = {0};
    assert_int_equal(ton_room_plot_write(&out, plot, &p, &err), TON_OK);
    return out.data;
}

/* Reads the `which`-th path of a class into px and py, in pixels; how many points. */
static int read_path(const char *svg, const char *class, int which) {
    char wanted[32];
    int x = 0, y = 0, n = 0, k = 0;
    bool absolute = true;
    snprintf(wanted, sizeof wanted, "class=\"%s\"", class);
    const char *at = strstr(svg, wanted);
    while (at && which-- > 0)
        at = strstr(at + 1, wanted);
    if (!at)
        return 0;
    while (strncmp(at, "<path d=\"", 9) != 0)
        at--;
    for (at += 9; *at != '"' && n < MOST;) {
        if (strchr("Ml ", *at)) {
            absolute = *at == 'M' || (absolute && *at == ' ');
            at++;
            continue;
        }
        char *end;
        const int value = (int)strtol(at, &end, 10);
        assert_ptr_not_equal(end, at);
        at = end;
        if (k++ % 2 == 0) {
            x = absolute ? value : x + value;
        } else {
            y = absolute ? value : y + value;
            px[n] = x / 4.0;
            py[n++] = y / 4.0;
        }
    }
    return n;
}

/* Every element is closed in its turn, every attribute and & is as it must be. How many elements;
 * -1: where `wrong` says. */
static int elements(const char *text, const char **wrong) {
    enum { DEEP = 32, LONG = 16 };
    char open[DEEP][LONG];
    int n = 0, deep = 0;
    for (const char *p = text; *p; p++) {
        *wrong = p;
        if (*p == '&' && strncmp(p, "&lt;", 4) && strncmp(p, "&gt;", 4) && strncmp(p, "&amp;", 5) &&
            strncmp(p, "&quot;", 6) && strncmp(p, "&#39;", 5))
            return -1;
        if (*p == '>')
            return -1;
        if (*p != '<' || p[1] == '!') {
            p = *p == '<' ? strchr(p, '>') : p;
            continue;
        }
        char name[LONG] = "";
        const bool closes = p[1] == '/';
        const size_t length = strcspn(p + 1 + closes, " />");
        snprintf(name, sizeof name, "%.*s", (int)length, p + 1 + closes);
        bool quoted = false;
        for (p++; *p && (quoted || *p != '>'); p++) {
            quoted ^= *p == '"';
            if (*p == '<')
                return -1;
        }
        const bool alone = p[-1] == '/' || !strcmp(name, "meta") || !strcmp(name, "br");
        if (closes && (deep == 0 || strcmp(open[--deep], name) != 0))
            return -1;
        if (!closes && !alone) {
            if (deep == DEEP)
                return -1;
            snprintf(open[deep++], LONG, "%s", name);
        }
        n += !closes;
    }
    return deep ? -1 : n;
}

static int hold_whole(const char *text) {
    const char *wrong = text;
    const int n = elements(text, &wrong);
    if (n < 0)
        fail_msg("not well-formed at: %.60s", wrong);
    static const char *const never[] = {">nan", "nan ", "nan<", "nan\"", "-inf", ">inf", "(null)"};
    for (int i = 0; i < TON_N(never); i++)
        assert_null(strstr(text, never[i]));
    return n;
}

static struct ton_room_advices advices = {
    5,
    {{true, "polarity", "the loudspeaker is reversed", "swap its wires"},
     {true, "reflection", "a reflection at 3.0 ms", "cover the desk"},
     {true, "reflection", "another at 8 ms where level < 10 dB", "cover the desk"},
     {false, "time", "it reverberates for 0.2 s", NULL},
     {false, "clock", "the clock is another one", "let one follow"}}};

static void what_is_serious_comes_first_and_nothing_is_left_out(void **state) {
    (void)state;
    const struct ton_room_page_path p = {.path = &path, .distance_m = NAN, .advices = &advices};
    char *page = write_one(&p);
    const char *const table = strstr(page, "<h2>Paths</h2>");
    static const char *const serious[] = {"The loudspeaker is reversed.", "Swap", "swap its wires.",
                                          "A reflection at 3.0 ms.",
                                          "Another at 8 ms where level &lt; 10 dB."};
    static const char *const known[] = {"It reverberates for 0.2 s.", "The clock is another one.",
                                        "let one follow."};
    assert_non_null(table);
    for (int i = 0; i < TON_N(serious); i++) {
        const char *const at = strstr(page, serious[i]);
        assert_true(i == 1 || (at && at < table));
    }
    for (int i = 0; i < TON_N(known); i++)
        assert_true(strstr(page, known[i]) > table);
    figure("3 serious, %d remedies for them, 2 to be known after the table",
           count(page, "What to do:</b>") - 1);
    assert_int_equal(count(page, "What to do:</b>"), 3);
    assert_non_null(strstr(page, "1 path, 3 to do"));
    ton_free(page);
}

static void a_page_is_whole_and_refers_to_nothing_but_its_files(void **state) {
    (void)state;
    static const struct ton_curve_point target[] = {{20, 3}, {20000, -3}};
    const struct ton_sweep_heard heard = {.inverted = true, .thd_percent = 0.4, .drift_ppm = NAN};
    const struct ton_correction_how to = {.target = target, .n_target = 2};
    struct ton_correction c;
    struct ton_err err;
    assert_int_equal(
        ton_correction_make(&c, arena, &path.curve[TON_SMOOTHING_PSYCHOACOUSTIC], RATE, &to, &err),
        TON_OK);
    const struct ton_room_page_path p[2] = {{.path = &path,
                                             .heard = &heard,
                                             .distance_m = 1.5,
                                             .distance_remark = "of <a> loop-back",
                                             .advices = &advices,
                                             .correction = &c,
                                             .target = target,
                                             .n_target = 2,
                                             .take = "audio/<L> 1.wav",
                                             .chain = "chains/a&b.yaml",
                                             .fir = "audio/fir.wav"},
                                            {.path = &path, .distance_m = NAN}};
    struct ton_room_page_pair pair = {.left = 0, .right = 1};
    ton_room_compare(&pair.figures, &path.figures, &path.figures, 1.0, RATE, 21.0);
    char *page = write_page(&(struct ton_room_page){.title = "Room <1>",
                                                    .sides_m = {5.2, 3.9, 2.6},
                                                    .paths = p,
                                                    .n = 2,
                                                    .pairs = &pair,
                                                    .n_pairs = 1});
    figure("%zu bytes, %d elements, %d plots", strlen(page), hold_whole(page), count(page, "<svg"));
    assert_int_equal(count(page, "<svg"), 2 * TON_N_ROOM_PLOTS + 2);
    static const char *const never[] = {"<script", "@import", "url(", "src=", " onload", "<link"};
    for (int i = 0; i < TON_N(never); i++)
        assert_null(strstr(page, never[i]));
    assert_int_equal(count(page, "href="), count(page, "href=\"#path-") + 3);
    assert_int_equal(count(page, "http"), count(page, "xmlns=\"http://www.w3.org/2000/svg\""));
    assert_non_null(strstr(page, "href=\"audio/%3CL%3E%201.wav\""));
    assert_non_null(strstr(page, ">inverted</td>"));
    ton_free(page);
}

/* All figures of a path that nothing was measured of. */
static void forget(struct ton_room_figures *f) {
    const struct ton_room_decay none = {NAN, NAN, NAN, TON_ROOM_NOISE};
    const struct ton_room_band band = {
        0, TON_ROOM_EMPTY, NAN, NAN, NAN, none, none, none, NAN, NAN, NAN, NAN, NAN};
    f->broad = band;
    f->t_mid_s = NAN;
    f->sti = (struct ton_sti){.index = NAN, .doubt = TON_ROOM_SWEEP};
    for (int i = 0; i < TON_ROOM_THIRDS; i++)
        f->third[i] = band;
    for (int i = 0; i < TON_ROOM_OCTAVES; i++)
        f->octave[i] = band;
}

static void what_was_not_measured_is_a_dash_with_its_reason(void **state) {
    (void)state;
    static const float silence[64];
    struct ton_room_path nothing = {.response = silence, .frames = 64, .rate = RATE};
    const struct ton_room_page_path p = {.path = &nothing, .distance_m = NAN};
    forget(&nothing.figures);
    char *page = write_one(&p);
    const int rows = 1 + TON_ROOM_OCTAVES + TON_ROOM_THIRDS;
    char dash[2][128];
    /* Two of the reasons stand in the tables of bands, so their letters are a and b. */
    snprintf(dash[0], sizeof dash[0], "–<sup title=\"not measured: %s\">a</sup>",
             ton_room_doubt_words(TON_ROOM_EMPTY));
    snprintf(dash[1], sizeof dash[1], "–<sup title=\"not measured: %s\">b</sup>",
             ton_room_doubt_words(TON_ROOM_NOISE));
    figure("%d elements, %d dashes for want of sound, %d for noise", hold_whole(page),
           count(page, dash[0]), count(page, dash[1]));
    assert_int_equal(count(page, dash[0]), 7 * rows + 4); /* four in the table of paths */
    assert_int_equal(count(page, dash[1]), 6 * rows);
    assert_non_null(strstr(page, "<sup>b</sup> not measured: "));
    ton_free(page);
}

static void a_step_of_6_db_is_drawn_6_db_high_where_it_is(void **state) {
    (void)state;
    struct ton_room_path stepped = path;
    struct ton_response *const r = &stepped.curve[TON_SMOOTHING_TWELFTH];
    struct ton_response *const ear = &stepped.curve[TON_SMOOTHING_PSYCHOACOUSTIC];
    double db[2][MOST];
    for (int i = 0; i < r->n; i++)
        db[0][i] = db[1][i] = r->hz[i] < 4000.0 ? -20.0 : -26.0;
    r->db = db[0];
    ear->db = db[1];
    char *svg = write_plot(TON_ROOM_PLOT_RESPONSE, &stepped);
    const int n = read_path(svg, "l0", 0);
    const double at =
        LEFT + ACROSS * log(4000.0 / stepped.from_hz) / log(stepped.to_hz / stepped.from_hz);
    int step = 1;
    while (step < n && py[step] == py[step - 1])
        step++;
    /* 10 dB to -30 dB in all; 0 dB is the mean from 200 Hz to 2 kHz. */
    figure("%d points; at %.1f px (%.1f) from %.2f px to %.2f px (%.2f and %.2f)", n, px[step], at,
           py[step - 1], py[step], TOP + TALL * 0.25, TOP + TALL * 0.4);
    assert_int_equal(n, r->n + 1); /* a pen is put down first */
    assert_true(fabs(px[step] - at) < 1.5 && fabs(py[step - 1] - TOP - TALL * 0.25) < 0.26);
    assert_true(fabs(py[step] - TOP - TALL * 0.4) < 0.26);
    assert_int_equal(hold_whole(svg) > 20, 1);
    ton_free(svg);
}

static void reflections_have_the_numbers_of_their_table_and_stand_on_the_envelope(void **state) {
    (void)state;
    const struct ton_room_page_path p = {.path = &path, .distance_m = NAN};
    char *svg = write_plot(TON_ROOM_PLOT_IMPULSE, &path), *page = write_one(&p);
    const int n = read_path(svg, "l0", 0), rings = count(svg, "<circle");
    double worst = 0.0;
    const char *at = svg;
    for (int i = 0; i < rings; i++) {
        double x, y, nearest = 1e9;
        at = strstr(at + 1, "<circle");
        assert_int_equal(sscanf(at, "<circle cx=\"%lf\" cy=\"%lf\"", &x, &y), 2);
        for (int k = 0; k < n; k++)
            nearest = fmin(nearest, hypot(px[k] - x, py[k] - y));
        worst = fmax(worst, nearest);
        char row[64];
        snprintf(row, sizeof row, "class=\"n\">%d</th><td class=\"n\">%.2f</td>", i + 1,
                 path.reflections[i].ms);
        assert_non_null(strstr(page, row));
    }
    figure("%d rings, %.1f px from the envelope at worst (2)", rings, worst);
    assert_true(rings >= 2 && rings == path.n_reflections && worst < 2.0);
    ton_free(svg);
    ton_free(page);
}

/* Each slice is a closed hill with ground of its own, drawn after what it hides: farther down, and
 * ending farther left, so that the numbers of its time are not hidden. */
static void later_slices_of_a_waterfall_hide_earlier_ones(void **state) {
    (void)state;
    char *svg = write_plot(TON_ROOM_PLOT_WATERFALL, &path);
    const int slices = count(svg, "class=\"l0 under\" fill=\"#fff\"");
    double foot = 0.0, end = 1e9, highest = 1e9;
    assert_int_equal(slices, path.waterfall.n_slices);
    for (int i = 0; i < slices; i++) {
        const int n = read_path(svg, "l0 under", i);
        assert_int_equal(n, path.waterfall.n_points + 3);
        assert_true(py[0] > foot && fabs(py[n - 1] - py[0]) < 0.3 && px[n - 1] < end);
        foot = py[0];
        end = px[n - 1];
        for (int k = 0; k < n; k++) {
            assert_true(py[k] <= foot + 0.3);
            highest = fmin(highest, py[k]);
        }
    }
    figure("%d slices, the last at %.1f px (280), the highest point at %.1f px (0 or more)", slices,
           foot, highest);
    assert_true(fabs(foot - 280.0) < 0.3 && highest >= 0.0);
    ton_free(svg);
}

/* Strokes of the modes stand at their frequencies on the front's axis. */
static void expected_modes_stand_beneath_their_frequencies(void **state) {
    (void)state;
    char *svg = write_plot(TON_ROOM_PLOT_WATERFALL, &path);
    const char *const at = strstr(svg, "class=\"mode\" d=\"M");
    double x;
    assert_non_null(at);
    assert_int_equal(sscanf(at, "class=\"mode\" d=\"M%lf", &x), 1);
    const double wanted = 56.0 + 504.0 * log(path.modes.items[0].hz / 20.0) / log(15.0);
    figure("%.1f Hz at %.1f px (%.1f)", path.modes.items[0].hz, x, wanted);
    assert_true(fabs(x - wanted) < 0.06);
    ton_free(svg);
}

static void axes_fit_rooms_of_a_tenth_of_a_second_and_of_ten(void **state) {
    (void)state;
    static const double times[] = {0.03, 0.1, 0.21, 0.7, 1.0, 3.3, 10.0};
    for (int t = 0; t < TON_N(times); t++) {
        struct ton_room_path of = path;
        for (int i = 0; i < TON_ROOM_THIRDS; i++)
            of.figures.third[i].t30.seconds = of.figures.third[i].t20.seconds =
                of.figures.third[i].edt.seconds = i == 5 ? NAN : times[t];
        char *svg = write_plot(TON_ROOM_PLOT_TIMES, &of);
        const int n = read_path(svg, "l0", 0);
        const int marks = count(svg, "text-anchor=\"end\"");
        figure("%.2f s: at %.0f %% of the height (50 to 100), %d numbers beside it", times[t],
               100.0 * (1.0 - (py[0] - TOP) / TALL), marks - 1);
        assert_true(py[0] >= TOP - 0.1 && py[0] <= TOP + 0.5 * TALL && marks > 3 && marks < 10);
        /* A gap puts the pen down a second time. */
        assert_int_equal(n, TON_ROOM_THIRDS - 1 + 2);
        ton_free(svg);
    }
}

static void real_rooms_make_whole_pages(void **state) {
    (void)state;
    static const char *const names[] = {"st-margarets-church-4ch-s32.wav", "seminar-room-clap.flac",
                                        "cab-radio-001-f32.wav"};
    if (!test_data())
        skip_because("no TON_DATA");
    for (int i = 0; i < fewer(TON_N(names), 1); i++) {
        char file[4300];
        struct ton_audio_whole whole;
        struct ton_err err = {0};
        struct ton_arena *const own = ton_arena_create();
        struct ton_room_path real = {.name = names[i]};
        const struct ton_room_path_how open = {.celsius = 20.0};
        snprintf(file, sizeof file, "%s/ir/%s", test_data(), names[i]);
        assert_int_equal(ton_audio_read_whole(&whole, own, file, 44100, 8, &err), TON_OK);
        assert_int_equal(
            ton_room_path_measure(&real, own, whole.data[0], (int)whole.frames, 44100, &open, &err),
            TON_OK);
        const struct ton_room_page_path p = {.path = &real, .distance_m = NAN};
        char *page = write_one(&p);
        figure("%s: %zu bytes (150000), %d elements", names[i], strlen(page), hold_whole(page));
        assert_true(strlen(page) < 150000);
        ton_free(page);
        ton_arena_destroy(own);
    }
}

static void want_of_memory_is_told(void **state) {
    (void)state;
    const struct ton_room_page_path p = {.path = &path, .distance_m = NAN, .advices = &advices};
    const struct ton_room_page page = {.paths = &p, .n = 1};
    enum ton_code code = TON_MEMORY;
    int n = 0;
    for (; code != TON_OK && n < 2000; n++) {
        struct ton_text out = {0};
        struct ton_err err;
        ton_alloc_fail_after(n);
        code = ton_room_page_write(&out, &page, &err);
        ton_alloc_fail_after(-1);
        assert_true(code == TON_OK || code == TON_MEMORY);
        ton_text_free(&out);
    }
    figure("refused %d times (10 or more)", n - 1);
    assert_true(code == TON_OK && n > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_serious_comes_first_and_nothing_is_left_out),
        cmocka_unit_test(a_page_is_whole_and_refers_to_nothing_but_its_files),
        cmocka_unit_test(what_was_not_measured_is_a_dash_with_its_reason),
        cmocka_unit_test(a_step_of_6_db_is_drawn_6_db_high_where_it_is),
        cmocka_unit_test(reflections_have_the_numbers_of_their_table_and_stand_on_the_envelope),
        cmocka_unit_test(later_slices_of_a_waterfall_hide_earlier_ones),
        cmocka_unit_test(expected_modes_stand_beneath_their_frequencies),
        cmocka_unit_test(axes_fit_rooms_of_a_tenth_of_a_second_and_of_ten),
        cmocka_unit_test(real_rooms_make_whole_pages),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
