/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is drawn of a room: curves, lines and marks are where the figures say. */

#include "room_page_rig.h"

/* The area that curves are drawn in, in pixels. */
static const double LEFT = 56, ACROSS = 568, TOP = 14, TALL = 220;

static double px[MOST], py[MOST];

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

static void a_curve_that_leaves_its_axes_is_not_drawn_along_their_edge(void **state) {
    (void)state;
    struct ton_room_path cut = path;
    struct ton_response *const r = &cut.curve[TON_SMOOTHING_TWELFTH];
    double db[MOST];
    int within = 0, edge = 0;
    for (int i = 0; i < r->n; i++) {
        db[i] = r->hz[i] < 6000.0 ? -10.0 : -200.0;
        within += r->hz[i] < 6000.0;
    }
    r->db = db;
    char *svg = write_plot(TON_ROOM_PLOT_RESPONSE, &cut);
    const int n = read_path(svg, "l0", 0);
    for (int i = 0; i < n; i++)
        edge += py[i] >= TOP + TALL - 0.1;
    figure("%d points within, %d drawn, %d at the edge (1)", within, n, edge);
    assert_int_equal(n, within + 2);
    assert_int_equal(edge, 1);
    ton_free(svg);
}

/* The response as heard with the filter's curve on it, and the bells as the eq has them. */
static void a_correction_is_drawn_as_what_it_makes_of_the_response(void **state) {
    (void)state;
    struct ton_correction c = correct();
    const struct ton_room_page_path p = {
        .path = &path, .distance_m = NAN, .correction = &c, .target = target, .n_target = 2};
    double heard[MOST], worst = 0.0, most = 0.0;
    struct ton_text svg = {0};
    struct ton_err err;
    for (int i = 0; i < c.n;
         i++) /* one that moves the curve by what can be seen, within the axes */
        c.fir_db[i] = 3.0 * sin(0.02 * i);
    assert_int_equal(ton_room_plot_write(&svg, TON_ROOM_PLOT_RESPONSE, &p, &err), TON_OK);
    const int n = read_path(svg.data, "l1", 0);
    memcpy(heard, py, sizeof heard);
    assert_int_equal(read_path(svg.data, "l2", 0), n);
    const int dbs = count(svg.data, "text-anchor=\"end\"") - 2; /* between numbers; one is of Hz */
    for (int i = 1; i < n; i++) {
        const double moved = (heard[i] - py[i]) * 10.0 * dbs / TALL;
        worst = fmax(worst, fabs(moved - c.fir_db[i - 1]));
        most = fmax(most, fabs(moved));
    }
    char *page = write_one(&p), bell[64];
    for (int i = 0; i < c.n_bells; i++) {
        snprintf(bell, sizeof bell, "<td class=\"n\">%+.1f</td><td class=\"n\">%.2f</td></tr>",
                 c.bells[i].gain_db, c.bells[i].q);
        assert_non_null(strstr(page, bell));
    }
    figure("%d points moved by up to %.2f dB, within %.3f dB (0.1); %d bells", n, most, worst,
           c.n_bells);
    assert_true(worst < 0.1 && most > 2.5 && c.n_bells > 0);
    ton_text_free(&svg);
    ton_free(page);
}

static void the_lines_of_a_decay_fall_as_fast_as_their_times_say(void **state) {
    (void)state;
    const struct ton_room_band *const b = &path.figures.broad;
    const double times[] = {b->t30.seconds, b->t20.seconds, b->edt.seconds};
    char *svg = write_plot(TON_ROOM_PLOT_DECAY, &path);
    const int curve = read_path(svg, "l0", 0);
    const double px_per_s = 1e3 * (px[curve - 1] - px[0]) / path.fade.ms[curve - 2];
    for (int i = 0; i < 3; i++) {
        char class[8];
        snprintf(class, sizeof class, "l%d", i + 1);
        const int n = read_path(svg, class, 0);
        assert_int_equal(n, 3);
        const double fallen_db = (py[2] - py[0]) * 70.0 / TALL, s = (px[2] - px[0]) / px_per_s;
        figure("%.3f s drawn, %.3f s measured (1 %%)", 60.0 * s / fallen_db, times[i]);
        assert_true(fabs(60.0 * s / fallen_db / times[i] - 1.0) < 0.01);
    }
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

/* For those who cannot see it. */
static void a_plot_says_what_it_shows(void **state) {
    (void)state;
    char early[64];
    const char *const said[] = {"level over frequency, as heard from ", early,
                                "decay over time; T20 is ",
                                "decay times over third octaves; T20 is from ",
                                "level over frequency and time; after 300 ms most is left at "};
    snprintf(early, sizeof early, "envelope over time; %d reflections, the first ",
             path.n_reflections);
    for (int plot = 0; plot < TON_N_ROOM_PLOTS; plot++) {
        char *svg = write_plot((enum ton_room_plot)plot, &path);
        const char *const title = strstr(svg, "<title>L at &lt;Desk&gt; &amp; &quot;Chair&quot;: ");
        assert_non_null(title);
        const char *const told = strstr(title, said[plot]);
        assert_true(told && told < strstr(title, "</title>"));
        figure("%.*s", (int)(strstr(title, "</title>") - title) - 7, title + 7);
        ton_free(svg);
    }
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

static void want_of_memory_leaves_no_plot_half_drawn(void **state) {
    (void)state;
    const struct ton_room_page_path p = {.path = &path, .distance_m = NAN};
    for (int plot = 0; plot < TON_N_ROOM_PLOTS; plot++) {
        char *whole = write_plot((enum ton_room_plot)plot, &path);
        enum ton_code code = TON_MEMORY;
        int n = 0;
        for (; code != TON_OK && n < 1000; n++) {
            struct ton_text out = {0};
            struct ton_err err;
            ton_alloc_fail_after(n);
            code = ton_room_plot_write(&out, (enum ton_room_plot)plot, &p, &err);
            ton_alloc_fail_after(-1);
            assert_true(code == TON_MEMORY || code == TON_OK);
            if (code == TON_OK)
                assert_string_equal(out.data, whole);
            ton_text_free(&out);
        }
        figure("%s: refused %d times (2 or more)", ton_room_plot_name((enum ton_room_plot)plot),
               n - 1);
        assert_true(code == TON_OK && n > 2);
        ton_free(whole);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_of_6_db_is_drawn_6_db_high_where_it_is),
        cmocka_unit_test(a_curve_that_leaves_its_axes_is_not_drawn_along_their_edge),
        cmocka_unit_test(a_correction_is_drawn_as_what_it_makes_of_the_response),
        cmocka_unit_test(the_lines_of_a_decay_fall_as_fast_as_their_times_say),
        cmocka_unit_test(reflections_have_the_numbers_of_their_table_and_stand_on_the_envelope),
        cmocka_unit_test(a_plot_says_what_it_shows),
        cmocka_unit_test(later_slices_of_a_waterfall_hide_earlier_ones),
        cmocka_unit_test(expected_modes_stand_beneath_their_frequencies),
        cmocka_unit_test(axes_fit_rooms_of_a_tenth_of_a_second_and_of_ten),
        cmocka_unit_test(want_of_memory_leaves_no_plot_half_drawn),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
