/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An import is done as a whole or not at all, and takes keep out of each other's way. */
#include "import_rig.h"

#include "ton/takes.h"
#include "ton/text.h"

static void a_bad_file_changes_nothing_and_all_of_them_are_said(void **state) {
    struct rig *r = *state;
    const char *files[] = {rig_record(r, &(struct rig_recording){.file = "in/Kick.wav",
                                                                 .rate = 48000,
                                                                 .channels = 1,
                                                                 .frames = 480}),
                           rig_path(r, "in/broken.wav"), rig_path(r, "in/missing.wav")};
    rig_write(r, "in/broken.wav", "this is no sound");
    struct ton_import done;
    assert_int_equal(import(r, &done, NULL, files, 3), TON_INPUT);
    assert_int_equal(r->problems.n_errors, 2);
    assert_non_null(strstr(r->problems.items[0].where, "broken.wav"));
    assert_non_null(strstr(r->problems.items[1].where, "missing.wav"));
    assert_int_equal(rig_count(r, "p"), 1);
    const char *folder = rig_path(r, "in");
    assert_int_equal(import(r, &done, NULL, &folder, 1), TON_OK);
    assert_int_equal(done.n_skipped, 1);
    assert_non_null(strstr(done.skipped[0], "broken.wav"));
}

static void a_written_session_is_left_as_it_is(void **state) {
    struct rig *r = *state;
    rig_record(r, &(struct rig_recording){
                      .file = "in/Kick.wav", .rate = 48000, .channels = 1, .frames = 480});
    rig_write(r, "p/sessions/one.yaml", "mine");
    const char *folder = rig_path(r, "in");
    struct ton_import done;
    assert_int_equal(import(r, &done, "one", &folder, 1), TON_INPUT);
    assert_string_equal(rig_text(r, rig_path(r, "p/sessions/one.yaml")), "mine");
    assert_int_equal(import(r, &done, NULL, &folder, 1), TON_USAGE);
    assert_int_equal(import(r, &done, "../one", &folder, 1), TON_USAGE);
    assert_false(ton_path_exists(rig_path(r, "p/audio")));
}

static void the_same_take_is_used_again_and_another_gets_a_new_name(void **state) {
    struct rig *r = *state;
    struct rig_recording kick = {
        .file = "in/Kick.wav", .rate = 48000, .channels = 1, .frames = 480};
    const char *file = rig_record(r, &kick);
    struct ton_import done;
    assert_int_equal(import(r, &done, "one", &file, 1), TON_OK);
    assert_int_equal(import(r, &done, "two", &file, 1), TON_OK);
    assert_string_equal(done.files[0].take, "Kick.wav");
    assert_non_null(strstr(done.files[0].why, "was there already"));
    assert_int_equal(rig_count(r, "p/audio"), 1);
    kick.seed = 2;
    rig_record(r, &kick);
    assert_int_equal(import(r, &done, "three", &file, 1), TON_OK);
    assert_string_equal(done.files[0].take, "Kick-2.wav");
    assert_int_equal(rig_count(r, "p/audio"), 2);
    assert_non_null(strstr(rig_text(r, rig_path(r, "p/production.yaml")), "[one, two, three]"));
}

static const char *record(struct rig *r, const char *file, unsigned seed) {
    return rig_record(r,
                      &(struct rig_recording){
                          .file = file, .rate = 48000, .channels = 1, .frames = 480, .seed = seed});
}

static void two_hundred_files_are_two_hundred_tracks(void **state) {
    struct rig *r = *state;
    for (unsigned i = 0; i < 200; i++)
        record(r, ton_arena_printf(r->arena, "in/Mic %03u.wav", i), i);
    struct ton_import done;
    const struct ton_session *s = take_in(r, &done, rig_path(r, "in"));
    figure("%d files, %d tracks, %d takes", done.n, n_tracks(s), rig_count(r, "p/audio"));
    assert_int_equal(n_tracks(s), 200);
    assert_int_equal(rig_count(r, "p/audio"), 200);
    const char *folder = rig_path(r, "in");
    assert_int_equal(import(r, &done, "again", &folder, 1), TON_OK);
    assert_int_equal(rig_count(r, "p/audio"), 200);
}

static void one_name_in_two_folders_is_two_takes_also_in_other_letter_case(void **state) {
    struct rig *r = *state;
    const char *files[] = {record(r, "a/Kick.wav", 1), record(r, "b/Kick.wav", 2),
                           record(r, "c/kick.wav", 3), record(r, "d/KICK.WAV", 3)};
    static const char *const takes[] = {"Kick.wav", "Kick-2.wav", "kick-3.wav", "KICK-4.WAV"};
    static const char *const tracks[] = {"Kick", "Kick 2", "kick 3", "KICK 4"};
    struct ton_import done;
    for (int again = 0; again < 2; again++) {
        assert_int_equal(import(r, &done, again ? "two" : "one", files, 4), TON_OK);
        for (int i = 0; i < 4; i++) {
            assert_string_equal(done.files[i].take, takes[i]);
            assert_string_equal(done.files[i].track, tracks[i]);
        }
        assert_int_equal(n_tracks(rig_session(r, done.session)), 4);
        assert_int_equal(rig_count(r, "p/audio"), 4);
    }
    assert_int_equal(import(r, &done, "three", &files[2], 1), TON_OK);
    assert_string_equal(done.files[0].take, "kick-3.wav");
}

