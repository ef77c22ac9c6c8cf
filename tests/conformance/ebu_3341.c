/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EBU Tech 3341: every minimum-requirement signal that is a tone (7 and 8 are film sound that may
 * not be redistributed). True-peak rows 15 to 23 are in true_peak.c. */

#include "tone.h"

static void loudness_row(const char *what, const struct tone *t) {
    row(what, tone_measure(t, NULL).integrated_lufs, -23.0, 0.1, 0.1);
}

static void cases_1_and_2_steady_tones_read_their_level(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        const double level = i ? -33.0 : -23.0;
        struct tone t = tone_stereo();
        tone_add(&t, level, 20);
        const struct ton_measurement m = tone_measure(&t, NULL);
        row(i ? "3341-2 momentary" : "3341-1 momentary", m.max_momentary_lufs, level, 0.1, 0.1);
        row(i ? "3341-2 short-term" : "3341-1 short-term", m.max_short_term_lufs, level, 0.1, 0.1);
        row(i ? "3341-2 integrated" : "3341-1 integrated", m.integrated_lufs, level, 0.1, 0.1);
    }
}

static void cases_3_to_5_the_gates_leave_out_what_is_quiet(void **state) {
    (void)state;
    struct tone t = tone_stereo();
    tone_add(&t, -36, 10), tone_add(&t, -23, 60), tone_add(&t, -36, 10);
    loudness_row("3341-3 integrated", &t);
    t = tone_stereo();
    tone_add(&t, -72, 10), tone_add(&t, -36, 10), tone_add(&t, -23, 60);
    tone_add(&t, -36, 10), tone_add(&t, -72, 10);
    loudness_row("3341-4 integrated", &t);
    t = tone_stereo();
    tone_add(&t, -26, 20), tone_add(&t, -20, 20.1), tone_add(&t, -26, 20);
    loudness_row("3341-5 integrated", &t);
}

static void case_6_surround_channels_are_weighted_and_the_lfe_is_not_counted(void **state) {
    (void)state;
    struct tone t = {.rate = 48000,
                     .hz = 1000,
                     .layout = ton_layout_usual(5),
                     .gain_db = {-28, -28, -24, -30, -30}};
    tone_add(&t, 0, 20);
    loudness_row("3341-6 integrated, 5.0", &t);
    struct tone with_lfe = {.rate = 48000,
                            .hz = 1000,
                            .layout = ton_layout_usual(6),
                            .gain_db = {-28, -28, -24, -10, -30, -30}};
    tone_add(&with_lfe, 0, 20);
    loudness_row("3341-6 integrated, 5.1 with LFE", &with_lfe);
}

/* The readings of the curve, one each 100 ms, between two times: lowest and highest. */
static void constant_row(const char *what, const float *values, size_t n, double from_s) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = (size_t)llround(from_s * 10) - 1; i < n; i++) {
        low = fmin(low, (double)values[i]);
        high = fmax(high, (double)values[i]);
    }
    char label[64];
    snprintf(label, sizeof label, "%s lowest", what);
    row(label, low, -23.0, 0.1, 0.1);
    snprintf(label, sizeof label, "%s highest", what);
    row(label, high, -23.0, 0.1, 0.1);
}

static void case_9_short_term_stays_constant(void **state) {
    (void)state;
    struct tone t = tone_stereo();
    struct ton_meter *m;
    for (int i = 0; i < 5; i++)
        tone_add(&t, -20, 1.34), tone_add(&t, -30, 1.66);
    const struct ton_measurement r = tone_measure(&t, &m);
    const struct ton_loudness_curve c = ton_meter_curve(m);
    constant_row("3341-9 short-term", c.short_term, c.n, 3.0);
    row("3341-9 largest, every 10 ms", r.max_short_term_lufs, -23.0, 0.1, 0.1);
    ton_meter_destroy(m);
}

static void case_10_short_term_finds_a_tone_wherever_it_starts(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct tone t = tone_stereo();
        char what[32];
        snprintf(what, sizeof what, "3341-10-%d short-term", i + 1);
        tone_add(&t, -90, i * 0.15), tone_add(&t, -23, 3), tone_add(&t, -90, 1);
        row(what, tone_measure(&t, NULL).max_short_term_lufs, -23.0, 0.1, 0.1);
    }
}

/* Rows 11 and 14 are one file of 20 segments that get louder, so a meter that reads the maximum so
 * far must have read each segment's level when the segment ends. */
static void successive(const char *name, double seconds, double step, bool momentary) {
    struct tone t = tone_stereo();
    for (int i = 0; i < 20; i++) {
        char what[40];
        const double level = -38.0 + i;
        tone_add(&t, -90, i * step), tone_add(&t, level, seconds);
        tone_add(&t, -90, seconds - i * step);
        const struct ton_measurement m = tone_measure(&t, NULL);
        snprintf(what, sizeof what, "%s segment %d", name, i + 1);
        row(what, momentary ? m.max_momentary_lufs : m.max_short_term_lufs, level, 0.1, 0.1);
    }
}

static void case_11_short_term_follows_successive_levels(void **state) {
    (void)state;
    successive("3341-11 short-term", 3.0, 0.15, false);
}

static void case_12_momentary_stays_constant(void **state) {
    (void)state;
    struct tone t = tone_stereo();
    struct ton_meter *m;
    for (int i = 0; i < 25; i++)
        tone_add(&t, -20, 0.18), tone_add(&t, -30, 0.22);
    const struct ton_measurement r = tone_measure(&t, &m);
    const struct ton_loudness_curve c = ton_meter_curve(m);
    constant_row("3341-12 momentary", c.momentary, c.n, 1.0);
    row("3341-12 largest, every 10 ms", r.max_momentary_lufs, -23.0, 0.1, 0.1);
    ton_meter_destroy(m);
}

static void case_13_momentary_finds_a_tone_wherever_it_starts(void **state) {
    (void)state;
    for (int i = 0; i < 20; i++) {
        struct tone t = tone_stereo();
        char what[32];
        snprintf(what, sizeof what, "3341-13-%d momentary", i + 1);
        tone_add(&t, -90, i * 0.02), tone_add(&t, -23, 0.4), tone_add(&t, -90, 1);
        row(what, tone_measure(&t, NULL).max_momentary_lufs, -23.0, 0.1, 0.1);
    }
}

static void case_14_momentary_follows_successive_levels(void **state) {
    (void)state;
    successive("3341-14 momentary", 0.4, 0.02, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cases_1_and_2_steady_tones_read_their_level),
        cmocka_unit_test(cases_3_to_5_the_gates_leave_out_what_is_quiet),
        cmocka_unit_test(case_6_surround_channels_are_weighted_and_the_lfe_is_not_counted),
        cmocka_unit_test(case_9_short_term_stays_constant),
        cmocka_unit_test(case_10_short_term_finds_a_tone_wherever_it_starts),
        cmocka_unit_test(case_11_short_term_follows_successive_levels),
        cmocka_unit_test(case_12_momentary_stays_constant),
        cmocka_unit_test(case_13_momentary_finds_a_tone_wherever_it_starts),
        cmocka_unit_test(case_14_momentary_follows_successive_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
