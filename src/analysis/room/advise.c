/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a path's figures mean for who sits in the room. What a listening room should be is ITU-R
 * BS.1116-3: reverberation 0.25 (V / 100 m3)^(1/3) s, 0.2 s to 0.4 s, within 0.05 s and longer
 * towards 63 Hz by 0.3 s; reflections of the first 15 ms 10 dB down from 1 kHz to 8 kHz; third
 * octaves from 50 Hz to 2 kHz within 3 dB. */
#include "ton/room_path.h"

#include "levels.h"
#include "pulse.h"

#include "ton/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const double EARLY_MS = 15.0, EARLY_DB = -10.0;
static const double RESPONSE_DB = 3.0, RESPONSE_HZ[2] = {50.0, 2000.0};
static const double TIME_WITHIN_S = 0.05, LEAST_S = 0.2, MOST_S = 0.4;
static const double HALL_M3 = 250.0, LONG_S = 1.0; /* of a room of unknown size */
static const double STANDS_OUT_DB = 6.0, NULL_HZ[2] = {35.0, 400.0};
static const double DENSE_HZ = 200.0;              /* of a room of unknown size */
static const double BASS_OVER_S[2] = {0.30, 0.15}; /* over the middle, at 63 Hz and 125 Hz */
static const double PAIR_LEVEL_DB = 1.0, PAIR_MS = 0.1, PAIR_BAND_DB = 3.0;
static const double MUCH_DISTORTION = 3.0, DRIFT_PPM = 1.0, OVER_DBFS = 0.05;
enum { MOST_OF_A_KIND = 3 };

struct adviser {
    struct ton_room_advices *out;
    struct ton_arena *arena;
    const struct ton_room_path *path;
    const struct ton_room_path_how *how;
    double mid_s; /* T30 of 500 Hz and 1 kHz, or T20; NaN */
    bool is_hall; /* what is wanted of rooms for listening does not count */
    bool is_cut;  /* the response ends before its middle has decayed: what room it is, is unknown */
    double to_hz[2]; /* octaves whose decay stands out of the noise lie between these */
    double dense_hz; /* from here on resonances are too many to be single ones */
};

TON_PRINTF(5, 6)
static void add(struct adviser *a, bool serious, const char *kind, const char *remedy,
                const char *format, ...) {
    struct ton_text text = {0};
    va_list args;
    if (a->out->n == TON_ROOM_MOST_ADVICE)
        return;
    va_start(args, format);
    ton_text_vprintf(&text, format, args);
    va_end(args);
    a->out->items[a->out->n++] = (struct ton_room_advice){
        serious, kind, ton_arena_text(a->arena, text.data ? text.data : ""), remedy};
    ton_text_free(&text);
}

/* "octaves at 63 Hz, 125 Hz and 4 kHz" of the octaves whose T20 has this doubt; NULL: none. */
static const char *doubtful(const struct adviser *a, enum ton_room_doubt doubt) {
    struct ton_text text = {0};
    int n = 0, k = 0;
    for (int i = 0; i < TON_ROOM_OCTAVES; i++)
        n += a->path->figures.octave[i].t20.doubt == doubt;
    ton_text_add(&text, n == 1 ? "octave at " : "octaves at ");
    for (int i = 0; i < TON_ROOM_OCTAVES; i++) {
        const struct ton_room_band *const band = &a->path->figures.octave[i];
        if (band->t20.doubt != doubt)
            continue;
        ton_text_add(&text, k == 0 ? "" : k == n - 1 ? " and " : ", ");
        ton_text_printf(&text, band->hz < 1000.0 ? "%.0f Hz" : "%.0f kHz",
                        band->hz < 1000.0 ? band->hz : band->hz / 1000.0);
        k++;
    }
    const char *const kept = n ? ton_arena_text(a->arena, text.data ? text.data : "") : NULL;
    ton_text_free(&text);
    return kept;
}

/* Seconds of the response behind the direct sound. */
static double sounding_s(const struct ton_room_path *path) {
    return (path->frames - path->figures.direct_frames) / path->rate;
}

/* Whole seconds in which a decay that was cut is over by 60 dB, by how its second half falls. */
static double wanted_pause_s(const struct ton_room_path *path) {
    const int part = (int)(0.1 * sounding_s(path) * path->rate), end = path->frames;
    const double middle = pulse_energy(path->response, end - 6 * part, end - 5 * part);
    const double fall_db = 10.0 * log10(middle / pulse_energy(path->response, end - part, end));
    const double t60_s = fall_db > 0.0 ? 60.0 / fall_db * 5.0 * part / path->rate : INFINITY;
    return fmin(TON_SWEEP_MOST_PAUSE_S, ceil(fmax(t60_s, 1.5 * sounding_s(path))));
}

