// SPDX-License-Identifier: GPL-3.0-or-later
// Phaser: half as many notches as stages, where the analogue circuit has them.
#include "notches.h"

#define RATE 48000.0

// What an impulse becomes on both channels, until it is 180 dB down.
static struct audio impulse_of(struct rig *r) {
    rig_start(r);
    struct audio a = audio_new(2, 48000);
    a.at[0][0] = a.at[1][0] = 1;
    rig_run(r, &a, NULL, 512);
    rig_close(r);
    while (a.frames > 1 && fabsf(a.at[0][a.frames - 1]) < 1e-9F &&
           fabsf(a.at[1][a.frames - 1]) < 1e-9F)
        a.frames--;
    return a;
}

static struct rig phaser(int n_stages, float centre, float feedback) {
    struct rig r = rig_open("phaser", RATE, 2, 0);
    rig_set(&r, "stages", (float)(n_stages - 4) / 2);
    rig_set(&r, "centre", centre);
    rig_set(&r, "range", 0);
    rig_set(&r, "feedback", feedback);
    return r;
}

static double analogue_notch(int k, int n_stages, double hz) {
    return hz * tan((2 * k + 1) * M_PI / (2 * n_stages));
}

// The worst distance of a notch below 5 kHz from the analogue one's place, %.
static double check_notches(int n_stages, float centre, float feedback) {
    struct rig r = phaser(n_stages, centre, feedback);
    struct audio a = impulse_of(&r);
    struct notch notches[12] = {{0}};
    const int n = find_notches(notches, 12, a.at[0], a.frames, RATE, 20, 23000);
    double off = 0, warped = 0, shallow = -INFINITY;
    for (int k = 0; k < n; k++) {
        const double place = analogue_notch(k, n_stages, (double)centre);
        // where the bilinear transform, right at the centre, puts it
        const double here =
            RATE / M_PI * atan(tan(M_PI * (double)centre / RATE) * place / (double)centre);
        warped = fmax(warped, fabs(notches[k].hz / here - 1));
        if (place < 5000)
            off = fmax(off, fabs(notches[k].hz / place - 1));
        shallow = fmax(shallow, notches[k].db);
    }
    figure("%2d stages at %4.0f Hz, feedback %+.0f %%: %d notches, %.2f %% from the analogue ones "
           "below 5 kHz (3), %.4f %% from theory (0.1), at %.0f dB or lower (-40)",
           n_stages, (double)centre, (double)feedback, n, 100 * off, 100 * warped, shallow);
    assert_int_equal(n, n_stages / 2);
    assert_true(off < 0.03 && warped < 0.001 && shallow < -40);
    audio_free(&a);
    return off;
}

static void there_are_half_as_many_notches_as_stages(void **unused) {
    (void)unused;
    for (int n = 4; n <= 12; n += 2)
        check_notches(n, 700, 0);
    check_notches(4, 200, 60);
    check_notches(8, 1500, 80);
}

// The whole response against the analogue one, (1 + A) / (1 - g A) / 2, up to 2 kHz.
static void the_response_is_the_analogue_one(void **unused) {
    (void)unused;
    static const float feedbacks[] = {0, 50, 90};
    for (int k = 0; k < TON_N(feedbacks); k++) {
        struct rig r = phaser(6, 500, feedbacks[k]);
        struct audio a = impulse_of(&r);
        const double g = (double)feedbacks[k] / 100;
        double worst = 0;
        for (double hz = 40; hz < 2000; hz *= 1.07) {
            const double turn = -12 * atan(hz / 500), c = cos(turn), s = sin(turn);
            const double ideal = hypot(1 + c, s) / hypot(1 - g * c, g * s) / 2;
            if (ideal > 0.1)
                worst =
                    fmax(worst, fabs(ton_gain_to_db(gain_at(a.at[0], a.frames, RATE, hz) / ideal)));
        }
        figure("6 stages at 500 Hz, feedback %.0f %%: within %.3f dB of the analogue up to 2 kHz "
               "(0.5)",
               (double)feedbacks[k], worst);
        assert_true(worst < 0.5);
        audio_free(&a);
    }
}

static void no_feedback_fills_up_the_notches(void **unused) {
    (void)unused;
    for (int invert = 0; invert <= 1; invert++)
        for (int tenths = 0; tenths <= 10; tenths++) {
            struct rig r = phaser(6, 700, 0);
            const float feedback = row_value(&r, "feedback", tenths);
            rig_set(&r, "feedback", feedback);
            rig_set(&r, "invert", (float)invert);
            struct audio a = impulse_of(&r);
            const double span = comb_span(a.at[0], a.frames, RATE, 30, 10000);
            figure("feedback %+.1f %%%s: the comb spans %.1f dB (at least 20)", (double)feedback,
                   invert ? ", inverted" : "", span);
            assert_true(span >= 20);
            audio_free(&a);
        }
}

// A quarter of a cycle ahead the right stands at the top of the sweep while the left is in the
// middle, half a cycle ahead in the middle again.
static void range_and_stereo_phase_sweep_as_far_as_they_say(void **unused) {
    (void)unused;
    struct rig r = phaser(4, 500, 0);
    rig_set(&r, "range", 3);
    rig_set(&r, "rate", 0.01F);
    rig_set(&r, "stereo phase", 90);
    struct audio a = impulse_of(&r);
    struct notch left[2], right[2];
    assert_int_equal(find_notches(left, 2, a.at[0], 4800, RATE, 50, 4000), 2);
    assert_int_equal(find_notches(right, 2, a.at[1], 4800, RATE, 50, 8000), 2);
    const double octaves = log2(right[0].hz / left[0].hz);
    figure("first notch left at %.1f Hz (%.1f), right %.3f octaves higher (1.5)", left[0].hz,
           analogue_notch(0, 4, 500), octaves);
    assert_true(fabs(left[0].hz / analogue_notch(0, 4, 500) - 1) < 0.01);
    assert_true(fabs(octaves - 1.5) < 0.02);
    audio_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_half_as_many_notches_as_stages),
        cmocka_unit_test(the_response_is_the_analogue_one),
        cmocka_unit_test(no_feedback_fills_up_the_notches),
        cmocka_unit_test(range_and_stereo_phase_sweep_as_far_as_they_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
