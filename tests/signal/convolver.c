/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the convolver promises: the response that was given, all of it, at a level that can be
 * relied on. */
#include "rig.h"

#include "ton/analyser.h"
#include "ton/audio_in.h"
#include "ton/biquad.h"
#include "ton/pink.h"

static const char *const recordings[] = {
    "cab-modern-uk-001-f32.wav",       "cab-radio-001-f32.wav",  "emt140-plate-medium-1.flac",
    "genesis6-live-room-4ch-96k.flac", "seminar-room-clap.flac", "spokane-womans-club-hall.flac",
    "st-margarets-church-4ch-s32.wav",
};

/* A response and the asset that hands it over. */
struct given {
    struct audio audio;
    double rate;
    struct ton_asset asset;
};

static void hand_over(struct given *g) {
    g->asset = (struct ton_asset){.channels = g->audio.channels,
                                  .frames = g->audio.frames,
                                  .file_rate = g->rate,
                                  .data = (const float *const *)g->audio.at};
}

static void given_free(struct given *g) {
    audio_free(&g->audio);
}

static void given_recording(struct given *g, const char *folder, const char *name) {
    char path[4300];
    struct ton_audio_in *in;
    struct ton_err err;
    int64_t got;
    snprintf(path, sizeof path, "%s/ir/%s", folder, name);
    if (ton_audio_open(&in, path, &err))
        fail_msg("%s: %s", path, err.text);
    const struct ton_audio_info *info = ton_audio_info(in);
    g->rate = info->rate;
    g->audio = audio_new(info->channels, info->frames);
    assert_int_equal(ton_audio_read(in, g->audio.at, info->frames, &got, &err), TON_OK);
    assert_int_equal(got, info->frames);
    ton_audio_close(in);
    hand_over(g);
}

static void given_noise(struct given *g, int channels, int64_t frames, double fall_db) {
    uint64_t seed = 17;
    g->rate = 48000;
    g->audio = audio_new(channels, frames);
    for (int c = 0; c < channels; c++)
        for (int64_t i = 0; i < frames; i++)
            g->audio.at[c][i] =
                (float)ton_db_to_gain(-fall_db * (double)i / (double)frames) * noise_next(&seed);
    hand_over(g);
}

static struct rig rig_for(const struct given *g, int channels) {
    struct rig r = rig_open("convolver", g->rate, channels, 0);
    r.config.assets = &g->asset;
    return r;
}

static struct audio noise_new(int channels, int64_t frames) {
    struct audio a = audio_new(channels, frames);
    uint64_t seed = 5;
    for (int c = 0; c < channels; c++)
        for (int64_t i = 0; i < frames; i++)
            a.at[c][i] = 0.25F * noise_next(&seed);
    return a;
}

static double product_at(const float *x, int64_t at, const float *h, int64_t taps) {
    double sum = 0;
    for (int64_t k = 0; k < taps && k <= at; k++)
        sum += (double)h[k] * (double)x[at - k];
    return sum;
}

/* What channel `out` has to be at frame `at`, by the definition. */
static double right_at(const struct given *g, const struct audio *in, int out, int64_t at) {
    const struct audio *h = &g->audio;
    if (h->channels == 4 && in->channels == 2)
        return product_at(in->at[0], at, h->at[out], h->frames) +
               product_at(in->at[1], at, h->at[2 + out], h->frames);
    if (in->channels == 1 && h->channels > 1) {
        double sum = 0;
        for (int c = 0; c < h->channels; c++)
            sum += 0.5 * product_at(in->at[0], at, h->at[c], h->frames);
        return sum;
    }
    return product_at(in->at[out], at, h->at[out % h->channels], h->frames);
}

/* The larger of RMS error re RMS and largest error re peak, at odd places all over the stream. */
static double error_db(const struct given *g, int channels, int low) {
    const int64_t frames = g->audio.frames + (int64_t)(0.4 * g->rate);
    struct rig r = rig_for(g, channels);
    struct audio in = noise_new(channels, frames), out = noise_new(channels, frames);
    double worst = 0, peak = 0, error = 0, power = 0;
    rig_set(&r, "normalise", 0);
    rig_set(&r, "latency", (float)low);
    rig_start(&r);
    rig_run(&r, &out, NULL, 1000);
    for (int c = 0; c < channels; c++)
        for (int64_t i = 0; i + r.latency < frames; i += frames / 400 | 1) {
            const double right = right_at(g, &in, c, i);
            const double off = (double)out.at[c][i + r.latency] - right;
            worst = fmax(worst, fabs(off));
            peak = fmax(peak, fabs(right));
            error += off * off;
            power += right * right;
        }
    rig_close(&r);
    audio_free(&in);
    audio_free(&out);
    return fmax(10 * log10(error / power), ton_gain_to_db(worst / peak));
}

