/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the multiband compressor promises: bands that sum flat in both phases, a pure delay in the
 * linear one, bands that are those of Linkwitz and Riley, and a compressor in each. */
#include "rig.h"

#include <complex.h>

#define RATE 48000.0

enum { MOST_BANDS = 5 };

static void set_of_band(struct rig *r, int band, const char *name, double value) {
    char key[64];
    snprintf(key, sizeof key, "band %d.%s", band + 1, name);
    rig_set(r, key, (float)value);
}

/* Bands split at `hz`, nothing else touched. */
static struct rig split_at(double rate, int channels, int keys, int n, const double *hz,
                           bool linear) {
    struct rig r = rig_open("multiband", rate, channels, keys);
    r.params[0] = (float)n;
    for (int b = 0; b + 1 < n; b++)
        set_of_band(&r, b, "up to", hz[b]);
    rig_set(&r, "phase", linear);
    return r;
}

/* All bands without compression. */
static void rest(struct rig *r, int n) {
    for (int b = 0; b < n; b++)
        set_of_band(r, b, "ratio", 1);
}

static struct audio impulse_response(struct rig *r, int64_t frames) {
    struct audio a = audio_new(1, frames);
    rig_start(r);
    a.at[0][0] = 1;
    rig_run(r, &a, NULL, 1000);
    return a;
}

static double complex spectrum_at(const struct audio *a, double rate, double hz, int delay) {
    double complex sum = 0;
    const double complex turn = cexp(-2 * M_PI * I * hz / rate);
    double complex at = cexp(2 * M_PI * I * hz / rate * delay);
    for (int64_t i = 0; i < a->frames; i++, at *= turn)
        sum += (double)a->at[0][i] * at;
    return sum;
}

static void bands_sum_flat_in_both_phases(void **state) {
    (void)state;
    static const double rates[] = {44100, 96000, 192000};
    uint64_t seed = 11;
    for (int k = 0; k < TON_N(rates); k++)
        for (int linear = 0; linear < 2; linear++) {
            double worst = 0, turned = 0, latest = 0;
            for (int n = 2; n <= MOST_BANDS; n++)
                for (int turn = 0; turn < 3; turn++) {
                    double hz[MOST_BANDS];
                    for (int b = 0; b + 1 < n; b++)
                        hz[b] = 40 * pow(400, fabs((double)noise_next(&seed)));
                    struct rig r = split_at(rates[k], 1, 0, n, hz, linear);
                    rest(&r, n);
                    const int late = r.processor->latency(&r.config, r.params);
                    struct audio a = impulse_response(&r, late + (int64_t)(0.2 * rates[k]));
                    for (double f = 20; f <= 20000; f *= 1.2) {
                        const double complex h = spectrum_at(&a, rates[k], f, late);
                        worst = fmax(worst, fabs(ton_gain_to_db(cabs(h))));
                        turned = fmax(turned, fabs(carg(h)));
                    }
                    latest = fmax(latest, late / rates[k]);
                    audio_free(&a);
                    rig_close(&r);
                }
            figure("%6.0f Hz, %s: 2 to 5 bands at random edges off flat by %.4f dB at most (0.1), "
                   "phase off its delay by %.4f rad%s, at most %.1f ms late",
                   rates[k], linear ? "linear " : "minimum", worst, turned, linear ? " (0.01)" : "",
                   1000 * latest);
            assert_true(worst <= 0.1);
            assert_true(linear ? turned <= 0.01 && latest > 0 : latest == 0);
        }
}

/* |low| = 1 / (1 + f^4), |high| = f^4 / (1 + f^4); bilinear, so frequencies are tangents. */
static double band_db(int band, int n, const double *edges, double rate, double hz) {
    double db = 0;
    for (int k = 0; k < n - 1 && k <= band; k++) {
        const double f = tan(M_PI * hz / rate) / tan(M_PI * edges[k] / rate);
        db -= 20 * log10(1 + (k == band ? pow(f, 4) : pow(f, -4)));
    }
    return db;
}

