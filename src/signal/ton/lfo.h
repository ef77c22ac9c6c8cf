/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LFO_H
#define TON_LFO_H

#include <stdint.h>

/* A low-frequency oscillator. Its phase is a whole number, 2^64 of a cycle, and wraps by itself: it
 * depends on the frames since the reset alone, never drifts, and is the same however a stream is
 * cut. Zero-initialised it stands still at phase 0. @thread audio */
struct ton_lfo {
    uint64_t phase;
    uint64_t step, target; /* of phase a frame: now, and where it goes */
    int64_t bend;          /* of `step` a frame */
    int left;              /* frames until `step` is `target` */
};

/* Phase 0, with the rate it was going to. */
static inline void ton_lfo_reset(struct ton_lfo *l) {
    *l = (struct ton_lfo){.step = l->target, .target = l->target};
}

/* Goes to `hz` in `frames` (0: at once) without a jump of the phase. `hz` is at least 0 and below
 * the rate. */
void ton_lfo_go_to(struct ton_lfo *l, double hz, double rate, int frames);

/* The phases of the next `n` frames, each 2^32 a cycle. */
void ton_lfo_run(struct ton_lfo *l, uint32_t *phase, int n);

/* The shapes at phases, -1 … 1: both rise from 0 at phase 0 to 1 a quarter of a cycle later. */
void ton_lfo_triangle(double *out, const uint32_t *phase, int n);
void ton_lfo_sine(double *out, const uint32_t *phase, int n); /* within 1e-9 */

/* The phase of a part of a cycle; 1.25 is 0.25. */
static inline uint32_t ton_lfo_phase(double cycles) {
    return (uint32_t)(int64_t)(cycles * 4294967296.0);
}

#endif
