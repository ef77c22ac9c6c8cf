/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The noise, hum, DC and level of a line, against lines whose faults are known. */

#include "line_rig.h"

#include "ton/row.h"

enum { TEN = 10 * RATE, FOUR = 4 * RATE };

static float *line_new(void) {
    float *x = ton_alloc(TEN * sizeof(float));
    assert_non_null(x);
    return x;
}

static void near(const char *what, double value, double expected, double tolerance) {
    figure("%-40s %9.3f (%.3f +-%g)", what, value, expected, tolerance);
    assert_true(fabs(value - expected) <= tolerance);
}

static void noise_and_dc_of_a_quiet_line_are_exact(void **state) {
    (void)state;
    float *x = line_new();
    add_noise(x, TEN, -70.0);
    for (int i = 0; i < TEN; i++)
        x[i] += 0.004F;
    const struct ton_line line = measured(x, TEN, RATE);
    near("white noise of -70 dBFS", line.noise.rms_dbfs, -70.0, 0.05);
    near("its A-weighted level", line.noise.a_dbfs, -72.72, 0.05); /* the curve, summed */
    for (int o = 2; o < TON_LINE_OCTAVES - 1; o++)
        near("an octave of it", line.noise.octave_dbfs[o],
             -70.0 + 10 * log10(1000.0 * exp2(o - 5) * M_SQRT1_2 / (RATE / 2)), 0.6);
    near("DC", line.dc, 0.004, 1e-5);
    near("seconds quiet", line.quiet_seconds, 10.0, 0.0);
    assert_true(isnan(line.rms_dbfs) && isnan(line.crest_db) && !line.dead);
    assert_int_equal(line.hum.cause, TON_HUM_NONE);
    ton_free(x);
}

static void the_a_weighting_is_that_of_iec_61672(void **state) {
    (void)state;
    /* Table 3 of IEC 61672-1:2013; class 1 allows 1 dB and more. */
    static const double table[] = {-39.4, -26.2, -16.1, -8.6, -3.2, 0.0, 1.2, 1.0, -1.1, -6.6};
    for (int o = 0; o < fewer(TON_LINE_OCTAVES, 2); o++) {
        float *x = line_new();
        add_tone(x, TEN, RATE, 1000.0 * pow(10.0, 0.3 * (o - 5)), -70.0);
        const struct ton_line line = measured(x, TEN, RATE);
        near("a whine of -70 dBFS, A-weighted", line.noise.a_dbfs + 70.0, table[o], o ? 0.11 : 0.5);
        near("in its octave", line.noise.octave_dbfs[o], -70.0, o ? 0.1 : 0.6);
        ton_free(x);
    }
}

static void a_dead_line_is_told_from_a_quiet_one(void **state) {
    (void)state;
    float *x = line_new();
    struct ton_line line = measured(x, TEN, RATE);
    assert_true(line.dead && isnan(line.noise.rms_dbfs) && isinf(line.peak_dbfs));
    for (int i = 0; i < TEN; i++)
        x[i] = -0.25F;
    line = measured(x, TEN, RATE);
    near("stuck at", line.dc, -0.25, 1e-9);
    assert_true(line.dead);
    x[777] += 0x1p-23F;
    assert_false(measured(x, TEN, RATE).dead);
    ton_free(x);
}

/* Words: 0.4 s of a gliding voice, 0.4 s of rest. */
static void add_words(float *x, int64_t frames, double peak) {
    const int64_t step = (int64_t)(0.8 * RATE);
    for (int64_t at = 0; at + step <= frames; at += step) {
        const double low = 110.0 + 40.0 * rig_random();
        double phase = 0.0;
        for (int64_t i = 0; i < step / 2; i++) {
            const double part = 2.0 * (double)i / (double)step;
            phase = fmod(phase + (low + 30.0 * part) / RATE, 1.0);
            x[at + i] += (float)(peak * sin(M_PI * part) * (2.0 * phase - 1.0));
        }
    }
}