static void every_recording_is_the_sum_of_products(void **state) {
    (void)state;
    const char *folder = test_data();
    if (!folder)
        skip_because("no recordings (TON_DATA)");
    for (int i = 0; i < TON_N(recordings); i++) {
        struct given g;
        given_recording(&g, folder, recordings[i]);
        const double stereo = error_db(&g, 2, 0), low = error_db(&g, 2, 1),
                     mono = error_db(&g, 1, 0);
        figure(
            "%-31s %d channels, %.2f s: error %.1f dB, latency low %.1f, mono %.1f (at most -120)",
            recordings[i], g.audio.channels, (double)g.audio.frames / g.rate, stereo, low, mono);
        assert_true(stereo <= -120 && low <= -120 && mono <= -120);
        given_free(&g);
    }
}

static void made_responses_are_the_sum_of_products(void **state) {
    (void)state;
    static const int channels[][2] = {{1, 1}, {1, 2}, {1, 5}, {2, 1}, {2, 2}, {4, 2}, {5, 5}};
    for (int i = 0; i < TON_N(channels); i++) {
        struct given g;
        given_noise(&g, channels[i][0], 30000, 60);
        const double error = error_db(&g, channels[i][1], 0);
        figure("%d channels on %d: error %.1f dB (at most -120)", channels[i][0], channels[i][1],
               error);
        assert_true(error <= -120);
        given_free(&g);
    }
}

static double loudness(const struct audio *a, double rate, int64_t from) {
    struct ton_layout layout = ton_layout_usual(a->channels);
    struct ton_meter *meter;
    struct ton_measurement m;
    struct ton_err err;
    const float *at[16];
    for (int c = 0; c < a->channels; c++)
        at[c] = a->at[c] + from;
    assert_int_equal(ton_meter_create(&meter, rate, &layout, false, &err), TON_OK);
    assert_int_equal(ton_meter_feed(meter, at, a->frames - from, &err), TON_OK);
    ton_meter_finish(meter, &m);
    ton_meter_destroy(meter);
    return m.integrated_lufs;
}

/* 20 s of pink noise into each. */
static void normalised_responses_are_equally_loud(void **state) {
    (void)state;
    const char *folder = test_data();
    if (!folder)
        skip_because("no recordings (TON_DATA)");
    for (int i = 0; i < TON_N(recordings); i++) {
        double off[2];
        struct given g;
        given_recording(&g, folder, recordings[i]);
        for (int normalise = 0; normalise < 2; normalise++) {
            struct rig r = rig_for(&g, 2);
            struct audio a = audio_new(2, (int64_t)(20 * g.rate));
            uint64_t seed = 3;
            struct ton_pink pink;
            for (int c = 0; c < 2; c++) {
                ton_pink_init(&pink, g.rate);
                for (int64_t k = 0; k < a.frames; k++)
                    a.at[c][k] = (float)ton_pink_run(&pink, 0.05 * (double)noise_next(&seed));
            }
            const double before = loudness(&a, g.rate, 0);
            rig_set(&r, "normalise", (float)normalise);
            rig_start(&r);
            rig_run(&r, &a, NULL, 4096);
            off[normalise] = loudness(&a, g.rate, (int64_t)(2 * g.rate)) - before;
            rig_close(&r);
            audio_free(&a);
        }
        figure("%-31s loudness of pink noise moves by %+.1f LU, normalised by %+.2f (within 0.1)",
               recordings[i], off[0], off[1]);
        assert_true(fabs(off[1]) <= 0.1);
        given_free(&g);
    }
}

/* An impulse through a response: what comes out is it, from where and to where it was asked. */
static struct audio impulse_through(struct rig *r, int64_t frames) {
    struct audio a = audio_new(r->config.channels, frames);
    rig_start(r);
    for (int c = 0; c < a.channels; c++)
        a.at[c][0] = 1;
    rig_run(r, &a, NULL, 777);
    return a;
}

