/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings become a session: starts, pairs, sides, channels, roles; all or nothing. */

#include "production_rig.h"

#include "ton/import.h"
#include "ton/text.h"

static enum ton_code import(struct rig *r, struct ton_import *out, const char *session,
                            const char *const *files, int n) {
    if (!ton_path_exists(rig_path(r, "p/production.yaml")))
        rig_write(r, "p/production.yaml", "tonmeister: 1\ntitle: Test\nsessions: [one]\n");
    const struct ton_import_config config = {
        .folder = rig_path(r, "p"), .session = session, .files = files, .n_files = n};
    ton_problems_init(&r->problems, r->arena);
    *out = (struct ton_import){0};
    return ton_import(out, r->arena, &config, &r->problems, NULL, &r->err);
}

/* Imports what must be good, and reads the session that it wrote. */
static struct ton_session *take_in(struct rig *r, struct ton_import *out, const char *what) {
    if (import(r, out, NULL, &what, 1))
        fail_msg("%s %s", r->err.where, r->err.text);
    return rig_session(r, out->session);
}

static const struct ton_imported *of_file(const struct ton_import *import, const char *file) {
    for (int i = 0; i < import->n; i++)
        if (strcmp(ton_path_name(import->files[i].file), file) == 0)
            return &import->files[i];
    fail_msg("%s was not imported", file);
    return NULL;
}

static const struct ton_strip *track_of(const struct ton_session *s, const char *name) {
    const int at = ton_session_find_strip(s, name);
    if (at < 0)
        fail_msg("there is no track `%s`", name);
    return &s->strips[at];
}

static int n_tracks(const struct ton_session *s) {
    int n = 0;
    for (int i = 0; i < s->n_strips; i++)
        n += !s->strips[i].is_bus;
    return n;
}

static void time_references_place_takes_exactly(void **state) {
    struct rig *r = *state;
    enum { HOUR = 3600, TEN = 10 * HOUR };
    rig_record(r, &(struct rig_recording){.file = "in/Boom.wav",
                                          .rate = 48000,
                                          .channels = 1,
                                          .frames = 4800,
                                          .bext = true,
                                          .time = 48000LL * TEN + 7});
    rig_record(r, &(struct rig_recording){.file = "in/Lav.wav",
                                          .rate = 48000,
                                          .channels = 1,
                                          .frames = 4800,
                                          .bext = true,
                                          .time = 48000LL * TEN + 7 + 12345});
    rig_record(r, &(struct rig_recording){.file = "in/Camera.wav",
                                          .rate = 44100,
                                          .channels = 1,
                                          .frames = 4410,
                                          .bext = true,
                                          .time = 44100LL * (TEN + 2)});
    rig_record(r, &(struct rig_recording){
                      .file = "in/Slate.wav", .rate = 48000, .channels = 1, .frames = 480});
    struct ton_import done;
    const struct ton_session *s = take_in(r, &done, rig_path(r, "in"));
    figure("at %lld, %lld, %lld and %lld frames of 48 kHz",
           (long long)of_file(&done, "Boom.wav")->at, (long long)of_file(&done, "Lav.wav")->at,
           (long long)of_file(&done, "Camera.wav")->at, (long long)of_file(&done, "Slate.wav")->at);
    assert_int_equal(done.rate, 48000);
    assert_int_equal(of_file(&done, "Boom.wav")->at, 0);
    assert_int_equal(of_file(&done, "Lav.wav")->at, 12345);
    assert_int_equal(of_file(&done, "Camera.wav")->at, 96000 - 7);
    assert_int_equal(of_file(&done, "Slate.wav")->at, 0);
    assert_int_equal(track_of(s, "Lav")->clips[0].at, 12345);
    assert_int_equal(track_of(s, "Camera")->clips[0].at, 96000 - 7);
    assert_non_null(strstr(done.notes[0], "files without one start at 0"));
    assert_non_null(strstr(of_file(&done, "Camera.wav")->why, "44.1 kHz, resampled to 48 kHz"));
}

