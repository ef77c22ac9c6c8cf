/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings become a session: starts, pairs, sides, channels, roles. */

#include "import_rig.h"

#include "ton/text.h"

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

static void a_time_reference_of_0_beside_times_of_day_is_none(void **state) {
    struct rig *r = *state;
    enum { ELEVEN = 11 * 3600 };
    struct rig_recording one = {
        .rate = 48000, .channels = 1, .frames = 480, .bext = true, .file = "in/Boom.wav"};
    one.time = 48000LL * ELEVEN;
    rig_record(r, &one);
    one.file = "in/Lav.wav";
    one.time += 4800;
    rig_record(r, &one);
    one.file = "in/Bounce.wav";
    one.time = 0;
    rig_record(r, &one);
    struct ton_import done;
    take_in(r, &done, rig_path(r, "in"));
    assert_int_equal(of_file(&done, "Boom.wav")->at, 0);
    assert_int_equal(of_file(&done, "Lav.wav")->at, 4800);
    assert_int_equal(of_file(&done, "Bounce.wav")->at, 0);
    assert_non_null(strstr(done.notes[0], "1 time reference of 0 beside times of day"));
}

/* What was played before the button stands before the start of the timeline, and before midnight.
 */
static void own_takes_begin_where_they_were_recorded(void **state) {
    struct rig *r = *state;
    enum { DAY = 24 * 3600, HOUR = 3600, PRE_ROLL = 278357 };
    const char *const names[] = {"V"};
    const int inputs[] = {1};
    const struct ton_ixml ixml = {
        .take = 1, .press = 1, .tracks = "V", .names = names, .inputs = inputs};
    struct rig_recording one = {.rate = 48000, .channels = 1, .frames = 480, .bext = true};
    one.date = "2026-11-30"; /* all of them */
    one.ixml = &ixml;
    one.file = "in/First.wav";
    rig_record(r, &one);
    one.file = "in/Early.wav";
    one.time = 48000LL * DAY - PRE_ROLL;
    rig_record(r, &one);
    one.file = "in/Late.wav";
    one.time = 48000LL * 2 * HOUR;
    rig_record(r, &one);
    struct ton_import done;
    take_in(r, &done, rig_path(r, "in"));
    figure("%lld frames of pre-roll, %lld", (long long)of_file(&done, "First.wav")->at,
           (long long)of_file(&done, "Late.wav")->at);
    assert_int_equal(of_file(&done, "Early.wav")->at, 0);
    assert_int_equal(of_file(&done, "First.wav")->at, PRE_ROLL);
    assert_int_equal(of_file(&done, "Late.wav")->at, PRE_ROLL + 48000 * 2 * HOUR);
}

/* Two takes, of which the later ends up `second - first` seconds behind the other. */
static int64_t behind(struct rig *r, const char *first_date, const char *second_date) {
    enum { BEFORE = 23 * 3600 + 59 * 60 + 50, AFTER = 30 };
    struct rig_recording one = {
        .rate = 48000, .channels = 1, .frames = 480, .bext = true, .file = "in/Late.wav"};
    one.time = 48000LL * BEFORE;
    one.date = first_date;
    rig_record(r, &one);
    one.file = "in/Later.wav";
    one.rate = 44100;
    one.time = 44100LL * AFTER;
    one.date = second_date;
    rig_record(r, &one);
    static int n = 0;
    struct ton_import done;
    char name[16];
    snprintf(name, sizeof name, "night %d", n++);
    const char *const in = rig_path(r, "in");
    if (import(r, &done, name, &in, 1))
        fail_msg("%s", r->err.text);
    const int64_t apart = of_file(&done, "Later.wav")->at - of_file(&done, "Late.wav")->at;
    figure("23:59:50 on %s, 0:00:30 on %s: %.1f s later: %s", first_date ? first_date : "no date",
           second_date ? second_date : "no date", (double)apart / done.rate, done.notes[0]);
    return apart / done.rate;
}

