/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The meter on hard input: cuts, bad samples, silence, nothing, odd rates, no memory. */

#include "promise.h"

#include "ton/analyser.h"
#include "ton/arena.h"
#include "ton/isa.h"

#include <time.h>

static struct ton_meter *meter(double rate, int channels, bool curve) {
    const struct ton_layout layout = ton_layout_usual(channels);
    struct ton_meter *m;
    struct ton_err err;
    assert_int_equal(ton_meter_create(&m, rate, &layout, curve, &err), TON_OK);
    return m;
}

static struct ton_measurement finish(struct ton_meter *m) {
    struct ton_measurement out;
    ton_meter_finish(m, &out);
    ton_meter_destroy(m);
    return out;
}

/* Four seconds of something like music; `bad` puts NaN and infinities in. */
enum { CHANNELS = 3, FRAMES = 200001 };
static float audio[CHANNELS][FRAMES];

static void make_audio(bool bad) {
    uint32_t seed = 5;
    for (int c = 0; c < CHANNELS; c++)
        for (int i = 0; i < FRAMES; i++) {
            seed = seed * 1664525u + 1013904223u;
            const double noise = (double)seed / 2147483648.0 - 1.0;
            const double envelope = exp(-(i % 20000) / 6000.0);
            audio[c][i] = (float)(envelope * (0.6 * sin(0.05 * i * (c + 1)) + 0.3 * noise));
        }
    for (int i = 0; bad && i < 10; i++)
        audio[i % CHANNELS][i * 17777] = i % 2 ? NAN : i % 4 ? INFINITY : -INFINITY;
}

static struct ton_measurement measure_cut(double rate, int cut, struct ton_meter **keep) {
    struct ton_meter *m = meter(rate, CHANNELS, true);
    struct ton_err err;
    for (int at = 0; at < FRAMES; at += cut) {
        const float *in[CHANNELS] = {audio[0] + at, audio[1] + at, audio[2] + at};
        assert_int_equal(ton_meter_feed(m, in, FRAMES - at < cut ? FRAMES - at : cut, &err),
                         TON_OK);
    }
    struct ton_measurement out;
    ton_meter_finish(m, &out);
    *keep = m;
    return out;
}

static void cuts_and_instruction_sets_do_not_change_a_bit(void **state) {
    (void)state;
    static const int cuts[] = {FRAMES, 1, 64, 777, 4096};
    static const double rates[] = {48000, 44100, 22050, 11025};
    make_audio(true);
    for (int r = 0; r < TON_N(rates); r++) {
        struct ton_meter *first_meter, *m;
        ton_isa_limit(TON_ISA_GENERIC);
        const struct ton_measurement first = measure_cut(rates[r], FRAMES, &first_meter);
        const struct ton_loudness_curve a = ton_meter_curve(first_meter);
        for (int isa = 0; isa < TON_N_ISAS; isa++)
            for (int i = 0; i < TON_N(cuts); i++) {
                ton_isa_limit((enum ton_isa)isa);
                const struct ton_measurement got = measure_cut(rates[r], cuts[i], &m);
                const struct ton_loudness_curve b = ton_meter_curve(m);
                assert_memory_equal(&got, &first, sizeof got);
                assert_int_equal(a.n, b.n);
                assert_memory_equal(a.momentary, b.momentary, a.n * sizeof(float));
                assert_memory_equal(a.short_term, b.short_term, a.n * sizeof(float));
                assert_memory_equal(a.peak_low, b.peak_low, a.n * sizeof(float));
                assert_memory_equal(a.peak_high, b.peak_high, a.n * sizeof(float));
                ton_meter_destroy(m);
            }
        ton_isa_limit(TON_ISA_AVX512);
        ton_meter_destroy(first_meter);
    }
    figure("4 rates x 5 cuts x 3 instruction sets: equal bits (best here: %s)",
           ton_isa_name(ton_isa()));
}

