/* SPDX-License-Identifier: GPL-3.0-or-later */
/* First reflections: peaks of the response's envelope behind the direct sound, from 1 kHz to 8 kHz
 * as ITU-R BS.1116-3 judges them (of all frequencies half would be treble above 10 kHz, which a
 * wall swallows first); how far sound goes. */
#include "given.h"
#include "pulse.h"
#include "spectrum.h"

#include "ton/between.h"
#include "ton/order.h"
#include "ton/response.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double EARLIEST_MS = 0.5, AROUND_MS = 1.0, STANDS_OUT_DB = 3.0;
static const double NEAR_MS = 0.35; /* of the largest excursion, where the band's own may be */
static const double FADE_OCTAVES = 0.5;
static const double MARGIN_MS = 10.0; /* around what is looked at, for the envelope's ends */

double ton_speed_of_sound(double celsius) {
    return 343.2 * sqrt((273.15 + celsius) / 293.15);
}

double ton_sound_path_m(double frames, int rate, double celsius) {
    return frames / rate * ton_speed_of_sound(celsius);
}

/* What is around the direct sound, as its envelope in s.x. */
struct early {
    struct spectrum s;
    int n, direct;
};

/* Each octave with the same power, as pink noise has it, where reflections are judged; nothing from
 * half an octave beyond. */
static float part_at(double hz) {
    const double beyond =
        fmax(log2(TON_REFLECTIONS_FROM_HZ / hz), log2(hz / TON_REFLECTIONS_TO_HZ)) / FADE_OCTAVES;
    const double part = beyond <= 0.0 ? 1.0 : beyond >= 1.0 ? 0.0 : 0.5 + 0.5 * cos(M_PI * beyond);
    return (float)(part * sqrt(TON_REFLECTIONS_FROM_HZ / hz));
}

/* x becomes |y + j Hilbert(y)|, y being the sound in its band: the spectrum turned by a quarter
 * comes back as the other part. */
static void envelope(struct spectrum *s, const float *sound, int n, double rate) {
    float *const kept = s->re[1]; /* and im[1] behind it: as long as x */
    spectrum_of(s, 0, sound, n);
    s->re[0][0] = s->im[0][0] = 0.0F;
    for (int k = 1; k < s->n / 2; k++) {
        s->re[0][k] *= part_at(k * rate / s->n);
        s->im[0][k] *= part_at(k * rate / s->n);
    }
    spectrum_back(s);
    memcpy(kept, s->x, sizeof(float) * (size_t)n);
    for (int k = 1; k < s->n / 2; k++) {
        const float re = s->re[0][k];
        s->re[0][k] = s->im[0][k];
        s->im[0][k] = -re;
    }
    spectrum_back(s);
    for (int i = 0; i < n; i++)
        s->x[i] = hypotf(s->x[i], kept[i]);
}

/* Mean power of the envelope around frame `at`, less the peak itself. */
static double around(const float *e, int n, int at, int reach) {
    double sum = 0.0;
    int count = 0;
    for (int i = (int)ton_most(0, at - reach); i < n && i <= at + reach; i++)
        if (abs(i - at) > reach / 4) {
            sum += (double)e[i] * e[i];
            count++;
        }
    return count ? sum / count : 0.0;
}

static bool is_peak(const float *e, int n, int at, int rate) {
    const int near = (int)(0.25 * AROUND_MS * 1e-3 * rate), reach = 4 * near;
    for (int i = (int)ton_most(0, at - near); i < n && i <= at + near; i++)
        if (e[i] > e[at] || (e[i] == e[at] && i < at))
            return false;
    return (double)e[at] * e[at] > pow(10.0, STANDS_OUT_DB / 10.0) * around(e, n, at, reach);
}

/* Keeps the loudest `most`, in the order of time. */
static void keep(struct ton_reflection *out, int *n, int most, struct ton_reflection r) {
    if (*n == most) {
        int quietest = 0;
        for (int i = 1; i < *n; i++)
            if (out[i].db < out[quietest].db)
                quietest = i;
        if (most == 0 || out[quietest].db >= r.db)
            return;
        memmove(out + quietest, out + quietest + 1, sizeof *out * (size_t)(*n - quietest - 1));
        (*n)--;
    }
    out[(*n)++] = r;
}

