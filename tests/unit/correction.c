/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Corrections of responses that are known. */

#include "signal/rig.h"

#include "ton/biquad.h"
#include "ton/correction.h"

#include <math.h>
#include <string.h>

enum { RATE = 48000, POINTS = 479 };

static struct ton_arena *arena;
static double hz[POINTS], db[POINTS];
static struct ton_response measured = {POINTS, hz, db};

static int set_up(void **state) {
    (void)state;
    arena = ton_arena_create();
    for (int i = 0; i < POINTS; i++)
        hz[i] = 20.0 * exp2(i / 48.0);
    return !arena;
}

static int tear_down(void **state) {
    (void)state;
    ton_arena_destroy(arena);
    return 0;
}

static void flat(double level) {
    for (int i = 0; i < POINTS; i++)
        db[i] = level;
}

static void add_bell(double at, double gain, double q) {
    const struct ton_analogue a = ton_analogue_bell(at, gain, q);
    for (int i = 0; i < POINTS; i++)
        db[i] += ton_analogue_db(&a, hz[i]);
}

static struct ton_correction make(const struct ton_correction_how *how) {
    struct ton_correction c;
    struct ton_err err = {0};
    assert_int_equal(ton_correction_make(&c, arena, &measured, RATE, how, &err), TON_OK);
    return c;
}

static double most(const struct ton_correction *c, const double *curve) {
    double most = -INFINITY;
    for (int i = 0; i < c->n; i++)
        most = fmax(most, curve[i]);
    return most;
}

/* 40 dB more below 200 Hz is not heard in it, a subwoofer's own level is all there is of it. */
static void a_response_is_as_loud_as_its_middle_over_the_target(void **state) {
    (void)state;
    static const struct ton_curve_point target = {1000.0, 5.0};
    struct ton_response bass = measured, silent = measured;
    flat(-20.0);
    for (int i = 0; i < POINTS && hz[i] < 199.0; i++)
        db[i] = 20.0;
    bass.n = 48 * 3;
    const double middle = ton_response_level(&measured, NULL, 0);
    const double over = ton_response_level(&measured, &target, 1);
    const double own = ton_response_level(&bass, NULL, 0);
    flat(-INFINITY);
    const double none = ton_response_level(&silent, NULL, 0);
    figure("%.3f dB (-20), %.3f dB over 5 dB (-25), subwoofer %.3f dB (20), silence %.3f dB (0)",
           middle, over, own, none);
    assert_true(fabs(middle + 20.0) < 1e-9 && fabs(over + 25.0) < 1e-9);
    assert_true(fabs(own - 20.0) < 1e-9 && none == 0.0);
}

static void a_room_of_three_bells_is_undone_by_three_bells(void **state) {
    (void)state;
    static const struct ton_bell room[] = {{45, 7, 4}, {120, -4, 2}, {6000, 3, 2}};
    flat(-20.0);
    for (int i = 0; i < 3; i++)
        add_bell(room[i].hz, room[i].gain_db, room[i].q);
    const struct ton_correction c = make(&(struct ton_correction_how){.bells = 3});
    assert_int_equal(c.n_bells, 3);
    for (int i = 0; i < 3; i++) {
        figure("%.1f Hz (%.0f), %+.2f dB (%+.0f), Q %.2f (%.0f)", c.bells[i].hz, room[i].hz,
               c.bells[i].gain_db, -room[i].gain_db, c.bells[i].q, room[i].q);
        assert_true(fabs(c.bells[i].hz / room[i].hz - 1.0) < 0.02);
        assert_true(fabs(c.bells[i].gain_db + room[i].gain_db) < 0.3);
        assert_true(fabs(c.bells[i].q / room[i].q - 1.0) < 0.15);
    }
    figure("level %.2f dB, bells away by %.3f dB RMS (0.15), filter by %.3f dB (0.05), %d taps",
           c.level_db, c.bells_fit.rms_db, c.fir_fit.rms_db, c.taps);
    assert_true(c.bells_fit.rms_db < 0.15 && c.fir_fit.rms_db < 0.05);
}

