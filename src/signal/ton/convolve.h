/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CONVOLVE_H
#define TON_CONVOLVE_H

#include "ton/carve.h"
#include "ton/fft.h"

/* Convolution with long kernels (FIR filters, impulse responses) in pieces: the first `block` taps
 * directly, so that nothing waits, the others by partitions in the frequency domain that grow with
 * the distance (W. G. Gardner, "Efficient convolution without input-output delay", JAES 43, 1995).
 * Errors stay 120 dB and more below the output.
 *
 * All work is done at multiples of `block` frames since the start, that of the large partitions
 * spread evenly over the blocks: the same bits however the stream is cut, and no call that costs
 * much more than another. */
enum {
    TON_CONVOLVER_MOST_PATHS = 16,
    TON_CONVOLVER_LEVELS = 4,
    TON_CONVOLVER_MOST_DIRECT = 4096, /* taps: a sum of more rounds too much */
    TON_CONVOLVER_MOST_BLOCK = 16384
};

/* What is convolved with what: out += in * kernel. */
struct ton_convolver_path {
    int in, out, kernel;
};

struct ton_convolver_shape {
    int inputs, outputs, kernels, n_paths;
    struct ton_convolver_path paths[TON_CONVOLVER_MOST_PATHS];
    int taps;  /* of the longest kernel, at least 1 */
    int block; /* frames of the smallest partition: a power of two, 16 … TON_CONVOLVER_MOST_DIRECT,
                * of a late shape … TON_CONVOLVER_MOST_BLOCK */
    bool late;   /* no direct part: the output is `block` frames late, and cheaper */
    bool moving; /* kernels can be exchanged; all partitions have one size */
};

struct ton_convolver_kernels;

/* The partitions of one size. */
struct ton_convolver_level {
    struct {
        int from, to; /* the first partition that is not 0, and behind the last; none when equal */
    } sounds[2][TON_CONVOLVER_MOST_PATHS]; /* [set][kernel] */
    int size, first_tap, partitions;
    int slices; /* blocks its work is spread over */
    int slice, done, slot, heard;
    struct ton_fft fft;
    float *fft_memory;
    float *kernels; /* [set][kernel][strip of bins][partition]: re, im */
    float *spectra; /* [input][strip of bins][slot]: of the last inputs */
    float *bins;    /* one spectrum: re[size], im[size] */
    float *sums;    /* [output] */
    float *window;  /* 2 * size samples */
    float *outputs; /* [set, or heard and next][output][size] */
};

struct ton_convolver {
    struct ton_convolver_shape shape;
    const struct ton_convolver_kernels *run;
    int position;               /* frames of this block that are done */
    int set;                    /* which kernels are heard */
    int fade_left, fade_frames; /* frames until the other set is */
    int ring_frames, ring_at;
    float *near; /* [input]: the block before this one, and this one */
    float *ring; /* [input][ring_frames]: what the large partitions need */
    float *head; /* [set][kernel][block]: the direct taps */
    float *wet;  /* [2][block] */
    int n_levels;
    struct ton_convolver_level levels[TON_CONVOLVER_LEVELS];
};

/* Takes its memory; with `c` NULL only counts it. */
void ton_convolver_lay_out(struct ton_convolver *c, struct carver *carver,
                           const struct ton_convolver_shape *shape);

/* The transforms; the kernels are 0 until they are set. Close also what was not opened wholly.
 * @thread any but audio */
enum ton_code ton_convolver_open(struct ton_convolver *c, struct ton_err *err);
void ton_convolver_close(struct ton_convolver *c);

/* Frames by which the output is late. */
int ton_convolver_latency(const struct ton_convolver_shape *shape);

/* Sets one kernel: `taps[0 … n-1]`, n at most shape.taps, the rest 0. Of a moving shape it is the
 * kernel that the next exchange leads to, and may be set while none is running. Otherwise it is
 * heard at once. No allocation. @thread any, while nobody processes */
TON_RT void ton_convolver_set(struct ton_convolver *c, int kernel, const float *taps, int n);

/* The same in pieces, of a shape that is moving and late: `partitions` of them beginning with
 * `from`, one transform of two blocks each. True when the last is among them. */
TON_RT bool ton_convolver_set_some(struct ton_convolver *c, int kernel, const float *taps, int n,
                                   int from, int partitions);

/* Back to silence; an exchange is over at once. So a moving shape starts with ton_convolver_set,
 * ton_convolver_exchange, ton_convolver_clear. */
TON_RT void ton_convolver_clear(struct ton_convolver *c);

/* Frames until the next block begins; `block` when it begins now. Then, and when no exchange is
 * running, one may start: the sound fades from the old kernels to the new ones on straight lines
 * over `blocks` blocks. */
TON_RT int ton_convolver_room(const struct ton_convolver *c);
TON_RT bool ton_convolver_is_fading(const struct ton_convolver *c);
TON_RT bool ton_convolver_may_exchange(const struct ton_convolver *c);
TON_RT void ton_convolver_exchange(struct ton_convolver *c, int blocks);

/* Any number of frames; out[o] may be in[o]. @thread audio */
TON_RT void ton_convolver_run(struct ton_convolver *c, float *const *out, const float *const *in,
                              int frames);

#endif
