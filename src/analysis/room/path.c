/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that one response says, and two against each other. */
#include "ton/room_path.h"

#include "decay.h"
#include "given.h"
#include "levels.h"
#include "pulse.h"

#include <math.h>

static const double LEVEL_HZ[2] = {200.0, 2000.0};   /* what tells how loud a loudspeaker is */
static const double BARE_S = 0.01, BARE_PART = 1e-5; /* -50 dB */
static const double LEAST_S = 0.05;                  /* of a response that could hold a room */
static const double MODES_TO_HZ = 300.0, MOST_MODES = 2000.0;

/* As high as a hall has not more modes than anybody would read: below f there are about
 * 4 pi V / 3 (f / c)^3 (H. Kuttruff, "Room Acoustics", 3.2). */
static double modes_to_hz(const struct ton_room_path_how *how) {
    const double volume = how->sides_m[0] * how->sides_m[1] * how->sides_m[2];
    return fmin(MODES_TO_HZ,
                ton_speed_of_sound(how->celsius) * cbrt(MOST_MODES * 3.0 / (4.0 * M_PI * volume)));
}

static enum ton_code fade(struct ton_room_path *out, struct ton_arena *arena, struct ton_err *err) {
    const int direct = pulse_direct(out->response, out->frames, out->rate, 0.0);
    const float *const sound = out->response + direct;
    const struct decay_end end = decay_find_end(sound, out->frames - direct, out->rate);
    struct decay_curve curve = {0};
    if (!end.found)
        return TON_OK;
    const enum ton_code code = decay_curve(&curve, sound, out->rate, &end, err);
    if (code)
        return code;
    out->fade.ms = TON_NEW_N(arena, double, curve.n);
    out->fade.db = TON_NEW_N(arena, double, curve.n);
    out->fade.n = out->fade.ms && out->fade.db ? curve.n : 0;
    for (int i = 0; i < out->fade.n; i++) {
        out->fade.ms[i] = 1e3 * i * curve.step / out->rate;
        out->fade.db[i] = curve.levels[i];
    }
    ton_free(curve.levels);
    return ton_arena_failed(arena) ? ton_fail(err, TON_MEMORY, NULL, "no memory for a decay")
                                   : TON_OK;
}

static enum ton_code curves(struct ton_room_path *out, struct ton_arena *arena,
                            const struct ton_room_path_how *how, struct ton_err *err) {
    const struct ton_response_how as = {.from_hz = out->from_hz, .to_hz = out->to_hz};
    const enum ton_code code = ton_response_measure_all(out->curve, arena, out->response,
                                                        out->frames, out->rate, &as, err);
    for (int i = 0; !code && i < out->curve[0].n; i++) {
        const double own = ton_curve_db(how->microphone, how->n_microphone, out->curve[0].hz[i]);
        for (int s = 0; s < TON_N_SMOOTHINGS; s++)
            out->curve[s].db[i] -= own;
    }
    return code;
}

static enum ton_code bass(struct ton_room_path *out, struct ton_arena *arena,
                          const struct ton_room_path_how *how, struct ton_err *err) {
    const double to_hz = fmin(MODES_TO_HZ, out->to_hz), from_hz = fmax(20.0, out->from_hz);
    const struct ton_waterfall_how slices = {.from_hz = from_hz, .to_hz = to_hz};
    enum ton_code code = TON_OK;
    if (how->sides_m[0] > 0.0)
        code = ton_room_modes_expect(&out->modes, arena, how->sides_m, how->celsius,
                                     modes_to_hz(how), err);
    if (code || to_hz < 2.0 * from_hz)
        return code;
    code = ton_room_resonances(out->resonances, &out->n_resonances, TON_ROOM_MOST_RESONANCES,
                               out->response, out->frames, out->rate, &out->modes, err);
    int n = 0; /* what the sweep did not excite is none */
    for (int i = 0; i < out->n_resonances; i++)
        if (out->resonances[i].hz >= from_hz && out->resonances[i].hz <= to_hz)
            out->resonances[n++] = out->resonances[i];
    out->n_resonances = n;
    return code ? code
                : ton_room_waterfall(&out->waterfall, arena, out->response, out->frames, out->rate,
                                     &slices, err);
}

/* Of differences between neighbours: what a sweep's own lower end rings at 20 Hz is no room. */
static double rising_energy(const float *x, int from, int to) {
    double sum = 0.0;
    for (int i = from > 1 ? from : 1; i < to; i++)
        sum += ((double)x[i] - x[i - 1]) * ((double)x[i] - x[i - 1]);
    return sum;
}

