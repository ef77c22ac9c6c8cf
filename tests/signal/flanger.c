// SPDX-License-Identifier: GPL-3.0-or-later
// Flanger: notches where the delay puts them, as deep as the mix allows, also through zero.
#include "notches.h"

#include "ton/smooth.h"

#define RATE 48000.0

static struct audio impulse_of(struct rig *r, int64_t frames) {
    rig_start(r);
    struct audio a = audio_new(1, frames);
    a.at[0][0] = 1;
    rig_run(r, &a, NULL, 512);
    rig_close(r);
    return a;
}

static struct rig still(float manual, float feedback) {
    struct rig r = rig_open("flanger", RATE, 1, 0);
    rig_set(&r, "manual", manual);
    rig_set(&r, "depth", 0);
    rig_set(&r, "feedback", feedback);
    return r;
}

static void check_notches(float manual, float feedback, bool inverted, bool through) {
    struct rig r = still(manual, feedback);
    rig_set(&r, "invert", inverted);
    rig_set(&r, "through zero", through);
    struct audio a = impulse_of(&r, 24000);
    struct notch notches[8] = {{0}};
    const double spacing = 1000 / (double)manual; // Hz
    const int n = find_notches(notches, 8, a.at[0], a.frames, RATE, 0.3 * spacing, 4.3 * spacing);
    double off = 0, shallow = -INFINITY;
    for (int k = 0; k < n; k++) {
        const double place = spacing * (inverted ? k + 1 : k + 0.5);
        off = fmax(off, fabs(notches[k].hz / place - 1));
        shallow = fmax(shallow, notches[k].db);
    }
    figure("%.2f ms, feedback %+.0f %%%s%s: %d notches, off by %.4f %% (at most 1), at %.0f dB or "
           "lower (-30)",
           (double)manual, (double)feedback, inverted ? ", inverted" : "",
           through ? ", through zero" : "", n, 100 * off, shallow);
    assert_int_equal(n, 4);
    assert_true(off < 0.01 && shallow < -30);
    audio_free(&a);
}

static void notches_lie_where_theory_puts_them(void **unused) {
    (void)unused;
    check_notches(1, 0, false, false);
    check_notches(0.307F, 0, false, false);
    check_notches(2.513F, 50, false, false);
    check_notches(1, 90, false, false);
    check_notches(1, 0, true, false);
    check_notches(1, 60, true, false);
    check_notches(1.3F, 40, false, true);
}

// Peak of the sum (1 + p A) / (1 - p g A) / 2 is 1 / (1 - g), at A = p.
static void feedback_makes_the_peaks_it_should(void **unused) {
    (void)unused;
    static const struct {
        float feedback, invert;
        double hz, gain;
    } cases[] = {
        {0, 0, 1000, 1}, {50, 0, 1000, 2}, {80, 0, 1000, 5}, {50, 1, 500, 2}, {80, 1, 1500, 5}};
    for (int k = 0; k < TON_N(cases); k++) {
        struct rig r = still(1, cases[k].feedback);
        rig_set(&r, "invert", cases[k].invert);
        struct audio a = impulse_of(&r, 48000);
        const double is = gain_at(a.at[0], a.frames, RATE, cases[k].hz);
        figure("%.0f %%%s: %.0f Hz at %.2f dB (%.2f)", (double)cases[k].feedback,
               cases[k].invert > 0 ? ", inverted" : "", cases[k].hz, ton_gain_to_db(is),
               ton_gain_to_db(cases[k].gain));
        assert_true(fabs(ton_gain_to_db(is / cases[k].gain)) < 0.05);
        audio_free(&a);
    }
}

static void no_feedback_fills_up_the_notches(void **unused) {
    (void)unused;
    for (int invert = 0; invert <= 1; invert++)
        for (int tenths = 0; tenths <= 10; tenths++) {
            struct rig r = still(1, 0);
            const float feedback = row_value(&r, "feedback", tenths);
            rig_set(&r, "feedback", feedback);
            rig_set(&r, "invert", (float)invert);
            struct audio a = impulse_of(&r, 48000);
            const double span = comb_span(a.at[0], a.frames, RATE, 300, 3300);
            figure("feedback %+.1f %%%s: the comb spans %.1f dB (at least 20)", (double)feedback,
                   invert ? ", inverted" : "", span);
            assert_true(span >= 20);
            audio_free(&a);
        }
}

