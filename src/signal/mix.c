/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adding, scaling and checking blocks of samples; nothing is carried from one sample to the next.
 */
#include "ton/mix.h"

#include "kernels/kernels.h"

#include <string.h>

void ton_mix_gain(float *out, const float *in, float gain, int frames) {
    if (gain != 1.0F)
        ton_kernels()->mix_gain(out, in, gain, frames);
    else if (out != in)
        memcpy(out, in, sizeof *out * (size_t)frames);
}

void ton_mix_product(float *out, const float *a, const float *b, int frames) {
    ton_kernels()->mix_product(out, a, b, frames);
}

void ton_mix_ramp(float *out, const float *in, struct ton_ramp gain, int frames) {
    ton_kernels()->mix_ramp(out, in, gain, frames);
}

void ton_mix_taps(float *const out[2], const struct ton_tap *taps, int n, int frames) {
    ton_kernels()->mix_taps(out, taps, n, frames);
}

int ton_mix_repair(float *samples, int *first, int frames) {
    return ton_kernels()->mix_repair(samples, first, frames);
}
