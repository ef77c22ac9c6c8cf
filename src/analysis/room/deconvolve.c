/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A recording, divided by the sweep. */
#include "hear.h"

#include <math.h>
#include <string.h>

static const double REGULAR = 0.01; /* of the power that the sweep has in its band */

void hear_copy(float *out, const struct hearing *h, int64_t from, int n) {
    const int mask = h->spectrum.n - 1;
    for (int i = 0; i < n; i++)
        out[i] = h->spectrum.x[(from + i) & mask];
}

/* Multiplies bin k of spectrum 0 by a + jb. */
static void turn(struct spectrum *s, int k, double a, double b) {
    const double re = s->re[0][k], im = s->im[0][k];
    s->re[0][k] = (float)(re * a - im * b);
    s->im[0][k] = (float)(re * b + im * a);
}

/* Spectrum 0 by the sweep's in spectrum 1, or by its magnitude alone. */
static void divide(struct hearing *h, bool moves) {
    struct spectrum *const s = &h->spectrum;
    const double rate = h->sweep->rate;
    s->re[0][0] = s->im[0][0] = 0.0F;
    for (int k = 1; k < s->n / 2; k++) {
        const double hz = k * rate / s->n, re = s->re[1][k], im = s->im[1][k];
        const double least = REGULAR * sweep_power(&h->shape, rate, hz);
        const double power = fmax(re * re + im * im, least);
        const double scale = sweep_band(h->sweep, &h->shape, hz) / power;
        if (moves)
            turn(s, k, re * scale, -im * scale);
        else
            turn(s, k, sqrt(power) * scale, 0.0);
    }
}

void hear_deconvolve(struct hearing *h) {
    struct spectrum *const s = &h->spectrum;
    const int length = (int)(h->shape.frames * h->stretch) + 1;
    for (int i = 0; i < s->n; i++)
        s->x[i] = i < length ? (float)sweep_sample(&h->shape, h->sweep->rate, i / h->stretch) : 0;
    ton_fft_forward(&s->fft, s->re[1], s->im[1], s->x);
    spectrum_of(s, 0, h->heard, h->frames);
    divide(h, true);
}

void hear_whiten(struct hearing *h) {
    spectrum_of(&h->spectrum, 0, h->heard, h->frames);
    divide(h, false);
}

void hear_average(struct hearing *h) {
    struct spectrum *const s = &h->spectrum;
    const int times = h->sweep->times;
    for (int k = 1; k < s->n / 2; k++) {
        double re = 1.0 / times, im = 0.0;
        for (int m = 1; m < times; m++) {
            const double turns = m * h->shape.period * h->stretch / s->n;
            const double angle = 2.0 * M_PI * fmod(k * (turns - floor(turns)), 1.0);
            re += cos(angle) / times;
            im += sin(angle) / times;
        }
        turn(s, k, re, im);
    }
}
