/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exponential sweep, and what is heard of it through systems that are known. */

#include "sweep_rig.h"

#include "ton/biquad.h"
#include "ton/resample.h"
#include "ton/room.h"
#include "ton/sweep.h"

#include <math.h>
#include <stdlib.h>

static double response_db(const struct ton_sweep_heard *h, double hz) {
    double re = 0.0, im = 0.0;
    for (int i = 0; i < h->frames; i++) {
        re += h->response[i] * cos(2.0 * M_PI * hz * i / RATE);
        im += h->response[i] * sin(2.0 * M_PI * hz * i / RATE);
    }
    return 10.0 * log10(re * re + im * im);
}

static void a_cable_is_flat_from_20_hz_to_20_khz(void **state) {
    (void)state;
    const struct ton_sweep s = settled(2.0, 2);
    double worst = 0.0;
    play(&s);
    const struct ton_sweep_heard h = hear(&s, heard, frames);
    for (double hz = 20.0; hz < 20000.0; hz *= 1.05)
        worst = fmax(worst, fabs(response_db(&h, hz)));
    figure("at 20 Hz %.3f dB, from there to 20 kHz %.3f dB (0.15)", response_db(&h, 20.0), worst);
    figure("arrival %.4f (%d), drift %.4f ppm (0.02), peak %.3f dBFS", h.arrival_frames, LEAD,
           h.drift_ppm, h.peak_dbfs);
    assert_true(worst < 0.15);
    assert_true(fabs(h.arrival_frames - LEAD) < 0.01);
    assert_true(fabs(h.drift_ppm) < 0.02);
    assert_true(fabs(h.peak_dbfs + 12.0) < 0.01);
    assert_int_equal(h.trouble, 0);
    assert_false(h.inverted);
}

static void any_range_rate_and_number_of_sweeps_is_heard(void **state) {
    (void)state;
    struct ton_sweep sweeps[] = {{.rate = 48000, .seconds = 0.5, .pause_s = 0.2, .times = 4},
                                 {.rate = 48000, .seconds = 2, .pause_s = 1, .to_hz = 200},
                                 {.rate = 48000, .seconds = 0.2, .pause_s = 0.1, .times = 1},
                                 {.rate = 48000, .seconds = 1, .from_hz = 5000, .times = 1},
                                 {.rate = 192000, .seconds = 0.3, .pause_s = 0.1, .to_hz = 80000},
                                 {.rate = 8000, .seconds = 1, .pause_s = 0.5}};
    for (size_t i = 0; i < sizeof sweeps / sizeof *sweeps; i++) {
        struct ton_err err;
        assert_int_equal(ton_sweep_settle(&sweeps[i], &err), TON_OK);
        play(&sweeps[i]);
        for (int k = 0; k < frames; k++)
            heard[k] += (float)(1e-4 * noise());
        const struct ton_sweep_heard h = hear(&sweeps[i], heard, frames);
        figure("%d x %g Hz … %g Hz at %d Hz: arrival %.3f (%d), trouble %x", sweeps[i].times,
               sweeps[i].from_hz, sweeps[i].to_hz, sweeps[i].rate, h.arrival_frames, LEAD,
               h.trouble);
        assert_true(fabs(h.arrival_frames - LEAD) <
                    0.0005 * sweeps[i].rate / sweeps[i].to_hz * 100);
        assert_int_equal(h.trouble, 0);
    }
}

static double level_db(const float *x, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return 10.0 * log10(sum + 1e-30);
}

static void nothing_is_heard_of_a_cable_but_the_pulse(void **state) {
    (void)state;
    const struct ton_sweep s = settled(2.0, 2);
    play(&s);
    const struct ton_sweep_heard h = hear(&s, heard, frames);
    const int far = h.ahead + RATE / 10;
    const double rest = level_db(h.response + far, h.frames - far);
    figure("energy later than 100 ms: %.1f dB re the pulse (-65)",
           rest - level_db(h.response, far));
    assert_true(rest - level_db(h.response, far) < -65.0);
}

