/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said about rooms that are known, and curves from files. */

enum { LEAD = 480, FRAMES = LEAD + 3 * 48000 / 2 };
#include "noise.h"
#include "room_rig.h"

#include "ton/biquad.h"
#include "ton/room_path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 3;

static double noise(void) {
    return white_noise(&seed);
}

/* A pulse and a tail of noise of RMS `level` that decays by 60 dB in t60, over noise. */
static void make(double t60, double level, double floor) {
    for (int i = 0; i < FRAMES; i++)
        response[i] = (float)(floor * noise());
    for (int i = LEAD; i < FRAMES; i++)
        response[i] += (float)(level * noise() * pow(10.0, -3.0 * (i - LEAD) / (t60 * RATE)));
    response[LEAD] += 1.0F;
}

static const struct ton_room_path_how small = {.celsius = 20.0, .sides_m = {5.0, 4.0, 2.5}};

static struct ton_room_path measure(struct ton_room_advices *advices,
                                    const struct ton_room_path_how *how,
                                    const struct ton_sweep_heard *heard) {
    struct ton_room_path path = {.name = "L"};
    struct ton_err err;
    assert_int_equal(ton_room_path_measure(&path, arena, response, FRAMES, RATE, how, &err),
                     TON_OK);
    assert_int_equal(ton_room_advise(advices, arena, &path, how, heard, &err), TON_OK);
    for (int i = 0; i < advices->n; i++)
        figure("%s %s: %s", advices->items[i].serious ? "to do" : "to know", advices->items[i].kind,
               advices->items[i].found);
    return path;
}

static const struct ton_room_advice *said(const struct ton_room_advices *a, const char *kind) {
    for (int i = 0; i < a->n; i++)
        if (strcmp(a->items[i].kind, kind) == 0)
            return &a->items[i];
    return NULL;
}

static int serious(const struct ton_room_advices *a) {
    int n = 0;
    for (int i = 0; i < a->n; i++)
        n += a->items[i].serious;
    return n;
}

static void a_good_listening_room_is_left_in_peace(void **state) {
    (void)state;
    struct ton_room_advices a;
    make(0.20, 0.004, 1e-7);
    measure(&a, &small, NULL);
    assert_int_equal(serious(&a), 0);
    assert_non_null(said(&a, "reverberation"));
    assert_non_null(said(&a, "response"));
}

