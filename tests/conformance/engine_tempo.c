/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plan does with time: note values follow the tempo, tails follow automation. */
#include "stage.h"

#include "ton/tempo.h"

#define RATE 48000
enum { N = 8 * RATE };

/* One bar of 4/4 at 60 bpm, then 120 bpm, with a ramp from bar 3 to 60 bpm in bar 4. */
static struct ton_tempo_map *changing_tempo(struct stage *st) {
    static const struct ton_tempo_entry entries[] = {
        {.bar = 1, .beat = 1, .bpm = 60, .beats_per_bar = 4, .beat_unit = 4},
        {.bar = 2, .beat = 1, .bpm = 120, .beats_per_bar = 4, .beat_unit = 4},
        {.bar = 3, .beat = 1, .bpm = 120, .beats_per_bar = 4, .beat_unit = 4, .ramp = true},
        {.bar = 4, .beat = 1, .bpm = 60, .beats_per_bar = 4, .beat_unit = 4}};
    struct ton_tempo_map *map = NULL;
    assert_int_equal(ton_tempo_create(&map, st->arena, RATE, entries, TON_N(entries), NULL),
                     TON_OK);
    return map;
}

static struct ton_tempo_map *eighths(struct stage *st) {
    static const struct ton_tempo_entry entry = {
        .bar = 1, .beat = 1, .bpm = 120, .beats_per_bar = 6, .beat_unit = 8};
    struct ton_tempo_map *map = NULL;
    assert_int_equal(ton_tempo_create(&map, st->arena, RATE, &entry, 1, NULL), TON_OK);
    return map;
}

/* Frames from a click to its echo of a quarter note. */
static int64_t echo_after(struct ton_tempo_map *(*tempo)(struct stage *st), int64_t click) {
    struct stage st;
    stage_open(&st, RATE);
    st.session.tempo = tempo(&st);
    float *x = TON_NEW_N(st.arena, float, N);
    x[click] = 1;
    const int track = stage_player(&st, "Echo", NULL, N, x);
    stage_mix(&st);
    const struct ton_processor *p = ton_processor_find("delay", NULL);
    assert_non_null(p);
    float *params = stage_insert(&st, track, p);
    int time = -1, feedback = -1, mix = -1;
    ton_rows_find(p->rows, p->n_rows, "time", &time, NULL);
    ton_rows_find(p->rows, p->n_rows, "feedback", &feedback, NULL);
    ton_rows_find(p->rows, p->n_rows, "mix", &mix, NULL);
    params[time] = -1;
    params[feedback] = 0;
    params[mix] = 100;
    struct capture c;
    stage_render(&st, &stage_whole, 1, 0, 1, &c);
    int64_t echo = 0;
    for (int64_t i = 0; i < c.frames; i++)
        if (fabsf(c.channels[0][i]) > fabsf(c.channels[0][echo]))
            echo = i;
    capture_free(&c, 1);
    stage_close(&st);
    return echo - click;
}

static void a_note_value_follows_the_tempo(void **state) {
    (void)state;
    const int64_t before = echo_after(changing_tempo, RATE);
    const int64_t after = echo_after(changing_tempo, 5 * RATE);
    figure("a quarter at 60 bpm: %lld frames (48000), after the change to 120 bpm: %lld (24000)",
           (long long)before, (long long)after);
    assert_int_equal(before, 48000);
    assert_int_equal(after, 24000);
    const int64_t ramp = echo_after(changing_tempo, 7 * RATE + 4800);
    figure("a quarter within a ramp from 120 to 60 bpm: %lld frames (24001 to 47999)",
           (long long)ramp);
    assert_true(ramp > 24000 && ramp < 48000);
}

static void a_quarter_is_two_beats_where_the_meter_counts_eighths(void **state) {
    (void)state;
    const int64_t echo = echo_after(eighths, 0);
    figure("1/4 in 6/8 at 120 bpm: %lld frames (48000)", (long long)echo);
    assert_int_equal(echo, 48000);
}

static void set_row(const struct ton_processor *p, float *params, const char *key, float value) {
    int at = -1;
    assert_non_null(ton_rows_find(p->rows, p->n_rows, key, &at, NULL));
    params[at] = value;
}