static void advise_pause(struct adviser *a, bool from_sweep) {
    const char *const cut = doubtful(a, TON_ROOM_PAUSE);
    if (cut)
        add(a, true, "pause",
            ton_arena_printf(a->arena,
                             from_sweep ? "measure again with `--pause %.0fs`"
                                        : "let the recording run on for %.0f s, until the room is "
                                          "silent",
                             wanted_pause_s(a->path)),
            "the %s cannot be trusted: the response ends after %.1f s while the room still sounds, "
            "far louder than before the sound came, so T20 and T30 are not told there",
            cut, sounding_s(a->path));
}

static void advise_bands(struct adviser *a) {
    const char *const noise = doubtful(a, TON_ROOM_NOISE), *const none =
                                                               doubtful(a, TON_ROOM_EMPTY);
    if (noise)
        add(a, true, "noise",
            "turn the loudspeaker up, make the room quiet (fans, air conditioning), or take a "
            "longer sweep",
            "the %s cannot be trusted: too little of the decay stands above the noise, "
            "so T20 and T30 are not told there",
            noise);
    if (none)
        add(a, true, "noise", "check what is played there, and how loud it is",
            "nothing was heard in the %s that decays and is not over before the band's filter is",
            none);
}

static const char *reflection_remedy(double metres) {
    if (metres < 1.0)
        return "it is something near: the desk, a screen, a wall close beside the loudspeaker; "
               "cover it, tilt it or move it";
    if (metres < 3.0)
        return "it is likely a side wall or the ceiling: from the listening place, a mirror held "
               "flat on it shows the loudspeaker where 10 cm of absorber belong";
    return "it is likely the wall behind: break it up with a diffuser or full shelves, or absorb "
           "it";
}

static int by_level(const void *a, const void *b) {
    const struct ton_reflection *const x = a, *const y = b;
    return (x->db < y->db) - (x->db > y->db);
}

static void advise_reflections(struct adviser *a) {
    struct ton_reflection sorted[TON_ROOM_MOST_REFLECTIONS];
    const int n = a->path->n_reflections;
    int told = 0;
    for (int i = 0; i < n; i++)
        sorted[i] = a->path->reflections[i];
    qsort(sorted, (size_t)n, sizeof *sorted, by_level);
    for (int i = 0; i < n && told < MOST_OF_A_KIND; i++) {
        const struct ton_reflection *const r = &sorted[i];
        if (r->ms > EARLY_MS || r->db < EARLY_DB)
            continue;
        told++;
        add(a, true, "reflection", reflection_remedy(r->metres),
            "a reflection of %+.1f dB comes %.2f ms after the direct sound, over %.0f cm of extra "
            "path; the first notch of its comb is at %.0f Hz, and within 15 ms -10 dB or less are "
            "wanted from 1 kHz to 8 kHz",
            r->db, r->ms, 100.0 * r->metres, 500.0 / r->ms);
    }
}

static const char *mode_words(const struct adviser *a, int mode) {
    static const char *const kinds[] = {"", "axial", "tangential", "oblique"};
    if (mode < 0)
        return "";
    const struct ton_room_mode *const m = &a->path->modes.items[mode];
    return ton_arena_printf(a->arena, ", the %s mode %d %d %d expected at %.1f Hz", kinds[m->pairs],
                            m->waves[0], m->waves[1], m->waves[2], m->hz);
}

/* Where the pressure of the lowest mode along a side is none, half of it is. */
static const char *mode_remedy(const struct adviser *a, int mode) {
    static const char *const sides[] = {"length", "width", "height"};
    const struct ton_room_mode *const m = mode < 0 ? NULL : &a->path->modes.items[mode];
    for (int i = 0; m && m->pairs == 1 && i < 3; i++)
        if (m->waves[i])
            return ton_arena_printf(
                a->arena,
                "absorb bass at both ends of the %s (its walls and corners); the listening place "
                "hears it least at %.2f m from there, a quarter of its wave from a wall. An "
                "equaliser takes its level, not all of its ringing",
                sides[i], 0.5 * a->how->sides_m[i] / m->waves[i]);
    return "absorb bass in the corners, or move the listening place or the loudspeaker by some "
           "decimetres. An equaliser takes its level, not all of its ringing";
}