static void left_and_right_become_one_track(void **state) {
    struct rig *r = *state;
    static const char *const files[] = {
        "in/OH_L.wav",     "in/OH_R.wav",   "in/ORTF_Left_Nave.wav", "in/ORTF_Right_Nave.wav",
        "in/Room L.wav",   "in/Kick_1.wav", "in/Kick_2.wav",         "in/Choir L 1.wav",
        "in/Choir R 2.wav"};
    for (int i = 0; i < TON_N(files); i++)
        rig_record(r, &(struct rig_recording){.file = files[i],
                                              .rate = 48000,
                                              .channels = 1,
                                              .frames = 480,
                                              .seed = (unsigned)i});
    struct ton_import done;
    const struct ton_session *s = take_in(r, &done, rig_path(r, "in"));
    figure("%d files, %d tracks (7)", done.n, n_tracks(s));
    assert_int_equal(n_tracks(s), 7);
    const struct ton_clip *overheads = &track_of(s, "OH")->clips[0];
    assert_string_equal(s->takes[overheads->take].name, "OH_L.wav");
    assert_string_equal(s->takes[overheads->take_right].name, "OH_R.wav");
    const struct ton_clip *nave = &track_of(s, "ORTF Nave")->clips[0];
    assert_string_equal(s->takes[nave->take].name, "ORTF_Left_Nave.wav");
    assert_string_equal(s->takes[nave->take_right].name, "ORTF_Right_Nave.wav");
    assert_int_equal(track_of(s, "Room L")->clips[0].take_right, -1);
    assert_int_equal(track_of(s, "Kick 1")->clips[0].take_right, -1);
    assert_int_equal(track_of(s, "Kick 2")->clips[0].take_right, -1);
    assert_int_equal(track_of(s, "Choir L 1")->clips[0].take_right, -1);
    assert_string_equal(of_file(&done, "OH_R.wav")->track, "OH");
    assert_non_null(strstr(of_file(&done, "Room L.wav")->why, "the other was not found"));
}

static void sides_of_other_lengths_or_starts_are_no_pair(void **state) {
    struct rig *r = *state;
    rig_record(r, &(struct rig_recording){
                      .file = "in/A_L.wav", .rate = 48000, .channels = 1, .frames = 480});
    rig_record(r, &(struct rig_recording){
                      .file = "in/A_R.wav", .rate = 48000, .channels = 1, .frames = 481});
    rig_record(r, &(struct rig_recording){.file = "in/B_L.wav",
                                          .rate = 48000,
                                          .channels = 1,
                                          .frames = 480,
                                          .bext = true,
                                          .time = 100});
    rig_record(r, &(struct rig_recording){.file = "in/B_R.wav",
                                          .rate = 48000,
                                          .channels = 1,
                                          .frames = 480,
                                          .bext = true,
                                          .time = 101});
    struct ton_import done;
    assert_int_equal(n_tracks(take_in(r, &done, rig_path(r, "in"))), 4);
}

static void mono_in_stereo_is_used_as_mono(void **state) {
    struct rig *r = *state;
    rig_record(
        r,
        &(struct rig_recording){
            .file = "in/Bass.wav", .rate = 48000, .channels = 2, .frames = 20000, .equal = true});
    rig_record(r, &(struct rig_recording){
                      .file = "in/Keys.wav", .rate = 48000, .channels = 2, .frames = 20000});
    struct ton_import done;
    const struct ton_session *s = take_in(r, &done, rig_path(r, "in"));
    assert_int_equal(track_of(s, "Bass")->clips[0].channel, TON_CHANNEL_LEFT);
    assert_int_equal(track_of(s, "Keys")->clips[0].channel, TON_CHANNEL_BOTH);
    assert_non_null(strstr(of_file(&done, "Bass.wav")->why, "used as mono"));
    assert_non_null(strstr(rig_text(r, done.session), "\n# tempo: 120 bpm "));
    assert_int_equal(of_file(&done, "Bass.wav")->channels, 2);
}

