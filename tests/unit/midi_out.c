/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other machines are told: the bytes of the MIDI 1.0 Detailed Specification (4.2.1, System
 * Common and System Real Time messages) and of MIDI Time Code (RP-004/008), each at its place, and
 * the same however blocks are cut. */
#include "promise.h"

#include "ton/timecode.h"

#include <math.h>
#include <string.h>

enum { MOST = 4096 };

/* All that was sent, on a clock of its own. */
struct tape {
    struct ton_midi events[MOST];
    int n;
};

/* A stretch that a transport carries. */
struct stretch {
    enum ton_rolling rolling;
    int64_t place;
    int frames;
};

struct senders {
    struct ton_midi_clock *clock;
    struct ton_mtc *mtc;
};

/* Plays stretches in blocks of `most` frames, as many rolls in each as fit. */
static void play(struct tape *tape, struct senders to, const struct stretch *s, int n, int most) {
    int now = 0, i = 0, used = 0;
    tape->n = 0;
    while (i < n) {
        struct ton_midi events[256];
        struct ton_device_block block = {.midi_out = events, .most_midi_out = 256};
        struct ton_roll rolls[TON_MOST_ROLLS];
        int n_rolls = 0;
        while (i < n && block.frames < most && n_rolls < TON_MOST_ROLLS) {
            const int left = s[i].frames - used, room = most - block.frames;
            const int frames = left < room ? left : room;
            const bool moves = s[i].rolling == TON_ROLLING_PLAYS;
            rolls[n_rolls++] = (struct ton_roll){s[i].rolling, block.frames, frames,
                                                 s[i].place + (moves ? used : 0)};
            block.frames += frames;
            used += frames;
            if (used == s[i].frames) {
                i++;
                used = 0;
            }
        }
        if (to.clock)
            ton_midi_clock_send(to.clock, &block, rolls, n_rolls);
        if (to.mtc)
            ton_mtc_send(to.mtc, &block, rolls, n_rolls);
        for (int e = 0; e < block.n_midi_out; e++) {
            assert_true(events[e].at >= 0 && events[e].at < block.frames);
            assert_true(e == 0 || events[e].at >= events[e - 1].at);
            assert_true(tape->n < MOST);
            tape->events[tape->n] = events[e];
            tape->events[tape->n++].at += now;
        }
        now += block.frames;
    }
}

static struct ton_tempo_map *tempo_of(struct ton_arena *a, const struct ton_tempo_entry *entries,
                                      int n) {
    struct ton_tempo_map *map = NULL;
    struct ton_err err = {0};
    if (ton_tempo_create(&map, a, 48000, entries, n, &err))
        fail_msg("%s", err.text);
    return map;
}

static const struct ton_tempo_entry steady[] = {
    {.bar = 1, .beat = 1, .bpm = 120, .beats_per_bar = 4, .beat_unit = 4}};

static const struct ton_tempo_entry winding[] = {
    {.bar = 1, .beat = 1, .bpm = 97, .beats_per_bar = 4, .beat_unit = 4, .ramp = true},
    {.bar = 3, .beat = 1, .bpm = 180, .beats_per_bar = 7, .beat_unit = 8},
    {.bar = 4, .beat = 1, .bpm = 60, .beats_per_bar = 3, .beat_unit = 4, .ramp = true},
    {.bar = 6, .beat = 3, .bpm = 141.5, .beats_per_bar = 3, .beat_unit = 4},
};

static void expect(const struct tape *t, int i, int at, int n, const uint8_t *bytes) {
    assert_true(i < t->n);
    assert_int_equal(t->events[i].at, at);
    assert_int_equal(t->events[i].n, n);
    assert_memory_equal(t->events[i].bytes, bytes, (size_t)n);
}
#define EXPECT(tape, i, at, ...)                                                                   \
    expect((tape), (i), (at), (int)sizeof((uint8_t[]){__VA_ARGS__}), (uint8_t[]){__VA_ARGS__})