static bool stands_out(const struct ton_room_band *band) {
    return band->t20.doubt != TON_ROOM_NOISE && band->t20.doubt != TON_ROOM_PAUSE &&
           band->t20.doubt != TON_ROOM_EMPTY;
}

/* Whether the octave around it stands out of the noise. */
static bool is_trusted_at(const struct adviser *a, double hz) {
    const int octave = (int)lround(log2(hz / 63.0));
    return octave < 0 || octave >= TON_ROOM_OCTAVES || stands_out(&a->path->figures.octave[octave]);
}

static int by_height(const void *a, const void *b) {
    const struct ton_room_resonance *const x = a, *const y = b;
    return (x->over_db < y->over_db) - (x->over_db > y->over_db);
}

static void advise_resonances(struct adviser *a) {
    struct ton_room_resonance sorted[TON_ROOM_MOST_RESONANCES];
    const int n = a->path->n_resonances;
    for (int i = 0; i < n; i++)
        sorted[i] = a->path->resonances[i];
    qsort(sorted, (size_t)n, sizeof *sorted, by_height);
    for (int i = 0, told = 0; i < n && told < MOST_OF_A_KIND; i++) {
        const struct ton_room_resonance *const r = &sorted[i];
        if (r->over_db < STANDS_OUT_DB || !isfinite(r->t60_s) || r->hz > a->dense_hz ||
            !is_trusted_at(a, r->hz))
            continue;
        told++;
        add(a, true, "resonance", mode_remedy(a, r->mode),
            "%.1f Hz stands %.1f dB out and rings for %.2f s%s", r->hz, r->over_db, r->t60_s,
            mode_words(a, r->mode));
    }
}

static int by_depth(const void *a, const void *b) {
    const struct ton_null *const x = a, *const y = b;
    return (x->depth_db < y->depth_db) - (x->depth_db > y->depth_db);
}

/* The deepest of those that a correction leaves alone. A wall takes them away beside a source:
 * sound that comes back half a wave late, after twice the distance. */
static void advise_nulls(struct adviser *a) {
    const double least_hz = fmax(NULL_HZ[0], a->to_hz[0] * M_SQRT2),
                 most_hz = fmin(NULL_HZ[1], a->to_hz[1] * M_SQRT1_2);
    const struct ton_response *const here = &a->path->curve[TON_SMOOTHING_SIXTH];
    struct ton_nulls nulls;
    struct ton_err err; /* of memory only, which the arena remembers */
    if (ton_response_nulls(&nulls, a->arena, &here, 1, &err))
        return;
    qsort(nulls.items, (size_t)nulls.n, sizeof *nulls.items, by_depth);
    for (int i = 0, told = 0; i < nulls.n && told < MOST_OF_A_KIND; i++) {
        const struct ton_null *const null = &nulls.items[i];
        if (null->hz < least_hz || null->hz > most_hz || !is_trusted_at(a, null->hz))
            continue;
        told++;
        add(a, true, "null",
            "move the loudspeaker or the listening place by a fourth of that distance, and measure "
            "again; an equaliser cannot fill it",
            "%.0f Hz is missing by %.0f dB; a surface %.2f m behind the loudspeaker or the "
            "microphone may do that",
            null->hz, null->depth_db, 0.25 * ton_speed_of_sound(a->how->celsius) / null->hz);
    }
}

/* Sabine: absorption of so many square metres brings one time to another. */
static double missing_absorption(double volume, double from_s, double to_s) {
    return 0.161 * volume * (1.0 / to_s - 1.0 / from_s);
}

static void advise_time(struct adviser *a) {
    const double t = a->mid_s;
    const double *const side = a->how->sides_m, volume = side[0] * side[1] * side[2];
    const double wanted = fmax(LEAST_S, fmin(MOST_S, 0.25 * cbrt(volume / 100.0)));
    if (!isfinite(t))
        return;
    if (!(volume > 0.0) || a->is_hall) {
        add(a, false, "reverberation",
            a->is_hall && !(volume > 0.0)
                ? "if people mix in it, measure again with its length, width and height: then it "
                  "is said what such a room needs"
                : NULL,
            "it reverberates for %.2f s (mean of 500 Hz and 1 kHz); rooms for listening have "
            "0.2 to 0.4 s",
            t);
    } else if (t > wanted + TIME_WITHIN_S) {
        add(a, true, "reverberation",
            ton_arena_printf(a->arena, "add absorption of %.0f square metres (Sabine)",
                             round(missing_absorption(volume, t, wanted))),
            "it reverberates for %.2f s (mean of 500 Hz and 1 kHz); for listening in %.0f "
            "cubic metres %.2f s are wanted",
            t, volume, wanted);
    } else {
        add(a, false, "reverberation", NULL,
            "it reverberates for %.2f s (mean of 500 Hz and 1 kHz); for listening in %.0f "
            "cubic metres %.2f s are wanted, within 0.05 s%s",
            t, volume, wanted, t < wanted - TIME_WITHIN_S ? ": it is dry" : "");
    }
}

