/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Halls that reverberate for longer than they were listened to, and noise that only looks so. */

#include "noise.h"
#include "promise.h"

#include "ton/arena.h"
#include "ton/room_path.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, LEAD = RATE / 5, FRAMES = LEAD + 2 * RATE };

static struct ton_arena *arena;
static float response[FRAMES];

static int set_up(void **state) {
    (void)state;
    arena = ton_arena_create();
    return !arena;
}

static int tear_down(void **state) {
    (void)state;
    ton_arena_destroy(arena);
    return 0;
}

/* A direct sound and a tail that decays by 60 dB in t60, over noise of this RMS. */
static void make(double t60, double floor) {
    uint64_t tail = 7, rest = 9;
    for (int i = 0; i < FRAMES; i++)
        response[i] = (float)(floor * white_noise(&rest));
    for (int i = LEAD; i < FRAMES; i++)
        response[i] +=
            (float)(0.01 * white_noise(&tail) * pow(10.0, -3.0 * (i - LEAD) / (t60 * RATE)));
    response[LEAD] += 0.2F;
}

static struct ton_room_path measure(struct ton_room_advices *advices, bool from_sweep) {
    static const struct ton_room_path_how how = {.celsius = 20.0};
    const struct ton_sweep_heard heard = {.thd_percent = NAN, .drift_ppm = NAN};
    struct ton_room_path path = {.name = "L"};
    struct ton_err err;
    assert_int_equal(ton_room_path_measure(&path, arena, response, FRAMES, RATE, &how, &err),
                     TON_OK);
    assert_int_equal(ton_room_advise(advices, arena, &path, &how, from_sweep ? &heard : NULL, &err),
                     TON_OK);
    for (int i = 0; i < advices->n; i++)
        figure("%s: %s; %s", advices->items[i].kind, advices->items[i].found,
               advices->items[i].remedy ? advices->items[i].remedy : "");
    return path;
}

static bool is_said(const struct ton_room_advices *a, const char *kind) {
    for (int i = 0; i < a->n; i++)
        if (strcmp(a->items[i].kind, kind) == 0)
            return true;
    return false;
}

static void a_hall_that_was_cut_asks_for_a_longer_pause(void **state) {
    (void)state;
    static const double t60[] = {4.0, 6.0};
    for (int k = 0; k < 2; k++) {
        struct ton_room_advices a;
        char least[32];
        make(t60[k], 1e-7);
        const struct ton_room_path p = measure(&a, true);
        for (int i = 3; i < TON_ROOM_OCTAVES; i++)
            assert_int_equal(p.figures.octave[i].t30.doubt, TON_ROOM_PAUSE);
        assert_int_equal(a.n, 1); /* nothing else is judged */
        assert_string_equal(a.items[0].kind, "pause");
        const double wanted_s = strtod(strpbrk(a.items[0].remedy, "0123456789"), NULL);
        snprintf(least, sizeof least, "`--pause %.0fs`", wanted_s);
        figure("T %.0f s: a pause of %.0f s is asked for (T +-1 s)", t60[k], wanted_s);
        assert_true(fabs(wanted_s - t60[k]) <= 1.0 && strstr(a.items[0].remedy, least));
        measure(&a, false);
        assert_null(strstr(a.items[0].remedy, "--pause"));
    }
}

static void noise_is_not_taken_for_a_cut(void **state) {
    (void)state;
    struct ton_room_advices a;
    make(1.0, 2e-3);
    struct ton_room_path p = measure(&a, true);
    assert_true(is_said(&a, "noise") && !is_said(&a, "pause"));
    assert_int_equal(p.figures.octave[4].t30.doubt, TON_ROOM_NOISE);
    make(0.5, 1e-7);
    p = measure(&a, true);
    assert_true(!is_said(&a, "noise") && !is_said(&a, "pause"));
    assert_int_equal(p.figures.octave[4].t30.doubt, TON_ROOM_TRUSTED);
}

/* Of a response that begins with its direct sound nobody can say which of the two it was. */
static void a_response_with_nothing_before_it_has_too_little_decay(void **state) {
    (void)state;
    struct ton_room_advices a;
    make(4.0, 0.0);
    const struct ton_room_path p = measure(&a, false);
    assert_int_equal(p.figures.octave[4].t30.doubt, TON_ROOM_NOISE);
    assert_false(is_said(&a, "pause"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hall_that_was_cut_asks_for_a_longer_pause),
        cmocka_unit_test(noise_is_not_taken_for_a_cut),
        cmocka_unit_test(a_response_with_nothing_before_it_has_too_little_decay),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