/* Sample `at` of the sweeps between samples: they are made anew at that place. */
static void play_at_clock(const struct ton_sweep *s, double ppm, double late) {
    enum { NEAR = 24 };
    const double stretch = 1.0 + 1e-6 * ppm;
    const int all = (int)ton_sweep_frames(s);
    float *const x = ton_alloc(sizeof(float) * (size_t)(all + 2 * NEAR));
    assert_non_null(x);
    ton_sweep_make(x, s, -NEAR, all + 2 * NEAR);
    frames = LEAD + all;
    for (int i = 0; i < frames; i++) {
        const double t = (i - LEAD - late) / stretch + NEAR;
        double sum = 0.0;
        for (int k = (int)floor(t) - NEAR + 1; k <= (int)floor(t) + NEAR; k++) {
            const double d = t - k, sinc = d == 0.0 ? 1.0 : sin(M_PI * d) / (M_PI * d);
            if (k >= 0 && k < all + 2 * NEAR)
                sum += x[k] * sinc * (0.5 + 0.5 * cos(M_PI * d / NEAR));
        }
        heard[i] = (float)sum;
    }
    ton_free(x);
}

static void the_direct_sound_is_placed_between_samples(void **state) {
    (void)state;
    const struct ton_sweep s = settled(0.5, 1);
    play_at_clock(&s, 0.0, 0.37);
    for (int i = 0; i < frames; i++)
        heard[i] = (float)(-0.5 * heard[i] + 1e-4 * noise());
    const struct ton_sweep_heard h = hear(&s, heard, frames);
    figure("arrival %.4f (%.4f +-0.01), inverted %d, drift %g", h.arrival_frames, LEAD + 0.37,
           h.inverted, h.drift_ppm);
    assert_true(fabs(h.arrival_frames - LEAD - 0.37) < 0.01);
    assert_true(h.inverted);
    assert_true(isnan(h.drift_ppm));
}

static void another_clock_is_found_and_its_smear_taken_out(void **state) {
    (void)state;
    static const double given[] = {30.0, -100.0, 2.0};
    const struct ton_sweep s = settled(1.0, 2);
    for (int i = 0; i < fewer(3, 1); i++) {
        play_at_clock(&s, given[i], 0.0);
        for (int k = 0; k < frames; k++)
            heard[k] += (float)(1e-4 * noise());
        const struct ton_sweep_heard h = hear(&s, heard, frames);
        const float peak = h.response[h.ahead];
        const double pulse = (20000.0 - 20.0) / (RATE / 2);
        figure("%+.0f ppm: found %+.3f, pulse %.4f (at least %.3f)", given[i], h.drift_ppm, peak,
               pulse);
        assert_true(fabs(h.drift_ppm - given[i]) < 0.1);
        assert_true(h.trouble == TON_SWEEP_OTHER_CLOCK);
        assert_true(peak > pulse);
    }
}

/* Chebyshev polynomials make of a sine its harmonics. */
static void distort(const struct ton_sweep *s, const double amount[6]) {
    const double top = pow(10.0, s->level_db / 20.0);
    for (int i = 0; i < frames; i++) {
        const double x = heard[i] / top;
        const double t[6] = {1,
                             x,
                             2 * x * x - 1,
                             4 * x * x * x - 3 * x,
                             8 * pow(x, 4) - 8 * x * x + 1,
                             16 * pow(x, 5) - 20 * x * x * x + 5 * x};
        double y = 0.0;
        for (int n = 1; n < 6; n++)
            y += amount[n] * (t[n] - (n == 2 ? -1 : n == 4 ? 1 : 0));
        heard[i] = (float)(top * y);
    }
}

static void each_harmonic_has_the_level_that_it_was_given(void **state) {
    (void)state;
    static const double amount[6] = {0, 1, 0.01, 0.003, 0.001, 0.0005};
    struct ton_sweep s = settled(3.0, 1);
    s.to_hz = 4500.0; /* so that no harmonic is folded back */
    play(&s);
    distort(&s, amount);
    for (int i = 0; i < frames; i++)
        heard[i] += (float)(1e-5 * noise());
    const struct ton_sweep_heard h = hear(&s, heard, frames);
    double sum = 0.0;
    for (int n = 2; n < 6; n++) {
        const double expected = 20.0 * log10(amount[n]);
        figure("harmonic %d: %.2f dB (%.2f +-0.3)", n, h.harmonic_db[n], expected);
        assert_true(fabs(h.harmonic_db[n] - expected) < 0.3);
        sum += amount[n] * amount[n];
    }
    figure("THD %.4f %% (%.4f)", h.thd_percent, 100.0 * sqrt(sum));
    assert_true(fabs(h.thd_percent / (100.0 * sqrt(sum)) - 1.0) < 0.03);
    const int far = h.ahead + RATE / 10;
    const double rest = level_db(h.response + far, h.frames - far) - level_db(h.response, far);
    figure("in the linear response later than 100 ms: %.1f dB (-60)", rest);
    assert_true(rest < -60.0);
}

