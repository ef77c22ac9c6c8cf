/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inputs that a deck lets hear: on and off at the very frame of a punch, whatever the periods are.
 */
#include "stage.h"

#include "deck_monitor.h"

#include "ton/thread.h"

/* The timeline: it stands, counts in, plays; [IN, OUT) of what plays is recorded. */
enum { RATE = 48000, STANDS = 700, COUNTS = 900, PLAYS = 4000, N = STANDS + COUNTS + PLAYS };
enum { IN = 1001, OUT = 2502, FADE = 240 };

/* The rolls of the block [at, at + frames). */
static int rolls_of(struct ton_roll *rolls, int at, int frames) {
    static const struct {
        enum ton_rolling rolling;
        int begins, ends, place;
    } parts[] = {{TON_ROLLING_STOPPED, 0, STANDS, 0},
                 {TON_ROLLING_COUNT_IN, STANDS, STANDS + COUNTS, -COUNTS},
                 {TON_ROLLING_PLAYS, STANDS + COUNTS, N, 0}};
    int n = 0;
    for (int i = 0; i < TON_N(parts); i++) {
        const int from = at > parts[i].begins ? at : parts[i].begins;
        const int to = at + frames < parts[i].ends ? at + frames : parts[i].ends;
        if (from < to)
            rolls[n++] = (struct ton_roll){parts[i].rolling, from - at, to - from,
                                           i == 0 ? 0 : parts[i].place + from - parts[i].begins};
    }
    return n;
}

/* A constant at two inputs, heard in periods of so many frames. */
static void hear(struct stage *st, int track, float *const out[2], int period,
                 enum ton_monitor_mode mode) {
    struct ton_err err = {0};
    struct ton_monitor *m = NULL;
    struct deck_monitor item = {.inputs = {1, 1}};
    struct deck_monitors ms = {.items = &item, .n = 1};
    float zeros[N] = {0}, ones[N];
    assert_int_equal(ton_monitor_create(&m, &st->session, track, 1, &err), TON_OK);
    atomic_store(&item.monitor, m);
    atomic_store(&ms.mode, (int)mode);
    atomic_store(&ms.from, IN);
    atomic_store(&ms.to, OUT);
    for (int i = 0; i < N; i++)
        ones[i] = 1.0F;
    for (int c = 0; c < 2; c++)
        memset(out[c], 0, sizeof(float) * N);
    for (int at = 0; at < N; at += period) {
        const int frames = N - at < period ? N - at : period;
        const float *const in[2] = {zeros + at, ones + at};
        float *const sides[2] = {out[0] + at, out[1] + at};
        const struct ton_device_block block = {.frames = frames, .in = in, .out = sides};
        struct ton_roll rolls[TON_MOST_ROLLS];
        const int n = rolls_of(rolls, at, frames);
        ton_rt_enter();
        deck_hear(&ms, &block, rolls, n);
        ton_rt_leave();
    }
    ton_monitor_destroy(m);
}

static int make_track(struct stage *st) {
    stage_open(st, RATE);
    const int track = stage_track(st, "Voice", NULL);
    st->strips[track].pan = -100.0F; /* all of it on the left */
    stage_mix(st);
    return track;
}

static void a_punch_is_heard_at_its_very_frame(void **state) {
    (void)state;
    struct stage st;
    const int track = make_track(&st);
    float left[N], right[N], *const out[2] = {left, right};
    hear(&st, track, out, N, TON_MONITOR_AUTO);
    const int plays = STANDS + COUNTS, in = plays + IN, to = plays + OUT;
    for (int i = 0; i < N; i++) {
        const bool whole = (i >= FADE && i < plays) || (i >= in + FADE && i < to);
        const bool none = (i >= plays + FADE && i < in) || i >= to + FADE;
        assert_true(whole ? left[i] == 1.0F : none ? left[i] == 0.0F : left[i] <= 1.0F);
        assert_true(right[i] == 0.0F);
    }
    assert_true(left[in + 1] > 0.0F && left[to + 1] < 1.0F && left[plays + 1] < 1.0F);
    figure("heard from %d on, silent from %d, heard in [%d, %d), within 5 ms", 0, plays, in, to);
    stage_close(&st);
}

static void periods_do_not_matter(void **state) {
    (void)state;
    static const int periods[] = {1, 17, 256, 1024, 4096};
    struct stage st;
    const int track = make_track(&st);
    float left[N], right[N], other[N], *const out[2] = {left, right};
    int differ = 0;
    hear(&st, track, out, 1, TON_MONITOR_AUTO);
    for (int k = 0; k < TON_N(periods); k++) {
        hear(&st, track, (float *const[]){other, right}, periods[k], TON_MONITOR_AUTO);
        for (int i = 0; i < N; i++)
            differ += fabsf(other[i] - left[i]) > 1e-6F;
    }
    figure("%d of %d frames differ from those of periods of one frame", differ,
           N * (int)TON_N(periods));
    assert_int_equal(differ, 0);
    stage_close(&st);
}

static void on_is_always_and_off_never(void **state) {
    (void)state;
    struct stage st;
    const int track = make_track(&st);
    float left[N], right[N], *const out[2] = {left, right};
    hear(&st, track, out, 100, TON_MONITOR_ON);
    for (int i = FADE; i < N; i++)
        assert_true(left[i] == 1.0F);
    hear(&st, track, out, 100, TON_MONITOR_OFF);
    for (int i = 0; i < N; i++)
        assert_true(left[i] == 0.0F);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_punch_is_heard_at_its_very_frame),
        cmocka_unit_test(periods_do_not_matter),
        cmocka_unit_test(on_is_always_and_off_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
