/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the expander promises: the static curve, the range, the times, the link, the side-chain. */
#include "rig.h"

#define RATE 48000.0

/* Level in, level out, dB: the textbook's piecewise curve. */
static double ideal_db(double in, double threshold, double ratio, double knee, double range) {
    const double u = threshold - in; /* under the threshold */
    double gain = 0;
    if (2 * u >= knee)
        gain = -(ratio - 1) * u;
    else if (2 * u > -knee)
        gain = -(ratio - 1) * (u + knee / 2) * (u + knee / 2) / (2 * knee);
    return in + fmax(gain, -range);
}

static struct rig plain(float threshold, float ratio, float knee, float range, int channels,
                        int key_channels) {
    struct rig r = rig_open("expander", RATE, channels, key_channels);
    rig_set(&r, "threshold", threshold);
    rig_set(&r, "ratio", ratio);
    rig_set(&r, "knee", knee);
    rig_set(&r, "range", range);
    return r;
}

static const struct {
    float ratio, knee, range;
} shapes[] = {{1.2F, 0, 80}, {2, 6, 20}, {3, 12, 40}, {4, 24, 12}, {10, 3, 60}, {20, 0, 80}};

static void the_drawn_curve_is_the_ideal_one(void **state) {
    (void)state;
    double worst = 0;
    for (int k = 0; k < TON_N(shapes); k++) {
        struct rig r = plain(-30, shapes[k].ratio, shapes[k].knee, shapes[k].range, 1, 0);
        for (double in = -90; in <= 6; in += 0.25)
            worst = fmax(worst, fabs(r.processor->curve(r.params, in) -
                                     ideal_db(in, -30, (double)shapes[k].ratio,
                                              (double)shapes[k].knee, (double)shapes[k].range)));
        rig_close(&r);
    }
    figure("curve off the ideal by %.1e dB at most (at most 0.1)", worst);
    assert_true(worst <= 0.1);
}

static void steady_sines_meet_the_static_curve(void **state) {
    (void)state;
    static const double tones[] = {60, 100, 997, 5000, 15000};
    for (int t = 0; t < TON_N(tones); t++) {
        double worst = 0, worst_rest = -200;
        for (int k = 0; k < TON_N(shapes); k++)
            for (double in = -54; in <= -18; in += 4) {
                struct rig r = plain(-30, shapes[k].ratio, shapes[k].knee, shapes[k].range, 1, 0);
                rig_start(&r);
                struct audio a = audio_new(1, 96000);
                audio_sine(&a, RATE, tones[t], in);
                rig_run(&r, &a, NULL, 512);
                double rest = 0;
                const double out = sine_level(a.at[0], 48000, 96000, RATE, tones[t], &rest);
                worst_rest = fmax(worst_rest, rest);
                worst = fmax(worst,
                             fabs(out - ideal_db(in, -30, (double)shapes[k].ratio,
                                                 (double)shapes[k].knee, (double)shapes[k].range)));
                audio_free(&a);
                rig_close(&r);
            }
        figure("sines of %5.0f Hz: off by %.3f dB at most (at most 0.1), distortion %.0f dB",
               tones[t], worst, worst_rest);
        assert_true(worst <= 0.1);
    }
}

static void the_range_is_held_exactly(void **state) {
    (void)state;
    static const float ranges[] = {0, 3, 12, 20, 40, 80};
    double worst = 0;
    for (int k = 0; k < TON_N(ranges); k++)
        for (double in = -60; in >= -120; in -= 30) {
            struct rig r = plain(-30, 20, 6, ranges[k], 1, 0);
            rig_start(&r);
            struct audio a = audio_new(1, 96000);
            audio_sine(&a, RATE, 997, in);
            rig_run(&r, &a, NULL, 512);
            const double out = sine_level(a.at[0], 48000, 96000, RATE, 997, NULL);
            worst = fmax(worst, fabs(out - in + (double)ranges[k]));
            audio_free(&a);
            rig_close(&r);
        }
    figure("30 to 90 dB under the threshold at 20:1, the gain is off the range by %.5f dB at most "
           "(at most 0.001)",
           worst);
    assert_true(worst <= 0.001);
}

