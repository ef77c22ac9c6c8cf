/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings in a session's text: where each word goes, what is heard then, and that everything
 * else stays as it was. */
#include "session_stage.h"

#include "ton/document.h"
#include "ton/place.h"
#include "ton/yaml.h"

#include <math.h>

static const char *session_path(struct stage *s) {
    return ton_arena_printf(s->arena, "%s/sessions/test.yaml", stage_folder());
}

static const char *place(struct stage *s, const char *text, const struct ton_placing *asked,
                         int n) {
    struct ton_placing placings[8];
    assert_true(n <= TON_N(placings));
    for (int i = 0; i < n; i++) {
        placings[i] = asked[i];
        placings[i].track = asked[i].track ? asked[i].track : "Kick";
        placings[i].take = asked[i].take ? asked[i].take : "kick_01.wav";
    }
    char *out = NULL;
    ton_problems_init(&s->problems, s->arena);
    s->err = (struct ton_err){0};
    const enum ton_code code =
        ton_session_place(&out, s->arena, session_path(s), text, strlen(text), &stage_reader,
                          placings, n, &s->problems, &s->err);
    assert_true((code == TON_OK) == (out != NULL));
    return out;
}

/* One that is heard; of `kick_01.wav` into `Kick` when nothing else is said. */
#define CLIP(...)                                                                                  \
    &(struct ton_placing) {                                                                        \
        .heard = true, __VA_ARGS__                                                                 \
    }
#define LANE(...)                                                                                  \
    &(struct ton_placing) {                                                                        \
        __VA_ARGS__                                                                                \
    }

static void becomes(struct stage *s, const char *before, const struct ton_placing *placing,
                    const char *after) {
    const char *text = place(s, before, placing, 1);
    if (!text)
        fail_msg("%s: %s", before, s->err.text);
    assert_string_equal(text, after);
}

#define HEAD "tonmeister: 1\n"
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

static void what_is_missing_is_made(void **state) {
    struct stage *s = *state;
    static const char *const two[] = {"1", "system:capture_2"}, *const one[] = {"a port: 7"};
    becomes(s, HEAD "tracks:\n  Kick:\n    gain: -3 dB   # quiet\n\nbuses: {}\n", CLIP(.at = 48000),
            HEAD "tracks:\n  Kick:\n    gain: -3 dB   # quiet\n    clips: [" WORDS
                 "]\n\nbuses: {}\n");
    becomes(s, HEAD "tracks:\n  Kick:\n    clips:   # none\n    gain: -3 dB\n", CLIP(.at = 48000),
            HEAD "tracks:\n  Kick:\n    clips: [" WORDS "]   # none\n    gain: -3 dB\n");
    becomes(s, HEAD "tracks:\n  Kick:   # soon\n  Bass:\n", CLIP(.at = 48000),
            HEAD "tracks:\n  Kick:   # soon\n    clips: [" WORDS "]\n  Bass:\n");
    becomes(s, HEAD "tracks: {Kick: , Bass: {gain: 0 dB}}\n", CLIP(.at = 48000),
            HEAD "tracks: {Kick: {clips: [" WORDS "]} , Bass: {gain: 0 dB}}\n");
    becomes(s, HEAD "tracks:\n  Bass:\n    gain: 0 dB\n\n# end\n",
            CLIP(.at = 48000, .inputs = two, .n_inputs = 2),
            HEAD "tracks:\n  Bass:\n    gain: 0 dB\n  Kick:\n    input: [1, system:capture_2]\n"
                 "    clips: [" WORDS "]\n\n# end\n");
    becomes(s, HEAD "tracks:\n    Bass:\n        gain: 0 dB\nbuses:\n",
            CLIP(.at = 48000, .inputs = one, .n_inputs = 1),
            HEAD "tracks:\n    Bass:\n        gain: 0 dB\n    Kick:\n"
                 "        input: \"a port: 7\"\n        clips: [" WORDS "]\nbuses:\n");
    becomes(s, HEAD "tracks: {Bass: {}}\n", CLIP(.at = 48000, .inputs = two, .n_inputs = 1),
            HEAD "tracks: {Bass: {}, Kick: {input: 1, clips: [" WORDS "]}}\n");
    becomes(s, HEAD "tracks: {}\n", CLIP(.at = 48000),
            HEAD "tracks: {Kick: {clips: [" WORDS "]}}\n");
    becomes(s, HEAD "title: X", CLIP(.at = 48000, .inputs = two, .n_inputs = 1),
            HEAD "title: X\ntracks:\n  Kick:\n    input: 1\n    clips: [" WORDS "]");
    becomes(s, "tonmeister: 1\r\n", CLIP(.at = 48000),
            "tonmeister: 1\r\ntracks:\r\n  Kick:\r\n    clips: [" WORDS "]\r\n");
    becomes(s, HEAD "tracks:   # none yet\nbuses: {}\n",
            CLIP(.at = 48000, .track = "Lead: \"A\" # 1"),
            HEAD "tracks:   # none yet\n  \"Lead: \\\"A\\\" # 1\":\n    clips: [" WORDS
                 "]\nbuses: {}\n");
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
            "\ntracks:\n  Kick:\n    clips: [" WORDS "]\n");
}

