/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tempo map: positions computed by hand, the way there and back, and a real song's map. */
#include "promise.h"

#include "ton/tempo.h"

static int open_arena(void **state) {
    *state = ton_arena_create();
    return *state ? 0 : -1;
}

static int close_arena(void **state) {
    ton_arena_destroy(*state);
    return 0;
}

static struct ton_tempo_map *make(struct ton_arena *a, double rate,
                                  const struct ton_tempo_entry *entries, int n) {
    struct ton_tempo_map *map = NULL;
    struct ton_err err = {0};
    if (ton_tempo_create(&map, a, rate, entries, n, &err) != TON_OK)
        printf("%s\n", err.text);
    assert_non_null(map);
    return map;
}

static const struct ton_tempo_entry changes[] = {
    {1, 1, 0, 120, 4, 4, false},  {5, 1, 0, 60, 3, 4, false}, {9, 2, 480, 90, 3, 4, false},
    {11, 1, 0, 180, 6, 8, false}, {13, 1, 0, 60, 4, 4, true}, {14, 1, 0, 120, 4, 4, false},
};

static void positions_are_where_a_calculation_by_hand_puts_them(void **state) {
    const struct ton_tempo_map *map = make(*state, 48000, changes, 6);
    /* Beats: 24000 frames, from bar 5 on 48000, from 9|2|480 on 32000, from bar 11 on (eighths)
     * 16000; bar 13 glides from 60 to 120 bpm over 4 beats: 4 ln 2 seconds. */
    const double ramp = 4.0 * 48000.0 * 0.693147180559945309;
    const struct {
        int bar, beat;
        double tick, frame;
    } rows[] = {{1, 1, 0, 0},
                {1, 2, 0, 24000},
                {1, 1, 1, 25},
                {2, 1, 0, 96000},
                {4, 4, 959, 383975},
                {5, 1, 0, 384000},
                {5, 3, 240, 492000},
                {9, 1, 0, 960000},
                {9, 2, 479, 1031950},
                {9, 2, 480, 1032000},
                {9, 3, 0, 1048000},
                {10, 1, 0, 1080000},
                {11, 1, 0, 1176000},
                {11, 6, 0, 1256000},
                {12, 1, 0, 1272000},
                {13, 1, 0, 1368000},
                {13, 3, 0, 1368000 + 4.0 * 48000.0 * log(1.5)},
                {14, 1, 0, 1368000 + ramp},
                {15, 1, 0, 1368000 + ramp + 96000}};
    double worst = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double frame = ton_tempo_frame_at(map, rows[i].bar, rows[i].beat, rows[i].tick);
        worst = fmax(worst, fabs(frame - rows[i].frame));
        int bar, beat;
        double tick;
        ton_tempo_position(map, rows[i].frame, &bar, &beat, &tick);
        assert_int_equal(bar, rows[i].bar);
        assert_int_equal(beat, rows[i].beat);
        assert_true(fabs(tick - rows[i].tick) < 1e-6);
    }
    figure("worst of %zu positions: %.1g frames", sizeof rows / sizeof rows[0], worst);
    assert_true(worst < 1e-6);
    assert_true(ton_tempo_bpm_at(map, 0) == 120 && ton_tempo_bpm_at(map, 384000) == 60);
    assert_true(fabs(ton_tempo_bpm_at(map, 1368000 + 4.0 * 48000.0 * log(1.5)) - 90) < 1e-9);
}

static uint64_t next_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void positions_come_back_from_ten_thousand_random_places(void **state) {
    const struct ton_tempo_map *map = make(*state, 44100, changes, 6);
    uint64_t seed = 20261121;
    double worst_frame = 0;
    for (int i = 0; i < 10000; i++) {
        int bar = 1 + (int)(next_random(&seed) % 3000), back_bar, back_beat;
        int beats = ton_tempo_beats_in_bar(map, bar);
        int beat = 1 + (int)(next_random(&seed) % (unsigned)beats);
        int tick = (int)(next_random(&seed) % TON_TICKS);
        double back_tick, frame = ton_tempo_frame_at(map, bar, beat, tick);
        ton_tempo_position(map, frame, &back_bar, &back_beat, &back_tick);
        assert_int_equal(back_bar, bar);
        assert_int_equal(back_beat, beat);
        assert_true(back_tick == tick);
        double again = ton_tempo_frame_at(map, back_bar, back_beat, back_tick);
        worst_frame = fmax(worst_frame, fabs(again - frame));
        double any = (double)(next_random(&seed) % 500000000) / 7.0;
        ton_tempo_position(map, any, &back_bar, &back_beat, &back_tick);
        worst_frame =
            fmax(worst_frame, fabs(ton_tempo_frame_at(map, back_bar, back_beat, back_tick) - any));
    }
    figure("10000 there and back: off by at most %.1g frames", worst_frame);
    assert_true(worst_frame < 1e-3);
}

static void beats_and_bars_are_counted_through_changes(void **state) {
    const struct ton_tempo_map *map = make(*state, 48000, changes, 6);
    assert_true(fabs(ton_tempo_move_beats(map, 384000 - 48000, 4) - (384000 + 96000)) < 1e-6);
    assert_true(fabs(ton_tempo_move_bars(map, 288000, 2) - (384000 + 144000)) < 1e-6);
    assert_true(fabs(ton_tempo_move_bars(map, 24000, 4) - (384000 + 48000)) < 1e-6);
    assert_true(fabs(ton_tempo_move_bars(map, 0, 0.5) - 48000) < 1e-6);
    double ramp = ton_tempo_frame_at(map, 14, 1, 0);
    assert_true(fabs(ton_tempo_move_beats(map, 1368000, 5) - (ramp + 24000)) < 1e-6);
}

