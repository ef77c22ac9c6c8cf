/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A transport that follows timecode as it comes from a line: in sync when it rolls, stopped when
 * the tape stops, elsewhere when the tape is. */
#include "config.h"
#include "promise.h"

#include "ton/timecode.h"

#include <math.h>

#if TON_HAVE_LTC

enum { RATE = 48000, BLOCK = 960, WHOLE = 3600 * RATE };

/* A line, a reader, a chase, and a transport that does what it is told, some time later. */
struct rig {
    struct ton_ltc ltc;
    struct ton_ltc_reader *reader;
    struct ton_chase chase;
    struct ton_ltc_status status;
    bool silent;
    int64_t now;           /* device frame */
    int64_t tape;          /* frame of the tape that is heard at device frame 0 */
    int64_t place;         /* of the transport at `now`; -1: it stands */
    int64_t rolls_at;      /* from this device frame on; -1 */
    int64_t locate_frames; /* that locating takes */
    int locates, rolls, stops;
};

static void rig_open(struct rig *r, double ppm, struct ton_timecode from) {
    struct ton_err err = {0};
    *r = (struct rig){.place = -1, .rolls_at = -1};
    ton_ltc_init(&r->ltc, RATE / (1 + ppm * 1e-6), TON_FPS_25, from);
    assert_int_equal(ton_ltc_reader_create(&r->reader, RATE, TON_FPS_25, &err), TON_OK);
    r->chase = (struct ton_chase){.rate = RATE, .start = WHOLE};
}

static void hear(struct rig *r, int frames) {
    float x[BLOCK];
    for (int i = 0; i < frames; i++)
        x[i] = r->silent ? 0.0F : ton_ltc_at(&r->ltc, r->tape + r->now + i);
    ton_ltc_reader_hear(r->reader, x, frames, r->now);
    for (int i = 0; i < frames; i++) {
        if (r->rolls_at == r->now + i)
            r->place = r->chase.place;
        else if (r->place >= 0)
            r->place++;
    }
    r->now += frames;
    ton_ltc_reader_status(r->reader, &r->status);
}

/* `place` is that of the last frame heard: one before now. */
static void step(struct rig *r) {
    const struct ton_chase_action a = ton_chase_step(
        &r->chase, &r->status, r->now, r->place >= 0 ? r->place + 1 : TON_CHASE_STANDS);
    r->locates += a.what == TON_CHASE_LOCATE;
    r->rolls += a.what == TON_CHASE_ROLL;
    r->stops += a.what == TON_CHASE_STOP;
    if (a.what == TON_CHASE_ROLL) {
        assert_true(a.at > r->now && a.at - r->now <= RATE / 4);
        assert_true(a.place == r->chase.place);
        r->rolls_at = a.at;
    } else if (a.what != TON_CHASE_NOTHING) {
        r->place = r->rolls_at = -1;
        for (int64_t left = a.what == TON_CHASE_LOCATE ? r->locate_frames : 0; left > 0;
             left -= BLOCK)
            hear(r, BLOCK);
    }
}

static void run(struct rig *r, double seconds) {
    for (int64_t end = r->now + (int64_t)(seconds * RATE); r->now < end;) {
        hear(r, BLOCK);
        step(r);
    }
}

/* The place that the tape is at, when the transport plays its own. */
static double sync_error(const struct rig *r, double ppm, double from) {
    return from + (double)(r->tape + r->now) * (1 + ppm * 1e-6) - WHOLE - (double)(r->place + 1);
}

/* What is played now is heard later, and the timecode that is heard now was played earlier. */
static void what_rolls_is_ahead_by_the_latency(void **state) {
    (void)state;
    struct rig r;
    rig_open(&r, 0, (struct ton_timecode){1, 0, 10, 0});
    r.chase.latency = 777;
    run(&r, 4);
    figure("%.3f samples ahead (777)", -sync_error(&r, 0, WHOLE + 10.0 * RATE));
    assert_true(fabs(sync_error(&r, 0, WHOLE + 10.0 * RATE) + 777) <= 1.0);
    assert_true(fabs(r.chase.offset) < 1.0 && r.locates == 1);
    ton_ltc_reader_destroy(r.reader);
}

