/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A long Fourier transform with its arrays. */
#include "spectrum.h"

#include "ton/arena.h"

#include <string.h>

enum ton_code spectrum_open(struct spectrum *s, int64_t frames, struct ton_err *err) {
    int n = TON_FFT_LEAST;
    *s = (struct spectrum){0};
    while (n < frames && n < TON_FFT_LONGEST)
        n *= 2;
    if (frames > n)
        return ton_fail(err, TON_INPUT, NULL,
                        "%lld samples are too many to be analysed at once (at most %d); measure "
                        "with a shorter sweep or a lower rate",
                        (long long)frames, TON_FFT_LONGEST);
    const size_t half = (size_t)n / 2, tables = ton_fft_floats(n);
    s->n = n;
    s->memory = ton_alloc((tables + 6 * half) * sizeof(float));
    if (!s->memory)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for a transform of %d samples", n);
    s->x = s->memory + tables;
    for (int i = 0; i < 2; i++) {
        s->re[i] = s->x + (2 + 2 * (size_t)i) * half;
        s->im[i] = s->re[i] + half;
    }
    return ton_fft_open(&s->fft, s->memory, n, err);
}

void spectrum_close(struct spectrum *s) {
    ton_fft_close(&s->fft);
    ton_free(s->memory);
    s->memory = NULL;
}

void spectrum_of(struct spectrum *s, int which, const float *sound, int frames) {
    memcpy(s->x, sound, sizeof(float) * (size_t)frames);
    memset(s->x + frames, 0, sizeof(float) * (size_t)(s->n - frames));
    ton_fft_forward(&s->fft, s->re[which], s->im[which], s->x);
}

void spectrum_back(struct spectrum *s) {
    const float scale = 1.0F / (float)s->n;
    ton_fft_inverse(&s->fft, s->x, s->re[0], s->im[0]);
    for (int i = 0; i < s->n; i++)
        s->x[i] *= scale;
}

double spectrum_power(const struct spectrum *s, int bin) {
    const float *const re = s->re[0], *const im = s->im[0];
    if (bin == 0)
        return (double)re[0] * re[0];
    if (bin == s->n / 2)
        return (double)im[0] * im[0];
    return (double)re[bin] * re[bin] + (double)im[bin] * im[bin];
}