/* A subwoofer in a sweep of all frequencies, down to the noise, with a hump to be taken away. */
static void a_subwoofer_is_corrected_where_it_plays(void **state) {
    (void)state;
    flat(0.0);
    for (int i = 0; i < POINTS; i++)
        db[i] = fmax(-60.0, -24.0 * fmax(0.0, log2(hz[i] / 80.0)));
    add_bell(45.0, 6.0, 4.0);
    const struct ton_correction c = make(&(struct ton_correction_how){.bells = 3});
    figure("level %.1f dB (0), %.0f Hz to %.0f Hz (20 to 107), %.2f dB apart, behind bells %.2f dB",
           c.level_db, c.from_hz, c.to_hz, c.apart_db, c.bells_fit.apart_db);
    assert_true(fabs(c.level_db) < 1.0 && c.from_hz < 21.0 && c.to_hz > 95.0 && c.to_hz < 115.0);
    assert_true(c.apart_db > 2.0 && c.bells_fit.apart_db < 0.5 * c.apart_db);
}

static double at(const struct ton_correction *c, const double *curve, double f) {
    return ton_response_at(&(struct ton_response){c->n, c->hz, (double *)curve}, f);
}

static void boost_is_bounded_even_where_bells_overlap(void **state) {
    (void)state;
    flat(0.0);
    add_bell(300, -15, 1.0);
    add_bell(60, -12, 3.0);
    add_bell(90, -10, 3.0);
    for (int k = 0; k < 2; k++) {
        const double limit = k ? 3.0 : 6.0;
        const struct ton_correction c =
            make(&(struct ton_correction_how){.most_boost_db = k ? 3.0 : 0.0});
        figure("most %.0f dB: wanted %.3f dB, bells %.3f dB, filter %.3f dB (0.05 more)", limit,
               most(&c, c.wanted_db), most(&c, c.bells_db), most(&c, c.fir_db));
        assert_true(most(&c, c.wanted_db) <= limit + 1e-9 && most(&c, c.bells_db) <= limit + 1e-9);
        assert_true(most(&c, c.fir_db) < limit + 0.05);
        assert_true(most(&c, c.wanted_db) > limit - 0.01 && most(&c, c.bells_db) > 0.7 * limit);
    }
    const struct ton_correction c = make(&(struct ton_correction_how){.most_boost_db = -1.0});
    assert_true(most(&c, c.wanted_db) <= 0.0 && most(&c, c.bells_db) <= 0.0);
}

static void a_deep_narrow_null_is_left_alone(void **state) {
    (void)state;
    flat(0.0);
    add_bell(110, -18, 8.0);
    const struct ton_correction narrow = make(&(struct ton_correction_how){0});
    figure("null of -18 dB, Q 8 at 110 Hz: %d null at %.1f Hz, wanted %.2f dB (1 at most)",
           narrow.nulls.n, narrow.nulls.items[0].hz, most(&narrow, narrow.wanted_db));
    assert_true(narrow.nulls.n == 1 && fabs(narrow.nulls.items[0].hz / 110.0 - 1.0) < 0.02);
    assert_true(most(&narrow, narrow.wanted_db) < 1.0);
    flat(0.0);
    add_bell(110, -5, 1.0);
    const struct ton_correction wide = make(&(struct ton_correction_how){0});
    figure("dip of -5 dB, Q 1: %d nulls, wanted %.2f dB (5 +-0.7)", wide.nulls.n,
           at(&wide, wide.wanted_db, 110.0));
    assert_true(wide.nulls.n == 0 && fabs(at(&wide, wide.wanted_db, 110.0) - 5.0) < 0.7);
}

