/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waterfall: spectra of what a window leaves that moves into the response's decay. */
#include "given.h"
#include "magnitude.h"
#include "pulse.h"

#include "ton/order.h"

#include <math.h>
#include <string.h>

enum { POINTS = 48, SLICES = 31, MOST_SLICES = 200 };

static const double SMOOTH_OCTAVES = 1.0 / 24.0, LEAST_S = 2.0;

static enum ton_code settle(struct ton_waterfall_how *how, int rate, struct ton_err *err) {
    how->from_hz = given_or(how->from_hz, 20.0);
    how->to_hz = given_or(how->to_hz, 300.0);
    how->slices = how->slices ? how->slices : SLICES;
    how->step_ms = given_or(how->step_ms, 10.0);
    how->window_ms = given_or(how->window_ms, 300.0);
    if (how->from_hz >= 1.0 && how->to_hz > how->from_hz && how->to_hz <= 0.5 * rate &&
        how->slices >= 2 && how->slices <= MOST_SLICES && how->step_ms > 0.0 &&
        how->step_ms <= 1000.0 && how->window_ms >= 10.0 && how->window_ms <= 2000.0)
        return TON_OK;
    return ton_fail(err, TON_INPUT, NULL,
                    "a waterfall of %d slices of %g ms, %g ms apart, from %g Hz to %g Hz: 2 to %d "
                    "slices of 10 ms to 2000 ms, at most 1000 ms apart, from 1 Hz to %g Hz are "
                    "possible",
                    how->slices, how->window_ms, how->step_ms, how->from_hz, how->to_hz,
                    MOST_SLICES, 0.5 * rate);
}

/* 0 … 1 … 0: rises over the third before the slice's time, falls over the last third. */
static double window_at(double part) {
    const double third = 1.0 / 3.0;
    const double rise = part / third, fall = (1.0 - part) / third;
    const double nearest = fmax(0.0, fmin(1.0, fmin(rise, fall)));
    return 0.5 - 0.5 * cos(M_PI * nearest);
}

static void slice(double *db, const struct ton_waterfall *w, struct spectrum *s, double *sums,
                  const float *response, int frames, int rate, double at, double window) {
    struct magnitude m;
    const int from = (int)ceil(at - window / 3.0);
    for (int i = 0; i < s->n; i++) {
        const double part = (from + i - at) / window + 1.0 / 3.0;
        const bool heard = part < 1.0 && from + i >= 0 && from + i < frames;
        s->x[i] = heard ? (float)(response[from + i] * window_at(part)) : 0.0F;
    }
    ton_fft_forward(&s->fft, s->re[0], s->im[0], s->x);
    magnitude_sum(&m, sums, s, rate, 2.0);
    for (int p = 0; p < w->n_points; p++)
        db[p] = magnitude_db(&m, w->hz[p], SMOOTH_OCTAVES);
}

enum ton_code ton_room_waterfall(struct ton_waterfall *out, struct ton_arena *arena,
                                 const float *response, int frames, int rate,
                                 const struct ton_waterfall_how *given, struct ton_err *err) {
    struct ton_waterfall_how how = *given;
    struct spectrum s = {0};
    enum ton_code code = settle(&how, rate, err);
    if (code != TON_OK)
        return code;
    const int direct = pulse_direct(response, frames, rate, 0.0);
    out->n_slices = how.slices;
    out->n_points = magnitude_points(how.from_hz, how.to_hz, POINTS);
    out->ms = TON_NEW_N(arena, double, out->n_slices);
    out->hz = TON_NEW_N(arena, double, out->n_points);
    out->db = TON_NEW_N(arena, double, (size_t)out->n_slices *(size_t)out->n_points);
    code = spectrum_open(&s, (int64_t)(LEAST_S * rate), err);
    double *const sums = code == TON_OK ? ton_alloc(sizeof(double) * (size_t)(s.n / 2 + 2)) : NULL;
    if (code == TON_OK && (!sums || !out->ms || !out->hz || !out->db))
        code = ton_fail(err, TON_MEMORY, NULL, "no memory for a waterfall of %d slices",
                        out->n_slices);
    for (int p = 0; code == TON_OK && p < out->n_points; p++)
        out->hz[p] = magnitude_point_hz(how.from_hz, p, POINTS);
    for (int i = 0; code == TON_OK && i < out->n_slices; i++) {
        out->ms[i] = i * how.step_ms;
        slice(out->db + (size_t)i * (size_t)out->n_points, out, &s, sums, response, frames, rate,
              direct + 1e-3 * out->ms[i] * rate, 1e-3 * how.window_ms * rate);
    }
    ton_free(sums);
    spectrum_close(&s);
    return code;
}
