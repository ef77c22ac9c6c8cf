/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An all-pass run backwards in time, by a product of two-tap filters. */
#include "ton/reverse_allpass.h"

#include <complex.h>
#include <math.h>

#define CUT 1e-5 /* -100 dB */

/* 1 + a1/z + a2/z^2, the bilinear transform of s^2 + k s + 1; the all-pass has it upside down above
 * the line. Its poles are a pair for every k under 2. */
struct denominator {
    double a1, a2;
};

static struct denominator denominator_of(double corner, double k) {
    const double scale = 1 / (1 + corner * (corner + k));
    return (struct denominator){2 * (corner * corner - 1) * scale,
                                (1 + corner * (corner - k)) * scale};
}

static int stages_of(double corner, double k) {
    const double frames = log(CUT) / (0.5 * log(denominator_of(corner, k).a2));
    int stages = 1;
    while (stages < TON_REVERSE_MOST_STAGES && (1 << stages) < frames)
        stages++;
    return stages;
}

int ton_reverse_allpass_latency(double corner, double k) {
    return (1 << stages_of(corner, k)) - 1;
}

/* direct + 2 Re(residue / (1 - p/z)) = (a2 + a1/z + 1/z^2) / (1 + a1/z + a2/z^2) */
static void design(struct ton_reverse_allpass *r, double corner, double k) {
    const struct denominator d = denominator_of(corner, k);
    const double height = sqrt(d.a2 - 0.25 * d.a1 * d.a1), direct = 1 / d.a2;
    const double complex p = -0.5 * d.a1 + I * height;
    const double complex residue = ((d.a2 - direct) * p + d.a1 * (1 - direct)) / (2 * I * height);
    double complex power = p;
    r->direct = (float)direct;
    r->residue_re = (float)(2 * creal(residue));
    r->residue_im = (float)(2 * cimag(residue));
    for (int i = 0; i < r->stages; i++) {
        r->power_re[i] = (float)creal(power);
        r->power_im[i] = (float)cimag(power);
        power *= power;
    }
}

void ton_reverse_allpass_lay_out(struct ton_reverse_allpass *r, struct carver *c, double corner,
                                 double k) {
    const int stages = stages_of(corner, k), late = (1 << stages) - 1;
    float *const straight = carve_floats(c, late);
    if (r) {
        r->stages = stages;
        ton_fixed_delay_init(&r->straight, straight, late);
        design(r, corner, k);
    }
    for (int i = 0; i < stages; i++) {
        float *const re = carve_floats(c, 1 << i), *const im = carve_floats(c, 1 << i);
        if (r) {
            ton_fixed_delay_init(&r->re[i], re, 1 << i);
            ton_fixed_delay_init(&r->im[i], im, 1 << i);
        }
    }
}

void ton_reverse_allpass_clear(struct ton_reverse_allpass *r) {
    ton_fixed_delay_clear(&r->straight);
    for (int i = 0; i < r->stages; i++) {
        ton_fixed_delay_clear(&r->re[i]);
        ton_fixed_delay_clear(&r->im[i]);
    }
}

void ton_reverse_allpass_run(struct ton_reverse_allpass *r, float *x, int frames) {
    float re[TON_REVERSE_BLOCK], im[TON_REVERSE_BLOCK];
    float late_re[TON_REVERSE_BLOCK], late_im[TON_REVERSE_BLOCK];
    const size_t size = sizeof *x * (size_t)frames;
    memcpy(re, x, size);
    memset(im, 0, size);
    for (int k = 0; k < r->stages; k++) {
        const float a = r->power_re[k], b = r->power_im[k];
        memcpy(late_re, re, size);
        memcpy(late_im, im, size);
        ton_fixed_delay_run(&r->re[k], late_re, frames);
        ton_fixed_delay_run(&r->im[k], late_im, frames);
        for (int i = 0; i < frames; i++) {
            const float u = re[i], v = im[i];
            re[i] = (a * u - b * v) + late_re[i];
            im[i] = (a * v + b * u) + late_im[i];
        }
    }
    ton_fixed_delay_run(&r->straight, x, frames);
    for (int i = 0; i < frames; i++)
        x[i] = r->direct * x[i] + (r->residue_re * re[i] - r->residue_im * im[i]);
}