/* 120 bpm: 24000 frames a quarter, 1000 a clock, 6000 a sixteenth. */
static void from_the_start_it_is_start(void **state) {
    (void)state;
    struct ton_arena *a = ton_arena_create();
    struct ton_midi_clock c = {.tempo = tempo_of(a, steady, 1), .next = -1};
    struct tape t;
    const struct stretch s[] = {{TON_ROLLING_STOPPED, 0, 100},
                                {TON_ROLLING_PLAYS, 0, 3500},
                                {TON_ROLLING_STOPPED, 3500, 100}};
    play(&t, (struct senders){.clock = &c}, s, 3, 256);
    assert_int_equal(t.n, 6);
    EXPECT(&t, 0, 100, 0xfa);
    EXPECT(&t, 1, 100, 0xf8);
    EXPECT(&t, 2, 1100, 0xf8);
    EXPECT(&t, 4, 3100, 0xf8);
    EXPECT(&t, 5, 3600, 0xfc);
    ton_arena_destroy(a);
}

static void from_elsewhere_it_is_a_song_position_and_continue(void **state) {
    (void)state;
    struct ton_arena *a = ton_arena_create();
    struct ton_midi_clock c = {.tempo = tempo_of(a, steady, 1), .next = -1};
    struct tape t;
    /* The first sixteenth from 1 798 500 on is the 300th: 300 = 2 x 128 + 44. */
    const struct stretch s[] = {{TON_ROLLING_PLAYS, 1798500, 3000},
                                {TON_ROLLING_PLAYS, 6000, 500}, /* a jump */
                                {TON_ROLLING_COUNT_IN, 0, 500}};
    play(&t, (struct senders){.clock = &c}, s, 3, 64);
    EXPECT(&t, 0, 0, 0xf2, 44, 2);
    EXPECT(&t, 1, 500, 0xf8);
    EXPECT(&t, 2, 1500, 0xfb);
    EXPECT(&t, 3, 1500, 0xf8);
    EXPECT(&t, 4, 2500, 0xf8);
    EXPECT(&t, 5, 3000, 0xfc);
    EXPECT(&t, 6, 3000, 0xf2, 1, 0);
    EXPECT(&t, 7, 3000, 0xfb);
    EXPECT(&t, 8, 3000, 0xf8);
    EXPECT(&t, 9, 3500, 0xfc);
    assert_int_equal(t.n, 10);
    ton_arena_destroy(a);
}

/* 14 bits of sixteenths: what lies behind has clocks and no position. */
static void behind_the_last_song_position_there_are_clocks_alone(void **state) {
    (void)state;
    struct ton_arena *a = ton_arena_create();
    struct ton_midi_clock c = {.tempo = tempo_of(a, steady, 1), .next = -1};
    struct tape t;
    const struct stretch last[] = {{TON_ROLLING_PLAYS, 16383 * 6000LL, 1000}};
    play(&t, (struct senders){.clock = &c}, last, 1, 64);
    EXPECT(&t, 0, 0, 0xf2, 127, 127);
    EXPECT(&t, 1, 0, 0xfb);
    const struct stretch behind[] = {{TON_ROLLING_STOPPED, 0, 10},
                                     {TON_ROLLING_PLAYS, 16384 * 6000LL, 2000},
                                     {TON_ROLLING_STOPPED, 0, 10}};
    play(&t, (struct senders){.clock = &c}, behind, 3, 64);
    assert_int_equal(t.n, 3);
    EXPECT(&t, 0, 0, 0xfc);
    EXPECT(&t, 1, 10, 0xf8);
    EXPECT(&t, 2, 1010, 0xf8);
    ton_arena_destroy(a);
}

/* Late takes: the timeline waits, and so does the clock. */
static void it_waits_with_the_timeline(void **state) {
    (void)state;
    struct ton_arena *a = ton_arena_create();
    struct ton_midi_clock c = {.tempo = tempo_of(a, steady, 1), .next = -1};
    struct tape t;
    const struct stretch s[] = {
        {TON_ROLLING_PLAYS, 0, 900}, {TON_ROLLING_LATE, 900, 5000}, {TON_ROLLING_PLAYS, 900, 300}};
    play(&t, (struct senders){.clock = &c}, s, 3, 128);
    assert_int_equal(t.n, 3);
    EXPECT(&t, 2, 6000, 0xf8);
    ton_arena_destroy(a);
}