/* Of a sound and one that is `a` as loud, `ms` later. */
static void comb(double ms, double a) {
    for (int i = 0; i < POINTS; i++) {
        const double turn = 2.0 * M_PI * hz[i] * ms * 1e-3;
        db[i] = 10.0 * log10(1.0 + a * a + 2.0 * a * cos(turn));
    }
}

/* Most that a curve does in the nulls away from the straight line over each. */
static double bent(const struct ton_correction *c, const double *curve) {
    double worst = 0.0;
    for (int k = 0; k < c->nulls.n; k++) {
        const struct ton_null *const null = &c->nulls.items[k];
        for (int i = null->from; i <= null->to; i++)
            if (hz[i] > c->from_hz && hz[i] < c->to_hz)
                worst = fmax(worst, fabs(curve[i] - c->wanted_db[i]));
    }
    return worst;
}

static double least_in_nulls(const struct ton_correction *c) {
    double least = INFINITY;
    for (int k = 0; k < c->nulls.n; k++)
        least = fmin(least, at(c, c->wanted_db, c->nulls.items[k].hz));
    return least;
}

static double most_in_nulls(const struct ton_correction *c) {
    double most_db = -INFINITY;
    for (int k = 0; k < c->nulls.n; k++)
        most_db = fmax(most_db, at(c, c->wanted_db, c->nulls.items[k].hz));
    return most_db;
}

static bool is_in_a_null(const struct ton_correction *c, const struct ton_bell *bell) {
    for (int k = 0; k < c->nulls.n; k++)
        if (bell->hz > 1.001 * c->nulls.items[k].core_hz[0] &&
            bell->hz < 0.999 * c->nulls.items[k].core_hz[1])
            return true;
    return false;
}

/* Nulls at 100, 300, 500 Hz …, 50, 150 Hz …; at either end of what is corrected, too. */
static void nulls_of_a_comb_are_gone_straight_over(void **state) {
    (void)state;
    static const struct {
        double ms, a, from_hz, to_hz;
        int least, most; /* nulls */
    } cases[] = {{5.0, 0.9, 0, 500, 3, 3},   {5.0, 0.9, 100, 500, 3, 3}, {10.0, 0.9, 0, 500, 4, 5},
                 {3.3, 0.95, 0, 500, 2, 2},  {1.0, 0.9, 0, 500, 1, 1},   {2.0, 0.8, 0, 0, 20, 40},
                 {25.0, 0.95, 0, 500, 6, 13}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        comb(cases[i].ms, cases[i].a);
        const struct ton_correction_how how = {.from_hz = cases[i].from_hz,
                                               .to_hz = cases[i].to_hz};
        const struct ton_correction c = make(&how);
        const double bells = bent(&c, c.bells_db), fir = bent(&c, c.fir_db);
        figure("%.1f ms, %.0f Hz to %.0f Hz: %d nulls from %.0f Hz on, wanted there %+.1f to %+.1f "
               "dB (-4 to 4), bells away by %.2f dB (3), filter by %.2f dB (0.3)",
               cases[i].ms, c.from_hz, c.to_hz, c.nulls.n, c.nulls.n ? c.nulls.items[0].hz : NAN,
               least_in_nulls(&c), most_in_nulls(&c), bells, fir);
        assert_true(c.nulls.n >= cases[i].least && c.nulls.n <= cases[i].most);
        assert_true(least_in_nulls(&c) > -4.0 && most_in_nulls(&c) < 4.0);
        assert_true(bells < 3.0 && fir < 0.3);
        for (int b = 0; b < c.n_bells; b++)
            assert_false(is_in_a_null(&c, &c.bells[b]));
    }
}

/* The middle is what all are held against, not what the nulls leave of 200 Hz to 500 Hz. */
static void nulls_do_not_make_the_rest_loud(void **state) {
    (void)state;
    flat(0.0);
    for (int k = 0; k < 3; k++)
        add_bell(220.0 + 100.0 * k, -24.0, 16.0);
    const struct ton_correction c = make(&(struct ton_correction_how){.to_hz = 500.0});
    figure("%d nulls in 200 Hz to 500 Hz: level %.2f dB (0), wanted at 60 Hz %.2f dB (0)",
           c.nulls.n, c.level_db, at(&c, c.wanted_db, 60.0));
    assert_true(c.nulls.n == 3 && fabs(c.level_db) < 0.7);
    assert_true(fabs(at(&c, c.wanted_db, 60.0)) < 0.7);
}