static void two_sweeps_lower_the_noise_by_3_db(void **state) {
    (void)state;
    double late[3];
    for (int times = 1; times <= 2; times++) {
        const struct ton_sweep s = settled(1.0, times);
        play(&s);
        for (int i = 0; i < frames; i++)
            heard[i] += (float)(1e-3 * noise());
        const struct ton_sweep_heard h = hear(&s, heard, frames);
        late[times] = level_db(h.response + h.frames - RATE / 5, RATE / 5);
    }
    figure("noise of two re that of one: %.2f dB (-3.01 +-0.5)", late[2] - late[1]);
    assert_true(fabs(late[2] - late[1] + 3.01) < 0.5);
}

static void harmonics_below_the_noise_have_no_number(void **state) {
    (void)state;
    const struct ton_sweep s = settled(2.0, 1);
    play(&s);
    for (int i = 0; i < frames; i++)
        heard[i] += (float)(1e-3 * noise());
    const struct ton_sweep_heard h = hear(&s, heard, frames);
    for (int n = 2; n < 6; n++)
        assert_true(isnan(h.harmonic_db[n]));
    assert_true(isnan(h.thd_percent));
    assert_int_equal(h.trouble, 0);
}

static void the_noise_of_the_recording_is_told_in_dbfs(void **state) {
    (void)state;
    for (int times = 1; times <= 2; times++) {
        const struct ton_sweep s = settled(times == 1 ? 2.0 : 1.0, times);
        play(&s);
        reverberate();
        for (int i = 0; i < frames; i++)
            heard[i] += (float)(0.01 + pow(10.0, -50.0 / 20.0) * noise());
        const struct ton_sweep_heard late = hear(&s, heard, frames);
        const struct ton_sweep_heard live = hear(&s, heard + LEAD, frames - LEAD);
        figure("%d x: %.2f dBFS, begun with the sweep %.2f dBFS (-50 +-0.3), beside DC", times,
               late.noise_dbfs, live.noise_dbfs);
        assert_true(fabs(late.noise_dbfs + 50.0) < 0.3 && fabs(live.noise_dbfs + 50.0) < 0.3);
        assert_true(isnan(hear(&s, heard + LEAD, frames - LEAD - 20000).noise_dbfs));
        for (int i = frames - RATE / 2; i < frames; i++) /* a hall of 2 s */
            heard[i] +=
                (float)(0.05 * noise() * pow(0.001, (i - frames + RATE / 2) / (2.0 * RATE)));
        assert_true(isnan(hear(&s, heard + LEAD, frames - LEAD).noise_dbfs));
    }
}

static enum ton_code append(const float *const *out, int n, struct ton_err *err, void *user) {
    int *const at = user;
    (void)err;
    memcpy(heard + *at, out[0], sizeof(float) * (size_t)n);
    *at += n;
    return TON_OK;
}

/* What was played at 48 kHz and recorded at 44.1 kHz, with a reflection of -6 dB after 2 ms. */
static void a_sweep_of_another_rate_gives_the_same_response(void **state) {
    (void)state;
    enum { RECORDED = 44100, LATE = 96 };
    const struct ton_sweep s = settled(1.0, 2);
    struct ton_sweep other = {.rate = RECORDED, .seconds = 1.0, .pause_s = 0.5, .times = 2};
    struct ton_resampler *r;
    struct ton_err err;
    int n = 0;
    play(&s);
    for (int i = frames - 1; i >= LATE; i--)
        heard[i] += 0.5F * heard[i - LATE];
    float *const played = ton_alloc(sizeof(float) * (size_t)frames);
    assert_non_null(played);
    memcpy(played, heard, sizeof(float) * (size_t)frames);
    assert_int_equal(ton_sweep_settle(&other, &err), TON_OK);
    assert_int_equal(ton_resampler_create(&r, RATE, RECORDED, 1, &err), TON_OK);
    assert_int_equal(
        ton_resampler_feed(r, (const float *const[]){played}, frames, 1, append, &err, &n), TON_OK);
    ton_resampler_destroy(r);
    ton_free(played);
    const struct ton_sweep_heard h = hear(&other, heard, n);
    const double late = LATE * (double)RECORDED / RATE;
    const double direct_db = level_db(h.response + h.ahead - 40, 80);
    const double late_db = level_db(h.response + h.ahead + (int)(late + 0.5) - 40, 80);
    figure("to %.0f Hz: reflection %.2f dB (-6.02 +-0.3), arrival %.3f (%.3f)", other.to_hz,
           late_db - direct_db, h.arrival_frames, LEAD * (double)RECORDED / RATE);
    assert_true(fabs(other.to_hz - s.to_hz) < 1e-9);
    assert_true(fabs(late_db - direct_db + 6.02) < 0.3);
    assert_true(fabs(h.arrival_frames - LEAD * (double)RECORDED / RATE) < 0.05);
    assert_int_equal(h.trouble, 0);
}

