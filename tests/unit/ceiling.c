/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for a limiter's ceiling, with a codec of the test's own: what it overshoots, what it
 * takes from the loudness, and what it does by chance are known. */

#include "promise.h"

#include "work.h"

#include <math.h>

enum { MOST_MADE = 64 };
#define CEILING (-1.0)

/* Of a codec and of the limiter before it. */
static struct {
    double overshoot;          /* dB over the limiter's ceiling */
    double chance;             /* dB more at even hundredths of what is turned down and made up */
    double loss;               /* LU */
    double slope;              /* LU that 1 dB of make-up gives; 0: 0.5 */
    double least;              /* ceiling under which the loudness is out of reach; 0: none */
    double gain;               /* that masters_gain said */
    int n;                     /* files made */
    double made_at[MOST_MADE]; /* their ceilings */
} codec;

static const double SOLVED_GAIN = 5.0, TARGET = -14.0;

enum ton_code masters_gain(double *gain_db, bool *reached, bool *drafted, struct work *w,
                           struct owed *o, double ceiling_dbtp, struct ton_err *err) {
    (void)w, (void)o, (void)err;
    *drafted = false;
    *gain_db = SOLVED_GAIN;
    *reached = codec.least == 0.0 || ceiling_dbtp > codec.least - 1e-9;
    return TON_OK;
}

void masters_warn(struct work *w, const struct owed *o, double ceiling_dbtp) {
    (void)w, (void)o, (void)ceiling_dbtp;
}

double masters_level(const struct owed *o, const struct ton_measurement *m) {
    (void)o;
    return m->integrated_lufs;
}

enum ton_code make_draft(struct work *w, struct owed *o, struct ton_measurement *before,
                         struct ton_err *err) {
    (void)w, (void)err;
    struct ton_delivered *d = o->delivered;
    const double slope = codec.slope > 0.0 ? codec.slope : 0.5;
    double level = TARGET + slope * (d->gain_db - SOLVED_GAIN);
    if (codec.least != 0.0)
        level += fmin(0.0, d->ceiling_dbtp - codec.least);
    if (before)
        before->integrated_lufs = level;
    d->measured.integrated_lufs = level - codec.loss + d->turned_db;
    const bool unlucky = codec.chance > 0.0 && d->turned_db > -0.05;
    d->measured.true_peak_dbtp =
        d->ceiling_dbtp + codec.overshoot + d->turned_db + (unlucky ? codec.chance : 0.0);
    d->most_reduction_db = d->ceiling_dbtp - d->gain_db;
    assert_in_range(codec.n, 0, MOST_MADE - 1);
    codec.made_at[codec.n++] = d->ceiling_dbtp;
    return TON_OK;
}

enum ton_code make_measure(struct work *w, struct owed *o, struct ton_err *err) {
    (void)w, (void)o, (void)err;
    return TON_OK;
}

/* Searches, and says what was delivered. */
static struct ton_delivered search(enum ton_codec kind) {
    struct ton_delivered d = {0};
    struct owed o = {
        .format.codec = kind, .ceiling_dbtp = CEILING, .target = TARGET, .delivered = &d};
    struct work w = {0};
    struct ton_err err;
    codec.n = 0;
    assert_int_equal(ceiling_make(&w, &o, &err), TON_OK);
    figure("%d tries: %.2f dBTP, %.2f LUFS, limiter at %.1f, made up by %+.2f dB, turned %.2f dB",
           codec.n, d.measured.true_peak_dbtp, d.measured.integrated_lufs, d.ceiling_dbtp,
           d.gain_db - SOLVED_GAIN, d.turned_db);
    assert_true(d.measured.true_peak_dbtp <= CEILING);
    return d;
}

static void what_holds_at_once_is_made_once(void **state) {
    (void)state;
    memset(&codec, 0, sizeof codec);
    const struct ton_delivered d = search(TON_PCM);
    assert_true(codec.n == 1 && d.ceiling_dbtp == CEILING && d.turned_db == 0.0);
}

static void the_ceiling_goes_down_by_what_was_too_much(void **state) {
    (void)state;
    memset(&codec, 0, sizeof codec);
    codec.overshoot = 0.73;
    const struct ton_delivered d = search(TON_MP3);
    assert_true(codec.n == 2 && fabs(d.ceiling_dbtp - (CEILING - 0.8)) < 1e-9);
}

