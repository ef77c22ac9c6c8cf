/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The largest true peak of all channels. */

#include "ton/true_peak.h"
#include "analysers.h"

struct true_peak {
    int channels;
    struct ton_true_peak channel[]; /* one each */
};

static size_t state_size(const struct ton_analysis_config *config) {
    return sizeof(struct true_peak) +
           sizeof(struct ton_true_peak) * (size_t)config->layout.channels;
}

static enum ton_code init(void *state, const struct ton_analysis_config *config,
                          struct ton_err *err) {
    struct true_peak *s = state;
    (void)err;
    s->channels = config->layout.channels;
    for (int c = 0; c < s->channels; c++)
        ton_true_peak_init(&s->channel[c]);
    return TON_OK;
}

/* A stretch is skipped against the peak of all channels: what cannot exceed that is not wanted. */
static enum ton_code feed(void *state, const struct ton_block *block, struct ton_err *err) {
    struct true_peak *s = state;
    (void)err;
    float peak = 0.0f;
    for (int c = 0; c < s->channels; c++)
        peak = s->channel[c].peak > peak ? s->channel[c].peak : peak;
    for (int c = 0; c < s->channels; c++) {
        s->channel[c].peak = peak;
        ton_true_peak_feed(&s->channel[c], block->in[c], block->frames);
    }
    return TON_OK;
}

static void finish(void *state, double *results) {
    struct true_peak *s = state;
    double peak = 0.0;
    for (int c = 0; c < s->channels; c++)
        peak = fmax(peak, (double)ton_true_peak_finish(&s->channel[c]));
    results[0] = ton_level_db(peak);
}

const struct ton_analyser ton_analyser_true_peak = {
    .id = "true_peak",
    .name = "True peak",
    .summary = "The largest magnitude of the curve between the samples.",
    .rows = ton_measurement_table + TON_VALUE_TRUE_PEAK,
    .n_rows = 1,
    .state_size = state_size,
    .init = init,
    .feed = feed,
    .finish = finish,
};
