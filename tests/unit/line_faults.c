/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Overload and digital crackle of a line: each fault is found where it was put, and none where
 * there is none. */

#include "line_rig.h"

#include "ton/resample.h"

enum { FOUR = 4 * RATE };

static float *line_new(void) {
    float *x = ton_alloc(FOUR * sizeof(float));
    assert_non_null(x);
    return x;
}

/* Something like music: notes over each other, and a little noise. */
static float *music_new(void) {
    float *x = line_new();
    add_noise(x, FOUR, -70.0);
    for (int i = 0; i < 16; i++) {
        const int64_t from = i * FOUR / 17;
        add_note(x, from, FOUR, RATE, 60.0 * exp2(i * 5 % 12 / 3.0), 0.15, 0.8);
    }
    return x;
}

static void cut(float *x, int64_t frames, double level) {
    for (int64_t i = 0; i < frames; i++)
        x[i] = (float)fmax(-level, fmin(level, (double)x[i]));
}

struct collected {
    float *x;
    int64_t n;
};

static enum ton_code collect(const float *const *out, int frames, struct ton_err *err, void *user) {
    struct collected *c = user;
    (void)err;
    memcpy(c->x + c->n, out[0], (size_t)frames * sizeof(float));
    c->n += frames;
    return TON_OK;
}

static float *resampled(const float *x, int64_t frames, int from, int to) {
    struct ton_resampler *r;
    struct ton_err err;
    struct collected c = {ton_alloc((size_t)(frames * to / from + 64) * sizeof(float)), 0};
    assert_int_equal(ton_resampler_create(&r, from, to, 1, &err), TON_OK);
    assert_int_equal(ton_resampler_feed(r, &x, (int)frames, 1, collect, &err, &c), TON_OK);
    ton_resampler_destroy(r);
    return c.x;
}

/* A preamplifier clips what is not sampled yet, and a converter rounds the corners. */
static void clip_as_a_preamplifier(float *x, int64_t frames, double level) {
    float *up = resampled(x, frames, RATE, 4 * RATE);
    cut(up, 4 * frames, level);
    float *down = resampled(up, 4 * frames, 4 * RATE, RATE);
    memcpy(x, down, (size_t)frames * sizeof(float));
    ton_free(up);
    ton_free(down);
}

static void a_clipping_preamplifier_is_found_below_full_scale(void **state) {
    (void)state;
    static const double over[] = {0.5, 1, 2, 3, 6, 12};
    for (int i = 0; i < fewer(6, 3); i++) {
        float *x = music_new();
        double peak = 0.0;
        for (int k = 0; k < FOUR; k++)
            peak = fmax(peak, fabs((double)x[k]));
        const double level = peak * rig_gain(-over[i]);
        clip_as_a_preamplifier(x, FOUR, level);
        const struct ton_line line = measured(x, FOUR, RATE);
        figure("music clipped by %4.1f dB at %.2f dBFS: %d flat tops at %.2f dBFS", over[i],
               20 * log10(level), line.clipping.flat_tops, line.clipping.level_dbfs);
        if (over[i] >= 2.0) { /* less leaves fewer than three tops that a converter resolves */
            assert_true(line.clipping.flat_tops >= 3);
            assert_true(fabs(line.clipping.level_dbfs - 20 * log10(level)) < 0.5);
        }
        assert_int_equal(line.clipping.full_scale, 0);
        ton_free(x);
    }
}

static void full_scale_is_counted(void **state) {
    (void)state;
    float *x = music_new();
    int64_t loud = 0;
    for (int i = 0; i < FOUR; i++) {
        x[i] *= 4.0F;
        loud += fabsf(x[i]) >= 32767.0F / 32768.0F;
    }
    cut(x, FOUR, 32767.0 / 32768.0);
    const struct ton_line line = measured(x, FOUR, RATE);
    figure("%lld samples at full scale (%lld), %d flat tops at %.2f dBFS",
           (long long)line.clipping.full_scale, (long long)loud, line.clipping.flat_tops,
           line.clipping.level_dbfs);
    assert_int_equal(line.clipping.full_scale, loud);
    assert_true(line.clipping.flat_tops >= 3 && fabs(line.clipping.level_dbfs) < 0.01);
    ton_free(x);
}

