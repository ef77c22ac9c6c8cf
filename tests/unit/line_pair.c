/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Two lines held against each other: polarity, time, the same signal twice, crosstalk. */

#include "line_rig.h"

enum { FOUR = 4 * RATE };

static float *line_new(void) {
    float *x = ton_alloc(FOUR * sizeof(float));
    assert_non_null(x);
    return x;
}

/* Blows and voices: bursts of noise through a resonance, as many as `seed` says. */
static float *source_new(uint32_t seed) {
    float *x = line_new();
    double a = 0.0, b = 0.0, envelope = 0.0;
    rig_seed = seed;
    for (int i = 0; i < FOUR; i++) {
        envelope = i % (9000 + (int)(seed % 977)) == 500 ? 1.0 : envelope * 0.9994;
        const double next = 1.90 * a - 0.92 * b + 0.05 * envelope * rig_random();
        b = a;
        a = next;
        x[i] = (float)a;
    }
    return x;
}

/* out += gain * x, `late` frames later, a part of a frame by an all-pass's neighbour: the mean of a
 * few is enough for sound below 5 kHz. */
static void add_late(float *out, const float *x, double late, double gain) {
    const int whole = (int)floor(late);
    const double part = late - whole;
    for (int i = 8; i < FOUR - 8; i++) {
        double sum = 0.0;
        for (int k = -8; k <= 8; k++) {
            const double t = k + part, window = 0.5 + 0.5 * cos(M_PI * t / 9.0);
            const int at = i - whole + k;
            const double sinc = fabs(t) < 1e-9 ? 1.0 : sin(M_PI * t) / (M_PI * t);
            sum += at < 0 || at >= FOUR ? 0.0 : (double)x[at] * sinc * window;
        }
        out[i] += (float)(gain * sum);
    }
}

static struct ton_line_pair compared_after(struct ton_line_history *history, const float *a,
                                           const float *b, int64_t frames, double rate) {
    const struct ton_line_config config = {.rate = rate};
    struct ton_line_pair p;
    struct ton_err err;
    if (ton_lines_compare(&p, history, (const float *const[]){a, b}, frames, &config, &err) !=
        TON_OK)
        fail_msg("%s", err.text);
    return p;
}

static struct ton_line_pair compared(const float *a, const float *b, int64_t frames, double rate) {
    return compared_after(NULL, a, b, frames, rate);
}

enum { ALIKE_LINES = 11 };

static void time_and_polarity_come_out_as_put_in(void **state) {
    (void)state;
    static const double late[] = {0.0, 0.25, 3.5, -14.0, 104.7, -700.3, 1300.0};
    for (int i = 0; i < fewer(7, 2); i++)
        for (int sign = 1; sign >= -1; sign -= 2) {
            float *a = source_new(7), *b = line_new();
            add_late(b, a, late[i], 0.4 * sign);
            add_noise(b, FOUR, -60.0);
            const struct ton_line_pair p = compared(a, b, FOUR, RATE);
            figure("%8.2f frames, %s: %8.2f, polarity %d, confidence %.2f", late[i],
                   sign > 0 ? "as it is" : "reversed", p.delay_frames, (int)p.polarity,
                   p.polarity_confidence);
            assert_true(fabs(p.delay_frames - late[i]) < 0.1);
            assert_int_equal(p.polarity, sign > 0 ? TON_POLARITY_NORMAL : TON_POLARITY_REVERSED);
            ton_free(a);
            ton_free(b);
        }
}

static void one_signal_on_two_inputs_is_told(void **state) {
    (void)state;
    static const double noise[] = {-120, -90, -70, -52, -45}, late[] = {0, 0.4, 700, -90.4, 0};
    for (int i = 0; i < 5; i++) {
        float *a = source_new(7), *b = line_new();
        double power = 0.0;
        for (int k = 0; k < FOUR; k++)
            power += (double)a[k] * (double)a[k] / FOUR;
        add_late(b, a, late[i], -0.7);
        add_noise(b, FOUR, noise[i]);
        const struct ton_line_pair p = compared(a, b, FOUR, RATE);
        const double snr = 10 * log10(0.49 * power) - noise[i];
        figure("its own noise %5.1f dB below: residual %6.1f dB, gain %.3f dB, duplicate %d, "
               "alike %.3f",
               snr, p.residual_db, p.gain_db, p.duplicate, ton_lines_alike(a, b, FOUR));
        assert_int_equal(p.duplicate, snr > 30.0);
        assert_true(fabs(p.gain_db - 20 * log10(0.7)) < 0.05);
        assert_true(snr > 70.0 ||
                    fabs(p.residual_db + 10 * log10(1.0 + pow(10.0, snr / 10))) < 1.0);
        ton_free(a);
        ton_free(b);
    }
}

