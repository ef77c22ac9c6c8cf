/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sound of the metronome: sines that begin half a frame in, so that the first frame already is
 * heard, and die away within 10 ms; the attack is a quarter of the sine's own, so what lies above
 * 10 kHz is 60 dB below. */
#include "click.h"

#include "ton/arena.h"

#define LENGTH_S 0.010
#define DECAY_S 0.0018
#define BEAT_HZ 1000.0
#define ACCENT_HZ 1600.0
#define PI 3.14159265358979323846

static float *make(int length, int rate, double hz) {
    float *burst = ton_alloc(sizeof *burst * (size_t)length);
    for (int i = 0; burst && i < length; i++) {
        const double t = (i + 0.5) / rate;
        const double end = 0.5 + 0.5 * cos(PI * (i + 0.5) / length);
        burst[i] = (float)(sin(2.0 * PI * hz * t) * exp(-t / DECAY_S) * end);
    }
    return burst;
}

bool click_init(struct clicking *c, const struct ton_tempo_map *map, int rate) {
    *c = (struct clicking){.map = map, .length = (int)(LENGTH_S * rate) + 1};
    c->beat = make(c->length, rate, BEAT_HZ);
    c->accent = make(c->length, rate, ACCENT_HZ);
    return c->beat && c->accent;
}

void click_finish(struct clicking *c) {
    ton_free(c->beat);
    ton_free(c->accent);
}
