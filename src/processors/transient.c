/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transient designer: more or less attack, more or less sustain, whatever the level.
 *
 *   heard -> level in dB (detector.h) -+- less a level that rises late -> attack, 0 … 1
 *                                      +- a level that falls late less it -> sustain, 0 … 1
 *   gain in dB = attack dB * attack + sustain dB * sustain;  audio: delay by `look ahead` -> gain
 *
 * The idea of differential envelopes (SPL Transient Designer, 1998), with envelopes in decibels: a
 * difference of levels does not know how loud the hit is, and neither bound lies further than REACH
 * from the level, so that it does not know either how deep the silence before it was. What stands
 * still has no difference and passes as it is. The square keeps the small ups and downs of noise
 * from counting as attacks. The level is held for HOLD_MS, half a period of 50 Hz, so the envelopes
 * do not follow the wave. */
#include "detector.h"
#include "look_ahead.h"
#include "registry.h"
#include "ton/level.h"

#include <string.h>

enum { BLOCK = DETECTOR_BLOCK };

#define HOLD_MS 10.0F
#define GLIDE_MS 5.0
/* dB: REACH / FULL_ATTACK is about e, so that an attack is one whole for the attack time. What a
 * decay must exceed to be one, so that noise is none; and what is all sustain at least. */
#define REACH 30.0
#define FULL_ATTACK 10.0
#define DECAY 2.0
#define FULL_SUSTAIN 4.0F
#define SHORTEST_RISE 0.1 /* ms; else the gain arrives with the sound: e^-4 of a step is left */
#define RISES 4.0
#define SILENCE (-200.0)

#define CHANGE_ROW(name, title, sentence)                                                          \
    {                                                                                              \
        .key = name, .label = title, .kind = TON_NUMBER, .unit = TON_UNIT_DB, .min = -24,          \
        .max = 24, .digits = 1, .help = sentence                                                   \
    }

static const struct ton_row rows[] = {
    CHANGE_ROW("attack", "Attack",
               "How far the beginning of every sound is raised or lowered; 0 leaves it."),
    {.key = "attack_time",
     .label = "Attack time",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 5,
     .max = 100,
     .def = 20,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .help = "Speed: how long a beginning lasts, after which the level has caught up."},
    CHANGE_ROW("sustain", "Sustain",
               "How far what rings after the beginning is raised or lowered; 0 leaves it."),
    {.key = "sustain_time",
     .label = "Sustain time",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 20,
     .max = 2000,
     .def = 200,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .help = "Speed: the longer, the slower a decay may be that still counts as ringing."},
    {.key = "look_ahead",
     .label = "Look ahead",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 0,
     .max = 10,
     .def = 2,
     .digits = 2,
     .flags = TON_ROW_FIXED,
     .help = "The gain arrives with the first edge and not after it; the strip is that much later, "
             "and the rest is delayed to match."},
    {.key = "stereo_link",
     .label = "Stereo link",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_PERCENT,
     .min = 0,
     .max = 100,
     .def = 100,
     .digits = 0,
     .help = "How much each channel follows the loudest; 100 % keeps the image still."},
    CHANGE_ROW("output", "Output", "Gain after it."),
    KEY_FILTER_ROWS_THAT("What it lets through or takes away rises and falls like a hit."),
};

struct settings {
    float attack, attack_time, sustain, sustain_time, look_ahead, stereo_link, output,
        sidechain_high_pass, sidechain_low_pass;
};
TON_PARAMS_FIT(struct settings, 9);

/* One envelope pair and its gain, of all channels or of one; dB. */
struct path {
    double late_up, late_down, gain;
};

struct transient {
    double rate;
    double late_up, late_down, rise; /* smoothing coefficients */
    struct ton_glide attack, sustain, output;
    struct path paths[TON_MOST_CHANNELS];
    struct detector detector;
    struct look_ahead sound;
    float attacks[BLOCK], sustains[BLOCK], outputs[BLOCK];
    float last; /* gain that the last frame got, dB */
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static int latency(const struct ton_config *config, const float *params) {
    return look_ahead_frames(config, settings_of(params).look_ahead);
}

static size_t lay_out(struct transient *t, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)t};
    carve(&c, sizeof(struct transient));
    detector_lay_out(t ? &t->detector : NULL, &c, config, HOLD_MS);
    look_ahead_lay_out(t ? &t->sound : NULL, &c, config->channels, latency(config, params));
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void update(void *state, const float *params) {
    struct transient *t = state;
    const struct settings s = settings_of(params);
    const int frames = ton_glide_frames(GLIDE_MS, t->rate);
    ton_glide_to(&t->attack, s.attack, frames);
    ton_glide_to(&t->sustain, s.sustain, frames);
    ton_glide_to(&t->output, s.output, frames);
    t->late_up = ton_smooth_coefficient(s.attack_time, t->rate);
    t->late_down = ton_smooth_coefficient(s.sustain_time, t->rate);
    key_filter_set(&t->detector.filter, s.sidechain_high_pass, s.sidechain_low_pass);
    if (detector_set_link(&t->detector, s.stereo_link))
        for (int c = 1; c < t->detector.channels; c++)
            t->paths[c] = t->paths[0];
}

