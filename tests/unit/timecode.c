/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timecode as samples and as text: whatever is counted comes back. */
#include "promise.h"

#include "ton/timecode.h"

#include <math.h>
#include <string.h>

static const enum ton_fps every_fps[] = {TON_FPS_23976, TON_FPS_24,        TON_FPS_25,
                                         TON_FPS_2997,  TON_FPS_2997_DROP, TON_FPS_30};

/* Counted as people count. */
static void count_on(struct ton_timecode *t, enum ton_fps fps) {
    const struct ton_fps_kind kind = ton_fps_kind(fps);
    if (++t->frames < kind.counted)
        return;
    t->frames = 0;
    if (++t->seconds < 60)
        return;
    t->seconds = 0;
    if (++t->minutes == 60) {
        t->minutes = 0;
        t->hours = (t->hours + 1) % 24;
    }
    t->frames = kind.drop && t->minutes % 10 ? 2 : 0;
}

/* Every frame of two hours before and after midnight. */
static void each_frame_has_its_samples(void **state) {
    (void)state;
    for (int k = 0; k < TON_N(every_fps); k++) {
        const enum ton_fps fps = every_fps[k];
        struct ton_timecode t = {23, 0, 0, 0};
        int64_t frames = 0, first = ton_timecode_number(t, fps);
        const double rate = 44100;
        for (; frames < 7200 * (int64_t)ton_fps_kind(fps).counted; frames++, count_on(&t, fps)) {
            const struct ton_timecode of = ton_timecode_of(first + frames, fps);
            assert_memory_equal(&of, &t, sizeof t);
            const double samples = ton_timecode_samples(t, fps, rate);
            const struct ton_timecode back = ton_timecode_at(samples, fps, rate);
            const struct ton_timecode inside = ton_timecode_at(samples + 1000, fps, rate);
            assert_memory_equal(&back, &t, sizeof t);
            assert_memory_equal(&inside, &t, sizeof t);
        }
        figure("%-16s %lld frames through midnight", ton_fps_name(fps), (long long)frames);
    }
    const struct ton_timecode before = ton_timecode_of(-1, TON_FPS_25);
    assert_true(before.hours == 23 && before.seconds == 59 && before.frames == 24);
    /* An hour of drop-frame is 108 numbers short, and so 3.6 ms from an hour of the clock. */
    const double hour =
        ton_timecode_samples((struct ton_timecode){1, 0, 0, 0}, TON_FPS_2997_DROP, 48000) / 48000;
    figure("01:00:00;00 is %.4f s", hour);
    assert_true(fabs(hour - 3599.9964) < 1e-4);
    assert_true(
        fabs(ton_timecode_samples((struct ton_timecode){1, 0, 0, 0}, TON_FPS_2997, 48000) / 48000 -
             3603.6) < 1e-9);
}

static void text_is_read_and_written(void **state) {
    (void)state;
    static const struct {
        const char *text, *written;
        enum ton_fps fps;
        struct ton_timecode t;
    } good[] = {
        {"01:00:00:00", "01:00:00:00", TON_FPS_25, {1, 0, 0, 0}},
        {"23:59:59:29", "23:59:59:29", TON_FPS_30, {23, 59, 59, 29}},
        {"9:8:7:6", "09:08:07:06", TON_FPS_24, {9, 8, 7, 6}},
        {"00:01:00;02", "00:01:00;02", TON_FPS_2997_DROP, {0, 1, 0, 2}},
        {"00:10:00:00", "00:10:00;00", TON_FPS_2997_DROP, {0, 10, 0, 0}},
    };
    for (int i = 0; i < TON_N(good); i++) {
        struct ton_timecode t;
        char text[TON_TIMECODE_TEXT];
        assert_int_equal(ton_timecode_parse(&t, good[i].text, good[i].fps, NULL), TON_OK);
        assert_memory_equal(&t, &good[i].t, sizeof t);
        assert_string_equal(ton_timecode_format(text, t, good[i].fps), good[i].written);
    }
}

