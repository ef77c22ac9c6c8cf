/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pink filter: real poles two octaves apart with zeros half way between them fall 3.01 dB an
 * octave, and never stray from that line by more than 0.016 dB. They come in pairs, each matched as
 * one analogue section. */
#include "ton/pink.h"

#include "ton/db.h"

#include <string.h>

#define FIRST_HZ 5.0 /* pole */
#define APART 4.0    /* from pole to pole */

/* Two poles and two zeros: (1 + s/2)(1 + s/8) / ((1 + s)(1 + s/4)), s = j f / hz. */
static struct ton_analogue two_steps(double hz) {
    const double root = sqrt(APART);
    return (struct ton_analogue){
        .hz = hz,
        .n = {1.0, 1.0 / root + 1.0 / (root * APART), 1.0 / (root * root * APART)},
        .d = {1.0, 1.0 + 1.0 / APART, 1.0 / APART},
    };
}

static double gain_at(const struct ton_pink *p, double w) {
    double gain = 1.0;
    for (int i = 0; i < p->n; i++) {
        double h[2];
        ton_biquad_response(h, &p->sections[i], w);
        gain *= hypot(h[0], h[1]);
    }
    return gain;
}

void ton_pink_init(struct ton_pink *p, double rate) {
    *p = (struct ton_pink){0};
    for (double hz = FIRST_HZ; hz < 2.0 * rate && p->n + 2 <= TON_PINK_SECTIONS;
         hz *= APART * APART) {
        struct ton_biquad pair[2];
        const struct ton_analogue steps = two_steps(hz);
        ton_biquad_match(pair, &steps, rate);
        p->sections[p->n++] = pair[0];
        if (!ton_biquad_is_through(&pair[1]))
            p->sections[p->n++] = pair[1];
    }
    const double unity = 1.0 / gain_at(p, 2.0 * M_PI * 1000.0 / rate);
    p->sections[0].b0 *= unity;
    p->sections[0].b1 *= unity;
    p->sections[0].b2 *= unity;
}
