/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RESPONSE_H
#define TON_RESPONSE_H

#include "ton/room.h"

#include "ton/arena.h"

/* What a loudspeaker in a room sounds like at the microphone: frequency response, first
 * reflections, modes, decay; all from its impulse response. Results stand in the caller's arena.
 * Pure functions. @thread any but audio */

enum ton_smoothing {
    TON_SMOOTHING_NONE,
    TON_SMOOTHING_THIRD, /* of an octave, mean power */
    TON_SMOOTHING_SIXTH,
    TON_SMOOTHING_TWELFTH,
    TON_SMOOTHING_PSYCHOACOUSTIC, /* a third below 100 Hz, a sixth above 1 kHz, evenly between;
                                   * cube root of the mean cube of the magnitude, so that peaks
                                   * count for more than dips (Room EQ Wizard, "Graph") */
};

enum { TON_N_SMOOTHINGS = TON_SMOOTHING_PSYCHOACOUSTIC + 1 };

/* What is 0 gets the value named here. */
struct ton_response_how {
    double from_hz, to_hz; /* 20; 20000 or 0.45 of the rate, whichever is less */
    int points_an_octave;  /* 48, at most 192 */
    enum ton_smoothing smoothing;
};

/* Magnitude in dB, 0: as loud as the sweep; evenly spaced on a logarithmic axis. */
struct ton_response {
    int n;
    double *hz, *db;
};

/* TON_INPUT for a range that cannot be. */
enum ton_code ton_response_measure(struct ton_response *out, struct ton_arena *arena,
                                   const float *response, int frames, int rate,
                                   const struct ton_response_how *how, struct ton_err *err);

/* The same with every smoothing, out[smoothing], for the price of one transform; how->smoothing
 * does not count. */
enum ton_code ton_response_measure_all(struct ton_response out[TON_N_SMOOTHINGS],
                                       struct ton_arena *arena, const float *response, int frames,
                                       int rate, const struct ton_response_how *how,
                                       struct ton_err *err);

/* Level at `hz`, on a straight line between points; the ends go on. */
double ton_response_at(const struct ton_response *r, double hz);

/* Metres a second in air: 343.2 sqrt((273.15 + celsius) / 293.15) (ISO 9613-1:1993, annex A). */
double ton_speed_of_sound(double celsius);

/* How far sound came in these frames: a loudspeaker's distance from ton_sweep_heard's arrival less
 * the latency of converters and buffers. */
double ton_sound_path_m(double frames, int rate, double celsius);

/* A sound that took a longer way. */
struct ton_reflection {
    double ms;     /* after the direct sound */
    double metres; /* of extra path */
    double db;     /* peak of its envelope re that of the direct sound, 1 kHz to 8 kHz */
};

/* Where they are judged (ITU-R BS.1116-3, 8.3.3.1). */
enum { TON_REFLECTIONS_FROM_HZ = 1000, TON_REFLECTIONS_TO_HZ = 8000 };

struct ton_reflections_how {
    double celsius;   /* of the room; must be given */
    double within_ms; /* 20 */
    double least_db;  /* -20: what is lower is left out */
};

/* The loudest `most` of them in the order of time, from 0.5 ms (17 cm) on; `n` says how many. They
 * are peaks of the envelope from 1 kHz to 8 kHz, each octave with the same power, that stand 3 dB
 * out of what is within 1 ms of them. */
enum ton_code ton_room_reflections(struct ton_reflection *out, int *n, int most,
                                   const float *response, int frames, int rate,
                                   const struct ton_reflections_how *how, struct ton_err *err);

/* The envelope whose peaks reflections are, in dB re that of the direct sound (-infinity where it
 * is silent). In the arena. TON_INPUT for a silent response. */
struct ton_room_envelope {
    int n;
    double *ms, *db; /* after the direct sound */
};

enum ton_code ton_room_envelope(struct ton_room_envelope *out, struct ton_arena *arena,
                                const float *response, int frames, int rate, double from_ms,
                                double to_ms, struct ton_err *err);

/* A standing wave between walls: how many half waves along length, width and height. As many of
 * them are not 0 as it has pairs of walls: 1 axial, 2 tangential, 3 oblique. */
struct ton_room_mode {
    double hz;
    int waves[3];
    int pairs;
};

struct ton_room_modes {
    int n;
    struct ton_room_mode *items; /* rising */
    double dense_hz; /* from here on they are too near each other for a resonance to be one of them:
                      * on average less than twice as far apart as it may be off */
};

/* All modes up to `to_hz` (300 at most) of a room with these sides, 0.5 m to 100 m each: c / 2
 * sqrt((l/L)^2 + (w/W)^2 + (h/H)^2) (H. Kuttruff, "Room Acoustics", 3.1). A hall has a hundred
 * thousand: TON_INPUT above 20000. */
enum ton_code ton_room_modes_expect(struct ton_room_modes *out, struct ton_arena *arena,
                                    const double metres[3], double celsius, double to_hz,
                                    struct ton_err *err);

/* A resonance that was measured. */
struct ton_room_resonance {
    double hz;
    double over_db; /* above the response an octave wide around it */
    double t60_s;   /* its own decay; NaN when it does not come 10 dB out of the noise */
    int mode;       /* index of the nearest expected mode within 2 %; -1: none is that near, or they
                     * are too dense to tell */
};

/* Peaks of the response from 20 Hz to 300 Hz that stand 3 dB out, at most `most`, rising;
 * `expected` may be NULL. The decay is the slope of the level at that frequency in a Hann window of
 * 0.3 s that moves through the response: exact for one mode, a mean over their beats for neighbours
 * within 5 Hz. */
enum ton_code ton_room_resonances(struct ton_room_resonance *out, int *n, int most,
                                  const float *response, int frames, int rate,
                                  const struct ton_room_modes *expected, struct ton_err *err);

/* How the response fades: the spectrum of what is left after each time. */
struct ton_waterfall {
    int n_slices, n_points;
    double *ms; /* [slice], after the direct sound */
    double *hz; /* [point] */
    double *db; /* [slice * n_points + point] */
};

struct ton_waterfall_how {
    double from_hz, to_hz; /* 20; 300 */
    int slices;            /* 31, 2 … 200 */
    double step_ms;        /* 10 */
    double window_ms; /* 300: of the response in each slice; it rises over a third of that ahead
                       * of the slice's time and falls over the last third */
};

enum ton_code ton_room_waterfall(struct ton_waterfall *out, struct ton_arena *arena,
                                 const float *response, int frames, int rate,
                                 const struct ton_waterfall_how *how, struct ton_err *err);

#endif
