/* SPDX-License-Identifier: GPL-3.0-or-later */
/* production.db: rows that survive, alone and together, and come back as they went in. */

#include "desk_rig.h"

#include <limits.h>
#include <signal.h>

/* The program's own instead of the C library's: what is asked for is counted, and nobody waits. */
static int syncs;
int fsync(int fd) {
    (void)fd;
    syncs++;
    return 0;
}
int fdatasync(int fd) {
    return fsync(fd);
}

static void a_row_is_there_though_the_program_was_killed_the_moment_it_was_written(void **state) {
    (void)state;
    enum { KILLS = 20 };
    for (int i = 1; i <= KILLS; i++) {
        const pid_t child = fork();
        if (child == 0) {
            struct ton_database *db = NULL;
            struct ton_take_row take = a_take("Kick", i);
            struct ton_mark_row mark = {.session = "song", .kind = TON_MARK_XRUN, .frames = 256};
            if (ton_database_open(&db, rig_folder, NULL) || ton_take_begin(db, &take, NULL))
                _exit(1);
            mark.take = take.id;
            if (ton_mark_add(db, &mark, NULL) || ton_take_end(db, take.id, 1000 + i, NULL))
                _exit(2);
            raise(SIGKILL);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
    }
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    struct ton_take_row *takes;
    int n, n_marks = 0;
    assert_int_equal(ton_takes_list(&takes, &n, arena, db, "song", NULL), TON_OK);
    assert_int_equal(n, KILLS);
    for (int i = 0; i < n; i++) {
        struct ton_mark_row *marks;
        int m;
        assert_int_equal(takes[i].frames, 1001 + i);
        assert_int_equal(ton_marks_list(&marks, &m, arena, db, takes[i].id, NULL, NULL), TON_OK);
        n_marks += m;
    }
    assert_int_equal(n_marks, KILLS);
    figure("%d kills, %d takes and %d marks found", KILLS, n, n_marks);
    ton_database_close(db);
    ton_arena_destroy(arena);
}

static void each_change_is_synced_before_it_returns(void **state) {
    (void)state;
    struct ton_database *db = open_or_fail();
    struct ton_take_row take = a_take("Kick", 1);
    struct ton_mark_row mark = {.session = "song"};
    int fewest = INT_MAX;
    for (int i = 0; i < 40; i++) {
        syncs = 0;
        const enum ton_code code = i % 4 == 0   ? ton_take_begin(db, &take, NULL)
                                   : i % 4 == 1 ? ton_mark_add(db, &mark, NULL)
                                   : i % 4 == 2
                                       ? ton_take_end(db, take.id, i, NULL)
                                       : ton_take_judge(db, take.id, TON_VERDICT_BAD, NULL);
        assert_int_equal(code, TON_OK);
        fewest = syncs < fewest ? syncs : fewest;
    }
    figure("at least %d a change", fewest);
    assert_true(fewest >= 1);
    ton_database_close(db);
}

static void rows_of_one_moment_are_there_together_with_one_sync_or_not_at_all(void **state) {
    (void)state;
    enum { TRACKS = 64 };
    struct ton_database *db = open_or_fail();
    struct ton_err err = {0};
    struct ton_take_row takes[TRACKS];
    int n, alone = 0;
    syncs = 0;
    ton_rows_begin(db);
    assert_int_equal(ton_rows_end(db, TON_OK, NULL), TON_OK);
    assert_int_equal(syncs, 0);
    ton_rows_begin(db);
    for (int i = 0; i < TRACKS; i++) {
        takes[i] = a_take("Kick", i + 1);
        assert_int_equal(ton_take_begin(db, &takes[i], NULL), TON_OK);
    }
    assert_int_equal(syncs, 0);
    assert_int_equal(ton_rows_end(db, TON_OK, NULL), TON_OK);
    const int together = syncs;
    /* What fails on the way takes the rest with it, and the next moment is not touched by it. */
    ton_rows_begin(db);
    assert_int_equal(ton_take_end(db, takes[0].id, 1, NULL), TON_OK);
    const enum ton_code code = ton_take_end(db, 4711, 1, &err);
    assert_int_equal(ton_rows_end(db, code, &err), TON_INPUT);
    assert_string_equal(err.text, "has no take 4711");
    syncs = 0;
    assert_int_equal(ton_take_judge(db, takes[1].id, TON_VERDICT_GOOD, NULL), TON_OK);
    alone = syncs;
    ton_database_close(db);
    struct ton_arena *arena = ton_arena_create();
    struct ton_take_row *rows;
    db = open_or_fail();
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, NULL, NULL), TON_OK);
    assert_int_equal(n, TRACKS);
    assert_int_equal(rows[0].frames, -1);
    assert_int_equal(rows[1].verdict, TON_VERDICT_GOOD);
    figure("%d takes: %d sync (alone: %d a row)", TRACKS, together, alone);
    assert_int_equal(together, 1);
    assert_int_equal(alone, 1);
    ton_database_close(db);
    ton_arena_destroy(arena);
}

