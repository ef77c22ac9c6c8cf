// SPDX-License-Identifier: GPL-3.0-or-later
// The delay as a tape: wavers as far as it says, loses what it says, bends the pitch, never runs
// away.
#include "sway.h"

#include <string.h>

#define RATE 48000.0
enum { SECOND = 48000 };

static struct rig tape(int channels, float wow, float flutter, float saturation) {
    struct rig r = rig_open("delay", RATE, channels, 0);
    rig_set(&r, "mode", 1);
    rig_set(&r, "mix", 100);
    rig_set(&r, "feedback", 0);
    rig_set(&r, "wow", wow);
    rig_set(&r, "flutter", flutter);
    rig_set(&r, "saturation", saturation);
    return r;
}

static void wow_and_flutter_are_as_many_cents_as_set(void **unused) {
    (void)unused;
    static const struct {
        float wow, flutter;
    } cases[] = {{5, 0}, {50, 0}, {0, 3}, {0, 20}, {0, 0}};
    for (int k = 0; k < TON_N(cases); k++) {
        struct rig r = tape(1, cases[k].wow, cases[k].flutter, 0);
        rig_start(&r);
        struct audio a = audio_new(1, (int64_t)(12 * RATE));
        audio_sine(&a, RATE, 2000, -20);
        rig_run(&r, &a, NULL, 512);
        rig_close(&r);
        double cents[2];
        pitch_range(cents, a.at[0], 24000, a.frames, RATE, 2000);
        const double set = (double)(cases[k].wow + cases[k].flutter);
        figure("wow %.0f, flutter %.0f cents: %+.2f … %+.2f", (double)cases[k].wow,
               (double)cases[k].flutter, cents[0], cents[1]);
        assert_true(fabs(cents[1] - set) < 0.05 + 0.02 * set);
        assert_true(fabs(cents[0] + set) < 0.05 + 0.04 * set);
        audio_free(&a);
    }
}

static double level_at(const float *x, int64_t from, int64_t n, double hz) {
    double re = 0, im = 0;
    for (int64_t i = from; i < from + n; i++) {
        re += (double)x[i] * cos(2 * M_PI * hz / RATE * (double)i);
        im += (double)x[i] * sin(2 * M_PI * hz / RATE * (double)i);
    }
    return ton_gain_to_db(hypot(re, im));
}

static void each_pass_loses_lows_and_highs(void **unused) {
    (void)unused;
    struct rig r = tape(1, 0, 0, 0);
    rig_set(&r, "time", 500);
    rig_set(&r, "feedback", 80);
    rig_start(&r);
    struct audio a = audio_new(1, 24000 * 4);
    a.at[0][0] = 0.01F;
    rig_run(&r, &a, NULL, 512);
    rig_close(&r);
    for (int k = 1; k <= 3; k++) {
        const double re = -40 + ton_gain_to_db(0.8) * (k - 1);
        const int64_t from = 24000 * k - 200;
        const double low = level_at(a.at[0], from, 24000, 40) - re;
        const double middle = level_at(a.at[0], from, 24000, 700) - re;
        const double high = level_at(a.at[0], from, 24000, 8000) - re;
        figure("pass %d: 40 Hz %+.2f dB, 700 Hz %+.2f, 8 kHz %+.2f (-3.01, 0, -3.15 each)", k, low,
               middle, high);
        // 700 Hz: 10 log10 of 1 + (40/700)^2 and 1 + (700/8000)^2
        assert_true(fabs(low + 3.01 * k) < 0.1 * k && fabs(middle + 0.047 * k) < 0.02 * k);
        assert_true(fabs(high + 3.15 * k) < 0.1 * k);
    }
    audio_free(&a);
}

// Fundamental of drive x / sqrt(1 + (drive x)^2) / drive of a sine, by its own sum.
static double saturated_db(double amplitude, double drive) {
    double sum = 0;
    for (int i = 0; i < 4096; i++) {
        const double s = sin(2 * M_PI * i / 4096), x = drive * amplitude * s;
        sum += x / sqrt(1 + x * x) / drive * s / 2048;
    }
    return ton_gain_to_db(sum);
}

