/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Response, reflections and modes of loudspeakers and rooms that are known. */

enum { LEAD = 2400, FRAMES = LEAD + 2 * 48000 };
#include "room_rig.h"

#include "ton/biquad.h"
#include "ton/response.h"

#include <math.h>
#include <string.h>

static void silence(void) {
    memset(response, 0, sizeof(float) * FRAMES);
}

/* A pulse between samples, after LEAD. */
static void add_pulse(double late, double level) {
    enum { NEAR = 32 };
    const double at = LEAD + late;
    for (int i = (int)floor(at) - NEAR + 1; i <= (int)floor(at) + NEAR; i++) {
        const double d = at - i, sinc = d == 0.0 ? 1.0 : sin(M_PI * d) / (M_PI * d);
        response[i] += (float)(level * sinc * (0.5 + 0.5 * cos(M_PI * d / NEAR)));
    }
}

static struct ton_response measure(enum ton_smoothing smoothing) {
    const struct ton_response_how how = {.smoothing = smoothing};
    struct ton_response r;
    struct ton_err err;
    assert_int_equal(ton_response_measure(&r, arena, response, FRAMES, RATE, &how, &err), TON_OK);
    return r;
}

static void a_bell_is_measured_within_a_twentieth_of_a_db(void **state) {
    (void)state;
    struct ton_biquad bell[2];
    struct ton_biquad_state s[2] = {{0}};
    const struct ton_analogue a = ton_analogue_bell(100.0, 6.0, 2.0);
    double worst = 0.0;
    ton_biquad_match(bell, &a, RATE);
    silence();
    for (int i = LEAD; i < FRAMES; i++)
        response[i] = (float)ton_biquad_run(&bell[1], &s[1],
                                            ton_biquad_run(&bell[0], &s[0], i == LEAD ? 1.0 : 0.0));
    const struct ton_response r = measure(TON_SMOOTHING_NONE);
    for (int i = 0; i < r.n; i++)
        worst = fmax(worst, fabs(r.db[i] - ton_analogue_db(&a, r.hz[i])));
    figure("%d points, worst %.3f dB (0.05), at 100 Hz %.2f dB", r.n, worst,
           ton_response_at(&r, 100.0));
    assert_true(worst < 0.05 && fabs(r.hz[r.n - 1] / 20000.0 - 1.0) < 0.02);
}

static void a_comb_is_smoothed_to_its_mean(void **state) {
    (void)state;
    double cube = 0.0;
    for (int i = 0; i < 1000; i++)
        cube += pow(hypot(1.0 + 0.9 * cos(2e-3 * M_PI * i), 0.9 * sin(2e-3 * M_PI * i)), 3.0);
    const double mean = 10.0 * log10(1.81), psychoacoustic = 20.0 / 3.0 * log10(cube / 1000.0);
    silence();
    add_pulse(0.0, 1.0);
    add_pulse(0.05 * RATE, 0.9);
    for (int smoothing = TON_SMOOTHING_THIRD; smoothing <= TON_SMOOTHING_PSYCHOACOUSTIC;
         smoothing++) {
        const struct ton_response r = measure(smoothing);
        const double expected = smoothing == TON_SMOOTHING_PSYCHOACOUSTIC ? psychoacoustic : mean;
        double worst = 0.0;
        for (int i = 0; i < r.n; i++)
            if (r.hz[i] > 5000.0 && r.hz[i] < 15000.0)
                worst = fmax(worst, fabs(r.db[i] - expected));
        figure("smoothing %d: %.2f dB within %.3f dB (0.1)", smoothing, expected, worst);
        assert_true(worst < 0.1);
    }
}

