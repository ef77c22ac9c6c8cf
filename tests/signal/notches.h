/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of flanger and phaser measure: where the notches of an impulse response lie. */
#ifndef TON_TEST_SIGNAL_NOTCHES_H
#define TON_TEST_SIGNAL_NOTCHES_H

#include "rig.h"

static inline double gain_at(const float *x, int64_t n, double rate, double hz) {
    const double w = 2 * M_PI * hz / rate;
    double re = 0, im = 0;
    for (int64_t i = 0; i < n; i++) {
        re += (double)x[i] * cos(w * (double)i);
        im -= (double)x[i] * sin(w * (double)i);
    }
    return hypot(re, im);
}

struct notch {
    double hz, db; /* its lowest place, and the level there */
};

/* Minima of the response that lie lower than -20 dB re `peak`, from `from` to `to` Hz: found on a
 * grid of 1/100 octave, then narrowed down. Returns how many (at most `most`). */
static inline int find_notches(struct notch *out, int most, const float *x, int64_t n, double rate,
                               double from, double to) {
    const double ratio = exp2(0.01);
    double before = gain_at(x, n, rate, from / ratio), now = gain_at(x, n, rate, from);
    int found = 0;
    for (double hz = from; hz < to && found < most; hz *= ratio) {
        const double next = gain_at(x, n, rate, hz * ratio);
        if (now < before && now <= next) {
            double low = hz / ratio, high = hz * ratio;
            for (int k = 0; k < 60; k++) {
                const double a = low + 0.382 * (high - low), b = low + 0.618 * (high - low);
                if (gain_at(x, n, rate, a) < gain_at(x, n, rate, b))
                    high = b;
                else
                    low = a;
            }
            const double db = ton_gain_to_db(gain_at(x, n, rate, low));
            if (db < -20)
                out[found++] = (struct notch){low, db};
        }
        before = now;
        now = next;
    }
    return found;
}

/* From the lowest to the highest place of the response between `from` and `to` Hz, dB. */
static inline double comb_span(const float *x, int64_t n, double rate, double from, double to) {
    double least = INFINITY, most = 0;
    for (double hz = from; hz < to; hz *= exp2(0.01)) {
        const double gain = gain_at(x, n, rate, hz);
        least = fmin(least, gain);
        most = fmax(most, gain);
    }
    return ton_gain_to_db(most / least);
}

/* Values at steps of a tenth over the range of a number's row. */
static inline float row_value(const struct rig *r, const char *key, int tenths) {
    int index = -1;
    const struct ton_row *row =
        ton_rows_find(r->processor->rows, r->processor->n_rows, key, &index, NULL);
    assert_non_null(row);
    return row->min + (row->max - row->min) * (float)tenths / 10;
}

#endif
