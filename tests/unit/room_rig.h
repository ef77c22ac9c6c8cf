/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Made-up impulse responses. Who includes it says first how long they are (FRAMES), and where the
 * direct sound is in them (LEAD). */
#ifndef TON_TEST_ROOM_RIG_H
#define TON_TEST_ROOM_RIG_H

#include "promise.h"

#include "ton/arena.h"

#include <math.h>

enum { RATE = 48000 };

static float *response;
static struct ton_arena *arena;

static int set_up(void **state) {
    (void)state;
    arena = ton_arena_create();
    response = ton_alloc(sizeof(float) * FRAMES);
    return !arena || !response;
}

static int tear_down(void **state) {
    (void)state;
    ton_arena_destroy(arena);
    ton_free(response);
    return 0;
}

/* Adds a tone that falls by 60 dB in t60. */
static void add_tone(double hz, double t60, double level) {
    for (int i = LEAD; i < FRAMES; i++) {
        const double t = (double)(i - LEAD) / RATE;
        response[i] += (float)(level * sin(2.0 * M_PI * hz * t) * pow(10.0, -3.0 * t / t60));
    }
}

#endif