/* One line of the spectrum is spread as far as the smoothing says. */
static void smoothing_is_as_wide_as_its_name(void **state) {
    (void)state;
    static const struct {
        enum ton_smoothing smoothing;
        double hz, octaves;
    } cases[] = {{TON_SMOOTHING_THIRD, 1000, 1.0 / 3},
                 {TON_SMOOTHING_SIXTH, 1000, 1.0 / 6},
                 {TON_SMOOTHING_TWELFTH, 1000, 1.0 / 12},
                 {TON_SMOOTHING_PSYCHOACOUSTIC, 80, 1.0 / 3},
                 {TON_SMOOTHING_PSYCHOACOUSTIC, 316, 0.23570},
                 {TON_SMOOTHING_PSYCHOACOUSTIC, 4000, 1.0 / 6}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        silence();
        add_tone(cases[i].hz, 60.0, 0.1);
        const struct ton_response r = measure(cases[i].smoothing);
        const double top = ton_response_at(&r, cases[i].hz);
        int wide = 0;
        for (int k = 0; k < r.n; k++)
            wide += r.db[k] > top - 6.0;
        figure("smoothing %d at %.0f Hz: %.3f octaves (%.3f +-0.035)", cases[i].smoothing,
               cases[i].hz, wide / 48.0, cases[i].octaves);
        assert_true(fabs(wide / 48.0 - cases[i].octaves) < 0.035);
    }
}

/* A box of 6 m x 4.2 m x 2.7 m: mirror images of the loudspeaker behind each wall. */
static void first_reflections_of_a_box_are_where_its_walls_are(void **state) {
    (void)state;
    static const double box[3] = {6.0, 4.2, 2.7}, from[3] = {1.0, 1.0, 1.2},
                        to[3] = {3.1, 2.4, 1.3};
    const double c = ton_speed_of_sound(24.0);
    double direct = 0.0, ms[6], db[6];
    for (int i = 0; i < 3; i++)
        direct += (from[i] - to[i]) * (from[i] - to[i]);
    silence();
    add_pulse(0.0, 1.0);
    for (int wall = 0; wall < 6; wall++) {
        double path = 0.0;
        for (int i = 0; i < 3; i++) {
            const double image = i != wall / 2 ? from[i]
                                 : wall % 2    ? 2.0 * box[i] - from[i]
                                               : -from[i];
            path += (image - to[i]) * (image - to[i]);
        }
        const double level = 0.7 * sqrt(direct / path);
        ms[wall] = 1000.0 * (sqrt(path) - sqrt(direct)) / c;
        db[wall] = 20.0 * log10(level);
        add_pulse(1e-3 * ms[wall] * RATE, level);
    }
    struct ton_reflection found[8];
    struct ton_err err;
    int n;
    const struct ton_reflections_how how = {.celsius = 24.0, .within_ms = 40.0};
    assert_int_equal(ton_room_reflections(found, &n, 8, response, FRAMES, RATE, &how, &err),
                     TON_OK);
    assert_int_equal(n, 6);
    for (int i = 0; i < n; i++) {
        int nearest = 0;
        for (int wall = 1; wall < 6; wall++)
            if (fabs(ms[wall] - found[i].ms) < fabs(ms[nearest] - found[i].ms))
                nearest = wall;
        figure("%.3f ms (%.3f +-0.01), %.3f m, %.1f dB (%.1f +-1)", found[i].ms, ms[nearest],
               found[i].metres, found[i].db, db[nearest]);
        assert_true(fabs(found[i].ms - ms[nearest]) < 0.01);
        assert_true(fabs(found[i].metres - 1e-3 * ms[nearest] * c) < 0.004);
        assert_true(fabs(found[i].db - db[nearest]) < 1.0);
        assert_true(i == 0 || found[i].ms > found[i - 1].ms);
    }
}

/* -3 dB, and less and less of its treble: from 1 kHz to 8 kHz it is too loud all the same, and what
 * comes above or below alone is none. */
