/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A correction as a minimum-phase filter. The logarithm of a minimum-phase spectrum comes from a
 * cepstrum without a past; the log magnitude gives its even part, so its past is folded over. */
#include "correct.h"
#include "magnitude.h"

#include "ton/db.h"

#include <math.h>
#include <string.h>

enum { FINER = 4 }; /* bins for each tap: the cepstrum of sharp curves is long */
enum { PASSES = 32 };

static const double FADED_PART = 0.25, OVERDONE = 1.5;

/* Beyond the points the ends fade out as the correction does. */
static double wanted_at(const struct ton_correction *c, double hz) {
    const struct ton_response r = {.n = c->n, .hz = c->hz, .db = c->wanted_db};
    const bool beyond = hz < c->hz[0] || hz > c->hz[c->n - 1];
    return ton_response_at(&r, hz) * (beyond ? correct_part(c, fmax(hz, 1.0)) : 1.0);
}

/* Log magnitudes into the spectrum, `less` by so many dB. */
static void fill(struct spectrum *s, const struct ton_correction *c, const double *less,
                 double rate) {
    for (int k = 0; k <= s->n / 2; k++) {
        const double level = log(ton_db_to_gain(wanted_at(c, k * rate / s->n) - less[k]));
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

/* The minimum-phase filter of what is wanted, `less` by so many dB, and its spectrum. */
static void make(struct ton_correction *out, struct spectrum *s, const double *less, double rate) {
    fill(s, out, less, rate);
    spectrum_back(s);
    fold(s);
    ton_fft_forward(&s->fft, s->re[0], s->im[0], s->x);
    exponentiate(s);
    spectrum_back(s);
    cut(out->fir, out->taps, s->x);
    spectrum_of(s, 0, out->fir, out->taps);
}

/* Cut to its taps a filter rings about its corners, and so over its bounds: there it is asked for
 * less. Returns by how much it goes over. */
static double ask_for_less(double *less, const struct spectrum *s,
                           const struct ton_correction_how *how) {
    double most = 0.0;
    for (int k = 0; k <= s->n / 2; k++) {
        const double db = 10.0 * log10(fmax(spectrum_power(s, k), 1e-30));
        const double over = fmax(0.0, db - how->most_boost_db) + fmin(0.0, db + how->most_cut_db);
        less[k] += OVERDONE * over;
        most = fmax(most, fabs(over));
    }
    return most;
}

static void answer(struct ton_correction *out, const struct spectrum *s, double *sums,
                   double rate) {
    struct magnitude m;
    magnitude_sum(&m, sums, s, rate, 2.0);
    for (int i = 0; i < out->n; i++)
        out->fir_db[i] = magnitude_db(&m, out->hz[i], 0.0);
    for (int k = 0; k <= s->n / 2; k++)
        out->fir_most_db = fmax(out->fir_most_db, 10.0 * log10(spectrum_power(s, k)));
    out->fir_fit = correct_fit(out, out->fir_db);
}

enum ton_code correct_by_filter(struct ton_correction *out, struct ton_arena *arena,
                                const struct ton_correction_how *how, int rate,
                                struct ton_err *err) {
    struct spectrum s;
    enum ton_code code = spectrum_open(&s, (int64_t)FINER * out->taps, err);
    const size_t n = code == TON_OK ? (size_t)s.n / 2 + 2 : 0;
    double *const memory = code == TON_OK ? ton_alloc(2 * sizeof(double) * n) : NULL;
    out->fir = TON_NEW_N(arena, float, out->taps);
    if (code == TON_OK && !(out->fir && memory))
        code = ton_fail(err, TON_MEMORY, NULL, "no memory for a filter of %d taps", out->taps);
    if (code == TON_OK) {
        double *const less = memory + n;
        memset(less, 0, sizeof *less * n);
        for (int pass = 0; pass < PASSES; pass++) {
            make(out, &s, less, rate);
            if (ask_for_less(less, &s, how) <= 0.5 * CORRECT_WITHIN_DB)
                break;
        }
        answer(out, &s, memory, rate);
    }
    ton_free(memory);
    spectrum_close(&s);
    return code;
}
