// SPDX-License-Identifier: GPL-3.0-or-later
// Width: mono never changes, the side does, and below the corner nothing is left of it.
#include "contract/rig.h"

struct params {
    float width, mono_below, side_gain;
};

static const struct ton_processor *width(void) {
    return ton_processor_find("width", NULL);
}

static struct params neutral(void) {
    return (struct params){.width = 100, .mono_below = 10};
}

// Complex amplitude of `hz`, whole Hz, in the second half of x, a second.
struct phasor {
    double re, im;
};

static struct phasor phasor_of(const float *x, int frames, double rate, double hz) {
    struct phasor p = {0, 0};
    for (int i = frames / 2; i < frames; i++) {
        p.re += (double)x[i] * cos(2.0 * M_PI * hz * i / rate) * 4.0 / frames;
        p.im -= (double)x[i] * sin(2.0 * M_PI * hz * i / rate) * 4.0 / frames;
    }
    return p;
}

// What a sine of amplitude 0.5 in left (and `right` times it in right) becomes: mid and side.
static void sine_through(struct phasor out[2], const struct params *p, double hz, float right) {
    enum { FRAMES = 96000 };
    struct audio in = audio_create(2, FRAMES);
    for (int i = 0; i < FRAMES; i++) {
        in.at[0][i] = (float)(0.5 * sin(2.0 * M_PI * hz * i / 48000.0));
        in.at[1][i] = right * in.at[0][i];
    }
    struct audio o = rig_output(width(), 48000, (const float *)p, &in, NULL);
    for (int i = 0; i < FRAMES; i++) {
        const float l = o.at[0][i], r = o.at[1][i];
        o.at[0][i] = 0.5F * (l + r);
        o.at[1][i] = 0.5F * (l - r);
    }
    out[0] = phasor_of(o.at[0], FRAMES, 48000, hz);
    out[1] = phasor_of(o.at[1], FRAMES, 48000, hz);
    audio_destroy(&in);
    audio_destroy(&o);
}

static double size_of(struct phasor p) {
    return hypot(p.re, p.im);
}

static void the_width_scales_the_side_and_leaves_the_mid(void **unused) {
    (void)unused;
    static const struct {
        float width, side_gain;
        double side;
    } cases[] = {{0, 0, 0.0}, {50, 0, 0.5}, {100, 0, 1.0}, {200, 0, 2.0}, {100, 6, 1.9952623}};
    for (int k = 0; k < TON_N(cases); k++) {
        struct params p = neutral();
        p.width = cases[k].width;
        p.side_gain = cases[k].side_gain;
        struct phasor ms[2];
        sine_through(ms, &p, 1000, 0); // left only: mid and side are 0.25 each
        figure("width %3.0f %%, side %+.0f dB: mid %.6f, side %.6f", (double)p.width,
               (double)p.side_gain, size_of(ms[0]) / 0.25, size_of(ms[1]) / 0.25);
        assert_true(fabs(size_of(ms[0]) / 0.25 - 1.0) < 1e-5);
        assert_true(fabs(size_of(ms[1]) / 0.25 - cases[k].side) < 1e-5);
    }
}

static void the_mono_sum_stays_flat_whatever_the_corner(void **unused) {
    (void)unused;
    double worst = 0.0;
    for (float corner = 20; corner <= 500; corner *= 2.5F)
        for (double hz = 20.0; hz < 20000.0; hz = floor(hz * 1.9)) {
            struct params p = neutral();
            struct phasor ms[2];
            p.mono_below = corner;
            sine_through(ms, &p, hz, 1);
            worst = fmax(worst, fabs(to_db(size_of(ms[0]) / 0.5)));
        }
    figure("a mono signal changes by at most %.5f dB at any frequency", worst);
    assert_true(worst < 0.001);
}

static void below_the_corner_the_side_is_gone_and_above_it_stays(void **unused) {
    (void)unused;
    static const struct {
        double hz, least, most;
    } cases[] = {
        {30, -60, -47}, {60, -26, -23}, {120, -6.1, -5.9}, {240, -0.6, -0.4}, {1000, -0.01, 0.01}};
    struct params p = neutral();
    p.mono_below = 120;
    for (int k = 0; k < TON_N(cases); k++) {
        struct phasor ms[2];
        sine_through(ms, &p, cases[k].hz, -1);
        const double db = to_db(size_of(ms[1]) / 0.5);
        figure("mono below 120 Hz: the side at %4.0f Hz is at %+.2f dB", cases[k].hz, db);
        assert_true(db >= cases[k].least && db <= cases[k].most);
    }
}

// What was left only stays left: mid and side keep their phase, so right gets less than left.
static void mid_and_side_stay_in_phase_around_the_corner(void **unused) {
    (void)unused;
    double worst = 0.0;
    struct params p = neutral();
    p.mono_below = 120;
    for (double hz = 40.0; hz < 2000.0; hz = floor(hz * 1.25)) {
        struct phasor ms[2];
        sine_through(ms, &p, hz, 0);
        const double turn = atan2(ms[1].im, ms[1].re) - atan2(ms[0].im, ms[0].re);
        worst = fmax(worst, fabs(remainder(turn, 2.0 * M_PI)) * 180.0 / M_PI);
    }
    figure("side is at most %.4f degrees off mid (a high pass alone: 180)", worst);
    assert_true(worst < 0.1);
}

static void strips_that_are_not_stereo_pass_as_they_are(void **unused) {
    (void)unused;
    const struct params p = {.width = 0, .mono_below = 200, .side_gain = 6};
    for (int channels = 1; channels <= 6; channels++) {
        struct audio in = audio_noise(channels, 1000, 0.5, 1);
        struct audio out = rig_output(width(), 48000, (const float *)&p, &in, NULL);
        assert_true(audio_same(&in, &out) == (channels != 2));
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_width_scales_the_side_and_leaves_the_mid),
        cmocka_unit_test(the_mono_sum_stays_flat_whatever_the_corner),
        cmocka_unit_test(below_the_corner_the_side_is_gone_and_above_it_stays),
        cmocka_unit_test(mid_and_side_stay_in_phase_around_the_corner),
        cmocka_unit_test(strips_that_are_not_stereo_pass_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
