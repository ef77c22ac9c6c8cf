/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A correction as a minimum-phase filter. The logarithm of a minimum-phase spectrum comes from a
 * cepstrum without a past; the log magnitude gives its even part, so its past is folded over. */
#include "correct.h"
#include "magnitude.h"

#include "ton/db.h"

#include <string.h>

enum { FINER = 4 }; /* bins for each tap: the cepstrum of sharp curves is long */

static const double FADED_PART = 0.25;

/* Beyond the points the ends fade out as the correction does. */
static double wanted_at(const struct ton_correction *c, double hz) {
    const struct ton_response r = {.n = c->n, .hz = c->hz, .db = c->wanted_db};
    const bool beyond = hz < c->hz[0] || hz > c->hz[c->n - 1];
    return ton_response_at(&r, hz) * (beyond ? correct_part(c, fmax(hz, 1.0)) : 1.0);
}

/* Log magnitudes into the spectrum. */
static void fill(struct spectrum *s, const struct ton_correction *c, double rate) {
    for (int k = 0; k <= s->n / 2; k++) {
        const double level = log(ton_db_to_gain(wanted_at(c, k * rate / s->n)));
        if (k < s->n / 2)
            s->re[0][k] = (float)level;
        else
            s->im[0][0] = (float)level;
        if (k > 0 && k < s->n / 2)
            s->im[0][k] = 0.0F;
    }
}

static void fold(struct spectrum *s) {
    for (int i = 1; i < s->n / 2; i++) {
        s->x[i] *= 2.0F;
        s->x[s->n - i] = 0.0F;
    }
}

static void exponentiate(struct spectrum *s) {
    s->re[0][0] = expf(s->re[0][0]);
    s->im[0][0] = expf(s->im[0][0]);
    for (int k = 1; k < s->n / 2; k++) {
        const double size = exp(s->re[0][k]), angle = s->im[0][k];
        s->re[0][k] = (float)(size * cos(angle));
        s->im[0][k] = (float)(size * sin(angle));
    }
}

/* The filter that is in x, cut to its taps. */
static void cut(float *fir, int taps, const float *x) {
    for (int i = 0; i < taps; i++) {
        const double late = ((double)i / taps - (1.0 - FADED_PART)) / FADED_PART;
        fir[i] = (float)(x[i] * (late <= 0.0 ? 1.0 : 0.5 + 0.5 * cos(M_PI * late)));
    }
}

static enum ton_code answer(struct ton_correction *out, struct spectrum *s, double rate,
                            struct ton_err *err) {
    struct magnitude m;
    double *const sums = ton_alloc(sizeof(double) * (size_t)(s->n / 2 + 2));
    if (!sums)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for a filter of %d taps", out->taps);
    spectrum_of(s, 0, out->fir, out->taps);
    magnitude_sum(&m, sums, s, rate, 2.0);
    for (int i = 0; i < out->n; i++)
        out->fir_db[i] = magnitude_db(&m, out->hz[i], 0.0);
    for (int k = 0; k <= s->n / 2; k++)
        out->fir_most_db = fmax(out->fir_most_db, 10.0 * log10(spectrum_power(s, k)));
    out->fir_rms_db = correct_rms(out, out->fir_db);
    ton_free(sums);
    return TON_OK;
}

enum ton_code correct_by_filter(struct ton_correction *out, struct ton_arena *arena, int rate,
                                struct ton_err *err) {
    struct spectrum s;
    enum ton_code code = spectrum_open(&s, (int64_t)FINER * out->taps, err);
    out->fir = TON_NEW_N(arena, float, out->taps);
    if (code == TON_OK && !out->fir)
        code = ton_fail(err, TON_MEMORY, NULL, "no memory for a filter of %d taps", out->taps);
    if (code == TON_OK) {
        fill(&s, out, rate);
        spectrum_back(&s);
        fold(&s);
        ton_fft_forward(&s.fft, s.re[0], s.im[0], s.x);
        exponentiate(&s);
        spectrum_back(&s);
        cut(out->fir, out->taps, s.x);
        code = answer(out, &s, rate, err);
    }
    spectrum_close(&s);
    return code;
}
