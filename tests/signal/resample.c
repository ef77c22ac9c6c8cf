/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sample-rate conversion, held against the bar of SPECS.md 3.4 with its tones. */
#include "promise.h"

#include "ton/arena.h"
#include "ton/resample.h"

#define SECONDS_MAX 2
#define RATE_MAX 192000

struct collected {
    double *wide;
    float *narrow;
    int64_t n, capacity;
};

static enum ton_code collect_f64(const double *const *out, int frames, struct ton_err *err,
                                 void *user) {
    struct collected *c = user;
    (void)err;
    assert_true(c->n + frames <= c->capacity);
    memcpy(c->wide + c->n, out[0], (size_t)frames * sizeof(double));
    c->n += frames;
    return TON_OK;
}

static enum ton_code collect_f32(const float *const *out, int frames, struct ton_err *err,
                                 void *user) {
    struct collected *c = user;
    (void)err;
    assert_true(c->n + frames <= c->capacity);
    memcpy(c->narrow + c->n, out[0], (size_t)frames * sizeof(float));
    c->n += frames;
    return TON_OK;
}

static double given[SECONDS_MAX * RATE_MAX], made[SECONDS_MAX * RATE_MAX + 64];
static float given_f32[SECONDS_MAX * RATE_MAX], made_f32[SECONDS_MAX * RATE_MAX + 64];

static int64_t convert(int from, int to, int frames, bool wide) {
    struct ton_resampler *r;
    struct ton_err err;
    struct collected c = {made, made_f32, 0, SECONDS_MAX * RATE_MAX + 64};
    assert_int_equal(ton_resampler_create(&r, from, to, 1, &err), TON_OK);
    const double *in = given;
    const float *in_f32 = given_f32;
    if (wide)
        assert_int_equal(ton_resampler_feed_f64(r, &in, frames, 1, collect_f64, &err, &c), TON_OK);
    else
        assert_int_equal(ton_resampler_feed(r, &in_f32, frames, 1, collect_f32, &err, &c), TON_OK);
    ton_resampler_destroy(r);
    return c.n;
}

/* sin(2 pi f n / rate) with the phase reduced in integers: exact to the last digit of a double. */
static double tone(int64_t n, int hz, int rate) {
    return sin(2.0 * M_PI * (double)(n * hz % rate) / (double)rate);
}

static double cotone(int64_t n, int hz, int rate) {
    return cos(2.0 * M_PI * (double)(n * hz % rate) / (double)rate);
}

struct fit {
    double gain_db, snr_db, phase;
};

/* Least squares of sine and cosine at `hz` over the middle; what is left is the error. */
static struct fit fit_tone(const double *x, int64_t n, int hz, int rate, double amplitude) {
    const int64_t from = n / 4, to = n - n / 4;
    double ss = 0, cc = 0, sc = 0, xs = 0, xc = 0, residual = 0, power = 0;
    for (int64_t i = from; i < to; i++) {
        const double s = tone(i, hz, rate), c = cotone(i, hz, rate);
        ss += s * s, cc += c * c, sc += s * c, xs += x[i] * s, xc += x[i] * c;
    }
    const double det = ss * cc - sc * sc;
    const double a = (xs * cc - xc * sc) / det, b = (xc * ss - xs * sc) / det;
    for (int64_t i = from; i < to; i++) {
        const double fitted = a * tone(i, hz, rate) + b * cotone(i, hz, rate);
        power += fitted * fitted;
        residual += (x[i] - fitted) * (x[i] - fitted);
    }
    return (struct fit){20.0 * log10(hypot(a, b) / amplitude), 10.0 * log10(power / residual),
                        atan2(b, a)};
}

static const int pairs[][2] = {{96000, 44100}, {44100, 48000}, {48000, 44100},  {88200, 44100},
                               {44100, 96000}, {48000, 96000}, {192000, 44100}, {48000, 88200}};
