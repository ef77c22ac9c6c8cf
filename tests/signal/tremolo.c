// SPDX-License-Identifier: GPL-3.0-or-later
// Tremolo: as deep and as fast as it says, and nothing at depth 0.
#include "rig.h"

#define RATE 48000.0

enum { SINE, TRIANGLE, SQUARE, RAMP_DOWN, RAMP_UP };
static const char *const shape_names[] = {"sine", "triangle", "square", "ramp down", "ramp up"};

// The gain itself: what it makes of a constant 1.
static struct audio gains(struct rig *r, int channels, double seconds) {
    rig_start(r);
    struct audio a = audio_new(channels, (int64_t)(seconds * RATE));
    for (int c = 0; c < channels; c++)
        for (int64_t i = 0; i < a.frames; i++)
            a.at[c][i] = 1;
    rig_run(r, &a, NULL, 777);
    rig_close(r);
    return a;
}

static void span(const struct audio *a, int channel, double *least, double *most) {
    *least = INFINITY;
    *most = -INFINITY;
    for (int64_t i = 0; i < a->frames; i++) {
        *least = fmin(*least, (double)a->at[channel][i]);
        *most = fmax(*most, (double)a->at[channel][i]);
    }
}

static void it_is_as_deep_as_it_says(void **unused) {
    (void)unused;
    static const float depths[] = {1, 10, 50, 90, 99};
    double worst = 0;
    for (int shape = SINE; shape <= RAMP_UP; shape++)
        for (int k = 0; k < TON_N(depths); k++) {
            struct rig r = rig_open("tremolo", RATE, 1, 0);
            rig_set(&r, "shape", (float)shape);
            rig_set(&r, "depth", depths[k]);
            struct audio a = gains(&r, 1, 2);
            double least, most;
            span(&a, 0, &least, &most);
            const double deep = 20 * log10(1 - (double)depths[k] / 100);
            worst = fmax(worst, fabs(ton_gain_to_db(least) - deep));
            worst = fmax(worst, fabs(ton_gain_to_db(most)));
            audio_free(&a);
        }
    figure("1 to 99 %%, all shapes: highest and lowest gain off by %.4f dB (at most 0.05)", worst);
    assert_true(worst < 0.05);
    struct rig r = rig_open("tremolo", RATE, 1, 0);
    rig_set(&r, "depth", 100);
    struct audio a = gains(&r, 1, 2);
    double least, most;
    span(&a, 0, &least, &most);
    figure("100 %%: down to %.1f dB (under -100)", ton_gain_to_db(least));
    assert_true(ton_gain_to_db(least) < -100);
    audio_free(&a);
}

// Cycles a second, from the first to the last fall through half way.
static double rate_of(const struct audio *a, double half) {
    double first = -1, last = -1;
    int cycles = -1;
    for (int64_t i = 1; i < a->frames; i++) {
        const double before = (double)a->at[0][i - 1], now = (double)a->at[0][i];
        if (before < half || now >= half)
            continue;
        last = (double)i - (half - now) / (before - now);
        first = first < 0 ? last : first;
        cycles++;
    }
    return cycles / (last - first) * RATE;
}

static void it_is_as_fast_as_it_says(void **unused) {
    (void)unused;
    static const struct {
        float rate;
        double tempo, hz;
    } cases[] = {{0.2F, 120, 0.2},       {4, 120, 4},    {5.7F, 120, 5.7},   {40, 120, 40},
                 {-0.5F, 96, 96 / 30.0}, {-1.5F, 90, 1}, {-1.0F / 3, 120, 6}};
    double worst = 0;
    for (int shape = SINE; shape <= RAMP_UP; shape++)
        for (int k = 0; k < TON_N(cases); k++) {
            struct rig r = rig_open("tremolo", RATE, 1, 0);
            r.config.tempo = cases[k].tempo;
            rig_set(&r, "shape", (float)shape);
            rig_set(&r, "rate", cases[k].rate);
            struct audio a = gains(&r, 1, 20);
            worst = fmax(worst, fabs(rate_of(&a, 0.75) / cases[k].hz - 1));
            audio_free(&a);
        }
    figure("0.2 to 40 Hz, 1/8, 1/4. and 1/8t: rate off by %.5f %% (at most 0.1)", 100 * worst);
    assert_true(worst < 0.001);
}

// The shape's own curve, written down once more: open at a part of the cycle, edges left out.
static double ideal(int shape, double p) {
    switch (shape) {
    case SINE:
        return 0.5 + 0.5 * cos(2 * M_PI * p);
    case TRIANGLE:
        return fabs(1 - 2 * p);
    case SQUARE:
        return p < 0.5 ? 1 : 0;
    case RAMP_DOWN:
        return 1 - p;
    default:
        return p;
    }
}

