/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the de-esser promises: a wire while nothing hisses, its shelf, its balance at any level, its
 * times, and real voices without their sharpness. */
#include "speech.h"

#define RATE 48000.0

/* What the shelf does at `hz`: Butterworth, fourth order, corners apart by the gain's fourth root;
 * bilinear, so frequencies are tangents. */
static double shelf_db(double hz, double corner, double rate, double gain_db) {
    const double f = tan(M_PI * hz / rate) / tan(M_PI * corner / rate);
    return 10 * log10((1 + pow(ton_db_to_gain(gain_db / 4) * f, 8)) / (1 + pow(f, 8)));
}

static double ideal_gain_db(double over, double ratio, double range) {
    const double knee = 4, slope = 1 / ratio - 1;
    const double gain = over <= -knee / 2  ? 0
                        : over >= knee / 2 ? slope * over
                                           : slope * pow(over + knee / 2, 2) / (2 * knee);
    return fmax(gain, -range);
}

static void add_sine(struct audio *a, double rate, double hz, double level_db) {
    struct audio s = audio_new(1, a->frames);
    audio_sine(&s, rate, hz, level_db);
    for (int c = 0; c < a->channels; c++)
        for (int64_t i = 0; i < a->frames; i++)
            a->at[c][i] += s.at[0][i];
    audio_free(&s);
}

static void while_nothing_hisses_it_is_a_wire(void **state) {
    (void)state;
    static const double rates[] = {8000, 44100, 48000, 96000, 192000, 384000};
    for (int k = 0; k < TON_N(rates); k++) {
        struct rig r = rig_open("deesser", rates[k], 2, 0);
        rig_set(&r, "detection", 1);
        rig_set(&r, "threshold", 0);
        rig_start(&r);
        struct audio a = audio_new(2, 20000), b = audio_new(2, 20000);
        uint64_t seed = 5;
        for (int c = 0; c < 2; c++)
            for (int64_t i = 0; i < a.frames; i++)
                a.at[c][i] = b.at[c][i] = 0.5F * noise_next(&seed);
        rig_run(&r, &b, NULL, 500);
        int64_t same = 0;
        for (int c = 0; c < 2; c++)
            for (int64_t i = r.latency; i < a.frames; i++)
                same += b.at[c][i] == a.at[c][i - r.latency];
        figure("%6.0f Hz: %lld of %lld samples of noise are the input's bits, %d frames late",
               rates[k], (long long)same, (long long)(2 * (a.frames - r.latency)), r.latency);
        assert_int_equal(same, 2 * (a.frames - r.latency));
        audio_free(&a);
        audio_free(&b);
        rig_close(&r);
    }
}

/* Level of a tone while the side-chain hisses without end. */
static double hissing_db(double rate, float frequency, float range, float mode, double hz) {
    struct rig r = rig_open("deesser", rate, 1, 1);
    rig_set(&r, "frequency", frequency);
    rig_set(&r, "range", range);
    rig_set(&r, "mode", mode);
    rig_set(&r, "balance", -40);
    rig_start(&r);
    struct audio a = audio_new(1, (int64_t)rate), key = audio_new(1, (int64_t)rate);
    audio_sine(&a, rate, hz, -6);
    audio_sine(&key, rate, 0.42 * rate, -6);
    rig_run(&r, &a, &key, 300);
    const int64_t half = a.frames / 2;
    const double level = sine_level(a.at[0], half, a.frames, rate, hz, NULL);
    audio_free(&a);
    audio_free(&key);
    rig_close(&r);
    return level + 6;
}