static void a_recording_of_many_channels_becomes_a_track_for_each(void **state) {
    struct rig *r = *state;
    rig_record(r, &(struct rig_recording){.file = "in/A101.wav",
                                          .rate = 48000,
                                          .channels = 4,
                                          .frames = 480,
                                          .bext = true,
                                          .description = "sTAKE=1\r\nsTRK1=Boom\r\n"
                                                         "sTRK2=Host Lav \r\nsTRK4=Boom\r\n"});
    rig_record(r, &(struct rig_recording){
                      .file = "in/Choir.wav", .rate = 48000, .channels = 3, .frames = 480});
    struct ton_import done;
    const struct ton_session *s = take_in(r, &done, rig_path(r, "in"));
    static const char *const names[] = {"Boom",    "Host Lav", "A101 3", "Boom 2",
                                        "Choir 1", "Choir 2",  "Choir 3"};
    assert_int_equal(n_tracks(s), TON_N(names));
    for (int i = 0; i < TON_N(names); i++) {
        const struct ton_clip *clip = &track_of(s, names[i])->clips[0];
        figure("%s: channel %d of %s", names[i], clip->channel - TON_CHANNEL_FIRST + 1,
               s->takes[clip->take].name);
        assert_int_equal(clip->channel, TON_CHANNEL_FIRST + (i < 4 ? i : i - 4));
    }
    assert_string_equal(track_of(s, "Host Lav")->role, "speech.host");
    assert_string_equal(track_of(s, "Choir 2")->role, "vocals.choir");
    assert_int_equal(rig_count(r, "p/audio"), 2);
    assert_non_null(strstr(of_file(&done, "A101.wav")->why, "4 channels: a track of each"));
}

static void odd_file_names_give_a_session_that_reads(void **state) {
    struct rig *r = *state;
    static const char *const files[] = {"in/Gr\366\337e.wav",       "in/Kick: #1 \"hot\".wav",
                                        "in/-6 dB pad.wav",         "in/\xf0\x9f\xa5\x81 Snare.wav",
                                        "in/it's {OH} [L], *x.wav", "in/yes.wav"};
    for (int i = 0; i < TON_N(files); i++)
        rig_record(r, &(struct rig_recording){
                          .file = files[i], .rate = 48000, .channels = 1, .frames = 480});
    struct ton_import done;
    const struct ton_session *s = take_in(r, &done, rig_path(r, "in"));
    assert_int_equal(n_tracks(s), TON_N(files));
    assert_string_equal(s->takes[track_of(s, "Größe")->clips[0].take].name, "Größe.wav");
    track_of(s, "Kick: #1 \"hot\"");
    assert_string_equal(track_of(s, "🥁 Snare")->role, "drums.snare");
}

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

/* Roles of a folder of real recordings. */
struct expected {
    const char *file, *role;
};

static void assert_roles(struct rig *r, const char *folder, const struct expected *rows, int n,
                         int tracks) {
    const char *data = test_data();
    if (!data)
        skip_because("the real recordings are not here");
    struct ton_import done;
    const struct ton_session *s =
        take_in(r, &done, ton_arena_printf(r->arena, "%s/multitrack/%s", data, folder));
    int wrong = 0;
    for (int i = 0; i < n; i++) {
        const char *role = of_file(&done, rows[i].file)->role;
        if (ton_text_same(role, rows[i].role))
            continue;
        wrong++;
        figure("%s: %s, expected %s", rows[i].file, role ? role : "none",
               rows[i].role ? rows[i].role : "none");
    }
    figure("%s: %d files, %d tracks, %d roles wrong, %d skipped", folder, done.n, n_tracks(s),
           wrong, done.n_skipped);
    assert_int_equal(wrong, 0);
    assert_int_equal(n_tracks(s), tracks);
}

static void a_song_gets_its_roles(void **state) {
    static const struct expected rows[] = {
        {"alt-hats.flac", "drums.hihat"},      {"bgvox-alt.flac", "vocals.backing"},
        {"bgvox-main.flac", "vocals.backing"}, {"garage-beat.flac", "drums.loop"},
        {"kick.flac", "drums.kick"},           {"master-reference-minus6dB.flac", "reference"},
        {"minilogue-synth.flac", "synths"},    {"vox-lead.flac", "vocals.lead"}};
    assert_roles(*state, "caesium", rows, TON_N(rows), 15);
}

