/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_SWAY_H
#define TON_PROCESSORS_SWAY_H

#include "ton/lfo.h"
#include "ton/row.h"
#include "ton/rt.h"
#include "ton/smooth.h"

#include <stdbool.h>

/* What tremolo, chorus, flanger and phaser move by: an oscillator in Hz or by note values, and how
 * far the right of two channels is ahead of the left. Phase 0 is the start of the session. */
enum { SWAY_CHUNK = 64, SWAY_GLIDE = 64 };
#define SWAY_LEAST_HZ 0.01F
#define SWAY_MOST_HZ 40.0F

/* Why a delay's movement is heard. */
#define SWAY_DELAY_JUMPS "A delay that moves bends the pitch of what it delays."

#define SWAY_RATE_ROW(most, usual, text)                                                           \
    {                                                                                              \
        .key = "rate", .label = "Rate", .kind = TON_TIME_NOTE, .unit = TON_UNIT_HZ,                \
        .min = SWAY_LEAST_HZ, .max = (most), .def = (usual), .scale = TON_LOGARITHMIC,             \
        .digits = 2, .help = text                                                                  \
    }

#define SWAY_PHASE_ROW(usual, text)                                                                \
    {                                                                                              \
        .key = "stereo_phase", .label = "Stereo phase", .unit = TON_UNIT_DEGREES, .max = 180,      \
        .def = (usual), .digits = 1, .help = text                                                  \
    }

struct sway {
    double rate, tempo;
    bool stereo;
    struct ton_lfo lfo;
    struct ton_glide ahead; /* of the right, cycles */
};

static inline void sway_reset(struct sway *s) {
    ton_lfo_reset(&s->lfo);
    ton_glide_set(&s->ahead, s->ahead.target);
}

/* The Hz of a rate row's value. */
double sway_hz(const struct sway *s, float rate);

/* Goes there in `frames`; 0: at once. */
TON_RT void sway_go_to(struct sway *s, double hz, double ahead_cycles, int frames);

/* The phases of the next n frames, at most SWAY_CHUNK: left (and all channels of a strip that is
 * not stereo, or whose sides go together), right. Returns how many of the two there are. */
TON_RT int sway_run(struct sway *s, uint32_t phase[2][SWAY_CHUNK], int n);

#endif