/* The gain steps from -20 dB to 0 and back, with the key. */
static void attack_hold_and_release_take_their_times(void **state) {
    (void)state;
    static const struct {
        float attack, hold, release;
        double rate;
    } cases[] = {{2, 20, 150, 48000}, {0.5F, 0, 20, 48000},  {30, 100, 600, 44100},
                 {100, 0, 50, 48000}, {10, 25, 250, 192000}, {5, 10, 80, 8000}};
    for (int k = 0; k < TON_N(cases); k++) {
        const double rate = cases[k].rate, full = -20, e = 1 / exp(1);
        struct rig r = rig_open("expander", rate, 1, 1);
        rig_set(&r, "threshold", -30);
        rig_set(&r, "range", 20);
        rig_set(&r, "ratio", 10);
        rig_set(&r, "attack", cases[k].attack);
        rig_set(&r, "hold", cases[k].hold);
        rig_set(&r, "release", cases[k].release);
        rig_start(&r);
        const int64_t up = (int64_t)rate,
                      down = (int64_t)(rate * (2.5 + (double)cases[k].attack / 50));
        struct audio g = audio_new(1, down + (int64_t)(rate * 4)), key = audio_new(1, g.frames);
        for (int64_t i = 0; i < g.frames; i++) {
            g.at[0][i] = 1; /* so the output is the gain */
            key.at[0][i] = i >= up && i < down ? 1 : 1e-4F;
        }
        rig_run(&r, &g, &key, 777);
        for (int64_t i = 0; i < g.frames; i++)
            g.at[0][i] = (float)ton_gain_to_db((double)g.at[0][i]);
        int64_t i = up;
        while ((double)g.at[0][i] < full * e)
            i++;
        const double attack = (double)(i + 1 - up) / rate * 1000;
        i = down;
        while ((double)g.at[0][i] > -0.01)
            i++;
        const double hold = (double)(i - down) / rate * 1000;
        while ((double)g.at[0][i] > full * (1 - e))
            i++;
        const double release = (double)(i - down) / rate * 1000 - (double)cases[k].hold;
        const double off_attack = 100 * (attack / (double)cases[k].attack - 1);
        const double off_release = 100 * (release / (double)cases[k].release - 1);
        figure("%6.0f Hz: attack %g ms off %+.1f %%, release %g ms off %+.1f %% (at most 5), hold "
               "%g ms: %.2f",
               rate, (double)cases[k].attack, off_attack, (double)cases[k].release, off_release,
               (double)cases[k].hold, hold);
        assert_true(fabs(off_attack) <= 5 && fabs(off_release) <= 5);
        assert_true(hold >= (double)cases[k].hold - 0.2);
        assert_true(hold <= (double)cases[k].hold + (double)cases[k].release * 0.01 + 0.2);
        audio_free(&g);
        audio_free(&key);
        rig_close(&r);
    }
}

/* Open from the first frame of a hit on, and then bit for bit what came in, late. */
static void look_ahead_opens_before_the_sound_comes(void **state) {
    (void)state;
    double first[2];
    for (int k = 0; k < 2; k++) {
        struct rig r = plain(-30, 4, 0, 20, 1, 0);
        rig_set(&r, "attack", 0.5F);
        rig_set(&r, "look ahead", k ? 10 : 0);
        rig_start(&r);
        assert_int_equal(r.latency, k ? 480 : 0);
        struct audio a = audio_new(1, 24000);
        for (int64_t i = 9600; i < a.frames; i++)
            a.at[0][i] = i % 2 ? 0.5F : -0.5F;
        rig_run(&r, &a, NULL, 100);
        first[k] = ton_gain_to_db(fabs((double)a.at[0][9600 + r.latency]) / 0.5);
        for (int64_t i = 20000; k && i < a.frames; i++)
            assert_true(fabsf(a.at[0][i]) == 0.5F);
        audio_free(&a);
        rig_close(&r);
    }
    figure("first sample of a hit: %.2f dB without look-ahead, %.5f dB with 10 ms (null: within "
           "0.001)",
           first[0], first[1]);
    assert_true(first[0] < -15 && fabs(first[1]) < 0.001);

    struct rig r = plain(-90, 2, 0, 20, 2, 0);
    rig_set(&r, "look ahead", 7);
    rig_start(&r);
    struct audio in = audio_new(2, 9600), out = audio_new(2, 9600);
    uint64_t seed = 3;
    for (int c = 0; c < 2; c++)
        for (int64_t i = 0; i < in.frames; i++)
            out.at[c][i] = in.at[c][i] = 0.5F * noise_next(&seed);
    rig_run(&r, &out, NULL, 100);
    int64_t different = 0;
    for (int c = 0; c < 2; c++)
        for (int64_t i = 4800; i < in.frames; i++)
            different += out.at[c][i] != in.at[c][i - r.latency];
    figure("over the threshold: %lld samples differ from the input 7 ms before (0)",
           (long long)different);
    assert_int_equal(different, 0);
    audio_free(&in);
    audio_free(&out);
    rig_close(&r);
}

