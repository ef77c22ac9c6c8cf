/* SPDX-License-Identifier: GPL-3.0-or-later */
/* By how much a check says to turn a gain, and what it needs to have heard for that. */

#include "line_rig.h"
#include "measure/line_pairs.h"

#include "ton/order.h"
#include "ton/row.h"

#define DRUMS "multitrack/drums-multimic-funk138/"

static struct ton_input overheads[2] = {{.name = "OH L", .source = "condenser", .level_dbfs = -18},
                                        {.name = "OH R", .source = "condenser", .level_dbfs = -18}};

/* A line of which nothing but its level is of interest. */
static struct line_sum level_of(double peak_dbfs, double rms_dbfs, int seconds) {
    struct line_sum sum = {.windows = 4};
    ton_line_none(&sum.line);
    sum.line.peak_dbfs = peak_dbfs;
    sum.line.rms_dbfs = rms_dbfs;
    sum.line.signal_seconds = seconds;
    sum.line.seconds_at[25] = seconds;
    return sum;
}

struct judged {
    struct ton_arena *arena;
    struct ton_line_checked lines[2];
};

/* Two lines, or one alone when there is but one sum. */
static struct judged judged_of(const struct ton_input *inputs, const struct line_sum *sums, int n) {
    struct judged judged = {.arena = ton_arena_create()};
    struct line_pairs pairs;
    assert_non_null(judged.arena);
    line_pairs_make(&pairs, judged.arena, inputs, n);
    for (int i = 0; i < n; i++) {
        struct line_remarks remarks = {.arena = judged.arena};
        struct line_other other;
        const bool side = line_pairs_other(&other, &pairs, inputs, sums, i);
        judged.lines[i].input = &inputs[i];
        line_judge(&remarks, &judged.lines[i], &sums[i], side ? &other : NULL);
        line_conclude(&remarks, &judged.lines[i]);
    }
    return judged;
}

static void tell(const struct ton_line_checked *line) {
    figure("%s: %s: %s; %s", line->input->name, ton_checked_name(line->verdict),
           line->remarks[0].found, line->remarks[0].remedy ? line->remarks[0].remedy : "-");
}

static void one_blow_turns_no_gain_up_but_may_turn_it_down(void **state) {
    (void)state;
    static const struct {
        double peak;
        int seconds;
        enum ton_checked verdict;
    } cases[] = {
        {-22, 1, TON_CHECKED_OPEN}, {-22, 3, TON_CHECKED_OPEN},     {-22, 4, TON_CHECKED_ATTENTION},
        {-12, 1, TON_CHECKED_OK},   {-2, 1, TON_CHECKED_ATTENTION},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        const struct line_sum sum = level_of(cases[i].peak, cases[i].peak - 15, cases[i].seconds);
        const struct judged judged = judged_of(overheads, &sum, 1);
        tell(&judged.lines[0]);
        assert_int_equal(judged.lines[0].verdict, cases[i].verdict);
        assert_int_equal(isnan(judged.lines[0].gain_db), cases[i].verdict == TON_CHECKED_OPEN);
        ton_arena_destroy(judged.arena);
    }
}

static void the_sides_of_a_pair_have_one_gain_which_the_louder_one_decides(void **state) {
    (void)state;
    const struct line_sum apart[2] = {level_of(-22, -37, 6), level_of(-19, -33, 2)};
    struct judged judged = judged_of(overheads, apart, 2);
    for (int i = 0; i < 2; i++) {
        tell(&judged.lines[i]);
        assert_true(judged.lines[i].gain_db == 10); /* -19 to -9 */
        assert_non_null(strstr(judged.lines[i].remarks[0].remedy, "both `OH"));
    }
    ton_arena_destroy(judged.arena);
    /* One side is right: so are both. */
    const struct line_sum right[2] = {level_of(-10, -25, 6), level_of(-20, -30, 6)};
    judged = judged_of(overheads, right, 2);
    for (int i = 0; i < 2; i++)
        assert_true(judged.lines[i].gain_db == 0 && judged.lines[i].verdict == TON_CHECKED_OK);
    ton_arena_destroy(judged.arena);
    const struct line_sum loud[2] = {level_of(-1, -16, 1), level_of(-8, -20, 1)};
    judged = judged_of(overheads, loud, 2);
    for (int i = 0; i < 2; i++)
        assert_true(judged.lines[i].gain_db == -8);
    ton_arena_destroy(judged.arena);
}