static void a_band_alone_is_that_of_linkwitz_and_riley(void **state) {
    (void)state;
    static const double edges[] = {150, 900, 5000};
    for (int linear = 0; linear < 2; linear++)
        for (int band = 0; band < 4; band++) {
            double worst = 0, drawn = 0, least = 0;
            struct rig r = split_at(RATE, 1, 0, 4, edges, linear);
            rest(&r, 4);
            set_of_band(&r, band, "solo", 1);
            struct audio a = impulse_response(&r, 40000);
            for (double f = 20; f <= 20000; f *= 1.1) {
                const double wanted = band_db(band, 4, edges, RATE, f);
                const double db = ton_gain_to_db(cabs(spectrum_at(&a, RATE, f, 0)));
                least = fmin(least, db);
                if (wanted < -70)
                    continue;
                worst = fmax(worst, fabs(db - wanted));
                drawn = fmax(drawn, fabs(r.processor->response(&r.config, r.params, f) - wanted));
            }
            figure("%s, band %d alone: off by %.4f dB at most down to -70 dB (0.05), drawn by "
                   "%.1e; far away %.0f dB (at most -70)",
                   linear ? "linear " : "minimum", band + 1, worst, drawn, least);
            assert_true(worst <= 0.05 && drawn <= 1e-6 && least <= -70);
            audio_free(&a);
            rig_close(&r);
        }
}

static double ideal_db(double in, double threshold, double ratio, double knee) {
    const double x = in - threshold, slope = 1 / ratio - 1;
    return 2 * x <= -knee  ? in
           : 2 * x >= knee ? in + slope * x
                           : in + slope * (x + knee / 2) * (x + knee / 2) / (2 * knee);
}

static double steady_db(struct rig *r, double hz, double level) {
    rig_start(r);
    struct audio a = audio_new(1, 96000);
    audio_sine(&a, RATE, hz, level);
    rig_run(r, &a, NULL, 512);
    const double out = sine_level(a.at[0], 48000, 96000, RATE, hz, NULL);
    audio_free(&a);
    return out;
}

static void each_band_meets_its_own_static_curve(void **state) {
    (void)state;
    static const double edges[] = {150, 2500}, tones[] = {30, 600, 14000};
    static const double shapes[][3] = {{-30, 4, 6}, {-24, 2, 0}, {-36, 10, 12}};
    for (int linear = 0; linear < 2; linear++)
        for (int band = 0; band < 3; band++) {
            double worst = 0;
            for (double level = -44; level <= 0; level += 11) {
                struct rig r = split_at(RATE, 1, 0, 3, edges, linear);
                rest(&r, 3);
                set_of_band(&r, band, "threshold", shapes[band][0]);
                set_of_band(&r, band, "ratio", shapes[band][1]);
                set_of_band(&r, band, "knee", shapes[band][2]);
                set_of_band(&r, band, "make up", 2);
                set_of_band(&r, band, "solo", 1);
                const double heard = level + band_db(band, 3, edges, RATE, tones[band]);
                const double wanted =
                    2 + ideal_db(heard, shapes[band][0], shapes[band][1], shapes[band][2]);
                worst = fmax(worst, fabs(steady_db(&r, tones[band], level) - wanted));
                rig_close(&r);
            }
            figure("%s, band %d: sines of %5.0f Hz off the curve by %.3f dB at most (0.1)",
                   linear ? "linear " : "minimum", band + 1, tones[band], worst);
            assert_true(worst <= 0.1);
        }
}

static void bypass_and_mix_leave_the_sound_in_phase(void **state) {
    (void)state;
    static const double edges[] = {150, 2500};
    double got[3];
    for (int k = 0; k < 3; k++) {
        struct rig r = split_at(RATE, 1, 0, 3, edges, false);
        rest(&r, 3);
        set_of_band(&r, 1, "ratio", 1000);
        set_of_band(&r, 1, "knee", 0);
        set_of_band(&r, 1, "solo", 1);
        if (k == 1)
            set_of_band(&r, 1, "bypass", 1);
        if (k == 2)
            rig_set(&r, "mix", 50);
        got[k] = steady_db(&r, 600, -4);
        rig_close(&r);
    }
    const double whole = -4 + band_db(1, 3, edges, RATE, 600);
    const double half = ton_gain_to_db(0.5 * ton_db_to_gain(whole) + 0.5 * ton_db_to_gain(-24));
    figure("600 Hz of %.2f dB over -24: %.2f dB; bypassed %.2f dB; half %.2f dB (%.2f)", whole,
           got[0], got[1], got[2], half);
    assert_true(fabs(got[0] + 24) <= 0.1 && fabs(got[1] - whole) <= 0.01);
    assert_true(fabs(got[2] - half) <= 0.05);
}