static void it_rolls_in_sync(void **state) {
    (void)state;
    struct rig r;
    rig_open(&r, 0, (struct ton_timecode){1, 0, 10, 0});
    r.locate_frames = 12345;
    run(&r, 4);
    const double off = sync_error(&r, 0, WHOLE + 10.0 * RATE);
    figure("rolls %.3f samples from the timecode; the chase says %.3f", off, r.chase.offset);
    assert_true(r.place > 0 && fabs(off) <= 1.0 && fabs(r.chase.offset - off) < 0.1);
    assert_true(r.locates == 1 && r.rolls == 1 && r.stops == 0);
    ton_ltc_reader_destroy(r.reader);
}

/* Locating takes longer than it was located ahead: further ahead then. */
static void a_slow_locate_is_waited_for(void **state) {
    (void)state;
    struct rig r;
    rig_open(&r, 0, (struct ton_timecode){1, 0, 10, 0});
    r.locate_frames = 3 * RATE;
    run(&r, 16);
    figure("located %d times, at last %.0f s ahead", r.locates, r.chase.ahead_s);
    assert_true(r.place > 0 && r.rolls == 1 && r.locates == 3 &&
                fabs(sync_error(&r, 0, WHOLE + 10.0 * RATE)) <= 1.0);
    ton_ltc_reader_destroy(r.reader);
}

/* It was told too late, and never rolled. */
static void a_missed_roll_is_tried_again(void **state) {
    (void)state;
    struct rig r;
    rig_open(&r, 0, (struct ton_timecode){1, 0, 10, 0});
    while (r.rolls == 0)
        run(&r, 0.02);
    r.rolls_at = -1;
    run(&r, 4);
    figure("%d rolls, %d locates, %d stops", r.rolls, r.locates, r.stops);
    assert_true(r.rolls == 2 && r.locates == 2 && r.stops == 0);
    assert_true(r.place > 0 && fabs(sync_error(&r, 0, WHOLE + 10.0 * RATE)) <= 1.0);
    ton_ltc_reader_destroy(r.reader);
}

/* Whoever says nothing of where it is is believed. */
static void by_the_clock_it_is_where_it_has_to_be(void **state) {
    (void)state;
    struct rig r;
    rig_open(&r, 300, (struct ton_timecode){1, 0, 10, 0});
    run(&r, 4);
    const double told = r.chase.offset;
    ton_chase_step(&r.chase, &r.status, r.now, TON_CHASE_UNKNOWN);
    figure("offset %.3f, by the clock %.3f", told, r.chase.offset);
    assert_true(fabs(told - r.chase.offset) < 0.01 && told > 10);
    ton_ltc_reader_destroy(r.reader);
}

static void before_the_start_it_waits(void **state) {
    (void)state;
    struct rig r;
    rig_open(&r, 0, (struct ton_timecode){0, 59, 55, 0});
    run(&r, 4.5);
    assert_true(r.place < 0 && r.locates == 1 && r.chase.place == 0);
    run(&r, 3);
    figure("from the start, %.3f samples off", sync_error(&r, 0, WHOLE - 5.0 * RATE));
    assert_true(r.place > 0 && r.locates == 1 &&
                fabs(sync_error(&r, 0, WHOLE - 5.0 * RATE)) <= 1.0);
    ton_ltc_reader_destroy(r.reader);
}

static void it_stops_with_the_tape_and_starts_again(void **state) {
    (void)state;
    struct rig r;
    rig_open(&r, 0, (struct ton_timecode){1, 0, 10, 0});
    run(&r, 4);
    r.silent = true;
    const int64_t from = r.now;
    while (r.stops == 0 && r.now < from + RATE)
        run(&r, 0.02);
    figure("stopped %.3f s after the tape", (double)(r.now - from) / RATE);
    assert_true(r.now - from > RATE / 5 && r.now - from < RATE / 3);
    assert_true(isnan(r.chase.offset));
    run(&r, 1);
    assert_true(r.stops == 1 && r.locates == 1);
    r.silent = false;
    run(&r, 4);
    assert_true(r.place > 0 && r.rolls == 2 && fabs(sync_error(&r, 0, WHOLE + 10.0 * RATE)) <= 1.0);
    ton_ltc_reader_destroy(r.reader);
}

static void a_short_drop_out_is_passed(void **state) {
    (void)state;
    struct rig r;
    rig_open(&r, 0, (struct ton_timecode){1, 0, 10, 0});
    run(&r, 4);
    r.silent = true;
    run(&r, 0.15);
    r.silent = false;
    run(&r, 2);
    assert_true(r.stops == 0 && r.locates == 1 && fabs(r.chase.offset) <= 1.0);
    ton_ltc_reader_destroy(r.reader);
}