static void what_is_none_is_refused_with_a_sentence(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum ton_fps fps;
        const char *says;
    } bad[] = {
        {"", TON_FPS_25, "is no timecode at 25"},
        {"01:00:00", TON_FPS_25, "is no timecode"},
        {"01:00:00:00:00", TON_FPS_25, "is no timecode"},
        {"01:00:00:25", TON_FPS_25, "frames below 25"},
        {"24:00:00:00", TON_FPS_25, "is no timecode"},
        {"00:60:00:00", TON_FPS_30, "is no timecode"},
        {"00:00:60:00", TON_FPS_30, "is no timecode"},
        {"001:00:00:00", TON_FPS_30, "is no timecode"},
        {" 1:00:00:00", TON_FPS_30, "is no timecode"},
        {"-1:00:00:00", TON_FPS_30, "is no timecode"},
        {"01:00;00:00", TON_FPS_2997_DROP, "is no timecode"},
        {"01;00:00:00", TON_FPS_2997_DROP, "is no timecode"},
        {"01:00:00;00", TON_FPS_30, "drop-frame timecode, and the timecode here counts 30"},
        {"00:01:00;00", TON_FPS_2997_DROP, "leaves out; the next is `00:01:00;02`"},
        {"00:11:00;01", TON_FPS_2997_DROP, "leaves out; the next is `00:11:00;02`"},
    };
    for (int i = 0; i < TON_N(bad); i++) {
        struct ton_timecode t = {9, 9, 9, 9};
        struct ton_err err = {0};
        assert_int_equal(ton_timecode_parse(&t, bad[i].text, bad[i].fps, &err), TON_INPUT);
        assert_non_null(strstr(err.text, bad[i].says));
        assert_int_equal(t.hours, 9);
    }
}

static void sessions_name_their_fps(void **state) {
    (void)state;
    static const struct {
        double fps;
        bool drop, is_one;
        enum ton_fps kind;
    } rows[] = {
        {23.976, false, true, TON_FPS_23976},
        {24000 / 1001.0, false, true, TON_FPS_23976},
        {23.98, false, true, TON_FPS_23976},
        {24, false, true, TON_FPS_24},
        {25, false, true, TON_FPS_25},
        {29.97, false, true, TON_FPS_2997},
        {29.97, true, true, TON_FPS_2997_DROP},
        {30, false, true, TON_FPS_30},
        {30, true, false, 0},
        {25, true, false, 0},
        {50, false, false, 0},
        {59.94, false, false, 0},
        {0, false, false, 0},
        {NAN, false, false, 0},
    };
    for (int i = 0; i < TON_N(rows); i++) {
        enum ton_fps fps = TON_FPS_30;
        assert_int_equal(ton_fps_of(&fps, rows[i].fps, rows[i].drop), rows[i].is_one);
        if (rows[i].is_one)
            assert_int_equal(fps, rows[i].kind);
    }
}

/* Cut anyhow, from any place, with what rolls and what stands. */
static void as_sound_it_stands_where_the_timeline_says(void **state) {
    (void)state;
    enum { N = 20000, AT = 12345 };
    static float whole[N], cut[N], direct[N];
    const double start = ton_timecode_samples((struct ton_timecode){1, 0, 0, 0}, TON_FPS_25, 48000);
    struct ton_ltc l, later;
    ton_ltc_init_at(&l, 48000, TON_FPS_25, start + 500);
    ton_ltc_send(&l, whole, &(struct ton_roll){TON_ROLLING_PLAYS, 0, N, AT}, 1);
    for (int done = 0, n = 1; done < N; done += n, n = n * 7 % 1031 + 1) {
        const int a = (n < N - done ? n : N - done) / 2, b = (n < N - done ? n : N - done) - a;
        const struct ton_roll rolls[] = {{TON_ROLLING_PLAYS, 0, a, AT + done},
                                         {TON_ROLLING_PLAYS, a, b, AT + done + a}};
        ton_ltc_send(&l, cut + done, rolls, 2);
    }
    assert_memory_equal(whole, cut, sizeof whole);
    ton_ltc_init(&later, 48000, TON_FPS_25, (struct ton_timecode){1, 0, 0, 0});
    for (int i = 0; i < N; i++) {
        direct[i] = ton_ltc_at(&later, AT + i + 500);
        assert_true(fabsf(direct[i] - whole[i]) < 1e-4F);
    }
    for (int64_t place = -3000; place < 0; place++) /* before the start: the frames before it */
        assert_true(fabsf(ton_ltc_at(&later, place) - ton_ltc_at(&l, place - 500)) < 1e-4F);
    const struct ton_roll rolls[] = {{TON_ROLLING_STOPPED, 0, 10, 0},
                                     {TON_ROLLING_PLAYS, 10, 20, AT},
                                     {TON_ROLLING_COUNT_IN, 30, 10, 0},
                                     {TON_ROLLING_LATE, 40, 10, 0}};
    memset(cut, 1, sizeof cut);
    ton_ltc_send(&l, cut, rolls, 4);
    for (int i = 0; i < 50; i++)
        assert_true(cut[i] == (i >= 10 && i < 30 ? whole[i - 10] : 0.0F));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_frame_has_its_samples),
        cmocka_unit_test(text_is_read_and_written),
        cmocka_unit_test(what_is_none_is_refused_with_a_sentence),
        cmocka_unit_test(sessions_name_their_fps),
        cmocka_unit_test(as_sound_it_stands_where_the_timeline_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
