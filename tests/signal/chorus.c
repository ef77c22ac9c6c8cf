// SPDX-License-Identifier: GPL-3.0-or-later
// Chorus: detuned by what rate and depth say, and usable in mono.
#include "sway.h"

#define RATE 48000.0

static struct rig chorus(int channels, float voices, float mix) {
    struct rig r = rig_open("chorus", RATE, channels, 0);
    rig_set(&r, "voices", voices);
    rig_set(&r, "mix", mix);
    rig_set(&r, "low cut", 10);
    return r;
}

static void the_pitch_strays_by_rate_times_depth(void **unused) {
    (void)unused;
    static const struct {
        float rate, depth, delay;
    } cases[] = {{0.6F, 1.5F, 12}, {0.25F, 4, 20}, {2, 1, 5}, {5, 0.6F, 8}, {1, 10, 50}};
    for (int k = 0; k < TON_N(cases); k++) {
        struct rig r = chorus(1, 1, 100);
        rig_set(&r, "rate", cases[k].rate);
        rig_set(&r, "depth", cases[k].depth);
        rig_set(&r, "delay", cases[k].delay);
        rig_start(&r);
        struct audio a = audio_new(1, (int64_t)(9 * RATE));
        audio_sine(&a, RATE, 2000, -6);
        rig_run(&r, &a, NULL, 512);
        rig_close(&r);
        double cents[2];
        pitch_range(cents, a.at[0], 9600, a.frames, RATE, 2000);
        const double bend = 2 * M_PI * (double)cases[k].rate * (double)cases[k].depth / 1000;
        const double up = 1200 * log2(1 + bend), down = 1200 * log2(1 - bend);
        figure("%.2f Hz, %.1f ms: %+.2f … %+.2f cents (%+.2f … %+.2f)", (double)cases[k].rate,
               (double)cases[k].depth, cents[0], cents[1], down, up);
        assert_true(fabs(cents[0] - down) < 1 && fabs(cents[1] - up) < 1);
        audio_free(&a);
    }
}

// Where the echoes of a click lie, and how high they are.
static void voices_are_spread_evenly_over_the_cycle(void **unused) {
    (void)unused;
    struct rig r = chorus(2, 2, 100);
    rig_set(&r, "rate", 0.01F);
    rig_set(&r, "depth", 4);
    rig_set(&r, "delay", 20);
    rig_start(&r);
    struct audio a = audio_new(2, 4800);
    a.at[0][0] = a.at[1][0] = 1;
    rig_run(&r, &a, NULL, 512);
    rig_close(&r);
    // left: sines of 0 and 180 degrees; right: of 90 and 270, at the start
    static const int places[2][2] = {{960, 960}, {960 + 192, 960 - 192}};
    for (int c = 0; c < 2; c++)
        for (int v = 0; v < 2; v++) {
            double sum = 0;
            for (int i = -12; i <= 12; i++)
                sum += (double)a.at[c][places[c][v] + i];
            figure("%s: %.3f around %d frames", c ? "right" : "left", sum, places[c][v]);
            assert_true(fabs(sum - (c ? 1 : 2) / sqrt(2)) < 0.01);
        }
    audio_free(&a);
}

static struct audio noise_through(struct rig *r) {
    rig_start(r);
    struct audio a = audio_new(2, (int64_t)(20 * RATE));
    uint64_t seed = 3;
    for (int64_t i = 0; i < a.frames; i++)
        a.at[0][i] = a.at[1][i] = 0.25F * noise_next(&seed);
    rig_run(r, &a, NULL, 512);
    rig_close(r);
    return a;
}

static void it_folds_to_mono(void **unused) {
    (void)unused;
    struct rig r = rig_open("chorus", RATE, 2, 0);
    struct audio a = noise_through(&r);
    double ll = 0, rr = 0, lr = 0, mono = 0;
    for (int64_t i = 4800; i < a.frames; i++) {
        const double l = (double)a.at[0][i], right = (double)a.at[1][i];
        ll += l * l;
        rr += right * right;
        lr += l * right;
        mono += (l + right) * (l + right) / 4;
    }
    const double fold = 10 * log10(2 * mono / (ll + rr)), input = 0.25 * 0.25 / 3;
    figure(
        "defaults, mono noise: mono is %.2f dB below left and right (at most 2), correlation "
        "%+.2f (at least 0.3), left/right %+.2f dB (within 0.1), level %+.2f dB (-3.2, within 0.5)",
        -fold, lr / sqrt(ll * rr), 10 * log10(ll / rr),
        10 * log10(ll / (double)(a.frames - 4800) / input));
    assert_true(fold > -2 && lr / sqrt(ll * rr) > 0.3 && fabs(10 * log10(ll / rr)) < 0.1);
    assert_true(fabs(10 * log10(ll / (double)(a.frames - 4800) / input) + 3.2) < 0.5);
    audio_free(&a);
    r = rig_open("chorus", RATE, 2, 0);
    rig_set(&r, "spread", 0);
    a = noise_through(&r);
    assert_memory_equal(a.at[0], a.at[1], sizeof(float) * (size_t)a.frames);
    audio_free(&a);
}

static void the_voices_have_no_lows(void **unused) {
    (void)unused;
    static const double hz[] = {60, 120, 480}, expected[] = {-12.305, -3.010, -0.017};
    for (int k = 0; k < TON_N(hz); k++) {
        struct rig r = chorus(1, 1, 100);
        rig_set(&r, "low cut", 120);
        rig_set(&r, "depth", 0);
        rig_start(&r);
        struct audio a = audio_new(1, (int64_t)(2 * RATE));
        audio_sine(&a, RATE, hz[k], -6);
        rig_run(&r, &a, NULL, 512);
        rig_close(&r);
        const double db = sine_level(a.at[0], 48000, 96000, RATE, hz[k], NULL) + 6;
        figure("%3.0f Hz with a low cut at 120 Hz: %.2f dB (%.2f)", hz[k], db, expected[k]);
        assert_true(fabs(db - expected[k]) < 0.05);
        audio_free(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pitch_strays_by_rate_times_depth),
        cmocka_unit_test(voices_are_spread_evenly_over_the_cycle),
        cmocka_unit_test(it_folds_to_mono),
        cmocka_unit_test(the_voices_have_no_lows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
