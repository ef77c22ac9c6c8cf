/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Promises of the deck over the device that is a clock and nothing else: takes, loops, punches,
 * verdicts and marks, one recording after the other, and what is refused. */
#include "deck_rig.h"

static const char *first_input_of(struct desk *d, const char *take) {
    struct ton_audio_in *in = NULL;
    const char *word = NULL;
    assert_int_equal(ton_audio_open(&in, rig_path(d->rig, take), &d->rig->err), TON_OK);
    assert_int_equal(ton_audio_ixml(&word, d->rig->arena, in, "CHANNEL_INDEX", NULL), TON_OK);
    ton_audio_close(in);
    return word;
}

/* The session is read again after each, and what was armed by the first reading stays armed. */
static void test_one_recording_after_the_other(void **state) {
    struct desk d = desk_of(*state);
    struct ton_take_row *rows;
    int counted[TON_N_DECK_EVENTS] = {0};
    d.config.length = "0.5 s";
    desk_open(&d);
    assert_int_equal(ton_deck_judge(d.deck, TON_VERDICT_GOOD, &d.rig->err), TON_INPUT);
    assert_int_equal(ton_deck_mark(d.deck, NULL, &d.rig->err), TON_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ton_deck_again(d.deck, &d.rig->err), TON_OK);
        run(&d, counted);
        assert_int_equal(ton_deck_judge(d.deck, i == 2 ? TON_VERDICT_GOOD : TON_VERDICT_BAD, NULL),
                         TON_OK);
    }
    struct ton_deck_status status;
    ton_deck_status(d.deck, &status);
    assert_string_equal(status.tracks[1].name, "Keys");
    assert_string_equal(status.tracks[1].inputs, "3, 1");
    assert_int_equal(status.n_meters, 2);
    assert_int_equal(status.tracks[1].meters[0], 1); /* the right side is what Voice has */
    assert_int_equal(status.tracks[1].meters[1], 0);
    ton_deck_close(d.deck);
    assert_string_equal(first_input_of(&d, "p/audio/keys_01.wav"), "3"); /* as the device counts */
    const int n = rows_of(&d, &rows);
    assert_int_equal(n, 9);
    for (int i = 0; i < n; i++) {
        assert_int_equal(rows[i].frames, RATE / 2);
        assert_int_equal(rows[i].number, 1 + i / 3);
        assert_int_equal(rows[i].verdict, i < 6 ? TON_VERDICT_BAD : TON_VERDICT_GOOD);
    }
    assert_int_equal(counted[TON_DECK_TAKE], 9);
    assert_int_equal(counted[TON_DECK_PLACED], 9);
    assert_int_equal(times(&d, "take: "), 9);
    assert_int_equal(times(&d, "mute: yes"), 6);
    figure("%d takes of %d frames, one recording after the other", n, RATE / 2);
}

static void test_every_pass_of_a_loop_is_a_take(void **state) {
    struct desk d = desk_of(*state);
    struct ton_take_row *rows;
    int counted[TON_N_DECK_EVENTS] = {0};
    d.config.from = "0:01";
    d.config.to = "0:01.5";
    d.config.loop = true;
    d.config.passes = 3;
    d.config.speed = 1;
    desk_open(&d);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ton_deck_again(d.deck, &d.rig->err), TON_OK);
        run(&d, counted);
    }
    ton_deck_close(d.deck);
    const int n = rows_of(&d, &rows);
    assert_int_equal(n, 2 * 3 * 3);
    for (int i = 0; i < n; i++) {
        assert_int_equal(rows[i].place, RATE);
        assert_int_equal(rows[i].frames, RATE / 2);
    }
    figure("%d takes of 2 x 3 passes", n);
}

/* What a person marked; a slow machine loses frames too. */
static struct ton_mark_row *marks_of(struct desk *d, int64_t take, int *n) {
    struct ton_database *db = NULL;
    struct ton_mark_row *rows = NULL;
    int all = 0;
    assert_int_equal(ton_database_open(&db, d->config.folder, &d->rig->err), TON_OK);
    assert_int_equal(ton_marks_list(&rows, &all, d->rig->arena, db, take, NULL, NULL), TON_OK);
    ton_database_close(db);
    *n = 0;
    for (int i = 0; i < all; i++)
        if (rows[i].kind == TON_MARK_NOTE)
            rows[(*n)++] = rows[i];
    return rows;
}

static int passes_now(struct desk *d) {
    struct ton_deck_status status;
    ton_deck_status(d->deck, &status);
    return (int)status.transport.passes;
}

