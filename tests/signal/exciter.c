/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the exciter promises: the harmonics asked for, no others, at any level, and the rest as it
 * was. */
#include "harmonics.h"
#include "rig.h"

static struct rig rig_exciter(double rate, float hz, float amount, float odd) {
    struct rig r = rig_open("exciter", rate, 1, 0);
    rig_set(&r, "frequency", hz);
    rig_set(&r, "amount", amount);
    rig_set(&r, "odd", odd);
    return r;
}

/* The second second of tones of whole Hz, each of `level_db`; the rig is closed. */
static struct audio heard(struct rig *r, const int *tones, int n_tones, double level_db) {
    const int n = (int)r->config.rate;
    rig_start(r);
    struct audio a = audio_new(1, 2 * n), last = audio_new(1, n);
    for (int t = 0; t < n_tones; t++)
        for (int64_t i = 0; i < a.frames; i++)
            a.at[0][i] += (float)(ton_db_to_gain(level_db) *
                                  sin(2 * M_PI * (double)((int64_t)tones[t] * i % n) / n));
    rig_run(r, &a, NULL, 500);
    memcpy(last.at[0], a.at[0] + n, sizeof(float) * (size_t)n);
    audio_free(&a);
    rig_close(r);
    return last;
}

static void harmonics_have_the_level_asked_for(void **state) {
    (void)state;
    static const float odds[] = {0, 50, 100}, amounts[] = {-12, -30};
    static const double levels[] = {0, -20, -60};
    double worst = 0, worst_other = -INFINITY;
    for (int o = 0; o < TON_N(odds); o++)
        for (int m = 0; m < TON_N(amounts); m++)
            for (int l = 0; l < TON_N(levels); l++) {
                struct rig r = rig_exciter(48000, 1000, amounts[m], odds[o]);
                struct audio a = heard(&r, (const int[]){5000}, 1, levels[l]);
                const double second = 1 - (double)odds[o] / 100, third = (double)odds[o] / 100;
                const double asked = levels[l] + (double)amounts[m];
                if (second > 0)
                    worst = fmax(worst, fabs(line_db(a.at[0], 48000, 10000) - asked -
                                             ton_gain_to_db(second)));
                if (third > 0)
                    worst = fmax(worst, fabs(line_db(a.at[0], 48000, 15000) - asked -
                                             ton_gain_to_db(third)));
                for (int k = 2; k <= 4; k++)
                    if (k == 4 || (k == 2 ? second : third) == 0)
                        worst_other =
                            fmax(worst_other, line_db(a.at[0], 48000, 5000 * k) - levels[l]);
                audio_free(&a);
            }
    figure("second and third harmonic at 0, -20 and -60 dBFS: off what was asked by %.3f dB at "
           "most (at most 0.1)",
           worst);
    figure("harmonics that were not asked for: %.1f dB re the tone (under -80)", worst_other);
    assert_true(worst < 0.1 && worst_other < -80);
}

/* T3 of a sine is minus the sine of three times its angle. Far above its corner the high pass turns
 * little. */
static void harmonics_are_in_step_and_the_tone_stays(void **state) {
    (void)state;
    struct rig r = rig_exciter(48000, 200, 0, 100);
    const int latency = r.processor->latency(&r.config, r.params);
    struct audio a = heard(&r, (const int[]){5000}, 1, -10);
    double re = 0, im = 0;
    for (int i = 0; i < 48000; i++) {
        const double angle = 2 * M_PI * 15000 * (double)(i - latency) / 48000;
        re -= (double)a.at[0][i] * sin(angle);
        im -= (double)a.at[0][i] * cos(angle);
    }
    const double degrees = 180 / M_PI * atan2(im, re), tone = line_db(a.at[0], 48000, 5000) + 10;
    figure("third harmonic at 15 kHz: %.0f degrees from where it belongs (at most 40; a frame is "
           "112), the tone moved by %.4f dB (at most 0.001)",
           degrees, tone);
    assert_true(fabs(degrees) < 40 && fabs(tone) < 0.001);
    audio_free(&a);
}

static void nothing_but_harmonics(void **state) {
    (void)state;
    static const double rates[] = {44100, 48000, 96000};
    static const int tones[] = {10000, 9973, 6007, 4100};
    for (int k = 0; k < TON_N(rates); k++)
        for (int t = 0; t < TON_N(tones); t++)
            for (float odd = 0; odd <= 100; odd += 100) {
                struct rig r = rig_exciter(rates[k], 3500, 0, odd);
                struct audio a = heard(&r, &tones[t], 1, 0);
                const double db = aliasing_db(a.at[0], (int)rates[k], tones[t]);
                figure("%5.0f Hz, odd %3.0f %%, full amount, sine of %5d Hz: aliasing %.1f dB "
                       "(under -90)",
                       rates[k], (double)odd, tones[t], db);
                assert_true(db < -90);
                audio_free(&a);
            }
}