static void noise_is_measured_between_words_and_notes(void **state) {
    (void)state;
    for (double db = -80.0; db <= -45.0; db += 7.0) {
        float *x = line_new();
        add_noise(x, TEN, db);
        add_words(x, TEN, 0.5);
        const struct ton_line line = measured(x, TEN, RATE);
        near("noise between words", line.noise.rms_dbfs, db, 0.2);
        near("seconds with signal", line.signal_seconds, 4.8, 0.6);
        near("seconds quiet", line.quiet_seconds, 4.8, 0.6);
        ton_free(x);
    }
}

static void digital_silence_is_no_noise(void **state) {
    (void)state;
    enum { N = 6 * RATE };
    float *x = ton_alloc(sizeof *x * N);
    add_words(x, N, 0.2);
    add_noise(x, N, -70);
    memset(x, 0, sizeof *x * (N / 5));                 /* before it was plugged in */
    memset(x + N / 2 + 1000, 0, sizeof *x * RATE / 2); /* a transmitter out of reach */
    struct ton_line line = measured(x, N, RATE);
    near("noise beside digital silence", line.noise.rms_dbfs, -70, 0.5);
    memset(x, 0, sizeof *x * N);
    x[N / 2] = 0.5F;
    line = measured(x, N, RATE);
    assert_true(isnan(line.noise.rms_dbfs)); /* nothing else is there */
    memset(x, 0, sizeof *x * N);
    add_note(x, N / 2, N, RATE, 110, 0.2, 4);
    line = measured(x, N, RATE);
    assert_true(isnan(line.noise.rms_dbfs) && line.signal_seconds > 2.9); /* but for sound */
    ton_free(x);
}

static void what_is_plugged_in_late_shows_its_noise_and_dc_and_no_level(void **state) {
    (void)state;
    float *x = line_new();
    for (int i = TEN - TEN / 5; i < TEN; i++)
        x[i] = 0.02F;
    add_noise(x + TEN - TEN / 5, TEN / 5, -45);
    const struct ton_line line = measured(x, TEN, RATE);
    near("noise of 2 s behind 8 s of digital silence", line.noise.rms_dbfs, -45, 0.1);
    near("DC", line.dc, 0.02, 1e-4);
    near("seconds with signal", line.signal_seconds, 0, 0);
    ton_free(x);
}

static void a_line_that_sounds_all_the_time_has_no_noise(void **state) {
    (void)state;
    static const double held_hz[] = {41.2, 49.0, 61.74, 110.0, 329.6, 1975.5};
    for (int n = 0; n < fewer(6, 2); n++) {
        float *x = line_new();
        add_noise(x, TEN, -80.0);
        add_note(x, 0, TEN, RATE, held_hz[n], n % 2 ? 0.004 : 0.2, n % 2 ? 1e9 : 4.0);
        const struct ton_line line = measured(x, TEN, RATE);
        figure("%7.1f Hz held: noise %.1f dBFS (nan), %.1f s with signal, hum %.1f (nan)",
               held_hz[n], line.noise.rms_dbfs, line.signal_seconds, line.hum.total_dbfs);
        assert_true(isnan(line.noise.rms_dbfs) && isnan(line.noise.a_dbfs));
        assert_true(line.signal_seconds > 9.9 && line.hum.cause == TON_HUM_NONE);
        ton_free(x);
    }
}

static void what_rings_out_is_no_noise(void **state) {
    (void)state;
    float *x = line_new();
    add_noise(x, TEN, -95.0);
    add_note(x, 0, TEN, RATE, 80.0, 0.003, 3.0); /* nothing of it above 500 Hz */
    const struct ton_line line = measured(x, TEN, RATE);
    figure("a note that falls by 2.9 dB a second to -80 dBFS: noise %.1f dBFS (nan)",
           line.noise.rms_dbfs);
    assert_true(isnan(line.noise.rms_dbfs));
    ton_free(x);
}