static void a_take_of_other_letter_case_is_the_same_take(void **state) {
    struct rig *r = *state;
    const char *files[] = {record(r, "a/Kick.wav", 1), record(r, "b/kick.wav", 1)};
    struct ton_import done;
    assert_int_equal(import(r, &done, "one", &files[0], 1), TON_OK);
    assert_int_equal(import(r, &done, "two", &files[1], 1), TON_OK);
    assert_string_equal(done.files[0].take, "Kick.wav");
    assert_int_equal(rig_count(r, "p/audio"), 1);
    assert_int_equal(n_tracks(rig_session(r, done.session)), 1);
}

static void a_file_given_twice_is_taken_once_and_folders_inside_are_said(void **state) {
    struct rig *r = *state;
    record(r, "in/Snare.wav", 2);
    record(r, "in/deeper/Tom.wav", 3);
    const char *files[] = {rig_path(r, "in"), record(r, "in/Kick.wav", 1),
                           rig_path(r, "in/../in/Kick.wav")};
    struct ton_import done;
    assert_int_equal(import(r, &done, NULL, files, 3), TON_OK);
    for (int i = 0; i < done.n_skipped; i++)
        figure("skipped %s", done.skipped[i]);
    assert_int_equal(done.n, 2);
    assert_int_equal(done.n_skipped, 3);
    assert_non_null(strstr(done.skipped[0], "deeper: is a folder"));
    assert_non_null(strstr(done.skipped[1], "Kick.wav: is given twice"));
}

/* Nothing half done: neither takes nor a session are there when one of both cannot be. */
static void what_does_not_work_out_leaves_nothing_behind(void **state) {
    struct rig *r = *state;
    const char *files[] = {record(r, "in/Kick.wav", 1), record(r, "in/Snare.wav", 2)};
    struct ton_import done;
    rig_write(r, "p/sessions", "in the way of the folder");
    assert_int_not_equal(import(r, &done, NULL, files, 2), TON_OK);
    figure("%s: %s", r->err.where, r->err.text);
    assert_int_equal(rig_count(r, "p/audio"), 0);
    remove(rig_path(r, "p/sessions"));
    /* A running order that cannot be added to: the session is not written either. */
    rig_write(r, "p/production.yaml", "tonmeister: 1\ntitle: &one one\nsessions: *one\n");
    assert_int_not_equal(import(r, &done, "other", files, 2), TON_OK);
    figure("%s: %s", r->err.where, r->err.text);
    assert_int_equal(rig_count(r, "p/audio"), 0);
    assert_false(ton_path_exists(rig_path(r, "p/sessions/other.yaml")));
}

static void a_rate_above_all_sessions_gives_one_that_reads(void **state) {
    struct rig *r = *state;
    rig_record(r, &(struct rig_recording){
                      .file = "in/Bat.wav", .rate = 768000, .channels = 1, .frames = 7680});
    struct ton_import done;
    take_in(r, &done, rig_path(r, "in"));
    assert_int_equal(done.rate, 384000);
}

/* A name that the production would not read afterwards is refused before anything is changed. */
static void a_session_is_named_as_the_production_wants_it(void **state) {
    struct rig *r = *state;
    struct ton_import out;
    const char *file = rig_record(
        r,
        &(struct rig_recording){.file = "in/a.wav", .rate = 48000, .channels = 1, .frames = 4800});
    assert_int_equal(import(r, &out, "foo.yaml", &file, 1), TON_INPUT);
    figure("%s", r->err.text);
    assert_non_null(strstr(r->err.text, "without .yaml"));
    assert_int_equal(rig_count(r, "p/sessions"), 0);
    assert_int_equal(rig_count(r, "p/audio"), 0);
    assert_null(strstr(rig_text(r, rig_path(r, "p/production.yaml")), "foo"));
}

/* 2000 zeros whose header says any rate. */
static const char *write_wav(struct rig *r, const char *name, uint32_t rate) {
    struct {
        char riff[4];
        uint32_t size;
        char wave_fmt[8];
        uint32_t fmt_size;
        uint16_t pcm, channels;
        uint32_t rate, bytes_per_second;
        uint16_t frame, bits;
        char data[4];
        uint32_t data_size;
        int16_t samples[2000];
    } wav = {"RIFF", 36 + 4000, "WAVEfmt ", 16, 1, 1, rate, 2 * rate, 2, 16, "data", 4000, {0}};
    const char *path = rig_path(r, name);
    assert_int_equal(ton_path_make_folders(ton_path_folder(r->arena, path), NULL), TON_OK);
    assert_int_equal(ton_path_write(path, &wav, sizeof wav, NULL), TON_OK);
    return path;
}

