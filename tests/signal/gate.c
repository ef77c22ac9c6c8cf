/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the gate promises: its levels, its times, and no flutter. */
#include "rig.h"

#define RATE 48000.0

static struct rig plain(int key_channels) {
    struct rig r = rig_open("gate", RATE, 1, key_channels);
    rig_set(&r, "threshold", -40);
    rig_set(&r, "hysteresis", 6);
    rig_set(&r, "range", 50);
    return r;
}

/* Output level of a steady tone after a loud or silent beginning. */
static double settled_db(double level_db, bool was_open) {
    struct rig r = plain(0);
    rig_start(&r);
    struct audio a = audio_new(1, 96000);
    audio_sine(&a, RATE, 997, level_db);
    for (int64_t i = 0; i < 9600; i++)
        a.at[0][i] *= was_open ? 100 : 0;
    rig_run(&r, &a, NULL, 512);
    const double out = sine_level(a.at[0], 48000, 96000, RATE, 997, NULL);
    audio_free(&a);
    rig_close(&r);
    return out;
}

static void it_opens_and_closes_at_its_levels(void **state) {
    (void)state;
    const double opens = settled_db(-39.8, false), closed = settled_db(-40.2, false);
    const double stays = settled_db(-45.8, true), closes = settled_db(-46.2, true);
    figure("closed, -39.8 dB: %.2f; -40.2 dB: %.2f (-90.2); open, -45.8 dB: %.2f; -46.2 dB: %.2f "
           "(-96.2)",
           opens, closed, stays, closes);
    assert_true(fabs(opens + 39.8) < 0.01 && fabs(closed + 90.2) < 0.05);
    assert_true(fabs(stays + 45.8) < 0.01 && fabs(closes + 96.2) < 0.05);
}

/* Of a time in ms: 1 % and two frames. */
static bool is_as_asked(double ms, float asked) {
    return fabs(ms - (double)asked) <= 0.01 * (double)asked + 2.0 / 48;
}

static void attack_hold_and_release_take_their_times(void **state) {
    (void)state;
    static const struct {
        float attack, hold, release;
    } cases[] = {{1, 50, 150}, {0.2F, 5, 10}, {20, 300, 1000}};
    for (int k = 0; k < TON_N(cases); k++) {
        struct rig r = plain(1);
        rig_set(&r, "attack", cases[k].attack);
        rig_set(&r, "hold", cases[k].hold);
        rig_set(&r, "release", cases[k].release);
        rig_start(&r);
        struct audio a = audio_new(1, 144000), key = audio_new(1, 144000);
        for (int64_t i = 0; i < a.frames; i++) {
            a.at[0][i] = 1; /* so the output is the gain */
            key.at[0][i] = i >= 24000 && i < 48000 ? 0.5F : 0;
        }
        rig_run(&r, &a, &key, 100);
        const float closed = a.at[0][0];
        int64_t i = 24000;
        while (a.at[0][i] < 1)
            i++;
        const double attack = (double)(i + 1 - 24000) / 48;
        for (i = 48000; a.at[0][i] >= 1;)
            i++;
        const double hold = (double)(i - 48000) / 48;
        const int64_t start = i;
        while (a.at[0][i] > closed)
            i++;
        const double release = (double)(i - start) / 48;
        figure(
            "attack %g ms: %.2f, hold %g ms: %.2f, release %g ms: %.2f (within 1 %% and 2 frames)",
            (double)cases[k].attack, attack, (double)cases[k].hold, hold, (double)cases[k].release,
            release);
        assert_true(is_as_asked(attack, cases[k].attack));
        assert_true(is_as_asked(hold, cases[k].hold));
        assert_true(is_as_asked(release, cases[k].release));
        audio_free(&a);
        audio_free(&key);
        rig_close(&r);
    }
}

/* Times that the gain begins to rise or to fall. */
static int turns(const float *gain, int64_t n) {
    int turns = 0, direction = 0;
    for (int64_t i = 1; i < n; i++) {
        const int now = (gain[i] > gain[i - 1]) - (gain[i] < gain[i - 1]);
        turns += now && now != direction;
        direction = now ? now : direction;
    }
    return turns;
}

