/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_EQ_LINEAR_H
#define TON_PROCESSORS_EQ_LINEAR_H

#include "eq_design.h"
#include "ton/convolve.h"
#include "ton/processor.h"

/* The equaliser's curve without its phase: a symmetric FIR of 0.6 s or a little more, so that it
 * holds the curve within 0.1 dB where bands are 8 Hz wide or more. New settings become new kernels
 * in small steps, one each 32nd of a block of the convolver, none of which costs much more than
 * that block's own work, and fade in: 0.2 s from a move of a setting to its sound. */
struct eq_linear {
    double rate;
    int taps, block, channels, n_kernels;
    struct eq_params wanted, making;
    struct eq_design design;
    bool dirty;           /* what is wanted is not yet what is being made or heard */
    bool making_it, made; /* from the first step to the exchange; all steps are done */
    int next, kernel;     /* bins and kernels that are done */
    int partition;        /* of the kernel that is being handed over; -1: it is not yet made */
    struct ton_fft fft;
    float *fft_memory, *re, *im, *samples, *taps_made, *window;
    float *curves[4]; /* [bin]: magnitude of left, right, mid, side */
    struct ton_convolver convolver;
};

int eq_linear_latency(const struct ton_config *config);
int eq_linear_taps(double rate);

/* `l` NULL: only counts. */
void eq_linear_lay_out(struct eq_linear *l, struct carver *c, const struct ton_config *config);
enum ton_code eq_linear_open(struct eq_linear *l, struct ton_err *err);
void eq_linear_close(struct eq_linear *l);

TON_RT void eq_linear_want(struct eq_linear *l, const struct eq_params *p);
/* Silence, and what is wanted is heard. */
TON_RT void eq_linear_reset(struct eq_linear *l);
TON_RT void eq_linear_run(struct eq_linear *l, const struct ton_io *io);

#endif