static void dull_reflections_are_as_loud_as_they_are_from_1_khz_to_8_khz(void **state) {
    (void)state;
    static const double up_to_hz[] = {8000.0, 5000.0, 3000.0};
    static float dull[FRAMES];
    for (int c = 0; c < 5; c++) {
        struct ton_biquad low[2];
        struct ton_biquad_state s[2] = {{0}};
        struct ton_analogue a[4];
        struct ton_reflection found[8];
        struct ton_err err;
        int n;
        const struct ton_reflections_how how = {.celsius = 20.0};
        if (c < 3)
            ton_analogue_low_pass(a, up_to_hz[c], 2);
        else
            a[0] = ton_analogue_band_pass(c == 3 ? 100.0 : 16000.0, 3.0);
        ton_biquad_match(low, &a[0], RATE);
        silence();
        add_pulse(0.004 * RATE, pow(10.0, (c < 3 ? -3.0 : 6.0) / 20.0));
        for (int i = 0; i < FRAMES; i++)
            dull[i] =
                (float)ton_biquad_run(&low[1], &s[1], ton_biquad_run(&low[0], &s[0], response[i]));
        silence();
        add_pulse(0.0, 1.0);
        for (int i = 0; i < FRAMES; i++)
            response[i] += dull[i];
        assert_int_equal(ton_room_reflections(found, &n, 8, response, FRAMES, RATE, &how, &err),
                         TON_OK);
        if (c < 3) {
            figure("up to %.0f Hz: %.1f dB (-10 at least) after %.2f ms (4 to 4.15)", up_to_hz[c],
                   found[0].db, found[0].ms);
            assert_true(n == 1 && found[0].db > -10.0 && found[0].db < -3.0);
            assert_true(found[0].ms > 3.99 && found[0].ms < 4.15);
        }
        for (int i = 0; c >= 3 && i < n; i++) {
            figure("about %d Hz: %.1f dB (-10 at most)", c == 3 ? 100 : 16000, found[i].db);
            assert_true(found[i].db < -10.0);
        }
    }
}

static void only_the_loudest_reflections_are_kept(void **state) {
    (void)state;
    struct ton_reflection found[2];
    struct ton_err err;
    int n;
    const struct ton_reflections_how how = {.celsius = 20.0};
    silence();
    add_pulse(0.0, 1.0);
    add_pulse(100, 0.2);
    add_pulse(300, 0.5);
    add_pulse(500, 0.4);
    assert_int_equal(ton_room_reflections(found, &n, 2, response, FRAMES, RATE, &how, &err),
                     TON_OK);
    figure("%d: %.2f ms, %.2f ms", n, found[0].ms, found[1].ms);
    assert_true(n == 2 && fabs(found[0].ms - 6.25) < 0.01 && fabs(found[1].ms - 10.4167) < 0.01);
    silence();
    assert_int_equal(ton_room_reflections(found, &n, 2, response, FRAMES, RATE, &how, &err),
                     TON_INPUT);
    assert_int_equal(n, 0);
}

static void sound_is_as_fast_as_in_the_standard(void **state) {
    (void)state;
    figure("0 C: %.2f m/s (331.3), 20 C: %.2f m/s (343.2), 480 frames at 48 kHz: %.4f m",
           ton_speed_of_sound(0.0), ton_speed_of_sound(20.0), ton_sound_path_m(480, RATE, 20.0));
    assert_true(fabs(ton_speed_of_sound(0.0) - 331.3) < 0.1);
    assert_true(fabs(ton_sound_path_m(480, RATE, 20.0) - 3.432) < 1e-9);
}

static const double studio[3] = {5.0, 4.0, 2.8};

static struct ton_room_modes expect(void) {
    struct ton_room_modes modes;
    struct ton_err err;
    assert_int_equal(ton_room_modes_expect(&modes, arena, studio, 20.0, 300.0, &err), TON_OK);
    return modes;
}

