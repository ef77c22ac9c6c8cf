/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings in a session's text: where each word goes, and that everything else stays as it was.
 */
#include "place_stage.h"

#define WORDS "{take: kick_01.wav, at: 0:01}"

static void a_clip_comes_last_in_the_style_of_its_list(void **state) {
    struct stage *s = *state;
    becomes(s, HEAD "tracks:\n  Kick:\n    clips: [{take: bass.wav}]   # one\n    gain: -3 dB\n",
            CLIP(.at = 48000),
            HEAD "tracks:\n  Kick:\n    clips: [{take: bass.wav}, " WORDS
                 "]   # one\n    gain: -3 dB\n");
    becomes(s,
            HEAD "tracks:\n  Kick:\n    clips:\n      # the first\n      - {take: bass.wav}   # a\n"
                 "      - take: bass.wav\n        at: 0:05\n    # below\n    gain: -3 dB\n",
            CLIP(.at = 48000),
            HEAD "tracks:\n  Kick:\n    clips:\n      # the first\n      - {take: bass.wav}   # a\n"
                 "      - take: bass.wav\n        at: 0:05\n      - " WORDS
                 "\n    # below\n    gain: -3 dB\n");
    becomes(s, HEAD "tracks: {Kick: {clips: [{take: bass.wav}]}}", CLIP(.at = 48000),
            HEAD "tracks: {Kick: {clips: [{take: bass.wav}, " WORDS "]}}");
    becomes(s, HEAD "tracks:\n  Kick:\n    clips: []\n", CLIP(.at = 48000),
            HEAD "tracks:\n  Kick:\n    clips: [" WORDS "]\n");
    becomes(s,
            HEAD "tracks:\n  Kick:\n    clips: [\n      {take: bass.wav},   # a\n"
                 "      {take: bass.wav, at: 0:05}   # b\n    ]\n",
            CLIP(.at = 48000),
            HEAD "tracks:\n  Kick:\n    clips: [\n      {take: bass.wav},   # a\n"
                 "      {take: bass.wav, at: 0:05},   # b\n      " WORDS "\n    ]\n");
    becomes(s, "tonmeister: 1\r\ntracks:\r\n  Kick:\r\n    clips:\r\n    - {take: bass.wav}\r\n",
            CLIP(.at = 48000),
            "tonmeister: 1\r\ntracks:\r\n  Kick:\r\n    clips:\r\n    - {take: bass.wav}\r\n"
            "    - " WORDS "\r\n");
}

/* Where the line is longer than a hundred columns then. */
static void a_list_that_was_written_on_one_line_gets_lines_when_it_is_too_long(void **state) {
    struct stage *s = *state;
#define FIRST "{take: bass.wav, at: 0:05.500, gain: -12.5 dB}"
    becomes(s, HEAD "tracks:\n  Kick:\n    clips: [" FIRST "]\n", CLIP(.at = 48000),
            HEAD "tracks:\n  Kick:\n    clips: [" FIRST ", " WORDS "]\n");
    becomes(s, HEAD "tracks:\n  Kick:\n    clips: [" FIRST "]   # one\n    gain: -3 dB\n",
            LANE(.at = 48000),
            HEAD "tracks:\n  Kick:\n    clips:   # one\n      - " FIRST
                 "\n      - {take: kick_01.wav, at: 0:01, mute: yes}\n    gain: -3 dB\n");
    becomes(s, HEAD "tracks:\n    Kick: {gain: 0 dB, clips: [" FIRST "]}\n    Bass: {}\n",
            LANE(.at = 48000),
            HEAD "tracks:\n    Kick:\n      gain: 0 dB\n      clips:\n        - " FIRST
                 "\n        - {take: kick_01.wav, at: 0:01, mute: yes}\n    Bass: {}\n");
    becomes(s, HEAD "tracks:\n  Kick:\n    clips: [" FIRST ", &a {take: left.wav}, *a]\n",
            CLIP(.at = 48000),
            HEAD "tracks:\n  Kick:\n    clips: [" FIRST ", &a {take: left.wav}, *a, " WORDS "]\n");
    becomes(s, HEAD "tracks: {Kick: {clips: [" FIRST "]}}\n", LANE(.at = 48000),
            HEAD "tracks: {Kick: {clips: [" FIRST
                 ", {take: kick_01.wav, at: 0:01, mute: yes}]}}\n");
}