static void reset(void *state) {
    struct transient *t = state;
    detector_reset(&t->detector);
    look_ahead_clear(&t->sound);
    for (int c = 0; c < TON_MOST_CHANNELS; c++)
        t->paths[c] = (struct path){.late_up = SILENCE, .late_down = SILENCE};
    ton_glide_set(&t->attack, t->attack.target);
    ton_glide_set(&t->sustain, t->sustain.target);
    ton_glide_set(&t->output, t->output.target);
    t->last = 0;
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct transient *t = state;
    t->rate = config->rate;
    t->rise = ton_smooth_coefficient(fmax(settings_of(params).look_ahead / RISES, SHORTEST_RISE),
                                     t->rate);
    lay_out(t, config, params);
    detector_init(&t->detector, config);
    update(t, params);
    reset(t);
}

/* 0 … 1 for a rise in dB. */
static inline float attack_of(double rise) {
    double part = rise * (1 / FULL_ATTACK);
    part = part > 0 ? part : 0;
    part = part < 1 ? part : 1;
    return (float)(part * part);
}

/* dB of gain for a decay in dB. No more than the decay itself, so that no sound swells again. */
static inline float sustain_gain(double decay, float sustain) {
    float full = sustain > 0 ? sustain : -sustain;
    full = full > FULL_SUSTAIN ? full : FULL_SUSTAIN;
    float part = (float)(decay - DECAY);
    part = part > 0 ? part : 0;
    part = part < full ? part : full;
    return sustain * part / full;
}

/* Levels become dB of gain, in place. */
static void find_gain(struct transient *t, struct path *p, float *x, int frames) {
    const double late_up = t->late_up, late_down = t->late_down;
    double up = p->late_up, down = p->late_down;
    for (int i = 0; i < frames; i++) {
        const double level = x[i];
        up += late_up * (level - up);
        up = up > level - REACH ? up : level - REACH;
        down += late_down * (level - down);
        down = down > level ? down : level;
        down = down < level + REACH ? down : level + REACH;
        x[i] = t->attacks[i] * attack_of(level - up) + sustain_gain(down - level, t->sustains[i]);
    }
    p->late_up = up;
    p->late_down = down;
    p->gain = detector_smooth(x, frames, p->gain, t->rise, t->rise);
    for (int i = 0; i < frames; i++)
        x[i] += t->outputs[i];
}

static void process_block(struct transient *t, const struct ton_io *io, int from, int frames) {
    for (int i = 0; i < frames; i++) {
        t->attacks[i] = (float)ton_glide_next(&t->attack);
        t->sustains[i] = (float)ton_glide_next(&t->sustain);
        t->outputs[i] = (float)ton_glide_next(&t->output);
    }
    const int n_paths = detector_run(&t->detector, io, from, frames);
    for (int p = 0; p < n_paths; p++)
        find_gain(t, &t->paths[p], t->detector.level[p], frames);
    t->last = t->detector.level[0][frames - 1];
    for (int p = 0; p < n_paths; p++)
        ton_dbs_to_gain(t->detector.level[p], frames);
    look_ahead_run(&t->sound, io, from, frames, t->detector.level, n_paths);
}

static void process(void *state, const struct ton_io *io) {
    for (int at = 0; at < io->frames; at += BLOCK)
        process_block(state, io, at, io->frames - at < BLOCK ? io->frames - at : BLOCK);
}

static int64_t tail(const struct ton_config *config, const float *params) {
    return latency(config, params);
}

static bool is_neutral(const float *params) {
    const struct settings s = settings_of(params);
    return s.attack == 0 && s.sustain == 0 && s.output == 0;
}

static const struct ton_row meters[] = {GAIN_METER};

static void read_meters(const void *state, float *values) {
    values[0] = ((const struct transient *)state)->last;
}

const struct ton_processor ton_processor_transient = {
    .id = "transient",
    .name = "Transient designer",
    .summary = "Raises or lowers attack and sustain, whatever the level.",
    .text =
        "For what a compressor can only do at one level: more stick on a soft drum and on a loud "
        "one, less room behind a snare, a longer ring of a tom, less pick on a guitar. There is no "
        "threshold: a hit counts by how far it rises over what was before it. Begin with `attack` "
        "or `sustain` at 3 to 6 dB either way and listen in the mix; what `attack` adds are peaks, "
        "so leave headroom or take `output` down. `attack time` says what counts as beginning: "
        "short for sticks, longer for the body of a kick. What does not move passes unchanged.",
    .lv2_class = "EnvelopePlugin",
    .version = 1,
    .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_DYNAMIC,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = 9,
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .latency = latency,
    .tail = tail,
    .is_neutral = is_neutral,
    .meters = meters,
    .n_meters = TON_N(meters),
    .read_meters = read_meters,
};
