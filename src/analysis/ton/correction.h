/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CORRECTION_H
#define TON_CORRECTION_H

#include "ton/response.h"

/* What would bring a loudspeaker in its room nearer to a target, as bells for the `eq` processor
 * and as a filter for the `convolver`. Minimum phase: no latency, no echo ahead. @thread any but
 * audio
 */
enum { TON_CORRECTION_MOST_BELLS = 8 };

/* A curve through points, rising in frequency: straight in dB over the logarithm of frequency,
 * level beyond its ends. */
struct ton_curve_point {
    double hz, db;
};

/* Sound that is cancelled: 8 dB or more below the octave around it, which is taken without the
 * nulls in it, and at half its depth no wider than an octave, as the first null of a comb is. Boost
 * is cancelled with it and costs headroom only. */
struct ton_null {
    double hz, depth_db; /* of its lowest point */
    double core_hz[2];   /* where it has half its depth */
    int from, to;        /* points between which it is below the octave around */
};

struct ton_nulls {
    int n;
    struct ton_null *items; /* rising */
};

/* All nulls of a loudspeaker at `n_places` places, of which the curves have the same points, best
 * in TON_SMOOTHING_SIXTH. What runs into an end of a curve is not played rather than cancelled, and
 * is none. In the arena; TON_MEMORY. @thread any but audio */
enum ton_code ton_response_nulls(struct ton_nulls *out, struct ton_arena *arena,
                                 const struct ton_response *const *places, int n_places,
                                 struct ton_err *err);

/* Straight lines over nulls, above which nothing changes, in a curve of `n` points that has those
 * of the response. */
void ton_nulls_bridge(double *level, int n, const struct ton_nulls *nulls);

/* What is 0 gets the value named here. */
struct ton_correction_how {
    /* What is corrected, at each of its places, in TON_SMOOTHING_SIXTH: a null of any is left
     * alone. NULL: those of the response itself are. */
    const struct ton_response *const *places;
    int n_places;
    const struct ton_curve_point *target; /* NULL: flat */
    int n_target;
    double from_hz, to_hz; /* 20, 20000: where it corrects, and only where the loudspeaker comes
                            * within 10 dB of its level; it fades out over half an octave beyond */
    double most_boost_db;  /* 6, at most 24; below 0: no boost */
    double most_cut_db;    /* 18, at most 24 */
    int bells;             /* 8, at most 8 */
    int taps;              /* a power of two of 0.3 s or more; at most 2^17 */
};

struct ton_bell {
    double hz, gain_db, q; /* as the eq has them: its rows' digits */
};

/* Curves have the points of the response that is corrected. */
struct ton_correction {
    double level_db;        /* of the response over the target without nulls, mean from 200 Hz to
                             * 2 kHz whatever is corrected; of a subwoofer, of what is within 10 dB of
                             * its loudest octave */
    double from_hz, to_hz;  /* where it corrects */
    struct ton_nulls nulls; /* between these ends: wanted_db goes straight over each */
    int n;
    double *hz, *wanted_db, *bells_db, *fir_db; /* wanted, and what the filters really do */
    int n_bells;
    struct ton_bell bells[TON_CORRECTION_MOST_BELLS];
    int taps;
    float *fir;
    double apart_db; /* RMS of the response from the target about that level, from_hz to to_hz,
                      * straight over nulls */
    struct ton_correction_fit {
        double apart_db;               /* the same behind bells or filter */
        double rms_db, off_db, off_hz; /* away from wanted, from_hz to to_hz: mean, and most */
        double boost_db, boost_hz;     /* most of all points; 0 dB: none */
        double cut_db, cut_hz;         /* below 0, or none */
    } bells_fit, fir_fit;
    /* What each lifts most, from 0 Hz to half the rate, 0 or more: turned down by that much, a sine
     * of full scale is not clipped. Peaks of other signals may come out higher: the bound on those
     * is the sum of |fir|. */
    double bells_most_db, fir_most_db;
};

/* Corrects `measured`, which is smoothed by TON_SMOOTHING_PSYCHOACOUSTIC or wider, for a rate. The
 * bells are the eq's own sections (ton_biquad_match), fitted by least squares (K. Levenberg, 1944),
 * and neither they together nor the filter lift by more than 0.05 dB over most_boost_db or cut by
 * more than that over most_cut_db, at any frequency. The filter comes from the cepstrum (A. V.
 * Oppenheim, R. W. Schafer, "Discrete-Time Signal Processing", chapter 13). TON_INPUT for a target
 * or limits that cannot be. 0.3 s. */
enum ton_code ton_correction_make(struct ton_correction *out, struct ton_arena *arena,
                                  const struct ton_response *measured, int rate,
                                  const struct ton_correction_how *how, struct ton_err *err);

/* Level, range, nulls, what is wanted, and how far from the target it is: all but the filters.
 * Errors as of ton_correction_make. */
enum ton_code ton_correction_judge(struct ton_correction *out, struct ton_arena *arena,
                                   const struct ton_response *measured, int rate,
                                   const struct ton_correction_how *how, struct ton_err *err);

/* Whether target and limits can be, at a rate: TON_INPUT. */
enum ton_code ton_correction_check(const struct ton_correction_how *how, int rate,
                                   struct ton_err *err);

/* The target's level at a frequency. */
double ton_curve_db(const struct ton_curve_point *points, int n, double hz);

/* Reads a curve as programs that measure write them: a frequency in Hz, a level in dB and whatever
 * follows a line, split by blanks, tabs, commas or semicolons. Lines that begin with no number are
 * remarks. `name` is the file's, for sentences. TON_INPUT, with the line: levels beyond 100 dB,
 * frequencies that do not rise, no point at all; TON_MEMORY. */
enum ton_code ton_curve_parse(struct ton_curve_point **out, int *n, struct ton_arena *arena,
                              const char *text, const char *name, struct ton_err *err);

/* Mean level over the target (NULL: flat) from 200 Hz to 2 kHz, where the ear is keenest; of all
 * points of a response that has none there; 0 of one that is silent. @thread any */
double ton_response_level(const struct ton_response *r, const struct ton_curve_point *target,
                          int n_target);

/* The mean power of responses that have the same points, each about its own level: one loudspeaker
 * at several places. TON_MEMORY. */
enum ton_code ton_response_mean(struct ton_response *out, struct ton_arena *arena,
                                const struct ton_response *const *responses, int n,
                                struct ton_err *err);

#endif
