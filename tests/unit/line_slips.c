/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Another clock's slips are found in what is held; what a machine plays at even distances is none
 * of them. */

#include "line_rig.h"

enum { SECONDS = 5, FRAMES = SECONDS * RATE };

/* What a machine plays: sample `i` of a sound, of `n`. */
static double kick(int i, int n) {
    const double t = (double)i / RATE;
    (void)n;
    return 0.7 * sin(2.0 * M_PI * (55.0 * t + 7.5 * (1.0 - exp(-40.0 * t)))) * exp(-8.0 * t);
}

static double click(int i, int n) {
    (void)n;
    return i < 2 ? 0.5 : 0.0;
}

static double gated(int i, int n) {
    const double t = (double)i / RATE;
    double sum = 0.0;
    for (int k = 0; k < 3; k++)
        sum += 0.2 * sin(2.0 * M_PI * (220.0 + 55.0 * k) * t);
    return i < n / 2 ? sum : 0.0;
}

static double metronome(int i, int n) {
    const double t = (double)i / RATE;
    (void)n;
    return 0.5 * cos(2.0 * M_PI * 880.0 * t) * exp(-60.0 * t);
}

/* A sample with its noise, out of which somebody cut a frame. */
static double cut_sample(int i, int n) {
    const double t = (double)(i < 3000 ? i : i + 1) / RATE;
    (void)n;
    return 0.4 * sin(2.0 * M_PI * 440.0 * t) * exp(-4.0 * t) + 1e-4 * sin(1e4 * sin(37.0 * i));
}

static const struct machine {
    const char *name;
    double (*sound)(int i, int n);
} machines[] = {
    {"808", kick},
    {"click of two samples", click},
    {"gated pad", gated},
    {"metronome", metronome},
    {"sample that was cut", cut_sample},
};
enum { N_MACHINES = sizeof machines / sizeof *machines };

static void sequence(float *x, const struct machine *m, int step) {
    memset(x, 0, FRAMES * sizeof *x);
    for (int i = 0; i < step; i++) {
        const float v = (float)m->sound(i, step);
        for (int64_t at = i; at < FRAMES; at += step)
            x[at] = v;
    }
    add_noise(x, FRAMES, -94.0);
}

static void what_a_machine_plays_evenly_is_no_clock(void **state) {
    (void)state;
    static const int bpm[] = {120, 128};
    float *x = ton_alloc(FRAMES * sizeof *x);
    int slips = 0;
    for (int m = 0; m < fewer(N_MACHINES, 1); m++)
        for (int b = 0; b < 2; b++) {
            sequence(x, &machines[m], RATE * 60 / bpm[b]);
            const struct ton_line l = measured(x, FRAMES, RATE);
            figure("%-22s at %d a minute: %d slips (0)", machines[m].name, bpm[b], l.crackle.slips);
            slips += l.crackle.slips;
        }
    ton_free(x);
    assert_int_equal(slips, 0);
}

static void notes_that_begin_hard_one_after_the_other_are_no_clock(void **state) {
    (void)state;
    static const double hz[] = {110.0, 164.8, 220.0, 329.6};
    float *x = ton_alloc(FRAMES * sizeof *x);
    for (int64_t i = 0; i < FRAMES; i++) {
        const double t = (double)(i % 6000) / RATE, turns = hz[i / 6000 % 4] * t;
        x[i] = (float)(0.3 * (2.0 * (turns - floor(turns)) - 1.0) * exp(-4.0 * t));
    }
    add_noise(x, FRAMES, -94.0);
    const struct ton_line l = measured(x, FRAMES, RATE);
    figure("an arpeggio: %d slips (0)", l.crackle.slips);
    ton_free(x);
    assert_int_equal(l.crackle.slips, 0);
}

static void another_clock_is_found_in_what_is_held(void **state) {
    (void)state;
    static const double ppm[] = {30.0, 100.0, 300.0}, hz[] = {440.0, 997.0, 311.0};
    float *x = ton_alloc(FRAMES * sizeof *x);
    for (int k = 0; k < 3; k++) {
        memset(x, 0, FRAMES * sizeof *x);
        add_tone(x, FRAMES, RATE, hz[k], -12.0);
        add_noise(x, FRAMES, -94.0);
        for (int64_t i = 0; i < FRAMES; i++) {
            const int64_t from = i + (int64_t)((double)i * ppm[k] * 1e-6 + 0.4);
            x[i] = from < FRAMES ? x[from] : 0.0F;
        }
        const struct ton_line l = measured(x, FRAMES, RATE);
        figure("%g Hz at %g ppm: %d slips, %.2f ppm", hz[k], ppm[k], l.crackle.slips,
               1e6 / l.crackle.slip_frames);
        assert_true(fabs(1e6 / l.crackle.slip_frames / ppm[k] - 1.0) < 1e-3);
    }
    ton_free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_machine_plays_evenly_is_no_clock),
        cmocka_unit_test(notes_that_begin_hard_one_after_the_other_are_no_clock),
        cmocka_unit_test(another_clock_is_found_in_what_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
