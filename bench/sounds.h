/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the workloads listen to: made from seeds, the same bytes each time. */
#ifndef TON_BENCH_SOUNDS_H
#define TON_BENCH_SOUNDS_H

enum sound {
    TRACKS = 1,      /* t01.wav ... t32.wav: mono float, 48 kHz, TRACK_S each */
    TEN_MINUTES = 2, /* ten.wav: stereo 24-bit, 48 kHz */
    TEN_AT_96K = 4,  /* ten-96k.wav: the same at 96 kHz */
    HOUR = 8,        /* hour.wav: six times ten minutes at levels of their own */
};

enum { N_TRACKS = 32, TRACK_S = 180 };

/* Makes those of `which` (a set) in the folder audio here, two at a time. 0: the disk is full, or
 * the like, and errno says so. */
int sounds_make(unsigned which);

#endif