static void two_sides_that_differ_by_much_are_told_as_that(void **state) {
    (void)state;
    const struct line_sum apart[2] = {level_of(-20, -34, 6), level_of(-28, -42, 6)};
    struct judged judged = judged_of(overheads, apart, 2);
    for (int i = 0; i < 2; i++) {
        tell(&judged.lines[i]);
        assert_true(judged.lines[i].verdict == TON_CHECKED_ATTENTION &&
                    isnan(judged.lines[i].gain_db));
        assert_non_null(strstr(judged.lines[i].remarks[0].found,
                               i ? "8 dB softer than `OH L`" : "8 dB louder than `OH R`"));
    }
    ton_arena_destroy(judged.arena);
    /* A tom stands nearer to one of them. */
    const struct line_sum blow[2] = {level_of(-20, -34, 1), level_of(-28, -42, 1)};
    judged = judged_of(overheads, blow, 2);
    tell(&judged.lines[1]);
    assert_int_equal(judged.lines[1].verdict, TON_CHECKED_OPEN);
    ton_arena_destroy(judged.arena);
    /* Whoever plays the keys may do so on one side, and both are turned alike. */
    struct ton_input keys[2] = {overheads[0], overheads[1]};
    keys[0].source = keys[1].source = "line";
    judged = judged_of(keys, apart, 2);
    for (int i = 0; i < 2; i++)
        assert_true(judged.lines[i].gain_db == 11);
    ton_arena_destroy(judged.arena);
}

/* A pad, a plug that is half in, a broken leg: the louder side's gain is right and hides it. */
static void a_side_that_is_missing_is_not_told_as_right(void **state) {
    (void)state;
    static const struct {
        const char *source;
        double soft;
        int seconds;
        enum ton_checked soft_verdict, loud_verdict;
    } cases[] = {
        {"condenser", -45, 1, TON_CHECKED_OPEN, TON_CHECKED_OK},
        {"condenser", -45, 10, TON_CHECKED_ATTENTION, TON_CHECKED_ATTENTION},
        {"line", -45, 1, TON_CHECKED_OPEN, TON_CHECKED_OK},
        {"line", -45, 10, TON_CHECKED_ATTENTION, TON_CHECKED_OK},
        {"line", -31, 10, TON_CHECKED_OK, TON_CHECKED_OK},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        struct ton_input inputs[2] = {overheads[0], overheads[1]};
        inputs[0].source = inputs[1].source = cases[i].source;
        /* What is heard in the soft one goes on for as long as the check listens. */
        const struct line_sum sums[2] = {level_of(-9, -24, cases[i].seconds),
                                         level_of(cases[i].soft, cases[i].soft - 15, 10)};
        const struct judged judged = judged_of(inputs, sums, 2);
        tell(&judged.lines[0]);
        tell(&judged.lines[1]);
        assert_int_equal(judged.lines[0].verdict, cases[i].loud_verdict);
        assert_int_equal(judged.lines[1].verdict, cases[i].soft_verdict);
        if (cases[i].soft < -32)
            assert_true(isnan(judged.lines[1].gain_db) &&
                        strstr(judged.lines[1].remarks[0].found, "36 dB softer than `OH L`"));
        ton_arena_destroy(judged.arena);
    }
    /* Both are weak: that is a gain, by which the softer one will be seen. */
    const struct line_sum weak[2] = {level_of(-30, -45, 10), level_of(-33, -48, 10)};
    const struct judged judged = judged_of(overheads, weak, 2);
    assert_true(judged.lines[0].gain_db == 21 && judged.lines[1].gain_db == 21);
    ton_arena_destroy(judged.arena);
}

