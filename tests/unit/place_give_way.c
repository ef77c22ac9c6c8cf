/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clips make room for a recording that is heard at the same time: how they are written then. */
#include "place_stage.h"

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
         "      - {take: [left.wav, mono48.wav], from: 0:08, to: 0:09.995}\n"
         "      - {take: kick_01.wav, at: 0:01.995, from: 0:00.995, to: 0:03, crossfade: 10 ms}\n"},
        /* one that begins there has none before */
        {"      - {take: bass.wav, at: 0:04, fade in: 5 ms}\n",
         "      - {take: bass.wav, at: 0:04.005, fade in: 0 ms, from: 0:00.005, crossfade: 10 ms}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03.005}\n"},
        /* what fades away, or comes, by itself */
        {"      - {take: bass.wav, to: 0:02, fade out: 1 s}\n"
         "      - {take: bass.wav, at: 0:04, from: 0:04, fade in: 1 s}\n",
         "      - {take: bass.wav, to: 0:02, fade out: 1 s}\n"
         "      - {take: bass.wav, at: 0:04, from: 0:04, fade in: 1 s}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03, fade in: 5 ms, fade out: 5 "
         "ms}\n"},
        /* a crossfade that is there and longer */
        {"      - {take: bass.wav, at: 0:02, to: 0:02}\n"
         "      - {take: bass.wav, at: 0:04, from: 0:04, crossfade: 1 s}\n",
         "      - {take: bass.wav, at: 0:02, to: 0:02, mute: yes}\n"
         "      - {take: bass.wav, at: 0:04, from: 0:04, crossfade: 1 s}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03}\n"},
        /* less than a crossfade would be left */
        {"      - {take: bass.wav, to: 0:01.996}\n"
         "      - {take: left.wav, at: 0:01.996, from: 0:01, to: 0:03.008, crossfade: 10 ms}\n"
         "      - {take: bass.wav, at: 0:04.004, from: 0:04, crossfade: 10 ms}\n",
         "      - {take: bass.wav, to: 0:02}\n"
         "      - {take: left.wav, at: 0:01.996, from: 0:01, to: 0:03.008, crossfade: 10 ms, mute: "
         "yes}\n"
         "      - {take: bass.wav, at: 0:04, from: 0:03.996, crossfade: 10 ms}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03, crossfade: 10 ms}\n"},
        /* muted clips, and those elsewhere, stay */
        {"      - {take: bass.wav, at: 0:01, mute: yes}\n"
         "      - {take: bass.wav, to: 0:01.990}\n      - {take: bass.wav, at: 0:04.010}\n",
         "      - {take: bass.wav, at: 0:01, mute: yes}\n"
         "      - {take: bass.wav, to: 0:01.990}\n      - {take: bass.wav, at: 0:04.010}\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03}\n"},
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
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03, fade in: 5 ms, fade out: 5 "
         "ms}\n"},
        {"      - &a {take: bass.wav}\n      - *a\n", "cannot be changed",
         "      - &a {take: bass.wav}\n      - *a\n"
         "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:03, fade in: 5 ms, fade out: 5 "
         "ms}\n"},
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

static void what_gave_way_is_told_take_by_take(void **state) {
    struct stage *s = *state;
    static const char *const cases[][2] = {
        {"      - {take: bass.wav, to: 0:02}\n", NULL},
        {"      - {take: bass.wav, mute: yes}\n", NULL},
        {"      - {take: bass.wav}\n", "bass.wav is cut"},
        {"      - {take: bass.wav, at: 0:04}\n", NULL}, /* makes way by half a crossfade */
        {"      - {take: left.wav, at: 0:02.500, to: 0:01}\n      - {take: bass.wav, to: 0:03}\n",
         "left.wav is muted, bass.wav is cut"},
        {"      - {take: bass.wav, length: 300 ms, repeat: 9, every: 1 s}\n", NULL},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        assert_non_null(place(s, ton_arena_printf(s->arena, TRACK "%s", cases[i][0]),
                              PUNCH(.crossfade_ms = 10), 1));
        if (!ton_text_same(gave_way, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], gave_way ? gave_way : "nothing");
    }
}