static void what_is_missing_is_made(void **state) {
    struct stage *s = *state;
    static const char *const two[] = {"1", "system:capture_2"}, *const one[] = {"a port: 7"};
    becomes(s, HEAD "tracks:\n  Kick:\n    gain: -3 dB   # quiet\n\nbuses: {}\n", CLIP(.at = 48000),
            HEAD "tracks:\n  Kick:\n    gain: -3 dB   # quiet\n    clips:\n      - " WORDS
                 "\n\nbuses: {}\n");
    becomes(s, HEAD "tracks:\n  Kick:\n    clips:   # none\n    gain: -3 dB\n", CLIP(.at = 48000),
            HEAD "tracks:\n  Kick:\n    clips:   # none\n      - " WORDS "\n    gain: -3 dB\n");
    becomes(s, HEAD "tracks:\n  Kick:   # soon\n  Bass:\n", CLIP(.at = 48000),
            HEAD "tracks:\n  Kick:   # soon\n    clips:\n      - " WORDS "\n  Bass:\n");
    becomes(s, HEAD "tracks: {Kick: , Bass: {gain: 0 dB}}\n", CLIP(.at = 48000),
            HEAD "tracks: {Kick: {clips: [" WORDS "]} , Bass: {gain: 0 dB}}\n");
    becomes(s, HEAD "tracks:\n  Bass:\n    gain: 0 dB\n\n# end\n",
            CLIP(.at = 48000, .inputs = two, .n_inputs = 2),
            HEAD "tracks:\n  Bass:\n    gain: 0 dB\n  Kick:\n    input: [1, system:capture_2]\n"
                 "    clips:\n      - " WORDS "\n\n# end\n");
    becomes(s, HEAD "tracks:\n    Bass:\n        gain: 0 dB\nbuses:\n",
            CLIP(.at = 48000, .inputs = one, .n_inputs = 1),
            HEAD "tracks:\n    Bass:\n        gain: 0 dB\n    Kick:\n"
                 "        input: \"a port: 7\"\n        clips:\n            - " WORDS "\nbuses:\n");
    becomes(s, HEAD "tracks: {Bass: {}}\n", CLIP(.at = 48000, .inputs = two, .n_inputs = 1),
            HEAD "tracks: {Bass: {}, Kick: {input: 1, clips: [" WORDS "]}}\n");
    becomes(s, HEAD "tracks: {}\n", CLIP(.at = 48000),
            HEAD "tracks: {Kick: {clips: [" WORDS "]}}\n");
    becomes(s, HEAD "title: X", CLIP(.at = 48000, .inputs = two, .n_inputs = 1),
            HEAD "title: X\ntracks:\n  Kick:\n    input: 1\n    clips:\n      - " WORDS "");
    becomes(s, "tonmeister: 1\r\n", CLIP(.at = 48000),
            "tonmeister: 1\r\ntracks:\r\n  Kick:\r\n    clips:\r\n      - " WORDS "\r\n");
    becomes(s, HEAD "tracks:   # none yet\nbuses: {}\n",
            CLIP(.at = 48000, .track = "Lead: \"A\" # 1"),
            HEAD "tracks:   # none yet\n  \"Lead: \\\"A\\\" # 1\":\n    clips:\n      - " WORDS
                 "\nbuses: {}\n");
    becomes(s, "{tonmeister: 1, title: X}", CLIP(.at = 48000),
            "{tonmeister: 1, title: X, tracks: {Kick: {clips: [" WORDS "]}}}");
}

static void a_session_that_begins_is_one_and_takes_tracks(void **state) {
    struct stage *s = *state;
    const char *text = ton_session_begin(s->arena, "night-train", 44100, 96.5);
    assert_string_equal(text, "tonmeister: 1\ntitle: Night Train\nrate: 44.1 kHz\n"
                              "tempo: 96.5 bpm\n\ntracks:\n");
    becomes(s, ton_session_begin(s->arena, "7: \"x\"", 48000, 0), CLIP(.at = 48000),
            "tonmeister: 1\ntitle: \"7: \\\"x\\\"\"\nrate: 48 kHz\n"
            "# tempo: 120 bpm    # without the # and with the right number, bars count: at: 17|1\n"
            "\ntracks:\n  Kick:\n    clips:\n      - " WORDS "\n");
}