static void the_split_is_a_shelf_of_24_dB_an_octave(void **state) {
    (void)state;
    static const double tones[] = {100, 1000, 2000, 3000, 4000, 5000, 6000, 8000, 12000, 19000};
    static const struct {
        double rate;
        float frequency, range;
    } cases[] = {{44100, 4500, 6}, {48000, 6000, 12}, {96000, 5000, 24}, {192000, 8000, 36}};
    for (int k = 0; k < TON_N(cases); k++) {
        double worst = 0, under = 0;
        for (int t = 0; t < TON_N(tones); t++) {
            const double got =
                hissing_db(cases[k].rate, cases[k].frequency, cases[k].range, 0, tones[t]);
            worst = fmax(worst, fabs(got - shelf_db(tones[t], (double)cases[k].frequency,
                                                    cases[k].rate, -(double)cases[k].range)));
            if (tones[t] <= 0.6 * (double)cases[k].frequency)
                under = fmin(under, got);
        }
        figure("%6.0f Hz, %g dB above %g Hz: off the shelf by %.3f dB at most (0.1), the voice "
               "under 0.6 of it by %.3f dB (0.1)",
               cases[k].rate, -(double)cases[k].range, (double)cases[k].frequency, worst, under);
        assert_true(worst <= 0.1 && under >= -0.1);
    }
}

static void wide_band_turns_everything_down(void **state) {
    (void)state;
    static const double tones[] = {100, 1000, 5000, 15000};
    double worst = 0;
    for (int t = 0; t < TON_N(tones); t++)
        worst = fmax(worst, fabs(hissing_db(RATE, 4500, 9, 1, tones[t]) + 9));
    figure("100 Hz to 15 kHz: off -9 dB by %.4f dB at most (0.01)", worst);
    assert_true(worst <= 0.01);
}

/* Reduction of a voice of 1500 Hz at `level` with a tone of 12 kHz `balance` dB over it. */
static double reduction_db(double level, double balance, const float *set, float detection) {
    struct rig r = rig_open("deesser", RATE, 1, 0);
    rig_set(&r, "detection", detection);
    rig_set(&r, "balance", set[0]);
    rig_set(&r, "threshold", set[0]);
    rig_set(&r, "ratio", set[1]);
    rig_set(&r, "range", set[2]);
    rig_start(&r);
    struct audio a = audio_new(1, 24000);
    audio_sine(&a, RATE, 1500, level);
    add_sine(&a, RATE, 12000, level + balance);
    rig_run(&r, &a, NULL, 480);
    const double got = sine_level(a.at[0], 12000, 24000, RATE, 12000, NULL) - level - balance;
    audio_free(&a);
    rig_close(&r);
    return got;
}

static const float settings[][3] = {{-12, 4, 6}, {-20, 1000, 24}, {-6, 2, 12}, {-15, 10, 36}};

/* The tone of 12 kHz loses `shelf_db` of the reduction: above 1.4 times the frequency nearly all.
 */
static void relative_detection_is_the_same_at_every_level(void **state) {
    (void)state;
    static const double levels[] = {-30, -20, -10, -3, 0};
    for (int k = 0; k < TON_N(settings); k++) {
        double worst = 0, spread = 0;
        for (double balance = -30; balance <= 6; balance += 3) {
            const double wanted = ideal_gain_db(balance - (double)settings[k][0],
                                                (double)settings[k][1], (double)settings[k][2]);
            const double heard = shelf_db(12000, 4500, RATE, wanted);
            double least = 100, most = -100;
            for (int l = 0; l < TON_N(levels); l++) {
                const double got = reduction_db(levels[l], balance, settings[k], 0);
                worst = fmax(worst, fabs(got - heard));
                least = fmin(least, got);
                most = fmax(most, got);
            }
            spread = fmax(spread, most - least);
        }
        figure("balance %g dB, ratio %g, range %g dB: off the curve by %.3f dB at most (0.1), from "
               "-30 to 0 dBFS it differs by %.4f dB (0.02)",
               (double)settings[k][0], (double)settings[k][1], (double)settings[k][2], worst,
               spread);
        assert_true(worst <= 0.1 && spread <= 0.02);
    }
}

/* A tone's mean power is 3 dB under its peak, and a power is what the detector takes. */
static void absolute_detection_takes_the_level_of_the_band(void **state) {
    (void)state;
    double worst = 0;
    for (int k = 0; k < TON_N(settings); k++)
        for (double level = -40; level <= 0; level += 4) {
            const double over = level - 20 - 10 * log10(2) - (double)settings[k][0];
            const double wanted =
                ideal_gain_db(over, (double)settings[k][1], (double)settings[k][2]);
            const double got = reduction_db(level, -20, settings[k], 1);
            worst = fmax(worst, fabs(got - shelf_db(12000, 4500, RATE, wanted)));
        }
    figure("off the curve by %.3f dB at most (0.1)", worst);
    assert_true(worst <= 0.1);
}