/* T30, or T20 where that is all there is. */
static double longest_known(const struct ton_room_band *band) {
    return isfinite(band->t30.seconds) ? band->t30.seconds : band->t20.seconds;
}

static void advise_bass_time(struct adviser *a) {
    const double t = a->mid_s;
    for (int i = 0; i < 2; i++) {
        const struct ton_room_band *const band = &a->path->figures.octave[i];
        const double low = longest_known(band);
        if (!(low > t + BASS_OVER_S[i]))
            continue;
        add(a, true, "bass", "absorb bass: deep absorbers in the corners, or tuned ones",
            "at %.0f Hz it reverberates for %.2f s, %.1f times as long as in the middle", band->hz,
            low, low / t);
        return;
    }
}

static void advise_response(struct adviser *a) {
    const struct ton_response *const r = &a->path->curve[TON_SMOOTHING_THIRD];
    const double from = fmax(RESPONSE_HZ[0], a->to_hz[0]), to = fmin(RESPONSE_HZ[1], a->to_hz[1]);
    const double mean = levels_mean(r->hz, r->db, r->n, from, to);
    double most = -INFINITY, least = INFINITY, most_hz = from, least_hz = from;
    if (!isfinite(mean) || to < 2.0 * from)
        return;
    for (int i = 0; i < r->n; i++) {
        if (r->hz[i] < from || r->hz[i] > to)
            continue;
        if (r->db[i] - mean > most) {
            most = r->db[i] - mean;
            most_hz = r->hz[i];
        }
        if (r->db[i] - mean < least) {
            least = r->db[i] - mean;
            least_hz = r->hz[i];
        }
    }
    const bool serious = most > RESPONSE_DB || least < -RESPONSE_DB;
    add(a, serious, "response",
        serious ? "first the places of loudspeaker and listener, then absorption, and a correction "
                  "for what is left"
                : NULL,
        "from %.0f Hz to %.0f Hz, in third octaves, the response goes from %+.1f dB at %.0f Hz to "
        "%+.1f dB at %.0f Hz about its mean; 3 dB either way are wanted",
        from, to, least, least_hz, most, most_hz);
}

static void advise_loudspeaker(struct adviser *a, const struct ton_sweep_heard *heard) {
    if (heard->inverted)
        add(a, false, "polarity", NULL,
            "the first sound comes in with reversed polarity, by the loudspeaker or by the "
            "microphone; what counts is that all loudspeakers of the room are alike");
    if (heard->peak_dbfs >= OVER_DBFS)
        add(a, false, "level", NULL,
            "the recording goes up to %+.1f dBFS: in floating point nothing is lost; as whole "
            "numbers, or through a converter, it would be clipped",
            heard->peak_dbfs);
    if (heard->thd_percent > MUCH_DISTORTION)
        add(a, true, "distortion", "turn it down, and listen for what rattles",
            "the loudspeaker, or something in the room, distorts by %.1f %% at this level",
            heard->thd_percent);
    if (fabs(heard->drift_ppm) > DRIFT_PPM)
        add(a, false, "clock",
            "for recordings, let one of the two devices follow the other's word clock",
            "the microphone is on another clock, %.1f ppm %s than the loudspeaker's; that was "
            "taken out of the response",
            fabs(heard->drift_ppm), heard->drift_ppm > 0 ? "faster" : "slower");
}

/* What is known of the room, which decides what else can be said. Above the frequency of M. R.
 * Schroeder ("The 'Schroeder frequency' revisited", JASA 99, 1996) resonances overlap. */