/* The placing becomes a clip with these words. */
static void says(struct stage *s, const char *keys, const struct ton_placing *placing,
                 const char *words) {
    const char *text = place(s, ton_arena_printf(s->arena, HEAD "%s\ntracks:\n", keys), placing, 1);
    if (!text)
        fail_msg("%s", s->err.text);
    const char *clip = strstr(text, "{take");
    assert_non_null(clip);
    assert_string_equal(clip, ton_arena_printf(s->arena, "%s]\n", words));
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
            ton_arena_printf(s->arena,
                             "%s  Kick:\n    clips: [{take: kick_01.wav, at: 0:01, "
                             "mute: yes}]\n",
                             text));
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
        const struct ton_placing placings[] = {{.track = "Kick",
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

/* ---- Clips that give way. */

/* In `Kick`, beside what each case has. */
#define TRACK HEAD "tracks:\n  Kick:\n    clips:\n"
#define PUNCH(...) CLIP(.at = 96000, .from = 48000, .frames = 96000, .replaces = true, __VA_ARGS__)

static void clips_give_way_where_they_are_heard_together(void **state) {
    struct stage *s = *state;
    static const struct {
        const char *before, *after;
    } cases[] = {
        /* wholly covered */
        {"      - {take: bass.wav, at: 0:02.500, to: 0:01}\n",
         "      - {take: bass.wav, at: 0:02.500, to: 0:01, mute: yes}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03}\n"},
        /* its end */
        {"      - {take: bass.wav, to: 0:03, gain: -3 dB, fade out: 5 ms}   # c\n",
         "      - {take: bass.wav, to: 0:02, gain: -3 dB, fade out: 0 ms}   # c\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03, crossfade: 10 ms}\n"},
        {"      - {take: bass.wav, length: 2.5 s}\n",
         "      - {take: bass.wav, length: 2 s}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03, crossfade: 10 ms}\n"},
        /* its start */
        {"      - {take: bass.wav, at: 0:03, to: 0:10, fade in: 5 ms}\n",
         "      - {take: bass.wav, at: 0:04, to: 0:10, fade in: 0 ms, from: 0:01, crossfade: 10 "
         "ms}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03}\n"},
        {"      - take: bass.wav\n        at: 0:03   # here\n        length: 5 s\n",
         "      - take: bass.wav\n        at: 0:04   # here\n        length: 4 s\n"
         "        from: 0:01\n        crossfade: 10 ms\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03}\n"},
        /* its middle */
        {"      - {take: [left.wav, right.wav], at: 0:01, to: 0:20, gain: +1 dB, fade in: 5 ms, "
         "fade "
         "out: 7 ms}\n",
         "      - {take: [left.wav, right.wav], at: 0:01, to: 0:01, gain: +1 dB, fade in: 5 ms, "
         "fade "
         "out: 0 ms}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03, crossfade: 10 ms}\n"
         "      - {take: [left.wav, right.wav], at: 0:04, from: 0:03, fade out: 7 ms, crossfade: "
         "10 "
         "ms, to: 0:20, gain: +1 dB}\n"},
        /* one that ends there has no more sound, for one of its pair is short */
        {"      - {take: [left.wav, mono48.wav], from: 0:08}\n",
         "      - {take: [left.wav, mono48.wav], from: 0:08}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03}\n"},
        /* muted clips, and those elsewhere, stay */
        {"      - {take: bass.wav, at: 0:01, mute: yes}\n"
         "      - {take: bass.wav, to: 0:02}\n      - {take: bass.wav, at: 0:04}\n",
         "      - {take: bass.wav, at: 0:01, mute: yes}\n"
         "      - {take: bass.wav, to: 0:02}\n      - {take: bass.wav, at: 0:04}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03, crossfade: 10 ms}\n"},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        becomes(s, ton_arena_printf(s->arena, TRACK "%s", cases[i].before),
                PUNCH(.crossfade_ms = 10), ton_arena_printf(s->arena, TRACK "%s", cases[i].after));
        assert_int_equal(s->problems.n, 0);
        stage_session(s, ton_arena_printf(s->arena, TRACK "%s", cases[i].after));
        assert_int_equal(s->problems.n, 0);
    }
}

static void what_cannot_give_way_stays_and_is_said(void **state) {
    struct stage *s = *state;
    static const struct {
        const char *before, *says, *after; /* the clips that stay, and the recording */
    } cases[] = {
        {"      - {take: bass.wav, length: 300 ms, repeat: 9, every: 1 s}\n", "is repeated",
         "      - {take: bass.wav, length: 300 ms, repeat: 9, every: 1 s}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03}\n"},
        {"      - &a {take: bass.wav}\n      - *a\n", "cannot be changed",
         "      - &a {take: bass.wav}\n      - *a\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03}\n"},
        {"      - {take: bass.wav, to: 0:03, fade out: &f 5 ms}\n"
         "      - {take: bass.wav, at: 0:10, fade out: *f}\n",
         "nothing gave way",
         "      - {take: bass.wav, to: 0:03, fade out: &f 5 ms}\n"
         "      - {take: bass.wav, at: 0:10, fade out: *f}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03}\n"},
        {"      - {take: bass.wav, to: 0:10, fade in: 3 s}\n", "longer than what",
         "      - {take: bass.wav, to: 0:02, fade in: 2 s}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03, crossfade: 10 ms}\n"
         "      - {take: bass.wav, at: 0:04, from: 0:04, crossfade: 10 ms, to: 0:10}\n"},
        {"      - {take: bass.wav, at: 0:01, to: 0:10, fade out: 8 s}\n", "longer than what",
         "      - {take: bass.wav, at: 0:01, to: 0:01, fade out: 0 ms}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03, crossfade: 10 ms}\n"
         "      - {take: bass.wav, at: 0:04, from: 0:03, fade out: 7 s, crossfade: 10 ms, to: "
         "0:10}\n"},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        becomes(s, ton_arena_printf(s->arena, TRACK "%s", cases[i].before),
                PUNCH(.crossfade_ms = 10), ton_arena_printf(s->arena, TRACK "%s", cases[i].after));
        assert_true(s->problems.n > 0);
        if (!strstr(s->problems.items[0].text, cases[i].says))
            fail_msg("`%s` does not say `%s`", s->problems.items[0].text, cases[i].says);
        figure("%s", s->problems.items[0].text);
    }
    /* Repeats elsewhere are none of its business, and notes are no takes. */
    becomes(s, TRACK "      - {take: bass.wav, length: 300 ms, repeat: 2, every: 1 s}\n",
            PUNCH(.crossfade_ms = 10),
            TRACK "      - {take: bass.wav, length: 300 ms, repeat: 2, every: 1 s}\n"
                  "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03}\n");
    assert_int_equal(s->problems.n, 0);
}

/* The passes of a loop: the last is heard, the others are lanes below it; two tracks, one new. */
static void many_takes_are_placed_at_once(void **state) {
    struct stage *s = *state;
    const struct ton_placing placings[] = {
        {.track = "Kick", .take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 48000},
        {.track = "New", .take = "left.wav", .at = 96000, .from = 48000, .frames = 48000},
        {.track = "Kick",
         .take = "kick_02.wav",
         .at = 96000,
         .from = 48000,
         .frames = 48000,
         .heard = true,
         .replaces = true,
         .crossfade_ms = 10},
        {.track = "New",
         .take = "right.wav",
         .at = 96000,
         .from = 48000,
         .frames = 48000,
         .heard = true,
         .replaces = true,
         .crossfade_ms = 10},
    };
    const char *out =
        place(s, HEAD "tracks:\n  Kick: {clips: [{take: bass.wav}]}\nbuses: {}\n", placings, 4);
    assert_string_equal(
        out,
        HEAD "tracks:\n"
             "  Kick: {clips: [{take: bass.wav, to: 0:02}, {take: kick_01.wav, at: 0:02, from: "
             "0:01, to: 0:02, mute: yes}, {take: kick_02.wav, at: 0:02, from: 0:01, to: 0:02, "
             "crossfade: 10 ms}, {take: bass.wav, at: 0:03, from: 0:03, crossfade: 10 ms}]}\n"
             "  New:\n"
             "    clips: [{take: left.wav, at: 0:02, from: 0:01, to: 0:02, mute: yes}, {take: "
             "right.wav, at: 0:02, from: 0:01, to: 0:02}]\n"
             "buses: {}\n");
}

static void two_channels_of_a_recording_stay_beside_each_other(void **state) {
    struct stage *s = *state;
    struct ton_placing sides[2];
    for (int c = 0; c < 2; c++)
        sides[c] = (struct ton_placing){.take = "poly48.wav",
                                        .at = 96000,
                                        .frames = 48000,
                                        .channel = 3 + c,
                                        .heard = true,
                                        .replaces = true};
    assert_string_equal(
        place(s, HEAD "tracks:\n  Kick:\n", sides, 2),
        HEAD "tracks:\n  Kick:\n    clips: [{take: poly48.wav, at: 0:02, to: 0:01, channel: 3}, "
             "{take: poly48.wav, at: 0:02, to: 0:01, channel: 4}]\n");
    for (int c = 0; c < 2; c++) {
        sides[c].channel = 1;
        sides[c].channel_right = 2 + c;
    }
    assert_string_equal(
        place(s, HEAD "tracks:\n  Kick:\n", sides, 2), HEAD
        "tracks:\n  Kick:\n    clips: [{take: poly48.wav, at: 0:02, to: 0:01, channel: [1, 2]}, "
        "{take: poly48.wav, at: 0:02, to: 0:01, channel: [1, 3]}]\n");
}

static void two_sides_are_cut_and_stay_two(void **state) {
    struct stage *s = *state;
    const struct ton_placing punch = {
        .take = "kick_01.wav", .at = 48000, .frames = 4800, .heard = true, .replaces = true};
    static const char *const layouts[] = {
        "    clips: [{take: poly48.wav, channel: [5, 6]}]\n",
        "    clips:\n      - take: poly48.wav\n        channel:\n          - 5\n          - 6\n"};
    static const char *const cut[] = {
        "    clips: [{take: poly48.wav, channel: [5, 6], to: 0:01}, "
        "{take: kick_01.wav, at: 0:01, to: 0:00.100}, "
        "{take: poly48.wav, at: 0:01.100, from: 0:01.100, channel: [5, 6]}]\n",
        "    clips:\n      - take: poly48.wav\n        channel:\n          - 5\n          - 6\n"
        "        to: 0:01\n"
        "      - {take: kick_01.wav, at: 0:01, to: 0:00.100}\n"
        "      - {take: poly48.wav, at: 0:01.100, from: 0:01.100, channel: [5, 6]}\n"};
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        const char *text = ton_arena_printf(s->arena, HEAD "tracks:\n  Kick:\n%s", layouts[i]);
        const char *wanted = ton_arena_printf(s->arena, HEAD "tracks:\n  Kick:\n%s", cut[i]);
        assert_string_equal(place(s, text, &punch, 1), wanted);
    }
}

/* What is heard of a track at a frame: which frame of which take, how loud. */
struct heard {
    const char *take, *right;
    int channel;
    int64_t frame;
    double gain;
};
enum { MOST_HEARD = 16 };

static double fade(int64_t done, int64_t length, bool equal_power) {
    const double part = done < length ? (double)done / (double)length : 1.0;
    return equal_power ? sin(part * M_PI / 2) : part;
}

static int by_sound(const void *a, const void *b) {
    const struct heard *x = a, *y = b;
    const int take = strcmp(x->take, y->take);
    return take ? take : (x->frame > y->frame) - (x->frame < y->frame);
}

static int heard_at(struct heard out[MOST_HEARD], const struct ton_session *x, int64_t t) {
    const struct ton_strip *strip = stage_strip(x, "Kick");
    int n = 0;
    for (int i = 0; i < strip->n_clips; i++) {
        const struct ton_clip *c = &strip->clips[i];
        if (t < c->at || t >= c->at + c->frames)
            continue;
        const double gain = pow(10.0, (double)c->gain_db / 20.0) *
                            fade(t - c->at, c->fade_in, c->equal_power_in) *
                            fade(c->at + c->frames - t, c->fade_out, c->equal_power_out);
        if (gain < 1e-9)
            continue;
        assert_true(n < MOST_HEARD);
        out[n++] = (struct heard){x->takes[c->take].name,
                                  c->take_right < 0 ? "" : x->takes[c->take_right].name,
                                  c->channel * 100 + c->channel_right, c->from + t - c->at, gain};
    }
    qsort(out, (size_t)n, sizeof *out, by_sound);
    return n;
}

static bool same_heard(const struct heard *a, const struct heard *b, int n) {
    for (int i = 0; i < n; i++)
        if (strcmp(a[i].take, b[i].take) != 0 || strcmp(a[i].right, b[i].right) != 0 ||
            a[i].channel != b[i].channel || a[i].frame != b[i].frame ||
            fabs(a[i].gain - b[i].gain) > 1e-9)
            return false;
    return true;
}

/* ---- Sessions by chance. */
struct dice {
    uint64_t state;
};
static int64_t roll(struct dice *d, int64_t n) {
    d->state ^= d->state << 13, d->state ^= d->state >> 7, d->state ^= d->state << 17;
    return (int64_t)(d->state % (uint64_t)n);
}

static const char *some_time(struct stage *s, struct dice *d, int64_t most) {
    const int64_t frames = roll(d, most);
    return roll(d, 2) ? ton_arena_printf(s->arena, "%lld samples", (long long)frames)
                      : ton_arena_printf(s->arena, "0:%06.3f", (double)(frames / 48) / 1000.0);
}

/* Its place: anywhere, or behind the clip before. */
static void add_layer(struct ton_text *t, struct stage *s, struct dice *d, const char *between) {
    if (roll(d, 4))
        ton_text_printf(t, "%sat: %s", between, some_time(s, d, 10 * 48000));
    if (roll(d, 2))
        ton_text_printf(t, "%sfrom: %s", between, some_time(s, d, 4 * 48000));
    if (roll(d, 12) == 0)
        ton_text_printf(t, "%slength: 300 ms%srepeat: %d%severy: 1 s", between, between,
                        (int)(2 + roll(d, 4)), between);
    else if (roll(d, 3))
        ton_text_printf(t, "%s%s: 0:%06.3f", between, roll(d, 2) ? "to" : "length",
                        4.2 + (double)roll(d, 5000) / 1000.0);
}

static void add_successor(struct ton_text *t, struct dice *d, const char *between,
                          int64_t *cursor) {
    const int64_t from = 48000 + roll(d, 96000), length = 4800 + roll(d, 3 * 48000);
    ton_text_printf(t, "%sat: %lld samples%sfrom: %lld samples", between, (long long)*cursor,
                    between, (long long)from);
    if (roll(d, 2))
        ton_text_printf(t, "%slength: %lld samples", between, (long long)length);
    else
        ton_text_printf(t, "%sto: %lld samples", between, (long long)(from + length));
    if (*cursor > 0 && roll(d, 2))
        ton_text_printf(t, "%scrossfade: 20 ms", between);
    *cursor += length;
}

/* One clip's keys and values, with `between` after each but the last. */
static void add_clip(struct ton_text *t, struct stage *s, struct dice *d, const char *between,
                     int64_t *cursor) {
    static const char *const takes[] = {"stereo48.wav", "bass.wav", "[left.wav, right.wav]",
                                        "'lead_comp.wav'", "mono48.wav"};
    const int take = (int)roll(d, cursor ? 4 : 5);
    ton_text_printf(t, "take: %s", takes[take]);
    if (cursor)
        add_successor(t, d, between, cursor);
    else
        add_layer(t, s, d, between);
    if (roll(d, 3) == 0)
        ton_text_printf(t, "%sgain: -%d dB", between, (int)roll(d, 20));
    if (roll(d, 4) == 0)
        ton_text_printf(t, "%sfade in: %d ms", between, (int)(1 + roll(d, 9)));
    if (roll(d, 4) == 0)
        ton_text_printf(t, "%sfade out: %d samples", between, (int)(1 + roll(d, 400)));
    if (take == 0 && roll(d, 3) == 0)
        ton_text_printf(t, "%schannel: %s", between,
                        (const char *const[]){"left", "2", "[2, 1]"}[roll(d, 3)]);
    if (roll(d, 6) == 0)
        ton_text_printf(t, "%smute: yes", between);
}

static const char *some_session(struct stage *s, struct dice *d) {
    struct ton_text t = {0};
    const int layout = (int)roll(d, 3), n = (int)roll(d, 6);
    const bool one_by_one = roll(d, 2);
    int64_t cursor = 0;
    ton_text_printf(&t, HEAD "%stracks:\n  Bass: {clips: [{take: bass.wav}]}   # b\n  Kick:\n",
                    roll(d, 2) ? "tempo: 120 bpm\n" : "");
    ton_text_printf(&t, "    gain: -3 dB   # before\n    clips:%s", layout == 0 ? " [" : "\n");
    for (int i = 0; i < n; i++) {
        ton_text_add(&t, layout == 0 ? (i ? ", {" : "{") : layout == 1 ? "      - {" : "      - ");
        add_clip(&t, s, d, layout == 2 ? "\n        " : ", ", one_by_one ? &cursor : NULL);
        if (layout == 2)
            ton_text_printf(&t, "   # clip %d\n", i);
        else if (layout == 1)
            ton_text_printf(&t, "}   # clip %d\n", i);
        else
            ton_text_add(&t, "}");
    }
    ton_text_add(&t, layout == 0 ? "]   # clips\n" : "");
    ton_text_add(&t, "    pan: L10   # after\nbuses: {Drums: {}}\n");
    const char *text = ton_arena_text(s->arena, t.data);
    ton_text_free(&t);
    return text;
}

/* The lines of `before` are in `after`, comments as they were: but those of clips, which change. */
static void rest_stays(struct stage *s, const char *before, const char *after) {
    const char *rest = after;
    for (const char *line = before; *line;) {
        const char *end = strchr(line, '\n');
        const char *text = ton_arena_copy(s->arena, line, (size_t)(end - line));
        const bool of_clips =
            strstr(text, "take: ") || strstr(text, "clips:") || strncmp(text, "        ", 8) == 0;
        const char *from = of_clips ? strchr(text, '#') : text;
        if (from) {
            const char *found = strstr(rest, from);
            if (!found)
                fail_msg("`%s` is not there any more in\n%s\nof\n%s", from, after, before);
            rest = found + strlen(from);
        }
        line = end + 1;
    }
}

static void around_the_recording_all_sounds_as_before_and_in_it_alone(void **state) {
    (void)state;
    struct dice d = {UINT64_C(0x9E3779B97F4A7C15)};
    enum { CASES = 300, PLACES = 300 };
    int n_compared = 0, n_bad = 0, n_gave_way = 0, n_both = 0, n_crossfades = 0;
    for (int i = 0, tries = 0; i < CASES; tries++) {
        struct stage *s;
        assert_int_equal(stage_open((void **)&s), 0);
        assert_true(tries < 40 * CASES);
        const char *text = some_session(s, &d);
        if (stage_parse(s, text, strlen(text)) != TON_OK) {
            stage_close((void **)&s); /* a clip that reaches beyond its take, and the like */
            continue;
        }
        i++;
        const struct ton_session *before = s->session;
        const struct ton_placing *asked =
            CLIP(.take = "kick_02.wav", .at = roll(&d, 9 * 48000), .from = roll(&d, 3) * 24000,
                 .frames = roll(&d, 5) ? 4800 + roll(&d, 4 * 48000) : 0, .replaces = true,
                 .crossfade_ms = roll(&d, 4) ? 10 : 0);
        const char *out = place(s, text, asked, 1);
        if (!out)
            fail_msg("%s: %s", text, s->err.text);
        bool both = false;
        for (size_t k = 0; k < s->problems.n; k++)
            both = both || strstr(s->problems.items[k].text, "both are heard");
        n_both += both;
        rest_stays(s, text, out);
        assert_int_equal(stage_parse(s, out, strlen(out)), TON_OK);
        const struct ton_session *after = s->session;
        n_gave_way +=
            strstr(out, "kick_02.wav") != NULL &&
            stage_strip(after, "Kick")->n_written > stage_strip(before, "Kick")->n_written + 1;
        n_crossfades += strstr(out, "crossfade: 10 ms") != NULL;
        /* Half of the new crossfade, half of an old one that was cut, or a fade that was. */
        const int64_t near = 240 + 480;
        const int64_t material = INT64_C(120) * 48000 - asked->from;
        const int64_t start = asked->at, end = start + (asked->frames ? asked->frames : material);
        for (int k = 0; k < PLACES; k++) {
            const int64_t edge = k % 4 == 0 ? start : end;
            const int64_t t =
                k % 4 < 2 && edge > 2000 ? edge - 2000 + roll(&d, 4000) : roll(&d, 15 * 48000);
            struct heard a[MOST_HEARD], b[MOST_HEARD];
            const int n = heard_at(b, after, t);
            bool good = true;
            if (t < start - near || t >= end + near)
                good = n == heard_at(a, before, t) && same_heard(a, b, n);
            else if (t >= start + near && t < end - near && !both)
                good = n == 1 && strcmp(b[0].take, "kick_02.wav") == 0 &&
                       b[0].frame == asked->from + t - start && b[0].gain == 1.0;
            else
                continue;
            n_compared++;
            n_bad += !good;
            if (!good && n_bad < 4)
                figure("at %lld of [%lld, %lld):\n%s\n%s", (long long)t, (long long)start,
                       (long long)end, text, out);
        }
        stage_close((void **)&s);
    }
    figure("%d sessions (%d split, %d with repeats, %d crossfaded): %d places, %d sound otherwise",
           CASES, n_gave_way, n_both, n_crossfades, n_compared, n_bad);
    assert_int_equal(n_bad, 0);
}

/* A punch-in into one take that plays through, at `text`'s rate: everywhere as loud, with no step.
 */
static void a_seam_is_of_equal_power_and_has_no_step(void **state) {
    struct stage *s = *state;
    static const struct {
        const char *name, *text;
        struct ton_placing placing;
    } cases[] = {
        {"with sound beyond both ends",
         TRACK "      - {take: bass.wav}\n",
         {.take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 96000}},
        {"the take as it is",
         TRACK "      - {take: bass.wav}\n",
         {.take = "mono48.wav", .at = 96000}},
        {"two halves of a take",
         TRACK "      - {take: bass.wav, to: 0:03}\n"
               "      - {take: bass.wav, at: 0:03, from: 0:03}\n",
         {.take = "mono48.wav", .at = 96000, .frames = 96000}},
        {"at an odd rate",
         "tonmeister: 1\nrate: 44.1 kHz\ntracks: {Kick: {clips: [{take: "
         "stereo44.wav}]}}\n",
         {.take = "kick_01.wav", .at = 99999, .from = 3, .frames = 77777}},
        {"little left before",
         TRACK "      - {take: bass.wav, at: 95900 samples}\n",
         {.take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 96000}},
        {"little left behind",
         TRACK "      - {take: bass.wav, to: 192031 samples}\n",
         {.take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 96000}},
        {"a hundredth of a second",
         TRACK "      - {take: bass.wav}\n",
         {.take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 480}},
        {"shorter than the crossfade",
         TRACK "      - {take: bass.wav}\n",
         {.take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 100}},
        {"again into the one before",
         TRACK "      - {take: bass.wav, to: 0:02}\n      - {take: "
               "kick_02.wav, at: 0:02, from: 0:02, crossfade: 10 ms}\n",
         {.take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 9600}},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        struct ton_placing placing = cases[i].placing;
        placing.heard = placing.replaces = true;
        placing.crossfade_ms = 10;
        const char *out = place(s, cases[i].text, &placing, 1);
        if (!out)
            fail_msg("%s: %s", cases[i].name, s->err.text);
        assert_int_equal(s->problems.n, 0);
        assert_int_equal(stage_parse(s, out, strlen(out)), TON_OK);
        double worst_power = 0.0, worst_step = 0.0, gain_before = 0.0;
        bool is_new = false;
        struct heard h[MOST_HEARD];
        const int64_t first = stage_strip(s->session, "Kick")->clips[0].at;
        for (int64_t t = first; t < 15 * 48000; t += t == 250000 ? 320000 : 1) {
            const int n = heard_at(h, s->session, t);
            double power = 0.0, gain = 0.0;
            for (int k = 0; k < n; k++) {
                power += h[k].gain * h[k].gain;
                if (strcmp(h[k].take, placing.take) == 0)
                    gain = h[k].gain;
            }
            if (t >= 192031 && n == 0)
                break; /* the end of a take that was there */
            is_new |= gain == 1.0;
            worst_power = fmax(worst_power, fabs(power - 1.0));
            worst_step = t > first ? fmax(worst_step, fabs(gain - gain_before)) : 0.0;
            gain_before = gain;
        }
        figure("%s: power off by %.1e, a step of at most %.3f", cases[i].name, worst_power,
               worst_step);
        if (worst_power > 1e-6 || worst_step > 0.06 || (!is_new && placing.frames != 100))
            fail_msg("%s:\n%s", cases[i].name, out);
        for (size_t k = 0; k < s->problems.n; k++)
            if (!strstr(s->problems.items[k].text, "resampled"))
                fail_msg("%s: %s", cases[i].name, s->problems.items[k].text);
    }
}

int main(void) {
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, stage_open, stage_close)
    const struct CMUnitTest tests[] = {
        PROMISE(a_clip_comes_last_in_the_style_of_its_list),
        PROMISE(what_is_missing_is_made),
        PROMISE(a_session_that_begins_is_one_and_takes_tracks),
        PROMISE(times_are_written_as_the_session_writes_them_and_to_the_sample),
        PROMISE(what_lies_before_the_start_is_left_out),
        PROMISE(what_is_read_again_is_what_was_placed),
        PROMISE(what_cannot_be_written_is_said_with_the_clip),
        PROMISE(an_arrangement_is_refused_before_and_gets_lanes_after),
        PROMISE(clips_give_way_where_they_are_heard_together),
        PROMISE(what_cannot_give_way_stays_and_is_said),
        PROMISE(many_takes_are_placed_at_once),
        PROMISE(two_channels_of_a_recording_stay_beside_each_other),
        PROMISE(two_sides_are_cut_and_stay_two),
        PROMISE(around_the_recording_all_sounds_as_before_and_in_it_alone),
        PROMISE(a_seam_is_of_equal_power_and_has_no_step),
        PROMISE(files_are_called_after_their_tracks),
        PROMISE(every_single_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