static void a_box_has_its_modes(void **state) {
    (void)state;
    const struct ton_room_modes modes = expect();
    const double c = 343.2, v = 5.0 * 4.0 * 2.8, s = 2.0 * (20.0 + 14.0 + 11.2), l = 4.0 * 11.8;
    const double f = 300.0 / c;
    /* Kuttruff, "Room Acoustics", equation 3.20 */
    const double count = 4.0 * M_PI / 3.0 * v * f * f * f + M_PI / 4.0 * s * f * f + l / 8.0 * f;
    int kinds[4] = {0};
    for (int i = 0; i < modes.n; i++)
        kinds[modes.items[i].pairs]++;
    figure("%d modes (%.0f +-5 %%): %d axial, %d tangential, %d oblique; lowest %.2f Hz (34.32)",
           modes.n, count, kinds[1], kinds[2], kinds[3], modes.items[0].hz);
    assert_true(fabs(modes.n / count - 1.0) < 0.05);
    int below = 0;
    for (int i = 0; i < modes.n; i++)
        below += modes.items[i].hz > 0.7 * modes.dense_hz && modes.items[i].hz < modes.dense_hz;
    const double apart_hz = 0.3 * modes.dense_hz / below;
    figure("too dense from %.1f Hz on (70 to 110): %.2f Hz apart, 2 %% are %.2f Hz", modes.dense_hz,
           apart_hz, 0.02 * modes.dense_hz);
    assert_true(modes.dense_hz > 70.0 && modes.dense_hz < 110.0);
    assert_true(apart_hz > 0.02 * modes.dense_hz);
    assert_true(kinds[0] == 0 && kinds[1] == 8 + 6 + 4);
    assert_true(fabs(modes.items[0].hz - 34.32) < 0.001 && modes.items[0].waves[0] == 1);
    assert_true(fabs(modes.items[2].hz - hypot(34.32, 42.9)) < 0.001 && modes.items[2].pairs == 2);
}

static void a_hall_has_too_many_modes_to_list(void **state) {
    (void)state;
    struct ton_room_modes modes;
    struct ton_err err;
    const double hall[3] = {60.0, 30.0, 20.0}, flat[3] = {5.0, 4.0, 0.1};
    assert_int_equal(ton_room_modes_expect(&modes, arena, hall, 20.0, 300.0, &err), TON_INPUT);
    figure("%s", err.text);
    assert_int_equal(ton_room_modes_expect(&modes, arena, flat, 20.0, 300.0, &err), TON_INPUT);
    figure("%s", err.text);
}

static void resonances_are_found_at_their_modes_with_their_decay(void **state) {
    (void)state;
    const struct ton_room_modes modes = expect();
    static const int which[] = {0, 1, 3, 9, 20};
    static const double t60[] = {1.2, 0.6, 0.8, 0.4, 0.5};
    struct ton_room_resonance found[5];
    struct ton_err err;
    int n;
    silence();
    add_pulse(0.0, 1.0);
    for (int i = 0; i < 5; i++)
        add_tone(modes.items[which[i]].hz * 1.004, t60[i], 0.03 / t60[i]);
    assert_int_equal(ton_room_resonances(found, &n, 5, response, FRAMES, RATE, &modes, &err),
                     TON_OK);
    assert_int_equal(n, 5);
    for (int i = 0; i < n; i++) {
        const double hz = modes.items[which[i]].hz * 1.004;
        figure("%.2f Hz (%.2f +-0.5), T60 %.3f s (%.1f +-8 %%), %.1f dB out, mode %d (%d)",
               found[i].hz, hz, found[i].t60_s, t60[i], found[i].over_db, found[i].mode,
               i == 4 ? -1 : which[i]);
        assert_true(fabs(found[i].hz - hz) < 0.5);
        assert_true(fabs(found[i].t60_s / t60[i] - 1.0) < 0.08);
        assert_int_equal(found[i].mode, i == 4 ? -1 : which[i]); /* too dense there */
    }
}