/* A steady level through `first` (NULL: nothing) and a tremolo of a quarter note. */
static void swing_behind(struct capture *c, const char *first, const char *row, float value,
                         float shape) {
    struct stage st;
    stage_open(&st, RATE);
    st.session.tempo = changing_tempo(&st);
    float *x = TON_NEW_N(st.arena, float, N);
    for (int i = 0; i < N; i++)
        x[i] = 0.5F;
    const int track = stage_player(&st, "Pad", NULL, N, x);
    stage_mix(&st);
    const struct ton_processor *p = first ? ton_processor_find(first, NULL) : NULL;
    if (p)
        set_row(p, stage_insert(&st, track, p), row, value);
    p = ton_processor_find("tremolo", NULL);
    float *params = stage_insert(&st, track, p);
    set_row(p, params, "rate", -1);
    set_row(p, params, "depth", 100);
    set_row(p, params, "shape", shape);
    stage_render(&st, &stage_whole, 1, 0, 1, c);
    stage_close(&st);
}

/* A rate of a quarter note is loud on every beat and silent between, before and after a change, and
 * behind whatever latency. */
static void check_beats(const char *first, const char *row, float value) {
    struct capture c;
    swing_behind(&c, first, row, value, 0);
    double beat = 1, between = 0;
    for (int k = 0; k < 8; k++) { /* four seconds at 60 bpm, two at 120 */
        const int at = (k < 4 ? 2 * k : 8 + k - 4) * RATE / 2, half = (k < 4 ? RATE : RATE / 2) / 2;
        beat = fmin(beat, (double)c.channels[0][at] / (double)c.channels[0][0]);
        between = fmax(between, (double)c.channels[0][at + half] / (double)c.channels[0][0]);
    }
    figure("eight beats behind %s: at least %.4f on them (0.999), at most %.4f between (0.001)",
           first ? first : "nothing", beat, between);
    assert_true(beat > 0.999 && between < 0.001);
    capture_free(&c, 1);
}

/* Where the square's first edge down stands. */
static void check_edge(const char *first, const char *row, float value) {
    struct capture c;
    swing_behind(&c, first, row, value, 2);
    int64_t edge = RATE / 4;
    while (edge < RATE && c.channels[0][edge] > 0.501F * c.channels[0][RATE / 4])
        edge++;
    figure("the square's edge behind %s: frame %lld (24000)", first ? first : "nothing",
           (long long)edge);
    assert_int_equal(edge, RATE / 2);
    capture_free(&c, 1);
}

static void a_rate_in_notes_keeps_to_the_beat(void **state) {
    (void)state;
    check_beats(NULL, NULL, 0);
    check_beats("limiter", "look_ahead", 10);
    check_beats("leveler", "boost", 0); /* 2.25 s */
    check_edge(NULL, NULL, 0);
    check_edge("limiter", "look_ahead", 10);
    check_edge("leveler", "boost", 0);
}

/* Frames that a click in a reverb renders to; `decay` moves from 0.5 s to `to` on the way. */
static int64_t length_with_decay(float from, float to) {
    struct stage st;
    stage_open(&st, RATE);
    float *x = TON_NEW_N(st.arena, float, N);
    x[0] = 1;
    const int track = stage_player(&st, "Room", NULL, N, x);
    stage_mix(&st);
    const struct ton_processor *p = ton_processor_find("reverb", NULL);
    assert_non_null(p);
    int decay = -1;
    const struct ton_row *row = ton_rows_find(p->rows, p->n_rows, "decay", &decay, NULL);
    stage_insert(&st, track, p)[decay] = from;
    const struct ton_point points[] = {{0, from}, {RATE, to}};
    if (from != to)
        stage_lane(&st, track, TON_TARGET_PARAMETER, 0, decay, points, 2);
    if (from != to)
        st.strips[track].lanes[0].row = row;
    struct capture c;
    stage_render(&st, &stage_whole, 1, 0, 1, &c);
    const int64_t frames = c.frames;
    capture_free(&c, 1);
    stage_close(&st);
    return frames;
}

static void a_tail_is_as_long_as_its_automation_makes_it(void **state) {
    (void)state;
    const int64_t grown = length_with_decay(0.5F, 4), whole = length_with_decay(4, 4);
    figure("decay automated from 0.5 to 4 s: %.2f s; 4 s all along: %.2f s", (double)grown / RATE,
           (double)whole / RATE);
    assert_int_equal(grown, whole);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_note_value_follows_the_tempo),
        cmocka_unit_test(a_quarter_is_two_beats_where_the_meter_counts_eighths),
        cmocka_unit_test(a_rate_in_notes_keeps_to_the_beat),
        cmocka_unit_test(a_tail_is_as_long_as_its_automation_makes_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
