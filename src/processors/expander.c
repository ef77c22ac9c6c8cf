/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expander: turns down, by a ratio, what is softer than the threshold; the gentle gate.
 *
 *   heard -> level in dB (detector.h) -> static curve, at most `range` -> attack and release ->
 * gain; audio: delay by `look ahead` -> times gain
 *
 * The mirror image of the compressor's curve (D. Giannoulis, M. Massberg, J. D. Reiss, JAES 60,
 * 2012): u dB under the threshold become ratio times u. Attack, which opens, and release, which
 * closes, are time constants: the gain in dB covers 1 - 1/e (63 %) of a step in that time. */
#include "detector.h"
#include "look_ahead.h"
#include "registry.h"
#include "ton/level.h"

#include <string.h>

enum { BLOCK = DETECTOR_BLOCK, GLIDE = 64 };

static const struct ton_row rows[] = {
    {.key = "threshold",
     .label = "Threshold",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = -90,
     .max = 0,
     .def = -45,
     .digits = 1,
     .help = "The level below which it turns down."},
    {.key = "ratio",
     .label = "Ratio",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_RATIO,
     .min = 1,
     .max = 20,
     .def = 2,
     .scale = TON_LOGARITHMIC,
     .digits = 2,
     .help = "How many dB softer comes out what is one dB softer below the threshold."},
    {.key = "knee",
     .label = "Knee",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = 0,
     .max = 24,
     .def = 6,
     .digits = 1,
     .help = "Width of the bend around the threshold."},
    {.key = "range",
     .label = "Range",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = 0,
     .max = 80,
     .def = 20,
     .digits = 1,
     .help = "The most that it turns down; a little is often enough, and sounds like nothing."},
    {.key = "attack",
     .label = "Attack",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 0.05F,
     .max = 300,
     .def = 2,
     .scale = TON_LOGARITHMIC,
     .digits = 2,
     .help = "Time constant of opening, when the level rises."},
    {.key = "hold",
     .label = "Hold",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 0,
     .max = 500,
     .def = 20,
     .digits = 1,
     .flags = TON_ROW_FIXED,
     .help = "How long a level counts before the release begins; half a period of the lowest note "
             "keeps bass clean (10 ms: 50 Hz)."},
    {.key = "release",
     .label = "Release",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 5,
     .max = 5000,
     .def = 150,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .help = "Time constant of turning down, when the level falls."},
    {.key = "look_ahead",
     .label = "Look ahead",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 0,
     .max = 20,
     .digits = 2,
     .flags = TON_ROW_FIXED,
     .help = "Opens this much before the sound comes; the strip is that much later, and the rest "
             "is delayed to match."},
    {.key = "stereo_link",
     .label = "Stereo link",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_PERCENT,
     .min = 0,
     .max = 100,
     .def = 100,
     .digits = 0,
     .help = "How much each channel follows the loudest; 100 % keeps the image still."},
    KEY_FILTER_ROWS,
};

struct settings {
    float threshold, ratio, knee, range, attack, hold, release, look_ahead, stereo_link,
        sidechain_high_pass, sidechain_low_pass;
};
TON_PARAMS_FIT(struct settings, 11);

/* What the gain in dB is made of; moves on straight lines. */
enum { THRESHOLD, SLOPE, KNEE, RANGE, N_SHAPES };

struct shape {
    float at[N_SHAPES]; /* dB, ratio - 1, dB, dB */
};

struct expander {
    double attack, release; /* smoothing coefficients */
    struct shape shape, step, target;
    int left;                       /* frames that the shape still moves */
    double gain[TON_MOST_CHANNELS]; /* dB, 0 or less */
    struct detector detector;
    struct look_ahead sound;
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static struct shape shape_of(const struct settings *s) {
    return (struct shape){{s->threshold, s->ratio - 1, s->knee, s->range}};
}

/* dB of gain for a level in dB. Inside the knee: -slope (u + knee/2)^2 / (2 knee) for u dB under
 * the threshold. */
static inline float static_gain_db(const struct shape *s, float level) {
    const float half = s->at[KNEE] / 2;
    const float under = s->at[THRESHOLD] - level;
    const float below = under - half > 0 ? under - half : 0;
    float into = under + half;
    into = into > 0 ? into : 0;
    into = into < 2 * half ? into : 2 * half;
    const float bend = half > 0 ? into * into / (4 * half) : 0;
    const float gain = -s->at[SLOPE] * (bend + below);
    return gain > -s->at[RANGE] ? gain : -s->at[RANGE];
}

static int latency(const struct ton_config *config, const float *params) {
    return look_ahead_frames(config, settings_of(params).look_ahead);
}

static size_t lay_out(struct expander *e, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)e};
    carve(&c, sizeof(struct expander));
    detector_lay_out(e ? &e->detector : NULL, &c, config, settings_of(params).hold);
    look_ahead_lay_out(e ? &e->sound : NULL, &c, config->channels, latency(config, params));
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void move_shape(struct expander *e, struct shape target, int frames) {
    e->target = target;
    e->left = frames;
    for (int i = 0; i < N_SHAPES; i++)
        e->step.at[i] = (target.at[i] - e->shape.at[i]) / (float)frames;
}