/* A null of one place is left alone though the mean of both has none. */
static void a_null_of_one_place_is_left_alone(void **state) {
    (void)state;
    double here[POINTS], there[POINTS];
    flat(0.0);
    memcpy(there, db, sizeof db);
    add_bell(80, -20, 5.0);
    memcpy(here, db, sizeof db);
    const struct ton_response one = {POINTS, hz, here}, other = {POINTS, hz, there};
    const struct ton_response *const places[] = {&one, &other};
    for (int i = 0; i < POINTS; i++)
        db[i] = 10.0 * log10(0.5 * (pow(10.0, 0.1 * here[i]) + pow(10.0, 0.1 * there[i])));
    const struct ton_correction without = make(&(struct ton_correction_how){0});
    const struct ton_correction c =
        make(&(struct ton_correction_how){.places = places, .n_places = 2});
    figure("at 80 Hz %.2f dB wanted of the mean, with its places %d null and %.2f dB (0.5)",
           at(&without, without.wanted_db, 80.0), c.nulls.n, at(&c, c.wanted_db, 80.0));
    assert_true(without.nulls.n == 0 && at(&without, without.wanted_db, 80.0) > 2.0);
    assert_true(c.nulls.n == 1 && fabs(at(&c, c.wanted_db, 80.0)) < 0.5);
}

/* Steep ends, corners of what is bounded, bells that overlap. */
static void no_bound_is_gone_over_at_any_frequency(void **state) {
    (void)state;
    for (int k = 0; k < 4; k++) {
        const double boost = k & 1 ? 3.0 : 6.0, cut = k & 2 ? 9.0 : 18.0;
        for (int i = 0; i < POINTS; i++)
            db[i] = hz[i] > 400.0 ? 0.0 : fmax(-9.0, fmin(26.0, 120.0 * log2(160.0 / hz[i]) - 9.0));
        add_bell(5000, 20, 2.0);
        add_bell(9000, -9, 1.0);
        const struct ton_correction c =
            make(&(struct ton_correction_how){.most_boost_db = boost, .most_cut_db = cut});
        struct ton_response fir;
        struct ton_err err;
        const struct ton_response_how all = {
            .from_hz = 1.0, .to_hz = 0.499 * RATE, .points_an_octave = 192};
        assert_int_equal(ton_response_measure(&fir, arena, c.fir, c.taps, RATE, &all, &err),
                         TON_OK);
        double high = -INFINITY, low = INFINITY, bells_low = INFINITY;
        for (int i = 0; i < fir.n; i++) {
            high = fmax(high, fir.db[i]);
            low = fmin(low, fir.db[i]);
        }
        for (int i = 0; i < c.n; i++)
            bells_low = fmin(bells_low, c.bells_db[i]);
        figure("%+.0f dB, -%.0f dB: filter %+.3f to %+.3f dB, bells %+.3f to %+.3f dB (0.05 more)",
               boost, cut, low, high, bells_low, c.bells_most_db);
        assert_true(high <= boost + 0.05 && c.fir_most_db <= boost + 0.05 && low >= -cut - 0.05);
        assert_true(c.bells_most_db <= boost + 0.05 && bells_low >= -cut - 0.05);
        assert_true(high > 0.9 * boost && low < -0.9 * cut);
    }
}