static void texts_come_back_as_they_went_in(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    struct ton_take_row take = a_take("Robert'); DROP TABLE takes;--", 3), *rows;
    take.session = "Nächte \"in\" 東京 🎷";
    take.scene = "12A/3";
    take.circled_by = "";
    take.note = "line\nbreak\t'quote' % ?1 \\";
    take.verdict = TON_VERDICT_GOOD;
    take.inputs = "3\n1";
    take.frames = 0;
    take.rate = 96000;
    take.channels = 7;
    take.place = INT64_MIN / 2;
    take.pre_roll = 1440000;
    int n;
    assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, take.session, NULL), TON_OK);
    assert_int_equal(n, 1);
    assert_int_equal(rows->id, take.id);
    assert_string_equal(rows->session, take.session);
    assert_string_equal(rows->track, take.track);
    assert_string_equal(rows->file, take.file);
    assert_string_equal(rows->began, take.began);
    assert_string_equal(rows->scene, take.scene);
    assert_string_equal(rows->circled_by, take.circled_by);
    assert_string_equal(rows->note, take.note);
    assert_int_equal(rows->number, 3);
    assert_int_equal(rows->rate, 96000);
    assert_int_equal(rows->channels, 7);
    assert_int_equal(rows->place, take.place);
    assert_int_equal(rows->pre_roll, 1440000);
    assert_int_equal(rows->frames, 0);
    assert_string_equal(rows->inputs, "3\n1");
    assert_int_equal(rows->verdict, TON_VERDICT_GOOD);
    struct ton_mark_row mark = {.session = take.session, .text = "ok?'\"", .at = -5}, *marks;
    assert_int_equal(ton_mark_add(db, &mark, NULL), TON_OK);
    assert_int_equal(ton_marks_list(&marks, &n, arena, db, 0, take.session, NULL), TON_OK);
    assert_int_equal(n, 1);
    assert_string_equal(marks->text, mark.text);
    assert_int_equal(marks->at, -5);
    ton_database_close(db);
    ton_arena_destroy(arena);
}

