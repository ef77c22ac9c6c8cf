// SPDX-License-Identifier: GPL-3.0-or-later
// Gain: levels to a hundredth of a dB, polarity, delays to the sample.
#include "contract/rig.h"

struct params {
    float gain, invert, delay, delay_samples;
};

static const struct ton_processor *gain(void) {
    return ton_processor_find("gain", NULL);
}

static void the_level_changes_by_what_it_says(void **unused) {
    (void)unused;
    static const float dbs[] = {-119, -60, -6.02F, -0.1F, 0, 3, 36};
    double worst = 0.0;
    for (int k = 0; k < TON_N(dbs); k++) {
        const struct params p = {.gain = dbs[k]};
        struct audio in = audio_noise(1, 100, 0.5, 1);
        struct audio out = rig_output(gain(), 48000, (const float *)&p, &in, NULL);
        for (int i = 0; i < 100; i++)
            worst = fmax(worst, fabs(to_db(fabs((double)out.at[0][i] / (double)in.at[0][i])) -
                                     (double)dbs[k]));
        audio_destroy(&in);
        audio_destroy(&out);
    }
    figure("worst error of -119 … +36 dB: %.7f dB", worst);
    assert_true(worst < 1e-5);
}

static void off_is_silence(void **unused) {
    (void)unused;
    const struct params p = {.gain = -120};
    struct audio in = audio_noise(2, 100, 1.0, 2);
    struct audio out = rig_output(gain(), 48000, (const float *)&p, &in, NULL);
    assert_true(audio_peak(&out, 0) == 0.0);
    char text[32];
    assert_string_equal(ton_row_format(text, sizeof text, &gain()->rows[0], p.gain), "off");
    audio_destroy(&in);
    audio_destroy(&out);
}

static void polarity_turns_over_the_named_channels(void **unused) {
    (void)unused;
    static const float signs[4][3] = {{1, 1, 1}, {-1, -1, -1}, {-1, 1, 1}, {1, -1, 1}};
    for (int invert = 0; invert < 4; invert++) {
        const struct params p = {.invert = (float)invert};
        struct audio in = audio_noise(3, 100, 1.0, 3);
        struct audio out = rig_output(gain(), 48000, (const float *)&p, &in, NULL);
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < 100; i++)
                assert_true(out.at[c][i] == signs[invert][c] * in.at[c][i]);
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

static void delays_add_up_to_the_sample(void **unused) {
    (void)unused;
    static const struct {
        double rate;
        float ms, samples;
        int frames;
    } cases[] = {{48000, 0, 1, 1},        {48000, 1, 0, 48},          {44100, 10, 7, 448},
                 {44100, 0.34F, 0, 15},   {96000, 500, 48000, 96000}, {8000, 0.05F, 0, 0},
                 {384000, 500, 1, 192001}};
    for (int k = 0; k < TON_N(cases); k++) {
        const struct params p = {.delay = cases[k].ms, .delay_samples = cases[k].samples};
        const struct ton_config config = rig_config(cases[k].rate, 2, 512);
        struct audio in = audio_noise(2, cases[k].frames + 1000, 1.0, 4);
        struct audio out = rig_output(gain(), cases[k].rate, (const float *)&p, &in, NULL);
        for (int c = 0; c < 2; c++)
            for (int i = 0; i < out.frames; i++)
                assert_true(out.at[c][i] ==
                            (i < cases[k].frames ? 0.0F : in.at[c][i - cases[k].frames]));
        assert_int_equal(gain()->tail(&config, (const float *)&p), cases[k].frames);
        figure("%6.0f Hz: %.2f ms + %.0f samples = %d frames", cases[k].rate, (double)cases[k].ms,
               (double)cases[k].samples, cases[k].frames);
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

static void a_new_level_is_reached_on_a_straight_line(void **unused) {
    (void)unused;
    struct params p = {.gain = 0};
    struct audio in = audio_create(1, 200), out = audio_create(1, 200);
    for (int i = 0; i < 200; i++)
        in.at[0][i] = 1.0F;
    struct rig r = rig_create(gain(), rig_config(48000, 1, 200), (const float *)&p);
    r.params[0] = -120;
    rig_update(&r);
    rig_run(&r, &out, &in, NULL);
    double steepest = 0.0;
    for (int i = 1; i < 200; i++)
        steepest = fmax(steepest, (double)out.at[0][i - 1] - (double)out.at[0][i]);
    figure("1 to 0 in steps of at most %.5f, over after 64 frames", steepest);
    assert_true(steepest < 1.0 / 63.0 && out.at[0][63] == 0.0F && out.at[0][62] > 0.0F);
    rig_destroy(&r);
    audio_destroy(&in);
    audio_destroy(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_level_changes_by_what_it_says),
        cmocka_unit_test(off_is_silence),
        cmocka_unit_test(polarity_turns_over_the_named_channels),
        cmocka_unit_test(delays_add_up_to_the_sample),
        cmocka_unit_test(a_new_level_is_reached_on_a_straight_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