static bool is_bare(const struct ton_room_path *path) {
    const int direct = pulse_direct(path->response, path->frames, path->rate, 0.0);
    const int room = (int)fmin(path->frames, direct + BARE_S * path->rate);
    if (path->frames - direct < LEAST_S * path->rate)
        return false;
    return rising_energy(path->response, room, path->frames) <
           BARE_PART * rising_energy(path->response, 0, room);
}

/* Those of the bands' filters, or of a converter's own low end, are no room's. */
static void take_decays(struct ton_room_figures *f) {
    const struct ton_room_decay none = {NAN, NAN, NAN, TON_ROOM_BARE};
    for (int i = -1; i < TON_ROOM_OCTAVES + TON_ROOM_THIRDS; i++) {
        struct ton_room_band *const band = i < 0                  ? &f->broad
                                           : i < TON_ROOM_OCTAVES ? &f->octave[i]
                                                                  : &f->third[i - TON_ROOM_OCTAVES];
        band->edt = band->t20 = band->t30 = none;
        band->curvature_percent = NAN;
        band->doubt = band->doubt == TON_ROOM_EMPTY ? TON_ROOM_BARE : band->doubt;
    }
    f->t_mid_s = NAN;
    f->sti = (struct ton_sti){.index = NAN, .doubt = TON_ROOM_BARE};
}

bool ton_room_path_has_reflections(const struct ton_room_path *path) {
    return path->to_hz >= 2.0 * TON_REFLECTIONS_FROM_HZ;
}

enum ton_code ton_room_path_measure(struct ton_room_path *out, struct ton_arena *arena,
                                    const float *response, int frames, int rate,
                                    const struct ton_room_path_how *how, struct ton_err *err) {
    const struct ton_reflections_how reflections = {.celsius = how->celsius};
    const double nyquist_hz = fmin(20000.0, 0.45 * rate);
    *out = (struct ton_room_path){
        .name = out->name,
        .response = response,
        .frames = frames,
        .rate = rate,
        .from_hz = fmax(1.0, given_or(how->from_hz, 20.0)),
        .to_hz = fmin(nyquist_hz, given_or(how->to_hz, nyquist_hz)),
    };
    enum ton_code code = ton_room_measure(&out->figures, response, frames, rate, err);
    if (code)
        return code;
    out->is_bare = is_bare(out);
    if (out->is_bare)
        take_decays(&out->figures);
    if (how->from_hz > 0.0 || how->to_hz > 0.0)
        ton_room_limit(&out->figures, out->from_hz, given_or(how->to_hz, 0.5 * rate));
    code = curves(out, arena, how, err);
    code = code ? code : fade(out, arena, err);
    if (!code && ton_room_path_has_reflections(out))
        code =
            ton_room_reflections(out->reflections, &out->n_reflections, TON_ROOM_MOST_REFLECTIONS,
                                 response, frames, rate, &reflections, err);
    return code ? code : bass(out, arena, how, err);
}

/* Left re right, from one frequency to another; NaN: there is nothing. */
static double louder_db(const struct ton_response *left, const struct ton_response *right,
                        double from_hz, double to_hz) {
    return levels_mean(left->hz, left->db, left->n, from_hz, to_hz) -
           levels_mean(right->hz, right->db, right->n, from_hz, to_hz);
}

/* Of the middle; of all where one does not play there, as a subwoofer. Energy over all frequencies
 * is no level: each hertz counts alike in it, so half of it is treble above 10 kHz. */
static double level_between(const struct ton_room_path *left, const struct ton_room_path *right) {
    const struct ton_response *const l = &left->curve[TON_SMOOTHING_THIRD],
                                     *const r = &right->curve[TON_SMOOTHING_THIRD];
    const double middle = louder_db(l, r, LEVEL_HZ[0], LEVEL_HZ[1]);
    return isnan(middle) ? louder_db(l, r, fmax(left->from_hz, right->from_hz),
                                     fmin(left->to_hz, right->to_hz))
                         : middle;
}

void ton_room_compare(struct ton_room_pair *out, const struct ton_room_path *left,
                      const struct ton_room_path *right, double later_frames, double celsius) {
    const struct ton_room_band *const l = left->figures.third, *const r = right->figures.third;
    *out = (struct ton_room_pair){
        .level_db = level_between(left, right),
        .worst_hz = NAN,
        .worst_db = NAN,
        .ms = 1000.0 * later_frames / left->rate,
        .metres = ton_sound_path_m(later_frames, left->rate, celsius),
    };
    for (int i = 0; i < TON_ROOM_THIRDS; i++) {
        out->third_db[i] = l[i].level_db - r[i].level_db;
        const double apart = out->third_db[i] - out->level_db;
        if (isnan(apart) || fabs(apart) <= fabs(out->worst_db))
            continue;
        out->worst_db = apart;
        out->worst_hz = fabs(apart) < TON_ROOM_ALIKE_DB ? NAN : l[i].hz;
    }
}