/* Against the tempo map itself: bars of the meter's beats, 24 clocks a quarter. */
static void clocks_follow_ramps_and_meters(void **state) {
    (void)state;
    struct ton_arena *a = ton_arena_create();
    struct ton_tempo_map *map = tempo_of(a, winding, 4);
    struct ton_midi_clock c = {.tempo = map, .next = -1};
    static struct tape t;
    const struct stretch s[] = {{TON_ROLLING_PLAYS, 0, 48000 * 40}};
    play(&t, (struct senders){.clock = &c}, s, 1, 1024);
    static const struct {
        int bar, beats, unit;
    } bars[] = {{1, 4, 4}, {2, 4, 4}, {3, 7, 8}, {4, 3, 4}, {5, 3, 4}, {6, 3, 4}, {7, 3, 4}};
    int i = 1; /* Start came first */
    double off = 0;
    for (int b = 0; b < TON_N(bars); b++) {
        const int clocks = bars[b].beats * 4 * 24 / bars[b].unit;
        for (int k = 0; k < clocks; k++, i++) {
            const double beat = (double)k / 24 * bars[b].unit / 4;
            const double due =
                ton_tempo_frame_at(map, bars[b].bar, 1 + (int)beat, (beat - (int)beat) * TON_TICKS);
            assert_true(i < t.n && t.events[i].bytes[0] == 0xf8);
            off = fmax(off, fabs(due - t.events[i].at));
        }
    }
    figure("%d clocks over two ramps and three meters: at most %.3f samples off (0.5)", i - 1, off);
    assert_true(off <= 0.5001);
    for (double q = 0; q < 30; q += 0.37)
        assert_true(fabs(ton_tempo_quarters_to(map, ton_tempo_frame_after(map, q)) - q) < 1e-9);
    ton_arena_destroy(a);
}

static void cutting_changes_nothing(void **state) {
    (void)state;
    static const int cuts[] = {1, 7, 64, 333, 4096};
    const struct stretch s[] = {
        {TON_ROLLING_STOPPED, 0, 50},      {TON_ROLLING_COUNT_IN, 0, 777},
        {TON_ROLLING_PLAYS, 0, 20011},     {TON_ROLLING_PLAYS, 3001, 9001},
        {TON_ROLLING_LATE, 12002, 300},    {TON_ROLLING_PLAYS, 12002, 5000},
        {TON_ROLLING_STOPPED, 17002, 400}, {TON_ROLLING_STOPPED, 90000, 400},
        {TON_ROLLING_PLAYS, 90000, 11111}, {TON_ROLLING_STOPPED, 101111, 1},
    };
    struct ton_arena *a = ton_arena_create();
    struct ton_tempo_map *map = tempo_of(a, winding, 4);
    static struct tape whole, cut;
    for (int i = -1; i < TON_N(cuts); i++) {
        struct ton_midi_clock c = {.tempo = map, .next = -1};
        struct ton_mtc m = {.fps = TON_FPS_2997_DROP, .rate = 48000, .start = 1e8, .next = -1};
        struct tape *t = i < 0 ? &whole : &cut;
        play(t, (struct senders){&c, &m}, s, TON_N(s), i < 0 ? 8192 : cuts[i]);
        if (i < 0)
            continue;
        assert_int_equal(cut.n, whole.n);
        for (int e = 0; e < whole.n; e++)
            assert_memory_equal(&cut.events[e], &whole.events[e], sizeof whole.events[e]);
    }
    figure("%d events, the same in blocks of 1 to 8192", whole.n);
    assert_true(whole.n > 150);
    ton_arena_destroy(a);
}