static void test_a_mark_is_of_all_tracks_and_of_the_pass_that_runs(void **state) {
    struct desk d = desk_of(*state);
    struct ton_take_row *rows;
    int counted[TON_N_DECK_EVENTS] = {0}, n_marks, of_timeline;
    d.config.from = "0:01";
    d.config.to = "0:02";
    d.config.loop = true;
    d.config.passes = 3;
    d.config.speed = 1;
    desk_open(&d);
    assert_int_equal(ton_deck_record(d.deck, &d.rig->err), TON_OK);
    while (passes_now(&d) < 1) {
        ton_nap(2000000);
        assert_int_equal(ton_deck_tick(d.deck, &d.rig->err), TON_OK);
    }
    const int64_t before = passes_now(&d) - 1; /* its first block may not have come in yet */
    assert_int_equal(ton_deck_mark(d.deck, "here", &d.rig->err), TON_OK);
    const int64_t behind = passes_now(&d);
    run(&d, counted);
    assert_int_equal(ton_deck_mark(d.deck, "it stands", &d.rig->err), TON_OK);
    ton_deck_close(d.deck);
    const int n = rows_of(&d, &rows);
    int64_t at = -1;
    int marked = 0;
    assert_int_equal(n, 9);
    for (int i = 0; i < n; i++) {
        const struct ton_mark_row *marks = marks_of(&d, rows[i].id, &n_marks);
        marked += n_marks;
        if (n_marks == 0)
            continue;
        assert_string_equal(marks->text, "here");
        assert_in_range(rows[i].pass, before, behind);
        assert_in_range(marks->at, 0, RATE);
        assert_true(at < 0 || marks->at == at);
        at = marks->at;
    }
    figure("%d of %d takes have the mark, at frame %lld", marked, n, (long long)at);
    assert_int_equal(marked, 3);
    assert_int_equal(counted[TON_DECK_MARK], 1);
    assert_string_equal(marks_of(&d, 0, &of_timeline)->text, "it stands");
    assert_int_equal(of_timeline, 1);
}

static void test_a_punch_is_recorded_between_its_places(void **state) {
    struct desk d = desk_of(*state);
    struct ton_take_row *rows;
    int counted[TON_N_DECK_EVENTS] = {0};
    d.config.punch_in = "0:01";
    d.config.punch_out = "0:01.25";
    desk_open(&d);
    assert_int_equal(ton_deck_record(d.deck, &d.rig->err), TON_OK);
    run(&d, counted);
    ton_deck_close(d.deck);
    assert_int_equal(rows_of(&d, &rows), 3);
    assert_int_equal(counted[TON_DECK_PLACED], 3);
    assert_int_equal(d.placed.at, RATE);
    assert_int_equal(d.placed.frames, RATE / 4);
    assert_int_equal(times(&d, "take: "), 3);
    for (int i = 0; i < 3; i++) { /* what `recover` would go by */
        struct ton_database *db = NULL;
        struct ton_clip_row *clips = NULL;
        int n = 0;
        assert_int_equal(ton_database_open(&db, d.config.folder, &d.rig->err), TON_OK);
        assert_int_equal(ton_clips_list(&clips, &n, d.rig->arena, db, rows[i].id, NULL), TON_OK);
        ton_database_close(db);
        assert_int_equal(n, 1);
        assert_int_equal(clips->at, RATE);
        assert_int_equal(clips->place, RATE);
        assert_int_equal(clips->frames, RATE / 4);
        assert_string_equal(rows[i].inputs, i == 1 ? "3\n1" : "1");
    }
}

static void test_what_plays_ends_as_fast_as_it_can(void **state) {
    struct desk d = desk_of(*state);
    int counted[TON_N_DECK_EVENTS] = {0};
    const char *const solo[] = {"Key"};
    d.config.records = false;
    d.config.speed = 0;
    d.config.to = "1:00";
    desk_open(&d);
    assert_int_equal(ton_deck_record(d.deck, &d.rig->err), TON_USAGE);
    assert_int_equal(ton_deck_judge(d.deck, TON_VERDICT_GOOD, &d.rig->err), TON_INPUT);
    assert_int_equal(ton_deck_roll(d.deck, &d.rig->err), TON_OK);
    run(&d, counted);
    assert_int_equal(counted[TON_DECK_STOPS], 1);
    ton_deck_close(d.deck);
    d.config.solo = solo;
    d.config.n_solo = 1;
    assert_int_equal(ton_deck_open(&d.deck, &d.config, &d.rig->problems, &d.rig->err), TON_USAGE);
    assert_non_null(strstr(d.rig->err.text, "did you mean `Keys`"));
}

static void test_what_is_heard_alone_stays_so_over_a_take(void **state) {
    struct desk d = desk_of(*state);
    d.config.standby = true;
    desk_open(&d);
    bool on = false;
    assert_int_equal(ton_deck_solo(&on, d.deck, "Keys", NULL), TON_OK);
    assert_true(on);
    assert_int_equal(ton_deck_mute(&on, d.deck, "Key", &d.rig->err), TON_USAGE);
    assert_non_null(strstr(d.rig->err.text, "did you mean `Keys`"));
    assert_int_equal(ton_deck_record(d.deck, NULL), TON_OK);
    assert_int_equal(ton_deck_stop(d.deck, NULL), TON_OK); /* the session is read again */
    assert_int_equal(ton_deck_solo(&on, d.deck, "Keys", NULL), TON_OK);
    assert_false(on);
    assert_int_equal(ton_deck_solo(&on, d.deck, "Keys", NULL), TON_OK);
    assert_true(on);
    ton_deck_close(d.deck);
}

