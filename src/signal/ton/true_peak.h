/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_TRUE_PEAK_H
#define TON_TRUE_PEAK_H

#include <stdbool.h>

/* The peak of the curve between the samples (BS.1770-5, Annex 2): 64 taps of a Kaiser-windowed sinc
 * (beta 6) give the curve at quarters of a frame, and the sine through each highest point and its
 * neighbours the crest between them. The samples themselves are among the points, so a true peak is
 * never below the sample peak. Sines up to 0.45 of the rate read -0.002 to +0.004 dB; noise,
 * clipped noise and squares within 0.03 dB of 64 points a frame. The same at every rate. */
enum {
    TON_TRUE_PEAK_TAPS = 64,
    TON_TRUE_PEAK_POINTS = 16,  /* of a frame, that can be interpolated singly */
    TON_TRUE_PEAK_LATENCY = 32, /* frames between a sample and the curve after it */
    TON_TRUE_PEAK_BLOCK = 1024,
};

struct ton_true_peak_kernels;

/* One channel. `peak` is the largest magnitude so far; it lags the input by the latency, and by
 * what waits for a whole piece. */
struct ton_true_peak {
    float peak;
    int fill; /* frames in the window */
    const struct ton_true_peak_kernels *kernels;
    float window[TON_TRUE_PEAK_TAPS - 1 + TON_TRUE_PEAK_BLOCK];
};

/* Starts after endless silence. */
void ton_true_peak_init(struct ton_true_peak *t);

/* Any number of finite frames. The peak has the same bits however the input is cut. Stretches that
 * provably stay below the peak so far are not interpolated: the bound is the largest known point of
 * the stretch plus what straight lines between known points can miss.
 * @thread any; no allocation */
void ton_true_peak_feed(struct ton_true_peak *t, const float *in, int frames);

/* The peak with endless silence after the input; afterwards only init is allowed. Linear, full
 * scale 1.0. */
float ton_true_peak_finish(struct ton_true_peak *t);

/* What bounds the curve in a stretch: the largest of n samples, and the largest second difference
 * (0 of fewer than three). @thread any; no allocation */
struct ton_true_peak_extent {
    float reach, bend;
};
struct ton_true_peak_extent ton_true_peak_extent(const float *x, int n);

/* Interpolates one point: the curve at `point`/16 of a frame after frame 31 of the 64 in `x`. The
 * plainest form, for tests and for single points. */
double ton_true_peak_point(const float x[TON_TRUE_PEAK_TAPS], int point);

/* out[i], i < frames: the largest magnitude of the curve from frame i + 31 of `x` to the next, at
 * eighths of a frame (at 0.45 of the rate that is at most 0.14 dB under the true crest, at a
 * quarter 0.04). `x` has frames + 63 frames. Where it provably stays at or below `floor`, out[i] is
 * `floor`; what is smaller is raised to it: a limiter's ceiling is such a floor. False: all of it
 * is, and nothing was written. The same bits however the frames are cut.
 * @thread any; no allocation */
bool ton_true_peak_envelope(float *out, const float *x, int frames, float floor);

#endif