static void loud_repeats_are_saturated_and_soft_ones_are_not(void **unused) {
    (void)unused;
    static const float saturations[] = {0, 50, 100};
    static const double levels[] = {-40, -12, 0, 12};
    for (int k = 0; k < TON_N(saturations); k++)
        for (int l = 0; l < TON_N(levels); l++) {
            struct rig r = tape(1, 0, 0, saturations[k]);
            rig_start(&r);
            struct audio a = audio_new(1, 48000);
            audio_sine(&a, RATE, 700, levels[l]);
            rig_run(&r, &a, NULL, 512);
            rig_close(&r);
            double rest;
            const double is = sine_level(a.at[0], 24000, 48000, RATE, 700, &rest);
            const double drive = 0.25 * pow(16, (double)saturations[k] / 100);
            const double should = saturated_db(ton_db_to_gain(levels[l]), drive) - 0.047;
            figure("saturation %3.0f %%, %+.0f dBFS: %.2f dBFS (%.2f), distortion %.0f dB",
                   (double)saturations[k], levels[l], is, should, rest);
            assert_true(fabs(is - should) < 0.03);
            audio_free(&a);
        }
}

// Nothing of what a symmetrical curve makes of 10 kHz lies below the Nyquist frequency, so all that
// is not the tone has folded back.
static void what_folds_back_is_as_little_as_the_text_says(void **unused) {
    (void)unused;
    static const struct {
        float saturation;
        double level, bar;
    } cases[] = {{30, -12, -68}, {30, 0, -45}, {100, 0, -24}};
    for (int k = 0; k < TON_N(cases); k++) {
        struct rig r = tape(1, 0, 0, cases[k].saturation);
        rig_start(&r);
        struct audio a = audio_new(1, 96000);
        audio_sine(&a, RATE, 9997, cases[k].level);
        rig_run(&r, &a, NULL, 512);
        rig_close(&r);
        double rest;
        sine_level(a.at[0], 48000, 96000, RATE, 9997, &rest);
        figure("saturation %3.0f %%, 9997 Hz at %+.0f dBFS: %.1f dB fold back (%.0f)",
               (double)cases[k].saturation, cases[k].level, rest, cases[k].bar);
        assert_true(rest <= cases[k].bar);
        audio_free(&a);
    }
}

static void it_never_runs_away(void **unused) {
    (void)unused;
    static const float feedbacks[] = {100, 110};
    for (int k = 0; k < TON_N(feedbacks); k++) {
        struct rig r = tape(2, 15, 5, 50);
        rig_set(&r, "feedback", feedbacks[k]);
        rig_set(&r, "time", 120);
        rig_start(&r);
        struct audio a = audio_new(2, (int64_t)(60 * RATE));
        uint64_t seed = 4;
        for (int64_t i = 0; i < a.frames; i++)
            for (int c = 0; c < 2; c++)
                a.at[c][i] = i < 30 * SECOND ? noise_next(&seed) : 0;
        rig_run(&r, &a, NULL, 4096);
        double most = 0, last = 0;
        for (int64_t i = 0; i < a.frames; i++) {
            assert_true(isfinite(a.at[0][i]));
            most = fmax(most, fabs((double)a.at[0][i]));
            if (i >= 59 * SECOND)
                last = fmax(last, fabs((double)a.at[0][i]));
        }
        // drive 1 at 50 %: the layer gives at most 1, and the cuts after it ring a little
        figure(
            "feedback %.0f %%: 30 s of noise at full scale, then silence: at most %.2f (1.9), in "
            "the last second %.2f",
            (double)feedbacks[k], most, last);
        assert_true(most <= 1.9);
        assert_true(feedbacks[k] < 105 || last > 0.1); // it goes on by itself
        assert_true(r.processor->tail(&r.config, r.params) == INT64_MAX);
        audio_free(&a);
        rig_close(&r);
    }
}

// The least and the greatest pitch between two rises through 0, in cents re `hz`.
static void pitch_of_rises(double cents[2], const float *x, int64_t from, int64_t to, double hz) {
    double before = NAN;
    cents[0] = INFINITY;
    cents[1] = -INFINITY;
    for (int64_t i = from; i < to; i++) {
        if (x[i - 1] >= 0 || x[i] < 0)
            continue;
        const double rise = (double)i - (double)x[i] / ((double)x[i] - (double)x[i - 1]);
        const double is = 1200 * log2(RATE / (rise - before) / hz);
        before = rise;
        if (isnan(is))
            continue;
        cents[0] = fmin(cents[0], is);
        cents[1] = fmax(cents[1], is);
    }
}

