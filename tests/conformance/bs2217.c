/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ITU-R BS.2217: the compliance material that can be made by rule (tones, channel checks, gates),
 * channel weights up to 7.1.4, and the filter at every rate. The voice and music files and the
 * sweep cannot be made. */

#include "tone.h"

#include "ton/k_weight.h"

#include <complex.h>

/* Gain of the table's filters at 48 kHz for a stereo sine of that peak, -0.691 included. */
static double k_gain_db(double hz) {
    static const double table[2][5] = {{1.53512485958697, -2.69169618940638, 1.19839281085285,
                                        -1.69065929318241, 0.73248077421585},
                                       {1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621}};
    double gain = 1.0;
    for (int s = 0; s < 2; s++) {
        const double complex z = cexp(-I * 2.0 * M_PI * hz / 48000.0);
        const double *k = table[s];
        gain *= cabs((k[0] + k[1] * z + k[2] * z * z) / (1.0 + k[3] * z + k[4] * z * z));
    }
    return 20.0 * log10(gain) - 0.691;
}

static void stereo_tones_read_their_loudness_at_any_frequency(void **state) {
    (void)state;
    static const double hz[] = {25, 100, 500, 1000, 2000, 10000};
    for (int level = -23; level >= -24; level--)
        for (int i = 0; i < TON_N(hz); i++) {
            struct tone t = tone_stereo();
            char what[40];
            t.hz = hz[i];
            tone_add(&t, level - k_gain_db(hz[i]), 20);
            snprintf(what, sizeof what, "%dLKFS_%gHz_2ch", -level, hz[i]);
            row(what, tone_measure(&t, NULL).integrated_lufs, level, 0.1, 0.1);
        }
}

/* One channel of 5.1 alone, at a level that makes it read -23. */
static void each_channel_of_5_1_has_its_weight(void **state) {
    (void)state;
    static const char *const names[] = {"Left", "Right", "Centre", "LFE", "Ls", "Rs"};
    for (int c = 0; c < 6; c++) {
        const double weight_db = c >= 4 ? 10.0 * log10(1.41) : 0.0;
        struct tone t = {.rate = 48000, .hz = 1000, .layout = ton_layout_usual(6)};
        char what[40];
        for (int o = 0; o < 6; o++)
            t.gain_db[o] = o == c ? 0.0 : -INFINITY;
        tone_add(&t, -23.0 + 3.0103 - weight_db - k_gain_db(1000), 20);
        snprintf(what, sizeof what, "23LKFS_ChannelCheck%s", names[c]);
        const double lufs = tone_measure(&t, NULL).integrated_lufs;
        if (c != 3) {
            row(what, lufs, -23.0, 0.1, 0.1);
            continue;
        }
        figure("%-34s none (the LFE is not counted)", what);
        assert_true(isnan(lufs));
    }
}

static void channels_add_up_by_power(void **state) {
    (void)state;
    struct tone t = {.rate = 48000, .hz = 1000, .layout = ton_layout_usual(6)};
    tone_add(&t, -23.0 + 3.0103 - 10.0 * log10(3.0 + 2.0 * 1.41) - k_gain_db(1000), 20);
    row("23LKFS_SummingTest", tone_measure(&t, NULL).integrated_lufs, -23.0, 0.1, 0.1);
}

static void the_gates_work_as_in_the_gate_tests(void **state) {
    (void)state;
    struct tone t = tone_stereo();
    tone_add(&t, -INFINITY, 0.8), tone_add(&t, -69.5, 0.5), tone_add(&t, -INFINITY, 0.5);
    tone_add(&t, -69.5, 0.5), tone_add(&t, -INFINITY, 0.5), tone_add(&t, -69.5, 0.5);
    tone_add(&t, -INFINITY, 0.7);
    row("AbsGateTest", tone_measure(&t, NULL).integrated_lufs, -69.5, 0.1, 0.1);
    t = tone_stereo();
    tone_add(&t, -INFINITY, 0.5), tone_add(&t, -19.9, 0.9), tone_add(&t, -7.1, 1.3);
    tone_add(&t, -19.9, 0.8), tone_add(&t, -INFINITY, 0.5);
    row("RelGateTest", tone_measure(&t, NULL).integrated_lufs, -10.0, 0.1, 0.1);
}