static void it_lasts_as_long_as_it_says(void **state) {
    (void)state;
    static const struct {
        float pre_delay, start, length;
    } parts[] = {{0, 0, 60}, {20, 0, 60}, {0, 100, 60}, {10, 50, 0.2F}, {0, 0, 0.001F}};
    for (int i = 0; i < TON_N(parts); i++) {
        struct given g;
        given_noise(&g, 1, 48000, 20);
        struct rig r = rig_for(&g, 1);
        rig_set(&r, "normalise", 0);
        rig_set(&r, "pre_delay", parts[i].pre_delay);
        rig_set(&r, "start", parts[i].start);
        rig_set(&r, "length", parts[i].length);
        struct audio a = impulse_through(&r, 100000);
        const int64_t tail = r.processor->tail(&r.config, r.params);
        int64_t first = -1, last = -1;
        double behind = 0;
        for (int64_t k = 0; k < a.frames; k++) {
            if (first < 0 && fabs((double)a.at[0][k]) > 1e-7)
                first = k;
            if (fabs((double)a.at[0][k]) > 1e-7)
                last = k;
            if (k > tail)
                behind = fmax(behind, fabs((double)a.at[0][k]));
        }
        figure("pre-delay %2.0f ms, start %3.0f ms, length %.3f s: sounds from %5d to %d, tail %d, "
               "behind it %.0f dB",
               (double)parts[i].pre_delay, (double)parts[i].start, (double)parts[i].length,
               (int)first, (int)last, (int)tail, fmax(ton_gain_to_db(behind), -200));
        /* a fade begins and ends with what is too small to be seen here */
        const int from = (int)lround((double)parts[i].pre_delay * 48);
        assert_in_range(first, from, parts[i].start > 0 ? from + 2 : from);
        assert_in_range(last, parts[i].length < 60 ? tail - 20 : tail - 2, tail);
        assert_true(behind < 1e-6);
        rig_close(&r);
        audio_free(&a);
        given_free(&g);
    }
}

/* Cut off by a fade: the steepest step within it is no more than what it fades allows. */
static void what_is_cut_off_is_faded(void **state) {
    (void)state;
    struct given g;
    given_noise(&g, 1, 48000, 0);
    for (int64_t i = 0; i < g.audio.frames; i++)
        g.audio.at[0][i] = 1;
    struct rig r = rig_for(&g, 1);
    rig_set(&r, "normalise", 0);
    rig_set(&r, "start", 100);
    rig_set(&r, "length", 0.5F);
    struct audio a = impulse_through(&r, 30000);
    double step = 0;
    for (int i = 1; i < 30000; i++)
        step = fmax(step, fabs((double)a.at[0][i] - (double)a.at[0][i - 1]));
    figure(
        "a level response, cut: largest step %.4f (at most 0.04), middle %.4f, half way out %.3f",
        step, (double)a.at[0][12000], (double)a.at[0][22800]);
    assert_true(fabs((double)a.at[0][0]) < 0.001 && step <= 0.04);
    assert_true(fabs((double)a.at[0][12000] - 1) < 1e-5);
    assert_true(fabs((double)a.at[0][22800] - 0.5) < 0.001);
    rig_close(&r);
    audio_free(&a);
    given_free(&g);
}

static void cuts_are_of_12_db_an_octave(void **state) {
    (void)state;
    static const double hz[] = {25, 50, 100, 200, 1000, 2500, 5000, 10000, 16000};
    struct given g;
    given_noise(&g, 1, 1, 0);
    g.audio.at[0][0] = 1;
    struct rig r = rig_for(&g, 1);
    rig_set(&r, "normalise", 0);
    rig_set(&r, "low_cut", 100);
    rig_set(&r, "high_cut", 5000);
    struct audio a = impulse_through(&r, 8192);
    for (int i = 0; i < TON_N(hz); i++) {
        double re = 0, im = 0;
        for (int k = 0; k < 8192; k++) {
            re += (double)a.at[0][k] * cos(2 * M_PI * hz[i] / 48000 * k);
            im += (double)a.at[0][k] * sin(2 * M_PI * hz[i] / 48000 * k);
        }
        const double right =
            -10 * log10(1 + pow(100 / hz[i], 4)) - 10 * log10(1 + pow(hz[i] / 5000, 4));
        const double got = ton_gain_to_db(hypot(re, im));
        figure("%5.0f Hz: %.2f dB, Butterworth %.2f (within 0.1)", hz[i], got, right);
        assert_true(fabs(got - right) <= 0.1);
    }
    rig_close(&r);
    audio_free(&a);
    given_free(&g);
}

/* The dry part waits for the wet one: an impulse of 1 as response leaves the signal as it is. */
static void dry_and_wet_are_in_phase(void **state) {
    (void)state;
    for (int low = 0; low < 2; low++) {
        struct given g;
        given_noise(&g, 1, 1, 0);
        g.audio.at[0][0] = 1;
        struct rig r = rig_for(&g, 2);
        struct audio in = noise_new(2, 9000), out = noise_new(2, 9000);
        rig_set(&r, "latency", (float)low);
        rig_set(&r, "mix", 40);
        rig_start(&r);
        rig_run(&r, &out, NULL, 100);
        double worst = 0;
        for (int c = 0; c < 2; c++)
            for (int i = r.latency; i < 9000; i++)
                worst = fmax(worst, fabs((double)out.at[c][i] - (double)in.at[c][i - r.latency]));
        figure("latency %3d: 40 %% wet of the same is off by %.1f dBFS (at most -120)", r.latency,
               fmax(ton_gain_to_db(worst), -200));
        assert_int_equal(r.latency, low ? 512 : 0);
        assert_true(worst <= 1e-6);
        rig_close(&r);
        audio_free(&in);
        audio_free(&out);
        given_free(&g);
    }
}