static void lines_that_share_nothing_or_hum_are_not_the_same(void **state) {
    (void)state;
    float *a = source_new(7), *b = source_new(1111), *c = line_new(), *d = line_new();
    struct ton_line_pair p = compared(a, b, FOUR, RATE);
    figure("two sources: residual %.2f dB", p.residual_db);
    assert_true(!p.duplicate && p.polarity == TON_POLARITY_UNDECIDED && isnan(p.delay_frames));
    assert_true(isnan(p.crosstalk_db[0]) && isnan(p.crosstalk_db[1]));
    for (int k = 1; k < 12; k++)
        add_tone(c, FOUR, RATE, 50.0 * k, -40.0 - 3 * k);
    memcpy(d, c, FOUR * sizeof(float));
    add_noise(c, FOUR, -90.0);
    add_noise(d, FOUR, -90.0);
    p = compared(c, d, FOUR, RATE);
    figure("the same hum: residual %.2f dB", p.residual_db);
    assert_false(p.duplicate);
    memset(d, 0, FOUR * sizeof(float));
    p = compared(c, d, FOUR, RATE);
    assert_true(!p.duplicate && isnan(p.gain_db) && ton_lines_alike(c, d, FOUR) == 0.0);
    ton_free(a);
    ton_free(b);
    ton_free(c);
    ton_free(d);
}

struct alike {
    bool is[ALIKE_LINES][ALIKE_LINES];
};

static void mark_alike(void *user, int a, int b) {
    ((struct alike *)user)->is[a][b] = true;
}

/* Copies on both sides of the limit, reversed, over DC, silent, not finite: the short way finds
 * what the long one does. */
static void pairs_with_one_signal_are_those_of_all_pairs(void **state) {
    (void)state;
    static const double noise[] = {-70, -34, -30, -28, -26, -24}, dc[] = {0, 0.002, 0, 0.3, 0, 0};
    static const double least[] = {0.98, 0.5};
    float *x[ALIKE_LINES];
    for (int i = 0; i < ALIKE_LINES; i++) {
        x[i] = i < 6 ? source_new(7) : line_new();
        for (int k = 0; i < 6 && k < FOUR; k++)
            x[i][k] = (i % 2 ? -0.5F : 1.0F) * x[i][k] + (float)dc[i];
        add_noise(x[i], FOUR, i < 6 ? noise[i] : i < 8 ? -80 : -200);
    }
    memset(x[8], 0, FOUR * sizeof(float));
    x[9][FOUR / 2] = NAN;
    memcpy(x[10], x[7], FOUR * sizeof(float));
    for (int l = 0; l < 2; l++) {
        struct alike found = {0};
        struct ton_err err;
        int n = 0, differ = 0;
        assert_int_equal(ton_lines_find_alike((const float *const *)x, ALIKE_LINES, FOUR, least[l],
                                              mark_alike, &found, &err),
                         TON_OK);
        for (int a = 0; a < ALIKE_LINES; a++)
            for (int b = 0; b < ALIKE_LINES; b++) {
                const bool is = b > a && fabs(ton_lines_alike(x[a], x[b], FOUR)) >= least[l];
                n += is;
                differ += is != found.is[a][b];
            }
        figure("%d of %d pairs are alike to %g, %d told otherwise (0)", n,
               ALIKE_LINES * (ALIKE_LINES - 1) / 2, least[l], differ);
        assert_true(n >= 2 && differ == 0);
    }
    for (int i = 0; i < ALIKE_LINES; i++)
        ton_free(x[i]);
}

/* Two sources of their own, and one blow that both lines hear: it says nothing about the others. */
static void what_one_moment_says_is_not_believed(void **state) {
    (void)state;
    float *a = source_new(7), *b = source_new(1111), *blow = source_new(99);
    for (int i = 0; i < FOUR; i++) {
        a[i] = 0.05F * a[i] + (i / 9099 == 6 ? blow[i] : 0.0F);
        b[i] = 0.05F * b[i] - (i / 9099 == 6 ? blow[i] : 0.0F);
    }
    const struct ton_line_pair p = compared(a, b, FOUR, RATE);
    figure("a blow in 4 s: confidence %.2f, polarity %d (0)", p.polarity_confidence,
           (int)p.polarity);
    assert_int_equal(p.polarity, TON_POLARITY_UNDECIDED);
    assert_true(p.polarity_confidence > 0.5);
    ton_free(a);
    ton_free(b);
    ton_free(blow);
}

