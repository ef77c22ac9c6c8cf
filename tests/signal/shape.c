// SPDX-License-Identifier: GPL-3.0-or-later
// Bent curves: they are the curves they say, in step, and make less aliasing than bending alone.
#include "contract/rig.h"

#include "harmonics.h"

#include "ton/isa.h"
#include "ton/shape.h"

enum { LENGTH = 4096 };

static const struct ton_sigmoid pair[2] = {{.weight = 0.7, .square = 0.81, .offset = 0.3},
                                           {.weight = 0.5, .square = 4.0, .offset = -0.2}};

static void bend(float *x, int n, double knee, bool clip, int block) {
    struct ton_shape_memory m;
    float knees[LENGTH];
    for (int i = 0; i < n; i++)
        knees[i] = (float)knee;
    ton_shape_fill(&m, x[0], (float)knee);
    for (int at = 0; at < n; at += block) {
        const int length = n - at < block ? n - at : block;
        if (clip)
            ton_shape_clip(x + at, length, knees + at, &m);
        else
            ton_shape_sigmoids(x + at, length, pair, &m);
    }
}

// A slow sine of four times the ceiling: the mean over a line is the curve in its middle.
static void slow_signals_follow_the_curve(void **unused) {
    (void)unused;
    static const double knees[] = {0.0, 0.01, 0.3, 1.0};
    for (int k = -1; k < TON_N(knees); k++) {
        float x[LENGTH];
        double worst = 0.0;
        for (int i = 0; i < LENGTH; i++)
            x[i] = (float)(4.0 * sin(2.0 * M_PI * i / LENGTH));
        bend(x, LENGTH, k < 0 ? 0.0 : knees[k], k >= 0, LENGTH);
        for (int i = 16; i < LENGTH; i++) {
            const double in = 4.0 * sin(2.0 * M_PI * (i - TON_SHAPE_DELAY) / LENGTH);
            const double asked = k < 0 ? ton_sigmoids_at(pair, in) : ton_clip_at(knees[k], in);
            worst = fmax(worst, fabs((double)x[i] - asked));
        }
        // A hard corner is rounded by one frame's rise.
        const double bar = k == 0 || k == 1 ? 2e-3 : 1e-5;
        if (k < 0)
            figure("two sigmoids: off the curve by %.1e (at most %.0e)", worst, bar);
        else
            figure("clip, knee %.2f: off the curve by %.1e (at most %.0e)", knees[k], worst, bar);
        assert_true(worst < bar);
    }
}

static void the_slope_is_that_of_the_curve(void **unused) {
    (void)unused;
    for (double x = -3.0; x < 3.0; x += 0.1) {
        const double rise =
            (ton_sigmoids_at(pair, x + 1e-5) - ton_sigmoids_at(pair, x - 1e-5)) / 2e-5;
        assert_true(fabs(rise - ton_sigmoids_slope(pair, x)) < 1e-6);
    }
}

static void a_straight_line_is_a_delay(void **unused) {
    (void)unused;
    double worst = 0.0;
    for (int k = 1; k <= 20; k++) {
        const double w = 2.0 * M_PI / 9.0 * k / 20.0;
        float x[LENGTH];
        for (int i = 0; i < LENGTH; i++)
            x[i] = (float)(0.5 * sin(w * i));
        bend(x, LENGTH, 0.2, true, LENGTH);
        for (int i = 64; i < LENGTH; i++)
            worst = fmax(worst, fabs((double)x[i] - 0.5 * sin(w * (i - TON_SHAPE_DELAY))) / 0.5);
    }
    figure("below the knee, up to a ninth of the rate: off a delay of %d frames by %.2e (at most "
           "2e-3)",
           TON_SHAPE_DELAY, worst);
    assert_true(worst < 2e-3);
}

static void blocks_and_kernels_give_equal_bits(void **unused) {
    (void)unused;
    static const int blocks[] = {1, 17, 256, 1000};
    struct audio in = audio_noise(1, LENGTH, 2.0, 5);
    for (int clip = 0; clip < 2; clip++) {
        struct audio whole = audio_copy(&in);
        bend(whole.at[0], LENGTH, 0.3, clip, LENGTH);
        for (int i = 0; i < TON_N_ISAS * TON_N(blocks); i++) {
            struct audio cut = audio_copy(&in);
            ton_isa_limit((enum ton_isa)(i % TON_N_ISAS));
            bend(cut.at[0], LENGTH, 0.3, clip, blocks[i / TON_N_ISAS]);
            assert_true(audio_same(&whole, &cut));
            audio_destroy(&cut);
        }
        ton_isa_limit(TON_ISA_AVX512);
        audio_destroy(&whole);
    }
    audio_destroy(&in);
}

static void it_aliases_less_than_bending_alone(void **unused) {
    (void)unused;
    enum { CYCLES = 151 };
    float alone[LENGTH];
    static float bent[2 * LENGTH], knees[2 * LENGTH]; // the second half has no beginning
    struct ton_shape_memory m;
    for (int i = 0; i < 2 * LENGTH; i++)
        bent[i] = (float)(6.0 * sin(2.0 * M_PI * CYCLES * i / LENGTH));
    for (int i = 0; i < LENGTH; i++)
        alone[i] = (float)ton_clip_at(0.0, (double)bent[i]);
    ton_shape_fill(&m, 0.0F, 0.0F);
    ton_shape_clip(bent, 2 * LENGTH, knees, &m);
    const double plain = aliasing_db(alone, LENGTH, CYCLES);
    const double ours = aliasing_db(bent + LENGTH, LENGTH, CYCLES);
    figure("hard clipping of 16 dB at a 27th of the rate: aliasing %.1f dB, bent alone %.1f (10 dB "
           "less at least)",
           ours, plain);
    assert_true(ours < plain - 10.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_signals_follow_the_curve),
        cmocka_unit_test(the_slope_is_that_of_the_curve),
        cmocka_unit_test(a_straight_line_is_a_delay),
        cmocka_unit_test(blocks_and_kernels_give_equal_bits),
        cmocka_unit_test(it_aliases_less_than_bending_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
