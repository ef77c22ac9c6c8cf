/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The movement that tremolo, chorus, flanger and phaser have in common. */
#include "sway.h"

#include "note.h"

double sway_hz(const struct sway *s, float rate) {
    return fmin(fmax(note_hz(rate, s->tempo), (double)SWAY_LEAST_HZ), (double)SWAY_MOST_HZ);
}

void sway_go_to(struct sway *s, double hz, double ahead_cycles, int frames) {
    ton_lfo_go_to(&s->lfo, hz, s->rate, frames);
    if (frames > 0)
        ton_glide_to(&s->ahead, ahead_cycles, frames);
    else
        ton_glide_set(&s->ahead, ahead_cycles);
}

int sway_run(struct sway *s, uint32_t phase[2][SWAY_CHUNK], int n) {
    ton_lfo_run(&s->lfo, phase[0], n);
    if (!s->stereo || ton_glide_rests_at(&s->ahead, 0.0))
        return 1;
    int i = 0;
    for (; i < n && s->ahead.left > 0; i++)
        phase[1][i] = phase[0][i] + ton_lfo_phase(ton_glide_next(&s->ahead));
    for (const uint32_t ahead = ton_lfo_phase(s->ahead.value); i < n; i++)
        phase[1][i] = phase[0][i] + ahead;
    return 2;
}
