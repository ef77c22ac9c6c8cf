/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PINK_H
#define TON_PINK_H

#include "ton/biquad.h"

/* Makes white noise pink: the same power in every octave, -3.01 dB an octave, from 20 Hz to 20 kHz
 * or 0.45 of the rate; level below 10 Hz. */
enum { TON_PINK_SECTIONS = 12 };

struct ton_pink {
    int n;
    struct ton_biquad sections[TON_PINK_SECTIONS];
    struct ton_biquad_state memory[TON_PINK_SECTIONS];
};

/* At rest. Gain 0 dB at 1 kHz. */
void ton_pink_init(struct ton_pink *p, double rate);

/* @thread audio */
static inline double ton_pink_run(struct ton_pink *p, double x) {
    for (int i = 0; i < p->n; i++)
        x = ton_biquad_run(&p->sections[i], &p->memory[i], x);
    return x;
}

#endif