/* Two close tones in the band, and a bass beside them. */
static void below_the_frequency_nothing_changes(void **state) {
    (void)state;
    static const int tones[] = {100, 300, 6000, 6600};
    struct rig r = rig_exciter(48000, 3500, -12, 30);
    struct audio a = heard(&r, tones, 4, -15);
    double loudest = -INFINITY, bass = 0;
    for (int hz = 0; hz <= 1750; hz += 100) {
        const double db = line_db(a.at[0], 48000, hz);
        if (hz == 100 || hz == 300)
            bass = fmax(bass, fabs(db + 15));
        else
            loudest = fmax(loudest, db + 15);
    }
    figure("from an octave under the frequency down: bass moved by %.4f dB (at most 0.001), "
           "difference tones %.1f dB re a tone of the band (under -70)",
           bass, loudest);
    assert_true(bass < 0.001 && loudest < -70);
    audio_free(&a);
}

/* A sound that lies two octaves below. */
static void what_lies_below_is_left_alone(void **state) {
    (void)state;
    struct rig r = rig_exciter(48000, 4000, -12, 30);
    rig_start(&r);
    struct audio a = audio_new(1, 48000), b = audio_new(1, 48000);
    audio_sine(&a, 48000, 500, -6);
    memcpy(b.at[0], a.at[0], sizeof(float) * 48000);
    rig_run(&r, &b, NULL, 480);
    double worst = 0;
    for (int64_t i = 24000; i < 48000; i++)
        worst = fmax(worst, fabs((double)(b.at[0][i] - a.at[0][i - r.latency])));
    figure(
        "a tone three octaves under the frequency: %d frames late and different by %.1f dB re it "
        "(under -90)",
        r.latency, ton_gain_to_db(worst) + 6);
    assert_true(ton_gain_to_db(worst) + 6 < -90);
    audio_free(&a);
    audio_free(&b);
    rig_close(&r);
}

static void listening_and_the_sound_add_up(void **state) {
    (void)state;
    struct audio out[2];
    for (int listen = 0; listen < 2; listen++) {
        struct rig r = rig_exciter(48000, 2000, -6, 50);
        rig_set(&r, "listen", (float)listen);
        rig_start(&r);
        out[listen] = audio_new(1, 9600);
        uint64_t seed = 3;
        for (int i = 0; i < 9600; i++)
            out[listen].at[0][i] = 0.5F * noise_next(&seed);
        rig_run(&r, &out[listen], NULL, 333);
        rig_close(&r);
    }
    uint64_t seed = 3;
    double worst = 0, most = 0;
    struct rig r = rig_exciter(48000, 2000, -6, 50);
    rig_start(&r);
    for (int i = 0; i + r.latency < 9600; i++) {
        const double sound = 0.5 * (double)noise_next(&seed),
                     added = (double)out[1].at[0][i + r.latency];
        worst = fmax(worst, fabs((double)out[0].at[0][i + r.latency] - sound - added));
        most = fmax(most, fabs(added));
    }
    figure("sound plus what is listened to (up to %.1f dBFS): off by %.1f dBFS (under -130)",
           ton_gain_to_db(most), ton_gain_to_db(worst));
    assert_true(ton_gain_to_db(worst) < -130 && most > 0.05);
    rig_close(&r);
    audio_free(&out[0]);
    audio_free(&out[1]);
}

static void a_bass_gets_its_harmonics(void **state) {
    (void)state;
    static const int tones[] = {60, 5000};
    struct rig r = rig_exciter(48000, 110, -6, 50);
    rig_set(&r, "range", 1);
    struct audio a = heard(&r, tones, 2, -12);
    const double second = line_db(a.at[0], 48000, 120) + 12,
                 third = line_db(a.at[0], 48000, 180) + 12;
    double near = -INFINITY;
    for (int hz = 4000; hz <= 6000; hz += 20)
        if (hz != 5000)
            near = fmax(near, line_db(a.at[0], 48000, hz) + 12);
    figure("60 Hz below 110 Hz, half odd, -6 dB: 120 Hz at %.1f dB (about -12 less 2), 180 Hz at "
           "%.1f (-12), beside the 5 kHz %.1f (under -90)",
           second, third, near);
    assert_true(fabs(second + 14) < 1 && fabs(third + 12) < 0.5 && near < -90);
    audio_free(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harmonics_have_the_level_asked_for),
        cmocka_unit_test(harmonics_are_in_step_and_the_tone_stays),
        cmocka_unit_test(nothing_but_harmonics),
        cmocka_unit_test(below_the_frequency_nothing_changes),
        cmocka_unit_test(what_lies_below_is_left_alone),
        cmocka_unit_test(listening_and_the_sound_add_up),
        cmocka_unit_test(a_bass_gets_its_harmonics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