static void only_left_and_right_are_turned_together(void **state) {
    (void)state;
    static const struct {
        const char *a, *b, *source_a, *source_b, *pair;
        bool stereo;
    } cases[] = {
        {"OHL", "OHR", NULL, NULL, NULL, true},
        {"Room Left", "Room Right", "ribbon", "condenser", NULL, true},
        {"Kick In", "Kick Out", "dynamic", "dynamic", NULL, false},
        {"Snare Top", "Snare Btm", "dynamic", "dynamic", "Snare Top", false},
        {"Overhead 1", "Overhead 2", NULL, NULL, NULL, false},
        {"Overhead 1", "Overhead 2", NULL, NULL, "Overhead 1", true},
        {"Overhead 1", "Overhead 3", NULL, NULL, "Overhead 1", false},
        {"Gtr 57", "Gtr 421", "dynamic", "dynamic", "Gtr 57", false},
        {"Mic 9223372036854775807", "Mic 9223372036854775806", NULL, NULL,
         "Mic 9223372036854775807", false},
        {"Gtr A", "Gtr B", "dynamic", "dynamic", "Gtr A", false},
        {"Hat side", "Ride side", "condenser", "condenser", "Hat side", false},
        {"Bass DI", "Bass Amp", "DI", "dynamic", "Bass DI", false},
        {"Bass DI", "Bass Amp", NULL, NULL, "Bass DI", false},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        const struct ton_input a = {.name = cases[i].a, .source = cases[i].source_a},
                               b = {.name = cases[i].b,
                                    .source = cases[i].source_b,
                                    .pair = cases[i].pair};
        assert_int_equal(ton_inputs_are_stereo(&a, &b), cases[i].stereo);
        assert_int_equal(ton_inputs_are_stereo(&b, &a), cases[i].stereo);
    }
}

/* Both sides of a recording as a preamplifier would bring them whose gain is too low: the louder
 * one peaks at -24 dBFS, over noise of -85. */
struct take {
    struct recording side[2];
    int64_t frames;
};

enum { WHOLE_DBFS = -24 };

static struct take take_of(const char *left, const char *right) {
    struct take take = {{recording_of(left), recording_of(right ? right : left)}, 0};
    double peak = 0;
    take.frames = ton_least(take.side[0].frames, take.side[1].frames);
    for (int s = 0; s < 2; s++)
        for (int64_t i = 0; i < take.frames; i++)
            peak = fmax(peak, fabs((double)take.side[s].x[i]));
    for (int s = 0; s < 2; s++) {
        for (int64_t i = 0; i < take.frames; i++)
            take.side[s].x[i] *= (float)(rig_gain(WHOLE_DBFS) / peak);
        add_noise(take.side[s].x, take.frames, -85);
    }
    return take;
}

static void take_free(struct take *take) {
    ton_free(take->side[0].x);
    ton_free(take->side[1].x);
}

/* The gains that are told after `seconds` from a place on, of which all but the first `played` are
 * quiet stage. */
static void gains_of(double gain[2], const struct take *take, int64_t from, double seconds,
                     double played, bool mono) {
    enum { WINDOW_S = 5 };
    const int rate = take->side[0].rate;
    const int64_t window = (int64_t)WINDOW_S * rate, sounds = (int64_t)(played * rate);
    struct line_sum sums[2] = {{.windows = 0}};
    float *x = ton_alloc((size_t)window * sizeof(float));
    assert_non_null(x);
    for (int s = 0; s < 2; s++)
        for (int64_t at = 0; at < (int64_t)(seconds * rate); at += window) {
            memset(x, 0, (size_t)window * sizeof(float));
            const int64_t n = ton_least(window, sounds - at);
            if (n > 0)
                memcpy(x, take->side[s].x + from + at, (size_t)n * sizeof(float));
            if (n < window)
                add_noise(x + (n > 0 ? n : 0), window - (n > 0 ? n : 0), -85);
            const struct ton_line line = measured(x, window, rate);
            line_sum_add(&sums[s], &line);
        }
    const struct judged judged = judged_of(overheads, sums, mono ? 1 : 2);
    for (int s = 0; s < 2; s++)
        gain[s] = judged.lines[mono ? 0 : s].gain_db;
    ton_arena_destroy(judged.arena);
    ton_free(x);
}