static void the_target_is_what_comes_out(void **state) {
    (void)state;
    static const struct ton_curve_point house[] = {{40, 4}, {200, 0}, {2000, 0}, {20000, -4}};
    flat(-30.0);
    const struct ton_correction c =
        make(&(struct ton_correction_how){.target = house, .n_target = 4});
    figure("at 30 Hz %.2f dB (4), 89.44 Hz %.2f dB (2), 6325 Hz %.2f dB (-2); level %.2f dB",
           at(&c, c.wanted_db, 30.0), at(&c, c.wanted_db, 89.44), at(&c, c.wanted_db, 6325.0),
           c.level_db);
    assert_true(fabs(at(&c, c.wanted_db, 30.0) - 4.0) < 0.01);
    assert_true(fabs(at(&c, c.wanted_db, 89.44) - 2.0) < 0.01);
    assert_true(fabs(at(&c, c.wanted_db, 6325.0) + 2.0) < 0.01);
    assert_true(fabs(c.level_db + 30.0) < 0.01 && c.fir_fit.rms_db < 0.1 &&
                c.bells_fit.rms_db < 0.5);
    assert_true(fabs(at(&c, c.fir_db, 6325.0) + 2.0) < 0.1);
}

static void what_a_loudspeaker_does_not_play_is_not_boosted(void **state) {
    (void)state;
    for (int i = 0; i < POINTS; i++)
        db[i] = hz[i] < 60.0 ? -24.0 * log2(60.0 / hz[i]) : 0.0;
    const struct ton_correction c = make(&(struct ton_correction_how){0});
    figure("-24 dB an octave below 60 Hz: corrects from %.1f Hz (45), at 25 Hz %.2f dB (0)",
           c.from_hz, at(&c, c.wanted_db, 25.0));
    assert_true(fabs(c.from_hz - 45.0) < 1.0 && fabs(at(&c, c.wanted_db, 25.0)) < 0.01);
}

static void the_filter_is_that_of_minimum_phase(void **state) {
    (void)state;
    struct ton_biquad bell[2];
    struct ton_biquad_state s[2] = {{0}};
    double worst = 0.0;
    const struct ton_analogue a = ton_analogue_bell(150, -6, 2);
    flat(0.0);
    add_bell(150, 6, 2);
    const struct ton_correction c = make(&(struct ton_correction_how){.bells = 1});
    ton_biquad_match(bell, &a, RATE);
    for (int i = 0; i < c.taps; i++) {
        const double h =
            ton_biquad_run(&bell[1], &s[1], ton_biquad_run(&bell[0], &s[0], i == 0 ? 1.0 : 0.0));
        /* level_over leaves a little of the bell's skirt in the level */
        const double shift = pow(10.0, -c.level_db / 20.0);
        worst = fmax(worst, fabs(c.fir[i] * shift - h));
    }
    figure("worst sample away from the bell's own: %.5f (0.01)", worst);
    assert_true(worst < 0.01);
}