#define N_PAIRS (sizeof pairs / sizeof pairs[0])

static void tones_come_through_at_180_db(void **state) {
    (void)state;
    const int tones[] = {997, 10000, 18000, 20011};
    for (size_t p = 0; p < N_PAIRS; p++) {
        const int from = pairs[p][0], to = pairs[p][1];
        double worst = 1000, worst_gain = 0, worst_phase = 0;
        for (size_t t = 0; t < 4; t++) {
            for (int i = 0; i < from; i++)
                given[i] = 0.5 * tone(i, tones[t], from);
            const struct fit f = fit_tone(made, convert(from, to, from, true), tones[t], to, 0.5);
            worst = fmin(worst, f.snr_db);
            worst_gain = fmax(worst_gain, fabs(f.gain_db));
            worst_phase = fmax(worst_phase, fabs(f.phase));
        }
        figure("%d -> %d: SNR at least %.1f dB, gain within %.6f dB, phase within %.1e rad", from,
               to, worst, worst_gain, worst_phase);
        assert_true(worst >= 180.0);
        assert_true(worst_gain <= 0.005);
        assert_true(worst_phase < 1e-6); /* linear phase, no delay */
    }
}

static void float_output_reaches_what_floats_can_hold(void **state) {
    (void)state;
    for (int i = 0; i < 96000; i++)
        given_f32[i] = (float)(0.5 * tone(i, 997, 96000));
    const int64_t n = convert(96000, 44100, 96000, false);
    for (int64_t i = 0; i < n; i++)
        made[i] = (double)made_f32[i];
    const double snr = fit_tone(made, n, 997, 44100, 0.5).snr_db;
    figure("96000 -> 44100, 997 Hz in floats: SNR %.1f dB (24 bits of mantissa allow about 150)",
           snr);
    assert_true(snr > 145.0);
}

static void tones_above_the_new_nyquist_are_gone(void **state) {
    (void)state;
    const struct {
        int from, to, hz[4];
    } cases[] = {{96000, 44100, {22600, 24000, 30000, 43000}},
                 {48000, 44100, {22100, 22600, 23500, 23900}},
                 {192000, 48000, {24100, 30000, 60000, 90000}},
                 {96000, 48000, {24100, 26000, 33000, 47000}}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        double worst = -400;
        for (int t = 0; t < 4; t++) {
            const int from = cases[k].from;
            for (int i = 0; i < from; i++)
                given[i] = 0.5 * tone(i, cases[k].hz[t], from);
            const int64_t n = convert(from, cases[k].to, from, true);
            double power = 0;
            for (int64_t i = n / 4; i < n - n / 4; i++)
                power += made[i] * made[i];
            worst = fmax(worst, 10.0 * log10(power / (double)(n / 2) / 0.125));
        }
        figure("%d -> %d: aliases at most %.1f dB", cases[k].from, cases[k].to, worst);
        assert_true(worst <= -180.0);
    }
}

static void the_pass_band_is_flat_to_20_khz(void **state) {
    (void)state;
    double low = 100, high = -100;
    for (int hz = 20; hz <= 20000; hz += hz < 1000 ? 245 : 950) {
        for (int i = 0; i < 48000; i++)
            given[i] = 0.5 * tone(i, hz, 48000);
        const double g = fit_tone(made, convert(48000, 44100, 48000, true), hz, 44100, 0.5).gain_db;
        low = fmin(low, g);
        high = fmax(high, g);
    }
    figure("48000 -> 44100, 20 Hz to 20 kHz: %.6f to %.6f dB", low, high);
    assert_true(low > -0.005 && high < 0.005);
}