static void a_waterfall_falls_as_its_resonance_decays(void **state) {
    (void)state;
    const struct ton_waterfall_how how = {.slices = 20, .step_ms = 20.0};
    struct ton_waterfall w;
    struct ton_err err;
    silence();
    response[LEAD] = 0.01F;
    add_tone(60.0, 0.8, 0.1);
    assert_int_equal(ton_room_waterfall(&w, arena, response, FRAMES, RATE, &how, &err), TON_OK);
    int at = 0;
    while (w.hz[at] < 60.0)
        at++;
    const double *const first = w.db + 6 * w.n_points + at, *const last =
                                                                w.db + 16 * w.n_points + at;
    figure("%d slices of %d points; 200 ms at %.1f Hz: %.2f dB (-15 +-0.3)", w.n_slices, w.n_points,
           w.hz[at], *last - *first);
    assert_true(w.n_slices == 20 && fabs(w.ms[10] - 200.0) < 1e-9);
    assert_true(fabs(*last - *first + 15.0) < 0.3);
    figure("an octave above: %.1f dB (-50)", first[48] - *first);
    assert_true(first[48] - *first < -50.0);
}

static void what_cannot_be_asked_is_refused(void **state) {
    (void)state;
    struct ton_response r;
    struct ton_waterfall w;
    struct ton_err err;
    silence();
    response[LEAD] = 1.0F;
    const struct ton_response_how high = {.to_hz = 30000}, dense = {.points_an_octave = 1000};
    const struct ton_waterfall_how many = {.slices = 1000};
    assert_int_equal(ton_response_measure(&r, arena, response, FRAMES, RATE, &high, &err),
                     TON_INPUT);
    figure("%s", err.text);
    assert_int_equal(ton_response_measure(&r, arena, response, FRAMES, RATE, &dense, &err),
                     TON_INPUT);
    figure("%s", err.text);
    assert_int_equal(ton_room_waterfall(&w, arena, response, FRAMES, RATE, &many, &err), TON_INPUT);
    figure("%s", err.text);
}

static void want_of_memory_is_told(void **state) {
    (void)state;
    enum ton_code code = TON_MEMORY;
    int n = 0;
    silence();
    add_pulse(0.0, 1.0);
    add_tone(60.0, 0.5, 0.1);
    for (; code != TON_OK && n < 200; n++) {
        struct ton_err err;
        struct ton_arena *const own = ton_arena_create();
        assert_non_null(own);
        struct ton_response r;
        struct ton_waterfall w;
        struct ton_reflection one[1];
        struct ton_room_resonance few[2];
        struct ton_room_modes modes;
        int count;
        ton_alloc_fail_after(n);
        code = ton_response_measure(&r, own, response, FRAMES, RATE, &(struct ton_response_how){0},
                                    &err);
        if (code == TON_OK)
            code = ton_room_reflections(one, &count, 1, response, FRAMES, RATE,
                                        &(struct ton_reflections_how){0}, &err);
        if (code == TON_OK)
            code = ton_room_modes_expect(&modes, own, studio, 20.0, 300.0, &err);
        if (code == TON_OK)
            code = ton_room_resonances(few, &count, 2, response, FRAMES, RATE, NULL, &err);
        if (code == TON_OK)
            code = ton_room_waterfall(&w, own, response, FRAMES, RATE,
                                      &(struct ton_waterfall_how){.slices = 2}, &err);
        ton_alloc_fail_after(-1);
        ton_arena_destroy(own);
        assert_true(code == TON_OK || code == TON_MEMORY);
    }
    figure("refused %d times (2 or more)", n - 1);
    assert_true(code == TON_OK && n > 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bell_is_measured_within_a_twentieth_of_a_db),
        cmocka_unit_test(a_comb_is_smoothed_to_its_mean),
        cmocka_unit_test(smoothing_is_as_wide_as_its_name),
        cmocka_unit_test(first_reflections_of_a_box_are_where_its_walls_are),
        cmocka_unit_test(dull_reflections_are_as_loud_as_they_are_from_1_khz_to_8_khz),
        cmocka_unit_test(only_the_loudest_reflections_are_kept),
        cmocka_unit_test(sound_is_as_fast_as_in_the_standard),
        cmocka_unit_test(a_box_has_its_modes),
        cmocka_unit_test(a_hall_has_too_many_modes_to_list),
        cmocka_unit_test(resonances_are_found_at_their_modes_with_their_decay),
        cmocka_unit_test(a_waterfall_falls_as_its_resonance_decays),
        cmocka_unit_test(what_cannot_be_asked_is_refused),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
