/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of a sweep share: a recording in `heard`, of a cable, of a room or of noise. */
#ifndef TON_TEST_SWEEP_RIG_H
#define TON_TEST_SWEEP_RIG_H

#include "noise.h"
#include "promise.h"

#include "ton/sweep.h"

#include <math.h>
#include <string.h>

enum { RATE = 48000, LEAD = 4000 };

static struct ton_arena *arena;
static float *heard;
static int frames;

static int set_up(void **state) {
    (void)state;
    arena = ton_arena_create();
    heard = ton_alloc(sizeof(float) * (1 << 22));
    return !arena || !heard;
}

static int tear_down(void **state) {
    (void)state;
    ton_arena_destroy(arena);
    ton_free(heard);
    return 0;
}

static struct ton_sweep settled(double seconds, int times) {
    struct ton_sweep s = {.rate = RATE, .seconds = seconds, .pause_s = 0.5, .times = times};
    struct ton_err err;
    assert_int_equal(ton_sweep_settle(&s, &err), TON_OK);
    return s;
}

static double noise(void) {
    static uint64_t seed = 1;
    return white_noise(&seed);
}

/* The recording of a cable: LEAD frames of silence, the sweeps. */
static void play(const struct ton_sweep *s) {
    frames = LEAD + (int)ton_sweep_frames(s);
    ton_sweep_make(heard, s, -LEAD, frames);
}

static struct ton_sweep_heard hear(const struct ton_sweep *s, const float *from, int n) {
    struct ton_sweep_heard h;
    struct ton_err err = {0};
    const enum ton_code code = ton_sweep_hear(&h, arena, s, from, n, &err);
    if (code != TON_OK)
        figure("%s", err.text);
    assert_int_equal(code, TON_OK);
    return h;
}

/* A room: decaying noise behind the direct sound, T 0.4 s. */
static void reverberate(void) {
    enum { TAPS = 100 };
    int at[TAPS];
    float gain[TAPS];
    float *const dry = ton_alloc(sizeof(float) * (size_t)frames);
    assert_non_null(dry);
    memcpy(dry, heard, sizeof(float) * (size_t)frames);
    for (int k = 0; k < TAPS; k++) {
        at[k] = 100 + k * 120 + (int)(60.0 * fabs(noise()));
        gain[k] = (float)(0.2 * noise() * pow(10.0, -3.0 * at[k] / (0.4 * RATE)));
    }
    for (int i = frames - 1; i >= 0; i--)
        for (int k = 0; k < TAPS; k++)
            heard[i] += at[k] <= i ? gain[k] * dry[i - at[k]] : 0.0F;
    for (int i = 1; i < frames; i++) /* a loudspeaker with less treble */
        heard[i] = heard[i - 1] + 0.5F * (heard[i] - heard[i - 1]);
    ton_free(dry);
}

#endif