/* W alone is in the middle; a source on the left (X = cos, Y = sin of its angle) is louder there.
 */
static void b_format_is_heard_by_two_cardioids(void **state) {
    (void)state;
    static const double angles[] = {0, 55, 90, -55, -125, 180};
    for (int i = 0; i < TON_N(angles); i++) {
        const double angle = angles[i] * M_PI / 180;
        struct given g;
        given_noise(&g, 4, 1, 0);
        const double first[4] = {M_SQRT1_2, cos(angle), sin(angle), 0};
        for (int c = 0; c < 4; c++)
            g.audio.at[c][0] = (float)first[c];
        struct rig r = rig_for(&g, 2);
        rig_set(&r, "normalise", 0);
        rig_set(&r, "four_channels", 1);
        struct audio a = impulse_through(&r, 10);
        for (int k = 0; k < 2; k++) {
            const double right = 0.5 + 0.5 * cos(angle - (k ? -1 : 1) * 55 * M_PI / 180);
            assert_true(fabs((double)a.at[k][0] - right) < 1e-5);
        }
        figure("a source at %+4.0f degrees: left %.3f, right %.3f, as cardioids hear it", angles[i],
               (double)a.at[0][0], (double)a.at[1][0]);
        rig_close(&r);
        audio_free(&a);
        given_free(&g);
    }
}

/* A response of half the rate has been brought to ours with twice as many samples. */
static void its_level_does_not_depend_on_its_rate(void **state) {
    (void)state;
    struct given g;
    given_noise(&g, 1, 4800, 0);
    for (int i = 0; i < 4800; i++)
        g.audio.at[0][i] = 1.0F / 2400;
    g.asset.file_rate = 24000;
    struct rig r = rig_for(&g, 1);
    rig_set(&r, "normalise", 0);
    struct audio a = audio_new(1, 9600);
    rig_start(&r);
    for (int i = 0; i < 9600; i++)
        a.at[0][i] = 1;
    rig_run(&r, &a, NULL, 512);
    figure("2400 samples of 1/2400 at 24 kHz, used at 48: %.5f", (double)a.at[0][9000]);
    assert_true(fabs((double)a.at[0][9000] - 1) < 1e-4);
    rig_close(&r);
    audio_free(&a);
    given_free(&g);
}

static void refuse(struct given *g, const char *key, float value, int channels, const char *said) {
    struct rig r = rig_for(g, channels);
    struct ton_err err = {0};
    if (key)
        rig_set(&r, key, value);
    void *memory = ton_alloc(r.processor->state_size(&r.config, r.params));
    assert_non_null(memory);
    r.processor->init(memory, &r.config, r.params);
    assert_int_equal(r.processor->open(memory, &r.config, r.params, &err), TON_INPUT);
    figure("%s", err.text);
    assert_non_null(strstr(err.text, said));
    ton_free(memory);
    rig_close(&r);
    given_free(g);
}

static void what_cannot_be_used_is_said(void **state) {
    (void)state;
    struct given g;
    given_noise(&g, 3, 100, 0);
    refuse(&g, NULL, 0, 2, "3 channels cannot be used on 2");
    given_noise(&g, 1, 4800, 0);
    refuse(&g, "start", 200, 2, "`start` is 200 ms");
    given_noise(&g, 2, 4800, 0);
    for (int c = 0; c < 2; c++)
        memset(g.audio.at[c], 0, sizeof(float) * 4800);
    refuse(&g, NULL, 0, 2, "silent");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recording_is_the_sum_of_products),
        cmocka_unit_test(made_responses_are_the_sum_of_products),
        cmocka_unit_test(normalised_responses_are_equally_loud),
        cmocka_unit_test(it_lasts_as_long_as_it_says),
        cmocka_unit_test(what_is_cut_off_is_faded),
        cmocka_unit_test(cuts_are_of_12_db_an_octave),
        cmocka_unit_test(dry_and_wet_are_in_phase),
        cmocka_unit_test(b_format_is_heard_by_two_cardioids),
        cmocka_unit_test(its_level_does_not_depend_on_its_rate),
        cmocka_unit_test(what_cannot_be_used_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
