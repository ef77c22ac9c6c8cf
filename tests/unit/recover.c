/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a crash left is placed as a stop would have placed it. The crash is a copy of the production
 * that is made while it is recorded; then the original is stopped, and the copy is recovered. */
#include "production_rig.h"

#include "ton/deck.h"
#include "ton/recover.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/wait.h>

enum { RATE = 48000 };

/* Laid out line by line: how long a clip's words are decides about no line. */
static const char SESSION[] = "tonmeister: 1\ntitle: P\nrate: 48 kHz\ntempo: 120 bpm\ntracks:\n"
                              "  Voice:\n    input: 1\n  Keys:\n    input: [3, 1]\n";

/* Begins to record into p/. */
static struct ton_deck *begin(struct rig *r, struct ton_deck_config config) {
    struct ton_deck *deck = NULL;
    rig_write(r, "p/production.yaml", "tonmeister: 1\ntitle: P\nsessions: [s]\n");
    rig_write(r, "p/sessions/s.yaml", SESSION);
    config.folder = rig_path(r, "p");
    config.session = rig_path(r, "p/sessions/s.yaml");
    config.backend = "null";
    config.speed = 1;
    config.records = true;
    config.bits = config.bits ? config.bits : 24;
    config.ring_s = 10;
    config.latency = 0;
    if (ton_deck_open(&deck, &config, &r->problems, &r->err))
        fail_msg("%s: %s", r->err.where, r->err.text);
    return deck;
}

static enum ton_code tick(struct rig *r, struct ton_deck *deck) {
    struct ton_deck_event event;
    ton_nap(2000000);
    const enum ton_code code = ton_deck_tick(deck, &r->err);
    while (ton_deck_event(deck, &event))
        if (event.kind == TON_DECK_WARNING && !strstr(event.text, " is silent"))
            fail_msg("%s", event.text);
    return code;
}