/* What a receiver makes of eight quarter frames. */
static void each_eight_quarter_frames_are_their_frame(void **state) {
    (void)state;
    static const struct {
        enum ton_fps fps;
        int type;
    } kinds[] = {{TON_FPS_23976, 0}, {TON_FPS_24, 0},        {TON_FPS_25, 1},
                 {TON_FPS_2997, 3},  {TON_FPS_2997_DROP, 2}, {TON_FPS_30, 3}};
    for (int k = 0; k < TON_N(kinds); k++) {
        const double rate = 48000, length = rate / ton_fps_kind(kinds[k].fps).fps;
        const struct ton_timecode first = {13, 59, 58, 0};
        struct ton_mtc m = {.fps = kinds[k].fps, .rate = rate, .next = -1};
        m.start = ton_timecode_samples(first, m.fps, rate);
        static struct tape t;
        const struct stretch s[] = {{TON_ROLLING_PLAYS, 0, 48000 * 4}};
        play(&t, (struct senders){.mtc = &m}, s, 1, 512);
        EXPECT(&t, 0, 0, 0xf0, 0x7f, 0x7f, 1, 1, (uint8_t)(13 | kinds[k].type << 5), 59, 58, 0,
               0xf7);
        int wrong = 0;
        double off = 0;
        for (int e = 1; e < t.n; e++) {
            const int q = e - 1 + (int)(4 * ton_timecode_number(first, m.fps) % 8), piece = q % 8;
            wrong += t.events[e].n != 2 || t.events[e].bytes[0] != 0xf1 ||
                     t.events[e].bytes[1] >> 4 != piece;
            off = fmax(off, fabs(t.events[e].at - (e - 1) * length / 4));
        }
        for (int e = 1; e + 8 <= t.n; e += 8) {
            int v[8];
            for (int p = 0; p < 8; p++)
                v[p] = t.events[e + p].bytes[1] & 15;
            const struct ton_timecode got = {v[6] | (v[7] & 1) << 4, v[4] | v[5] << 4,
                                             v[2] | v[3] << 4, v[0] | v[1] << 4};
            const struct ton_timecode due =
                ton_timecode_of(ton_timecode_number(first, m.fps) + (e - 1) / 4, m.fps);
            wrong += memcmp(&got, &due, sizeof due) != 0 || v[7] >> 1 != kinds[k].type;
        }
        figure("%-16s %d quarter frames, %d wrong, at most %.2f samples off", ton_fps_name(m.fps),
               t.n - 1, wrong, off);
        assert_true(t.n > 350 && wrong == 0 && off <= 0.51);
    }
}

static void jumps_and_stops_are_full_frames(void **state) {
    (void)state;
    struct ton_mtc m = {.fps = TON_FPS_25, .rate = 48000, .start = 48000 * 3600.0, .next = -1};
    struct tape t;
    const struct stretch s[] = {{TON_ROLLING_STOPPED, 0, 100},
                                {TON_ROLLING_STOPPED, 0, 100},
                                {TON_ROLLING_PLAYS, 0, 960},
                                {TON_ROLLING_STOPPED, 960, 100},
                                {TON_ROLLING_STOPPED, 48000 * 61 + 1920, 100}};
    play(&t, (struct senders){.mtc = &m}, s, 5, 64);
    assert_int_equal(t.n, 5);
    EXPECT(&t, 0, 0, 0xf0, 0x7f, 0x7f, 1, 1, 1 | 1 << 5, 0, 0, 0, 0xf7);
    EXPECT(&t, 1, 200, 0xf1, 0x00);
    EXPECT(&t, 2, 680, 0xf1, 0x10);
    EXPECT(&t, 3, 1160, 0xf0, 0x7f, 0x7f, 1, 1, 1 | 1 << 5, 0, 0, 0, 0xf7);
    EXPECT(&t, 4, 1260, 0xf0, 0x7f, 0x7f, 1, 1, 1 | 1 << 5, 1, 1, 1, 0xf7);
}

static void what_has_no_room_is_left_out(void **state) {
    (void)state;
    struct ton_arena *a = ton_arena_create();
    struct ton_midi_clock c = {.tempo = tempo_of(a, steady, 1), .next = -1};
    struct ton_midi events[3];
    struct ton_device_block block = {.frames = 8192, .midi_out = events, .most_midi_out = 2};
    events[2].n = 99;
    ton_midi_clock_send(&c, &block, &(struct ton_roll){TON_ROLLING_PLAYS, 0, 8192, 0}, 1);
    assert_int_equal(block.n_midi_out, 2);
    assert_int_equal(events[2].n, 99);
    ton_arena_destroy(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_the_start_it_is_start),
        cmocka_unit_test(from_elsewhere_it_is_a_song_position_and_continue),
        cmocka_unit_test(behind_the_last_song_position_there_are_clocks_alone),
        cmocka_unit_test(it_waits_with_the_timeline),
        cmocka_unit_test(clocks_follow_ramps_and_meters),
        cmocka_unit_test(cutting_changes_nothing),
        cmocka_unit_test(each_eight_quarter_frames_are_their_frame),
        cmocka_unit_test(jumps_and_stops_are_full_frames),
        cmocka_unit_test(what_has_no_room_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
