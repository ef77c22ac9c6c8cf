/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Linear timecode: the bits of a frame, and the edges they make. A correction bit keeps the number
 * of zeros in a frame even, so that all frames begin with the same edge and none needs the one
 * before. */
#include "ton/ltc.h"

#include <math.h>
#include <string.h>

#define RISE_S 40e-6              /* 10 to 90 % */
#define RISE_OF_EDGE 0.5903344706 /* part of half a cosine between 10 and 90 % */
#define SYNC 0xbffcU              /* bits 64 … 79, the first one lowest */

static const struct {
    int nominal; /* frames counted a second */
    double fps;
    bool drop;
    int correction; /* the bit that keeps the zeros even */
} kinds[] = {
    [TON_FPS_23976] = {24, 24000.0 / 1001.0, false, 27},
    [TON_FPS_24] = {24, 24.0, false, 27},
    [TON_FPS_25] = {25, 25.0, false, 59},
    [TON_FPS_2997] = {30, 30000.0 / 1001.0, false, 27},
    [TON_FPS_2997_DROP] = {30, 30000.0 / 1001.0, true, 27},
    [TON_FPS_30] = {30, 30.0, false, 27},
};

enum { DROPPED = 2, MINUTE = 1800 - DROPPED, TEN_MINUTES = 10 * MINUTE + DROPPED };

struct ton_fps_kind ton_fps_kind(enum ton_fps fps) {
    return (struct ton_fps_kind){kinds[fps].nominal, kinds[fps].fps, kinds[fps].drop};
}

int64_t ton_timecode_number(struct ton_timecode t, enum ton_fps fps) {
    const int64_t minutes = t.hours * 60 + t.minutes;
    if (kinds[fps].drop && t.seconds == 0 && t.frames < DROPPED && t.minutes % 10 != 0)
        t.frames = DROPPED;
    const int64_t number = (minutes * 60 + t.seconds) * kinds[fps].nominal + t.frames;
    return kinds[fps].drop ? number - DROPPED * (minutes - minutes / 10) : number;
}

int64_t ton_timecode_day(enum ton_fps fps) {
    return kinds[fps].drop ? 144LL * TEN_MINUTES : 86400LL * kinds[fps].nominal;
}

struct ton_timecode ton_timecode_of(int64_t number, enum ton_fps fps) {
    const int nominal = kinds[fps].nominal;
    const int64_t day = ton_timecode_day(fps);
    number %= day;
    number += number < 0 ? day : 0;
    if (kinds[fps].drop) {
        const int64_t tens = number / TEN_MINUTES, rest = number % TEN_MINUTES;
        number += DROPPED * (9 * tens + (rest < DROPPED ? 0 : (rest - DROPPED) / MINUTE));
    }
    const int64_t seconds = number / nominal;
    return (struct ton_timecode){.hours = (int)(seconds / 3600),
                                 .minutes = (int)(seconds / 60 % 60),
                                 .seconds = (int)(seconds % 60),
                                 .frames = (int)(number % nominal)};
}

struct ton_timecode ton_ltc_timecode(const struct ton_ltc *l, int64_t n) {
    return ton_timecode_of(l->start + n, l->fps);
}

void ton_ltc_init(struct ton_ltc *l, double rate, enum ton_fps fps, struct ton_timecode start) {
    *l = (struct ton_ltc){.fps = fps, .held = INT64_MIN};
    l->bits_a_frame = TON_LTC_BITS * kinds[fps].fps / rate;
    l->edge = RISE_S / RISE_OF_EDGE * TON_LTC_BITS * kinds[fps].fps;
    l->start = ton_timecode_number(start, fps);
}

void ton_ltc_init_at(struct ton_ltc *l, double rate, enum ton_fps fps, double start) {
    ton_ltc_init(l, rate, fps, (struct ton_timecode){0});
    const double frames = start / rate * kinds[fps].fps, near = nearbyint(frames);
    const double whole = fabs(frames - near) < 1e-6 ? near : floor(frames);
    l->start = (int64_t)whole;
    l->into = fmax(frames - whole, 0.0);
}

static void put(bool *bits, int first, int n, unsigned value) {
    for (int i = 0; i < n; i++)
        bits[first + i] = value >> i & 1U;
}

/* Binary-coded decimals among user bits, which are 0. */
static void make_bits(bool bits[TON_LTC_BITS], const struct ton_ltc *l, struct ton_timecode t) {
    const int values[] = {t.frames, t.seconds, t.minutes, t.hours};
    memset(bits, 0, sizeof *bits * TON_LTC_BITS);
    for (int i = 0; i < 4; i++) {
        put(bits, 16 * i, 4, (unsigned)values[i] % 10);
        put(bits, 16 * i + 8, 3, (unsigned)values[i] / 10);
    }
    bits[10] = kinds[l->fps].drop;
    put(bits, 64, 16, SYNC);
    int ones = 0;
    for (int i = 0; i < TON_LTC_BITS; i++)
        ones += bits[i];
    bits[kinds[l->fps].correction] = ones % 2;
}

/* An edge begins every bit, and one more stands in the middle of a 1. */
static void hold_frame(struct ton_ltc *l, int64_t n) {
    bool bits[TON_LTC_BITS];
    make_bits(bits, l, ton_ltc_timecode(l, n));
    float level = -1;
    for (int i = 0; i < TON_LTC_BITS; i++) {
        level = -level;
        l->levels[2 * i] = level;
        level = bits[i] ? -level : level;
        l->levels[2 * i + 1] = level;
    }
    l->held = n;
}

float ton_ltc_at(struct ton_ltc *l, int64_t frame) {
    const double at = (double)frame * l->bits_a_frame + l->into * TON_LTC_BITS;
    const int64_t n = (int64_t)floor(at / TON_LTC_BITS);
    if (n != l->held)
        hold_frame(l, n);
    const double place = 2.0 * (at - (double)n * TON_LTC_BITS); /* in half bits */
    int half = (int)place;
    half = half < 2 * TON_LTC_BITS ? half : 2 * TON_LTC_BITS - 1;
    /* What the nearest edge leads from and to; a frame ends at -1 and the next begins with 1. */
    const double into = place - half, edge = 2.0 * l->edge;
    const bool after = into < 0.5;
    const float here = l->levels[half];
    const float before = half > 0 ? l->levels[half - 1] : -1.0F;
    const float next = half + 1 < 2 * TON_LTC_BITS ? l->levels[half + 1] : 1.0F;
    const double from = (double)(after ? before : here), to = (double)(after ? here : next);
    const double way = fmin(fmax(0.5 + (after ? into : into - 1.0) / edge, 0.0), 1.0);
    return (float)(from + (to - from) * (0.5 - 0.5 * cos(M_PI * way)));
}
