/* SPDX-License-Identifier: GPL-3.0-or-later */
/* True peak: EBU Tech 3341 rows 15 to 23, and sines of every phase up to 0.45 of the rate. */

#include "tone.h"

#include "ton/true_peak.h"

enum { FADE = 4800, FRAMES = 153600 };

static double fade(int64_t frame, int64_t frames, int64_t length) {
    const double from_start = (double)frame / (double)length;
    const double from_end = (double)(frames - 1 - frame) / (double)length;
    return fmin(1.0, fmin(from_start, from_end));
}

struct sine {
    double amplitude, cycles_per_frame, phase;
};

static double sine_at(int channel, int64_t frame, const void *user) {
    const struct sine *s = user;
    (void)channel;
    return fade(frame, FRAMES, FADE) * s->amplitude *
           sin(2.0 * M_PI * fmod((double)frame * s->cycles_per_frame, 1.0) + s->phase);
}

static double peak_of(tone_sample sample, const void *user, int64_t frames) {
    const struct ton_layout stereo = ton_layout_usual(2);
    struct ton_meter *m;
    struct ton_measurement out;
    struct ton_err err;
    assert_int_equal(ton_meter_create(&m, 48000, &stereo, false, &err), TON_OK);
    feed_made(m, 2, frames, sample, user);
    ton_meter_finish(m, &out);
    ton_meter_destroy(m);
    return out.true_peak_dbtp;
}

static void rows_15_to_19_sines_between_samples(void **state) {
    (void)state;
    const double half = linear(-6.0003);
    static const struct {
        int number, divisor;
        double degrees;
    } rows[] = {{15, 4, 0.0}, {16, 4, 45.0}, {17, 6, 60.0}, {18, 8, 67.5}, {19, 4, 45.0}};
    for (int i = 0; i < TON_N(rows); i++) {
        const struct sine s = {rows[i].number == 19 ? 1.4141 : half, 1.0 / rows[i].divisor,
                               rows[i].degrees * M_PI / 180.0};
        char what[40];
        snprintf(what, sizeof what, "3341-%d fs/%d, %g deg", rows[i].number, rows[i].divisor,
                 rows[i].degrees);
        row(what, peak_of(sine_at, &s, FRAMES), rows[i].number == 19 ? 3.0 : -6.0, 0.4, 0.2);
    }
}

/* Rows 20 to 23 are made at 192 kHz, band-limited below 24 kHz and thinned to every fourth frame.
 */
enum {
    FAST = 4,
    BURST_AT = 289920,
    BURST = 16,
    FAST_FRAMES = FRAMES * FAST + BURST,
    HALF_TAPS = 400
};

static double burst_at(int64_t frame) {
    const int64_t after = frame - BURST_AT;
    const double faded = fade(frame, FAST_FRAMES, FADE * FAST);
    if (after >= 0 && after < BURST)
        return sin(2.0 * M_PI * (double)after / BURST);
    const int64_t phase = after < 0 ? frame : frame - BURST;
    return faded * linear(-6.0003) * sin(2.0 * M_PI * (double)(phase % 24) / 24.0);
}

static double bessel_i0(double x) {
    double sum = 1.0, term = 1.0;
    for (int k = 1; k < 60; k++) {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

static const float *burst_low_passed(void) {
    static float out[FAST_FRAMES];
    static double made[FAST_FRAMES];
    double taps[HALF_TAPS + 1];
    const double corner = 23000.0 / 192000.0;
    for (int k = 0; k <= HALF_TAPS; k++) {
        const double w = (double)k / (HALF_TAPS + 1), t = 2.0 * corner * k;
        taps[k] = 2.0 * corner * (k ? sin(M_PI * t) / (M_PI * t) : 1.0) *
                  bessel_i0(8.0 * sqrt(1.0 - w * w)) / bessel_i0(8.0);
    }
    for (int i = 0; i < FAST_FRAMES; i++)
        made[i] = burst_at(i);
    /* The sine itself passes unchanged; only the burst needs the filter. */
    for (int i = 0; i < FAST_FRAMES; i++) {
        double sum = made[i];
        if (llabs((int64_t)i - BURST_AT) < 4 * HALF_TAPS) {
            sum = taps[0] * made[i];
            for (int k = 1; k <= HALF_TAPS; k++)
                sum += taps[k] * (made[i - k] + made[i + k]);
        }
        out[i] = (float)sum;
    }
    return out;
}

struct thinned {
    const float *fast;
    int offset;
};

static double thinned_at(int channel, int64_t frame, const void *user) {
    const struct thinned *t = user;
    (void)channel;
    return (double)t->fast[frame * FAST + t->offset];
}

static void rows_20_to_23_a_burst_wherever_the_samples_fall(void **state) {
    (void)state;
    const float *fast = burst_low_passed();
    for (int offset = 0; offset < FAST; offset++) {
        const struct thinned t = {fast, offset};
        char what[40];
        snprintf(what, sizeof what, "3341-%d burst, offset %d", 20 + offset, offset);
        row(what, peak_of(thinned_at, &t, FAST_FRAMES / FAST), 0.0, 0.4, 0.2);
    }
}

static double short_sine_error_db(double cycles, double phase) {
    enum { LENGTH = 4096 };
    static float x[LENGTH];
    struct ton_true_peak t;
    for (int i = 0; i < LENGTH; i++)
        x[i] =
            (float)(fade(i, LENGTH, 1024) * 0.5 * sin(2.0 * M_PI * fmod(cycles * i, 1.0) + phase));
    ton_true_peak_init(&t);
    ton_true_peak_feed(&t, x, LENGTH);
    return 20.0 * log10((double)ton_true_peak_finish(&t) / 0.5);
}

static void sines_of_every_phase_read_right_up_to_0_45_of_the_rate(void **state) {
    (void)state;
    /* Fractions of the rate whose samples fall on few phases are the hard ones. */
    static const double cycles[] = {1.0 / 48, 0.05, 0.1,    1.0 / 8, 1.0 / 6, 0.2,
                                    0.25,     0.3,  1. / 3, 0.375,   0.4,     0.45};
    double under = INFINITY, over = -INFINITY;
    for (int f = 0; f < TON_N(cycles); f++)
        for (int p = 0; p < 64; p++) {
            const double error = short_sine_error_db(cycles[f], M_PI * p / 64.0);
            under = fmin(under, error);
            over = fmax(over, error);
        }
    figure("worst reading %+.4f dB and %+.4f dB (-0.1 to +0.05)", under, over);
    assert_true(under >= -0.1 && over <= 0.05);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_15_to_19_sines_between_samples),
        cmocka_unit_test(rows_20_to_23_a_burst_wherever_the_samples_fall),
        cmocka_unit_test(sines_of_every_phase_read_right_up_to_0_45_of_the_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
