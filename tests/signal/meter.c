/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the meter promises: not a bit is changed, and what it shows is what `ton measure` says. */
#include "rig.h"

#include "ton/analyser.h"
#include "ton/audio_in.h"

#define RATE 48000.0

static struct audio noise_new(int channels, int64_t frames) {
    struct audio a = audio_new(channels, frames);
    uint64_t seed = 5;
    for (int64_t i = 0; i < frames; i++) {
        const float both = noise_next(&seed);
        const float level = i / 96000 % 2 ? 0.02F : 0.4F;
        for (int c = 0; c < channels; c++)
            a.at[c][i] = level * (0.7F * both + 0.5F * noise_next(&seed));
    }
    return a;
}

static struct ton_measurement measure(const struct audio *a, double rate) {
    const struct ton_layout layout = ton_layout_usual(a->channels);
    struct ton_meter *meter;
    struct ton_measurement m;
    struct ton_err err;
    assert_int_equal(ton_meter_create(&meter, rate, &layout, false, &err), TON_OK);
    assert_int_equal(ton_meter_feed(meter, (const float *const *)a->at, a->frames, &err), TON_OK);
    ton_meter_finish(meter, &m);
    ton_meter_destroy(meter);
    return m;
}

/* Beside the analysers, which compute the same another way. */
static void compare(const char *name, const struct audio *a, double rate) {
    struct rig r = rig_open("meter", rate, a->channels, 0);
    struct audio out = audio_new(a->channels, a->frames);
    for (int c = 0; c < a->channels; c++)
        memcpy(out.at[c], a->at[c], sizeof(float) * (size_t)a->frames);
    rig_start(&r);
    double momentary = -200, short_term = -200;
    for (int64_t at = 0; at < a->frames; at += 480) {
        struct audio piece = {.channels = a->channels,
                              .frames = a->frames - at < 480 ? a->frames - at : 480};
        float *places[16];
        for (int c = 0; c < a->channels; c++)
            places[c] = out.at[c] + at;
        piece.at = places;
        rig_run(&r, &piece, NULL, 480);
        momentary = fmax(momentary, (double)rig_meter(&r, "momentary"));
        if (at >= (int64_t)(3 * rate))
            short_term = fmax(short_term, (double)rig_meter(&r, "short_term"));
    }
    const struct ton_measurement m = measure(a, rate);
    for (int c = 0; c < a->channels; c++)
        assert_memory_equal(out.at[c], a->at[c], sizeof(float) * (size_t)a->frames);
    const double off[] = {(double)rig_meter(&r, "peak") - m.sample_peak_dbfs,
                          (double)rig_meter(&r, "true_peak") - m.true_peak_dbtp,
                          (double)rig_meter(&r, "integrated") - m.integrated_lufs,
                          momentary - m.max_momentary_lufs, short_term - m.max_short_term_lufs};
    figure("%-22s unchanged; off: peak %+.4f dB, true peak %+.4f, integrated %+.3f LU (0.05), "
           "momentary %+.2f and short-term %+.2f (0.3, looked for ten times less often)",
           name, off[0], off[1], off[2], off[3], off[4]);
    assert_true(fabs(off[0]) <= 1e-4 && fabs(off[1]) <= 1e-3 && fabs(off[2]) <= 0.05);
    assert_true(off[3] <= 0.01 && off[3] >= -0.3 && off[4] <= 0.01 && off[4] >= -0.3);
    rig_close(&r);
    audio_free(&out);
}

static void it_reads_what_measure_says(void **state) {
    (void)state;
    static const double rates[] = {44100, 48000, 96000};
    for (int i = 0; i < TON_N(rates); i++)
        for (int channels = 1; channels <= 2; channels++) {
            struct audio a = noise_new(channels, (int64_t)(12 * rates[i]));
            char name[64];
            snprintf(name, sizeof name, "noise, %d at %.1f kHz", channels, rates[i] / 1000);
            compare(name, &a, rates[i]);
            audio_free(&a);
        }
}

static void it_reads_real_sound(void **state) {
    (void)state;
    static const char *const files[] = {"truth/tempo-key/potassium-90-c.flac",
                                        "truth/pitch/vocadito_1.flac",
                                        "speech/clean/librispeech-198-209-0000.flac"};
    const char *folder = test_data();
    if (!folder)
        skip_because("no recordings (TON_DATA)");
    for (int i = 0; i < TON_N(files); i++) {
        char path[4300];
        struct ton_audio_in *in;
        struct ton_err err;
        int64_t got;
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        if (ton_audio_open(&in, path, &err))
            fail_msg("%s: %s", path, err.text);
        const struct ton_audio_info *info = ton_audio_info(in);
        struct audio a = audio_new(info->channels, info->frames);
        assert_int_equal(ton_audio_read(in, a.at, info->frames, &got, &err), TON_OK);
        compare(strrchr(files[i], '/') + 1, &a, info->rate);
        ton_audio_close(in);
        audio_free(&a);
    }
}

static void rms_and_correlation_of_known_signals(void **state) {
    (void)state;
    static const double degrees[] = {0, 60, 90, 180};
    for (int k = 0; k < TON_N(degrees); k++) {
        struct rig r = rig_open("meter", RATE, 2, 0);
        struct audio a = audio_new(2, 240000);
        for (int i = 0; i < 240000; i++)
            for (int c = 0; c < 2; c++)
                a.at[c][i] = 0.5F * (float)sin(2 * M_PI * i / 48.0 + c * degrees[k] * M_PI / 180);
        rig_start(&r);
        rig_run(&r, &a, NULL, 512);
        const double rms = (double)rig_meter(&r, "rms"), c = (double)rig_meter(&r, "correlation");
        figure("a sine of -6.02 dB, %3.0f degrees apart: RMS %.3f (-9.031 within 0.01), "
               "correlation %+.3f (cosine %+.3f within 0.01)",
               degrees[k], rms, c, cos(degrees[k] * M_PI / 180));
        assert_true(fabs(rms + 9.031) <= 0.01);
        assert_true(fabs(c - cos(degrees[k] * M_PI / 180)) <= 0.01);
        rig_close(&r);
        audio_free(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_reads_what_measure_says),
        cmocka_unit_test(it_reads_real_sound),
        cmocka_unit_test(rms_and_correlation_of_known_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