static void each_fault_is_told_once_and_gravest_first(void **state) {
    (void)state;
    struct ton_room_advices a;
    const struct ton_sweep_heard heard = {.inverted = true, .thd_percent = 7.0, .drift_ppm = 35.0};
    make(0.60, 0.004, 1e-7);
    response[LEAD + 96] += 0.5F; /* 2 ms, 69 cm */
    add_tone(34.3, 1.2, 0.03);   /* half a wave fits into 5 m */
    measure(&a, &small, &heard);
    static const char *const kinds[] = {"polarity",   "distortion", "clock",
                                        "reflection", "resonance",  "reverberation"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        assert_non_null(said(&a, kinds[i]));
    assert_false(said(&a, "clock")->serious);
    assert_false(said(&a, "polarity")->serious); /* it may be the microphone's */
    for (int i = 1; i < a.n; i++)
        assert_true(a.items[i - 1].serious >= a.items[i].serious);
    assert_non_null(strstr(said(&a, "reflection")->found, "2.00 ms"));
    assert_non_null(strstr(said(&a, "reflection")->found, "69 cm"));
    assert_non_null(strstr(said(&a, "reflection")->found, "comb is at 250 Hz"));
    assert_non_null(strstr(said(&a, "reflection")->remedy, "something near"));
    assert_non_null(strstr(said(&a, "resonance")->found, "axial mode 1 0 0"));
    assert_non_null(strstr(said(&a, "resonance")->remedy, "2.50 m"));
    assert_non_null(strstr(said(&a, "clock")->found, "35.0 ppm faster"));
    assert_non_null(strstr(said(&a, "reverberation")->found, "0.20 s are wanted"));
}

/* Sabine: 0.161 * 50 m3 * (1 / 0.2 - 1 / 0.6) = 27 square metres. */
static void missing_absorption_is_that_of_sabine(void **state) {
    (void)state;
    struct ton_room_advices a;
    make(0.60, 0.004, 1e-7);
    const struct ton_room_path p = measure(&a, &small, NULL);
    const double wanted = 0.2;
    const double metres = round(0.161 * 50.0 * (1.0 / wanted - 1.0 / p.figures.t_mid_s));
    char expected[64];
    snprintf(expected, sizeof expected, "absorption of %.0f square", metres);
    figure("%s (27 with exactly 0.6 s)", expected);
    assert_true(fabs(metres - 27.0) <= 1.0);
    assert_non_null(strstr(said(&a, "reverberation")->remedy, expected));
}

static void a_hall_is_not_held_to_what_control_rooms_need(void **state) {
    (void)state;
    struct ton_room_advices a;
    const struct ton_room_path_how hall = {.celsius = 20.0, .sides_m = {40.0, 20.0, 12.0}};
    make(1.3, 0.01, 1e-7);
    response[LEAD + 96] += 0.5F;
    const struct ton_room_path p = measure(&a, &hall, NULL);
    figure("%d modes up to %.0f Hz", p.modes.n, p.modes.items[p.modes.n - 1].hz);
    assert_int_equal(serious(&a), 0);
    assert_true(p.modes.n > 1000 && p.modes.n < 4000);
}

/* However long it reverberates: 50 cubic metres are no hall. */
static void a_bare_small_room_is_advised_like_any_other(void **state) {
    (void)state;
    struct ton_room_advices a, of_unknown;
    const struct ton_room_path_how unknown = {.celsius = 20.0};
    make(1.25, 0.004, 1e-7);
    response[LEAD + 96] += 0.5F;
    measure(&a, &small, NULL);
    assert_non_null(said(&a, "reflection"));
    assert_true(said(&a, "reverberation")->serious);
    measure(&of_unknown, &unknown, NULL);
    assert_false(said(&of_unknown, "reverberation")->serious);
    assert_non_null(strstr(said(&of_unknown, "reverberation")->remedy, "length, width and height"));
}

static void no_booth_is_asked_for_less_than_a_fifth_of_a_second(void **state) {
    (void)state;
    struct ton_room_advices a;
    const struct ton_room_path_how booth = {.celsius = 20.0, .sides_m = {2.0, 2.0, 2.2}},
                                   large = {.celsius = 20.0, .sides_m = {10.0, 8.0, 3.0}};
    make(0.24, 0.004, 1e-7);
    measure(&a, &booth, NULL);
    assert_false(said(&a, "reverberation")->serious);
    make(0.6, 0.004, 1e-7);
    measure(&a, &large, NULL);
    assert_non_null(strstr(said(&a, "reverberation")->found, "0.33 s are wanted"));
}

/* 0.15 s over the middle are told at 125 Hz, and not at 63 Hz. */
static void bass_may_ring_longer_the_lower_it_is(void **state) {
    (void)state;
    struct ton_room_advices a;
    static const struct {
        double hz, t60;
        bool told;
    } cases[] = {{125, 0.55, true}, {125, 0.42, false}, {63, 0.52, false}, {63, 0.75, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ton_room_path_how unknown = {.celsius = 20.0};
        make(0.3, 0.004, 1e-7);
        add_tone(cases[i].hz, cases[i].t60, 0.01);
        measure(&a, &unknown, NULL);
        const struct ton_room_advice *bass = said(&a, "bass"); /* of the octave, not the next one */
        const bool told = bass && strtod(bass->found + strlen("at "), NULL) == cases[i].hz;
        assert_int_equal(told, cases[i].told);
    }
}

/* A null of half a wave: 100 Hz is missing where sound comes back after 5 ms. */
static void a_wall_behind_is_known_by_its_null(void **state) {
    (void)state;
    struct ton_room_advices a;
    const struct ton_room_path_how unknown = {.celsius = 20.0};
    make(0.2, 0.0005, 1e-8);
    response[LEAD + RATE / 200] += 0.9F;
    const struct ton_room_path p = measure(&a, &unknown, NULL);
    assert_non_null(said(&a, "null"));
    assert_true(fabs(strtod(said(&a, "null")->found, NULL) - 100.0) < 3.0);
    assert_non_null(strstr(said(&a, "null")->found, "0.86 m behind"));
    /* ... and no correction fills it. */
    struct ton_correction c;
    struct ton_err err;
    const struct ton_response *const places[] = {&p.curve[TON_SMOOTHING_SIXTH]};
    const struct ton_correction_how how = {.to_hz = 500.0, .places = places, .n_places = 1};
    assert_int_equal(
        ton_correction_make(&c, arena, &p.curve[TON_SMOOTHING_PSYCHOACOUSTIC], RATE, &how, &err),
        TON_OK);
    const struct ton_response wanted = {c.n, c.hz, c.wanted_db};
    figure("%d nulls, at 100 Hz %.1f dB wanted (1 at most)", c.nulls.n,
           ton_response_at(&wanted, 100.0));
    assert_true(c.nulls.n > 0 && ton_response_at(&wanted, 100.0) < 1.0);
    /* What is told as a null is one of the correction. */
    for (int i = 0; i < a.n; i++) {
        bool is_one = strcmp(a.items[i].kind, "null") != 0;
        for (int k = 0; k < c.nulls.n && !is_one; k++)
            is_one = fabs(strtod(a.items[i].found, NULL) - c.nulls.items[k].hz) < 0.51;
        assert_true(is_one);
    }
}

/* A pulse, as a cable or the sweep itself gives; a room of 0.2 s that is 40 dB softer is one. */
static void a_cable_is_no_silent_room(void **state) {
    (void)state;
    struct ton_room_advices a;
    const struct ton_room_path_how unknown = {.celsius = 20.0};
    make(0.2, 0.0, 1e-7);
    const struct ton_room_path cable = measure(&a, &unknown, NULL);
    assert_true(cable.is_bare && a.n == 1 && said(&a, "no room"));
    for (int i = 0; i < TON_ROOM_OCTAVES; i++)
        assert_true(isnan(cable.figures.octave[i].t20.seconds) &&
                    cable.figures.octave[i].t30.doubt == TON_ROOM_BARE);
    make(0.2, 0.0005, 1e-8);
    const struct ton_room_path room = measure(&a, &unknown, NULL);
    figure("a cable: \"%s\"; a soft room: T %.2f s (0.2)", cable.is_bare ? "no room" : "room",
           room.figures.t_mid_s);
    assert_true(!room.is_bare && !said(&a, "no room") && fabs(room.figures.t_mid_s - 0.2) < 0.05);
}

static void what_noise_hides_is_named(void **state) {
    (void)state;
    struct ton_room_advices a;
    make(0.4, 0.02, 3e-3);
    const struct ton_room_path p = measure(&a, &small, NULL);
    const struct ton_room_advice *noise_said = said(&a, "noise");
    int hidden = 0;
    for (int i = 0; i < TON_ROOM_OCTAVES; i++)
        hidden += p.figures.octave[i].t20.doubt == TON_ROOM_NOISE;
    figure("%d octaves hidden", hidden);
    assert_true(hidden > 0);
    for (int i = 0; i < TON_ROOM_OCTAVES; i++) {
        const double hz = p.figures.octave[i].hz;
        char name[32];
        snprintf(name, sizeof name, hz < 1000.0 ? " %.0f Hz" : " %.0f kHz",
                 hz < 1000.0 ? hz : hz / 1000.0);
        assert_int_equal(strstr(noise_said->found, name) != NULL,
                         p.figures.octave[i].t20.doubt == TON_ROOM_NOISE);
    }
    assert_true(noise_said && noise_said->serious);
}

static void a_sweep_that_ends_early_leaves_the_rest_unsaid(void **state) {
    (void)state;
    struct ton_room_advices a;
    const struct ton_room_path_how how = {.celsius = 20.0, .from_hz = 100.0, .to_hz = 5000.0};
    make(0.2, 0.004, 1e-7);
    add_tone(40.0, 1.0, 0.1);
    const struct ton_room_path p = measure(&a, &how, NULL);
    assert_true(p.curve[0].hz[0] >= 99.0 && p.curve[0].hz[p.curve[0].n - 1] <= 5001.0);
    assert_int_equal(p.figures.octave[0].doubt, TON_ROOM_SWEEP);
    assert_int_equal(p.figures.octave[7].doubt, TON_ROOM_SWEEP);
    assert_null(said(&a, "resonance"));
    for (int i = 0; i < p.n_resonances; i++)
        assert_true(p.resonances[i].hz >= 100.0);
}

static void loudspeakers_are_held_against_each_other(void **state) {
    (void)state;
    struct ton_room_advices a = {0};
    struct ton_err err;
    const struct ton_room_pair
        pair = {.level_db = 2.0, .ms = -0.58, .metres = -0.2, .worst_hz = 125, .worst_db = 4.0},
        alike = {.level_db = -0.5, .ms = 0.05, .metres = 0.017, .worst_hz = 125, .worst_db = -2.0},
        files = {.level_db = 0.1, .ms = NAN, .metres = NAN, .worst_hz = NAN, .worst_db = NAN};
    assert_int_equal(ton_room_advise_pair(&a, arena, &alike, "L", "R", &err), TON_OK);
    assert_int_equal(ton_room_advise_pair(&a, arena, &files, "L", "R", &err), TON_OK);
    assert_int_equal(a.n, 0);
    assert_int_equal(ton_room_advise_pair(&a, arena, &pair, "L", "R", &err), TON_OK);
    assert_int_equal(a.n, 3);
    assert_string_equal(said(&a, "pair level")->found, "`R` is 2.0 dB quieter than `L`");
    assert_string_equal(said(&a, "pair level")->remedy, "turn `L` down by 2.0 dB");
    assert_string_equal(said(&a, "pair distance")->found, "`R` is 20 cm farther than `L`, 0.58 ms");
    assert_non_null(strstr(said(&a, "pair distance")->remedy, "delay `L` by 0.58 ms"));
    assert_non_null(
        strstr(said(&a, "pair response")->found, "4.0 dB in the third octave at 125 Hz"));
    const struct ton_room_pair other = {
        .level_db = -2.0, .ms = 0.58, .metres = 0.2, .worst_hz = NAN, .worst_db = NAN};
    a.n = 0;
    assert_int_equal(ton_room_advise_pair(&a, arena, &other, "L", "R", &err), TON_OK);
    assert_string_equal(said(&a, "pair level")->found, "`R` is 2.0 dB louder than `L`");
    assert_string_equal(said(&a, "pair level")->remedy, "turn `R` down by 2.0 dB");
    assert_string_equal(said(&a, "pair distance")->found, "`R` is 20 cm nearer than `L`, 0.58 ms");
    assert_non_null(strstr(said(&a, "pair distance")->remedy, "delay `R` by 0.58 ms"));
}

static struct ton_room_path path_to(double to_hz) {
    const struct ton_room_path_how how = {.celsius = 20.0, .to_hz = to_hz};
    struct ton_room_path path = {.name = "L"};
    struct ton_err err;
    assert_int_equal(ton_room_path_measure(&path, arena, response, FRAMES, RATE, &how, &err),
                     TON_OK);
    return path;
}

static void silence(void) {
    memset(response, 0, sizeof(float) * FRAMES);
}

static void two_loudspeakers_are_compared_band_by_band(void **state) {
    (void)state;
    struct ton_room_pair pair;
    silence();
    for (int i = 0; i < TON_ROOM_THIRDS; i++)
        add_tone(1000.0 * pow(10.0, 0.1 * (i - 13)), 0.5, 0.02);
    const struct ton_room_path right = path_to(0.0);
    for (int i = 0; i < FRAMES; i++)
        response[i] *= (float)sqrt(0.5);
    add_tone(1000.0, 0.5, 0.04);
    const struct ton_room_path left = path_to(0.0);
    ton_room_compare(&pair, &left, &right, 14.0, 20.0);
    /* A third of an octave of the 3.3 is louder. */
    const double alone = 20.0 * log10(sqrt(0.5) + 2.0), part = 1.0 / 3.0 / log2(10.0);
    const double mean = -3.0103 + part * (alone + 3.0103);
    figure("level %.2f dB (%.2f +-0.2)", pair.level_db, mean);
    assert_true(fabs(pair.level_db - mean) < 0.2);
    figure("at 100 Hz %.2f dB (-3.01), worst %.2f dB at %.0f Hz (1000), later %.3f ms, %.3f m",
           pair.third_db[3], pair.worst_db, pair.worst_hz, pair.ms, pair.metres);
    assert_true(fabs(pair.third_db[3] + 3.01) < 0.05);
    assert_true(pair.worst_hz == 1000.0 && pair.worst_db > 6.0);
    assert_true(fabs(pair.metres - 14.0 / 48000 * 343.2) < 1e-6);
    /* One band 0.04 dB apart is no difference, 0.06 dB is one; nothing measured is neither. */
    for (int i = 0; i < 3; i++) {
        struct ton_room_path other = right;
        other.figures.third[3].level_db += i == 0 ? 0.04 : 0.06;
        for (int k = 0; i == 2 && k < TON_ROOM_THIRDS; k++)
            other.figures.third[k].level_db = NAN;
        ton_room_compare(&pair, &other, &right, 0.0, 20.0);
        figure("worst %.2f dB at %.0f Hz", pair.worst_db, pair.worst_hz);
        assert_true(i == 1 ? pair.worst_hz == right.figures.third[3].hz : isnan(pair.worst_hz));
        assert_true(isnan(pair.worst_db) == (i == 2));
    }
}

/* Half of the energy of a pulse lies above 10 kHz, and nobody hears a level there. */
static void treble_alone_makes_no_loudspeaker_quieter(void **state) {
    (void)state;
    for (int dry = 0; dry < 2; dry++) { /* without a decay there are no figures of bands */
        struct ton_room_pair pair;
        struct ton_biquad shelf[2];
        struct ton_biquad_state s[2] = {{0}};
        const struct ton_analogue a = ton_analogue_high_shelf(10000.0, -12.0, M_SQRT1_2);
        silence();
        response[LEAD] = 1.0F;
        for (int i = 0; i < TON_ROOM_THIRDS && !dry; i++)
            add_tone(1000.0 * pow(10.0, 0.1 * (i - 13)), 0.3, 0.001);
        const struct ton_room_path left = path_to(0.0);
        ton_biquad_match(shelf, &a, RATE);
        for (int i = 0; i < FRAMES; i++)
            response[i] = (float)ton_biquad_run(&shelf[1], &s[1],
                                                ton_biquad_run(&shelf[0], &s[0], response[i]));
        const struct ton_room_path right = path_to(0.0);
        ton_room_compare(&pair, &left, &right, 0.0, 20.0);
        figure("-12 dB above 10 kHz: level %.3f dB (0 +-0.05), energy %.2f dB, worst %.2f dB at "
               "%.0f Hz (10000)",
               pair.level_db, left.figures.broad.level_db - right.figures.broad.level_db,
               pair.worst_db, pair.worst_hz);
        assert_true(fabs(pair.level_db) < 0.05);
        assert_true(dry || (pair.worst_hz == 10000.0 && pair.worst_db > 3.0));
    }
}

static void subwoofers_have_a_level_too(void **state) {
    (void)state;
    struct ton_room_pair pair;
    make(0.3, 0.004, 1e-7);
    const struct ton_room_path left = path_to(120.0);
    for (int i = 0; i < FRAMES; i++)
        response[i] *= 0.79432823F;
    const struct ton_room_path right = path_to(120.0);
    ton_room_compare(&pair, &left, &right, 0.0, 20.0);
    figure("up to 120 Hz, 2 dB softer: level %.3f dB (2 +-0.05)", pair.level_db);
    assert_true(fabs(pair.level_db - 2.0) < 0.05);
}

static void loudspeakers_of_one_room_must_have_one_polarity(void **state) {
    (void)state;
    for (int reversed = -1; reversed <= 1; reversed++) {
        struct ton_room_advices a = {0};
        struct ton_err err;
        const struct ton_room_pair pair = {.reversed = reversed};
        assert_int_equal(ton_room_advise_pair(&a, arena, &pair, "L", "R", &err), TON_OK);
        assert_int_equal(a.n, reversed != 0);
        if (!reversed)
            continue;
        const struct ton_room_advice *const told = said(&a, "polarity");
        assert_true(told && told->serious);
        figure("%s: %s", told->found, told->remedy);
        assert_non_null(strstr(told->found, reversed < 0 ? "`L` comes in" : "`R` comes in"));
        assert_non_null(strstr(told->remedy, reversed < 0 ? "cable of `L`" : "cable of `R`"));
    }
}

/* Where they overlap no single one can be treated: above the Schroeder frequency of a room of 50
 * cubic metres and 0.3 s (155 Hz) none is told. */
static void dense_resonances_are_no_single_ones(void **state) {
    (void)state;
    struct ton_room_advices a;
    make(0.3, 0.004, 1e-7);
    add_tone(190.0, 0.33, 0.03);
    const struct ton_room_path p = measure(&a, &small, NULL);
    assert_true(p.n_resonances > 0);
    assert_null(said(&a, "resonance"));
}

static void curves_of_other_programs_are_read(void **state) {
    (void)state;
    static const struct {
        const char *text, *sentence; /* NULL: it is read */
        int n;
        double hz, db; /* of the last point */
    } cases[] = {
        {"\"Sens Factor =-1.378dB, SERNO: 7001234\"\n20.0\t-1.5\t0.0\n1000\t0\t0\n", NULL, 2, 1000,
         0},
        {"* remark\r\n  20 -1.5\r\n\r\n20000,-2.25\r\n", NULL, 2, 20000, -2.25},
        {"; x\n1e2;+3", NULL, 1, 100, 3},
        {"", "there is no curve in it", 0, 0, 0},
        {"Hz dB\n", "there is no curve in it", 0, 0, 0},
        {"20 1\n100\n", "line 2 has a frequency and no level", 0, 0, 0},
        {"20 1\n20 2\n", "line 2: 20 Hz comes after 20 Hz", 0, 0, 0},
        {"20 101\n", "line 1: 20 Hz, 101 dB", 0, 0, 0},
        {"0 1\n", "line 1: 0 Hz", 0, 0, 0},
        {"-5 1\n", "line 1: -5 Hz", 0, 0, 0},
        {"20 nan\n", "line 1 has a frequency and no level", 0, 0, 0},
        {"20 1e999\n", "line 1: 20 Hz, inf dB", 0, 0, 0},
        {"20 000000000000000000000000000000000001\n", "line 1 has a frequency", 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ton_curve_point *points;
        struct ton_err err = {0};
        int n;
        const enum ton_code code =
            ton_curve_parse(&points, &n, arena, cases[i].text, "mic.txt", &err);
        if (cases[i].sentence) {
            assert_int_equal(code, TON_INPUT);
            assert_string_equal(err.where, "mic.txt");
            assert_non_null(strstr(err.text, cases[i].sentence));
            continue;
        }
        assert_int_equal(code, TON_OK);
        assert_int_equal(n, cases[i].n);
        assert_true(points[n - 1].hz == cases[i].hz && points[n - 1].db == cases[i].db);
    }
}

/* +3 dB and -3 dB about the same level: 10 log10((2 + 0.5) / 2), about 1 dB; a microphone that is
 * louder altogether counts no more. */
static void places_are_averaged_by_power_about_their_own_level(void **state) {
    (void)state;
    enum { N = 5 };
    double hz[N] = {100, 300, 500, 700, 5000}, up[N] = {3.0103, 0, 0, 0, 0},
           down[N] = {17 - 3.0103, 17, 17, 17, 17};
    const struct ton_response a = {N, hz, up}, b = {N, hz, down};
    struct ton_response mean;
    struct ton_err err;
    assert_int_equal(
        ton_response_mean(&mean, arena, (const struct ton_response *const[]){&a, &b}, 2, &err),
        TON_OK);
    figure("%.3f dB (0.969), %.3f dB (0)", mean.db[0], mean.db[4]);
    assert_true(fabs(mean.db[0] - 10.0 * log10(1.25)) < 1e-3 && fabs(mean.db[4]) < 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_listening_room_is_left_in_peace),
        cmocka_unit_test(each_fault_is_told_once_and_gravest_first),
        cmocka_unit_test(missing_absorption_is_that_of_sabine),
        cmocka_unit_test(a_hall_is_not_held_to_what_control_rooms_need),
        cmocka_unit_test(a_bare_small_room_is_advised_like_any_other),
        cmocka_unit_test(no_booth_is_asked_for_less_than_a_fifth_of_a_second),
        cmocka_unit_test(bass_may_ring_longer_the_lower_it_is),
        cmocka_unit_test(a_wall_behind_is_known_by_its_null),
        cmocka_unit_test(a_cable_is_no_silent_room),
        cmocka_unit_test(what_noise_hides_is_named),
        cmocka_unit_test(a_sweep_that_ends_early_leaves_the_rest_unsaid),
        cmocka_unit_test(loudspeakers_are_held_against_each_other),
        cmocka_unit_test(two_loudspeakers_are_compared_band_by_band),
        cmocka_unit_test(treble_alone_makes_no_loudspeaker_quieter),
        cmocka_unit_test(subwoofers_have_a_level_too),
        cmocka_unit_test(loudspeakers_of_one_room_must_have_one_polarity),
        cmocka_unit_test(dense_resonances_are_no_single_ones),
        cmocka_unit_test(curves_of_other_programs_are_read),
        cmocka_unit_test(places_are_averaged_by_power_about_their_own_level),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
