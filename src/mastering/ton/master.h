/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MASTER_H
#define TON_MASTER_H

#include "ton/analyser.h"
#include "ton/plan.h"

/* More gain is no mastering but a fault in the mix. */
#define TON_MASTER_MOST_GAIN_DB 40.0

/* Mixes to masters. The chain is cut before its last limiter: what stands before (the colour) does
 * not depend on the loudness asked for and is rendered once; then one gain and the limiter follow,
 * and the gain is solved so that the *measured* loudness after limiting meets the target. */

/* One mix on its way: a float file that is kept in the cache, and the same after the colour. Every
 * pass works at the file's own rate. */
struct ton_master_track {
    const char *mix;           /* path of the mix as float WAV */
    const char *path;          /* path of the coloured file (made by ton_master_colour) */
    int64_t from;              /* frames of the coloured file that are passed over */
    int64_t frames;            /* of the mix that count, at its rate; 0: all of either file */
    int64_t fade_in, fade_out; /* frames, on the mix, before the chain; equal power */
    int64_t tail;              /* frames behind the mix that the colour may ring on */
    double tempo;              /* quarter notes a minute, for times in notes */
    int64_t length;            /* frames of the master; 0: all of the coloured file */
    bool mono;                 /* (L + R) / 2 before gain and limiter; the sink gets one channel */
    struct ton_tally *gone;    /* counts what comes out of every pass over it; NULL */
};

struct ton_master_config {
    const struct ton_chain *chain;
    /* Ceiling of the limiter in dBTP; NaN: as the chain says, -1 when the chain has no limiter.
     * A chain without limiter gets one at its end. */
    double ceiling_dbtp;
    double gain_db; /* before the limiter */
    /* Gets the sentence of a plug-in that failed and was bypassed; NULL: nobody asks. */
    struct ton_err *bypassed;
};

/* The ceiling that the chain itself asks for: its last limiter's, else -1 dBTP. */
double ton_master_ceiling(const struct ton_chain *chain);

/* Frames that a chain may ring on at a rate, as its processors declare: before its last limiter,
 * and behind it. At most 30 s each. */
struct ton_master_tails {
    int64_t colour, after;
};
struct ton_master_tails ton_master_tails(const struct ton_chain *chain, int rate, double tempo);

/* Whether there is anything on the chain before its last limiter. Without that and without fades
 * the mix is its own coloured file: nothing needs to be rendered. */
bool ton_master_colours(const struct ton_chain *chain);

/* Renders the chain up to its last limiter into track->path (written whole or not at all): the
 * track's `frames` and `tail`.
 * @thread any; reads and writes files */
enum ton_code ton_master_colour(const struct ton_master_track *track,
                                const struct ton_master_config *config, struct ton_err *err);

struct ton_master_sink {
    enum ton_code (*write)(void *user, const float *const *in, int frames, struct ton_err *err);
    void *user;
};

/* What a pass did, for the sentence in the report. */
struct ton_master_stats {
    double gain_db;
    double ceiling_dbtp;
    double most_reduction_db; /* deepest gain reduction of the limiter, <= 0 */
    int64_t frames;
};

/* Gain, limiter and what follows it, over the coloured file; latency compensated; `length`. */
enum ton_code ton_master_run(const struct ton_master_track *track,
                             const struct ton_master_config *config,
                             const struct ton_master_sink *sink, struct ton_master_stats *stats,
                             struct ton_err *err);

/* The coloured file as it is: no gain, no chain. */
enum ton_code ton_master_play(const struct ton_master_track *track,
                              const struct ton_master_sink *sink, struct ton_err *err);

enum ton_master_measure {
    TON_MASTER_LUFS, /* integrated loudness */
    TON_MASTER_RMS,  /* dBFS over the whole file and all channels, as audiobooks are asked for */
};

/* A pass through the limiter in the caller's own way, who writes on the way what will be wanted if
 * this gain is the answer: `*level` must be what a pass of the solver's own would measure. */
struct ton_master_trial {
    enum ton_code (*run)(void *user, double *level, double gain_db, struct ton_err *err);
    void *user;
};

/* The question of a solver, and what is known from an earlier one about the same tracks. */
struct ton_master_target {
    double level;
    double before;        /* of the coloured tracks without gain; NaN: not known, it is measured */
    double guess_gain_db; /* what solved it under another ceiling; NaN: none */
    enum ton_master_measure measure;
    const struct ton_master_trial *trial; /* for tries that may be the last; NULL */
};

struct ton_master_solution {
    double reached;
    double before; /* -inf or NaN: silence */
    int n_passes;  /* through the limiter; without that for `before` */
};

/* Solves config->gain_db so that the loudness (or RMS) of all tracks in a row (an album: one gain
 * for all; tracks may differ in rate) is `target->level` within 0.02 LU, measured after the
 * limiter. TON_MISSED when the limiter cannot get there or all is silence; gain_db then is the last
 * that was tried, and `reached` what it gives. The answer depends on the guess within those 0.02
 * LU. */
enum ton_code ton_master_solve(struct ton_master_config *config, struct ton_master_solution *out,
                               const struct ton_master_track *tracks, int n_tracks,
                               const struct ton_master_target *target, struct ton_err *err);

#endif