/* A small room of 200 reflections: what is heard through the filter is measured anew. */
static void a_corrected_room_is_flatter(void **state) {
    (void)state;
    enum { N = 1 << 15 };
    float *const room = ton_alloc(sizeof(float) * N), *const heard = ton_alloc(sizeof(float) * N);
    uint64_t x = 5;
    struct ton_err err;
    struct ton_response before, after;
    const struct ton_response_how how = {.smoothing = TON_SMOOTHING_PSYCHOACOUSTIC};
    assert_true(room && heard);
    room[100] = 1.0F;
    for (int i = 0; i < 60; i++) {
        x = x * 6364136223846793005U + 1442695040888963407U;
        const double t = 0.003 + 0.15 * (double)(x >> 11) / 9007199254740992.0;
        room[100 + (int)(t * RATE)] += (float)((x & 4096 ? 0.5 : -0.2) * pow(10.0, -3.0 * t / 0.3));
    }
    assert_int_equal(ton_response_measure(&before, arena, room, N, RATE, &how, &err), TON_OK);
    struct ton_correction c;
    const struct ton_correction_how want = {.to_hz = 1000.0};
    assert_int_equal(ton_correction_make(&c, arena, &before, RATE, &want, &err), TON_OK);
    for (int i = 0; i < N; i++)
        for (int k = 0; room[i] != 0.0F && k < c.taps && i + k < N; k++)
            heard[i + k] += room[i] * c.fir[k];
    assert_int_equal(ton_response_measure(&after, arena, heard, N, RATE, &how, &err), TON_OK);
    double sum[3] = {0};
    int n = 0;
    for (int i = 0; i < before.n; i++)
        if (before.hz[i] >= 25.0 && before.hz[i] <= 1000.0) {
            sum[0] += pow(before.db[i] - c.level_db, 2.0);
            sum[1] += pow(after.db[i] - c.level_db, 2.0);
            sum[2] += pow(before.db[i] + c.bells_db[i] - c.level_db, 2.0);
            n++;
        }
    figure("25 Hz to 1 kHz, RMS off target: %.2f dB, with filter %.2f dB, with %d bells %.2f dB "
           "(half)",
           sqrt(sum[0] / n), sqrt(sum[1] / n), c.n_bells, sqrt(sum[2] / n));
    assert_true(sum[1] < 0.25 * sum[0] && sum[2] < 0.25 * sum[0]);
    ton_free(room);
    ton_free(heard);
}

/* Of frequencies that no curve has points at: below 20 Hz, between points, above 20 kHz. */
static void what_is_lifted_most_is_that_of_all_the_spectrum(void **state) {
    (void)state;
    static const struct ton_curve_point ends[] = {{20, 6}, {25, 0}, {15000, 0}, {20000, 6}};
    static const struct ton_curve_point bass[] = {{20, 0}, {30, 5}, {34, -4}, {60, 0}};
    for (int k = 0; k < 2; k++) {
        flat(-10.0);
        const struct ton_correction c =
            make(&(struct ton_correction_how){.target = k ? bass : ends, .n_target = 4});
        struct ton_response fir;
        struct ton_err err;
        const struct ton_response_how all = {
            .from_hz = 1.0, .to_hz = 0.5 * RATE, .points_an_octave = 192};
        assert_int_equal(ton_response_measure(&fir, arena, c.fir, c.taps, RATE, &all, &err),
                         TON_OK);
        double most_fir = 0.0, most_bells = 0.0;
        for (int i = 0; i < fir.n; i++) {
            double sum = 0.0;
            for (int b = 0; b < c.n_bells; b++) {
                const struct ton_analogue a =
                    ton_analogue_bell(c.bells[b].hz, c.bells[b].gain_db, c.bells[b].q);
                sum += ton_analogue_db(&a, fir.hz[i]);
            }
            most_bells = fir.hz[i] < 15000.0 ? fmax(most_bells, sum) : most_bells;
            most_fir = fmax(most_fir, fir.db[i]);
        }
        figure("filter %.3f dB (%.3f +-0.02, of its points %.3f), bells %.3f dB (%.3f at least, of "
               "their points %.3f)",
               c.fir_most_db, most_fir, most(&c, c.fir_db), c.bells_most_db, most_bells,
               most(&c, c.bells_db));
        assert_true(fabs(c.fir_most_db - most_fir) < 0.02 && c.fir_most_db > 3.0);
        assert_true(c.bells_most_db > most_bells - 0.02);
        assert_true(c.bells_most_db >= most(&c, c.bells_db) && c.bells_most_db > 2.0);
    }
    flat(-10.0);
    const struct ton_correction none = make(&(struct ton_correction_how){0});
    assert_true(none.bells_most_db == 0.0 && none.fir_most_db < 0.01);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    static const struct ton_curve_point falling[] = {{200, 0}, {100, 0}};
    const struct ton_correction_how wrong[] = {{.target = falling, .n_target = 2},
                                               {.from_hz = 500, .to_hz = 100},
                                               {.most_boost_db = 40},
                                               {.bells = 9},
                                               {.taps = 1000}};
    struct ton_correction c;
    flat(0.0);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ton_err err;
        assert_int_equal(ton_correction_make(&c, arena, &measured, RATE, &wrong[i], &err),
                         TON_INPUT);
        figure("%s", err.text);
    }
}