static void what_a_codec_takes_from_the_loudness_is_made_up_for(void **state) {
    (void)state;
    memset(&codec, 0, sizeof codec);
    codec.loss = 0.3;
    codec.slope = 0.25;
    codec.overshoot = 0.5;
    const struct ton_delivered d = search(TON_MP3);
    assert_true(fabs(d.measured.integrated_lufs - TARGET) <= 0.05);
    assert_in_range(codec.n, 3, 4);
}

static void chance_is_met_by_a_little_less_not_by_a_deeper_ceiling(void **state) {
    (void)state;
    memset(&codec, 0, sizeof codec);
    codec.overshoot = 1.9;
    codec.chance = 0.4;
    const struct ton_delivered d = search(TON_AAC);
    assert_true(d.turned_db < -0.05 && d.turned_db >= -0.08 - 1e-9);
    assert_true(fabs(d.ceiling_dbtp - (CEILING - 2.0)) < 1e-9);
    assert_true(fabs(d.measured.integrated_lufs - TARGET) <= 0.1);
    for (int i = 0; i < codec.n; i++)
        assert_true(codec.made_at[i] > CEILING - 2.0 - 1e-9);
}

static void only_then_the_ceiling_goes_deeper_for_the_loudness(void **state) {
    (void)state;
    memset(&codec, 0, sizeof codec);
    codec.overshoot = 2.55;
    const struct ton_delivered d = search(TON_AAC);
    assert_true(fabs(d.ceiling_dbtp - (CEILING - 2.6)) < 1e-9 && d.turned_db == 0.0);
    assert_true(fabs(d.measured.integrated_lufs - TARGET) <= 0.05);
}

static void what_never_holds_is_turned_down_by_no_more_than_that(void **state) {
    (void)state;
    memset(&codec, 0, sizeof codec);
    codec.overshoot = 3.4;
    const struct ton_delivered d = search(TON_AAC);
    assert_true(fabs(d.turned_db + 0.4) < 0.035);
    for (int i = 0; i < codec.n; i++)
        assert_true(codec.made_at[i] > CEILING - 3.0 - 1e-9);
    assert_in_range(codec.n, 4, 24);
}

/* Below some ceiling the loudness is lost: as high as holds, however few steps there are. */
static void what_cannot_be_as_loud_is_limited_as_little_as_holds(void **state) {
    (void)state;
    memset(&codec, 0, sizeof codec);
    codec.overshoot = 0.45;
    codec.least = CEILING;
    const struct ton_delivered d = search(TON_OPUS);
    assert_true(fabs(d.ceiling_dbtp - (CEILING - 0.5)) < 1e-9 && d.turned_db == 0.0);
}

static void what_stands_in_the_file_is_what_is_said_of_it(void **state) {
    (void)state;
    memset(&codec, 0, sizeof codec);
    for (int i = 0; i < 40; i++) {
        codec.overshoot = 0.1 * i;
        codec.chance = i % 3 ? 0.3 : 0.0;
        codec.loss = i % 4 ? 0.2 : 0.0;
        const struct ton_delivered d = search(TON_MP3);
        assert_true(codec.made_at[codec.n - 1] == d.ceiling_dbtp);
        const double needed = fmax(0.0, codec.overshoot - 3.0); /* at the lowest ceiling */
        assert_true(d.measured.integrated_lufs >= TARGET - 0.1 - needed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_at_once_is_made_once),
        cmocka_unit_test(the_ceiling_goes_down_by_what_was_too_much),
        cmocka_unit_test(what_a_codec_takes_from_the_loudness_is_made_up_for),
        cmocka_unit_test(chance_is_met_by_a_little_less_not_by_a_deeper_ceiling),
        cmocka_unit_test(only_then_the_ceiling_goes_deeper_for_the_loudness),
        cmocka_unit_test(what_never_holds_is_turned_down_by_no_more_than_that),
        cmocka_unit_test(what_cannot_be_as_loud_is_limited_as_little_as_holds),
        cmocka_unit_test(what_stands_in_the_file_is_what_is_said_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