static void level_and_crest_are_those_of_the_parts_with_signal(void **state) {
    (void)state;
    float *x = line_new();
    add_noise(x, TEN, -80.0);
    add_tone(x + 2 * RATE, 3 * RATE, RATE, 1000.0, -18.0);
    const struct ton_line line = measured(x, TEN, RATE);
    near("RMS of 3 s of 10", line.rms_dbfs, -18.0, 0.02);
    near("peak", line.peak_dbfs, -14.99, 0.02);
    near("crest", line.crest_db, 3.01, 0.03);
    near("seconds with signal", line.signal_seconds, 3.0, 0.11);
    near("seconds quiet", line.quiet_seconds, 7.0, 0.11);
    ton_free(x);
}

struct kind {
    const char *name;
    enum ton_hum_cause cause;
    double db[6]; /* of the first harmonics, of the fundamental; 0: none, but for the first */
    double falls; /* dB an octave of the others, to 3 kHz; 0: none */
};
static const struct kind kinds[] = {
    {"induced", TON_HUM_INDUCED, {0, -30, -25}, 0},
    {"earth loop", TON_HUM_EARTH_LOOP, {0, -16, -8, -26, -12, -30}, 0},
    {"power supply", TON_HUM_POWER_SUPPLY, {-20, 0, -30, -7, -36, -12}, 0},
    {"dimmer", TON_HUM_DIMMER, {0}, -6},
    {"induced by clean mains", TON_HUM_INDUCED, {0, -60, -40}, 0}, /* 1 % */
};

/* The level of the fundamental (or of the loudest) is `dbfs`. */
static void add_hum(float *x, int64_t frames, double rate, const struct kind *k, double hz,
                    double dbfs) {
    for (int n = 1; n <= 6; n++)
        if (k->db[n - 1] != 0.0 || n == (k->cause == TON_HUM_POWER_SUPPLY ? 2 : 1))
            add_tone(x, frames, rate, n * hz, dbfs + k->db[n - 1]);
    for (int n = 2; k->falls != 0.0 && n * hz < 3000.0; n++)
        add_tone(x, frames, rate, n * hz, dbfs + k->falls * log2(n));
}

static void hum_is_found_with_its_frequency_levels_and_cause(void **state) {
    (void)state;
    static const double mains[] = {49.76, 50.0, 50.02, 59.95, 60.28};
    for (int i = 0; i < 4; i++)
        for (int m = 0; m < fewer(5, 1); m++) {
            float *x = line_new();
            add_noise(x, FOUR, -75.0);
            add_hum(x, FOUR, RATE, &kinds[i], mains[m], -60.0);
            const struct ton_line line = measured(x, FOUR, RATE);
            const int loudest = kinds[i].cause == TON_HUM_POWER_SUPPLY;
            figure("%-12s %.2f Hz: %.3f Hz, %.2f dBFS (-60), %d harmonics, cause %d (%d)",
                   kinds[i].name, mains[m], line.hum.hz, line.hum.harmonic_dbfs[loudest],
                   line.hum.n_harmonics, (int)line.hum.cause, (int)kinds[i].cause);
            assert_true(fabs(line.hum.hz - mains[m]) < 0.01);
            assert_true(fabs(line.hum.harmonic_dbfs[loudest] + 60.0) < 0.2);
            assert_int_equal(line.hum.cause, kinds[i].cause);
            ton_free(x);
        }
}

static void every_rate_measures_the_same(void **state) {
    (void)state;
    static const int rates[] = {8000, 16000, 44100, 96000, 192000, 384000};
    for (int i = 0; i < fewer(6, 3); i++) {
        const int64_t frames = 2 * rates[i];
        float *x = ton_alloc((size_t)frames * sizeof(float));
        add_noise(x, frames, -75.0);
        add_hum(x, frames, rates[i], &kinds[1], 50.0, -60.0);
        const struct ton_line line = measured(x, frames, rates[i]);
        figure("%6d Hz: hum %.2f Hz, %.2f dBFS (-60), noise %.2f dBFS (-58.92), cause %d", rates[i],
               line.hum.hz, line.hum.fundamental_dbfs, line.noise.rms_dbfs, (int)line.hum.cause);
        assert_true(fabs(line.hum.hz - 50.0) < 0.02);
        assert_true(fabs(line.hum.fundamental_dbfs + 60.0) < 0.1);
        assert_true(fabs(line.noise.rms_dbfs + 58.92) < 0.1);
        assert_int_equal(line.hum.cause, TON_HUM_EARTH_LOOP);
        ton_free(x);
    }
}

