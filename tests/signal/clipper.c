/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the clipper promises: hardly any aliasing, a ceiling, its curve, and nothing below it. */
#include "harmonics.h"
#include "rig.h"

#include "ton/true_peak.h"

#define RATE 48000.0

static struct rig rig_clip(double rate, float drive, float knee) {
    struct rig r = rig_open("clipper", rate, 1, 0);
    rig_set(&r, "drive", drive);
    rig_set(&r, "knee", knee);
    return r;
}

static double peak_of(const struct audio *a, int64_t from) {
    float peak = 0;
    for (int64_t i = from; i < a->frames; i++)
        peak = fmaxf(peak, fabsf(a->at[0][i]));
    return ton_gain_to_db((double)peak);
}

static double true_peak_of(const struct audio *a, int64_t from) {
    static struct ton_true_peak t;
    ton_true_peak_init(&t);
    ton_true_peak_feed(&t, a->at[0] + from, (int)(a->frames - from));
    return ton_gain_to_db((double)ton_true_peak_finish(&t));
}

static void a_driven_sine_of_10_kHz_hardly_aliases(void **state) {
    (void)state;
    static const double rates[] = {44100, 48000, 96000}, tones[] = {10000, 9000, 5000};
    static const float knees[] = {0, 2, 12};
    for (int q = 0; q < TON_N(knees); q++)
        for (int k = 0; k < TON_N(rates); k++)
            for (int t = 0; t < TON_N(tones); t++) {
                const int n = (int)rates[k];
                struct rig r = rig_clip(rates[k], 24, knees[q]);
                rig_start(&r);
                struct audio a = audio_new(1, 2 * n);
                for (int i = 0; i < 2 * n; i++)
                    a.at[0][i] = (float)sin(2 * M_PI * (double)((int64_t)tones[t] * i % n) / n);
                rig_run(&r, &a, NULL, 512);
                const double db = aliasing_db(a.at[0] + n, n, (int64_t)tones[t]);
                figure(
                    "knee %2.0f dB at %5.0f Hz, full drive, sine of %5.0f Hz at 0 dBFS: aliasing "
                    "%.1f dB (under -90)",
                    (double)knees[q], rates[k], tones[t], db);
                assert_true(db < -90);
                audio_free(&a);
                rig_close(&r);
            }
}

/* The crest of a slow sine, in the middle of which nothing rings. */
static void steady_levels_meet_the_curve(void **state) {
    (void)state;
    static const float knees[] = {0, 1, 2, 6, 12};
    double worst = 0, worst_drawn = 0;
    for (int q = 0; q < TON_N(knees); q++)
        for (double in = -24; in <= 6; in += 1.5) {
            struct rig r = rig_clip(RATE, 6, knees[q]);
            rig_set(&r, "ceiling", -3);
            rig_start(&r);
            struct audio a = audio_new(1, 12000);
            audio_sine(&a, RATE, 20, in);
            rig_run(&r, &a, NULL, 512);
            const int64_t crest = 600 + 2400 * 3 + r.latency;
            const double out = ton_gain_to_db((double)a.at[0][crest]);
            const double ceiling = ton_db_to_gain(-3), x = ton_db_to_gain(in + 6) / ceiling;
            const double bend = 1 - ton_db_to_gain(-(double)knees[q]), over = (x - 1 + bend) / bend;
            const double y = x <= 1 - bend ? x : bend > 0 ? 1 - bend + bend * sin(atan(over)) : 1;
            worst = fmax(worst, fabs(out - ton_gain_to_db(y * ceiling)));
            worst_drawn = fmax(worst_drawn, fabs(out - r.processor->curve(r.params, in)));
            audio_free(&a);
            rig_close(&r);
        }
    figure("crests are off the curve by %.4f dB, off the drawn one by %.4f (at most 0.05)", worst,
           worst_drawn);
    assert_true(worst < 0.05 && worst_drawn < 0.05);
}

/* Tones below 20 kHz that stay under the bend: a delay and nothing else. */
static void below_the_bend_nothing_changes(void **state) {
    (void)state;
    static const double rates[] = {44100, 48000, 192000};
    for (int k = 0; k < TON_N(rates); k++)
        for (int guarded = 0; guarded < 2; guarded++) {
            struct rig r = rig_clip(rates[k], 0, 2);
            rig_set(&r, "true peak", (float)guarded);
            rig_start(&r);
            struct audio a = audio_new(1, 20000), b = audio_new(1, 20000);
            uint64_t seed = 5;
            for (int t = 0; t < 30; t++) {
                const double hz = t == 0 ? 20000 : 20000 * (0.5 + 0.5 * (double)noise_next(&seed));
                for (int64_t i = 0; i < a.frames; i++)
                    a.at[0][i] += (float)(0.65 / 30 * sin(2 * M_PI * hz / rates[k] * (double)i));
            }
            memcpy(b.at[0], a.at[0], sizeof(float) * 20000);
            rig_run(&r, &b, NULL, 500);
            double worst = 0;
            for (int64_t i = 1000; i < a.frames; i++)
                worst = fmax(worst, fabs((double)(b.at[0][i] - a.at[0][i - r.latency])));
            figure("%6.0f Hz%s: %d frames late and different by %.1f dBFS (at most -120)", rates[k],
                   guarded ? ", true peak" : "", r.latency, ton_gain_to_db(worst));
            assert_true(ton_gain_to_db(worst) < -120);
            audio_free(&a);
            audio_free(&b);
            rig_close(&r);
        }
}