static void lists_have_what_was_asked_for_in_its_order(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    static const char *const sessions[] = {"b", "a", "b", "a", "b"};
    int64_t ids[5];
    struct ton_take_row *takes;
    struct ton_mark_row *marks;
    int n;
    for (int i = 0; i < 5; i++) {
        struct ton_take_row take = a_take("Kick", i + 1);
        take.session = sessions[i];
        take.frames = i == 2 ? -1 : i;
        assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
        ids[i] = take.id;
        for (int k = 3; k > 0; k--) {
            struct ton_mark_row mark = {.session = sessions[i],
                                        .take = k == 2 ? 0 : take.id,
                                        .kind = (enum ton_mark_kind)k,
                                        .at = 100 * k - i,
                                        .frames = k};
            assert_int_equal(ton_mark_add(db, &mark, NULL), TON_OK);
        }
    }
    assert_int_equal(ton_takes_list(&takes, &n, arena, db, NULL, NULL), TON_OK);
    assert_int_equal(n, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(takes[i].id, ids[i]);
        assert_int_equal(takes[i].frames, i == 2 ? -1 : i);
    }
    assert_int_equal(ton_takes_list(&takes, &n, arena, db, "a", NULL), TON_OK);
    assert_int_equal(n, 2);
    assert_int_equal(takes[0].number, 2);
    assert_int_equal(takes[1].number, 4);
    assert_int_equal(ton_takes_list(&takes, &n, arena, db, "c", NULL), TON_OK);
    assert_int_equal(n, 0);
    assert_int_equal(ton_marks_list(&marks, &n, arena, db, ids[1], NULL, NULL), TON_OK);
    assert_int_equal(n, 2);
    assert_int_equal(marks[0].at, 99);
    assert_int_equal(marks[0].kind, TON_MARK_XRUN);
    assert_int_equal(marks[0].take, ids[1]);
    assert_int_equal(marks[1].kind, TON_MARK_OVERLOAD);
    assert_int_equal(ton_marks_list(&marks, &n, arena, db, 0, "b", NULL), TON_OK);
    assert_int_equal(n, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(marks[i].at, 196 + 2 * i);
    assert_int_equal(ton_marks_list(&marks, &n, arena, db, 0, NULL, NULL), TON_OK);
    assert_int_equal(n, 5);
    int next;
    assert_int_equal(ton_take_next(&next, db, "b", "Kick", "none", NULL), TON_OK);
    assert_int_equal(next, 6);
    assert_int_equal(ton_take_next(&next, db, "b", "Snare", "none", NULL), TON_OK);
    assert_int_equal(next, 1);
    /* What a file of another track or session was called, this one's will not be. */
    static const char *const files[] = {"snare_07.wav", "snare_2_08.wav", "snare_9.wav", "snare"};
    for (int i = 0; i < 4; i++) {
        struct ton_take_row take = a_take("Old", 7 + i);
        take.session = "c";
        take.file = files[i];
        assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    }
    assert_int_equal(ton_take_next(&next, db, "b", "Snare", "snare", NULL), TON_OK);
    assert_int_equal(next, 8);
    assert_int_equal(ton_take_next(&next, db, "b", "Snare", "snare_2", NULL), TON_OK);
    assert_int_equal(next, 9);
    ton_database_close(db);
    ton_arena_destroy(arena);
}

/* What was finished under an older program had its clip, and a person may have taken it out. */
static void rows_of_an_older_program_are_carried_over(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    struct ton_take_row *rows;
    int n;
    for (int i = 0; i < 2; i++) {
        struct ton_take_row take = a_take("Kick", i + 1);
        take.frames = i == 0 ? 480 : -1;
        take.heard_to = 96000;
        take.pre_roll = 24000;
        assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    }
    ton_database_close(db);
    as_another(file(), "DROP TABLE checked_lines; DROP TABLE line_checks; DROP TABLE clips; DROP "
                       "INDEX takes_of_file; "
                       "ALTER TABLE takes DROP COLUMN inputs; "
                       "ALTER TABLE takes DROP COLUMN placed; "
                       "ALTER TABLE takes DROP COLUMN press; ALTER TABLE takes DROP COLUMN pass; "
                       "ALTER TABLE takes DROP COLUMN heard_to; PRAGMA user_version = 1");
    db = open_or_fail();
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, NULL, NULL), TON_OK);
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].frames, 480);
    assert_true(rows[0].placed);
    assert_int_equal(rows[1].frames, -1);
    assert_false(rows[1].placed);
    assert_int_equal(rows[1].heard_to, 0);
    assert_true(rows[1].press == 0 && rows[1].pass == 0);
    struct ton_clip_row *clips;
    assert_int_equal(ton_clips_list(&clips, &n, arena, db, rows[0].id, NULL), TON_OK);
    assert_int_equal(n, 0);
    assert_int_equal(ton_clips_list(&clips, &n, arena, db, rows[1].id, NULL), TON_OK);
    assert_int_equal(n, 1); /* from the button on, as long as the take */
    assert_true(clips->at == 24000 && clips->place == -1416000 && clips->frames == -1);
    struct ton_take_row take = a_take("Kick", 3);
    take.heard_to = 96000;
    take.press = 2;
    take.pass = 1;
    assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, NULL, NULL), TON_OK);
    assert_int_equal(rows[2].heard_to, 96000);
    assert_true(rows[2].press == 2 && rows[2].pass == 1);
    ton_database_close(db);
    ton_arena_destroy(arena);
}

