/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the dynamic equaliser promises: the equaliser's bits at rest, the static curve in the middle
 * of a band, its times, its direction, who is listened to. */
#include "rig.h"

#define RATE 48000.0

enum { LOW_SHELF, HIGH_SHELF, BELL };

static double ideal_db(double level, double threshold, double ratio, double knee, double range) {
    const double x = level - threshold, slope = ratio >= 1000 ? -1 : 1 / ratio - 1;
    const double gain = 2 * x <= -knee  ? 0
                        : 2 * x >= knee ? slope * x
                                        : slope * (x + knee / 2) * (x + knee / 2) / (2 * knee);
    return range < 0 ? fmax(gain, range) : fmin(-gain, range);
}

/* The equaliser counts its types from the bell. */
static float eq_type(float type) {
    return type == BELL ? 0 : type + 1;
}

/* Band 1 with its first settings. */
static struct rig band(double rate, int channels, int keys, int type, float hz, float q) {
    struct rig r = rig_open("dynamic_eq", rate, channels, keys);
    r.params[0] = 1;
    rig_set(&r, "band 1.type", (float)type);
    rig_set(&r, "band 1.frequency", hz);
    rig_set(&r, "band 1.q", q);
    return r;
}

static void at_rest_it_is_the_equaliser_to_the_bit(void **state) {
    (void)state;
    static const struct {
        float type, hz, gain, q;
    } bands[] = {{BELL, 300, 6, 2},
                 {LOW_SHELF, 120, -4, 0.7F},
                 {HIGH_SHELF, 9000, 5, 0.7F},
                 {BELL, 16000, -12, 4}};
    static const double rates[] = {44100, 96000, 192000};
    char key[64];
    for (int k = 0; k < TON_N(rates); k++) {
        struct rig d = rig_open("dynamic_eq", rates[k], 2, 0), e = rig_open("eq", rates[k], 2, 0);
        d.params[0] = TON_N(bands);
        int index = -1;
        assert_non_null(
            ton_rows_find(e.processor->rows, e.processor->n_rows, "band 1.type", &index, NULL));
        e.params[index - 1] = TON_N(bands);
        for (int i = 0; i < TON_N(bands); i++) {
            const float values[] = {bands[i].type, bands[i].hz, bands[i].gain, bands[i].q};
            static const char *const names[] = {"type", "frequency", "gain", "q"};
            for (int n = 0; n < 4; n++) {
                snprintf(key, sizeof key, "band %d.%s", i + 1, names[n]);
                rig_set(&d, key, values[n]);
                rig_set(&e, key, n > 0 ? values[n] : eq_type(bands[i].type));
            }
            snprintf(key, sizeof key, "band %d.threshold", i + 1);
            rig_set(&d, key, 0);
        }
        rig_start(&d);
        rig_start(&e);
        struct audio a = audio_new(2, 20000), b = audio_new(2, 20000);
        uint64_t seed = 3;
        for (int c = 0; c < 2; c++)
            for (int64_t i = 0; i < a.frames; i++)
                a.at[c][i] = b.at[c][i] = 0.1F * noise_next(&seed);
        rig_run(&d, &a, NULL, 333);
        rig_run(&e, &b, NULL, 512);
        int64_t same = 0;
        for (int c = 0; c < 2; c++)
            for (int64_t i = 0; i < a.frames; i++)
                same += a.at[c][i] == b.at[c][i];
        double off = 0;
        for (double hz = 20; hz < 20000; hz *= 1.1)
            off = fmax(off, fabs(d.processor->response(&d.config, d.params, hz) -
                                 e.processor->response(&e.config, e.params, hz)));
        figure("%6.0f Hz: %lld of 40000 samples are the equaliser's; drawn curves differ by %.1e "
               "dB (1e-9)",
               rates[k], (long long)same, off);
        assert_int_equal(same, 40000);
        assert_true(off <= 1e-9);
        audio_free(&a);
        audio_free(&b);
        rig_close(&d);
        rig_close(&e);
    }
}

static const float shapes[][4] = {
    /* threshold, ratio, knee, range */
    {-30, 3, 6, -6},   {-40, 1000, 0, -18}, {-24, 2, 12, -9},
    {-36, 1.5F, 6, 6}, {-30, 4, 0, 12},     {-20, 10, 24, -15},
};

static void shape_band(struct rig *r, const float shape[4]) {
    static const char *const names[] = {"threshold", "ratio", "knee", "range"};
    char key[64];
    for (int n = 0; n < 4; n++) {
        snprintf(key, sizeof key, "band 1.%s", names[n]);
        rig_set(r, key, shape[n]);
    }
}

