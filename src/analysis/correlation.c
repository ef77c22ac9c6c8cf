/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Correlation of the first two channels over the whole stream. */

#include "analysers.h"
#include "survey.h"

struct correlation {
    bool stereo;
    const struct survey_kernels *kernels;
    double product, left, right;
};

static size_t state_size(const struct ton_analysis_config *config) {
    (void)config;
    return sizeof(struct correlation);
}

static enum ton_code init(void *state, const struct ton_analysis_config *config,
                          struct ton_err *err) {
    struct correlation *s = state;
    (void)err;
    *s = (struct correlation){.stereo = config->layout.channels >= 2, .kernels = survey_kernels()};
    return TON_OK;
}

static enum ton_code feed(void *state, const struct ton_block *block, struct ton_err *err) {
    struct correlation *s = state;
    (void)err;
    if (!s->stereo)
        return TON_OK;
    s->product += s->kernels->product(block->in[0], block->in[1], block->frames);
    s->left += block->squares[0];
    s->right += block->squares[1];
    return TON_OK;
}

static void finish(void *state, double *results) {
    const struct correlation *s = state;
    const double scale = sqrt(s->left) * sqrt(s->right);
    results[0] = scale > 0.0 ? fmax(-1.0, fmin(1.0, s->product / scale)) : NAN;
    /* sqrt(x) sqrt(x) may miss x by a rounding; equal channels are exactly 1. */
    if (s->left == s->right && fabs(s->product) == s->left && s->left > 0.0)
        results[0] = s->product > 0.0 ? 1.0 : -1.0;
}

const struct ton_analyser ton_analyser_correlation = {
    .id = "correlation",
    .name = "Correlation",
    .summary = "How alike the first two channels are, over the whole.",
    .rows = ton_measurement_table + TON_VALUE_CORRELATION,
    .n_rows = 1,
    .state_size = state_size,
    .init = init,
    .feed = feed,
    .finish = finish,
};