static void round_tops_are_not_flat(void **state) {
    (void)state;
    int found = 0, n = 0;
    for (double hz = 25.0; hz < 9000.0;
         hz *= fewer(0, 1) ? 6.0 : 1.37, n++) { /* sines, alone and with a third */
        float *x = line_new();
        add_tone(x, FOUR, RATE, hz, -6.0);
        found += measured(x, FOUR, RATE).clipping.flat_tops;
        for (int i = 0; i < FOUR; i++) {
            const double v = (double)x[i];
            x[i] = (float)(v - 0.3 * v * v * v);
        }
        found += measured(x, FOUR, RATE).clipping.flat_tops;
        ton_free(x);
    }
    for (int i = 0; i < 4; i++, n++) { /* limited: every top turned down to the ceiling, not cut */
        float *x = music_new();
        double hold = 0.0;
        for (int k = FOUR - 1; k >= 0; k--) {
            double most = 0.0;
            for (int l = 0; l < 40 && k + l < FOUR; l++)
                most = fmax(most, fabs((double)x[k + l]));
            hold = fmax(most, hold * 0.9995);
            x[k] = (float)(x[k] * 0.5 / fmax(0.05 * (i + 1), hold));
        }
        found += measured(x, FOUR, RATE).clipping.flat_tops;
        ton_free(x);
    }
    figure("%d lines with round tops: %d flat ones (0)", n, found);
    assert_int_equal(found, 0);
}

/* Generators of line-up tones give the same samples in each period. */
static void tones_of_whole_periods_are_not_clipped(void **state) {
    (void)state;
    static const int periods[] = {16, 24, 32, 48, 60, 96, 120};
    int found = 0;
    for (int i = 0; i < 7; i++) {
        float *x = line_new();
        add_tone(x, FOUR, RATE, (double)RATE / periods[i], -9.0 - 4.0 * i);
        add_noise(x, FOUR, -96.0);
        const int flat = measured(x, FOUR, RATE).clipping.flat_tops;
        figure("%4d Hz: %d flat tops (0)", RATE / periods[i], flat);
        found += flat;
        ton_free(x);
    }
    assert_int_equal(found, 0);
}

/* Adds one period of a square (or else a sawtooth) after the other. */
static void add_wave(float *x, double hz, double level, bool square) {
    double phase = 0.0;
    for (int i = RATE / 2; i < FOUR - RATE / 2; i++) {
        phase = fmod(phase + hz / RATE, 1.0);
        x[i] += (float)(level * (square ? (phase < 0.4 ? 1.0 : -1.0) : 2.0 * phase - 1.0));
    }
}

static void the_edges_of_synthesizers_are_neither_clicks_nor_clipped(void **state) {
    (void)state;
    static const double hz[] = {41.2, 110.0, 110.3, 246.9};
    int found = 0;
    for (int i = 0; i < 8; i++) {
        float *x = line_new();
        add_wave(x, hz[i / 2], 0.3, i % 2);
        add_noise(x, FOUR, -78.0);
        const struct ton_line line = measured(x, FOUR, RATE);
        figure("%s of %5.1f Hz: %d flat tops, %d clicks (0, 0)", i % 2 ? "square" : "sawtooth",
               hz[i / 2], line.clipping.flat_tops, line.crackle.steps);
        found += line.clipping.flat_tops + line.crackle.steps;
        ton_free(x);
    }
    assert_int_equal(found, 0);
}

static void what_is_switched_on_or_struck_again_does_not_click(void **state) {
    (void)state;
    int found = 0;
    for (int i = 0; i < 4; i++) { /* a tone between two silences */
        float *x = line_new();
        add_tone(x + RATE / 3 * (i + 1), RATE + 17 * i, RATE, 440.0 * (i + 1), -12.0);
        add_noise(x, FOUR, -78.0);
        found += measured(x, FOUR, RATE).crackle.steps;
        ton_free(x);
    }
    float *x = line_new(); /* an overdriven note that is struck every second, on a period */
    add_noise(x, FOUR, -78.0);
    for (int i = 0; i < FOUR; i++) {
        const double t = (double)i / RATE;
        x[i] += (float)(0.3 * tanh(2.1 * exp(-2.0 * fmod(t, 1.0)) * sin(2 * M_PI * 82.4 * t)));
    }
    found += measured_with(x, FOUR, RATE, 960).crackle.steps;
    ton_free(x);
    figure("%d clicks (0)", found);
    assert_int_equal(found, 0);
}