// The loop cannot be shorter than 8 frames: there no peak stands where none should.
static void feedback_goes_where_the_delay_is_too_short_for_it(void **unused) {
    (void)unused;
    static const float delays[] = {1, 4, 7, 8, 9, 10, 12, 20}; // frames
    for (int k = 0; k < TON_N(delays); k++) {
        struct rig r = still(delays[k] * 1000 / (float)RATE, 80);
        struct audio a = impulse_of(&r, 48000);
        const double spare = fmin(fmax(((double)delays[k] - 8) / 4, 0), 1);
        const double g = 0.8 * ton_ease(spare);
        double off = 0;
        for (double hz = 50; hz < 14000; hz *= exp2(0.03)) {
            const double w = 2 * M_PI * hz / RATE * (double)delays[k];
            const double ideal = hypot(1 + cos(w), sin(w)) / hypot(1 - g * cos(w), g * sin(w)) / 2;
            const double is = gain_at(a.at[0], a.frames, RATE, hz);
            if (ideal > 0.1)
                off = fmax(off, fabs(ton_gain_to_db(is / ideal)));
        }
        figure("%2.0f frames, feedback 80 %%: within %.2f dB of the comb of %.1f %% (0.2)",
               (double)delays[k], off, 100 * g);
        assert_true(off < 0.2);
        audio_free(&a);
    }
}

static void without_depth_nothing_sways(void **unused) {
    (void)unused;
    for (int k = 0; k <= 4; k++) {
        const float frames = 0.5F * (float)k;
        struct rig r = still(frames * 1000 / (float)RATE, 0);
        rig_set(&r, "rate", 2);
        rig_start(&r);
        struct audio a = audio_new(1, 48000);
        audio_sine(&a, RATE, 15000, -12);
        rig_run(&r, &a, NULL, 512);
        double least = INFINITY, most = -INFINITY;
        for (int64_t at = 4800; at + 480 <= a.frames; at += 480) {
            const double db = sine_level(a.at[0], at, at + 480, RATE, 15000, NULL);
            least = fmin(least, db);
            most = fmax(most, db);
        }
        figure("manual at %.1f frames, depth 0: 15 kHz moves by %.3f dB (0.01)", (double)frames,
               most - least);
        assert_true(most - least < 0.01);
        audio_free(&a);
        rig_close(&r);
    }
}

static struct audio noise(double seconds) {
    struct audio a = audio_new(1, (int64_t)(seconds * RATE));
    uint64_t seed = 9;
    for (int64_t i = 0; i < a.frames; i++)
        a.at[0][i] = 0.5F * noise_next(&seed);
    return a;
}

static double power_db(const float *x, int64_t from, int64_t to) {
    double sum = 0;
    for (int64_t i = from; i < to; i++)
        sum += (double)x[i] * (double)x[i];
    return 10 * log10(sum / (double)(to - from));
}

// The copy is 2 ms sin(pi t) away: turned over, it leaves nothing where it meets the signal, and
// passes to the other side there.
static void the_copy_goes_through_zero(void **unused) {
    (void)unused;
    struct rig r = rig_open("flanger", RATE, 1, 0);
    rig_set(&r, "through zero", 1);
    rig_set(&r, "manual", 0);
    rig_set(&r, "depth", 2);
    rig_set(&r, "rate", 0.5F);
    rig_set(&r, "feedback", 0);
    rig_set(&r, "invert", 1);
    rig_start(&r);
    struct audio a = noise(3);
    rig_run(&r, &a, NULL, 512);
    // 1 s of the sweep: the line is read 1 s after its start, whatever the latency
    const double all = power_db(a.at[0], 4800, a.frames);
    const double met = power_db(a.at[0], 48000 - 8, 48000 + 8);
    const double wide = power_db(a.at[0], 72000 - 240, 72000 + 240);
    figure("%d frames late; noise at %.1f dB, %.1f where they meet (30 less), %.1f far away",
           r.latency, all, met, wide);
    assert_int_equal(r.latency, 247);
    assert_true(met < all - 30 && fabs(wide - all) < 1);
    audio_free(&a);
    rig_close(&r);
}

static void mix_0_leaves_every_bit(void **unused) {
    (void)unused;
    struct rig r = rig_open("flanger", RATE, 1, 0);
    rig_set(&r, "mix", 0);
    rig_start(&r);
    struct audio in = noise(1), out = noise(1);
    rig_run(&r, &out, NULL, 100);
    assert_memory_equal(in.at[0], out.at[0] + r.latency,
                        sizeof(float) * (size_t)(in.frames - r.latency));
    audio_free(&in);
    audio_free(&out);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notches_lie_where_theory_puts_them),
        cmocka_unit_test(feedback_makes_the_peaks_it_should),
        cmocka_unit_test(no_feedback_fills_up_the_notches),
        cmocka_unit_test(feedback_goes_where_the_delay_is_too_short_for_it),
        cmocka_unit_test(without_depth_nothing_sways),
        cmocka_unit_test(the_copy_goes_through_zero),
        cmocka_unit_test(mix_0_leaves_every_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
