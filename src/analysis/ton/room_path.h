/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_PATH_H
#define TON_ROOM_PATH_H

#include "ton/correction.h"
#include "ton/sweep.h"

/* One loudspeaker at one microphone: all that the impulse response says, worked out together, and
 * what to do about it in words. Pure functions. @thread any but audio */

enum {
    TON_ROOM_MOST_REFLECTIONS = 12,
    TON_ROOM_MOST_RESONANCES = 24,
    TON_ROOM_MOST_ADVICE = 24,
};

struct ton_room_path_how {
    double from_hz, to_hz; /* that were excited; 0: all */
    double celsius;        /* must be given */
    double sides_m[3];     /* length, width and height of the room; 0: unknown */
    /* The microphone's own response, which is taken off the curves; NULL: it has none. */
    const struct ton_curve_point *microphone;
    int n_microphone;
};

/* The whole response's decay in dB re its beginning (backward integration, without its noise). */
struct ton_room_fade {
    int n;
    double *ms, *db; /* after the direct sound */
};

struct ton_room_path {
    const char *name;      /* "L at Desk"; the caller's */
    const float *response; /* the caller's */
    int frames, rate;
    double from_hz, to_hz; /* as of the curves */
    bool is_bare; /* no room is in it: what comes 10 ms after the direct sound or later is 50 dB
                   * below the rest, as of a cable or of the sweep itself; then no decay is told */
    struct ton_room_figures figures;
    struct ton_response curve[TON_N_SMOOTHINGS]; /* by enum ton_smoothing */
    struct ton_room_fade fade;
    struct ton_reflection reflections[TON_ROOM_MOST_REFLECTIONS];
    int n_reflections;
    struct ton_room_modes modes; /* that the sides let expect; none without them */
    struct ton_room_resonance resonances[TON_ROOM_MOST_RESONANCES];
    int n_resonances;
    struct ton_waterfall waterfall; /* to 300 Hz */
};

/* Errors as the functions that it calls: ton/room.h, ton/response.h. Results stand in the arena. */
enum ton_code ton_room_path_measure(struct ton_room_path *out, struct ton_arena *arena,
                                    const float *response, int frames, int rate,
                                    const struct ton_room_path_how *how, struct ton_err *err);

/* Whether it goes up to an octave in which reflections are judged, as that of a subwoofer does not;
 * else there are none. */
bool ton_room_path_has_reflections(const struct ton_room_path *path);

/* Two loudspeakers at one microphone. What differs by less than this is told as alike. */
#define TON_ROOM_ALIKE_DB 0.05
struct ton_room_pair {
    double level_db;                  /* left re right, mean of the curves from 200 Hz to 2 kHz, or
                                       * of all where they have none of that */
    double third_db[TON_ROOM_THIRDS]; /* left re right; NaN where one has a doubt */
    double worst_hz, worst_db;        /* the third-octave band that differs most, level_db apart;
                                         worst_hz NaN where all are alike, both where none is known */
    double ms, metres;                /* by which left is later and farther */
    int reversed; /* the one whose polarity is reversed while the other's is not: -1 left, 1 right;
                   * 0: they are alike, or it is not known; the caller's */
};

/* `later_frames`: arrival of left less that of right, of sweeps on one clock. Both have one rate.
 */
void ton_room_compare(struct ton_room_pair *out, const struct ton_room_path *left,
                      const struct ton_room_path *right, double later_frames, double celsius);

/* What is to be known about a path, gravest first. */
struct ton_room_advice {
    bool serious;      /* something to be done; else to be known */
    const char *kind;  /* "reflection", "resonance", …: a word for machines that stays the same */
    const char *found; /* a sentence without full stop, with figures */
    const char *remedy; /* what to do; NULL */
};

struct ton_room_advices {
    int n;
    struct ton_room_advice items[TON_ROOM_MOST_ADVICE];
};

/* `heard` may be NULL: then nothing is said about the loudspeaker. Texts stand in the arena. */
enum ton_code ton_room_advise(struct ton_room_advices *out, struct ton_arena *arena,
                              const struct ton_room_path *path, const struct ton_room_path_how *how,
                              const struct ton_sweep_heard *heard, struct ton_err *err);

/* What is unlike between two loudspeakers at one microphone; added to `out`. */
enum ton_code ton_room_advise_pair(struct ton_room_advices *out, struct ton_arena *arena,
                                   const struct ton_room_pair *pair, const char *left,
                                   const char *right, struct ton_err *err);

#endif
