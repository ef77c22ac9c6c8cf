/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_DETECTOR_H
#define TON_PROCESSORS_DETECTOR_H

#include "key_filter.h"
#include "ton/carve.h"
#include "ton/processor.h"
#include "ton/smooth.h"
#include "ton/window_max.h"

/* What a dynamics processor goes by: levels in dB, frame by frame.
 *
 *   heard -> filter -> power, peak or mean -> maximum over `hold` -> dB -> link
 *
 * While a tone of at least half a period per hold sounds, its level stands still and a static curve
 * is met exactly; with no hold the level follows the waveform. The mean (RMS) runs over about 20 ms
 * and is scaled so that a sine reads its peak: both detectors agree on a sine.
 *
 * Fully linked, all channels have one level, that of the loudest: one path. Else each has its own.
 */
enum { DETECTOR_BLOCK = 256, DETECTOR_PEAK = 0, DETECTOR_RMS };

struct detector {
    double rate;
    int channels;
    double mean;          /* smoothing coefficient */
    float link;           /* 0 … 1 */
    bool apart;           /* more than one path has been running since reset */
    struct ton_glide rms; /* how much of the level is the mean: 0 … 1 */
    double means[TON_MOST_CHANNELS][2];
    struct ton_window_max windows[TON_MOST_CHANNELS];
    struct key_filter filter;
    float level[TON_MOST_CHANNELS]
               [DETECTOR_BLOCK]; /* of each path; whoever asked may overwrite it */
    float most[DETECTOR_BLOCK], line[DETECTOR_BLOCK], rms_parts[DETECTOR_BLOCK];
};

/* `d` NULL: only counts. */
void detector_lay_out(struct detector *d, struct carver *c, const struct ton_config *config,
                      float hold_ms);
/* After it was laid out. */
void detector_init(struct detector *d, const struct ton_config *config);
void detector_reset(struct detector *d);

/* DETECTOR_PEAK or DETECTOR_RMS, cross-faded unless `now`. */
TON_RT void detector_set_kind(struct detector *d, int kind, bool now);
/* True when one path for all has just become one for each: the owner's paths start where its first
 * one was. */
TON_RT bool detector_set_link(struct detector *d, float percent);

/* Levels of the next frames (at most DETECTOR_BLOCK, from io's frame `from` on) into d->level;
 * returns how many paths there are. */
TON_RT int detector_run(struct detector *d, const struct ton_io *io, int from, int frames);

/* One path's gain in dB, in place, on its way from `y`: down with one smoothing coefficient, up
 * with the other. Returns where it ended. */
TON_RT double detector_smooth(float *x, int frames, double y, double down, double up);

/* The three parts of a processor whose gains in dB are smoothed. `hear` makes them, in place, for
 * the next frames (at most DETECTOR_BLOCK, from io's frame `from` on), and says in `lanes` which
 * they are, one for each path; returns how many. `play` uses them when they have been smoothed. */
struct detector_parts {
    TON_RT int (*hear)(void *state, const struct ton_io *io, int from, int frames,
                       struct ton_smooth_lane *lanes);
    TON_RT void (*play)(void *state, const struct ton_io *io, int from, int frames);
};
/* As process_together: smooths the gains of all of them side by side. */
TON_RT void detector_run_together(const struct detector_parts *parts, void *const *states,
                                  const struct ton_io *ios, int n);

/* most[i] becomes at least x[i]. */
TON_RT void detector_raise_to(float *most, const float *x, int frames);

#endif