static void look_around(struct adviser *a) {
    const struct ton_room_band *const octave = a->path->figures.octave;
    const double *const side = a->how->sides_m, volume = side[0] * side[1] * side[2];
    int first = 0, last = TON_ROOM_OCTAVES - 1;
    while (first < last && !stands_out(&octave[first]))
        first++;
    while (last > first && !stands_out(&octave[last]))
        last--;
    a->to_hz[0] = first ? octave[first].hz * M_SQRT1_2 : a->path->from_hz;
    a->to_hz[1] = last < TON_ROOM_OCTAVES - 1 ? octave[last].hz * M_SQRT2 : a->path->to_hz;
    a->mid_s = 0.5 * (longest_known(&octave[3]) + longest_known(&octave[4]));
    a->is_cut = octave[3].t20.doubt == TON_ROOM_PAUSE || octave[4].t20.doubt == TON_ROOM_PAUSE;
    a->is_hall = volume > 0.0 ? volume > HALL_M3 : a->mid_s > LONG_S;
    a->dense_hz = isfinite(a->mid_s) && volume > 0.0 ? 2000.0 * sqrt(a->mid_s / volume) : DENSE_HZ;
}

static void serious_first(struct ton_room_advices *advices) {
    const struct ton_room_advices all = *advices;
    advices->n = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < all.n; i++)
            if (all.items[i].serious == (pass == 0))
                advices->items[advices->n++] = all.items[i];
}

static void advise_room(struct adviser *a, bool from_sweep) {
    advise_pause(a, from_sweep);
    advise_bands(a);
    if (!a->is_hall && !a->is_cut) {
        advise_reflections(a);
        advise_resonances(a);
        advise_nulls(a);
        advise_bass_time(a);
        advise_response(a);
    }
    advise_time(a);
}

enum ton_code ton_room_advise(struct ton_room_advices *out, struct ton_arena *arena,
                              const struct ton_room_path *path, const struct ton_room_path_how *how,
                              const struct ton_sweep_heard *heard, struct ton_err *err) {
    struct adviser a = {.out = out, .arena = arena, .path = path, .how = how};
    out->n = 0;
    look_around(&a);
    if (heard)
        advise_loudspeaker(&a, heard);
    if (path->is_bare)
        add(&a, true, "no room",
            "if a room was to be measured, let a loudspeaker play and a microphone hear it",
            "what was heard is a cable, or the sweep itself, with no room in it: 10 ms after the "
            "direct sound it is over, by more than 50 dB");
    else
        advise_room(&a, heard != NULL);
    serious_first(out);
    return ton_arena_failed(arena) ? ton_fail(err, TON_MEMORY, NULL, "no memory for advice")
                                   : TON_OK;
}

enum ton_code ton_room_advise_pair(struct ton_room_advices *out, struct ton_arena *arena,
                                   const struct ton_room_pair *pair, const char *left,
                                   const char *right, struct ton_err *err) {
    struct adviser a = {.out = out, .arena = arena};
    const bool nearer = pair->ms > 0.0, louder = pair->level_db < 0.0;
    if (pair->reversed)
        add(&a, true, "polarity",
            ton_arena_printf(arena,
                             "swap the two wires at one end of the cable of `%s`, or find the "
                             "switch or adapter that turns it round",
                             pair->reversed < 0 ? left : right),
            "`%s` comes in with reversed polarity, and `%s` does not: together they cancel the "
            "bass",
            pair->reversed < 0 ? left : right, pair->reversed < 0 ? right : left);
    if (fabs(pair->level_db) > PAIR_LEVEL_DB)
        add(&a, true, "pair level",
            ton_arena_printf(arena, "turn `%s` down by %.1f dB", louder ? right : left,
                             fabs(pair->level_db)),
            "`%s` is %.1f dB %s than `%s`", right, fabs(pair->level_db),
            louder ? "louder" : "quieter", left);
    if (fabs(pair->ms) > PAIR_MS)
        add(&a, true, "pair distance",
            ton_arena_printf(arena, "move one of them, or delay `%s` by %.2f ms",
                             nearer ? right : left, fabs(pair->ms)),
            "`%s` is %.0f cm %s than `%s`, %.2f ms", right, 100.0 * fabs(pair->metres),
            nearer ? "nearer" : "farther", left, fabs(pair->ms));
    if (fabs(pair->worst_db) > PAIR_BAND_DB)
        add(&a, true, "pair response",
            "look for what stands beside only one of them, and place them alike",
            "apart from their levels, `%s` and `%s` differ by %.1f dB in the third octave at "
            "%.0f Hz",
            left, right, fabs(pair->worst_db), pair->worst_hz);
    serious_first(out);
    return ton_arena_failed(arena) ? ton_fail(err, TON_MEMORY, NULL, "no memory for advice")
                                   : TON_OK;
}