/* The same again upside down, 0.8 as loud: the other sign's place is nearly as high. */
static void a_far_microphone_needs_more_than_a_near_one(void **state) {
    (void)state;
    static const double late[] = {20.0, 150.0};
    for (int i = 0; i < 2; i++) {
        float *a = line_new(), *b = line_new();
        add_noise(a, FOUR, -20.0); /* nothing arrives */
        add_late(b, a, late[i], 0.5);
        add_late(b, a, late[i] + 400.0, -0.39);
        const struct ton_line_pair p = compared(a, b, FOUR, RATE);
        figure("%3g frames late: %.1f, confidence %.2f (0.33 to 0.5), polarity %d (%d)", late[i],
               p.delay_frames, p.polarity_confidence, (int)p.polarity, i == 0);
        assert_true(p.polarity_confidence > 0.33 && p.polarity_confidence < 0.5);
        assert_true(fabs(p.delay_frames - late[i]) < 2.0);
        assert_int_equal(p.polarity, i ? TON_POLARITY_UNDECIDED : TON_POLARITY_NORMAL);
        ton_free(a);
        ton_free(b);
    }
}

/* A tone in whose time somebody strikes goes the same way at each blow. */
static void what_sounds_already_is_no_arrival(void **state) {
    (void)state;
    float *a = line_new(), *b = line_new();
    for (int i = 0; i < FOUR; i++) {
        const int since = i % 24000 - 4000;
        a[i] = since < 0 ? 0.0F : (float)(0.5 * cos(0.2 * since) * exp(-since / 300.0));
        b[i] = (float)(0.3 * sin(2.0 * M_PI * 200.0 * i / RATE));
    }
    add_noise(a, FOUR, -90.0);
    add_noise(b, FOUR, -90.0);
    const struct ton_line_pair p = compared(a, b, FOUR, RATE);
    figure("confidence %.2f (below 0.1: a tone tells no time), polarity %d (0)",
           p.polarity_confidence, (int)p.polarity);
    assert_true(p.polarity_confidence < 0.1);
    assert_int_equal(p.polarity, TON_POLARITY_UNDECIDED);
    ton_free(a);
    ton_free(b);
}

static void crosstalk_is_measured_where_the_other_is_silent(void **state) {
    (void)state;
    static const double levels[] = {-15, -26, -40, -60};
    for (int i = 0; i < 4; i++) {
        float *a = source_new(7), *b = line_new(), *own = source_new(1111);
        for (int k = 0; k < FOUR; k++) /* two play in turn */
            (k / RATE % 2 ? a : own)[k] = 0.0F;
        memcpy(b, own, FOUR * sizeof(float));
        add_late(b, a, 250.0, rig_gain(levels[i]));
        add_noise(a, FOUR, -100.0);
        add_noise(b, FOUR, -100.0);
        const struct ton_line_pair p = compared(a, b, FOUR, RATE);
        figure("%5.1f dB in the other: %6.2f dB (confidence %.2f); the other way %.1f (nan)",
               levels[i], p.crosstalk_db[0], p.crosstalk_confidence[0], p.crosstalk_db[1]);
        assert_true(fabs(p.crosstalk_db[0] - levels[i]) < 1.0);
        assert_true(isnan(p.crosstalk_db[1]));
        ton_free(a);
        ton_free(b);
        ton_free(own);
    }
}

/* What a line hears of another one is there in both; it is crosstalk in the one where it is less.
 */
static void crosstalk_is_told_of_the_line_that_hears_it(void **state) {
    (void)state;
    float *a = line_new(), *b = line_new();
    add_noise(a, FOUR, -35.0);
    for (int k = 0; k < 8; k++) /* below what the first one sounds at */
        add_note(b, k * FOUR / 8, (k + 1) * FOUR / 8, RATE, 110.0, 0.4, 0.5);
    add_late(b, a, 0.0, rig_gain(-35.0));
    const struct ton_line_pair p = compared(a, b, FOUR, RATE);
    figure("-35 dB there; back %.1f dB, confidence %.2f (below 0.5)", p.crosstalk_db[1],
           p.crosstalk_confidence[1]);
    assert_true(p.crosstalk_confidence[1] < 0.5);
    ton_free(a);
    ton_free(b);
}