static void look(struct ton_reflection *out, int *n, int most, const float *e, int length,
                 int direct, int rate, const struct ton_reflections_how *how) {
    const int first = direct + (int)(EARLIEST_MS * 1e-3 * rate);
    const int last = (int)ton_least(length - 1, direct + (int)(how->within_ms * 1e-3 * rate));
    const double start = ton_between_peak(e, length, direct), top = ton_between(e, length, start);
    for (int i = first; i <= last; i++) {
        if (!is_peak(e, length, i, rate))
            continue;
        const double at = ton_between_peak(e, length, i), late = at - start;
        const double db = 20.0 * log10(ton_between(e, length, at) / top);
        if (db >= how->least_db)
            keep(out, n, most,
                 (struct ton_reflection){.ms = 1000.0 * late / rate,
                                         .metres = ton_sound_path_m(late, rate, how->celsius),
                                         .db = db});
    }
}

static enum ton_code early_open(struct early *e, const float *response, int frames, int rate,
                                double within_ms, struct ton_err *err) {
    const int direct = pulse_direct(response, frames, rate, 0.0);
    const int margin = (int)(MARGIN_MS * 1e-3 * rate), from = (int)ton_most(0, direct - margin);
    const int to = (int)ton_least(frames, direct + margin + (int64_t)(within_ms * 1e-3 * rate));
    *e = (struct early){.n = to - from, .direct = direct - from};
    if (to <= from || response[direct] == 0.0F)
        return ton_fail(err, TON_INPUT, NULL, "the impulse response is silent");
    const enum ton_code code = spectrum_open(&e->s, to - from, err);
    const int near = (int)(NEAR_MS * 1e-3 * rate);
    if (code != TON_OK)
        return code;
    envelope(&e->s, response + from, to - from, rate);
    e->direct = pulse_largest(e->s.x, (int)ton_most(0, e->direct - near),
                              (int)ton_least(e->n, e->direct + near + 1));
    return TON_OK;
}

enum ton_code ton_room_reflections(struct ton_reflection *out, int *n, int most,
                                   const float *response, int frames, int rate,
                                   const struct ton_reflections_how *given, struct ton_err *err) {
    struct ton_reflections_how how = *given;
    struct early e;
    how.within_ms = given_or(how.within_ms, 20.0);
    how.least_db = given_or(how.least_db, -20.0);
    *n = 0;
    const enum ton_code code = early_open(&e, response, frames, rate, how.within_ms, err);
    if (code == TON_OK)
        look(out, n, most, e.s.x, e.n, e.direct, rate, &how);
    spectrum_close(&e.s);
    return code;
}

enum ton_code ton_room_envelope(struct ton_room_envelope *out, struct ton_arena *arena,
                                const float *response, int frames, int rate, double from_ms,
                                double to_ms, struct ton_err *err) {
    struct early e;
    *out = (struct ton_room_envelope){0};
    const enum ton_code code = early_open(&e, response, frames, rate, to_ms, err);
    if (code == TON_OK) {
        const double start = ton_between_peak(e.s.x, e.n, e.direct);
        const double top = ton_between(e.s.x, e.n, start);
        const int from = (int)ton_most(0, (int64_t)ceil(start + 1e-3 * from_ms * rate));
        const int to = (int)ton_least(e.n, (int64_t)floor(start + 1e-3 * to_ms * rate) + 1);
        out->ms = TON_NEW_N(arena, double, ton_most(1, to - from));
        out->db = TON_NEW_N(arena, double, ton_most(1, to - from));
        out->n = out->ms && out->db ? (int)ton_most(0, to - from) : 0;
        for (int i = 0; i < out->n; i++) {
            out->ms[i] = 1e3 * (from + i - start) / rate;
            out->db[i] = 20.0 * log10((double)e.s.x[from + i] / top);
        }
    }
    spectrum_close(&e.s);
    return code != TON_OK || !ton_arena_failed(arena)
               ? code
               : ton_fail(err, TON_MEMORY, NULL, "no memory for an envelope of %g ms", to_ms);
}
