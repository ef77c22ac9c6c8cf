/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_FDN_H
#define TON_PROCESSORS_FDN_H

#include "block_ring.h"
#include "ton/lines.h"

#include <stdbool.h>
#include <stdint.h>

/* A feedback delay network with a diffuser before it: the late sound of a room. Lossless but for
 * what each delay costs: a path of d seconds loses 60 dB * d / decay, in the diffuser as in the
 * loop, so that the whole response is one exponential. */
enum { FDN_LINES = TON_LINES, FDN_STAGES = 4, FDN_BLOCK = 64, FDN_PAIRS = FDN_LINES / 2 };

/* Shapes in seconds. */
struct fdn_shape {
    double shortest, longest;  /* delay lines of the loop */
    double spread[FDN_STAGES]; /* longest delay of each stage of the diffuser */
    double turn;               /* of the delays' places in their stage, from stage to stage */
};

struct fdn_ring {
    struct block_ring ring;
    int delay;
};

/* First-order high shelf times gain: what one pass through a line costs. */
struct fdn_losses {
    struct ton_lines_filters filters;
    float stage[FDN_STAGES][FDN_LINES];
};

/* The turn of each pair of lines before the matrix, and what its sine and cosine go by a frame. It
 * moves the resonances about, and since a turn keeps the energy the decay is what it was. */
struct fdn_turns {
    uint64_t phase[FDN_PAIRS], speed[FDN_PAIRS]; /* of 2^64 a cycle; a block */
    double depth, target;                        /* largest turn, cycles */
    bool on;
    struct ton_lines_turns now;
};

struct fdn {
    double rate;
    unsigned position; /* frames since reset; coefficients move on a grid of FDN_BLOCK */
    double density;    /* frames of delay in the loop */
    double onset;      /* frames until the energy has risen, on an average */
    struct fdn_losses losses, target;
    struct fdn_losses step; /* a frame, while it moves */
    bool moves;
    bool settled; /* nothing moves before the next target */
    struct ton_lines_gain gains[FDN_STAGES];
    struct ton_lines_memory memory;
    struct fdn_turns turns;
    struct fdn_ring lines[FDN_LINES];
    struct fdn_ring stages[FDN_STAGES][FDN_LINES];
};

/* Lays out an FDN whose delays are `size` times the shape's; `f` NULL: only counts. */
void fdn_lay_out(struct fdn *f, struct carver *c, const struct fdn_shape *shape, double size,
                 double rate);
void fdn_clear(struct fdn *f);

/* `decay` seconds for 60 dB; above `corner_hz` it falls towards `high` times that. The losses glide
 * there unless `now`. */
TON_RT void fdn_set_decay(struct fdn *f, double decay, double high, double corner_hz, bool now);

/* The turns swing around 0 at about `hz`, by `depth` (0 … 1) of a quarter circle. */
TON_RT void fdn_set_turns(struct fdn *f, double hz, double depth, bool now);

/* The gain that makes the response's energy 1 at one output. */
double fdn_unity(const struct fdn *f, double decay);

/* How many frames may come in the next call of fdn_run: at most this, 1 … FDN_BLOCK. */
static inline int fdn_room(const struct fdn *f) {
    return FDN_BLOCK - (int)(f->position % FDN_BLOCK);
}

/* x[line][frame]: what enters; becomes what circulates, each line a mixture of all others. */
TON_RT void fdn_run(struct fdn *f, float (*x)[FDN_BLOCK], int frames);

#endif