static void update(void *state, const float *params) {
    struct expander *e = state;
    const struct settings s = settings_of(params);
    move_shape(e, shape_of(&s), GLIDE);
    e->attack = ton_smooth_coefficient(s.attack, e->detector.rate);
    e->release = ton_smooth_coefficient(s.release, e->detector.rate);
    key_filter_set(&e->detector.filter, s.sidechain_high_pass, s.sidechain_low_pass);
    if (detector_set_link(&e->detector, s.stereo_link))
        for (int c = 1; c < e->detector.channels; c++)
            e->gain[c] = e->gain[0];
}

/* Begins closed, as after long silence. */
static void reset(void *state) {
    struct expander *e = state;
    detector_reset(&e->detector);
    look_ahead_clear(&e->sound);
    e->shape = e->target;
    e->left = 0;
    for (int c = 0; c < TON_MOST_CHANNELS; c++)
        e->gain[c] = (double)static_gain_db(&e->shape, -200);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct expander *e = state;
    lay_out(e, config, params);
    detector_init(&e->detector, config);
    update(e, params);
    reset(e);
}

/* Levels of all paths become the gains that are wanted, in place. */
static void find_wanted(struct expander *e, int n_paths, int frames) {
    int i = 0;
    for (; i < frames && e->left > 0; i++) {
        for (int k = 0; k < N_SHAPES; k++)
            e->shape.at[k] += e->step.at[k];
        if (--e->left == 0)
            e->shape = e->target;
        for (int p = 0; p < n_paths; p++)
            e->detector.level[p][i] = static_gain_db(&e->shape, e->detector.level[p][i]);
    }
    const struct shape still = e->shape;
    for (int p = 0; p < n_paths; p++)
        for (int t = i; t < frames; t++)
            e->detector.level[p][t] = static_gain_db(&still, e->detector.level[p][t]);
}

static int hear(void *state, const struct ton_io *io, int from, int frames,
                struct ton_smooth_lane *lanes) {
    struct expander *e = state;
    const int n_paths = detector_run(&e->detector, io, from, frames);
    find_wanted(e, n_paths, frames);
    for (int p = 0; p < n_paths; p++)
        lanes[p] =
            (struct ton_smooth_lane){e->detector.level[p], &e->gain[p], e->release, e->attack};
    return n_paths;
}

static void play(void *state, const struct ton_io *io, int from, int frames) {
    struct expander *e = state;
    const int n_paths = e->detector.apart ? e->detector.channels : 1;
    for (int p = 0; p < n_paths; p++)
        ton_dbs_to_gain(e->detector.level[p], frames);
    look_ahead_run(&e->sound, io, from, frames, e->detector.level, n_paths);
}

static void process_together(void *const *states, const struct ton_io *ios, int n) {
    static const struct detector_parts parts = {hear, play};
    detector_run_together(&parts, states, ios, n);
}

static void process(void *state, const struct ton_io *io) {
    process_together(&state, io, 1);
}

static int64_t tail(const struct ton_config *config, const float *params) {
    return latency(config, params);
}

static double curve(const float *params, double input_db) {
    const struct settings s = settings_of(params);
    const struct shape shape = shape_of(&s);
    return input_db + (double)static_gain_db(&shape, (float)input_db);
}

static bool is_neutral(const float *params) {
    const struct settings s = settings_of(params);
    return s.range <= 0 || s.ratio <= 1;
}

static const struct ton_row meters[] = {REDUCTION_METER};

static void read_meters(const void *state, float *values) {
    const struct expander *e = state;
    double most = e->gain[0];
    for (int c = 1; e->detector.apart && c < e->detector.channels; c++)
        most = fmin(most, e->gain[c]);
    values[0] = (float)most;
}

const struct ton_processor ton_processor_expander = {
    .id = "expander",
    .name = "Expander",
    .summary = "Turns down what is softer than the threshold.",
    .text =
        "A gate that does not shut: room, bleed and noise between notes go down, and what fades "
        "fades faster instead of being cut off. Set the threshold at the softest wanted sound, "
        "begin with a ratio of 2 and a `range` of 10 to 20 dB, and raise either only while "
        "something is still heard. A `knee` hides where it begins. `attack` and `release` are the "
        "times in which 63 % of a change in dB are done; `look ahead` keeps the first edge of a "
        "drum. With `sidechain` it listens to another strip, through its own high and low pass. "
        "For drums with much bleed the gate is more definite.",
    .lv2_class = "ExpanderPlugin",
    .version = 1,
    .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_DYNAMIC,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = 11,
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .process_together = process_together,
    .latency = latency,
    .tail = tail,
    .curve = curve,
    .is_neutral = is_neutral,
    .meters = meters,
    .n_meters = TON_N(meters),
    .read_meters = read_meters,
};