static void a_dying_note_opens_and_closes_it_once(void **state) {
    (void)state;
    static const double tones[] = {55, 110, 440};
    int without = 0;
    for (int k = 0; k < TON_N(tones); k++)
        for (int plain_case = 0; plain_case < 2; plain_case++) {
            struct rig r = plain(1);
            if (plain_case) {
                rig_set(&r, "hysteresis", 0);
                rig_set(&r, "hold", 5);
            }
            rig_start(&r);
            struct audio a = audio_new(1, 192000), key = audio_new(1, 192000);
            uint64_t seed = 5;
            for (int64_t i = 0; i < a.frames; i++) { /* a beating string in noise of -65 dB */
                const double t = (double)i / RATE;
                const double beat = 1 + 0.25 * sin(2 * M_PI * 4 * t);
                a.at[0][i] = 1;
                key.at[0][i] = (float)(exp(-t * 2.5) * beat * sin(2 * M_PI * tones[k] * t)) +
                               5e-4F * noise_next(&seed);
            }
            rig_run(&r, &a, &key, 100);
            const int n = turns(a.at[0], a.frames);
            if (plain_case) {
                without += n;
            } else {
                figure("%3.0f Hz note: %d turns of the gain (2: up once, down once)", tones[k], n);
                assert_int_equal(n, 2);
            }
            audio_free(&a);
            audio_free(&key);
            rig_close(&r);
        }
    figure(
        "without hysteresis and with the least hold: %d turns in all, so the signal would flutter",
        without);
    assert_true(without > 6);
}

static void look_ahead_lets_the_first_sample_through(void **state) {
    (void)state;
    struct rig r = plain(0);
    rig_set(&r, "attack", 1);
    rig_set(&r, "look ahead", 2);
    rig_start(&r);
    assert_int_equal(r.latency, 96);
    struct audio a = audio_new(1, 4800);
    for (int64_t i = 1000; i < 1100; i++)
        a.at[0][i] = 0.5F;
    rig_run(&r, &a, NULL, 64);
    figure("the first sample of a hit comes out at %.3f of itself (1)",
           (double)a.at[0][1096] / 0.5);
    assert_true(a.at[0][1096] == 0.5F);
    audio_free(&a);
    rig_close(&r);
}

static void range_inf_is_silence(void **state) {
    (void)state;
    struct rig r = plain(0);
    rig_set(&r, "range", 120);
    rig_start(&r);
    struct audio a = audio_new(1, 48000);
    audio_sine(&a, RATE, 100, -10);
    for (int64_t i = 9600; i < a.frames; i++)
        a.at[0][i] *= 1e-3F;
    rig_run(&r, &a, NULL, 64);
    for (int64_t i = 30000; i < a.frames; i++)
        assert_true(a.at[0][i] == 0);
    figure("closed: digital silence, drawn curve %.0f dB", r.processor->curve(r.params, -50));
    audio_free(&a);
    rig_close(&r);
}

static void the_side_chain_filter_keeps_it_shut(void **state) {
    (void)state;
    struct rig r = plain(0);
    rig_set(&r, "sidechain low pass", 500);
    rig_start(&r);
    struct audio a = audio_new(1, 48000);
    audio_sine(&a, RATE, 8000, -10); /* a cymbal four octaves up: -48 dB */
    rig_run(&r, &a, NULL, 64);
    const double out = sine_level(a.at[0], 24000, 48000, RATE, 8000, NULL);
    figure("8 kHz of -10 dB through a low pass of 500 Hz: %.1f dB (-60: shut)", out);
    assert_true(fabs(out + 60) < 0.1);
    audio_free(&a);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_and_closes_at_its_levels),
        cmocka_unit_test(attack_hold_and_release_take_their_times),
        cmocka_unit_test(a_dying_note_opens_and_closes_it_once),
        cmocka_unit_test(look_ahead_lets_the_first_sample_through),
        cmocka_unit_test(range_inf_is_silence),
        cmocka_unit_test(the_side_chain_filter_keeps_it_shut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