static void frame_0_out_is_frame_0_in(void **state) {
    (void)state;
    const struct {
        int from, to, in, out;
    } cases[] = {{44100, 88200, 0, 0},
                 {48000, 96000, 1000, 2000},
                 {44100, 48000, 441, 480},
                 {96000, 48000, 2000, 1000},
                 {48000, 44100, 4800, 4410}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        memset(given, 0, sizeof given);
        given[cases[k].in] = 1.0;
        const int64_t n = convert(cases[k].from, cases[k].to, 20000, true);
        int64_t peak = 0;
        for (int64_t i = 0; i < n; i++) {
            if (fabs(made[i]) > fabs(made[peak]))
                peak = i;
        }
        assert_int_equal(peak, cases[k].out);
        /* Symmetric about the peak: linear phase. */
        for (int64_t i = 1; i <= peak && i < 200; i++)
            assert_true(fabs(made[peak - i] - made[peak + i]) < 1e-9);
    }
}

static void the_length_is_the_ratio_rounded(void **state) {
    (void)state;
    const int lengths[] = {0, 1, 2, 7, 100, 4095, 4096, 4097, 44100, 100001};
    memset(given, 0, sizeof given);
    for (size_t p = 0; p < N_PAIRS; p++) {
        for (size_t l = 0; l < sizeof lengths / sizeof lengths[0]; l++) {
            const double exact = (double)lengths[l] * pairs[p][1] / pairs[p][0];
            assert_int_equal(convert(pairs[p][0], pairs[p][1], lengths[l], true),
                             (int64_t)floor(exact + 0.5));
        }
    }
}

static void the_same_bits_however_the_input_is_cut(void **state) {
    (void)state;
    static float whole[RATE_MAX];
    const int frames = 50000, cuts[] = {1, 64, 777, 4096, 30000};
    uint32_t noise = 1;
    for (int i = 0; i < frames; i++) {
        noise = noise * 1664525u + 1013904223u;
        given_f32[i] = (float)(int32_t)noise * 0x1p-32f;
    }
    const int64_t n = convert(44100, 48000, frames, false);
    memcpy(whole, made_f32, (size_t)n * sizeof(float));
    for (size_t k = 0; k < sizeof cuts / sizeof cuts[0]; k++) {
        struct ton_resampler *r;
        struct ton_err err;
        struct collected c = {made, made_f32, 0, RATE_MAX};
        assert_int_equal(ton_resampler_create(&r, 44100, 48000, 1, &err), TON_OK);
        for (int at = 0; at < frames; at += cuts[k]) {
            const float *in = given_f32 + at;
            const int m = frames - at < cuts[k] ? frames - at : cuts[k];
            assert_int_equal(ton_resampler_feed(r, &in, m, 0, collect_f32, &err, &c), TON_OK);
        }
        assert_int_equal(ton_resampler_feed(r, NULL, 0, 1, collect_f32, &err, &c), TON_OK);
        assert_int_equal(c.n, n);
        assert_memory_equal(made_f32, whole, (size_t)n * sizeof(float));
        ton_resampler_destroy(r);
    }
}

static enum ton_code refuse(const float *const *out, int frames, struct ton_err *err, void *user) {
    (void)out, (void)frames, (void)user;
    return ton_fail(err, TON_STOPPED, NULL, "enough");
}

static enum ton_code keep_channels(const float *const *out, int frames, struct ton_err *err,
                                   void *user) {
    (void)err;
    double *sums = user;
    for (int c = 0; c < 3; c++) {
        for (int i = 0; i < frames; i++)
            sums[c] += (double)out[c][i];
    }
    return TON_OK;
}

static void channels_stay_apart(void **state) {
    (void)state;
    static float planes[3][20000];
    struct ton_resampler *r;
    struct ton_err err;
    double sums[3] = {0};
    for (int i = 0; i < 20000; i++)
        planes[0][i] = 0.25f, planes[2][i] = -0.5f;
    const float *in[] = {planes[0], planes[1], planes[2]};
    assert_int_equal(ton_resampler_create(&r, 44100, 48000, 3, &err), TON_OK);
    assert_int_equal(ton_resampler_feed(r, in, 20000, 1, keep_channels, &err, sums), TON_OK);
    ton_resampler_destroy(r);
    const double n = 20000 * 48000.0 / 44100;
    figure("means %.4f %.4f %.4f", sums[0] / n, sums[1] / n, sums[2] / n);
    assert_true(fabs(sums[0] / n - 0.25) < 1e-3);
    assert_true(sums[1] == 0.0);
    assert_true(fabs(sums[2] / n + 0.5) < 1e-3);
}