/* As an amplifier does, `db` below the peak of a sine of that level, on one side or both. */
static void cut_tops(float *x, double rms_dbfs, double db, bool both) {
    const float top = (float)(rig_gain(rms_dbfs - db) * M_SQRT2);
    for (int i = 0; i < FOUR; i++)
        x[i] = fminf(both ? fmaxf(x[i], -top) : x[i], top);
}

static void a_generators_tone_is_no_hum_whole_or_clipped(void **state) {
    (void)state;
    static const double hz[] = {50.0, 60.0, 100.0, 120.0, 50.07}, cuts[] = {0, 0.5, 1, 3, 6};
    for (int i = 0; i < fewer(5, 1); i++)
        for (int c = 0; c < TON_N(cuts); c++)
            for (int both = 0; both < (c ? 2 : 1); both++) {
                float *x = line_new();
                add_noise(x, FOUR, -75.0);
                add_tone(x, FOUR, RATE, hz[i], -18.0);
                if (c > 0)
                    cut_tops(x, -18.0, cuts[c], both);
                if (i % 2 == 0) /* of the converter; without it tops are one and the same value */
                    add_noise(x, FOUR, -105.0);
                const struct ton_line line = measured(x, FOUR, RATE);
                figure("%6.2f Hz, %s %.1f dB: tone %.2f Hz %.2f dBFS (-18), hum %.1f (nan), %d "
                       "flat, noise %.1f (nan), %.1f s",
                       hz[i], both ? "both sides" : "one side", cuts[c], line.tone_hz,
                       line.tone_dbfs, line.hum.total_dbfs, line.clipping.flat_tops,
                       line.noise.rms_dbfs, line.signal_seconds);
                assert_int_equal(line.hum.cause, TON_HUM_NONE);
                assert_true(isnan(line.hum.hz) && isnan(line.noise.rms_dbfs));
                assert_true(fabs(line.tone_hz - hz[i]) < 0.01 &&
                            fabs(line.tone_dbfs + 18.0) < 0.05);
                assert_true(line.signal_seconds > 3.9 && (line.clipping.flat_tops > 0) == (c > 0));
                ton_free(x);
            }
}

/* Real supplies are never so pure: the least of them are hum still, loud or clipped. */
static void loud_hum_stays_hum(void **state) {
    (void)state;
    for (int i = 0; i < TON_N(kinds); i++)
        for (int cut = 0; cut <= 9; cut += 3) {
            float *x = line_new();
            add_noise(x, FOUR, -75.0);
            add_hum(x, FOUR, RATE, &kinds[i], 50.0, -18.0);
            if (cut > 0)
                cut_tops(x, -18.0, cut, true);
            const struct ton_line line = measured(x, FOUR, RATE);
            figure("%s, clipped by %d dB: hum %.1f dBFS, tone %.1f (nan), %d flat", kinds[i].name,
                   cut, line.hum.total_dbfs, line.tone_dbfs, line.clipping.flat_tops);
            assert_true(line.hum.cause != TON_HUM_NONE && isnan(line.tone_dbfs));
            ton_free(x);
        }
}