static void the_longest_sweep_is_heard(void **state) {
    (void)state;
    struct ton_sweep s = {.rate = 96000, .seconds = 20.0, .pause_s = 10.0, .times = 1};
    struct ton_err err;
    assert_int_equal(ton_sweep_settle(&s, &err), TON_OK);
    if (fewer(1, 0) == 0)
        skip_because("20 s at 96 kHz are much for a sanitizer");
    play(&s);
    const struct ton_sweep_heard h = hear(&s, heard, frames);
    figure("%d frames of response, arrival %.3f", h.frames, h.arrival_frames);
    assert_true(fabs(h.arrival_frames - LEAD) < 0.01 && h.frames > 9 * 96000);
}

static void want_of_memory_is_told(void **state) {
    (void)state;
    const struct ton_sweep s = settled(0.2, 2);
    int refused = 0;
    play(&s);
    for (int n = 0; n < 100; n++) {
        struct ton_arena *const own = ton_arena_create();
        struct ton_sweep_heard h;
        struct ton_err err;
        assert_non_null(own);
        ton_alloc_fail_after(n);
        const enum ton_code code = ton_sweep_hear(&h, own, &s, heard, frames, &err);
        ton_alloc_fail_after(-1);
        ton_arena_destroy(own);
        refused += code == TON_MEMORY;
        if (code == TON_OK)
            break;
        assert_int_equal(code, TON_MEMORY);
    }
    figure("refused %d times (4 or more)", refused);
    assert_true(refused >= 4 && refused < 100);
}

/* A loudspeaker with two ends, in a room of decaying tones: what is measured is what it is. */
static void a_room_is_measured_through_its_sweep(void **state) {
    (void)state;
    enum { TONES = 8 };
    static const double t60 = 0.6;
    const struct ton_sweep s = settled(2.0, 2);
    struct ton_biquad speaker[4] = {TON_BIQUAD_THROUGH, TON_BIQUAD_THROUGH, TON_BIQUAD_THROUGH,
                                    TON_BIQUAD_THROUGH};
    struct ton_biquad_state ring[4] = {{0}};
    struct ton_analogue ends[4];
    struct ton_room_figures f;
    struct ton_err err;
    double re[TONES] = {0}, im[TONES] = {0};
    assert_int_equal(ton_analogue_high_pass(ends, 50.0, 2), 1);
    ton_biquad_match(speaker, ends, RATE);
    assert_int_equal(ton_analogue_low_pass(ends, 15000.0, 2), 1);
    ton_biquad_match(speaker + 2, ends, RATE);
    play(&s);
    for (int i = 0; i < frames; i++) {
        double x = -heard[i];
        for (int k = 0; k < 4; k++)
            x = ton_biquad_run(&speaker[k], &ring[k], x);
        double y = x;
        for (int k = 0; k < TONES; k++) { /* poles at the octaves' middles */
            const double w = 2.0 * M_PI * 1000.0 * pow(10.0, 0.3 * (k - 4)) / RATE;
            const double shrink = pow(10.0, -3.0 / (t60 * RATE));
            const double next = shrink * (re[k] * cos(w) - im[k] * sin(w)) + 0.01 * x;
            im[k] = shrink * (re[k] * sin(w) + im[k] * cos(w));
            re[k] = next;
            y += re[k];
        }
        heard[i] = (float)(y + 1e-4 * noise());
    }
    const struct ton_sweep_heard h = hear(&s, heard, frames);
    assert_int_equal(h.trouble, 0);
    assert_int_equal(ton_room_measure(&f, h.response, h.frames, RATE, &err), TON_OK);
    for (int b = 1; b < TON_ROOM_OCTAVES; b++) {
        figure("%5.0f Hz: T20 %.3f s (%.1f +-3 %%), range %.0f dB", f.octave[b].hz,
               f.octave[b].t20.seconds, t60, f.octave[b].range_db);
        assert_true(fabs(f.octave[b].t20.seconds / t60 - 1.0) < 0.03);
    }
    figure("arrival %.2f (%d), inverted %d", h.arrival_frames, LEAD, h.inverted);
    assert_true(h.inverted && fabs(h.arrival_frames - LEAD) < 2.0);
}