static void a_recording_that_runs_over_midnight_stays_together(void **state) {
    struct rig *r = *state;
    assert_int_equal(behind(r, "2026-05-01", "2026-05-02"), 40);
    assert_int_equal(behind(r, NULL, NULL), 40);
    /* Night and evening of one day lie as far apart as they say. */
    assert_int_equal(behind(r, "2026-05-01", "2026-05-01"), 30 - (24 * 3600 - 10));
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

/* A letter at the end of a word is a side when both files are there, else seldom. */
static void letters_that_only_end_a_word_are_no_sides(void **state) {
    struct rig *r = *state;
    static const struct {
        const char *file, *why;
    } rows[] = {{"in/Vocal.wav", NULL},
                {"in/Pedal Steel.wav", NULL},
                {"in/LV dbl.wav", NULL},
                {"in/Gtr.wav", NULL},
                {"in/Snr.wav", NULL},
                {"in/Floor.wav", NULL},
                {"in/choir.wav", NULL},
                {"in/choil.wav", NULL},
                {"in/kdruml.wav", NULL},
                {"in/rider.wav", NULL},
                {"in/trigger.wav", NULL},
                {"in/cabl.wav", "left side of a pair"},
                {"in/cabr.wav", "right side of a pair"},
                {"in/toml.wav", "left side of a pair"},
                {"in/tomr.wav", "right side of a pair"},
                {"in/ohl.wav", "named as a left side"},
                {"in/ambr.wav", "named as a right side"},
                {"in/Hall R.wav", "named as a right side"},
                {"in/PianoLeft.wav", "named as a left side"}};
    for (int i = 0; i < TON_N(rows); i++)
        rig_record(r, &(struct rig_recording){.file = rows[i].file,
                                              .rate = 48000,
                                              .channels = 1,
                                              .frames = 480,
                                              .seed = (unsigned)i});
    struct ton_import done;
    assert_int_equal(n_tracks(take_in(r, &done, rig_path(r, "in"))), TON_N(rows) - 2);
    for (int i = 0; i < TON_N(rows); i++) {
        const char *why = of_file(&done, ton_path_name(rows[i].file))->why;
        const char *side = strstr(why, " side");
        if (rows[i].why ? !strstr(why, rows[i].why) : side != NULL)
            fail_msg("%s: %s", rows[i].file, why);
    }
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
    assert_string_equal(of_file(&done, "A101.wav")->role, "speech.boom, speech.host");
    assert_string_equal(of_file(&done, "Choir.wav")->role, "vocals.choir");
}

/* Real recorders: Boom Recorder, a Sound Devices 633, and Pro Tools passing its names on. */
static void recorders_name_their_tracks(void **state) {
    struct rig *r = *state;
    const char *data = test_data();
    if (!data)
        skip_because("the real recordings are not here");
    static const struct {
        const char *file, *tracks[2];
    } cases[] = {
        {"metacorder__Sr001-2C-01_02.WAV", {"Lav Georgie", NULL}},
        {"sounddevices__A101_1_2.WAV", {"Boom", NULL}},
        {"sounddevices__A101_1_1.WAV", {"sounddevices A101 1 1", NULL}}, /* no known word */
        {"sounddevices__A101_3.WAV", {"MKH516 A", "Boom"}},
        {"protools__PT_A101_4.A1.wav", {"MKH516 A", "Boom"}},
        {"nuendo__wavinfo_Test_Project_-_Audio_-_Stereo.wav",
         {"nuendo wavinfo Test Project - Audio - Stereo", NULL}},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        const char *file = ton_arena_printf(r->arena, "%s/bwf/%s", data, cases[i].file);
        struct ton_import done;
        if (import(r, &done, ton_arena_printf(r->arena, "s%d", i), &file, 1))
            fail_msg("%s %s", r->err.where, r->err.text);
        const struct ton_session *s = rig_session(r, done.session);
        assert_int_equal(n_tracks(s), cases[i].tracks[1] ? 2 : 1);
        for (int c = 0; c < n_tracks(s); c++) {
            const struct ton_clip *clip = &track_of(s, cases[i].tracks[c])->clips[0];
            figure("%s: %s", cases[i].file, cases[i].tracks[c]);
            if (cases[i].tracks[1])
                assert_int_equal(clip->channel, TON_CHANNEL_FIRST + c);
        }
    }
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

/* Roles of a folder of real recordings. */
struct expected {
    const char *file, *role;
};

static void assert_roles(struct rig *r, const char *folder, const struct expected *rows, int n,
                         int tracks) {
    struct ton_import done;
    const struct ton_session *s =
        take_in(r, &done, ton_arena_printf(r->arena, "%s/multitrack/%s", test_data(), folder));
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
    if (!test_data())
        skip_because("the real recordings are not here");
    static const struct expected rows[] = {
        {"alt-hats.flac", "drums.hihat"},      {"bgvox-alt.flac", "vocals.backing"},
        {"bgvox-main.flac", "vocals.backing"}, {"garage-beat.flac", "drums.loop"},
        {"kick.flac", "drums.kick"},           {"master-reference-minus6dB.flac", "reference"},
        {"minilogue-synth.flac", "synths"},    {"vox-lead.flac", "vocals.lead"}};
    assert_roles(*state, "caesium", rows, TON_N(rows), 15);
}

static void drums_get_their_roles_and_pairs(void **state) {
    if (!test_data())
        skip_because("the real recordings are not here");
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
    if (!test_data())
        skip_because("the real recordings are not here");
    static const struct expected rows[] = {{"guest-a.flac", "speech.guest"},
                                           {"guest-b.flac", "speech.guest"},
                                           {"host.flac", "speech.host"}};
    assert_roles(*state, "podcast-3-speakers", rows, TON_N(rows), 3);
}

static void a_choir_has_its_main_pair_joined(void **state) {
    if (!test_data())
        skip_because("the real recordings are not here");
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

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_RIG(time_references_place_takes_exactly),
        WITH_RIG(a_time_reference_of_0_beside_times_of_day_is_none),
        WITH_RIG(own_takes_begin_where_they_were_recorded),
        WITH_RIG(a_recording_that_runs_over_midnight_stays_together),
        WITH_RIG(left_and_right_become_one_track),
        WITH_RIG(sides_of_other_lengths_or_starts_are_no_pair),
        WITH_RIG(letters_that_only_end_a_word_are_no_sides),
        WITH_RIG(mono_in_stereo_is_used_as_mono),
        WITH_RIG(a_recording_of_many_channels_becomes_a_track_for_each),
        WITH_RIG(recorders_name_their_tracks),
        WITH_RIG(odd_file_names_give_a_session_that_reads),
        WITH_RIG(a_song_gets_its_roles),
        WITH_RIG(drums_get_their_roles_and_pairs),
        WITH_RIG(a_podcast_gets_its_roles),
        WITH_RIG(a_choir_has_its_main_pair_joined),
        WITH_RIG(recordings_of_one_take_on_location_lie_where_they_were),
        WITH_RIG(an_atmos_bed_becomes_twelve_tracks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
