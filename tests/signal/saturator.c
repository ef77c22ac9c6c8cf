/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the saturator promises: hardly any aliasing, the harmonics of its kinds, flat when quiet. */
#include "harmonics.h"
#include "rig.h"

#include "ton/biquad.h"

#define RATE 48000.0

enum { TAPE, TUBE, TRANSISTOR, N_KINDS };
static const char *const kinds[] = {"tape", "tube", "transistor"};

static struct rig rig_kind(int kind, double rate, float drive) {
    struct rig r = rig_open("saturator", rate, 1, 0);
    rig_set(&r, "kind", (float)kind);
    rig_set(&r, "drive", drive);
    rig_set(&r, "bump", 0);
    return r;
}

/* The last second of `seconds` of a sine through it; the rig is closed. */
static struct audio last_second(struct rig *r, double hz, double level_db, int seconds) {
    const int64_t n = (int64_t)r->config.rate;
    rig_start(r);
    struct audio a = audio_new(1, n * seconds), last = audio_new(1, n);
    for (int64_t i = 0; i < a.frames; i++)
        a.at[0][i] = (float)(ton_db_to_gain(level_db) *
                             sin(2 * M_PI * (double)((int64_t)hz * i % n) / (double)n));
    rig_run(r, &a, NULL, 512);
    memcpy(last.at[0], a.at[0] + a.frames - n, sizeof(float) * (size_t)n);
    audio_free(&a);
    rig_close(r);
    return last;
}

static void a_driven_sine_of_10_kHz_hardly_aliases(void **state) {
    (void)state;
    static const double rates[] = {44100, 48000, 96000}, tones[] = {10000, 9000, 5000};
    for (int kind = 0; kind < N_KINDS; kind++)
        for (int k = 0; k < TON_N(rates); k++)
            for (int t = 0; t < TON_N(tones); t++) {
                struct rig r = rig_kind(kind, rates[k], 24);
                struct audio a = last_second(&r, tones[t], 0, 3);
                const double db = aliasing_db(a.at[0], (int)a.frames, (int64_t)tones[t]);
                figure("%-10s at %5.0f Hz, full drive, sine of %5.0f Hz at 0 dBFS: aliasing %.1f "
                       "dB (under -90)",
                       kinds[kind], rates[k], tones[t], db);
                assert_true(db < -90);
                audio_free(&a);
            }
}

/* The curves as they are written in the literature, not as they are computed. */
static double bent(int kind, double x) {
    switch (kind) {
    case TAPE:
        return fabs(x) < 1e-4 ? x : 2 * (1 / tanh(1.5 * x) - 1 / (1.5 * x));
    case TUBE:
        return 2 * (x / 2 + 0.5) / sqrt(1 + (x / 2 + 0.5) * (x / 2 + 0.5));
    default:
        return 0.625 * (sin(atan(x / sqrt(0.8) + 0.5)) + sin(atan(x / sqrt(0.8) - 0.5)));
    }
}

static double harmonic_of(int kind, double amplitude, int k) {
    enum { POINTS = 4096 };
    double re = 0, im = 0;
    for (int i = 0; i < POINTS; i++) {
        const double phase = 2 * M_PI * i / POINTS, y = bent(kind, amplitude * sin(phase));
        re += y * cos(k * phase) * 2 / POINTS;
        im += y * sin(k * phase) * 2 / POINTS;
    }
    return hypot(re, im);
}