static void drums_get_their_roles_and_pairs(void **state) {
    static const struct expected rows[] = {{"ambl.flac", "ambience"},
                                           {"hihat.flac", "drums.hihat"},
                                           {"kdruml.flac", "drums.kick"},
                                           {"ohl.flac", "drums.overheads"},
                                           {"ohr.flac", "drums.overheads"},
                                           {"rider.flac", "drums.cymbals"},
                                           {"snare-bottom.flac", "drums.snare"},
                                           {"snare-top.flac", "drums.snare"},
                                           {"tom4.flac", "drums.toms"},
                                           {"trigger.flac", "drums.trigger"}};
    assert_roles(*state, "drums-multimic-funk138", rows, TON_N(rows), 12);
}

static void a_podcast_gets_its_roles(void **state) {
    static const struct expected rows[] = {{"guest-a.flac", "speech.guest"},
                                           {"guest-b.flac", "speech.guest"},
                                           {"host.flac", "speech.host"}};
    assert_roles(*state, "podcast-3-speakers", rows, TON_N(rows), 3);
}

static void a_choir_has_its_main_pair_joined(void **state) {
    static const struct expected rows[] = {
        {"audio_ORTF_L_Song1_MAMAINES.flac", "ambience.main pair"},
        {"S1_Song1_MAMAINES.flac", NULL}};
    assert_roles(*state, "choir-multivox", rows, TON_N(rows), 7);
}

static void recordings_of_one_take_on_location_lie_where_they_were(void **state) {
    struct rig *r = *state;
    const char *data = test_data();
    if (!data)
        skip_because("the real recordings are not here");
    static const char *const names[] = {"sounddevices__A101_1_1.WAV", "sounddevices__A101_1_2.WAV",
                                        "sounddevices__A101_3.WAV", "protools__PT_A101_4.A1.wav"};
    static const int64_t since_midnight[] = {2190940753, 2190940753, 2191661476, 2191709524};
    const char *files[TON_N(names)];
    for (int i = 0; i < TON_N(names); i++)
        files[i] = ton_arena_printf(r->arena, "%s/bwf/%s", data, names[i]);
    struct ton_import done;
    if (import(r, &done, NULL, files, TON_N(names)))
        fail_msg("%s %s", r->err.where, r->err.text);
    for (int i = 0; i < TON_N(names); i++) {
        figure("%s at %lld", names[i], (long long)done.files[i].at);
        assert_int_equal(done.files[i].at, since_midnight[i] - since_midnight[0]);
    }
    rig_session(r, done.session);
}

static void an_atmos_bed_becomes_twelve_tracks(void **state) {
    struct rig *r = *state;
    const char *data = test_data();
    if (!data)
        skip_because("the real recordings are not here");
    struct ton_import done;
    const struct ton_session *s = take_in(
        r, &done,
        ton_arena_printf(r->arena, "%s/bwf/nuendo__wavinfo_Test_Project_-_Audio_-_Atmos_7.1.4.wav",
                         data));
    assert_int_equal(n_tracks(s), 12);
    assert_int_equal(s->strips[11].clips[0].channel, TON_CHANNEL_FIRST + 11);
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_RIG(time_references_place_takes_exactly),
        WITH_RIG(left_and_right_become_one_track),
        WITH_RIG(sides_of_other_lengths_or_starts_are_no_pair),
        WITH_RIG(mono_in_stereo_is_used_as_mono),
        WITH_RIG(a_recording_of_many_channels_becomes_a_track_for_each),
        WITH_RIG(odd_file_names_give_a_session_that_reads),
        WITH_RIG(a_bad_file_changes_nothing_and_all_of_them_are_said),
        WITH_RIG(a_written_session_is_left_as_it_is),
        WITH_RIG(the_same_take_is_used_again_and_another_gets_a_new_name),
        WITH_RIG(a_song_gets_its_roles),
        WITH_RIG(drums_get_their_roles_and_pairs),
        WITH_RIG(a_podcast_gets_its_roles),
        WITH_RIG(a_choir_has_its_main_pair_joined),
        WITH_RIG(recordings_of_one_take_on_location_lie_where_they_were),
        WITH_RIG(an_atmos_bed_becomes_twelve_tracks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