static void link_goes_from_own_to_loudest(void **state) {
    (void)state;
    static const float links[] = {0, 50, 100};
    static const double wanted[] = {-60, -50, -40}; /* -40 dB in, 20 under the threshold */
    for (int k = 0; k < TON_N(links); k++) {
        struct rig r = plain(-20, 2, 0, 80, 2, 0);
        rig_set(&r, "stereo link", links[k]);
        rig_start(&r);
        struct audio a = audio_new(2, 96000), quiet = audio_new(1, 96000);
        audio_sine(&a, RATE, 997, -20);
        audio_sine(&quiet, RATE, 997, -40);
        memcpy(a.at[1], quiet.at[0], sizeof(float) * 96000);
        rig_run(&r, &a, NULL, 64);
        const double left = sine_level(a.at[0], 48000, 96000, RATE, 997, NULL);
        const double right = sine_level(a.at[1], 48000, 96000, RATE, 997, NULL);
        figure("link %3.0f %%: loud channel %.2f dB (-20), quiet one %.2f dB (%.0f)",
               (double)links[k], left, right, wanted[k]);
        assert_true(fabs(left + 20) <= 0.1 && fabs(right - wanted[k]) <= 0.1);
        audio_free(&a);
        audio_free(&quiet);
        rig_close(&r);
    }
}

static void the_side_chain_and_its_filters_decide_what_is_heard(void **state) {
    (void)state;
    static const struct {
        const char *filter;
        float corner;
        double key_hz, wanted; /* -20 dB on the key, threshold -30, range 30 */
    } cases[] = {{"sidechain high pass", 10, 8000, 0},
                 {"sidechain low pass", 500, 8000, -30},
                 {"sidechain low pass", 500, 100, 0},
                 {"sidechain high pass", 1000, 100, -30}};
    for (int k = 0; k < TON_N(cases); k++) {
        struct rig r = plain(-30, 10, 0, 30, 1, 1);
        rig_set(&r, cases[k].filter, cases[k].corner);
        rig_start(&r);
        struct audio a = audio_new(1, 96000), key = audio_new(1, 96000);
        audio_sine(&a, RATE, 997, -50);
        audio_sine(&key, RATE, cases[k].key_hz, -20);
        rig_run(&r, &a, &key, 256);
        const double gain = sine_level(a.at[0], 48000, 96000, RATE, 997, NULL) + 50;
        figure("%s %g Hz, key of %.0f Hz: gain %.2f dB (%.0f)", cases[k].filter,
               (double)cases[k].corner, cases[k].key_hz, gain, cases[k].wanted);
        assert_true(fabs(gain - cases[k].wanted) <= 0.1);
        audio_free(&a);
        audio_free(&key);
        rig_close(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_drawn_curve_is_the_ideal_one),
        cmocka_unit_test(steady_sines_meet_the_static_curve),
        cmocka_unit_test(the_range_is_held_exactly),
        cmocka_unit_test(attack_hold_and_release_take_their_times),
        cmocka_unit_test(look_ahead_opens_before_the_sound_comes),
        cmocka_unit_test(link_goes_from_own_to_loudest),
        cmocka_unit_test(the_side_chain_and_its_filters_decide_what_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