/* 1 Hz is what a wrong header says. It asked for gigabytes, and above a ratio it overflowed. */
static void a_take_that_cannot_be_resampled_is_told_at_its_place(void **state) {
    struct rig *r = *state;
    static const int rates[] = {1, 999, 1000, 1000000, 1000001};
    const struct ton_takes takes = ton_takes_from_files();
    struct ton_session *session = NULL;
    for (int i = 0; i < TON_N(rates); i++) {
        const bool good = rates[i] >= 1000 && rates[i] <= 1000000;
        const char *file = write_wav(r, "p/audio/odd.wav", (uint32_t)rates[i]);
        rig_write(r, "p/sessions/odd.yaml",
                  "tonmeister: 1\ntracks:\n  A: {clips: [{take: odd.wav, at: 0:00}]}\n");
        ton_problems_init(&r->problems, r->arena);
        const enum ton_code code = ton_session_read(
            &session, r->arena, rig_path(r, "p/sessions/odd.yaml"), &takes, &r->problems, &r->err);
        assert_int_equal(code, good ? TON_OK : TON_INPUT);
        assert_true(good || strstr(r->err.where, "odd.yaml:3:22"));
        figure("%d Hz: %s", rates[i], good ? "read" : r->err.text);
        struct ton_import done;
        assert_int_equal(import(r, &done, good ? NULL : "x", &file, 1), good ? TON_OK : TON_INPUT);
        remove(rig_path(r, "p/sessions/one.yaml"));
    }
}

/* Two that import at once would each write the running order that it has read. */
static void another_that_writes_the_production_is_waited_for(void **state) {
    struct rig *r = *state;
    struct ton_import done;
    const char *file = record(r, "in/Kick.wav", 1);
    assert_int_equal(import(r, &done, NULL, &file, 1), TON_OK);
    int lock;
    assert_int_equal(ton_production_lock(&lock, rig_path(r, "p"), &r->err), TON_OK);
    assert_int_equal(import(r, &done, "two", &file, 1), TON_ENVIRONMENT);
    figure("%s", r->err.text);
    assert_int_equal(rig_count(r, "p/sessions"), 1);
    assert_non_null(strstr(rig_text(r, rig_path(r, "p/production.yaml")), "[one]"));
    ton_production_unlock(&lock);
    assert_int_equal(import(r, &done, "two", &file, 1), TON_OK);
}

static void add_a_session_by_hand(void *user, const char *what, double part) {
    (void)part;
    if (ton_text_same(what, "copying takes"))
        rig_write(user, "p/production.yaml", "tonmeister: 1\ntitle: Test\nsessions: [one, mine]\n");
}

/* An editor takes no lock, and copying may take minutes. */
static void what_a_person_adds_while_takes_are_copied_stays(void **state) {
    struct rig *r = *state;
    const char *file = record(r, "in/Kick.wav", 1);
    rig_write(r, "p/production.yaml", "tonmeister: 1\ntitle: Test\nsessions: [one]\n");
    const struct ton_import_config config = {
        .folder = rig_path(r, "p"), .session = "two", .files = &file, .n_files = 1};
    const struct ton_progress progress = {.step = add_a_session_by_hand, .user = r};
    struct ton_import done = {0};
    if (ton_import(&done, r->arena, &config, &r->problems, &progress, &r->err))
        fail_msg("%s", r->err.text);
    const char *path = rig_path(r, "p/production.yaml");
    figure("%s", rig_text(r, path));
    assert_non_null(strstr(rig_text(r, path), "[one, mine, two]"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_RIG(a_take_that_cannot_be_resampled_is_told_at_its_place),
        WITH_RIG(another_that_writes_the_production_is_waited_for),
        WITH_RIG(what_a_person_adds_while_takes_are_copied_stays),
        WITH_RIG(a_session_is_named_as_the_production_wants_it),
        WITH_RIG(a_bad_file_changes_nothing_and_all_of_them_are_said),
        WITH_RIG(a_written_session_is_left_as_it_is),
        WITH_RIG(the_same_take_is_used_again_and_another_gets_a_new_name),
        WITH_RIG(two_hundred_files_are_two_hundred_tracks),
        WITH_RIG(one_name_in_two_folders_is_two_takes_also_in_other_letter_case),
        WITH_RIG(a_take_of_other_letter_case_is_the_same_take),
        WITH_RIG(a_file_given_twice_is_taken_once_and_folders_inside_are_said),
        WITH_RIG(what_does_not_work_out_leaves_nothing_behind),
        WITH_RIG(a_rate_above_all_sessions_gives_one_that_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
