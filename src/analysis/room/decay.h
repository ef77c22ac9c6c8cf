/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_DECAY_H
#define TON_ROOM_DECAY_H

#include "ton/room.h"

/* Where the noise takes over from a decaying sound. Powers are those of one frame. */
struct decay_end {
    bool found;      /* false: nothing decays */
    int frame;       /* as loud as the noise */
    double noise;    /* mean power of the noise */
    double db_frame; /* slope of the late decay, negative */
    double rest;     /* energy of the decay behind `frame` */
};

/* `sound[0]` is the direct sound. */
struct decay_end decay_find_end(const float *sound, int frames, int rate);

/* Energy of the sound from frame `from` on, less the noise's. */
double decay_energy(const float *sound, int from, const struct decay_end *end);

/* Fills the decay times and range_db. `ringing_s`: what is shorter is the filter's. 0: none. */
enum ton_code decay_times(struct ton_room_band *out, const float *sound, int rate,
                          const struct decay_end *end, double ringing_s, struct ton_err *err);

/* The decay curve in dB re its beginning, a point every `step` frames; `levels` is the caller's to
 * free. */
struct decay_curve {
    double *levels;
    int n, step;
};
enum ton_code decay_curve(struct decay_curve *out, const float *sound, int rate,
                          const struct decay_end *end, struct ton_err *err);

#endif