static void where_it_stands_is_told_as_it_is_written(void **state) {
    struct stage *s = *state;
    static const struct {
        const char *before, *written;
        struct ton_placing placing;
        int64_t at, frames;
    } cases[] = {
        {"      - {take: bass.wav, to: 0:01}\n",
         "at: 0:02, from: 0:01, to: 0:03}",
         {.from = 48000, .frames = 96000},
         96000,
         96000},
        {"      - {take: bass.wav}\n",
         "at: 0:02.005, from: 0:00.005, to: 0:02, crossfade: 10 ms}",
         {.frames = 96000},
         96240,
         95760},
        {"      - {take: bass.wav}\n",
         "at: 0:02.005, from: 0:00.005, to: 0:09.995, crossfade: 10 ms}",
         {.take = "mono48.wav"},
         96240,
         479520},
        {"      - {take: bass.wav, to: 0:03, fade out: &f 5 ms}\n"
         "      - {take: bass.wav, at: 0:10, fade out: *f}\n",
         "at: 0:02, to: 0:02}",
         {.frames = 96000},
         96000,
         96000},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        struct ton_placing placing = cases[i].placing;
        placing.at = 96000;
        placing.heard = placing.replaces = true;
        placing.crossfade_ms = 10;
        const char *out =
            place(s, ton_arena_printf(s->arena, TRACK "%s", cases[i].before), &placing, 1);
        assert_non_null(out);
        if (!strstr(out, cases[i].written))
            fail_msg("%s is not in %s", cases[i].written, out);
        assert_int_equal(stands_at, cases[i].at);
        assert_int_equal(stands_frames, cases[i].frames);
    }
    assert_non_null(
        place(s, TRACK "      - {take: bass.wav}\n", LANE(.at = 96000, .frames = 96000), 1));
    assert_int_equal(stands_at, 96000);
    assert_int_equal(stands_frames, 96000);
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
        out, HEAD "tracks:\n"
                  "  Kick:\n    clips:\n"
                  "      - {take: bass.wav, to: 0:02}\n"
                  "      - {take: kick_01.wav, at: 0:02, from: 0:01, to: 0:02, crossfade: 10 ms, "
                  "mute: yes}\n"
                  "      - {take: kick_02.wav, at: 0:02, from: 0:01, to: 0:02, crossfade: 10 ms}\n"
                  "      - {take: bass.wav, at: 0:03, from: 0:03, crossfade: 10 ms}\n"
                  "  New:\n    clips:\n"
                  "      - {take: left.wav, at: 0:02, from: 0:01, to: 0:02, mute: yes}\n"
                  "      - {take: right.wav, at: 0:02, from: 0:01, to: 0:02}\n"
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
    assert_string_equal(place(s, HEAD "tracks:\n  Kick:\n", sides, 2),
                        TRACK "      - {take: poly48.wav, at: 0:02, to: 0:01, channel: 3}\n"
                              "      - {take: poly48.wav, at: 0:02, to: 0:01, channel: 4}\n");
    for (int c = 0; c < 2; c++) {
        sides[c].channel = 1;
        sides[c].channel_right = 2 + c;
    }
    assert_string_equal(place(s, HEAD "tracks:\n  Kick:\n", sides, 2),
                        TRACK "      - {take: poly48.wav, at: 0:02, to: 0:01, channel: [1, 2]}\n"
                              "      - {take: poly48.wav, at: 0:02, to: 0:01, channel: [1, 3]}\n");
}

static void two_sides_are_cut_and_stay_two(void **state) {
    struct stage *s = *state;
    const struct ton_placing punch = {
        .take = "kick_01.wav", .at = 48000, .frames = 4800, .heard = true, .replaces = true};
    static const char *const layouts[] = {
        "    clips: [{take: poly48.wav, channel: [5, 6]}]\n",
        "    clips:\n      - take: poly48.wav\n        channel:\n          - 5\n          - 6\n"};
    static const char *const cut[] = {
        "    clips:\n"
        "      - {take: poly48.wav, channel: [5, 6], to: 0:01}\n"
        "      - {take: kick_01.wav, at: 0:01, to: 0:00.100}\n"
        "      - {take: poly48.wav, at: 0:01.100, from: 0:01.100, channel: [5, 6]}\n",
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

int main(void) {
    const struct CMUnitTest tests[] = {
        PROMISE(clips_give_way_where_they_are_heard_together),
        PROMISE(what_cannot_give_way_stays_and_is_said),
        PROMISE(what_gave_way_is_told_take_by_take),
        PROMISE(where_it_stands_is_told_as_it_is_written),
        PROMISE(many_takes_are_placed_at_once),
        PROMISE(two_channels_of_a_recording_stay_beside_each_other),
        PROMISE(two_sides_are_cut_and_stay_two),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