/* The placing becomes a clip with these words. */
static void says(struct stage *s, const char *keys, const struct ton_placing *placing,
                 const char *words) {
    const char *text = place(s, ton_arena_printf(s->arena, HEAD "%s\ntracks:\n", keys), placing, 1);
    if (!text)
        fail_msg("%s", s->err.text);
    const char *clip = strstr(text, "{take");
    assert_non_null(clip);
    assert_string_equal(clip, ton_arena_printf(s->arena, "%s\n", words));
}

static void times_are_written_as_the_session_writes_them_and_to_the_sample(void **state) {
    struct stage *s = *state;
    says(s, "", CLIP(.at = 0), "{take: kick_01.wav, at: 0:00}");
    says(s, "", CLIP(.at = 62 * 48000 + 24000), "{take: kick_01.wav, at: 1:02.500}");
    says(s, "", CLIP(.at = 48001), "{take: kick_01.wav, at: 48001 samples}");
    says(s, "rate: 44.1 kHz", CLIP(.at = 44100 / 2), "{take: kick_01.wav, at: 0:00.500}");
    says(s, "rate: 44.1 kHz", CLIP(.at = 100), "{take: kick_01.wav, at: 100 samples}");
    says(s, "", CLIP(.at = 48000, .from = 480, .frames = 48000 * 2),
         "{take: kick_01.wav, at: 0:01, from: 0:00.010, to: 0:02.010}");
    says(s, "", CLIP(.at = 48000, .from = 1, .frames = 47999),
         "{take: kick_01.wav, at: 0:01, from: 1 samples, to: 0:01}");
    says(s, "tempo: 120 bpm", CLIP(.at = 0), "{take: kick_01.wav, at: 1|1}");
    says(s, "tempo: 120 bpm", CLIP(.at = 48000 * 5, .from = 48000),
         "{take: kick_01.wav, at: 3|3, from: 0:01}");
    says(s, "tempo: 120 bpm", CLIP(.at = 12000), "{take: kick_01.wav, at: 1|1|480}");
    says(s, "tempo: 120 bpm", CLIP(.at = 25), "{take: kick_01.wav, at: 25 samples}");
    says(s, "tempo: 97 bpm", CLIP(.at = 29691), "{take: kick_01.wav, at: 1|2}");
    says(s, "tempo: 97 bpm", CLIP(.at = 29690), "{take: kick_01.wav, at: 29690 samples}");
    says(s, "tempo: 97 bpm\nmeter: 7/8", CLIP(.at = 207835), "{take: kick_01.wav, at: 2|1}");
    says(s, "", LANE(.at = 48000, .channel = 3, .take = "poly48.wav"),
         "{take: poly48.wav, at: 0:01, channel: 3, mute: yes}");
    says(s, "", LANE(.at = 48000, .channel = 3, .channel_right = 4, .take = "poly48.wav"),
         "{take: poly48.wav, at: 0:01, channel: [3, 4], mute: yes}");
    becomes(s, HEAD "tempo: 120 bpm\ntracks: {Kick: {clips: [{take: bass.wav, at: 0:10}]}}\n",
            CLIP(.at = 48000),
            HEAD "tempo: 120 bpm\ntracks: {Kick: {clips: [{take: bass.wav, at: 0:10}, " WORDS
                 "]}}\n");
}

static void what_lies_before_the_start_is_left_out(void **state) {
    struct stage *s = *state;
    says(s, "", CLIP(.at = -48000, .from = 48000), "{take: kick_01.wav, at: 0:00, from: 0:02}");
    says(s, "", CLIP(.at = -48000, .frames = 96000),
         "{take: kick_01.wav, at: 0:00, from: 0:01, to: 0:02}");
    assert_int_equal(s->problems.n, 0);
    says(s, "", CLIP(.at = -48000, .frames = 48000),
         "{take: kick_01.wav, at: 0:00, to: 0:01, mute: yes}");
    assert_int_equal(s->problems.n, 1);
}