static void basses_and_kicks_are_no_hum(void **state) {
    (void)state;
    static const double notes[] = {49.0, 46.25, 51.91, 61.74, 58.27, 98.0, 103.83, 123.47, 116.54};
    int found = 0, n = 0;
    for (int i = 0; i < fewer(9, 2); i++)
        for (int how = 0; how < 3; how++) {
            float *x = line_new();
            const int64_t step = how == 0 ? FOUR : how == 1 ? RATE / 2 : RATE;
            add_noise(x, FOUR, -90.0);
            for (int64_t at = 0; at + step <= FOUR; at += step)
                add_note(x, at, at + step * 9 / 10, RATE, notes[i], 0.3, how == 0 ? 5.0 : 0.4);
            found += measured(x, FOUR, RATE).hum.cause != TON_HUM_NONE;
            n++;
            ton_free(x);
        }
    for (int bpm = 90; bpm <= fewer(150, 90); bpm += 20)
        for (int hz = 48; hz <= 62; hz += 2) { /* blows on one clock: lines at its multiples */
            float *x = line_new();
            const int64_t step = RATE * 60 / bpm;
            for (int64_t at = 0; at + step <= FOUR; at += step)
                add_note(x, at, at + step, RATE, hz, 0.8, 0.12);
            found += measured(x, FOUR, RATE).hum.cause != TON_HUM_NONE;
            n++;
            ton_free(x);
        }
    figure("%d basses and kicks: %d with hum (0)", n, found);
    assert_int_equal(found, 0);
}

static void what_cannot_be_measured_is_refused(void **state) {
    (void)state;
    float *x = line_new();
    struct ton_line line = {.dc = 7.0};
    struct ton_err err;
    struct ton_line_config c = {.rate = 100.0};
    assert_int_equal(ton_line_measure(&line, x, TEN, &c, &err), TON_INPUT);
    c.rate = RATE;
    assert_int_equal(ton_line_measure(&line, x, RATE - 1, &c, &err), TON_INPUT);
    figure("%s", err.text);
    c.mains_hz = 55.0;
    assert_int_equal(ton_line_measure(&line, x, TEN, &c, &err), TON_INPUT);
    figure("%s", err.text);
    assert_true(line.dc == 7.0);
    x[5] = NAN;
    x[6] = INFINITY;
    c.mains_hz = 0.0;
    assert_int_equal(ton_line_measure(&line, x, TEN, &c, &err), TON_OK);
    assert_true(line.dead);
    ton_free(x);
}

static void every_failing_allocation_is_told(void **state) {
    (void)state;
    float *x = line_new();
    const struct ton_line_config c = {.rate = RATE};
    struct ton_line line;
    struct ton_err err;
    int refused = 0;
    add_noise(x, RATE * 2, -60.0);
    for (long n = 0; n < 200; n++) {
        ton_alloc_fail_after(n);
        const enum ton_code code = ton_line_measure(&line, x, RATE * 2, &c, &err);
        ton_alloc_fail_after(-1);
        if (code == TON_OK)
            break;
        assert_int_equal(code, TON_MEMORY);
        refused++;
    }
    figure("%d allocations, each refused once", refused);
    assert_true(refused > 0 && refused < 200);
    ton_free(x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_and_dc_of_a_quiet_line_are_exact),
        cmocka_unit_test(the_a_weighting_is_that_of_iec_61672),
        cmocka_unit_test(a_dead_line_is_told_from_a_quiet_one),
        cmocka_unit_test(noise_is_measured_between_words_and_notes),
        cmocka_unit_test(digital_silence_is_no_noise),
        cmocka_unit_test(what_is_plugged_in_late_shows_its_noise_and_dc_and_no_level),
        cmocka_unit_test(a_line_that_sounds_all_the_time_has_no_noise),
        cmocka_unit_test(what_rings_out_is_no_noise),
        cmocka_unit_test(level_and_crest_are_those_of_the_parts_with_signal),
        cmocka_unit_test(hum_is_found_with_its_frequency_levels_and_cause),
        cmocka_unit_test(every_rate_measures_the_same),
        cmocka_unit_test(a_generators_tone_is_no_hum_whole_or_clipped),
        cmocka_unit_test(loud_hum_stays_hum),
        cmocka_unit_test(basses_and_kicks_are_no_hum),
        cmocka_unit_test(what_cannot_be_measured_is_refused),
        cmocka_unit_test(every_failing_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
