/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Delays the sound by the look-ahead and multiplies it by the gain that was found meanwhile. */
#include "look_ahead.h"

#include "ton/mix.h"

#include <string.h>

void look_ahead_lay_out(struct look_ahead *l, struct carver *c, int channels, int frames) {
    if (l)
        l->channels = channels;
    for (int i = 0; i < channels; i++) {
        float *const memory = carve_floats(c, frames);
        if (l)
            ton_fixed_delay_init(&l->delays[i], memory, frames);
    }
}

void look_ahead_clear(struct look_ahead *l) {
    for (int c = 0; c < l->channels; c++)
        ton_fixed_delay_clear(&l->delays[c]);
}

void look_ahead_run(struct look_ahead *l, const struct ton_io *io, int from, int frames,
                    float (*gain)[LOOK_AHEAD_BLOCK], int n_gains) {
    for (int c = 0; c < l->channels; c++) {
        const float *const g = gain[c < n_gains ? c : 0];
        float *const out = io->out[c] + from;
        const float *sound = io->in[c] + from;
        if (l->delays[c].frames > 0) {
            memcpy(l->line, sound, sizeof *l->line * (size_t)frames);
            ton_fixed_delay_run(&l->delays[c], l->line, frames);
            sound = l->line;
        }
        ton_mix_product(out, sound, g, frames);
    }
}