/* Every sample where it was asked for, at odd places and tempos. */
static void what_is_read_again_is_what_was_placed(void **state) {
    struct stage *s = *state;
    uint64_t seed = 88172645463325252u;
    enum { CASES = 300 };
    for (int i = 0; i < CASES; i++) {
        uint64_t r[4];
        for (int k = 0; k < 4; k++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            r[k] = seed;
        }
        const int rates[] = {44100, 48000, 96000};
        const int rate = rates[r[0] % 3];
        const char *text = ton_arena_printf(s->arena, HEAD "rate: %g kHz\n%s%d%s\ntracks:\n",
                                            rate / 1000.0, r[0] & 64 ? "tempo: " : "# ",
                                            (int)(40 + r[1] % 200), r[0] & 64 ? ".37 bpm" : "");
        struct ton_placing placing = *CLIP(.at = (int64_t)(r[2] % 40000000), .take = "stereo48.wav",
                                           .from = (int64_t)(r[3] % 1000000));
        placing.frames = i % 3 ? (int64_t)(1 + r[1] % 1000000) : 0;
        if (i % 4 == 0)
            placing.at -= placing.at % 12000;
        const char *out = place(s, text, &placing, 1);
        if (!out)
            fail_msg("%s %s", text, s->err.text);
        assert_int_equal(stage_parse(s, out, strlen(out)), TON_OK);
        const struct ton_clip *clip = &stage_strip(s->session, "Kick")->clips[0];
        assert_int_equal(clip->at, placing.at);
        assert_int_equal(clip->from, placing.from);
        if (placing.frames)
            assert_int_equal(clip->frames, placing.frames);
    }
    figure("%d placings, each to the sample", CASES);
}

static void what_cannot_be_written_is_said_with_the_clip(void **state) {
    struct stage *s = *state;
    static const struct {
        const char *text, *track, *says;
    } cases[] = {
        {HEAD "tracks: {Kick: {clips: [{take: none.wav}]}}\n", "Kick", "none.wav"},
        {HEAD "tracks: [\n", "Kick", ""},
        {HEAD "buses: {Drums: {}}\n", "Drums", "is a bus"},
        {HEAD "tracks:\n  A: {clips: &c [{take: bass.wav}]}\n  Kick: {clips: *c}\n", "Kick",
         "alias"},
        {HEAD "tracks:\n  A: &a {clips: [{take: bass.wav}]}\n  Kick: *a\n", "Kick", "alias"},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        const char *const tracks[] = {"New", cases[i].track};
        assert_null(place(s, cases[i].text, CLIP(.at = 48000, .track = cases[i].track), 1));
        if (!strstr(s->err.text, cases[i].says))
            fail_msg("`%s` does not say `%s`", s->err.text, cases[i].says);
        figure("%s", s->err.text);
        /* Which is known before anything is recorded. */
        ton_problems_init(&s->problems, s->arena);
        assert_int_equal(ton_session_can_place(s->arena, session_path(s), cases[i].text,
                                               strlen(cases[i].text), &stage_reader, tracks, 2,
                                               &s->problems, &s->err),
                         TON_INPUT);
        if (!strstr(s->err.text, cases[i].says))
            fail_msg("`%s` does not say `%s`", s->err.text, cases[i].says);
    }
    static const char zero[] = HEAD "tracks: {Kick: {}}\n\0# cut off";
    char *out;
    assert_int_equal(ton_session_place(&out, s->arena, session_path(s), zero, sizeof zero - 1,
                                       &stage_reader, CLIP(.track = "Kick", .take = "bass.wav"), 1,
                                       &s->problems, &s->err),
                     TON_INPUT);
    figure("%s", s->err.text);
    static const char good[] = HEAD "tracks: {Kick: {clips: [{take: bass.wav}]}}\n";
    const char *const tracks[] = {"New", "Kick"};
    assert_int_equal(ton_session_can_place(s->arena, session_path(s), good, strlen(good),
                                           &stage_reader, tracks, 2, &s->problems, &s->err),
                     TON_OK);
}

static void an_arrangement_is_refused_before_and_gets_lanes_after(void **state) {
    struct stage *s = *state;
    static const char text[] =
        HEAD "sections: {a: {from: 0:00, to: 0:02}, b: {from: 0:02, to: 0:04}}"
             "\narrangement: [b, a]\ntracks:\n";
    const char *const tracks[] = {"Kick"};
    assert_int_equal(ton_session_can_place(s->arena, session_path(s), text, strlen(text),
                                           &stage_reader, tracks, 1, &s->problems, &s->err),
                     TON_INPUT);
    assert_non_null(strstr(s->err.text, "`arrangement`"));
    figure("%s", s->err.text);
    becomes(s, text, CLIP(.at = 48000),
            ton_arena_printf(
                s->arena,
                "%s  Kick:\n    clips:\n      - {take: kick_01.wav, at: 0:01, mute: yes}\n", text));
    assert_int_equal(s->problems.n, 1);
    figure("%s", s->problems.items[0].text);
}

