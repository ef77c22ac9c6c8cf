// SPDX-License-Identifier: GPL-3.0-or-later
// Gain: level, polarity and a delay to the sample.
#include "registry.h"

#include "ton/db.h"
#include "ton/delay_line.h"
#include "ton/smooth.h"

#include <string.h>

enum { GLIDE = 64 };
#define OFF_DB (-120.0F)
#define TURN_MS 20.0 // from one polarity to the other

enum polarity { INVERT_OFF, INVERT_BOTH, INVERT_LEFT, INVERT_RIGHT };

struct params {
    float gain, invert, delay, delay_samples;
};

static const char *const inversions[] = {"off", "both", "left", "right", NULL};

static const struct ton_row rows[] = {
    {.key = "gain",
     .label = "Gain",
     .unit = TON_UNIT_DB,
     .min = OFF_DB,
     .max = 36,
     .digits = 2,
     .flags = TON_ROW_OFF_MIN,
     .help = "Level; off is silence."},
    {.key = "invert",
     .label = "Invert polarity",
     .kind = TON_CHOICE,
     .max = INVERT_RIGHT,
     .choices = inversions,
     .help = "Turns the waveform over: all channels, or the left (first) or right (second) one."},
    {.key = "delay",
     .label = "Delay",
     .unit = TON_UNIT_MS,
     .max = 500,
     .digits = 3,
     .flags = TON_ROW_FIXED,
     .help = "Moves the signal later, to line up microphones; rounded to whole samples."},
    {.key = "delay_samples",
     .label = "Delay in samples",
     .kind = TON_COUNT,
     .unit = TON_UNIT_SAMPLES,
     .max = 48000,
     .flags = TON_ROW_FIXED,
     .help = "Further delay in samples at the session's rate; both delays add up."},
};
TON_PARAMS_FIT(struct params, TON_N(rows));

struct state {
    int channels, delay, turn; // turn: frames from one polarity to the other
    struct ton_glide gain[TON_MOST_CHANNELS];
    struct ton_glide inverted[TON_MOST_CHANNELS];  // 0: as it is, 1: turned over
    struct ton_delay_line line[TON_MOST_CHANNELS]; // in `memory`; none without delay
    float memory[];
};

static int delay_frames(const struct ton_config *config, const float *params) {
    const struct params *p = (const struct params *)params;
    return (int)((double)p->delay * config->rate / 1000.0 + (double)p->delay_samples + 0.5);
}

static double gain_of(const struct params *p) {
    return p->gain <= OFF_DB ? 0.0 : ton_db_to_gain((double)p->gain);
}

static bool is_inverted(const struct params *p, int channel) {
    const int invert = (int)(p->invert + 0.5F);
    return invert == INVERT_BOTH || (invert == INVERT_LEFT && channel == 0) ||
           (invert == INVERT_RIGHT && channel == 1);
}

static size_t state_size(const struct ton_config *config, const float *params) {
    const int delay = delay_frames(config, params);
    const size_t floats = delay > 0 ? ton_delay_line_capacity(delay) : 0;
    return sizeof(struct state) + sizeof(float) * floats * (size_t)config->channels;
}

static void reset(void *state) {
    struct state *s = state;
    for (int c = 0; c < s->channels; c++) {
        ton_glide_set(&s->gain[c], s->gain[c].target);
        ton_glide_set(&s->inverted[c], s->inverted[c].target);
        if (s->delay > 0)
            ton_delay_line_clear(&s->line[c]);
    }
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    const struct params *p = (const struct params *)params;
    s->channels = config->channels;
    s->delay = delay_frames(config, params);
    s->turn = (int)(TURN_MS * config->rate / 1000.0 + 0.5);
    const unsigned capacity = ton_delay_line_capacity(s->delay);
    for (int c = 0; c < s->channels; c++) {
        ton_glide_set(&s->gain[c], gain_of(p));
        ton_glide_set(&s->inverted[c], is_inverted(p, c));
        if (s->delay > 0)
            ton_delay_line_init(&s->line[c], s->memory + (size_t)c * capacity, capacity);
    }
}

static void update(void *state, const float *params) {
    struct state *s = state;
    const struct params *p = (const struct params *)params;
    for (int c = 0; c < s->channels; c++) {
        ton_glide_to(&s->gain[c], gain_of(p), GLIDE);
        ton_glide_to(&s->inverted[c], is_inverted(p, c), s->turn);
    }
}

// Of the next frame. A turn goes through silence, slowly enough not to click.
static double next_gain(struct ton_glide *gain, struct ton_glide *inverted) {
    return ton_glide_next(gain) * (1.0 - 2.0 * ton_ease(ton_glide_next(inverted)));
}

static void process(void *state, const struct ton_io *io) {
    struct state *s = state;
    for (int c = 0; c < s->channels; c++) {
        struct ton_glide gain = s->gain[c], inverted = s->inverted[c];
        const float *in = io->in[c];
        float *out = io->out[c];
        int i = 0;
        if (s->delay > 0)
            for (; i < io->frames; i++) {
                ton_delay_line_push(&s->line[c], in[i]);
                const double x = (double)ton_delay_line_read(&s->line[c], s->delay);
                out[i] = (float)(next_gain(&gain, &inverted) * x);
            }
        for (; i < io->frames && (gain.left > 0 || inverted.left > 0); i++)
            out[i] = (float)(next_gain(&gain, &inverted) * (double)in[i]);
        for (const double g = gain.value * (1.0 - 2.0 * inverted.value); i < io->frames; i++)
            out[i] = (float)(g * (double)in[i]);
        s->gain[c] = gain;
        s->inverted[c] = inverted;
    }
}

static int64_t tail(const struct ton_config *config, const float *params) {
    return delay_frames(config, params);
}

static double response(const struct ton_config *config, const float *params, double hz) {
    (void)config, (void)hz;
    return ton_gain_to_db(gain_of((const struct params *)params));
}

static bool is_neutral(const float *params) {
    const struct params *p = (const struct params *)params;
    return p->gain == 0.0F && p->invert < 0.5F && p->delay == 0.0F && p->delay_samples == 0.0F;
}

const struct ton_processor ton_processor_gain = {
    .id = "gain",
    .name = "Gain",
    .summary = "Level, polarity and sample delay.",
    .text =
        "For gain staging inside a chain and for aligning microphones: turn one over, or move it "
        "later by milliseconds or samples. The delay is meant to be heard and is therefore not "
        "compensated.",
    .lv2_class = "AmplifierPlugin",
    .version = 2,
    .flags = TON_PROCESSOR_LINEAR,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = TON_N(rows),
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .tail = tail,
    .response = response,
    .is_neutral = is_neutral,
};
