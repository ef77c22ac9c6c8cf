/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Harmonic distortion from a deconvolved sweep. The sweep's n-th harmonic is the sweep begun
 * growth * ln(n) frames earlier, so its response stands that much ahead of the linear one, and its
 * spectrum at n f, over that of the linear one at f, is the harmonic of a sine at f re that sine
 * (Farina 2000, section 3). Both are cut to the same length, so a room's decay counts for both. */
#include "hear.h"

#include <math.h>

enum { NOISE = 12 }; /* beyond the place of this harmonic there is only noise */

static const double AHEAD_S = 0.02, LONGEST_S = 0.5;
static const double LEAST_OVER_NOISE = 2.0;

struct cut {
    int ahead, frames;
};

/* Room for harmonic n: until the one before it begins. */
static struct cut cut_of(const struct hearing *h, int n) {
    const double rate = h->sweep->rate, apart = h->shape.growth * log((double)n / (n - 1));
    const double ahead = fmin(AHEAD_S * rate, apart / 4.0);
    return (struct cut){(int)ahead, (int)fmin(LONGEST_S * rate, apart - ahead)};
}

/* 0 at an end, 1 from `length` frames on. */
static double taper(int from_end, int length) {
    return from_end >= length ? 1.0 : 0.5 - 0.5 * cos(M_PI * from_end / length);
}

/* Mean of |.|^2 from `from` to `to` Hz, equal weight an octave, of the response that arrives
 * `early` frames before the linear one. */
static double mean_power(struct spectrum *s, const struct hearing *h, double early, struct cut cut,
                         double from, double to) {
    double sum = 0.0, weight = 0.0;
    hear_copy(s->x, h, (int64_t)floor(h->arrival - early + 0.5) - cut.ahead, cut.frames);
    for (int i = 0; i < s->n; i++)
        s->x[i] *= i < cut.frames
                       ? (float)fmin(taper(i, cut.ahead), taper(cut.frames - i, cut.frames / 4))
                       : 0.0F;
    ton_fft_forward(&s->fft, s->re[0], s->im[0], s->x);
    for (int k = 1; k < s->n / 2; k++) {
        const double hz = (double)k * h->sweep->rate / s->n;
        if (hz < from || hz > to)
            continue;
        sum += spectrum_power(s, k) / k;
        weight += 1.0 / k;
    }
    return weight > 0.0 ? sum / weight : NAN;
}

static double harmonic_db(struct spectrum *s, const struct hearing *h, int n) {
    const double from = h->sweep->from_hz, to = h->sweep->to_hz, growth = h->shape.growth;
    const struct cut cut = cut_of(h, n);
    const double empty = 0.5 * (log(NOISE) + log(h->shape.last_hz / h->shape.first_hz));
    const double noise = mean_power(s, h, growth * empty, cut, n * from, to);
    const double power = mean_power(s, h, growth * log(n), cut, n * from, to);
    const double fundamental = mean_power(s, h, 0.0, cut, from, to / n);
    const bool lost = power < LEAST_OVER_NOISE * noise;
    return lost || !(fundamental > 0.0) ? NAN : 10.0 * log10((power - noise) / fundamental);
}

enum ton_code hear_distortion(struct ton_sweep_heard *out, const struct hearing *h,
                              struct ton_err *err) {
    struct spectrum s;
    double sum = 0.0;
    if (h->shape.last_hz / h->shape.first_hz < 1.5 * NOISE)
        return TON_OK;
    const enum ton_code code = spectrum_open(&s, (int64_t)(LONGEST_S * h->sweep->rate) + 1, err);
    for (int n = 2; code == TON_OK && n <= TON_SWEEP_HARMONICS; n++) {
        out->harmonic_db[n] = harmonic_db(&s, h, n);
        if (!isnan(out->harmonic_db[n]))
            sum += pow(10.0, out->harmonic_db[n] / 10.0);
    }
    out->thd_percent = sum > 0.0 ? 100.0 * sqrt(sum) : NAN;
    spectrum_close(&s);
    return code;
}
