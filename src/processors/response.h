/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_RESPONSE_H
#define TON_PROCESSORS_RESPONSE_H

#include "ton/convolve.h"
#include "ton/processor.h"

/* An impulse response on its way from a file to kernels: which part of it, which of its channels
 * for which of ours, filtered and levelled. */
struct response_settings {
    bool normalise;           /* pink noise comes out as loud as it went in */
    bool b_format;            /* four channels are W X Y Z */
    double start_ms;          /* what lies before is left out */
    double length_s;          /* what lies behind is left out; INFINITY: nothing */
    double low_cut, high_cut; /* Hz, 12 dB/octave; 0: none */
};

struct response {
    const struct ton_asset *asset; /* without frames: a single 1 */
    struct response_settings settings;
    double rate;
    int first, frames; /* of the file */
    int taps;          /* frames, and for what the cuts ring behind them */
    bool fits;         /* its channels fit ours */
    int n_kernels;
    float weights[TON_CONVOLVER_MOST_PATHS][TON_MOST_CHANNELS]; /* [kernel][channel of the file] */
};

/* Chooses the part and the channels; fills the inputs, outputs, kernels, paths and taps of `shape`.
 * One channel serves all; two are left and right; four are true stereo (left to left, left to
 * right, right to left, right to right) or B-format (W X Y Z, FuMa), heard by two cardioids that
 * look 55 degrees to the left and right; else as many as the strip has. A mono strip hears the mean
 * of left and right. */
void response_plan(struct response *r, struct ton_convolver_shape *shape,
                   const struct ton_config *config, const struct response_settings *settings);

/* Makes the kernels and sets them. TON_INPUT where the file cannot be used like this. @thread main
 */
enum ton_code response_load(const struct response *r, struct ton_convolver *c, struct ton_err *err);

#endif