/* What a steady sine of `level` comes out at. */
static double sine_out(struct rig *r, double hz, double level) {
    rig_start(r);
    const int64_t n = (int64_t)r->config.rate;
    struct audio a = audio_new(1, n);
    audio_sine(&a, r->config.rate, hz, level);
    rig_run(r, &a, NULL, 480);
    const double out = sine_level(a.at[0], n / 2, n, r->config.rate, hz, NULL);
    audio_free(&a);
    return out;
}

static void a_sine_in_the_middle_of_a_bell_meets_the_static_curve(void **state) {
    (void)state;
    static const double tones[] = {40, 250, 1000, 6000, 15000};
    static const float qs[] = {0.4F, 1, 8};
    for (int t = 0; t < TON_N(tones); t++) {
        double worst = 0, drawn = 0;
        for (int k = 0; k < TON_N(shapes); k++)
            for (double level = -44; level <= 0; level += 11) {
                struct rig r = band(RATE, 1, 0, BELL, (float)tones[t], qs[k % 3]);
                rig_set(&r, "band 1.gain", 3);
                shape_band(&r, shapes[k]);
                const double wanted = level + 3 +
                                      ideal_db(level, (double)shapes[k][0], (double)shapes[k][1],
                                               (double)shapes[k][2], (double)shapes[k][3]);
                worst = fmax(worst, fabs(sine_out(&r, tones[t], level) - wanted));
                drawn = fmax(drawn, fabs(r.processor->curve(r.params, level) - wanted));
                rig_close(&r);
            }
        figure("%5.0f Hz: off by %.3f dB at most (0.2), the drawn curve by %.1e", tones[t], worst,
               drawn);
        assert_true(worst <= 0.2 && drawn <= 1e-4);
    }
}

/* The equaliser with the gain that the curve asks for is what a shelf must be. */
static void a_shelf_listens_to_its_side_and_becomes_that_shelf(void **state) {
    (void)state;
    static const struct {
        int type;
        float hz;
        double tone;
    } cases[] = {{LOW_SHELF, 200, 50}, {HIGH_SHELF, 3000, 12000}, {HIGH_SHELF, 8000, 18000}};
    for (int t = 0; t < TON_N(cases); t++) {
        double worst = 0;
        for (int k = 0; k < TON_N(shapes); k++)
            for (double level = -35; level <= 0; level += 7) {
                struct rig r = band(RATE, 1, 0, cases[t].type, cases[t].hz, 0.707F);
                struct rig e = rig_open("eq", RATE, 1, 0);
                shape_band(&r, shapes[k]);
                /* what the shelf's own filter leaves of the tone, bilinear, second order */
                const double f =
                    tan(M_PI * cases[t].tone / RATE) / tan(M_PI * (double)cases[t].hz / RATE);
                const double heard = -10 * log10(1 + pow(f, cases[t].type == LOW_SHELF ? 4 : -4));
                const double gain =
                    ideal_db(level + heard, (double)shapes[k][0], (double)shapes[k][1],
                             (double)shapes[k][2], (double)shapes[k][3]);
                int index = -1;
                ton_rows_find(e.processor->rows, e.processor->n_rows, "band 1.type", &index, NULL);
                e.params[index - 1] = 1;
                rig_set(&e, "band 1.type", eq_type((float)cases[t].type));
                rig_set(&e, "band 1.frequency", cases[t].hz);
                rig_set(&e, "band 1.q", 0.707F);
                rig_set(&e, "band 1.gain", (float)gain);
                const double wanted =
                    level + e.processor->response(&e.config, e.params, cases[t].tone);
                worst = fmax(worst, fabs(sine_out(&r, cases[t].tone, level) - wanted));
                rig_close(&r);
                rig_close(&e);
            }
        figure("%s of %g Hz, tone of %g Hz: off by %.3f dB at most (0.2)",
               cases[t].type == LOW_SHELF ? "low shelf" : "high shelf", (double)cases[t].hz,
               cases[t].tone, worst);
        assert_true(worst <= 0.2);
    }
}

static void what_is_loud_elsewhere_does_not_move_it(void **state) {
    (void)state;
    struct rig r = band(RATE, 1, 0, BELL, 3000, 6);
    const float shape[] = {-30, 4, 0, -12};
    shape_band(&r, shape);
    const double far = sine_out(&r, 300, 0);
    rig_close(&r);
    r = band(RATE, 1, 0, BELL, 3000, 6);
    shape_band(&r, shape);
    const double near = sine_out(&r, 3000, 0);
    rig_close(&r);
    figure("0 dBFS: 300 Hz under a bell of 3 kHz moves by %.3f dB (0.05), 3 kHz by %.2f (-12)", far,
           near);
    assert_true(fabs(far) <= 0.05 && fabs(near + 12) <= 0.2);
}

