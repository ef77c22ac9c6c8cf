// SPDX-License-Identifier: GPL-3.0-or-later
// Flanger: notches where the delay puts them, as deep as the mix allows, also through zero.
#include "notches.h"

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
    check_notches(1, -60, true, false);
    check_notches(1.3F, 40, false, true);
}

// Peak and notch of the sum (1 + A) / (1 - g A) / 2 are 1 / (1 - g) and 0; of a negative g without
// inversion, at A = -1, (1 - 1 / (1 + g)) / 2.
static void feedback_makes_the_peaks_it_should(void **unused) {
    (void)unused;
    static const struct {
        float feedback;
        double hz, gain;
    } cases[] = {{0, 1000, 1}, {50, 1000, 2}, {80, 1000, 5}, {-50, 500, 0.5}, {-80, 1500, 2}};
    for (int k = 0; k < TON_N(cases); k++) {
        struct rig r = still(1, cases[k].feedback);
        struct audio a = impulse_of(&r, 48000);
        const double is = gain_at(a.at[0], a.frames, RATE, cases[k].hz);
        figure("%+.0f %%: %.0f Hz at %.2f dB (%.2f)", (double)cases[k].feedback, cases[k].hz,
               ton_gain_to_db(is), ton_gain_to_db(cases[k].gain));
        assert_true(fabs(ton_gain_to_db(is / cases[k].gain)) < 0.05);
        audio_free(&a);
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
        cmocka_unit_test(the_copy_goes_through_zero),
        cmocka_unit_test(mix_0_leaves_every_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
