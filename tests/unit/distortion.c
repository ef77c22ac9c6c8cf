/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Distortion that is told from noise: of a cable none, whatever the noise is like, and of what
 * distorts as much as it does. Recordings begin with the sweep, as they do when it is played. */

#include "noise.h"
#include "promise.h"

#include "ton/sweep.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RATE = 48000, SEEDS = 4 };

enum colour { WHITE, PINK, BROWN, COLOURS };
static const char *const words[COLOURS] = {"white", "pink", "brown"};

static struct ton_arena *arena;
static float *heard, *noise;

static int set_up(void **state) {
    (void)state;
    arena = ton_arena_create();
    heard = ton_alloc(sizeof(float) * (1 << 20));
    noise = ton_alloc(sizeof(float) * (1 << 20));
    return !arena || !heard || !noise;
}

static int tear_down(void **state) {
    (void)state;
    ton_arena_destroy(arena);
    ton_free(heard);
    ton_free(noise);
    return 0;
}

/* 3 dB an octave less from octave to octave: a sum of low passes two octaves apart. */
static double pink(double ring[6], double x) {
    double sum = 0.0;
    for (int k = 0; k < 6; k++) {
        const double part = 2.0 * M_PI * 10.0 * pow(4.0, k) / RATE;
        ring[k] += fmin(part, 1.0) * (x - ring[k]);
        sum += ring[k] * pow(2.0, -k);
    }
    return sum;
}

/* Noise of this RMS in dBFS; brown falls by 6 dB an octave from 8 Hz on. */
static void add_noise(int n, enum colour colour, double rms_db, uint64_t seed) {
    double ring[6] = {0}, energy = 0.0;
    for (int i = -RATE / 4; i < n; i++) { /* until the filters have forgotten their start */
        const double x = white_noise(&seed);
        double y = x;
        if (colour == PINK)
            y = pink(ring, x);
        else if (colour == BROWN)
            y = ring[0] = 0.999 * ring[0] + x;
        if (i >= 0)
            noise[i] = (float)y;
    }
    for (int i = 0; i < n; i++)
        energy += (double)noise[i] * noise[i];
    for (int i = 0; i < n; i++)
        heard[i] += (float)(noise[i] * pow(10.0, rms_db / 20.0) / sqrt(energy / n));
}

static struct ton_sweep settled(double seconds, double pause_s, int times) {
    struct ton_sweep s = {.rate = RATE, .seconds = seconds, .pause_s = pause_s, .times = times};
    struct ton_err err;
    assert_int_equal(ton_sweep_settle(&s, &err), TON_OK);
    return s;
}

static struct ton_sweep_heard hear(const struct ton_sweep *s, int n) {
    struct ton_sweep_heard h;
    struct ton_err err;
    assert_int_equal(ton_sweep_hear(&h, arena, s, heard, n, &err), TON_OK);
    assert_int_equal(h.trouble, 0);
    return h;
}

/* The sweeps, of which a sine of their level gets so much of a second harmonic. */
static int play(const struct ton_sweep *s, double second) {
    const int n = (int)ton_sweep_frames(s);
    const double top = pow(10.0, s->level_db / 20.0);
    ton_sweep_make(heard, s, 0, n);
    for (int i = 0; i < n; i++)
        heard[i] += (float)(second * 2.0 * heard[i] * heard[i] / top);
    return n;
}

static void no_noise_is_told_as_distortion(void **state) {
    (void)state;
    static const double level_db[COLOURS] = {-50.0, -50.0, -45.0};
    const int seeds = fewer(SEEDS, 1);
    for (int times = 1; times <= 2; times++) {
        const struct ton_sweep s = settled(5.0, 2.0, times);
        for (int c = 0; c < COLOURS; c++) {
            int told = 0;
            double most = 0.0;
            for (int seed = 1; seed <= seeds; seed++) {
                const int n = play(&s, 0.0);
                add_noise(n, (enum colour)c, level_db[c], (uint64_t)seed);
                const struct ton_sweep_heard h = hear(&s, n);
                told += !isnan(h.thd_percent);
                most = fmax(most, h.thd_percent);
            }
            figure("%d x, %s noise of %.0f dBFS: told %d times of %d (0), most %.3f %%", times,
                   words[c], level_db[c], told, seeds, most);
            assert_int_equal(told, 0);
        }
    }
}

static void distortion_is_told_beside_noise(void **state) {
    (void)state;
    for (int times = 1; times <= 2; times++) {
        const struct ton_sweep s = settled(5.0, 2.0, times);
        for (int c = 0; c < COLOURS; c++) {
            const int n = play(&s, 0.01);
            add_noise(n, (enum colour)c, -60.0, 1);
            const struct ton_sweep_heard h = hear(&s, n);
            figure("%d x, 1 %% in %s noise of -60 dBFS: %.3f %% (+-0.05), 2nd %.2f dB", times,
                   words[c], h.thd_percent, h.harmonic_db[2]);
            assert_true(fabs(h.thd_percent - 1.0) < 0.05);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_noise_is_told_as_distortion),
        cmocka_unit_test(distortion_is_told_beside_noise),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