static void the_drawn_curve_is_the_ideal_one(void **state) {
    (void)state;
    struct rig r = rig_open("deesser", RATE, 1, 0);
    double worst = 0;
    for (double in = -60; in <= 20; in += 0.25)
        worst =
            fmax(worst, fabs(r.processor->curve(r.params, in) - in - ideal_gain_db(in + 12, 4, 6)));
    figure("off by %.1e dB at most (1e-4)", worst);
    assert_true(worst <= 1e-4);
    rig_close(&r);
}

/* Gain in dB of a constant, in wide band, frame by frame, while the key hisses from 1 to 2 s. */
static void attack_and_release_take_their_times(void **state) {
    (void)state;
    static const struct {
        float attack, release;
        double rate;
    } cases[] = {{5, 40, 48000}, {20, 150, 44100}, {10, 400, 96000}};
    for (int k = 0; k < TON_N(cases); k++) {
        const double rate = cases[k].rate, full = -12, e = 1 / exp(1);
        struct rig r = rig_open("deesser", rate, 1, 1);
        rig_set(&r, "mode", 1);
        rig_set(&r, "range", -(float)full);
        rig_set(&r, "balance", 0);
        rig_set(&r, "ratio", 1000);
        rig_set(&r, "attack", cases[k].attack);
        rig_set(&r, "release", cases[k].release);
        rig_set(&r, "look ahead", 0);
        rig_start(&r);
        const int64_t begin = (int64_t)rate, end = 2 * begin;
        struct audio a = audio_new(1, 4 * begin), key = audio_new(1, 4 * begin);
        for (int64_t i = 0; i < a.frames; i++) {
            const double turns = 2 * M_PI * (double)i / rate;
            a.at[0][i] = 1;
            key.at[0][i] = (float)(0.03 * sin(1000 * turns));
            if (i >= begin && i < end)
                key.at[0][i] += (float)(0.5 * sin(10000 * turns));
        }
        rig_run(&r, &a, &key, 777);
        int64_t i = begin;
        while (ton_gain_to_db((double)a.at[0][i]) > full * (1 - e))
            i++;
        const double attack = (double)(i - begin) / rate * 1000;
        i = end;
        while (ton_gain_to_db((double)a.at[0][i]) < full * e)
            i++;
        const double release = (double)(i - end) / rate * 1000;
        figure("attack %g ms: %.2f ms; release %g ms: %.1f ms (off by 5 %% at most, and what the "
               "mean takes: 1 and 6 ms)",
               (double)cases[k].attack, attack, (double)cases[k].release, release);
        assert_true(attack >= 0.95 * (double)cases[k].attack);
        assert_true(attack <= 1.05 * (double)cases[k].attack + 1);
        assert_true(release >= 0.95 * (double)cases[k].release);
        assert_true(release <= 1.05 * (double)cases[k].release + 6);
        audio_free(&a);
        audio_free(&key);
        rig_close(&r);
    }
}

static void link_keeps_the_image_or_leaves_channels_alone(void **state) {
    (void)state;
    static const float links[] = {0, 100};
    for (int k = 0; k < 2; k++) {
        struct rig r = rig_open("deesser", RATE, 2, 0);
        rig_set(&r, "stereo link", links[k]);
        rig_set(&r, "range", 10);
        rig_start(&r);
        struct audio a = audio_new(2, 24000);
        add_sine(&a, RATE, 500, -30);
        for (int64_t i = 0; i < a.frames; i++)
            a.at[0][i] += (float)(0.5 * sin(2 * M_PI * 12000 / RATE * (double)i));
        for (int64_t i = 0; i < a.frames; i++)
            a.at[1][i] += 1e-3F * (float)sin(2 * M_PI * 12000 / RATE * (double)i);
        rig_run(&r, &a, NULL, 64);
        const double left = sine_level(a.at[0], 12000, 24000, RATE, 12000, NULL) + 6.0206;
        const double right = sine_level(a.at[1], 12000, 24000, RATE, 12000, NULL) + 60;
        figure("link %3.0f %%: hissing channel %.2f dB, the other %.2f dB", (double)links[k], left,
               right);
        assert_true(fabs(left + 10) <= 0.1);
        assert_true(fabs(right - (k ? -10 : 0)) <= 0.1);
        audio_free(&a);
        rig_close(&r);
    }
}

