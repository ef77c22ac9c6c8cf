/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts a stream into the hops that analysers are fed. */
#ifndef TON_ANALYSIS_GATHER_H
#define TON_ANALYSIS_GATHER_H

#include "survey.h"
#include "ton/analyser.h"

struct gather {
    double rate;
    int channels;
    const struct survey_kernels *kernels;
    int64_t hop;    /* its number */
    int want, fill; /* frames of this hop, and how many wait in `planes` */
    float *planes[TON_MAX_CHANNELS];
    float *memory;
    struct ton_block block;
};

typedef enum ton_code (*gather_sink)(const struct ton_block *block, struct ton_err *err,
                                     void *user);

/* The largest number of frames in a hop. */
int gather_most(double rate);

enum ton_code gather_init(struct gather *g, double rate, int channels, struct ton_err *err);
void gather_finish(struct gather *g); /* frees; fine after a failed init */

/* A hop that lies whole in `in` is handed on in place. */
enum ton_code gather_feed(struct gather *g, const float *const *in, int64_t frames,
                          gather_sink sink, struct ton_err *err, void *user);
enum ton_code gather_rest(struct gather *g, gather_sink sink, struct ton_err *err, void *user);

#endif