/* A converter that has DC and comes late, and one whose sound has a mean of its own. */
static void dc_and_steps_are_no_crosstalk(void **state) {
    (void)state;
    float *a = line_new(), *b = line_new();
    for (int i = RATE; i < FOUR; i++)
        a[i] = 0.02F;
    add_noise(a + RATE, FOUR - RATE, -78.0);
    add_noise(b, FOUR, -78.0);
    for (int i = 3 * RATE; i < FOUR; i++)
        b[i] += 0.004F;
    const struct ton_line_pair p = compared(a, b, FOUR, RATE);
    figure("%.1f dB, confidence %.2f; the other way %.1f dB, %.2f", p.crosstalk_db[0],
           p.crosstalk_confidence[0], p.crosstalk_db[1], p.crosstalk_confidence[1]);
    assert_true(p.crosstalk_confidence[0] < 0.5 && p.crosstalk_confidence[1] < 0.5);
    ton_free(a);
    ton_free(b);
}

static void every_failing_allocation_is_told(void **state) {
    (void)state;
    float *a = source_new(7), *b = source_new(8);
    const struct ton_line_config c = {.rate = RATE};
    struct ton_line_pair p;
    struct ton_err err;
    long n = 0;
    for (;; n++) {
        ton_alloc_fail_after(n);
        const enum ton_code code =
            ton_lines_compare(&p, NULL, (const float *const[]){a, b}, RATE, &c, &err);
        ton_alloc_fail_after(-1);
        if (code == TON_OK)
            break;
        assert_int_equal(code, TON_MEMORY);
    }
    figure("%ld allocations, each refused once", n);
    assert_true(n > 0);
    assert_int_equal(ton_lines_compare(&p, NULL, (const float *const[]){a, b}, 100, &c, &err),
                     TON_INPUT);
    ton_free(a);
    ton_free(b);
}

/* Microphones of a kit: what is near each other, or as far from the drums, is decided. The delays
 * are those of mic-delays-measured.csv; the wires below a snare drum hear it upside down. */
static const struct {
    const char *a, *b;
    double late, within; /* frames */
    int sign;            /* as the kit was recorded */
    int least;           /* windows of 8 decided */
} kit[] = {
    {"ohl", "ohr", 14, 12, 1, 5},
    {"snare-top", "hihat", 38, 8, 1, 4},
    {"tom1", "tom2", 5, 3, 1, 8},
    {"snare-top", "snare-bottom", 28, 4, -1, 4},
    {"snare-bottom", "snare-top", -28, 30, -1, 3},
};

static void a_reversed_microphone_of_a_real_kit_is_found(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no recordings (TON_DATA)");
    for (size_t i = 0; i < sizeof kit / sizeof *kit; i++) {
        char name[2][96];
        snprintf(name[0], sizeof name[0], "multitrack/drums-multimic-funk138/%s.flac", kit[i].a);
        snprintf(name[1], sizeof name[1], "multitrack/drums-multimic-funk138/%s.flac", kit[i].b);
        struct recording a = recording_of(name[0]), b = recording_of(name[1]);
        int decided = 0, wrong = 0;
        for (int sign = 1; sign >= -1; sign -= 2) {
            for (int w = 0; w < 8; w++) {
                const int64_t n = 3 * a.rate;
                const struct ton_line_pair p = compared(a.x + w * n, b.x + w * n, n, a.rate);
                if (p.polarity == TON_POLARITY_UNDECIDED)
                    continue;
                decided++;
                wrong += (p.polarity == TON_POLARITY_NORMAL) != (sign * kit[i].sign > 0) ||
                         fabs(p.delay_frames - kit[i].late) > kit[i].within;
            }
            for (int64_t k = 0; k < b.frames; k++)
                b.x[k] = -b.x[k];
        }
        figure("%-12s %-12s: %2d of 16 windows of 3 s decided, %d wrong (0)", kit[i].a, kit[i].b,
               decided, wrong);
        assert_int_equal(wrong, 0);
        assert_true(decided >= 2 * kit[i].least);
        ton_free(a.x);
        ton_free(b.x);
    }
}

/* A stage that is quiet for 5 s, then begins to play: in its first second the two overheads of one
 * blow go the same way 2.8 ms apart, reversed as they are. A line check hears windows of 5 s. */
