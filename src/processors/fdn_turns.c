/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The modulation of a feedback delay network: its matrix moves instead of its delays (S. J.
 * Schlecht, E. A. P. Habets, "Time-varying feedback matrices in feedback delay networks and their
 * application in artificial reverberation", JASA 138, 2015). Nothing is read between samples, so no
 * pass costs treble, and nothing wavers like a chorus: a resonance wanders to its neighbour and
 * back. */
#include "fdn_turns.h"

#include "ton/lfo.h"

#include <string.h>

#define GLIDE 0.05 /* of the way left of a new depth, every FDN_BLOCK frames */

/* Sine and cosine of each pair's turn. */
static void look(float cosine[FDN_PAIRS], float sine[FDN_PAIRS], const struct fdn_turns *t) {
    uint32_t phase[2 * FDN_PAIRS];
    double wave[2 * FDN_PAIRS];
    for (int p = 0; p < FDN_PAIRS; p++)
        phase[p] = (uint32_t)(t->phase[p] >> 32);
    ton_lfo_sine(wave, phase, FDN_PAIRS);
    for (int p = 0; p < FDN_PAIRS; p++) {
        phase[p] = ton_lfo_phase(t->depth * wave[p]);
        phase[FDN_PAIRS + p] = phase[p] + ton_lfo_phase(0.25);
    }
    ton_lfo_sine(wave, phase, 2 * FDN_PAIRS);
    for (int p = 0; p < FDN_PAIRS; p++) {
        sine[p] = (float)wave[p];
        cosine[p] = (float)wave[FDN_PAIRS + p];
    }
}

/* Golden-ratio steps, so that no two pairs swing alike. */
void fdn_turns_clear(struct fdn_turns *t) {
    for (int p = 0; p < FDN_PAIRS; p++)
        t->phase[p] = (uint64_t)p * 0x9e3779b97f4a7c15U;
    t->depth = t->target;
    t->on = t->depth > 0;
    look(t->now.cosine, t->now.sine, t);
    memset(t->now.cosine_step, 0, sizeof t->now.cosine_step);
    memset(t->now.sine_step, 0, sizeof t->now.sine_step);
}

void fdn_set_turns(struct fdn *f, double hz, double depth, bool now) {
    struct fdn_turns *t = &f->turns;
    t->target = depth / 4;
    for (int p = 0; p < FDN_PAIRS; p++) /* from 0.75 to 1.25 times the rate */
        t->speed[p] =
            (uint64_t)(hz * (0.75 + p / (2.0 * (FDN_PAIRS - 1))) * FDN_BLOCK / f->rate * 0x1p64);
    if (now)
        fdn_turns_clear(t);
}

void fdn_turns_glide(struct fdn_turns *t) {
    float cosine[FDN_PAIRS], sine[FDN_PAIRS];
    const double way = t->target - t->depth;
    for (int p = 0; p < FDN_PAIRS; p++) {
        t->now.cosine[p] += t->now.cosine_step[p] * FDN_BLOCK;
        t->now.sine[p] += t->now.sine_step[p] * FDN_BLOCK;
        t->phase[p] += t->speed[p];
    }
    t->depth = way > -1e-6 && way < 1e-6 ? t->target : t->depth + GLIDE * way;
    t->on = t->depth > 0 || t->on;
    if (!t->on)
        return;
    look(cosine, sine, t);
    for (int p = 0; p < FDN_PAIRS; p++) {
        t->now.cosine_step[p] = (cosine[p] - t->now.cosine[p]) / FDN_BLOCK;
        t->now.sine_step[p] = (sine[p] - t->now.sine[p]) / FDN_BLOCK;
    }
}