/* Noise through the de-esser with `listen` at 0, 1 or 2. */
static struct audio listened(float listen, int *latency) {
    struct rig r = rig_open("deesser", RATE, 1, 0);
    rig_set(&r, "listen", listen);
    rig_set(&r, "frequency", 6000);
    rig_start(&r);
    struct audio a = audio_new(1, 24000);
    uint64_t seed = 12;
    for (int64_t i = 0; i < a.frames; i++)
        a.at[0][i] = 0.3F * noise_next(&seed) * (i / 3000 % 2 ? 1 : 0.1F);
    add_sine(&a, RATE, 300, -6);
    rig_run(&r, &a, NULL, 100);
    *latency = r.latency;
    rig_close(&r);
    return a;
}

static void listen_plays_what_is_removed_or_the_band(void **state) {
    (void)state;
    int late;
    struct audio out = listened(0, &late), removed = listened(1, &late), band = listened(2, &late);
    struct audio in = audio_new(1, 24000);
    uint64_t seed = 12;
    for (int64_t i = 0; i < in.frames; i++)
        in.at[0][i] = 0.3F * noise_next(&seed) * (i / 3000 % 2 ? 1 : 0.1F);
    add_sine(&in, RATE, 300, -6);
    double miss = 0, most = 0;
    for (int64_t i = late; i < in.frames; i++) {
        const double r = (double)removed.at[0][i];
        miss = fmax(miss, fabs((double)out.at[0][i] + r - (double)in.at[0][i - late]));
        most = fmax(most, fabs(r));
    }
    const double tone = sine_level(band.at[0], 12000, 24000, RATE, 300, NULL) + 6;
    double power = 0;
    for (int64_t i = 12000; i < 24000; i++)
        power += (double)band.at[0][i] * (double)band.at[0][i];
    figure(
        "output and `removed` (peak %.1f dBFS) miss the input by %.0f dBFS (-120); in `band` the "
        "voice of 300 Hz is %.0f dB down (at most -60)",
        ton_gain_to_db(most), ton_gain_to_db(miss), tone);
    assert_true(most > 0.01 && ton_gain_to_db(miss) <= -120 && tone <= -60);
    assert_true(power > 1);
    audio_free(&out);
    audio_free(&removed);
    audio_free(&band);
    audio_free(&in);
}

