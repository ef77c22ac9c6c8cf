/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with the recording of a sweep, or that nothing is. */
#include "sweep_rig.h"

static unsigned trouble_of(const char *what, const struct ton_sweep *s, const float *from, int n) {
    struct ton_err err = {.text = "nothing"};
    const struct ton_sweep_heard h = hear(s, from, n);
    ton_sweep_judge(&h, s, "mic", &err);
    figure("%-22s %2x: %s", what, h.trouble, err.text);
    return h.trouble;
}

static void clean_sweeps_have_no_trouble(void **state) {
    (void)state;
    struct ton_sweep s = settled(1.0, 2);
    s.level_db = -0.1;
    play(&s);
    for (int i = 0; i < frames; i++)
        heard[i] = (float)(round(heard[i] * 32767.0) / 32768.0);
    assert_int_equal(trouble_of("16 bits at -0.1 dBFS", &s, heard, frames), 0);
    s.level_db = -20.0;
    for (int k = 0; k < fewer(6, 1); k++) { /* each a room of its own */
        play(&s);
        reverberate();
        for (int i = 0; i < frames; i++)
            heard[i] = (float)(round(heard[i] * 32767.0) / 32768.0);
        assert_int_equal(trouble_of("a room, 16 bits", &s, heard, frames), 0);
    }
    for (int i = 0; i < frames; i++)
        heard[i] += (float)(0.03 * noise());
    assert_int_equal(trouble_of("noise 7 dB below", &s, heard, frames), 0);
    static const double level[] = {0.06, 0.13, 0.4}; /* the sweep's is 0.07 */
    for (int k = 0; k < 3; k++) {
        play(&s);
        reverberate();
        for (int i = 0; i < frames; i++)
            heard[i] += (float)(level[k] * noise());
        const struct ton_sweep_heard h = hear(&s, heard, frames);
        figure("noise of RMS %.2f: %2x, drift %.2f ppm", level[k], h.trouble, h.drift_ppm);
        assert_int_equal(h.trouble, k == 0 ? 0 : TON_SWEEP_FAINT);
    }
    play(&s);
    for (int i = 0; i < frames; i++)
        heard[i] = 0.25F * tanhf(4.0F * heard[i]);
    assert_int_equal(trouble_of("a soft valve", &s, heard, frames), 0);
}

static void a_clipped_sweep_is_told(void **state) {
    (void)state;
    static const double over_db[] = {1.0, 2.0, 3.0, 12.0};
    const struct ton_sweep s = settled(0.5, 2);
    for (int k = 0; k < 4; k++) {
        play(&s);
        reverberate();
        float most = 0.0F;
        for (int i = 0; i < frames; i++)
            most = fmaxf(most, fabsf(heard[i]));
        most *= (float)pow(10.0, -over_db[k] / 20.0);
        for (int i = 0; i < frames; i++)
            heard[i] = fmaxf(-most, fminf(most, heard[i])) + (float)(2e-6 * noise());
        assert_true(trouble_of("clipped", &s, heard, frames) & TON_SWEEP_CLIPPED);
    }
}

static void a_sweep_that_is_cut_is_told(void **state) {
    (void)state;
    const struct ton_sweep s = settled(1.0, 2);
    const int lost = RATE / 4;
    play(&s);
    reverberate();
    assert_int_equal(trouble_of("starts late", &s, heard + LEAD + lost, frames - LEAD - lost),
                     TON_SWEEP_CUT_START);
    assert_int_equal(trouble_of("ends early", &s, heard, frames - RATE / 2 - lost),
                     TON_SWEEP_CUT_END);
    assert_int_equal(trouble_of("ends with the sweep", &s, heard, frames - RATE / 2 + 20),
                     TON_SWEEP_CUT_END);
    assert_int_equal(trouble_of("has one sweep", &s, heard, frames - 2 * RATE), TON_SWEEP_CUT_END);
    const struct ton_sweep_heard h = hear(&s, heard + LEAD + lost, frames - LEAD - lost);
    const double hz = 10.0 * exp(0.25 * log(20000.0 * exp2(1.0 / 12.0) / 10.0));
    figure("lost %lld frames (%d), up to %.1f Hz (%.1f)", (long long)h.lost_frames, lost, h.lost_hz,
           hz);
    assert_true(llabs(h.lost_frames - lost) < 3 && fabs(h.lost_hz / hz - 1.0) < 0.01);
}