/* At 100 Hz, where tape's emphasis does nothing. */
static void harmonics_are_those_of_the_curve(void **state) {
    (void)state;
    static const float drives[] = {0, 6, 12, 18};
    for (int kind = 0; kind < N_KINDS; kind++) {
        double worst = 0;
        for (int d = 0; d < TON_N(drives); d++) {
            struct rig r = rig_kind(kind, RATE, drives[d]);
            struct audio a = last_second(&r, 100, -6, 3);
            const double amplitude = ton_db_to_gain(-6 + (double)drives[d]);
            const double first = line_db(a.at[0], (int)a.frames, 100);
            const double asked_first = ton_gain_to_db(harmonic_of(kind, amplitude, 1));
            double h[6] = {0}, asked[6] = {0};
            for (int k = 2; k <= 5; k++) {
                h[k] = line_db(a.at[0], (int)a.frames, 100 * k) - first;
                asked[k] = ton_gain_to_db(harmonic_of(kind, amplitude, k) + 1e-15) - asked_first;
                if (asked[k] > -70)
                    worst = fmax(worst, fabs(h[k] - asked[k]));
                else
                    assert_true(h[k] < -69);
            }
            figure("%-10s -6 dBFS, drive %2.0f dB: second %6.1f dB, third %6.1f, fourth %6.1f, "
                   "fifth %6.1f",
                   kinds[kind], (double)drives[d], fmax(h[2], -150), fmax(h[3], -150),
                   fmax(h[4], -150), fmax(h[5], -150));
            if (kind == TUBE && d < 2)
                assert_true(h[2] > h[3] + 6 && h[2] > h[4] + 6);
            else if (kind != TUBE)
                assert_true(h[2] < -110 && h[4] < -110);
            audio_free(&a);
        }
        const double bar = kind == TAPE ? 0.6 : 0.1; /* its Langevin function is a fit */
        figure("%-10s harmonics off those of the curve by %.2f dB at most (at most %.1f)",
               kinds[kind], worst, bar);
        assert_true(worst < bar);
    }
}

static void full_scale_on_tape_makes_three_percent(void **state) {
    (void)state;
    struct rig r = rig_kind(TAPE, RATE, 0);
    struct audio a = last_second(&r, 1000, 0, 2);
    const double percent =
        100 * line_amplitude(a.at[0], 48000, 3000) / line_amplitude(a.at[0], 48000, 1000);
    figure("tape, 1 kHz at 0 dBFS without drive: third harmonic %.2f %% (2 to 4)", percent);
    assert_true(percent > 2 && percent < 4);
    audio_free(&a);
}

static void quiet_sound_is_flat(void **state) {
    (void)state;
    static const double tones[] = {20, 30, 60, 120, 300, 1000, 3000, 8000, 12000, 16000, 20000};
    static const double rates[] = {44100, 48000, 96000, 192000};
    for (int kind = 0; kind < N_KINDS; kind++)
        for (int k = 0; k < TON_N(rates); k++) {
            double least = INFINITY, most = -INFINITY;
            for (int t = 0; t < TON_N(tones); t++) {
                struct rig r = rig_kind(kind, rates[k], 6);
                rig_set(&r, "auto gain", 0);
                struct audio a = last_second(&r, tones[t], -80, 2);
                const double db = line_db(a.at[0], (int)a.frames, (int64_t)tones[t]) + 80 - 6;
                least = fmin(least, db);
                most = fmax(most, db);
                audio_free(&a);
            }
            figure("%-10s at %6.0f Hz, -80 dBFS, 20 Hz to 20 kHz: drive %+.3f to %+.3f dB (within "
                   "0.1)",
                   kinds[kind], rates[k], least, most);
            assert_true(fabs(least) < 0.1 && fabs(most) < 0.1);
        }
}

static void the_head_bump_is_the_declared_one(void **state) {
    (void)state;
    static const double tones[] = {20, 40, 60, 90, 150, 400, 1000};
    const struct ton_analogue bump = ton_analogue_bell(60, 3, 0.8);
    double worst = 0;
    for (int t = 0; t < TON_N(tones); t++) {
        struct rig r = rig_kind(TAPE, RATE, 0);
        rig_set(&r, "auto gain", 0);
        rig_set(&r, "bump", 3);
        struct audio a = last_second(&r, tones[t], -80, 3);
        const double db = line_db(a.at[0], (int)a.frames, (int64_t)tones[t]) + 80;
        worst = fmax(worst, fabs(db - ton_analogue_db(&bump, tones[t])));
        audio_free(&a);
    }
    figure("bump of 3 dB at 60 Hz: off its curve by %.3f dB at most (at most 0.1)", worst);
    assert_true(worst < 0.1);
}

/* How much less than 6 dB the level rises when 6 dB more come in. */
static double compression_db(int kind, double hz) {
    double db[2];
    for (int k = 0; k < 2; k++) {
        struct rig r = rig_kind(kind, RATE, 0);
        struct audio a = last_second(&r, hz, k ? 0 : -40, 2);
        db[k] = line_db(a.at[0], (int)a.frames, (int64_t)hz);
        audio_free(&a);
    }
    return 40 - (db[1] - db[0]);
}