static void the_corners_of_cut_tops_are_no_clicks(void **state) {
    (void)state;
    float *x = line_new(); /* a kick, far too loud */
    for (int at = 0; at + RATE / 2 <= FOUR; at += RATE / 2)
        add_note(x, at, at + RATE / 2, RATE, 58.0, 1.5, 0.12);
    cut(x, FOUR, 0.3);
    add_noise(x, FOUR, -78.0);
    const struct ton_line line = measured(x, FOUR, RATE);
    figure("%d flat tops, %d clicks (0)", line.clipping.flat_tops, line.crackle.steps);
    assert_true(line.clipping.flat_tops > 10);
    assert_int_equal(line.crackle.steps, 0);
    ton_free(x);
}

static void repeat(float *x, int64_t from, int block) {
    memcpy(x + from, x + from - block, (size_t)block * sizeof(float));
}

static void repeated_blocks_of_every_size_are_found(void **state) {
    (void)state;
    static const int blocks[] = {16, 32, 48, 64, 100, 128, 256, 441, 480, 512, 1024, 2048, 4096};
    for (int i = 0; i < fewer(13, 3); i++) {
        float *x = music_new();
        const struct ton_line_config config = {.rate = RATE, .period_frames = blocks[i]};
        struct ton_line line;
        struct ton_err err;
        for (int k = 1; k <= 5; k++)
            repeat(x, (int64_t)blocks[i] * (k * 30000 / blocks[i]) + 33, blocks[i]);
        assert_int_equal(ton_line_measure(&line, x, FOUR, &config, &err), TON_OK);
        figure("5 blocks of %4d: %d repeats, first at %lld, period %d", blocks[i],
               line.crackle.repeats, (long long)line.crackle.first_frame,
               line.crackle.period_frames);
        assert_int_equal(line.crackle.repeats, 5);
        assert_int_equal(line.crackle.first_frame, blocks[i] * (30000 / blocks[i]) + 33);
        assert_int_equal(line.crackle.period_frames, blocks[i]);
        ton_free(x);
    }
}

static void what_is_periodic_or_silent_does_not_repeat(void **state) {
    (void)state;
    int found = 0;
    for (int period = 16; period <= 4096; period *= 2) { /* tones that a computer made */
        float *x = line_new();
        for (int i = 0; i < FOUR; i++)
            x[i] = i / RATE % 2 ? (float)(0.5 * sin(2 * M_PI * (i % period) / period)) : 0.0F;
        found += measured(x, FOUR, RATE).crackle.repeats;
        ton_free(x);
    }
    for (int period = 20; period <= 2000;
         period = period * 5 / 4) { /* the last of notes of 16 bits */
        float *x = line_new();
        for (int i = 0; i < FOUR; i++)
            x[i] = (float)(round(90.0 * exp(-i / 90000.0) * sin(2 * M_PI * (i % period) / period)) /
                           32768.0);
        found += measured(x, FOUR, RATE).crackle.repeats;
        ton_free(x);
    }
    float *x = line_new(); /* the last bit of 16 */
    for (int i = 0; i < FOUR; i++)
        x[i] = (float)(round(1.2 * rig_random()) / 32768.0);
    found += measured(x, FOUR, RATE).crackle.repeats;
    ton_free(x);
    figure("%d repeats (0)", found);
    assert_int_equal(found, 0);
}

static void holes_are_found_and_rests_are_not(void **state) {
    (void)state;
    static const int lengths[] = {16, 32, 64, 256, 1024, 4096};
    for (int i = 0; i < 6; i++) {
        float *x = music_new();
        for (int k = 1; k <= 4; k++)
            memset(x + k * 40000 + 777, 0, (size_t)lengths[i] * sizeof(float));
        for (int k = 0; k < 4800; k++) { /* a rest: faded out, silent, faded in */
            x[10000 - k] *= (float)k / 4800.0F;
            x[14800 + k] *= (float)k / 4800.0F;
        }
        memset(x + 10000, 0, 4800 * sizeof(float));
        const struct ton_line line = measured(x, FOUR, RATE);
        figure("4 holes of %4d: %d, first at %lld (40777)", lengths[i], line.crackle.holes,
               (long long)line.crackle.first_frame);
        assert_int_equal(line.crackle.holes, 4);
        assert_int_equal(line.crackle.first_frame, 40777);
        ton_free(x);
    }
}