static void attack_and_release_take_their_times(void **state) {
    (void)state;
    static const double edges[] = {150, 2500};
    struct rig r = split_at(RATE, 1, 0, 3, edges, false);
    rest(&r, 3);
    set_of_band(&r, 2, "threshold", -20);
    set_of_band(&r, 2, "ratio", 4);
    set_of_band(&r, 2, "knee", 0);
    set_of_band(&r, 2, "attack", 20);
    set_of_band(&r, 2, "release", 200);
    rig_start(&r);
    double attack = -1, release = -1;
    struct audio a = audio_new(1, 8);
    for (int64_t at = 0; at < 144000; at += 8) {
        float meter[MOST_BANDS];
        for (int i = 0; i < 8; i++)
            a.at[0][i] = at >= 24000 && at < 72000
                             ? (float)sin(2 * M_PI * 10000 / RATE * (double)(at + i))
                             : 0;
        rig_run(&r, &a, NULL, 8);
        r.processor->read_meters(r.state, meter);
        assert_true(meter[1] == 0);
        const double part = (double)meter[2] / -15;
        if (attack < 0 && part >= 1 - exp(-1))
            attack = (double)(at + 8 - 24000) / RATE * 1000;
        if (release < 0 && at > 72000 && part <= exp(-1))
            release = (double)(at + 8 - 72000) / RATE * 1000;
    }
    figure("attack 20 ms: %.2f ms, release 200 ms: %.1f ms (off by 5 %% at most)", attack, release);
    assert_true(fabs(attack - 20) <= 1 && fabs(release - 200) <= 10);
    audio_free(&a);
    rig_close(&r);
}

static void parts_keyed_by_the_whole_add_up_to_it(void **state) {
    (void)state;
    static const double edges[] = {150, 2500};
    for (int linear = 0; linear < 2; linear++) {
        struct audio whole = audio_new(2, 48000), key = audio_new(2, 48000), parts[2];
        uint64_t seed = 7;
        for (int p = 0; p < 2; p++) {
            parts[p] = audio_new(2, 48000);
            for (int c = 0; c < 2; c++)
                for (int64_t i = 0; i < whole.frames; i++) {
                    parts[p].at[c][i] =
                        0.3F * noise_next(&seed) * ((i / 5000 + p) % 3 ? 1.0F : 0.1F);
                    whole.at[c][i] += parts[p].at[c][i];
                    key.at[c][i] = whole.at[c][i];
                }
        }
        struct audio *const runs[] = {&whole, &parts[0], &parts[1]};
        for (int k = 0; k < 3; k++) {
            struct rig r = split_at(RATE, 2, k ? 2 : 0, 3, edges, linear);
            for (int b = 0; b < 3; b++)
                set_of_band(&r, b, "threshold", -40);
            rig_set(&r, "look ahead", 2);
            rig_set(&r, "stereo link", 40);
            rig_start(&r);
            rig_run(&r, runs[k], k ? &key : NULL, 333);
            rig_close(&r);
        }
        assert_parts_add_up(&whole, parts);
        audio_free(&whole);
        audio_free(&key);
        for (int p = 0; p < 2; p++)
            audio_free(&parts[p]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bands_sum_flat_in_both_phases),
        cmocka_unit_test(a_band_alone_is_that_of_linkwitz_and_riley),
        cmocka_unit_test(each_band_meets_its_own_static_curve),
        cmocka_unit_test(bypass_and_mix_leave_the_sound_in_phase),
        cmocka_unit_test(attack_and_release_take_their_times),
        cmocka_unit_test(parts_keyed_by_the_whole_add_up_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
