// SPDX-License-Identifier: GPL-3.0-or-later
// The building blocks of filters: matched sections, cascades in lanes, glides and delay lines.
#include "contract/rig.h"

#include "ton/biquad.h"
#include "ton/cascade.h"
#include "ton/db.h"
#include "ton/delay_line.h"
#include "ton/smooth.h"

// 0 … 1.
static double draw(uint64_t *seed) {
    return 0.5 + 0.5 * random_next(seed);
}

static struct ton_analogue any_band(uint64_t *seed) {
    const double hz = 20.0 * pow(1000.0, sqrt(draw(seed))); // more of them high, where it is hard
    const double q = 0.1 * pow(400.0, draw(seed)), gain = -24.0 + 48.0 * draw(seed);
    switch ((int)(5.999 * draw(seed))) {
    case 0:
        return ton_analogue_low_shelf(hz, gain, q);
    case 1:
        return ton_analogue_high_shelf(hz, gain, q);
    case 2:
        return ton_analogue_tilt(hz, gain);
    case 3:
        return ton_analogue_notch(hz, q);
    case 4:
        return ton_analogue_band_pass(hz, q);
    default:
        return ton_analogue_bell(hz, gain, q);
    }
}

static double sections_db(const struct ton_biquad b[2], double w) {
    double db = 0.0;
    for (int i = 0; i < 2; i++) {
        double h[2];
        ton_biquad_response(h, &b[i], w);
        db += 10.0 * log10(h[0] * h[0] + h[1] * h[1] + 1e-300);
    }
    return db;
}

static double worst_error_db(const struct ton_analogue *a, double rate) {
    struct ton_biquad b[2];
    double worst = 0.0;
    ton_biquad_match(b, a, rate);
    for (int i = 1; i <= 40; i++) {
        const double hz = i / 40.0 * fmin(20000.0, 0.4535 * rate);
        const double wanted = ton_analogue_db(a, hz);
        if (wanted > -100.0)
            worst = fmax(worst, fabs(sections_db(b, 2.0 * M_PI * hz / rate) - wanted));
    }
    return worst;
}

static void random_bands_follow_their_prototypes(void **unused) {
    (void)unused;
    // Below 44.1 kHz much of the range lies beyond the Nyquist frequency; what is heard of it is
    // held to 1 dB.
    static const struct {
        double rate, most;
    } cases[] = {{44100, 0.3},   {48000, 0.3}, {96000, 0.05},
                 {192000, 0.05}, {32000, 1.0}, {8000, 1.0}};
    for (int k = 0; k < TON_N(cases); k++) {
        uint64_t seed = 31;
        double worst = 0.0;
        for (int n = 0; n < 20000; n++) {
            const struct ton_analogue a = any_band(&seed);
            worst = fmax(worst, worst_error_db(&a, cases[k].rate));
        }
        figure("%6.0f Hz: worst of 20000 random bands %.3f dB (at most %.2f)", cases[k].rate, worst,
               cases[k].most);
        assert_true(worst <= cases[k].most);
    }
}

// Both roots of 1 + c1 / z + c2 / z^2 lie inside the circle of `radius`.
static bool inside(double c1, double c2, double radius) {
    c1 /= radius;
    c2 /= radius * radius;
    return fabs(c2) < 1.0 && fabs(c1) < 1.0 + c2;
}

static void every_section_is_stable_and_minimum_phase(void **unused) {
    (void)unused;
    static const double rates[] = {8000, 22050, 44100, 48000, 384000};
    for (int k = 0; k < TON_N(rates); k++) {
        uint64_t seed = 32;
        for (int n = 0; n < 20000; n++) {
            const struct ton_analogue a = any_band(&seed);
            struct ton_biquad b[2];
            ton_biquad_match(b, &a, rates[k]);
            for (int i = 0; i < 2; i++) {
                assert_true(inside(b[i].a1, b[i].a2, 1.0));
                assert_true(inside(b[i].b1 / b[i].b0, b[i].b2 / b[i].b0, 1.0 + 1e-9));
            }
            // The correction is short: it must not ring by itself.
            assert_true(inside(b[1].a1, b[1].a2, 0.998));
        }
    }
}