/* Two ways with the crossover of S. H. Linkwitz and R. Riley of second order at 2 kHz: its sum is
 * flat with the tweeter reversed, and the tweeter's pulse is the largest. */
static void cross_over(double woofer, double lowest_hz) {
    struct ton_biquad box[4] = {TON_BIQUAD_THROUGH, TON_BIQUAD_THROUGH, TON_BIQUAD_THROUGH,
                                TON_BIQUAD_THROUGH};
    struct ton_biquad_state ring[4] = {{0}};
    struct ton_analogue sections[4];
    const double part = 1.0 - exp(-2.0 * M_PI * 2000.0 / RATE);
    double low[2] = {0}, high[2] = {0};
    const int n = ton_analogue_high_pass(sections, lowest_hz, 4);
    for (int k = 0; k < n; k++)
        ton_biquad_match(box + 2 * k, &sections[k], RATE);
    for (int i = 0; i < frames; i++) {
        double x = heard[i];
        for (int k = 0; k < 4; k++)
            x = ton_biquad_run(&box[k], &ring[k], x);
        low[0] += part * (x - low[0]);
        low[1] += part * (low[0] - low[1]);
        high[0] += part * (x - high[0]);
        high[1] += part * (x - high[0] - high[1]);
        heard[i] = (float)(woofer * (low[1] - (x - high[0] - high[1])));
    }
}

static void a_tweeter_that_is_reversed_as_it_must_be_reverses_no_loudspeaker(void **state) {
    (void)state;
    static const double lowest_hz[] = {40.0, 60.0, 120.0};
    for (int k = 0; k < 3; k++)
        for (int woofer = -1; woofer <= 1; woofer += 2) {
            const struct ton_sweep s = settled(1.0, 2);
            play(&s);
            cross_over(woofer, lowest_hz[k]);
            reverberate();
            const struct ton_sweep_heard h = hear(&s, heard, frames);
            figure("from %.0f Hz, woofer %+d: inverted %d", lowest_hz[k], woofer, h.inverted);
            assert_int_equal(h.inverted, woofer < 0);
        }
}

static void a_sweep_that_cannot_be_is_refused_with_a_sentence(void **state) {
    (void)state;
    struct ton_sweep wrong[] = {{.rate = 4000},
                                {.rate = RATE, .from_hz = 15000},
                                {.rate = RATE, .to_hz = 30000},
                                {.rate = RATE, .seconds = 60},
                                {.rate = RATE, .seconds = NAN},
                                {.rate = RATE, .pause_s = 0.01},
                                {.rate = RATE, .level_db = 3},
                                {.rate = RATE, .times = 5}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ton_err err;
        assert_int_equal(ton_sweep_settle(&wrong[i], &err), TON_INPUT);
        figure("%s", err.text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cable_is_flat_from_20_hz_to_20_khz),
        cmocka_unit_test(any_range_rate_and_number_of_sweeps_is_heard),
        cmocka_unit_test(nothing_is_heard_of_a_cable_but_the_pulse),
        cmocka_unit_test(the_direct_sound_is_placed_between_samples),
        cmocka_unit_test(another_clock_is_found_and_its_smear_taken_out),
        cmocka_unit_test(each_harmonic_has_the_level_that_it_was_given),
        cmocka_unit_test(two_sweeps_lower_the_noise_by_3_db),
        cmocka_unit_test(harmonics_below_the_noise_have_no_number),
        cmocka_unit_test(a_sweep_of_another_rate_gives_the_same_response),
        cmocka_unit_test(the_longest_sweep_is_heard),
        cmocka_unit_test(a_room_is_measured_through_its_sweep),
        cmocka_unit_test(a_tweeter_that_is_reversed_as_it_must_be_reverses_no_loudspeaker),
        cmocka_unit_test(want_of_memory_is_told),
        cmocka_unit_test(a_sweep_that_cannot_be_is_refused_with_a_sentence),
        cmocka_unit_test(the_noise_of_the_recording_is_told_in_dbfs),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