static void the_eq_does_what_the_bells_say(void **state) {
    (void)state;
    struct rig r = rig_open("eq", RATE, 1, 0);
    struct audio a = audio_new(1, 1 << 15);
    struct ton_response heard;
    struct ton_err err;
    double worst = 0.0;
    flat(0.0);
    add_bell(45, 7, 4);
    add_bell(120, -4, 2);
    add_bell(9000, 5, 0.7);
    const struct ton_correction c = make(&(struct ton_correction_how){0});
    rig_set(&r, "bands", (float)c.n_bells);
    for (int i = 0; i < c.n_bells; i++) {
        const struct {
            const char *key;
            double value;
        } set[] = {{"type", 0},
                   {"frequency", c.bells[i].hz},
                   {"gain", c.bells[i].gain_db},
                   {"q", c.bells[i].q}};
        for (int k = 0; k < 4; k++) {
            char key[40];
            snprintf(key, sizeof key, "band %d.%s", i + 1, set[k].key);
            rig_set(&r, key, (float)set[k].value);
        }
    }
    rig_start(&r);
    a.at[0][0] = 1.0F;
    rig_run(&r, &a, NULL, 512);
    const struct ton_response_how how = {.points_an_octave = 48};
    assert_int_equal(ton_response_measure(&heard, arena, a.at[0], 1 << 15, RATE, &how, &err),
                     TON_OK);
    for (int i = 0; i < POINTS; i++)
        worst = fmax(worst, fabs(heard.db[i] - c.bells_db[i]));
    figure("%d bells through the eq: within %.4f dB (0.02) of what they say", c.n_bells, worst);
    assert_true(worst < 0.02 && c.n_bells >= 3);
    rig_close(&r);
    audio_free(&a);
}

static void want_of_memory_is_told(void **state) {
    (void)state;
    enum ton_code code = TON_MEMORY;
    int n = 0;
    flat(0.0);
    add_bell(100, 6, 1);
    for (; code != TON_OK && n < 200; n++) {
        struct ton_err err;
        struct ton_arena *const own = ton_arena_create();
        assert_non_null(own);
        struct ton_correction c;
        ton_alloc_fail_after(n);
        code = ton_correction_make(&c, own, &measured, RATE,
                                   &(struct ton_correction_how){.bells = 1, .taps = 64}, &err);
        ton_alloc_fail_after(-1);
        ton_arena_destroy(own);
        assert_true(code == TON_OK || code == TON_MEMORY);
    }
    figure("refused %d times (2 or more)", n - 1);
    assert_true(code == TON_OK && n > 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_response_is_as_loud_as_its_middle_over_the_target),
        cmocka_unit_test(a_room_of_three_bells_is_undone_by_three_bells),
        cmocka_unit_test(a_subwoofer_is_corrected_where_it_plays),
        cmocka_unit_test(boost_is_bounded_even_where_bells_overlap),
        cmocka_unit_test(a_deep_narrow_null_is_left_alone),
        cmocka_unit_test(nulls_of_a_comb_are_gone_straight_over),
        cmocka_unit_test(nulls_do_not_make_the_rest_loud),
        cmocka_unit_test(a_null_of_one_place_is_left_alone),
        cmocka_unit_test(no_bound_is_gone_over_at_any_frequency),
        cmocka_unit_test(the_target_is_what_comes_out),
        cmocka_unit_test(what_a_loudspeaker_does_not_play_is_not_boosted),
        cmocka_unit_test(the_filter_is_that_of_minimum_phase),
        cmocka_unit_test(a_corrected_room_is_flatter),
        cmocka_unit_test(what_is_lifted_most_is_that_of_all_the_spectrum),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(the_eq_does_what_the_bells_say),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