static void lanes_are_as_single_sections(void **unused) {
    (void)unused;
    enum { SECTIONS = 17, FRAMES = 300 };
    static struct ton_biquad b[SECTIONS][TON_CASCADE_LANES];
    static double x[FRAMES][TON_CASCADE_LANES], y[FRAMES][TON_CASCADE_LANES];
    int order[SECTIONS];
    uint64_t seed = 33;
    struct ton_cascade_section c[SECTIONS];
    for (int i = 0; i < SECTIONS; i++) {
        order[i] = SECTIONS - 1 - i;
        for (int l = 0; l < TON_CASCADE_LANES; l++) {
            struct ton_biquad pair[2];
            const struct ton_analogue a = any_band(&seed);
            ton_biquad_match(pair, &a, 48000);
            b[i][l] = pair[0];
            ton_cascade_section_set(&c[i], l, &b[i][l]);
        }
    }
    for (int n = 0; n <= SECTIONS; n++) {
        struct ton_cascade_memory memory[SECTIONS] = {0};
        struct ton_biquad_state alone[SECTIONS][TON_CASCADE_LANES] = {0};
        for (int i = 0; i < FRAMES; i++)
            for (int l = 0; l < TON_CASCADE_LANES; l++) {
                double v = x[i][l] = random_next(&seed);
                for (int k = 0; k < n; k++)
                    v = ton_biquad_run(&b[order[k]][l], &alone[order[k]][l], v);
                y[i][l] = v;
            }
        ton_cascade_run(x, FRAMES, c, memory, order, n);
        assert_memory_equal(x, y, sizeof x);
    }
}

static void a_glide_arrives_exactly_and_on_time(void **unused) {
    (void)unused;
    struct ton_glide g;
    ton_glide_set(&g, 0.1);
    ton_glide_to(&g, 0.7, 10);
    double before = 0.1;
    for (int i = 0; i < 9; i++) {
        const double v = ton_glide_next(&g);
        assert_true(v > before && v < 0.7);
        before = v;
    }
    assert_true(ton_glide_next(&g) == 0.7);
    assert_true(ton_glide_next(&g) == 0.7);
}

static void a_smoother_covers_63_percent_in_its_time(void **unused) {
    (void)unused;
    const double c = ton_smooth_coefficient(10.0, 48000.0);
    double y = 0.0;
    for (int i = 0; i < 480; i++)
        y += c * (1.0 - y);
    assert_true(fabs(y - (1.0 - exp(-1.0))) < 1e-12);
    assert_true(ton_smooth_coefficient(0.0, 48000.0) == 1.0);
}

static void a_delay_line_gives_back_what_it_was_given(void **unused) {
    (void)unused;
    static float memory[128];
    struct ton_delay_line d;
    assert_int_equal(ton_delay_line_capacity(64), 128);
    assert_int_equal(ton_delay_line_capacity(127), 128);
    assert_int_equal(ton_delay_line_capacity(0), 1);
    ton_delay_line_init(&d, memory, 128);
    for (int i = 0; i < 1000; i++) {
        ton_delay_line_push(&d, (float)i);
        for (int age = 0; age < 128 && age <= i; age++)
            assert_true(ton_delay_line_read(&d, age) == (float)(i - age));
    }
    ton_delay_line_clear(&d);
    assert_true(ton_delay_line_read(&d, 127) == 0.0F);
}

static void decibels_and_gains_agree(void **unused) {
    (void)unused;
    assert_true(fabs(ton_db_to_gain(20.0) - 10.0) < 1e-14);
    assert_true(ton_db_to_gain(0.0) == 1.0);
    assert_true(fabs(ton_gain_to_db(-0.5) + 6.0205999132796239) < 1e-12);
    assert_true(ton_gain_to_db(0.0) == -INFINITY);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bands_follow_their_prototypes),
        cmocka_unit_test(every_section_is_stable_and_minimum_phase),
        cmocka_unit_test(lanes_are_as_single_sections),
        cmocka_unit_test(a_glide_arrives_exactly_and_on_time),
        cmocka_unit_test(a_smoother_covers_63_percent_in_its_time),
        cmocka_unit_test(a_delay_line_gives_back_what_it_was_given),
        cmocka_unit_test(decibels_and_gains_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