static void a_clip_goes_on_until_its_end_is_known(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    struct ton_take_row take = a_take("Kick", 1);
    struct ton_err err = {0};
    struct ton_clip_row *clips;
    int n;
    assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    const struct ton_clip_row steps[] = {
        {take.id, 480, 96000, -1}, {take.id, 480, 96000, 4800}, {take.id, 9600, 0, -1}};
    for (int i = 0; i < 3; i++)
        assert_int_equal(ton_clip_note(db, &steps[i], NULL), TON_OK);
    assert_int_equal(ton_clips_list(&clips, &n, arena, db, take.id, NULL), TON_OK);
    assert_int_equal(n, 2);
    assert_memory_equal(clips, &steps[1], 2 * sizeof *clips);
    assert_int_equal(ton_clip_note(db, &(struct ton_clip_row){20, 0, 0, -1}, &err), TON_INPUT);
    assert_string_equal(err.text, "has no take 20");
    figure("%d clips of 3 changes", n);
    ton_database_close(db);
    ton_arena_destroy(arena);
}

static void a_take_ends_and_is_judged_and_one_that_is_not_there_is_told(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = open_or_fail();
    struct ton_take_row take = a_take("Kick", 1), *rows;
    struct ton_err err = {0};
    int n;
    assert_int_equal(ton_take_begin(db, &take, NULL), TON_OK);
    assert_int_equal(ton_take_end(db, take.id, 12345, NULL), TON_OK);
    assert_int_equal(ton_take_judge(db, take.id, TON_VERDICT_BAD, NULL), TON_OK);
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, NULL, NULL), TON_OK);
    assert_int_equal(rows->frames, 12345);
    assert_int_equal(rows->verdict, TON_VERDICT_BAD);
    assert_int_equal(ton_take_judge(db, take.id, TON_VERDICT_NONE, NULL), TON_OK);
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, NULL, NULL), TON_OK);
    assert_int_equal(rows->verdict, TON_VERDICT_NONE);
    assert_int_equal(ton_take_end(db, 17, 1, &err), TON_INPUT);
    assert_string_equal(err.text, "has no take 17");
    assert_false(rows->placed);
    assert_int_equal(ton_take_placed(db, take.id, NULL), TON_OK);
    assert_int_equal(ton_takes_list(&rows, &n, arena, db, NULL, NULL), TON_OK);
    assert_true(rows->placed);
    assert_int_equal(ton_take_placed(db, 16, &err), TON_INPUT);
    assert_string_equal(err.text, "has no take 16");
    assert_int_equal(ton_take_judge(db, 18, TON_VERDICT_BAD, &err), TON_INPUT);
    assert_string_equal(err.text, "has no take 18");
    struct ton_mark_row mark = {.session = "song", .take = 19};
    assert_int_equal(ton_mark_add(db, &mark, &err), TON_INPUT);
    assert_string_equal(err.text, "has no take 19");
    ton_database_close(db);
    ton_arena_destroy(arena);
}

int main(void) {
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, rig_open, rig_close)
    const struct CMUnitTest tests[] = {
        PROMISE(a_row_is_there_though_the_program_was_killed_the_moment_it_was_written),
        PROMISE(each_change_is_synced_before_it_returns),
        PROMISE(rows_of_one_moment_are_there_together_with_one_sync_or_not_at_all),
        PROMISE(texts_come_back_as_they_went_in),
        PROMISE(lists_have_what_was_asked_for_in_its_order),
        PROMISE(rows_of_an_older_program_are_carried_over),
        PROMISE(a_clip_goes_on_until_its_end_is_known),
        PROMISE(a_take_ends_and_is_judged_and_one_that_is_not_there_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
