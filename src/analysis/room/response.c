/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frequency response, smoothed. */
#include "given.h"
#include "magnitude.h"

#include "ton/order.h"

#include <math.h>
#include <string.h>

enum { POINTS = 48, MOST_POINTS = 192 };

static const double LEAST_S = 2.0; /* of sound and zeros: bins of 0.5 Hz */

static double octaves_at(enum ton_smoothing smoothing, double hz) {
    switch (smoothing) {
    case TON_SMOOTHING_THIRD:
        return 1.0 / 3.0;
    case TON_SMOOTHING_SIXTH:
        return 1.0 / 6.0;
    case TON_SMOOTHING_TWELFTH:
        return 1.0 / 12.0;
    case TON_SMOOTHING_PSYCHOACOUSTIC:
        return exp2(-fmax(0.0, fmin(1.0, log10(hz / 100.0)))) / 3.0;
    case TON_SMOOTHING_NONE:
        break;
    }
    return 0.0;
}

static void fill(struct ton_response *out, const struct spectrum *s, double *sums, double rate,
                 const struct ton_response_how *how, enum ton_smoothing smoothing) {
    struct magnitude m;
    magnitude_sum(&m, sums, s, rate, smoothing == TON_SMOOTHING_PSYCHOACOUSTIC ? 3.0 : 2.0);
    for (int i = 0; i < out->n; i++) {
        out->hz[i] = magnitude_point_hz(how->from_hz, i, how->points_an_octave);
        out->db[i] = magnitude_db(&m, out->hz[i], octaves_at(smoothing, out->hz[i]));
    }
}

static enum ton_code settle(struct ton_response_how *how, int rate, struct ton_err *err) {
    how->from_hz = given_or(how->from_hz, 20.0);
    how->to_hz = given_or(how->to_hz, fmin(20000.0, 0.45 * rate));
    how->points_an_octave = how->points_an_octave ? how->points_an_octave : POINTS;
    if (!(how->from_hz >= 1.0 && how->to_hz > how->from_hz && how->to_hz <= 0.5 * rate))
        return ton_fail(err, TON_INPUT, NULL,
                        "a response from %g Hz to %g Hz: it can reach from 1 Hz to %g Hz",
                        how->from_hz, how->to_hz, 0.5 * rate);
    if (how->points_an_octave < 1 || how->points_an_octave > MOST_POINTS)
        return ton_fail(err, TON_INPUT, NULL, "%d points an octave: 1 to %d are possible",
                        how->points_an_octave, MOST_POINTS);
    return TON_OK;
}

static bool make_room(struct ton_response *out, int n, struct ton_arena *arena,
                      const struct ton_response_how *how) {
    for (int i = 0; i < n; i++) {
        out[i].n = magnitude_points(how->from_hz, how->to_hz, how->points_an_octave);
        out[i].hz = TON_NEW_N(arena, double, out[i].n);
        out[i].db = TON_NEW_N(arena, double, out[i].n);
    }
    return !ton_arena_failed(arena);
}

/* `n` smoothings, from `first` on, of one transform. */
static enum ton_code measure(struct ton_response *out, enum ton_smoothing first, int n,
                             struct ton_arena *arena, const float *response, int frames, int rate,
                             const struct ton_response_how *given, struct ton_err *err) {
    struct ton_response_how how = *given;
    struct spectrum s = {0};
    enum ton_code code = settle(&how, rate, err);
    if (code != TON_OK)
        return code;
    const bool has_room = make_room(out, n, arena, &how);
    code = spectrum_open(&s, ton_most(frames, (int64_t)(LEAST_S * rate)), err);
    double *const sums = code == TON_OK ? ton_alloc(sizeof(double) * (size_t)(s.n / 2 + 2)) : NULL;
    if (code == TON_OK && (!sums || !has_room))
        code = ton_fail(err, TON_MEMORY, NULL, "no memory for a response of %d points", out->n);
    if (code == TON_OK) {
        spectrum_of(&s, 0, response, frames);
        for (int i = 0; i < n; i++)
            fill(&out[i], &s, sums, rate, &how, first + (enum ton_smoothing)i);
    }
    ton_free(sums);
    spectrum_close(&s);
    return code;
}

enum ton_code ton_response_measure(struct ton_response *out, struct ton_arena *arena,
                                   const float *response, int frames, int rate,
                                   const struct ton_response_how *how, struct ton_err *err) {
    return measure(out, how->smoothing, 1, arena, response, frames, rate, how, err);
}

enum ton_code ton_response_measure_all(struct ton_response out[TON_N_SMOOTHINGS],
                                       struct ton_arena *arena, const float *response, int frames,
                                       int rate, const struct ton_response_how *how,
                                       struct ton_err *err) {
    return measure(out, TON_SMOOTHING_NONE, TON_N_SMOOTHINGS, arena, response, frames, rate, how,
                   err);
}

double ton_response_at(const struct ton_response *r, double hz) {
    int low = 0, high = r->n - 1;
    if (high == 0 || hz <= r->hz[0])
        return r->db[0];
    if (hz >= r->hz[high])
        return r->db[high];
    while (high - low > 1) {
        const int middle = low + (high - low) / 2;
        if (r->hz[middle] < hz)
            low = middle;
        else
            high = middle;
    }
    const double part = log(hz / r->hz[low]) / log(r->hz[high] / r->hz[low]);
    return r->db[low] + part * (r->db[high] - r->db[low]);
}