static void it_follows_a_jump(void **state) {
    (void)state;
    struct rig r;
    rig_open(&r, 0, (struct ton_timecode){1, 0, 10, 0});
    run(&r, 4);
    r.tape += 100 * RATE + 700;
    run(&r, 4);
    figure("behind the jump %.3f samples off", sync_error(&r, 0, WHOLE + 10.0 * RATE));
    assert_true(r.locates == 2 && r.rolls == 2 &&
                fabs(sync_error(&r, 0, WHOLE + 10.0 * RATE)) <= 1.0);
    ton_ltc_reader_destroy(r.reader);
}

/* Set back by 20 s before it has rolled: it does not wait for where it was to be. */
static void a_jump_before_it_rolls_is_followed_too(void **state) {
    (void)state;
    struct rig r;
    rig_open(&r, 0, (struct ton_timecode){0, 59, 40, 0});
    run(&r, 2);
    assert_true(r.rolls == 0 && r.chase.place == 0);
    r.tape += 200 * RATE;
    run(&r, 2);
    assert_true(r.rolls == 1 && r.chase.place > 0);
    r.chase.state = TON_CHASE_IDLE; /* and from the start of a chase */
    r.place = r.rolls_at = -1;
    hear(&r, BLOCK);
    step(&r);
    r.tape -= 100 * RATE;
    run(&r, 3);
    assert_true(r.place > 0 && fabs(sync_error(&r, 0, WHOLE - 20.0 * RATE)) <= 1.0);
    ton_ltc_reader_destroy(r.reader);
}

/* The device lost a tenth of a second, and the transport plays on where it was. */
static void a_transport_that_fell_behind_is_located_anew(void **state) {
    (void)state;
    struct rig r;
    rig_open(&r, 0, (struct ton_timecode){1, 0, 10, 0});
    run(&r, 4);
    r.place -= RATE / 10;
    run(&r, 3);
    assert_true(r.locates == 2 && fabs(sync_error(&r, 0, WHOLE + 10.0 * RATE)) <= 1.0);
    ton_ltc_reader_destroy(r.reader);
}

static void drift_is_shown_until_it_is_a_frame(void **state) {
    (void)state;
    struct rig r;
    const double ppm = 4000; /* a frame in ten seconds */
    rig_open(&r, ppm, (struct ton_timecode){1, 0, 10, 0});
    run(&r, 6);
    const double off = sync_error(&r, ppm, WHOLE + 10.0 * RATE);
    figure("after 5 s the timecode is %.1f samples ahead; the chase says %.1f", off,
           r.chase.offset);
    assert_true(r.locates == 1 && fabs(off - r.chase.offset) < 1.0 && off > 500);
    run(&r, 8);
    assert_int_equal(r.locates, 2);
    ton_ltc_reader_destroy(r.reader);
}

static void what_is_wound_or_runs_backwards_is_not_followed(void **state) {
    (void)state;
    struct ton_chase c = {.rate = RATE};
    struct ton_ltc_status s = {.present = true, .speed = 1.5, .fps = TON_FPS_25};
    assert_int_equal(ton_chase_step(&c, &s, 0, TON_CHASE_STANDS).what, TON_CHASE_NOTHING);
    s.speed = 1;
    s.backwards = true;
    assert_int_equal(ton_chase_step(&c, &s, 0, TON_CHASE_STANDS).what, TON_CHASE_NOTHING);
    s.backwards = false;
    assert_int_equal(ton_chase_step(&c, &s, 0, TON_CHASE_STANDS).what, TON_CHASE_LOCATE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_rolls_in_sync),
        cmocka_unit_test(what_rolls_is_ahead_by_the_latency),
        cmocka_unit_test(a_slow_locate_is_waited_for),
        cmocka_unit_test(a_missed_roll_is_tried_again),
        cmocka_unit_test(by_the_clock_it_is_where_it_has_to_be),
        cmocka_unit_test(before_the_start_it_waits),
        cmocka_unit_test(it_stops_with_the_tape_and_starts_again),
        cmocka_unit_test(a_short_drop_out_is_passed),
        cmocka_unit_test(it_follows_a_jump),
        cmocka_unit_test(a_jump_before_it_rolls_is_followed_too),
        cmocka_unit_test(a_transport_that_fell_behind_is_located_anew),
        cmocka_unit_test(drift_is_shown_until_it_is_a_frame),
        cmocka_unit_test(what_is_wound_or_runs_backwards_is_not_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void there_is_nothing_to_follow(void **state) {
    (void)state;
    skip_because("built without libltc");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_is_nothing_to_follow)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
