/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sample peak, RMS, crest, DC and correlation of signals whose values are known. */

#include "promise.h"

#include "ton/analyser.h"

enum { SECOND = 48000 };

typedef double (*sample)(int channel, int frame);

static struct ton_measurement measure(int channels, sample at) {
    static float planes[3][SECOND];
    const float *in[3] = {planes[0], planes[1], planes[2]};
    const struct ton_layout layout = ton_layout_usual(channels);
    struct ton_measurement out;
    struct ton_meter *m;
    struct ton_err err;
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < SECOND; i++)
            planes[c][i] = (float)at(c, i);
    assert_int_equal(ton_meter_create(&m, SECOND, &layout, false, &err), TON_OK);
    assert_int_equal(ton_meter_feed(m, in, SECOND, &err), TON_OK);
    ton_meter_finish(m, &out);
    ton_meter_destroy(m);
    return out;
}

static double sine(int frame, double hz, double phase) {
    return sin(2.0 * M_PI * hz * frame / SECOND + phase);
}

static double full_sine(int channel, int frame) {
    (void)channel;
    return sine(frame, 1000, 0);
}

static double square(int channel, int frame) {
    (void)channel;
    return frame / 50 % 2 ? 0.5 : -0.5;
}

static double offset(int channel, int frame) {
    static const double dc[] = {0.01, -0.02, 0.015};
    return dc[channel] + 0.1 * sine(frame, 1000, 0);
}

static double equal(int channel, int frame) {
    (void)channel;
    return 0.3 * sine(frame, 440, 0) + 0.1 * sine(frame, 1203, 1);
}

static double opposite(int channel, int frame) {
    return channel ? -0.5 * equal(0, frame) : equal(0, frame);
}

static double quadrature(int channel, int frame) {
    return 0.5 * sine(frame, 1000, channel * M_PI / 2);
}

static double at_60_degrees(int channel, int frame) {
    return 0.5 * sine(frame, 1000, channel * M_PI / 3);
}

static double one_side(int channel, int frame) {
    return channel ? 0.0 : 0.5 * sine(frame, 1000, 0);
}

static void near(const char *what, double value, double expected, double tolerance) {
    figure("%-32s %10.5f (%.5f +-%g)", what, value, expected, tolerance);
    assert_true(fabs(value - expected) <= tolerance);
}

static void a_full_scale_sine_has_an_rms_of_minus_3_01_dbfs(void **state) {
    (void)state;
    const struct ton_measurement m = measure(2, full_sine);
    near("sine: sample peak", m.sample_peak_dbfs, 0.0, 1e-4);
    near("sine: RMS", m.rms_dbfs, -3.0103, 1e-4);
    near("sine: crest", m.crest_db, 3.0103, 1e-4);
    near("sine: DC", m.dc, 0.0, 1e-7);
}

static void a_square_has_no_crest(void **state) {
    (void)state;
    const struct ton_measurement m = measure(1, square);
    near("square: RMS", m.rms_dbfs, -6.0206, 1e-4);
    near("square: crest", m.crest_db, 0.0, 1e-9);
}

static void rms_is_over_all_channels(void **state) {
    (void)state;
    near("one side of two: RMS", measure(2, one_side).rms_dbfs, -12.0412, 1e-3);
}

static void dc_is_that_of_the_worst_channel_with_its_sign(void **state) {
    (void)state;
    near("DC of 0.01, -0.02, 0.015", measure(3, offset).dc, -0.02, 1e-6);
}

static void correlation_goes_from_opposite_to_equal(void **state) {
    (void)state;
    assert_true(measure(2, equal).correlation == 1.0);
    near("opposite polarity, half as loud", measure(2, opposite).correlation, -1.0, 1e-12);
    near("90 degrees apart", measure(2, quadrature).correlation, 0.0, 1e-6);
    near("60 degrees apart", measure(2, at_60_degrees).correlation, 0.5, 1e-6);
}

static void correlation_needs_two_channels_with_sound(void **state) {
    (void)state;
    assert_true(isnan(measure(1, full_sine).correlation));
    assert_true(isnan(measure(2, one_side).correlation));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_scale_sine_has_an_rms_of_minus_3_01_dbfs),
        cmocka_unit_test(a_square_has_no_crest),
        cmocka_unit_test(rms_is_over_all_channels),
        cmocka_unit_test(dc_is_that_of_the_worst_channel_with_its_sign),
        cmocka_unit_test(correlation_goes_from_opposite_to_equal),
        cmocka_unit_test(correlation_needs_two_channels_with_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