static void bad_samples_count_as_silence_and_are_counted(void **state) {
    (void)state;
    struct ton_meter *m;
    make_audio(true);
    const struct ton_measurement bad = measure_cut(48000, 777, &m);
    ton_meter_destroy(m);
    for (int c = 0; c < CHANNELS; c++)
        for (int i = 0; i < FRAMES; i++)
            audio[c][i] = isfinite(audio[c][i]) ? audio[c][i] : 0.0f;
    const struct ton_measurement repaired = measure_cut(48000, 777, &m);
    ton_meter_destroy(m);
    assert_int_equal(bad.bad_samples, 10);
    assert_int_equal(repaired.bad_samples, 0);
    for (int row = 0; row < 10; row++) {
        assert_true(isfinite(ton_measurement_value(&bad, row)));
        assert_true(ton_measurement_value(&bad, row) == ton_measurement_value(&repaired, row));
    }
}

static void assert_no_loudness(const struct ton_measurement *m) {
    assert_true(isnan(m->integrated_lufs) && isnan(m->loudness_range_lu));
    assert_true(isnan(m->max_momentary_lufs) && isnan(m->max_short_term_lufs));
}

static void eight_hours_of_silence_have_no_loudness_and_cost_little(void **state) {
    (void)state;
    const int seconds = fewer(8 * 3600, 600);
    static const float silence[48000];
    const float *in[2] = {silence, silence};
    struct ton_meter *m = meter(48000, 2, false);
    struct ton_err err;
    const clock_t start = clock();
    for (int s = 0; s < seconds; s++)
        assert_int_equal(ton_meter_feed(m, in, 48000, &err), TON_OK);
    const struct ton_measurement r = finish(m);
    figure("%d minutes: %.1f CPU s", seconds / 60, (double)(clock() - start) / CLOCKS_PER_SEC);
    assert_no_loudness(&r);
    assert_int_equal(r.frames, (int64_t)seconds * 48000);
    assert_true(isinf(r.true_peak_dbtp) && isinf(r.sample_peak_dbfs) && isinf(r.rms_dbfs));
    assert_true(isnan(r.crest_db) && isnan(r.correlation) && r.dc == 0.0);
}

static void an_hour_of_silence_after_sound_does_not_change_its_loudness(void **state) {
    (void)state;
    static float tone[48000], silence[48000];
    struct ton_err err;
    for (int i = 0; i < 48000; i++)
        tone[i] = (float)(0.1 * sin(0.1309 * i));
    struct ton_measurement r[2];
    for (int with = 0; with < 2; with++) {
        struct ton_meter *m = meter(48000, 2, false);
        for (int s = 0; s < 10; s++)
            assert_int_equal(ton_meter_feed(m, (const float *const[]){tone, tone}, 48000, &err),
                             TON_OK);
        for (int s = 0; s < fewer(3600, 600) * with; s++)
            assert_int_equal(
                ton_meter_feed(m, (const float *const[]){silence, silence}, 48000, &err), TON_OK);
        r[with] = finish(m);
    }
    figure("%.3f LUFS, with %d minutes of silence after it %.3f LUFS", r[0].integrated_lufs,
           fewer(60, 10), r[1].integrated_lufs);
    assert_true(fabs(r[0].integrated_lufs - r[1].integrated_lufs) < 0.2);
}

static void what_is_too_short_for_a_window_has_no_loudness(void **state) {
    (void)state;
    static float tone[2 * 144000];
    static const int lengths[] = {1, 479, 480, 19199, 19200, 143999, 144000};
    struct ton_err err;
    for (int i = 0; i < TON_N(tone); i++)
        tone[i] = (float)(0.25 * sin(0.1309 * i));
    for (int i = 0; i < TON_N(lengths); i++) {
        struct ton_meter *m = meter(48000, 1, false);
        assert_int_equal(ton_meter_feed(m, (const float *const[]){tone}, lengths[i], &err), TON_OK);
        const struct ton_measurement r = finish(m);
        assert_true(isnan(r.integrated_lufs) == (lengths[i] < 19200));
        assert_true(isnan(r.max_momentary_lufs) == (lengths[i] < 19200));
        assert_true(isnan(r.max_short_term_lufs) == (lengths[i] < 144000));
        assert_true(isnan(r.loudness_range_lu) == (lengths[i] < 144000));
    }
}

static void a_stream_of_nothing_has_no_values(void **state) {
    (void)state;
    const struct ton_measurement r = finish(meter(44100, 2, true));
    for (int row = 0; row < 10; row++)
        assert_true(isnan(ton_measurement_value(&r, row)));
    assert_int_equal(r.frames, 0);
}