static void test_a_stop_in_the_count_in_is_where_it_would_have_rolled(void **state) {
    struct desk d = desk_of(*state);
    d.config.count_in_bars = 2;
    d.config.click = TON_CLICK_COUNT_IN;
    d.config.speed = 1;
    desk_open(&d);
    struct ton_deck_status status;
    assert_int_equal(ton_deck_record(d.deck, NULL), TON_OK);
    do { /* four seconds are counted */
        ton_nap(2000000);
        assert_int_equal(ton_deck_tick(d.deck, NULL), TON_OK);
        ton_deck_status(d.deck, &status);
    } while (!status.transport.counting);
    assert_int_equal(ton_deck_again(d.deck, &d.rig->err), TON_OK);
    ton_deck_status(d.deck, &status);
    assert_true(status.recording);
    assert_int_equal(ton_deck_stop(d.deck, &d.rig->err), TON_OK);
    assert_int_equal(times(&d, "take:"), 0); /* nothing rolled */
    ton_deck_close(d.deck);
}

static void test_a_take_that_is_begun_again_stays_beneath(void **state) {
    struct desk d = desk_of(*state);
    struct ton_deck_status status;
    desk_open(&d);
    assert_int_equal(ton_deck_record(d.deck, NULL), TON_OK);
    for (int i = 0; i < 2; i++) {
        do {
            ton_nap(2000000);
            assert_int_equal(ton_deck_tick(d.deck, NULL), TON_OK);
            ton_deck_status(d.deck, &status);
        } while (status.transport.frame < (i ? RATE / 4 : RATE));
        assert_int_equal(i ? ton_deck_stop(d.deck, NULL) : ton_deck_again(d.deck, NULL), TON_OK);
    }
    ton_deck_close(d.deck);
    assert_int_equal(times(&d, "take: "), 6); /* the longer one is not cut, but silent */
    assert_int_equal(times(&d, "mute: yes"), 3);
}

static void test_nothing_is_recorded_behind_its_end_without_a_word(void **state) {
    struct desk d = desk_of(*state);
    int counted[TON_N_DECK_EVENTS] = {0};
    d.config.length = "0.5 s";
    desk_open(&d);
    assert_int_equal(ton_deck_record(d.deck, NULL), TON_OK);
    run(&d, counted);
    assert_int_equal(ton_deck_record(d.deck, &d.rig->err), TON_USAGE);
    assert_int_equal(ton_deck_again(d.deck, &d.rig->err), TON_OK);
    run(&d, counted);
    assert_int_equal(counted[TON_DECK_TAKE], 2 * 3);
    ton_deck_close(d.deck);
}

static void test_places_and_commands_that_do_not_apply_are_refused(void **state) {
    struct desk d = desk_of(*state);
    d.config.standby = true;
    desk_open(&d);
    struct ton_deck_status status;
    assert_int_equal(ton_deck_locate(d.deck, "0:02", NULL), TON_OK);
    assert_int_equal(ton_deck_wind(d.deck, -5, NULL), TON_OK);
    ton_deck_status(d.deck, &status);
    assert_int_equal(ton_deck_locate(d.deck, "-1", &d.rig->err), TON_USAGE);
    assert_int_equal(ton_deck_locate(d.deck, "nowhere", &d.rig->err), TON_USAGE);
    assert_int_equal(ton_deck_stop(d.deck, NULL), TON_OK);
    assert_int_equal(ton_deck_record(d.deck, NULL), TON_OK);
    assert_int_equal(ton_deck_locate(d.deck, "0:02", &d.rig->err), TON_USAGE);
    assert_int_equal(ton_deck_wind(d.deck, 5, &d.rig->err), TON_USAGE);
    ton_deck_close(d.deck);
    ton_deck_close(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_recording_after_the_other, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_every_pass_of_a_loop_is_a_take, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_mark_is_of_all_tracks_and_of_the_pass_that_runs,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_punch_is_recorded_between_its_places, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_what_plays_ends_as_fast_as_it_can, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_what_is_heard_alone_stays_so_over_a_take, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_stop_in_the_count_in_is_where_it_would_have_rolled,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_a_take_that_is_begun_again_stays_beneath, rig_setup,
                                        rig_teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_recorded_behind_its_end_without_a_word,
                                        rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_places_and_commands_that_do_not_apply_are_refused,
                                        rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