static void shapes_are_those_of_the_names_and_do_not_click(void **unused) {
    (void)unused;
    for (int shape = SINE; shape <= RAMP_UP; shape++) {
        struct rig r = rig_open("tremolo", RATE, 1, 0);
        rig_set(&r, "shape", (float)shape);
        rig_set(&r, "depth", 100);
        rig_set(&r, "rate", 2);
        struct audio a = gains(&r, 1, 4);
        double off = 0, step = 0;
        for (int64_t i = 1; i < a.frames; i++) {
            const double p = fmod(2 * (double)i / RATE, 1), edge = 0.011; // 5 ms are 1 %
            const bool near_edge = p < edge || p > 1 - edge || fabs(p - 0.5) < edge;
            if (shape <= TRIANGLE || !near_edge)
                off = fmax(off, fabs((double)a.at[0][i] - ideal(shape, p)));
            step = fmax(step, fabs((double)a.at[0][i] - (double)a.at[0][i - 1]));
        }
        // 3/2 in the middle of a smooth step that takes 5 ms
        figure("%-9s off by %.4f (at most 0.011), steepest %.4f a frame (at most 0.0065)",
               shape_names[shape], off, step);
        assert_true(off < 0.011 && step < 0.0065);
        audio_free(&a);
    }
}

static void depth_0_leaves_every_bit(void **unused) {
    (void)unused;
    for (int harmonic = 0; harmonic <= 1; harmonic++) {
        struct rig r = rig_open("tremolo", RATE, 2, 0);
        rig_set(&r, "depth", 0);
        rig_set(&r, "stereo phase", 77);
        rig_set(&r, "harmonic", (float)harmonic);
        rig_start(&r);
        struct audio a = audio_new(2, 48000);
        uint64_t seed = 5, again = 5;
        for (int64_t i = 0; i < a.frames; i++)
            for (int c = 0; c < 2; c++)
                a.at[c][i] = noise_next(&seed);
        rig_run(&r, &a, NULL, 500);
        for (int64_t i = 0; i < a.frames; i++)
            for (int c = 0; c < 2; c++)
                assert_true(a.at[c][i] == noise_next(&again));
        audio_free(&a);
        rig_close(&r);
    }
    figure("48000 frames of noise are the same bits, harmonic or not");
}

static void opposite_phase_pans_and_keeps_the_sum(void **unused) {
    (void)unused;
    struct rig r = rig_open("tremolo", RATE, 2, 0);
    rig_set(&r, "depth", 100);
    rig_set(&r, "stereo phase", 180);
    struct audio a = gains(&r, 2, 2);
    double off = 0, least, most;
    for (int64_t i = 0; i < a.frames; i++)
        off = fmax(off, fabs((double)a.at[0][i] + (double)a.at[1][i] - 1));
    span(&a, 1, &least, &most);
    figure("left and right add up to 1 within %.1e (at most 1e-6); right goes from %.4f to %.4f",
           off, least, most);
    assert_true(off < 1e-6 && least < 1e-4 && most > 0.9999);
    assert_true(a.at[0][0] > 0.9999F && a.at[1][0] < 1e-4F); // from the left, at the start
    audio_free(&a);
}

// Level of a sine in the hundredth of a second around a place of the cycle, re what goes in.
static double level_at(double hz, double place) {
    struct rig r = rig_open("tremolo", RATE, 1, 0);
    rig_set(&r, "depth", 80);
    rig_set(&r, "rate", 0.5F);
    rig_set(&r, "harmonic", 1);
    rig_start(&r);
    struct audio a = audio_new(1, (int64_t)(6 * RATE));
    audio_sine(&a, RATE, hz, 0);
    rig_run(&r, &a, NULL, 512);
    rig_close(&r);
    const int64_t middle = (int64_t)((2 + 2 * place) * RATE);
    const double level = sine_level(a.at[0], middle - 240, middle + 240, RATE, hz, NULL);
    audio_free(&a);
    return level;
}

static void harmonic_swings_lows_against_highs(void **unused) {
    (void)unused;
    const double low[] = {level_at(100, 0), level_at(100, 0.5)};
    const double high[] = {level_at(5000, 0), level_at(5000, 0.5)};
    // 6 dB/oct around 700 Hz: L = 1 / (1 + jf/700); at the ends of the swing one part has a gain of
    // 1 and the other of 0.2
    const double f = 100 / 700.0, g = 5000 / 700.0;
    const double low_loud = 10 * log10((1 + 0.04 * f * f) / (1 + f * f));
    const double low_soft = 10 * log10((0.04 + f * f) / (1 + f * f));
    const double high_soft = 10 * log10((1 + 0.04 * g * g) / (1 + g * g));
    const double high_loud = 10 * log10((0.04 + g * g) / (1 + g * g));
    figure("100 Hz: %.2f dB (%.2f), half a cycle later %.2f (%.2f)", low[0], low_loud, low[1],
           low_soft);
    figure("5 kHz: %.2f dB (%.2f), half a cycle later %.2f (%.2f)", high[0], high_soft, high[1],
           high_loud);
    assert_true(fabs(low[0] - low_loud) < 0.1 && fabs(low[1] - low_soft) < 0.1);
    assert_true(fabs(high[0] - high_soft) < 0.15 && fabs(high[1] - high_loud) < 0.15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_as_deep_as_it_says),
        cmocka_unit_test(it_is_as_fast_as_it_says),
        cmocka_unit_test(shapes_are_those_of_the_names_and_do_not_click),
        cmocka_unit_test(depth_0_leaves_every_bit),
        cmocka_unit_test(opposite_phase_pans_and_keeps_the_sum),
        cmocka_unit_test(harmonic_swings_lows_against_highs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