static void entries_that_cannot_be_are_refused_by_number(void **state) {
    static const struct {
        struct ton_tempo_entry second;
        const char *said;
    } rows[] = {
        {{9, 3, 0, 120, 3, 4, false}, "only on a bar line"},
        {{1, 1, 0, 100, 4, 4, false}, "is not after the one before"},
        {{2, 5, 0, 100, 4, 4, false}, "no position 2|5|0 in 4/4"},
        {{2, 1, 960, 100, 4, 4, false}, "no position"},
        {{2, 1, 0, 0, 4, 4, false}, "1 to 2000 bpm"},
        {{2, 1, 0, (double)NAN, 4, 4, false}, "1 to 2000 bpm"},
        {{2, 1, 0, 100, 4, 5, false}, "4/5 is no meter"},
        {{2, 1, 0, 100, 0, 4, false}, "0/4 is no meter"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct ton_tempo_entry entries[] = {{1, 1, 0, 120, 4, 4, false}, rows[i].second};
        struct ton_tempo_map *map;
        struct ton_err err = {0};
        assert_int_equal(ton_tempo_create(&map, *state, 48000, entries, 2, &err), TON_INPUT);
        assert_null(map);
        assert_non_null(strstr(err.text, rows[i].said));
        assert_non_null(strstr(err.text, "entry 2"));
    }
    const struct ton_tempo_entry late = {2, 1, 0, 120, 4, 4, false};
    struct ton_tempo_map *map;
    assert_int_equal(ton_tempo_create(&map, *state, 48000, &late, 1, NULL), TON_INPUT);
    assert_int_equal(ton_tempo_create(&map, *state, 48000, &late, 0, NULL), TON_INPUT);
}

/* The events of a MIDI file's tempo map: times, places in quarters, meters and tempos. */
struct song {
    struct ton_tempo_entry entries[128];
    double times[128];
    int n;
};

static bool read_song(struct song *song, const char *path) {
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    char line[128];
    double quarter_at = 0, quarter_bpm = 120;
    struct ton_tempo_entry now = {1, 1, 0, 120, 4, 4, false};
    while (fgets(line, sizeof line, f)) {
        double time, quarters, value;
        char kind[16], text[32];
        if (sscanf(line, "%lf,%lf,%15[^,],%31s", &time, &quarters, kind, text) != 4 ||
            !strcmp(kind, "key"))
            continue;
        int bars = (int)lround((quarters - quarter_at) * now.beat_unit / 4.0 / now.beats_per_bar);
        now.bar += bars;
        quarter_at = quarters;
        /* MIDI keeps whole microseconds a quarter; the file's four digits come from those. */
        if (!strcmp(kind, "tempo") && sscanf(text, "%lf", &value) == 1)
            quarter_bpm = 60e6 / nearbyint(60e6 / value);
        else
            sscanf(text, "%d/%d", &now.beats_per_bar, &now.beat_unit);
        now.bpm = quarter_bpm * now.beat_unit / 4.0;
        if (song->n == 0 || song->entries[song->n - 1].bar != now.bar)
            song->n++;
        song->entries[song->n - 1] = now;
        song->times[song->n - 1] = time;
    }
    fclose(f);
    return song->n > 10;
}

static void a_song_in_three_four_and_five_eight_keeps_its_beats(void **state) {
    if (!test_data())
        skip_because("no recordings");
    char path[4500];
    struct song song = {0};
    snprintf(path, sizeof path, "%s/multitrack/space-spectre-midi/tempo-map.csv", test_data());
    if (!read_song(&song, path))
        skip_because("no Space Spectre");
    const double rate = 48000;
    const struct ton_tempo_map *map = make(*state, rate, song.entries, song.n);
    double worst = 0, worst_beat = 0;
    for (int i = 0; i < song.n; i++) {
        double frame = ton_tempo_frame_at(map, song.entries[i].bar, 1, 0);
        worst = fmax(worst, fabs(frame / rate - (song.times[i] - song.times[0])));
    }
    snprintf(path, sizeof path, "%s/multitrack/space-spectre-midi/beats.csv", test_data());
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    char line[128];
    int quarter, last = -1, n = 0;
    double time, before = 0;
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "%d,%lf", &quarter, &time) != 2)
            continue;
        double frame = (time - song.times[0]) * rate;
        int bar, beat;
        double tick;
        ton_tempo_position(map, frame, &bar, &beat, &tick);
        /* A quarter is one beat in 3/4 and two in 5/8: on from the beat before in both. */
        if (last >= 0) {
            double tempo = ton_tempo_bpm_at(map, before);
            bool eighths = ton_tempo_beats_in_bar(map, bar) == 5;
            double next = ton_tempo_move_beats(map, before, eighths && tempo > 150 ? 2 : 1);
            if (quarter == last + 1 && eighths == (tempo > 150))
                worst_beat = fmax(worst_beat, fabs(next - frame) / rate);
        }
        before = frame;
        last = quarter;
        n++;
    }
    fclose(f);
    figure("%d changes off by at most %.1f us, %d beats by %.1f us", song.n, worst * 1e6, n,
           worst_beat * 1e6);
    assert_true(worst < 20e-6 && worst_beat < 20e-6 && n > 50);
}

int main(void) {
#define PROMISE(f) cmocka_unit_test_setup_teardown(f, open_arena, close_arena)
    const struct CMUnitTest tests[] = {
        PROMISE(positions_are_where_a_calculation_by_hand_puts_them),
        PROMISE(positions_come_back_from_ten_thousand_random_places),
        PROMISE(beats_and_bars_are_counted_through_changes),
        PROMISE(entries_that_cannot_be_are_refused_by_number),
        PROMISE(a_song_in_three_four_and_five_eight_keeps_its_beats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