static void noise(float *x, int64_t n) {
    uint64_t seed = 9;
    for (int64_t i = 0; i < n; i++)
        x[i] = noise_next(&seed);
}

static void square(float *x, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        x[i] = i / 61 % 2 ? 1 : -1;
}

static void high_sine(float *x, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)sin(2 * M_PI * 5333 / RATE * (double)i);
}

static void sweep(float *x, int64_t n) {
    double phase = 0;
    for (int64_t i = 0; i < n; i++) {
        phase += M_PI * 0.98 * (double)i / (double)n;
        x[i] = (float)sin(phase);
    }
}

static const struct {
    const char *name;
    void (*make)(float *x, int64_t n);
    double over; /* dB that its samples may stand over the ceiling: declared in the help */
} tortures[] = {{"white noise", noise, 5.5},
                {"square", square, 3},
                {"sine of 5333 Hz", high_sine, 3},
                {"sweep to 0.98 of Nyquist", sweep, 3}};
static void the_ceiling_is_held(void **state) {
    (void)state;
    for (int guarded = 0; guarded < 2; guarded++)
        for (int t = 0; t < TON_N(tortures); t++)
            for (float knee = 0; knee <= 6; knee += 6) {
                struct rig r = rig_clip(RATE, 24, knee);
                rig_set(&r, "ceiling", -2);
                rig_set(&r, "true peak", (float)guarded);
                rig_start(&r);
                struct audio a = audio_new(1, 48000);
                tortures[t].make(a.at[0], a.frames - 1000); /* all of it comes out */
                rig_run(&r, &a, NULL, 777);
                const double over = peak_of(&a, r.latency) + 2, true_over = true_peak_of(&a, 0) + 2;
                figure("%-24s knee %.0f dB%s: samples %+.2f dB re the ceiling, true peak %+.2f (at "
                       "most %.2f)",
                       tortures[t].name, (double)knee, guarded ? ", true peak" : "", over,
                       true_over, guarded ? 0.05 : tortures[t].over);
                assert_true(guarded ? true_over < 0.05 : over < tortures[t].over);
                audio_free(&a);
                rig_close(&r);
            }
}

static void gain_link_takes_the_drive_back(void **state) {
    (void)state;
    struct rig r = rig_clip(RATE, 12, 0);
    rig_set(&r, "gain link", 1);
    rig_start(&r);
    struct audio a = audio_new(1, 48000);
    audio_sine(&a, RATE, 1000, -40);
    rig_run(&r, &a, NULL, 512);
    const double db = sine_level(a.at[0], 24000, 48000, RATE, 1000, NULL);
    figure("drive of 12 dB, linked: -40 dBFS leaves at %.3f dBFS (within 0.01)", db);
    assert_true(fabs(db + 40) < 0.01);
    audio_free(&a);
    rig_close(&r);
}

/* The ceiling divides before the delay of the oversampling and multiplies after it. */
static void a_ceiling_that_jumps_leaves_quiet_sound_alone(void **state) {
    (void)state;
    struct rig r = rig_clip(RATE, 0, 0);
    rig_start(&r);
    struct audio a = audio_new(1, 4800), b = audio_new(1, 4800);
    audio_sine(&a, RATE, 1000, -40);
    memcpy(b.at[0], a.at[0], sizeof(float) * 4800);
    struct audio first = {.channels = 1, .frames = 2400, .at = (float *[]){b.at[0]}};
    struct audio rest = {.channels = 1, .frames = 2400, .at = (float *[]){b.at[0] + 2400}};
    rig_run(&r, &first, NULL, 100);
    rig_set(&r, "ceiling", -20);
    rig_run(&r, &rest, NULL, 100);
    double worst = 0;
    for (int64_t i = 1000; i < 4800; i++)
        worst = fmax(worst, fabs((double)(b.at[0][i] - a.at[0][i - r.latency])));
    figure("a ceiling from -1 to -20 dB in 5 ms changes a tone of -40 dBFS by %.1f dBFS (under "
           "-90)",
           ton_gain_to_db(worst));
    assert_true(ton_gain_to_db(worst) < -90);
    audio_free(&a);
    audio_free(&b);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_driven_sine_of_10_kHz_hardly_aliases),
        cmocka_unit_test(steady_levels_meet_the_curve),
        cmocka_unit_test(below_the_bend_nothing_changes),
        cmocka_unit_test(the_ceiling_is_held),
        cmocka_unit_test(gain_link_takes_the_drive_back),
        cmocka_unit_test(a_ceiling_that_jumps_leaves_quiet_sound_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