/* BS.1770-5, Annex 3: +1.5 dB at 60 to 120 degrees and below 30 degrees of elevation. */
static void channels_up_to_7_1_4_have_the_weight_of_their_place(void **state) {
    (void)state;
    static const struct {
        enum ton_speaker speaker;
        const char *name;
        double weight;
    } places[] = {
        {TON_MONO, "mono", 1.0},
        {TON_LEFT, "left, 30 deg", 1.0},
        {TON_CENTRE, "centre", 1.0},
        {TON_LFE, "LFE", 0.0},
        {TON_LEFT_SIDE, "left side, 90 deg", 1.41},
        {TON_RIGHT_SURROUND, "right surround, 110 deg", 1.41},
        {TON_LEFT_BACK, "left back, 135 deg", 1.0},
        {TON_CENTRE_BACK, "centre back, 180 deg", 1.0},
        {TON_LEFT_WIDE, "left wide, 60 deg", 1.41},
        {TON_TOP_FRONT_LEFT, "top front left", 1.0},
        {TON_TOP_SIDE_RIGHT, "top side right", 1.0},
        {TON_TOP_BACK_RIGHT, "top back right", 1.0},
    };
    for (int i = 0; i < TON_N(places); i++) {
        struct tone t = {.rate = 48000, .hz = 1000};
        t.layout = (struct ton_layout){.channels = 1, .speakers = {places[i].speaker}};
        tone_add(&t, -20.0 - k_gain_db(1000) + 3.0103, 5);
        const double lufs = tone_measure(&t, NULL).integrated_lufs;
        if (places[i].weight > 0.0)
            row(places[i].name, lufs, -20.0 + 10.0 * log10(places[i].weight), 0.02, 0.02);
        else
            assert_true(isnan(lufs));
    }
    struct tone all = {.rate = 48000, .hz = 1000, .layout = ton_layout_usual(12)};
    /* 7.1.4: ten channels at 1 or 1.41 (the two sides), one LFE. */
    tone_add(&all, -20.0 - k_gain_db(1000) + 3.0103, 5);
    row("7.1.4, all channels", tone_measure(&all, NULL).integrated_lufs,
        -20.0 + 10.0 * log10(9.0 + 2.0 * 1.41), 0.02, 0.02);
}

static void a_full_scale_sine_in_one_front_channel_reads_minus_3_01(void **state) {
    (void)state;
    struct tone t = {.rate = 48000, .hz = 997, .layout = ton_layout_usual(1)};
    tone_add(&t, 0, 20);
    row("997 Hz, full scale, mono", tone_measure(&t, NULL).integrated_lufs, -3.01, 0.005, 0.005);
}

static void the_same_tone_reads_the_same_at_any_rate(void **state) {
    (void)state;
    static const double rates[] = {8000,  11025, 16000, 22050,  32000,  44100,
                                   48000, 88200, 96000, 176400, 192000, 384000};
    static const double hz[] = {100, 1000, 2500};
    for (int f = 0; f < TON_N(hz); f++)
        for (int i = 0; i < TON_N(rates); i++) {
            struct tone t = tone_stereo();
            char what[48];
            t.rate = rates[i];
            t.hz = hz[f];
            tone_add(&t, -23.0 - k_gain_db(hz[f]), 5);
            snprintf(what, sizeof what, "%g Hz at a rate of %g Hz", hz[f], rates[i]);
            const double tolerance = rates[i] < 11025 ? 0.03 : 0.01;
            row(what, tone_measure(&t, NULL).integrated_lufs, -23.0, tolerance, tolerance);
        }
}

static void the_filter_at_48_khz_is_the_table_of_the_standard(void **state) {
    (void)state;
    struct ton_k_weight k;
    ton_k_weight_design(&k, 48000.0);
    const double found[] = {k.b[0][0], k.b[0][1], k.b[0][2], k.a[0][0], k.a[0][1],
                            k.b[1][0], k.b[1][1], k.b[1][2], k.a[1][0], k.a[1][1]};
    static const double table[] = {1.53512485958697,
                                   -2.69169618940638,
                                   1.19839281085285,
                                   -1.69065929318241,
                                   0.73248077421585,
                                   1.0,
                                   -2.0,
                                   1.0,
                                   -1.99004745483398,
                                   0.99007225036621};
    double worst = 0.0;
    for (int i = 0; i < TON_N(table); i++)
        worst = fmax(worst, fabs(found[i] - table[i]));
    figure("largest difference from the table %.1e (at most 1e-13)", worst);
    assert_true(worst <= 1e-13);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stereo_tones_read_their_loudness_at_any_frequency),
        cmocka_unit_test(each_channel_of_5_1_has_its_weight),
        cmocka_unit_test(channels_add_up_by_power),
        cmocka_unit_test(the_gates_work_as_in_the_gate_tests),
        cmocka_unit_test(channels_up_to_7_1_4_have_the_weight_of_their_place),
        cmocka_unit_test(a_full_scale_sine_in_one_front_channel_reads_minus_3_01),
        cmocka_unit_test(the_same_tone_reads_the_same_at_any_rate),
        cmocka_unit_test(the_filter_at_48_khz_is_the_table_of_the_standard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