static void what_holds_no_sweep_is_told(void **state) {
    (void)state;
    const struct ton_sweep s = settled(1.0, 2);
    frames = LEAD + (int)ton_sweep_frames(&s);
    for (int i = 0; i < frames; i++)
        heard[i] = 0.0F;
    assert_int_equal(trouble_of("digital silence", &s, heard, frames), TON_SWEEP_SILENT);
    for (int i = 0; i < frames; i++)
        heard[i] = (float)(1e-3 * noise());
    assert_int_equal(trouble_of("noise", &s, heard, frames), TON_SWEEP_SILENT);
    for (int i = 0; i < frames; i++)
        heard[i] += (float)(0.1 * sin(2.0 * M_PI * 50.0 * i / RATE));
    assert_int_equal(trouble_of("hum", &s, heard, frames), TON_SWEEP_SILENT);
    for (int i = 0; i < frames; i++)
        heard[i] = i < RATE / 2 ? (float)(0.1 * noise()) : 0.0F;
    assert_int_equal(trouble_of("noise that ends", &s, heard, frames), TON_SWEEP_SILENT);
    for (int k = 0; k < fewer(6, 2); k++) {
        for (int i = 0; i < frames; i++) /* beats a drum, low and high by turns */
            heard[i] = (float)(0.3 * exp(-(i % 9000) / 800.0) *
                               (i / 9000 % 2 ? noise() : sin(0.01 * (i % 9000))));
        assert_int_equal(trouble_of("drums", &s, heard, frames), TON_SWEEP_SILENT);
    }
}

static void a_sweep_hardly_louder_than_the_noise_is_told(void **state) {
    (void)state;
    const struct ton_sweep s = settled(1.0, 2);
    static const double level[] = {0.1, 0.7, 1.4, 10.0};
    static const unsigned expected[] = {0, TON_SWEEP_FAINT, TON_SWEEP_FAINT, TON_SWEEP_SILENT};
    for (int k = 0; k < 4; k++) {
        play(&s);
        for (int i = 0; i < frames; i++)
            heard[i] += (float)(level[k] * noise());
        figure("noise %.0f dB over the sweep's peak", 20.0 * log10(level[k]) - s.level_db);
        assert_int_equal(trouble_of("noise", &s, heard, frames), expected[k]);
    }
}

static void a_sweep_of_another_length_is_refused(void **state) {
    (void)state;
    const struct ton_sweep s = settled(1.0, 2);
    struct ton_sweep others[] = {{.rate = RATE, .seconds = 2, .pause_s = 0.5},
                                 {.rate = RATE, .seconds = 0.3, .pause_s = 0.5}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct ton_err err;
        assert_int_equal(ton_sweep_settle(&others[i], &err), TON_OK);
        play(&others[i]);
        for (int k = 0; k < frames; k++)
            heard[k] += (float)(1e-5 * noise());
        figure("%g s from %g Hz to %g Hz at %d Hz", others[i].seconds, others[i].from_hz,
               others[i].to_hz, others[i].rate);
        const struct ton_sweep_heard h = hear(&s, heard, frames);
        assert_int_equal(ton_sweep_judge(&h, &s, "mic", &err), TON_MISSED);
        figure("%s", err.text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_sweeps_have_no_trouble),
        cmocka_unit_test(a_clipped_sweep_is_told),
        cmocka_unit_test(a_sweep_that_is_cut_is_told),
        cmocka_unit_test(what_holds_no_sweep_is_told),
        cmocka_unit_test(a_sweep_hardly_louder_than_the_noise_is_told),
        cmocka_unit_test(a_sweep_of_another_length_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