static void one_blow_does_not_decide_a_polarity_and_twenty_seconds_do(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no recordings (TON_DATA)");
    struct recording a = recording_of("multitrack/drums-multimic-funk138/ohl.flac");
    struct recording b = recording_of("multitrack/drums-multimic-funk138/ohr.flac");
    const int64_t quiet = 5 * a.rate, frames = quiet + a.frames;
    float *x[2] = {ton_alloc((size_t)frames * sizeof(float)),
                   ton_alloc((size_t)frames * sizeof(float))};
    memcpy(x[0] + quiet, a.x, (size_t)a.frames * sizeof(float));
    for (int64_t k = 0; k < a.frames; k++)
        x[1][quiet + k] = -b.x[k];
    for (int i = 0; i < 2; i++)
        add_noise(x[i], frames, -78.0);
    int decided = 0, late = 0;
    for (int tenth = 0; tenth < fewer(50, 10); tenth += 4) { /* of a second that plays */
        const int64_t at = (int64_t)tenth * a.rate / 10;
        const struct ton_line_pair p = compared(x[0] + at, x[1] + at, quiet, a.rate);
        assert_int_not_equal(p.polarity, TON_POLARITY_NORMAL);
        decided += p.polarity == TON_POLARITY_REVERSED;
    }
    struct ton_arena *arena = ton_arena_create();
    double worst = 0.0;
    for (int second = 0; second < fewer(5, 1); second += 4) {
        struct ton_line_history *h = ton_line_history_new(arena);
        struct ton_line_pair p;
        for (int w = 0; w < 4; w++) {
            const int64_t at = second * a.rate + w * quiet;
            p = compared_after(h, x[0] + at, x[1] + at, quiet, a.rate);
            assert_int_not_equal(p.polarity, TON_POLARITY_NORMAL);
        }
        late += p.polarity == TON_POLARITY_REVERSED && fabs(p.delay_frames - 18.0) < 4.0;
        h = ton_line_history_new(arena);
        for (int w = 0; w < 4; w++) { /* moved by 5 ms */
            const int64_t at = second * a.rate + w * quiet;
            p = compared_after(h, x[0] + at + 220, x[1] + at, quiet, a.rate);
            assert_int_not_equal(p.polarity, TON_POLARITY_NORMAL);
        }
        worst = fmax(worst, fabs(p.delay_frames - 238.0)); /* NaN is no worse */
        assert_false(isnan(p.delay_frames));
    }
    figure("moved by 220 frames: told within %.1f (4)", worst);
    assert_true(worst < 4.0);
    figure(
        "of 13 windows of 5 s that begin to play %d decided, none wrongly; of 2 checks of 20 s %d",
        decided, late);
    assert_int_equal(late, fewer(2, 1));
    ton_arena_destroy(arena);
    ton_free(x[0]);
    ton_free(x[1]);
    ton_free(a.x);
    ton_free(b.x);
}

static void bleed_between_real_speakers_is_measured(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no recordings (TON_DATA)");
    /* TRUTH.json: voices are 26 dB lower in the others' microphones, 6 ms late. */
    struct recording a = recording_of("multitrack/podcast-3-speakers/host.flac");
    struct recording b = recording_of("multitrack/podcast-3-speakers/guest-b.flac");
    int n = 0;
    double worst = 0.0;
    for (int w = 0; w < 6; w++) {
        const int64_t ten = 10 * a.rate;
        const struct ton_line_pair p = compared(a.x + w * ten, b.x + w * ten, ten, a.rate);
        for (int i = 0; i < 2; i++) {
            if (isnan(p.crosstalk_db[i]))
                continue;
            figure("%d s, %s: %.1f dB (-26), confidence %.2f", 10 * w, i ? "back" : "there",
                   p.crosstalk_db[i], p.crosstalk_confidence[i]);
            worst = fmax(worst, fabs(p.crosstalk_db[i] + 26.0));
            n++;
        }
    }
    figure("%d measured, %.1f dB off at worst (1.5)", n, worst);
    assert_true(n >= 5 && worst < 1.5);
    ton_free(a.x);
    ton_free(b.x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_and_polarity_come_out_as_put_in),
        cmocka_unit_test(one_signal_on_two_inputs_is_told),
        cmocka_unit_test(lines_that_share_nothing_or_hum_are_not_the_same),
        cmocka_unit_test(pairs_with_one_signal_are_those_of_all_pairs),
        cmocka_unit_test(what_one_moment_says_is_not_believed),
        cmocka_unit_test(a_far_microphone_needs_more_than_a_near_one),
        cmocka_unit_test(what_sounds_already_is_no_arrival),
        cmocka_unit_test(crosstalk_is_measured_where_the_other_is_silent),
        cmocka_unit_test(crosstalk_is_told_of_the_line_that_hears_it),
        cmocka_unit_test(dc_and_steps_are_no_crosstalk),
        cmocka_unit_test(every_failing_allocation_is_told),
        cmocka_unit_test(a_reversed_microphone_of_a_real_kit_is_found),
        cmocka_unit_test(one_blow_does_not_decide_a_polarity_and_twenty_seconds_do),
        cmocka_unit_test(bleed_between_real_speakers_is_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
