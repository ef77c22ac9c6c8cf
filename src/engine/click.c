/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The metronome's audio thread. */
#include "click.h"

#include <string.h>

void click_ring(struct clicking *c, float *out, int frames, float gain) {
    int n = c->sounds ? c->length - c->at : 0;
    n = n < frames ? n : frames;
    for (int i = 0; i < n; i++)
        out[i] = gain * c->sounds[c->at + i];
    memset(out + n, 0, sizeof *out * (size_t)(frames - n));
    c->at += n;
}

/* Rings up to frame `at`, where the next burst begins. Returns how far it is. */
static int strike(struct clicking *c, float *out, int done, int64_t at, bool accent, float gain) {
    click_ring(c, out + done, (int)at - done, gain);
    c->sounds = accent ? c->accent : c->beat;
    c->at = 0;
    return (int)at;
}

void click_play(struct clicking *c, float *out, int64_t place, int frames, float gain) {
    int bar = 1, beat = 1, done = 0;
    double tick = 0;
    if (c->map)
        ton_tempo_position(c->map, (double)place - 1, &bar, &beat, &tick);
    while (c->map) {
        const int64_t at = llround(ton_tempo_frame_at(c->map, bar, beat, 0)) - place;
        if (at >= frames)
            break;
        if (at >= 0)
            done = strike(c, out, done, at, beat == 1, gain);
        if (++beat > ton_tempo_beats_in_bar(c->map, bar)) {
            bar++;
            beat = 1;
        }
    }
    click_ring(c, out + done, frames - done, gain);
}

/* Beat k before `roll` (or before the beat that it lies behind) comes `past + k` beats before it;
 * the beat on `roll` is no longer counted. */
void click_count(struct clicking *c, float *out, int64_t place, int64_t roll, int rate, int frames,
                 float gain) {
    int bar, beat, done = 0;
    double tick;
    if (!c->map) {
        click_ring(c, out, frames, gain);
        return;
    }
    ton_tempo_position(c->map, (double)roll, &bar, &beat, &tick);
    const int beats = ton_tempo_beats_in_bar(c->map, bar);
    const double period = 60.0 / ton_tempo_bpm_at(c->map, (double)roll) * rate;
    const double past = tick / TON_TICKS;
    const double furthest = floor((double)(roll - place) / period - past + 1.0);
    for (int64_t k = (int64_t)furthest; k >= 0 && (past + (double)k) * period >= 1.0; k--) {
        const int64_t at = roll + llround(-(past + (double)k) * period) - place;
        if (at >= frames)
            break;
        const int64_t in_bar = ((beat - 1 - k) % beats + beats) % beats;
        if (at >= 0)
            done = strike(c, out, done, at, in_bar == 0, gain);
    }
    click_ring(c, out + done, frames - done, gain);
}