/* Gain in dB that a quiet tone in the band has, by the meter, while the key steps. */
static void attack_and_release_take_their_times(void **state) {
    (void)state;
    static const struct {
        float attack, release;
        double rate;
    } cases[] = {{10, 100, 48000}, {30, 400, 44100}, {5, 60, 96000}, {20, 200, 192000}};
    for (int k = 0; k < TON_N(cases); k++) {
        const double rate = cases[k].rate, full = -12, e = 1 / exp(1);
        struct rig r = band(rate, 1, 1, BELL, 2000, 1);
        const float shape[] = {-40, 1000, 0, (float)full};
        shape_band(&r, shape);
        rig_set(&r, "band 1.attack", cases[k].attack);
        rig_set(&r, "band 1.release", cases[k].release);
        rig_start(&r);
        double attack = -1, release = -1;
        const int64_t begin = (int64_t)rate / 2, end = 2 * begin;
        struct audio a = audio_new(1, 16), key = audio_new(1, 16);
        for (int64_t at = 0; at < 4 * begin; at += 16) {
            float meter[8];
            for (int i = 0; i < 16; i++)
                key.at[0][i] = at + i >= begin && at + i < end
                                   ? (float)sin(2 * M_PI * 2000 / rate * (double)(at + i))
                                   : 0;
            rig_run(&r, &a, &key, 16);
            r.processor->read_meters(r.state, meter);
            if (attack < 0 && (double)meter[0] <= full * (1 - e))
                attack = (double)(at + 16 - begin) / rate * 1000;
            if (release < 0 && at > end && (double)meter[0] >= full * e)
                release = (double)(at + 16 - end) / rate * 1000;
        }
        figure("%6.0f Hz: attack %g ms: %.2f ms; release %g ms: %.1f ms (off by 5 %% at most, and "
               "what filter and tick take: 1 and 3 ms)",
               rate, (double)cases[k].attack, attack, (double)cases[k].release, release);
        assert_true(attack >= 0.95 * (double)cases[k].attack);
        assert_true(attack <= 1.05 * (double)cases[k].attack + 1);
        assert_true(release >= 0.95 * (double)cases[k].release);
        assert_true(release <= 1.05 * (double)cases[k].release + 3);
        audio_free(&a);
        audio_free(&key);
        rig_close(&r);
    }
}

static void link_goes_from_own_to_loudest(void **state) {
    (void)state;
    static const float links[] = {0, 50, 100};
    static const double wanted[] = {0, -6, -12}; /* dB of the quiet channel, under the threshold */
    for (int k = 0; k < TON_N(links); k++) {
        struct rig r = band(RATE, 2, 0, BELL, 1000, 1);
        const float shape[] = {-24, 1000, 0, -18};
        shape_band(&r, shape);
        rig_set(&r, "stereo link", links[k]);
        rig_start(&r);
        struct audio a = audio_new(2, 48000);
        for (int64_t i = 0; i < a.frames; i++) {
            a.at[0][i] = (float)(ton_db_to_gain(-12) * sin(2 * M_PI * 1000 / RATE * (double)i));
            a.at[1][i] = (float)(ton_db_to_gain(-24) * sin(2 * M_PI * 1000 / RATE * (double)i));
        }
        rig_run(&r, &a, NULL, 100);
        const double left = sine_level(a.at[0], 24000, 48000, RATE, 1000, NULL) + 12;
        const double right = sine_level(a.at[1], 24000, 48000, RATE, 1000, NULL) + 24;
        figure("link %3.0f %%: loud channel %.2f dB (-12), quiet one %.2f dB (%.0f)",
               (double)links[k], left, right, wanted[k]);
        assert_true(fabs(left + 12) <= 0.1 && fabs(right - wanted[k]) <= 0.1);
        audio_free(&a);
        rig_close(&r);
    }
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
        struct rig r = band(RATE, 2, k ? 2 : 0, HIGH_SHELF, 2000, 0.7F);
        rig_set(&r, "band 1.range", -12);
        rig_set(&r, "band 1.threshold", -40);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_rest_it_is_the_equaliser_to_the_bit),
        cmocka_unit_test(a_sine_in_the_middle_of_a_bell_meets_the_static_curve),
        cmocka_unit_test(a_shelf_listens_to_its_side_and_becomes_that_shelf),
        cmocka_unit_test(what_is_loud_elsewhere_does_not_move_it),
        cmocka_unit_test(attack_and_release_take_their_times),
        cmocka_unit_test(link_goes_from_own_to_loudest),
        cmocka_unit_test(parts_keyed_by_the_whole_add_up_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
