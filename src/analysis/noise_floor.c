/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Noise floor: the RMS of the quietest half second, as audiobook and broadcast checks take it. */

#include "analysers.h"

enum { WINDOW = 50 }; /* hops of 10 ms */

struct noise_floor {
    int channels;
    int n; /* hops in the ring, at most WINDOW */
    int at;
    int frames[WINDOW];
    double squares[TON_MAX_CHANNELS][WINDOW];
    double quietest; /* mean square of the loudest channel; infinite before the first window */
};

static size_t state_size(const struct ton_analysis_config *config) {
    (void)config;
    return sizeof(struct noise_floor);
}

static enum ton_code init(void *state, const struct ton_analysis_config *config,
                          struct ton_err *err) {
    struct noise_floor *s = state;
    (void)err;
    memset(s, 0, sizeof *s);
    s->channels = config->layout.channels;
    s->quietest = INFINITY;
    return TON_OK;
}

/* Mean square over the window of its loudest channel. */
static double window_power(const struct noise_floor *s) {
    int frames = 0;
    double loudest = 0.0;
    for (int i = 0; i < WINDOW; i++)
        frames += s->frames[i];
    for (int c = 0; c < s->channels; c++) {
        double sum = 0.0;
        for (int i = 0; i < WINDOW; i++)
            sum += s->squares[c][i];
        loudest = fmax(loudest, sum / frames);
    }
    return loudest;
}

static enum ton_code feed(void *state, const struct ton_block *block, struct ton_err *err) {
    struct noise_floor *s = state;
    (void)err;
    s->frames[s->at] = block->frames;
    for (int c = 0; c < s->channels; c++)
        s->squares[c][s->at] = block->squares[c];
    s->at = (s->at + 1) % WINDOW;
    s->n += s->n < WINDOW;
    if (s->n == WINDOW)
        s->quietest = fmin(s->quietest, window_power(s));
    return TON_OK;
}

static void finish(void *state, double *results) {
    const struct noise_floor *s = state;
    results[0] = isinf(s->quietest) ? NAN : ton_level_db(sqrt(s->quietest));
}

const struct ton_analyser ton_analyser_noise_floor = {
    .id = "noise_floor",
    .name = "Noise floor",
    .summary = "RMS of the quietest half second, its loudest channel.",
    .rows = ton_measurement_table + TON_VALUE_NOISE_FLOOR,
    .n_rows = 1,
    .state_size = state_size,
    .init = init,
    .feed = feed,
    .finish = finish,
};