/* `worst`: dBFS after 5 s that may be reached, as doc/design/line-check.md has it: a crash came
 * later. */
static const struct {
    const char *name, *left, *right;
    double worst;
} takes[] = {
    {"overheads", DRUMS "ohl.flac", DRUMS "ohr.flac", -3},
    {"room", DRUMS "ambl.flac", DRUMS "ambr.flac", -3},
    {"kick", DRUMS "kdruml.flac", NULL, -5},
    {"snare", DRUMS "snare-top.flac", NULL, -8},
    {"tom", DRUMS "tom1.flac", NULL, -8},
    {"voice", "speech/clean/jfk.flac", NULL, -8},
    {"reader", "speech/clean/asterisk-en-demo-congrats.flac", NULL, -8},
};
static const double worst_long = -9; /* after 20 s */

/* How a gain that was told would do for all of the recording. */
struct followed {
    int n, told, clipped, apart;
    double worst; /* dBFS that it then peaks at */
};

static void follow(struct followed *f, const struct take *take, bool mono, double seconds,
                   double played) {
    const int rate = take->side[0].rate;
    for (int64_t from = rate / 2; from + (int64_t)(played * rate) <= take->frames;
         from += 2 * rate) {
        double gain[2];
        gains_of(gain, take, from, seconds, played, mono);
        f->n++;
        f->apart += isnan(gain[0]) != isnan(gain[1]) || gain[0] > gain[1] || gain[1] > gain[0];
        if (isnan(gain[0]))
            continue;
        f->told++;
        f->clipped += WHOLE_DBFS + gain[0] > 0;
        f->worst = fmax(f->worst, WHOLE_DBFS + gain[0]);
    }
}

static void a_gain_that_is_told_does_for_what_follows(void **state) {
    (void)state;
    static const struct {
        const char *name;
        double seconds, played;
    } lengths[] = {{"a blow, a word: 0.7 s of 5", 5, 0.7},
                   {"2 s of 5", 5, 2},
                   {"5 s", 5, 5},
                   {"20 s", 20, 20}};
    if (!test_data())
        skip_because("no recordings (TON_DATA)");
    for (int l = 0; l < TON_N(lengths); l++)
        for (int t = 0; t < fewer(TON_N(takes), 1); t++) {
            struct followed f = {.worst = -INFINITY};
            struct take take = take_of(takes[t].left, takes[t].right);
            follow(&f, &take, !takes[t].right, lengths[l].seconds, lengths[l].played);
            figure(
                "%-26s %-9s %2d heard, a gain of %2d: %.1f dBFS at worst, %d clip; two gains: %d",
                lengths[l].name, takes[t].name, f.n, f.told, f.worst, f.clipped, f.apart);
            take_free(&take);

            assert_true(f.clipped == 0 && f.apart == 0);

            assert_true(lengths[l].played > 4 || f.told == 0);
            assert_true(lengths[l].played < 20 || f.told == f.n);
            assert_true(round(f.worst) <= (lengths[l].played < 20 ? takes[t].worst : worst_long));
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_blow_turns_no_gain_up_but_may_turn_it_down),
        cmocka_unit_test(the_sides_of_a_pair_have_one_gain_which_the_louder_one_decides),
        cmocka_unit_test(two_sides_that_differ_by_much_are_told_as_that),
        cmocka_unit_test(a_side_that_is_missing_is_not_told_as_right),
        cmocka_unit_test(only_left_and_right_are_turned_together),
        cmocka_unit_test(a_gain_that_is_told_does_for_what_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
