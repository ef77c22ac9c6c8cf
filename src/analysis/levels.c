/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sample peak, plain RMS, crest and DC offset. */

#include "analysers.h"

struct levels {
    int channels;
    int64_t frames;
    double peak;
    double sum[TON_MAX_CHANNELS];
    double squares;
};

static size_t state_size(const struct ton_analysis_config *config) {
    (void)config;
    return sizeof(struct levels);
}

static enum ton_code init(void *state, const struct ton_analysis_config *config,
                          struct ton_err *err) {
    struct levels *s = state;
    (void)err;
    memset(s, 0, sizeof *s);
    s->channels = config->layout.channels;
    return TON_OK;
}

static enum ton_code feed(void *state, const struct ton_block *block, struct ton_err *err) {
    struct levels *s = state;
    (void)err;
    s->frames += block->frames;
    for (int c = 0; c < s->channels; c++) {
        s->peak = fmax(s->peak, fmax(-(double)block->low[c], (double)block->high[c]));
        s->sum[c] += block->sum[c];
        s->squares += block->squares[c];
    }
    return TON_OK;
}

static double largest_mean(const struct levels *s) {
    double dc = 0.0;
    for (int c = 0; c < s->channels; c++) {
        const double mean = s->sum[c] / (double)s->frames;
        dc = fabs(mean) > fabs(dc) ? mean : dc;
    }
    return dc;
}

static void finish(void *state, double *results) {
    const struct levels *s = state;
    const double rms = sqrt(s->squares / ((double)s->frames * s->channels));
    const bool sound = s->peak > 0.0;
    results[0] = s->frames ? ton_level_db(s->peak) : NAN;
    results[1] = s->frames ? ton_level_db(rms) : NAN;
    results[2] = sound ? ton_level_db(s->peak) - ton_level_db(rms) : NAN;
    results[3] = s->frames ? largest_mean(s) : NAN;
}

const struct ton_analyser ton_analyser_levels = {
    .id = "levels",
    .name = "Levels",
    .summary = "Sample peak, RMS, crest and DC offset.",
    .rows = ton_measurement_table + TON_VALUE_LEVELS,
    .n_rows = 4,
    .state_size = state_size,
    .init = init,
    .feed = feed,
    .finish = finish,
};