static void an_error_of_the_sink_stops_the_feed(void **state) {
    (void)state;
    struct ton_resampler *r;
    struct ton_err err;
    const float *in = given_f32;
    assert_int_equal(ton_resampler_create(&r, 44100, 48000, 1, &err), TON_OK);
    assert_int_equal(ton_resampler_feed(r, &in, 40000, 1, refuse, &err, NULL), TON_STOPPED);
    ton_resampler_destroy(r);
}

static void impossible_rates_are_refused(void **state) {
    (void)state;
    struct ton_resampler *r;
    struct ton_err err;
    assert_int_equal(ton_resampler_create(&r, 0, 48000, 1, &err), TON_INPUT);
    assert_int_equal(ton_resampler_create(&r, 48000, -1, 1, &err), TON_INPUT);
    assert_int_equal(ton_resampler_create(&r, 48000, 44100, 0, &err), TON_INPUT);
    assert_null(r);
    figure("%s", err.text);
    static const int far[][2] = {{1, 48000}, {40, 192000}, {2147483647, 48000}, {1, 2147483647}};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(ton_resampler_create(&r, far[i][0], far[i][1], 1, &err), TON_INPUT);
        figure("%s", err.text);
    }
    ton_alloc_fail_after(0);
    assert_int_equal(ton_resampler_create(&r, 48000, 44100, 1, &err), TON_MEMORY);
    ton_alloc_fail_after(1);
    assert_int_equal(ton_resampler_create(&r, 48000, 44100, 1, &err), TON_MEMORY);
    ton_alloc_fail_after(-1);
    assert_null(r);
}

static enum ton_code count(const float *const *out, int frames, struct ton_err *err, void *user) {
    (void)out, (void)err;
    *(int64_t *)user += frames;
    return TON_OK;
}

/* The ends of what sessions take: 1 kHz, and 1 MHz. */
static void rates_far_apart_give_their_length(void **state) {
    (void)state;
    static const int rates[][2] = {{1000, 384000}, {1000000, 8000}, {1000000, 44100}};
    for (int i = 0; i < 3; i++) {
        struct ton_resampler *r;
        struct ton_err err;
        const float *in = given_f32;
        int64_t n = 0;
        assert_int_equal(ton_resampler_create(&r, rates[i][0], rates[i][1], 1, &err), TON_OK);
        assert_int_equal(ton_resampler_feed(r, &in, 40000, 1, count, &err, &n), TON_OK);
        figure("%d Hz to %d Hz: 40000 frames give %lld", rates[i][0], rates[i][1], (long long)n);
        assert_int_equal(n, llround(40000.0 * rates[i][1] / rates[i][0]));
        ton_resampler_destroy(r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tones_come_through_at_180_db),
        cmocka_unit_test(rates_far_apart_give_their_length),
        cmocka_unit_test(float_output_reaches_what_floats_can_hold),
        cmocka_unit_test(tones_above_the_new_nyquist_are_gone),
        cmocka_unit_test(the_pass_band_is_flat_to_20_khz),
        cmocka_unit_test(frame_0_out_is_frame_0_in),
        cmocka_unit_test(the_length_is_the_ratio_rounded),
        cmocka_unit_test(the_same_bits_however_the_input_is_cut),
        cmocka_unit_test(channels_stay_apart),
        cmocka_unit_test(an_error_of_the_sink_stops_the_feed),
        cmocka_unit_test(impossible_rates_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