/* Every 0.23 s 3 ms of a tone, the first of four higher and louder, and silence between. */
static void play_metronome(float *x, int64_t from) {
    enum { EVERY = 11250, LONG = 144 };
    for (int64_t at = from, beat = 0; at < FOUR; at += EVERY, beat++)
        for (int64_t i = 0; i < LONG && at + i < FOUR; i++)
            if (at + i >= 0)
                x[at + i] = (float)((beat % 4 ? 0.25 : 0.35) *
                                    cos(2.0 * M_PI * (beat % 4 ? 2000 : 2637) * (double)i / RATE));
}

static void a_metronome_has_no_holes_wherever_the_window_begins(void **state) {
    (void)state;
    int found = 0, windows = 0;
    for (int64_t from = -50000; from < FOUR; from += 1657, windows++) {
        float *x = ton_alloc(FOUR * sizeof *x);
        play_metronome(x, from);
        found += measured(x, FOUR, RATE).crackle.holes;
        ton_free(x);
    }
    figure("%d holes in %d windows (0)", found, windows);
    assert_int_equal(found, 0);
}

static void a_note_that_begins_with_the_windows_end_does_not_click(void **state) {
    (void)state;
    int found = 0;
    for (int left = 60; left < 1200; left += 60) {
        float *x = music_new();
        double low = 0.0;
        for (int i = 0; i < left; i++) { /* a saw through a low pass, out of what is soft */
            const double turns = 110.0 * i / RATE;
            low += 0.3 * (2.0 * (turns - floor(turns)) - 1.0 - low);
            x[FOUR - left + i] += (float)(0.2 * low);
        }
        found += measured(x, FOUR, RATE).crackle.steps;
        ton_free(x);
    }
    figure("%d steps (0)", found);
    assert_int_equal(found, 0);
}

static void lost_blocks_are_steps_on_the_period(void **state) {
    (void)state;
    for (int period = 64; period <= 1024; period *= 4) {
        float *x = music_new();
        const struct ton_line_config config = {.rate = RATE, .period_frames = period};
        struct ton_line line;
        struct ton_err err;
        for (int k = 1; k <= 8; k++) { /* from there on the sound is 61 frames ahead */
            const int64_t at = (int64_t)period * (k * 19000 / period);
            memmove(x + at, x + at + 61, (size_t)(FOUR - 61 - at) * sizeof(float));
        }
        assert_int_equal(ton_line_measure(&line, x, FOUR - 1000, &config, &err), TON_OK);
        figure("8 losses at periods of %4d: %d steps, period %d", period, line.crackle.steps,
               line.crackle.period_frames);
        assert_true(line.crackle.steps >= 4);
        assert_int_equal(line.crackle.period_frames, period);
        ton_free(x);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clipping_preamplifier_is_found_below_full_scale),
        cmocka_unit_test(full_scale_is_counted),
        cmocka_unit_test(round_tops_are_not_flat),
        cmocka_unit_test(tones_of_whole_periods_are_not_clipped),
        cmocka_unit_test(the_edges_of_synthesizers_are_neither_clicks_nor_clipped),
        cmocka_unit_test(what_is_switched_on_or_struck_again_does_not_click),
        cmocka_unit_test(the_corners_of_cut_tops_are_no_clicks),
        cmocka_unit_test(repeated_blocks_of_every_size_are_found),
        cmocka_unit_test(what_is_periodic_or_silent_does_not_repeat),
        cmocka_unit_test(holes_are_found_and_rests_are_not),
        cmocka_unit_test(a_metronome_has_no_holes_wherever_the_window_begins),
        cmocka_unit_test(a_note_that_begins_with_the_windows_end_does_not_click),
        cmocka_unit_test(lost_blocks_are_steps_on_the_period),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