// A sine while the time goes to another one: the pitch on the way, and the delay in the end.
static void check_glide(float from, float to, double least, double most) {
    struct rig r = tape(1, 0, 0, 0);
    rig_set(&r, "time", from);
    rig_start(&r);
    struct audio a = audio_new(1, (int64_t)(6 * RATE));
    audio_sine(&a, RATE, 1000, -20);
    struct audio part = {.channels = 1, .frames = 48000, .at = (float *[]){a.at[0]}};
    rig_run(&r, &part, NULL, 512);
    rig_set(&r, "time", to);
    part = (struct audio){
        .channels = 1, .frames = a.frames - 48000, .at = (float *[]){a.at[0] + 48000}};
    rig_run(&r, &part, NULL, 512);
    double cents[2], after[2];
    pitch_of_rises(cents, a.at[0], 47000, 120000, 1000);
    pitch_range(after, a.at[0], a.frames - 48000, a.frames, RATE, 1000);
    double step = 0;
    for (int64_t i = 48000; i < a.frames; i++)
        step = fmax(step, fabs((double)a.at[0][i] - (double)a.at[0][i - 1]));
    figure("%.0f to %.0f ms: %+.0f … %+.0f cents, %+.3f … %+.3f at rest; steepest %.4f (0.027 is "
           "the sine an octave up)",
           (double)from, (double)to, cents[0], cents[1], after[0], after[1], step);
    assert_true(fabs(cents[0] - least) < 20 && fabs(cents[1] - most) < 20);
    assert_true(fabs(after[0]) < 0.01 && fabs(after[1]) < 0.01 && step < 0.0275);
    audio_free(&a);
    rig_close(&r);
}

static void a_new_time_bends_the_pitch(void **unused) {
    (void)unused;
    check_glide(250, 600, -1200, 0);
    check_glide(600, 250, 0, 1200);
}

static void the_echo_comes_at_the_time(void **unused) {
    (void)unused;
    static const float times[] = {5, 100, 350.5F, 3999};
    for (int k = 0; k < TON_N(times); k++) {
        struct rig r = tape(1, 0, 0, 0);
        rig_set(&r, "time", times[k]);
        rig_start(&r);
        struct audio a = audio_new(1, (int64_t)(4.1 * RATE));
        a.at[0][0] = 0.01F;
        rig_run(&r, &a, NULL, 512);
        int64_t echo = 0;
        for (int64_t i = 0; i < a.frames; i++)
            echo = fabsf(a.at[0][i]) > fabsf(a.at[0][echo]) ? i : echo;
        figure("%.1f ms: after %.3f ms", (double)times[k], 1000 * (double)echo / RATE);
        assert_true(fabs((double)echo - (double)times[k] / 1000 * RATE) < 1);
        audio_free(&a);
        rig_close(&r);
    }
}

// Of a 10 kHz sine: what lies neither there nor at 20 kHz came back over the Nyquist frequency.
static void a_bright_sound_does_not_alias_much(void **unused) {
    (void)unused;
    struct rig r = tape(1, 0, 0, 50);
    rig_start(&r);
    struct audio a = audio_new(1, 96000);
    audio_sine(&a, RATE, 10000, -12);
    rig_run(&r, &a, NULL, 512);
    double rest;
    const double level = sine_level(a.at[0], 48000, 96000, RATE, 10000, &rest);
    figure("10 kHz at -12 dBFS, saturation 50 %%: %.1f dBFS, aliases %.1f dB below (at least 50)",
           level, -rest);
    assert_true(rest < -50);
    audio_free(&a);
    rig_close(&r);
}

static void digital_repeats_of_parts_add_up(void **unused) {
    (void)unused;
    struct audio whole = audio_new(2, 96000), parts[2] = {audio_new(2, 96000), audio_new(2, 96000)};
    uint64_t seed = 6;
    for (int64_t i = 0; i < whole.frames; i++)
        for (int c = 0; c < 2; c++)
            for (int k = 0; k < 2; k++) {
                parts[k].at[c][i] = rintf(30000 * noise_next(&seed)) / 131072;
                whole.at[c][i] += parts[k].at[c][i];
            }
    struct audio *all[] = {&whole, &parts[0], &parts[1]};
    for (int k = 0; k < 3; k++) {
        struct rig r = rig_open("delay", RATE, 2, 0);
        rig_set(&r, "ping pong", 1);
        rig_set(&r, "high cut", 3000);
        rig_start(&r);
        rig_run(&r, all[k], NULL, 512);
        rig_close(&r);
    }
    assert_parts_add_up(&whole, parts);
    for (int k = 0; k < 3; k++)
        audio_free(all[k]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wow_and_flutter_are_as_many_cents_as_set),
        cmocka_unit_test(each_pass_loses_lows_and_highs),
        cmocka_unit_test(loud_repeats_are_saturated_and_soft_ones_are_not),
        cmocka_unit_test(what_folds_back_is_as_little_as_the_text_says),
        cmocka_unit_test(it_never_runs_away),
        cmocka_unit_test(a_new_time_bends_the_pitch),
        cmocka_unit_test(the_echo_comes_at_the_time),
        cmocka_unit_test(a_bright_sound_does_not_alias_much),
        cmocka_unit_test(digital_repeats_of_parts_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