static void files_are_called_after_their_tracks(void **state) {
    struct stage *s = *state;
    static const struct {
        const char *track, *stem;
    } cases[] = {
        {"Kick", "kick"},
        {"Kick (In)", "kick_in"},
        {"Lead Vocal 2", "lead_vocal_2"},
        {"../../etc/passwd", "etc_passwd"},
        {".hidden", "hidden"},
        {"-rf *", "rf"},
        {"", "track"},
        {"???", "track"},
        {"a/b\\c:d\n", "a_b_c_d"},
        {"Überschlag „Ü“", "Überschlag_Ü"},
        {"東京 1", "東京_1"},
        {"\xF0\x9F\xA5\x81 Drum\xF0\x9F\xA5\x81kit", "drum_kit"},
        {"left\xE2\x80\xAEright", "left_right"}, /* what turns the direction of writing */
        {"bad\xFF\xC3", "bad"},
        {"v1.2-b_c", "v1.2-b_c"},
    };
    char stem[TON_STEM_SIZE], name[400];
    for (int i = 0; i < TON_N(cases); i++) {
        ton_take_stem(stem, cases[i].track);
        assert_string_equal(stem, cases[i].stem);
    }
    for (int n = 0; n < 200; n++) { /* cut between letters */
        snprintf(
            name, sizeof name, "%.*s%s", n,
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "ééé東");
        ton_take_stem(stem, name);
        assert_true(strlen(stem) <= 80);
        for (size_t at = 0, k; stem[at]; at += k)
            assert_true((k = ton_utf8_length(stem + at, strlen(stem + at))) > 0);
    }
    memset(name, 'x', 200);
    name[200] = '\0';
    const char *const tracks[] = {"Kick", "kick", "KICK!", "kick_2", "Snare", name, name, ""};
    const char *stems[TON_N(tracks)];
    assert_true(ton_take_stems(stems, s->arena, tracks, TON_N(tracks)));
    assert_string_equal(stems[0], "kick");
    assert_string_equal(stems[1], "kick_2");
    assert_string_equal(stems[2], "kick_3");
    assert_string_equal(stems[3], "kick_2_2");
    assert_int_equal(strlen(stems[5]), 80);
    assert_int_equal(strlen(stems[6]), 80);
    assert_true(ton_text_ends(stems[6], "x_2"));
}

static void every_single_failed_allocation_is_survived(void **state) {
    (void)state;
    static const char text[] = HEAD "tempo: 96 bpm\ntracks: {Kick: {clips: [{take: bass.wav}]}}\n";
    long n = 1;
    for (;; n++) {
        struct ton_arena *arena = ton_arena_create();
        struct ton_problems problems;
        struct ton_err err = {0};
        const char *path = ton_arena_printf(arena, "%s/sessions/test.yaml", stage_folder());
        char *out = NULL;
        struct ton_placing placings[] = {{.track = "Kick",
                                          .take = "kick_01.wav",
                                          .at = 96000,
                                          .frames = 96000,
                                          .heard = true,
                                          .replaces = true,
                                          .crossfade_ms = 10},
                                         {.track = "New", .take = "bass.wav"}};
        ton_problems_init(&problems, arena);
        ton_alloc_fail_after(n);
        const enum ton_code code = ton_session_place(&out, arena, path, text, strlen(text),
                                                     &stage_reader, placings, 2, &problems, &err);
        ton_alloc_fail_after(-1);
        if (code && code != TON_MEMORY)
            fail_msg("allocation %ld: %s", n, err.text);
        assert_true((code == TON_OK) == (out != NULL));
        ton_arena_destroy(arena);
        if (code == TON_OK)
            break;
    }
    figure("%ld allocations, each failed once", n - 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PROMISE(a_clip_comes_last_in_the_style_of_its_list),
        PROMISE(a_list_that_was_written_on_one_line_gets_lines_when_it_is_too_long),
        PROMISE(what_is_missing_is_made),
        PROMISE(a_session_that_begins_is_one_and_takes_tracks),
        PROMISE(times_are_written_as_the_session_writes_them_and_to_the_sample),
        PROMISE(what_lies_before_the_start_is_left_out),
        PROMISE(what_is_read_again_is_what_was_placed),
        PROMISE(what_cannot_be_written_is_said_with_the_clip),
        PROMISE(an_arrangement_is_refused_before_and_gets_lanes_after),
        PROMISE(files_are_called_after_their_tracks),
        PROMISE(every_single_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