static void parts_keyed_by_the_whole_add_up_to_it(void **state) {
    (void)state;
    struct audio whole = audio_new(2, 48000), key = audio_new(2, 48000), parts[2];
    uint64_t seed = 7;
    for (int p = 0; p < 2; p++) {
        parts[p] = audio_new(2, 48000);
        for (int c = 0; c < 2; c++)
            for (int64_t i = 0; i < whole.frames; i++) {
                parts[p].at[c][i] = 0.3F * noise_next(&seed) * ((i / 5000 + p) % 3 ? 1.0F : 0.1F);
                whole.at[c][i] += parts[p].at[c][i];
                key.at[c][i] = whole.at[c][i];
            }
    }
    struct audio *const runs[] = {&whole, &parts[0], &parts[1]};
    for (int k = 0; k < 3; k++) {
        struct rig r = rig_open("deesser", RATE, 2, k ? 2 : 0);
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

/* What real speech loses: hiss (well inside it: 10 ms to both sides too) between 5 and 10 kHz on an
 * average, and the vowel that loses most, of all its power. */
struct loss {
    int n_hiss, n_vowels;
    double hiss, vowel;
};

static void measure_loss(struct loss *loss, const char *name, double peak_db) {
    double rate;
    struct audio a = speech_load(name, &rate);
    struct rig r = rig_open("deesser", rate, 1, 0);
    rig_start(&r);
    double peak = 0, loudest = -200;
    for (int64_t i = 0; i < a.frames; i++)
        peak = fmax(peak, fabs((double)a.at[0][i]));
    struct audio b = audio_new(1, a.frames);
    for (int64_t i = 0; i < a.frames; i++)
        b.at[0][i] = a.at[0][i] *= (float)(ton_db_to_gain(peak_db) / peak);
    rig_run(&r, &b, NULL, 512);
    const int hop = (int)(0.01 * rate), n = (int)((a.frames - r.latency) / hop) - 2;
    struct speech_spectrum *before = ton_alloc(sizeof *before * (size_t)n);
    assert_non_null(before);
    for (int i = 0; i < n; i++) {
        before[i] = speech_spectrum_of(a.at[0] + i * hop, rate);
        loudest = fmax(loudest, before[i].all);
    }
    for (int i = 1; i + 1 < n; i++) {
        const enum speech_kind kind = speech_kind_of(before[i], loudest);
        const bool inside = kind == speech_kind_of(before[i - 1], loudest) &&
                            kind == speech_kind_of(before[i + 1], loudest);
        if (kind == SPEECH_OTHER || (kind == SPEECH_HISS && !inside))
            continue;
        const struct speech_spectrum s = speech_spectrum_of(b.at[0] + i * hop + r.latency, rate);
        if (kind == SPEECH_HISS) {
            loss->hiss += s.hiss - before[i].hiss;
            loss->n_hiss++;
        } else {
            loss->vowel = fmin(loss->vowel, s.all - before[i].all);
            loss->n_vowels++;
        }
    }
    ton_free(before);
    audio_free(&a);
    audio_free(&b);
    rig_close(&r);
}

static void real_voices_lose_their_hiss_and_keep_their_vowels(void **state) {
    (void)state;
    static const char *const voices[] = {"LJ001-0001.flac", "LJ001-0005.flac", "LJ001-0010.flac",
                                         "xmas.flac", "jfk.flac"};
    static const double levels[] = {-30, -10, 0};
    if (!test_data())
        skip_because("no recordings; set TON_DATA");
    struct loss total = {0};
    for (int v = 0; v < TON_N(voices); v++) {
        double first = 0;
        for (int l = 0; l < TON_N(levels); l++) {
            struct loss loss = {0};
            measure_loss(&loss, voices[v], levels[l]);
            const double mean = loss.n_hiss ? loss.hiss / loss.n_hiss : 0;
            if (l == 0)
                first = mean;
            figure("%-16s peak %3.0f dBFS: %3d times 20 ms of hiss change by %.2f dB (6 asked), of "
                   "%3d of vowels the worst by %.3f dB (0.3)",
                   voices[v], levels[l], loss.n_hiss, mean, loss.n_vowels, loss.vowel);
            assert_true(loss.n_vowels > 100 && loss.vowel >= -0.3);
            assert_true(fabs(mean - first) <= 0.05);
            total.hiss += loss.hiss;
            total.n_hiss += loss.n_hiss;
        }
    }
    figure("all hiss: %.2f dB on an average (-6, within 0.5)", total.hiss / total.n_hiss);
    assert_true(fabs(total.hiss / total.n_hiss + 6) <= 0.5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(while_nothing_hisses_it_is_a_wire),
        cmocka_unit_test(the_split_is_a_shelf_of_24_dB_an_octave),
        cmocka_unit_test(wide_band_turns_everything_down),
        cmocka_unit_test(relative_detection_is_the_same_at_every_level),
        cmocka_unit_test(absolute_detection_takes_the_level_of_the_band),
        cmocka_unit_test(the_drawn_curve_is_the_ideal_one),
        cmocka_unit_test(attack_and_release_take_their_times),
        cmocka_unit_test(link_keeps_the_image_or_leaves_channels_alone),
        cmocka_unit_test(listen_plays_what_is_removed_or_the_band),
        cmocka_unit_test(parts_keyed_by_the_whole_add_up_to_it),
        cmocka_unit_test(real_voices_lose_their_hiss_and_keep_their_vowels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