static void one_sample_is_measured(void **state) {
    (void)state;
    struct ton_err err;
    struct ton_meter *m = meter(44100, 2, true);
    const float left = -0.5f, right = 0.25f;
    assert_int_equal(ton_meter_feed(m, (const float *const[]){&left, &right}, 1, &err), TON_OK);
    struct ton_measurement r;
    ton_meter_finish(m, &r);
    const struct ton_loudness_curve c = ton_meter_curve(m);
    assert_no_loudness(&r);
    assert_true(fabs(r.sample_peak_dbfs + 6.0206) < 1e-4 && fabs(r.true_peak_dbtp + 6.0206) < 1e-4);
    assert_true(r.correlation == -1.0 && r.dc == -0.5);
    assert_int_equal(c.n, 1);
    assert_true(c.peak_low[0] == -0.5f && c.peak_high[0] == 0.25f && isinf(c.momentary[0]));
    ton_meter_destroy(m);
}

static void odd_rates_are_measured_and_impossible_ones_refused(void **state) {
    (void)state;
    static const double odd[] = {1, 37, 1000, 1234, 4000, 11025, 35467, 768000, 1e6};
    static const double impossible[] = {0, -48000, NAN, INFINITY};
    struct ton_err err;
    struct ton_meter *m;
    make_audio(false);
    for (int i = 0; i < TON_N(odd); i++) {
        struct ton_meter *kept;
        const struct ton_measurement r = measure_cut(odd[i], 5000, &kept);
        ton_meter_destroy(kept);
        assert_true(isfinite(r.true_peak_dbtp) && r.true_peak_dbtp >= r.sample_peak_dbfs);
        assert_true(isfinite(r.integrated_lufs) == (odd[i] >= 4000 && FRAMES / odd[i] >= 0.4));
    }
    const struct ton_layout stereo = ton_layout_usual(2);
    for (int i = 0; i < TON_N(impossible); i++) {
        assert_int_equal(ton_meter_create(&m, impossible[i], &stereo, false, &err), TON_INPUT);
        assert_null(m);
    }
    const struct ton_layout none = {0};
    assert_int_equal(ton_meter_create(&m, 48000, &none, false, &err), TON_INPUT);
    ton_meter_destroy(NULL);
}

static void every_missing_allocation_is_an_error_and_leaks_nothing(void **state) {
    (void)state;
    const struct ton_layout layout = ton_layout_usual(CHANNELS);
    const float *in[CHANNELS] = {audio[0], audio[1], audio[2]};
    int refused = 0;
    make_audio(false);
    for (long n = 0; n < 30; n++) {
        struct ton_meter *m = NULL;
        struct ton_measurement out;
        struct ton_err err;
        ton_alloc_fail_after(n);
        enum ton_code code = ton_meter_create(&m, 48000, &layout, true, &err);
        if (!code)
            code = ton_meter_feed(m, in, FRAMES, &err);
        if (m)
            ton_meter_finish(m, &out);
        ton_alloc_fail_after(-1);
        ton_meter_destroy(m);
        assert_true(code == TON_OK || code == TON_MEMORY);
        refused += code == TON_MEMORY;
    }
    figure("%d of 30 allocations missed and told", refused);
    assert_true(refused >= 10);
}

static void the_curve_follows_a_step(void **state) {
    (void)state;
    static float tone[48000];
    struct ton_err err;
    struct ton_measurement r;
    struct ton_meter *m = meter(48000, 2, true);
    for (int s = 0; s < 8; s++) {
        const double level = s < 4 ? 0.01 : 0.1;
        for (int i = 0; i < 48000; i++)
            tone[i] = (float)(level * sin(2.0 * M_PI * 997.0 * i / 48000.0));
        assert_int_equal(ton_meter_feed(m, (const float *const[]){tone, tone}, 48000, &err),
                         TON_OK);
    }
    ton_meter_finish(m, &r);
    const struct ton_loudness_curve c = ton_meter_curve(m);
    assert_int_equal(c.n, 80);
    figure("momentary %.2f at 4 s, %.2f at 4.4 s; short-term %.2f at 7 s", (double)c.momentary[39],
           (double)c.momentary[43], (double)c.short_term[69]);
    assert_true(fabs((double)c.momentary[39] + 40.0) < 0.05);
    assert_true(fabs((double)c.momentary[43] + 20.0) < 0.05);
    assert_true(fabs((double)c.short_term[69] + 20.0) < 0.05);
    assert_true(c.short_term[45] < -22.0f && c.short_term[45] > -40.0f);
    assert_true(fabs((double)c.peak_high[79] - 0.1) < 1e-3);
    ton_meter_destroy(m);
}

