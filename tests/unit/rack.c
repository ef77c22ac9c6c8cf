/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rack: a chain over a stream. */
#include "stage.h"

#define RATE 48000
enum { N = 30000 };

static struct ton_rack *make(struct stage *st, int strip, int channels, int max_frames) {
    struct ton_rack *rack = NULL;
    struct ton_err err = {0};
    if (ton_rack_create(&rack, &st->strips[strip].chain, RATE, channels, 120, max_frames, &err))
        fail_msg("%s", err.text);
    return rack;
}

static void run(struct ton_rack *rack, float *const *audio, int frames, int step) {
    for (int at = 0; at < frames; at += step) {
        float *piece[2] = {audio[0] + at, audio[1] + at};
        ton_rack_process(rack, piece, frames - at < step ? frames - at : step);
    }
}

static void a_rack_does_what_a_strip_does(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    float *sides[] = {stage_noise(&st, N, 1, 0.4F), stage_noise(&st, N, 2, 0.4F)};
    const int take = stage_take(&st, RATE, 2, N, (const float *const *)sides);
    const int track = stage_track(&st, "Stereo", NULL);
    stage_clip(&st, track, take, 0, 0, N);
    stage_mix(&st);
    stage_insert(&st, track, &duck)[0] = 3;
    stage_insert(&st, track, &late)[0] = 250;
    stage_insert(&st, track, &duck);
    struct capture c;
    stage_render(&st, &stage_whole, 1, 0, 1, &c);
    struct ton_rack *rack = make(&st, track, 2, 512);
    assert_int_equal(ton_rack_latency(rack), 250);
    run(rack, sides, N, N);
    for (int k = 0; k < 2; k++)
        assert_memory_equal(sides[k] + 250, c.channels[k], sizeof(float) * (N - 250));
    ton_rack_destroy(rack);
    capture_free(&c, 1);
    stage_close(&st);
}

static void blocks_change_no_bit_not_even_after_a_nan(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const int strip = stage_track(&st, "Chain", NULL);
    stage_insert(&st, strip, &duck);
    stage_insert(&st, strip, &late)[0] = 33;
    stage_insert(&st, strip, &brittle)[0] = 0.4F;
    static const int steps[] = {N, 1, 64, 777, 4096};
    float *first[2] = {NULL, NULL};
    for (int i = 0; i < TON_N(steps); i++) {
        float *audio[] = {stage_noise(&st, N, 1, 0.4F), stage_noise(&st, N, 2, 0.4F)};
        audio[0][9999] = NAN;
        audio[1][12000] = 0.9F;
        int broken = 0;
        struct ton_rack *rack = make(&st, strip, 2, 4096);
        run(rack, audio, N, steps[i]);
        for (int k = 0; k < 2; k++) {
            for (int n = 0; n < N; n++) {
                assert_true(isfinite(audio[k][n]));
                broken += n > 12100 && n < 16000 && audio[k][n] == 0.0F;
            }
            if (i > 0)
                assert_memory_equal(audio[k], first[k], sizeof(float) * N);
            else
                first[k] = audio[k];
        }
        if (i == 0)
            figure("%d samples silenced until the reset", broken);
        assert_true(broken > 7000);
        assert_true(audio[0][N - 1] != 0.0F);
        ton_rack_destroy(rack);
    }
    stage_close(&st);
}

static void a_reset_rack_is_a_new_rack(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const int strip = stage_track(&st, "Chain", NULL);
    stage_insert(&st, strip, &duck);
    stage_insert(&st, strip, &late);
    struct ton_rack *rack = make(&st, strip, 2, 1000);
    float *a[] = {stage_noise(&st, N, 1, 0.4F), stage_noise(&st, N, 2, 0.4F)};
    float *b[] = {stage_noise(&st, N, 1, 0.4F), stage_noise(&st, N, 2, 0.4F)};
    run(rack, a, N, 1000);
    ton_rack_reset(rack);
    run(rack, b, N, 1000);
    assert_memory_equal(a[0], b[0], sizeof(float) * N);
    assert_memory_equal(a[1], b[1], sizeof(float) * N);
    ton_rack_destroy(rack);
    stage_close(&st);
}

static void impossible_channels_are_refused(void **state) {
    (void)state;
    struct ton_rack *rack = NULL;
    struct ton_err err;
    const struct ton_chain empty = {0};
    assert_int_equal(ton_rack_create(&rack, &empty, RATE, 0, 120, 64, &err), TON_INPUT);
    assert_int_equal(ton_rack_create(&rack, &empty, RATE, 17, 120, 64, &err), TON_INPUT);
    assert_null(rack);
    assert_int_equal(ton_rack_create(&rack, &empty, RATE, 1, 120, 64, &err), TON_OK);
    float x[64] = {1}, *audio[] = {x};
    ton_rack_process(rack, audio, 64);
    assert_true(x[0] == 1.0F && ton_rack_latency(rack) == 0);
    ton_rack_destroy(rack);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rack_does_what_a_strip_does),
        cmocka_unit_test(blocks_change_no_bit_not_even_after_a_nan),
        cmocka_unit_test(a_reset_rack_is_a_new_rack),
        cmocka_unit_test(impossible_channels_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
