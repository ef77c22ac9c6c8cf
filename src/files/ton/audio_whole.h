/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_AUDIO_WHOLE_H
#define TON_AUDIO_WHOLE_H

#include "ton/arena.h"

#include <stdint.h>

/* A short file (an impulse response), read whole and at the rate that is wanted: planar, full scale
 * 1.0. One that is longer than a minute was meant for a track and is refused. */
struct ton_audio_whole {
    int channels;
    int64_t frames;           /* at least 1 */
    double file_rate;         /* Hz, before */
    const float *const *data; /* [channel][frame], in the arena */
};

/* `rate` in whole Hz. Refuses what has no sound or more than `most_channels`. @thread any, the
 * arena's owner */
enum ton_code ton_audio_read_whole(struct ton_audio_whole *out, struct ton_arena *arena,
                                   const char *path, double rate, int most_channels,
                                   struct ton_err *err);

#endif