static void treble_saturates_first_on_tape_only(void **state) {
    (void)state;
    for (int kind = 0; kind < N_KINDS; kind++) {
        const double low = compression_db(kind, 1000), high = compression_db(kind, 10000);
        figure("%-10s 0 dBFS without drive is compressed by %.2f dB at 1 kHz, %.2f dB at 10 kHz",
               kinds[kind], low, high);
        assert_true(kind == TAPE ? high > low + 2 : fabs(high - low) < 0.05);
    }
}

static void auto_gain_keeps_a_tone_as_loud_as_it_came(void **state) {
    (void)state;
    double worst = 0;
    for (int kind = 0; kind < N_KINDS; kind++)
        for (int d = 0; d <= 24; d += 6)
            for (int bias = -100; bias <= 100; bias += 100) {
                struct rig r = rig_kind(kind, RATE, (float)d);
                rig_set(&r, "bias", (float)bias);
                struct audio a = last_second(&r, 1000, -12, 2);
                double squares = 0;
                for (int64_t i = 0; i < a.frames; i++)
                    squares += (double)a.at[0][i] * (double)a.at[0][i] / (double)a.frames;
                worst = fmax(worst, fabs(10 * log10(2 * squares) + 12));
                audio_free(&a);
            }
    figure("1 kHz at -12 dBFS at every drive and bias: off by %.3f dB at most (at most 0.2)",
           worst);
    assert_true(worst < 0.2);
}

static void no_direct_current_comes_out(void **state) {
    (void)state;
    double worst = 0;
    for (int kind = 0; kind < N_KINDS; kind++)
        for (int bias = -100; bias <= 100; bias += 50) {
            struct rig r = rig_kind(kind, RATE, 24);
            rig_set(&r, "bias", (float)bias);
            rig_set(&r, "auto gain", 0);
            struct audio a = last_second(&r, 100, 0, 4);
            worst = fmax(worst,
                         line_amplitude(a.at[0], 48000, 0) / line_amplitude(a.at[0], 48000, 100));
            audio_free(&a);
        }
    figure("direct current at full drive and any bias: %.1f dB re the tone (under -90)",
           ton_gain_to_db(worst));
    assert_true(ton_gain_to_db(worst) < -90);
}

static void mix_is_in_phase(void **state) {
    (void)state;
    static const double tones[] = {50, 1000, 10000, 20000};
    double worst = 0;
    for (int kind = 0; kind < N_KINDS; kind++)
        for (int t = 0; t < TON_N(tones); t++) {
            struct rig r = rig_kind(kind, 44100, 0);
            rig_set(&r, "auto gain", 0);
            rig_set(&r, "mix", 50);
            struct audio a = last_second(&r, tones[t], -80, 2);
            worst = fmax(worst, fabs(line_db(a.at[0], 44100, (int64_t)tones[t]) + 80));
            audio_free(&a);
        }
    figure("half clean, half saturated, quiet: off by %.4f dB at most (at most 0.02)", worst);
    assert_true(worst < 0.02);
}

static void the_drawn_curve_is_the_measured_one(void **state) {
    (void)state;
    double worst = 0;
    for (int kind = 0; kind < N_KINDS; kind++)
        for (double in = -42; in <= 0; in += 6) {
            struct rig r = rig_kind(kind, RATE, 12);
            rig_set(&r, "mix", 70);
            const double asked = r.processor->curve(r.params, in);
            struct audio a = last_second(&r, 1000, in, 2);
            double squares = 0;
            for (int64_t i = 0; i < a.frames; i++)
                squares += (double)a.at[0][i] * (double)a.at[0][i] / (double)a.frames;
            worst = fmax(worst, fabs(10 * log10(2 * squares) - asked));
            audio_free(&a);
        }
    figure("curve and measured level at 1 kHz differ by %.3f dB at most (at most 0.15)", worst);
    assert_true(worst < 0.15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_driven_sine_of_10_kHz_hardly_aliases),
        cmocka_unit_test(harmonics_are_those_of_the_curve),
        cmocka_unit_test(full_scale_on_tape_makes_three_percent),
        cmocka_unit_test(quiet_sound_is_flat),
        cmocka_unit_test(the_head_bump_is_the_declared_one),
        cmocka_unit_test(treble_saturates_first_on_tape_only),
        cmocka_unit_test(auto_gain_keeps_a_tone_as_loud_as_it_came),
        cmocka_unit_test(no_direct_current_comes_out),
        cmocka_unit_test(mix_is_in_phase),
        cmocka_unit_test(the_drawn_curve_is_the_measured_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