/* Until a take's file has that many frames of 24 bits on the disk, and its row is there. */
static void until_there(struct rig *r, struct ton_deck *deck, const char *file, int64_t frames) {
    const int64_t start = ton_clock_ns();
    while (ton_path_size(rig_path(r, file)) < 3 * frames) {
        assert_int_equal(tick(r, deck), TON_OK);
        assert_true(ton_clock_ns() - start < INT64_C(60000000000));
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(tick(r, deck), TON_OK);
}

static void crash(struct rig *r) {
    const char *command =
        ton_arena_printf(r->arena, "cp -a '%s' '%s'", rig_path(r, "p"), rig_path(r, "crash"));
    assert_int_equal(system(command), 0);
}

static void stop(struct rig *r, struct ton_deck *deck) {
    if (ton_deck_stop(deck, &r->err))
        fail_msg("%s: %s", r->err.where, r->err.text);
    ton_deck_close(deck);
}

/* It records until a file is so long. */
static void crash_at(struct rig *r, struct ton_deck *deck, const char *file, int64_t frames) {
    assert_int_equal(ton_deck_record(deck, &r->err), TON_OK);
    until_there(r, deck, file, frames);
    crash(r);
    stop(r, deck);
}

static int recover(struct rig *r, struct ton_recovered **out) {
    int n = 0;
    if (ton_recordings_recover(out, &n, r->arena, rig_path(r, "crash"), &r->err))
        fail_msg("%s: %s", r->err.where, r->err.text);
    for (int i = 0; i < n; i++)
        if ((*out)[i].why)
            fail_msg("%s: %s", (*out)[i].file, (*out)[i].why);
    return n;
}

/* A session's text; without the ends of clips, which come later when it is not a crash. */
static const char *text_of(struct rig *r, const char *production, bool ends) {
    char *text = ton_arena_text(r->arena, rig_text(r, rig_path(r, production)));
    char *out = text;
    for (const char *in = text; *in;) {
        if (!ends && strncmp(in, ", to: ", 6) == 0)
            in += 6 + strcspn(in + 6, ",}");
        else
            *out++ = *in++;
    }
    *out = '\0';
    return text;
}

static int times(const char *text, const char *what) {
    int n = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        n++;
    return n;
}

static void assert_same_clips(struct rig *r, bool ends, int clips) {
    const char *stopped = text_of(r, "p/sessions/s.yaml", ends);
    const char *recovered = text_of(r, "crash/sessions/s.yaml", ends);
    const int n = times(stopped, "take: ");
    figure("%d clips: %s", n, strstr(recovered, "tracks:"));
    assert_int_equal(n, clips);
    assert_string_equal(recovered, stopped);
}

/* Runs SQL on the crashed production's rows. */
static void change_rows(struct rig *r, const char *sql) {
    sqlite3 *db;
    assert_int_equal(sqlite3_open(rig_path(r, "crash/production.db"), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static int rows_of(struct rig *r, const char *production, struct ton_take_row **rows) {
    struct ton_database *db = NULL;
    int n = 0;
    assert_int_equal(ton_database_open(&db, rig_path(r, production), &r->err), TON_OK);
    assert_int_equal(ton_takes_list(rows, &n, r->arena, db, NULL, &r->err), TON_OK);
    ton_database_close(db);
    return n;
}

static void a_punch_is_heard_between_its_places(void **state) {
    struct rig *r = *state;
    struct ton_recovered *found;
    struct ton_deck *deck = begin(
        r, (struct ton_deck_config){.from = "0:00", .punch_in = "0:01.5", .punch_out = "0:01.75"});
    crash_at(r, deck, "p/audio/voice_01.wav", RATE + RATE / 2); /* in the handle behind it */
    change_rows(r, "UPDATE clips SET frames = NULL");           /* the end was not known yet */
    assert_int_equal(recover(r, &found), 2);
    assert_same_clips(r, true, 2);
}

static void the_last_whole_pass_of_a_loop_is_heard(void **state) {
    struct rig *r = *state;
    struct ton_recovered *found;
    struct ton_deck *deck =
        begin(r, (struct ton_deck_config){.from = "0:01", .to = "0:02", .loop = true});
    crash_at(r, deck, "p/audio/voice_03.wav", RATE / 4);
    assert_int_equal(recover(r, &found), 6);
    assert_same_clips(r, false, 6);
}

static void what_was_kept_from_before_the_button_stays_before_the_clip(void **state) {
    struct rig *r = *state;
    struct ton_recovered *found;
    struct ton_deck *deck =
        begin(r, (struct ton_deck_config){.standby = true, .pre_roll_s = 30, .from = "0:02"});
    for (int i = 0; i < 100; i++)
        assert_int_equal(tick(r, deck), TON_OK);
    crash_at(r, deck, "p/audio/voice_01.wav", RATE / 2);
    assert_int_equal(recover(r, &found), 2);
    assert_same_clips(r, false, 2);
    assert_non_null(strstr(rig_text(r, rig_path(r, "crash/sessions/s.yaml")), "from: "));
}

static void a_take_whose_place_leapt_is_as_many_clips(void **state) {
    struct rig *r = *state;
    struct ton_recovered *found;
    struct ton_deck *deck = begin(r, (struct ton_deck_config){.standby = true});
    crash_at(r, deck, "p/audio/keys_01.wav", 2 * RATE);
    change_rows(r, "DELETE FROM clips; INSERT INTO clips "
                   "SELECT id, 0, -4800, 14400 FROM takes UNION "
                   "SELECT id, 19200, 96000, 9600 FROM takes UNION "
                   "SELECT id, 28800, 0, NULL FROM takes UNION "
                   "SELECT id, 99999999, 0, NULL FROM takes"); /* of what the disk never saw */
    assert_int_equal(recover(r, &found), 2);
    const char *text = text_of(r, "crash/sessions/s.yaml", true);
    figure("%s", strstr(text, "tracks:"));
    assert_int_equal(times(text, "take: voice_01.wav"), 3);
    assert_non_null(strstr(text, "at: 2|1, from: 0:00.400, to: 0:00.600"));
    assert_int_equal(found[0].place, -4800);
}

/* A row that the crash left out comes from the file's own words. */
static void compare_rows(const struct ton_take_row *is, const struct ton_take_row *was) {
    assert_string_equal(is->session, was->session);
    assert_string_equal(is->track, was->track);
    assert_string_equal(is->file, was->file);
    assert_string_equal(is->began, was->began);
    assert_string_equal(is->scene, was->scene);
    assert_string_equal(is->note, was->note);
    assert_int_equal(is->number, was->number);
    assert_int_equal(is->press, was->press);
    assert_int_equal(is->pass, was->pass);
    assert_int_equal(is->rate, was->rate);
    assert_int_equal(is->channels, was->channels);
    assert_int_equal(is->place, was->place);
    assert_int_equal(is->pre_roll, was->pre_roll);
    assert_int_equal(is->heard_to, was->heard_to);
    assert_true(is->placed && is->frames > 0);
}

static void takes_without_a_row_get_one_and_stand_where_they_were_played(void **state) {
    struct rig *r = *state;
    const struct ton_deck_config ways[] = {
        {.from = "0:01", .to = "0:02", .loop = true, .timecode = "10:00:00:00"},
        {.from = "0:00", .punch_in = "0:01.5", .punch_out = "0:01.75"},
        {.standby = true, .pre_roll_s = 30, .from = "0:02", .poly = true},
    };
    static const char *const last[] = {"p/audio/voice_02.wav", "p/audio/voice_01.wav",
                                       "p/audio/s_01.wav"};
    static const int64_t frames[] = {RATE / 2, RATE + RATE / 2, RATE};
    static const int clips[] = {4, 2, 2};
    for (int i = 0; i < 3; i++) {
        struct ton_recovered *found;
        struct ton_take_row *is, *was;
        struct ton_deck_config config = ways[i];
        config.scene = "12A & <3>";
        config.note = "close";
        struct ton_deck *deck = begin(r, config);
        for (int k = 0; k < 50; k++)
            assert_int_equal(tick(r, deck), TON_OK);
        crash_at(r, deck, last[i], frames[i]);
        change_rows(r, "DELETE FROM clips; DELETE FROM marks; DELETE FROM takes");
        const int n = recover(r, &found);
        const int n_is = rows_of(r, "crash", &is), n_was = rows_of(r, "p", &was);
        assert_int_equal(n, n_is);
        assert_true(n_was >= n && n > 0);
        for (int k = 0; k < n; k++) {
            int same = 0;
            while (!ton_text_same(was[same].file, is[k].file))
                same++;
            compare_rows(&is[k], &was[same]);
            assert_true(found[k].orphan);
        }
        assert_same_clips(r, false, clips[i]);
        nftw(rig_path(r, "crash"), rig_remove, 8, FTW_DEPTH | FTW_PHYS);
        nftw(rig_path(r, "p"), rig_remove, 8, FTW_DEPTH | FTW_PHYS);
    }
}

/* What else lies in audio/, and is nobody's to complete. */
static void what_is_not_ours_or_is_being_written_is_left_as_it_is(void **state) {
    struct rig *r = *state;
    struct ton_recovered *found;
    struct ton_take_row *rows;
    struct ton_deck *deck = begin(r, (struct ton_deck_config){.standby = true});
    crash_at(r, deck, "p/audio/keys_01.wav", RATE / 2);
    change_rows(r, "DELETE FROM clips; DELETE FROM marks; DELETE FROM takes");
    rig_record(r, &(struct rig_recording){.file = "crash/audio/voice_02.wav",
                                          .rate = RATE,
                                          .channels = 1,
                                          .frames = 100,
                                          .bext = true,
                                          .date = "2026-11-29"});
    const char *shell =
        ton_arena_printf(r->arena,
                         "cd '%s' && cp voice_01.wav copy.wav && cp voice_01.wav voice_9.wav && "
                         "cp voice_01.wav keys_07.wav && ln -s voice_01.wav voice_03.wav && "
                         "sed 's/<PROJECT>s</<PROJECT>t</' voice_01.wav >voice_1.wav && "
                         "rm voice_01.wav && mv voice_1.wav voice_01.wav && touch -d 2020-01-01 *",
                         rig_path(r, "crash/audio"));
    assert_int_equal(system(shell), 0);
    const int held = open(rig_path(r, "crash/audio/keys_01.wav"), O_RDONLY);
    assert_int_equal(flock(held, LOCK_EX | LOCK_NB), 0);
    const char *before = rig_text(r, rig_path(r, "crash/sessions/s.yaml"));
    assert_int_equal(recover(r, &found), 0);
    assert_int_equal(rows_of(r, "crash", &rows), 0);
    assert_string_equal(rig_text(r, rig_path(r, "crash/sessions/s.yaml")), before);
    const char *list = "test -z \"$(find '%s' -type f -newermt 2020-01-02)\"";
    assert_int_equal(system(ton_arena_printf(r->arena, list, rig_path(r, "crash/audio"))), 0);
    close(held); /* whoever held it is no more */
    assert_int_equal(recover(r, &found), 1);
    figure("%d files, %s alone was found", rig_count(r, "crash/audio"), found->file);
    assert_string_equal(found->file, "keys_01.wav");
}

static void forget_rows(struct rig *r) {
    unlink(rig_path(r, "crash/production.db"));
    unlink(rig_path(r, "crash/production.db-wal"));
    unlink(rig_path(r, "crash/production.db-shm"));
}

/* Files say themselves whose they are; the first call finds all, and one that finds nothing leaves
 * nothing. */
static void takes_are_found_without_a_database_too(void **state) {
    struct rig *r = *state;
    struct ton_recovered *found;
    struct ton_take_row *rows;
    struct ton_deck *deck = begin(r, (struct ton_deck_config){.standby = true});
    crash_at(r, deck, "p/audio/keys_01.wav", RATE / 2);
    forget_rows(r);
    assert_int_equal(recover(r, &found), 2);
    assert_same_clips(r, false, 2);
    assert_int_equal(recover(r, &found), 0);
    assert_int_equal(rows_of(r, "crash", &rows), 2);
    forget_rows(r);
    assert_int_equal(recover(r, &found), 2); /* rows; their clips are there */
    assert_same_clips(r, false, 2);
    forget_rows(r);
    assert_int_equal(system(ton_arena_printf(r->arena, "rm '%s'*", rig_path(r, "crash/audio/"))),
                     0);
    assert_int_equal(recover(r, &found), 0);
    assert_false(ton_path_exists(rig_path(r, "crash/production.db")));
}

/* The crash was before what the session plays there now: `later` is another take of the production,
 * of which a row and a clip are made. */
static const char *recover_beneath(struct rig *r, const char *began, const char *clip,
                                   struct ton_recovered **found) {
    struct ton_deck *deck = begin(r, (struct ton_deck_config){.standby = true});
    crash_at(r, deck, "p/audio/keys_01.wav", RATE / 2);
    change_rows(r, ton_arena_printf(r->arena,
                                    "INSERT INTO takes (session, track, number, file, began, rate, "
                                    "channels, place, pre_roll, frames, placed) SELECT session, "
                                    "track, 2, 'voice_02.wav', '%s', rate, 1, 0, 0, 4800, 1 "
                                    "FROM takes WHERE track = 'Voice'",
                                    began));
    rig_write(r, "crash/sessions/s.yaml",
              ton_arena_printf(r->arena,
                               "tonmeister: 1\nrate: 48 kHz\ntracks:\n  Voice:\n    clips:\n"
                               "      - %s\n  Keys:\n    input: [3, 1]\n",
                               clip));
    rig_record(
        r, &(struct rig_recording){
               .file = "crash/audio/voice_02.wav", .rate = RATE, .channels = 1, .frames = 4800});
    assert_int_equal(recover(r, found), 2);
    const char *text = rig_text(r, rig_path(r, "crash/sessions/s.yaml"));
    for (int i = 0; i < 2; i++)
        figure("%s: heard %d, beneath %s, %s gave way", (*found)[i].file, (*found)[i].heard,
               (*found)[i].beneath, (*found)[i].gave_way);
    nftw(rig_path(r, "crash"), rig_remove, 8, FTW_DEPTH | FTW_PHYS);
    nftw(rig_path(r, "p"), rig_remove, 8, FTW_DEPTH | FTW_PHYS);
    return text;
}

static void what_was_recorded_after_the_crash_stays_heard(void **state) {
    struct rig *r = *state;
    struct ton_recovered *found;
    /* A newer one: untouched, and only the track where it lies is muted. */
    const char *text =
        recover_beneath(r, "9999-01-01T00:00:00Z", "{take: voice_02.wav, at: 0:00.100}", &found);
    const struct ton_recovered *voice = &found[ton_text_same(found[1].track, "Voice")];
    const struct ton_recovered *keys = &found[voice == found];
    assert_non_null(strstr(text, "{take: voice_02.wav, at: 0:00.100}"));
    assert_string_equal(voice->beneath, "voice_02.wav");
    assert_true(voice->placed && !voice->heard && !voice->gave_way);
    assert_true(keys->placed && keys->heard && !keys->beneath);
    assert_int_equal(times(text, "mute: yes"), 1);
    /* An older one gives way, as when it had been stopped. */
    text = recover_beneath(r, "2001-01-01T00:00:00Z", "{take: voice_02.wav, at: 0:00.100}", &found);
    voice = &found[ton_text_same(found[1].track, "Voice")];
    assert_string_equal(voice->gave_way, "voice_02.wav is muted");
    assert_true(voice->heard && !voice->beneath);
    /* A newer one that is not heard, or elsewhere, is no reason. */
    text = recover_beneath(r, "9999-01-01T00:00:00Z",
                           "{take: voice_02.wav, at: 0:00.100, mute: yes}", &found);
    assert_true(found[0].heard && found[1].heard);
    text = recover_beneath(r, "9999-01-01T00:00:00Z", "{take: voice_02.wav, at: 9:00}", &found);
    assert_true(found[0].heard && found[1].heard);
    assert_int_equal(times(text, "mute: yes"), 0);
}

/* A session in which one pass of a loop was chosen, and the others taken out. */
static const char CHOSEN[] = "{take: voice_01.wav, at: 0:01}";
static void choose(struct rig *r) {
    rig_write(r, "crash/sessions/s.yaml",
              ton_arena_printf(r->arena,
                               "tonmeister: 1\nrate: 48 kHz\ntracks:\n  Voice:\n    clips:\n"
                               "      - %s\n  Keys:\n    input: [3, 1]\n",
                               CHOSEN));
}

/* One that was made after the passes. */
static void make_younger_database(struct rig *r) {
    struct ton_database *db = NULL;
    struct ton_take_row row = {.session = "s",
                               .track = "Other",
                               .file = "other_01.wav",
                               .number = 1,
                               .began = "9999-01-01T00:00:00Z",
                               .inputs = "1",
                               .rate = RATE,
                               .channels = 1};
    assert_int_equal(ton_database_open(&db, rig_path(r, "crash"), &r->err), TON_OK);
    assert_int_equal(ton_take_begin(db, &row, &r->err), TON_OK);
    assert_int_equal(ton_take_placed(db, row.id, &r->err), TON_OK);
    ton_database_close(db);
}

/* Their rows are made, and their clips have to wait. */
static void recover_in_vain(struct rig *r) {
    struct ton_recovered *found;
    int n = 0;
    rig_write(r, "crash/sessions/s.yaml", "tonmeister: 1\ntracks: [\n");
    assert_int_equal(ton_recordings_recover(&found, &n, r->arena, rig_path(r, "crash"), &r->err),
                     TON_OK);
    assert_int_equal(n, 6);
    assert_non_null(found[0].why);
}

/* Without the database that knew it nobody can say that a person took a clip out. */
static void what_no_database_knew_pushes_nothing_aside(void **state) {
    static void (*const before[])(struct rig *) = {NULL, make_younger_database, recover_in_vain};
    struct rig *r = *state;
    struct ton_recovered *found;
    struct ton_deck *deck =
        begin(r, (struct ton_deck_config){.from = "0:01", .to = "0:02", .loop = true});
    crash_at(r, deck, "p/audio/voice_03.wav", RATE / 4);
    for (int way = 0; way < 3; way++) {
        forget_rows(r);
        if (before[way])
            before[way](r);
        choose(r);
        assert_int_equal(recover(r, &found), 6);
        const char *text = rig_text(r, rig_path(r, "crash/sessions/s.yaml"));
        assert_non_null(strstr(text, CHOSEN));
        int heard = 0;
        for (int i = 0; i < 6; i++) {
            assert_null(found[i].gave_way);
            assert_null(found[i].beneath);
            assert_true(!found[i].heard || ton_text_same(found[i].track, "Keys"));
            heard += found[i].heard;
        }
        figure("%d of 6 are heard", heard);
        assert_int_equal(heard, 1); /* nothing plays there: as a stop would have it */
        assert_int_equal(times(text, "take: "), 6);
        assert_int_equal(times(text, "mute: yes"), 4);
    }
}

static void a_row_that_cannot_be_keeps_no_other_take_from_its_place(void **state) {
    struct rig *r = *state;
    struct ton_recovered *found;
    int n = 0;
    struct ton_deck *deck = begin(r, (struct ton_deck_config){.standby = true});
    crash_at(r, deck, "p/audio/keys_01.wav", RATE / 2);
    change_rows(r, "UPDATE takes SET channels = 2147483647 WHERE id = 1");
    if (ton_recordings_recover(&found, &n, r->arena, rig_path(r, "crash"), &r->err))
        fail_msg("%s: %s", r->err.where, r->err.text);
    assert_int_equal(n, 2);
    figure("%s", found[0].why);
    assert_non_null(strstr(found[0].why, "2147483647 channels"));
    assert_true(!found[0].placed && found[1].placed && !found[1].why);
}

/* Whatever memory is refused, it is told, and the next try does all of it. */
static void every_want_of_memory_is_told_and_harms_nothing(void **state) {
    struct rig *r = *state;
    struct ton_recovered *found;
    struct ton_deck *deck = begin(
        r, (struct ton_deck_config){.from = "0:01", .to = "0:02", .loop = true, .poly = true});
    crash_at(r, deck, "p/audio/s_02.wav", RATE / 2);
    change_rows(r, "DELETE FROM clips WHERE take = 2; DELETE FROM takes WHERE id = 2");
    int told = 0;
    bool failed = true;
    for (long own = 1; failed; own += own < 200 ? 1 : 17) {
        struct ton_err err = {0};
        struct ton_arena *arena = ton_arena_create();
        int n = 0;
        ton_alloc_fail_after(own);
        failed = ton_recordings_recover(&found, &n, arena, rig_path(r, "crash"), &err) != TON_OK;
        ton_alloc_fail_after(-1);
        if (failed && err.code != TON_MEMORY)
            fail_msg("request %ld: %s", own, err.text);
        told += failed;
        ton_arena_destroy(arena);
    }
    figure("%d requests refused, all told", told);
    assert_true(told > 50);
    assert_same_clips(r, false, 4);
}

int main(void) {
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        PROMISE(a_punch_is_heard_between_its_places),
        PROMISE(the_last_whole_pass_of_a_loop_is_heard),
        PROMISE(what_was_kept_from_before_the_button_stays_before_the_clip),
        PROMISE(a_take_whose_place_leapt_is_as_many_clips),
        PROMISE(takes_without_a_row_get_one_and_stand_where_they_were_played),
        PROMISE(what_is_not_ours_or_is_being_written_is_left_as_it_is),
        PROMISE(takes_are_found_without_a_database_too),
        PROMISE(what_was_recorded_after_the_crash_stays_heard),
        PROMISE(what_no_database_knew_pushes_nothing_aside),
        PROMISE(a_row_that_cannot_be_keeps_no_other_take_from_its_place),
        PROMISE(every_want_of_memory_is_told_and_harms_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
