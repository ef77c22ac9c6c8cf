/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LTC_H
#define TON_LTC_H

#include "ton/rt.h"

#include <stdint.h>

/* Linear timecode (SMPTE ST 12-1): 80 bits a frame in biphase mark, edges that rise in 40 us. What
 * it sounds like is a function of the place on the timeline alone. */
enum ton_fps { TON_FPS_23976, TON_FPS_24, TON_FPS_25, TON_FPS_2997, TON_FPS_2997_DROP, TON_FPS_30 };

struct ton_timecode {
    int hours, minutes, seconds, frames;
};

/* How a kind counts: frames a second as they are numbered (24, 25, 30), and as they come (exact).
 * In drop-frame the first two numbers of a minute that is no multiple of ten do not exist. */
struct ton_fps_kind {
    int counted;
    double fps;
    bool drop;
};
TON_RT struct ton_fps_kind ton_fps_kind(enum ton_fps fps);

/* Frames since midnight, and back; `number` may be any (24 hours later it is the same timecode). A
 * timecode that drop-frame leaves out means the frame after. @thread any */
TON_RT int64_t ton_timecode_number(struct ton_timecode t, enum ton_fps fps);
TON_RT struct ton_timecode ton_timecode_of(int64_t number, enum ton_fps fps);
TON_RT int64_t ton_timecode_day(enum ton_fps fps); /* numbers until it begins again */

enum { TON_LTC_BITS = 80 };

struct ton_ltc {
    enum ton_fps fps;
    double bits_a_frame; /* bits of LTC a frame of audio */
    double edge;         /* bits that an edge takes */
    int64_t start;       /* frame number of the timecode at the start */
    double into;         /* part of that frame that has gone by at the start */
    int64_t held;        /* frame whose levels stand below */
    float levels[2 * TON_LTC_BITS];
};

/* `start` is heard at frame 0. */
void ton_ltc_init(struct ton_ltc *l, double rate, enum ton_fps fps, struct ton_timecode start);

/* `start` samples since midnight are heard at frame 0, which need not begin a frame. */
void ton_ltc_init_at(struct ton_ltc *l, double rate, enum ton_fps fps, double start);

/* The timecode of the n-th frame after the start; it begins again after 24 hours. */
struct ton_timecode ton_ltc_timecode(const struct ton_ltc *l, int64_t n);

/* -1 … 1 at a frame of audio, before the start too. @thread audio */
TON_RT float ton_ltc_at(struct ton_ltc *l, int64_t frame);

#endif