static void rows_and_values_stand_in_the_same_order(void **state) {
    (void)state;
    int n;
    const struct ton_row *rows = ton_measurement_rows(&n);
    const struct ton_measurement m = {.integrated_lufs = 1, .true_peak_dbtp = 2, .correlation = 3};
    assert_int_equal(n, offsetof(struct ton_measurement, bad_samples) / sizeof(double));
    assert_string_equal(rows[0].key, "integrated_lufs");
    assert_true(ton_measurement_value(&m, 0) == 1.0);
    assert_string_equal(rows[4].key, "true_peak_dbtp");
    assert_true(ton_measurement_value(&m, 4) == 2.0);
    assert_string_equal(rows[9].key, "correlation");
    assert_true(ton_measurement_value(&m, 9) == 3.0);
    int found = 0;
    for (int a = 0; a < ton_analyser_count(); a++)
        for (int r = 0; r < ton_analyser_at(a)->n_rows; r++)
            for (int i = 0; i < n; i++)
                found += strcmp(rows[i].key, ton_analyser_at(a)->rows[r].key) == 0;
    assert_int_equal(found, n);
}

static void a_plain_meter_has_the_loudness_and_levels_of_a_full_one(void **state) {
    (void)state;
    enum { N = 20 * 48000 };
    static float noise[2][N];
    const float *const planes[2] = {noise[0], noise[1]};
    const struct ton_layout stereo = ton_layout_usual(2);
    uint32_t seed = 3;
    for (int i = 0; i < N; i++)
        for (int c = 0; c < 2; c++) {
            seed = seed * 1664525u + 1013904223u;
            noise[c][i] = (float)(0.2 * (1.1 + sin(2e-5 * i)) * (int32_t)seed * 0x1p-31);
        }
    struct ton_meter *m[2];
    struct ton_measurement got[2];
    assert_int_equal(ton_meter_create(&m[0], 48000, &stereo, false, NULL), TON_OK);
    assert_int_equal(ton_meter_create_plain(&m[1], 48000, &stereo, NULL), TON_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ton_meter_feed(m[i], planes, N, NULL), TON_OK);
        ton_meter_finish(m[i], &got[i]);
    }
    assert_true(got[0].integrated_lufs == got[1].integrated_lufs);
    assert_true(got[0].rms_dbfs == got[1].rms_dbfs);
    assert_true(isnan(got[1].true_peak_dbtp) && isnan(got[1].correlation));
    const struct ton_hops hops = ton_meter_hops(m[1]);
    const double lufs = ton_hops_lufs(hops.energy, hops.n, 48000);
    double peak = 0.0;
    for (size_t i = 0; i < hops.n; i++)
        peak = fmax(peak, (double)hops.peak[i]);
    figure("%zu hops: %.6f LU from the whole", hops.n, lufs - got[0].integrated_lufs);
    assert_true(fabs(lufs - got[0].integrated_lufs) < 1e-5);
    assert_true(fabs(20.0 * log10(peak) - got[0].sample_peak_dbfs) < 1e-5);
    for (int i = 0; i < 2; i++)
        ton_meter_destroy(m[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_and_instruction_sets_do_not_change_a_bit),
        cmocka_unit_test(bad_samples_count_as_silence_and_are_counted),
        cmocka_unit_test(eight_hours_of_silence_have_no_loudness_and_cost_little),
        cmocka_unit_test(an_hour_of_silence_after_sound_does_not_change_its_loudness),
        cmocka_unit_test(what_is_too_short_for_a_window_has_no_loudness),
        cmocka_unit_test(a_stream_of_nothing_has_no_values),
        cmocka_unit_test(one_sample_is_measured),
        cmocka_unit_test(odd_rates_are_measured_and_impossible_ones_refused),
        cmocka_unit_test(every_missing_allocation_is_an_error_and_leaks_nothing),
        cmocka_unit_test(the_curve_follows_a_step),
        cmocka_unit_test(rows_and_values_stand_in_the_same_order),
        cmocka_unit_test(a_plain_meter_has_the_loudness_and_levels_of_a_full_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
