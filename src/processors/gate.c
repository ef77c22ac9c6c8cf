/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gate: turns a strip down while nothing is heard on it.
 *
 * It opens when a sample reaches the threshold and closes when for `hold` no sample has reached the
 * threshold less the hysteresis. Hold is at least 5 ms, half a period of 100 Hz, so the crests of
 * one tone are one event. The gain opens on a straight line in `attack` and closes on a straight
 * line in decibels in `release`; both are times from end to end. All channels move together. */
#include "key_filter.h"
#include "look_ahead.h"
#include "registry.h"
#include "ton/db.h"
#include "ton/smooth.h"

enum { BLOCK = LOOK_AHEAD_BLOCK };

#define RANGE_MAX 120.0F
#define OPENS_AND_CLOSES "They open or close the gate where the level then passes the threshold."
#define GLIDE_MS 5.0 /* a closed gate takes a new range with this time constant */

static const struct ton_row rows[] = {
    {.key = "threshold",
     .label = "Threshold",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = -90,
     .max = 0,
     .def = -40,
     .digits = 1,
     .jumps = OPENS_AND_CLOSES,
     .help = "The peak level from which on the gate opens."},
    {.key = "hysteresis",
     .label = "Hysteresis",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = 0,
     .max = 24,
     .def = 4,
     .digits = 1,
     .help = "How far below the threshold the level must fall until it closes."},
    {.key = "range",
     .label = "Range",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = 0,
     .max = RANGE_MAX,
     .def = 60,
     .digits = 1,
     .flags = TON_ROW_INF_MAX,
     .help = "How far it turns down when closed; inf: to silence."},
    {.key = "attack",
     .label = "Attack",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 0.05F,
     .max = 100,
     .def = 1,
     .scale = TON_LOGARITHMIC,
     .digits = 2,
     .help = "Time from closed to open; the gain rises on a straight line."},
    {.key = "hold",
     .label = "Hold",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 5,
     .max = 2000,
     .def = 50,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .help = "How long it stays open after the last sample above the closing level."},
    {.key = "release",
     .label = "Release",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 5,
     .max = 5000,
     .def = 150,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .help = "Time from open to closed; the gain falls on a straight line in dB."},
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
    KEY_FILTER_ROWS_THAT(OPENS_AND_CLOSES),
};

struct settings {
    float threshold, hysteresis, range, attack, hold, release, look_ahead;
    float sidechain_high_pass, sidechain_low_pass;
};
TON_PARAMS_FIT(struct settings, 9);

struct gate {
    double rate;
    int channels;
    float open_at, close_at; /* amplitudes */
    double rise, fall;       /* added, multiplied per frame */
    double floor, bottom;    /* gain when closed; where the fall is over */
    double closed, drift;    /* gain when closed on its way to `floor`; smoothing coefficient */
    int hold;
    int left;    /* frames that it stays open; 0: closed */
    double gain; /* after attack and release */
    struct key_filter filter;
    struct look_ahead sound;
    float level[1][BLOCK], line[BLOCK];
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static int latency(const struct ton_config *config, const float *params) {
    return look_ahead_frames(config, settings_of(params).look_ahead);
}

static size_t lay_out(struct gate *g, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)g};
    carve(&c, sizeof(struct gate));
    look_ahead_lay_out(g ? &g->sound : NULL, &c, config->channels, latency(config, params));
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void update(void *state, const float *params) {
    struct gate *g = state;
    const struct settings s = settings_of(params);
    const double frames_per_ms = g->rate / 1000;
    g->open_at = (float)ton_db_to_gain(s.threshold);
    g->close_at = (float)ton_db_to_gain(s.threshold - s.hysteresis);
    g->bottom = ton_db_to_gain(-s.range);
    g->floor = s.range >= RANGE_MAX ? 0 : g->bottom;
    g->rise = (1 - g->floor) / (s.attack * frames_per_ms);
    g->fall = ton_db_to_gain(-s.range / (s.release * frames_per_ms));
    g->hold = (int)lround(s.hold * frames_per_ms);
    key_filter_set(&g->filter, s.sidechain_high_pass, s.sidechain_low_pass);
}

static void reset(void *state) {
    struct gate *g = state;
    g->left = 0;
    g->gain = g->closed = g->floor;
    key_filter_clear(&g->filter);
    look_ahead_clear(&g->sound);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct gate *g = state;
    g->rate = config->rate;
    g->channels = config->channels;
    lay_out(g, config, params);
    key_filter_init(&g->filter, config->rate);
    g->drift = ton_smooth_coefficient(GLIDE_MS, config->rate);
    update(g, params);
    reset(g);
}

/* The loudest of all channels, frame by frame, into `level`. */
static void find_level(struct gate *g, const float *const *heard, int n_heard, int from,
                       int frames) {
    for (int i = 0; i < frames; i++)
        g->level[0][i] = 0;
    for (int c = 0; c < n_heard && c < TON_MOST_CHANNELS; c++) {
        memcpy(g->line, heard[c] + from, sizeof *g->line * (size_t)frames);
        key_filter_run(&g->filter, c, g->line, frames);
        for (int i = 0; i < frames; i++) {
            const float magnitude = fabsf(g->line[i]);
            g->level[0][i] = magnitude > g->level[0][i] ? magnitude : g->level[0][i];
        }
    }
}

/* From level to gain, in place. */
static void find_gain(struct gate *g, float *level, int frames) {
    const double rise = g->rise, fall = g->fall, floor = g->floor, bottom = g->bottom,
                 drift = g->drift;
    double gain = g->gain, closed = g->closed;
    int left = g->left;
    for (int i = 0; i < frames; i++) {
        closed += drift * (floor - closed);
        const float enough = left > 0 ? g->close_at : g->open_at;
        left = level[i] >= enough ? g->hold : left > 0 ? left - 1 : 0;
        if (left > 0) {
            gain = gain + rise < 1 ? gain + rise : 1;
        } else {
            gain *= fall;
            gain = gain > bottom && gain > closed ? gain : closed;
        }
        level[i] = (float)gain;
    }
    g->gain = gain;
    g->closed = closed;
    g->left = left;
}

static void process_block(struct gate *g, const struct ton_io *io, int from, int frames) {
    if (io->key)
        find_level(g, io->key, io->n_key, from, frames);
    else
        find_level(g, io->in, g->channels, from, frames);
    find_gain(g, g->level[0], frames);
    look_ahead_run(&g->sound, io, from, frames, g->level, 1);
}

static void process(void *state, const struct ton_io *io) {
    for (int at = 0; at < io->frames; at += BLOCK)
        process_block(state, io, at, io->frames - at < BLOCK ? io->frames - at : BLOCK);
}

static int64_t tail(const struct ton_config *config, const float *params) {
    return latency(config, params);
}

/* As the level rises. */
static double curve(const float *params, double input_db) {
    const struct settings s = settings_of(params);
    if (input_db >= (double)s.threshold)
        return input_db;
    return s.range >= RANGE_MAX ? -INFINITY : input_db - (double)s.range;
}

static bool is_neutral(const float *params) {
    return settings_of(params).range <= 0;
}

static const struct ton_row meters[] = {REDUCTION_METER};

static void read_meters(const void *state, float *values) {
    const double db = ton_gain_to_db(((const struct gate *)state)->gain);
    values[0] = db > (double)meters[0].min ? (float)db : meters[0].min;
}

const struct ton_processor ton_processor_gate = {
    .id = "gate",
    .name = "Gate",
    .summary = "Turns a strip down while nothing is heard on it.",
    .text = "For bleed between drum microphones, amplifier hiss, breath and page turns. Set the "
            "threshold under the quietest wanted note and `range` no deeper than needed. `hold` "
            "and `hysteresis` keep it from fluttering on a dying note; the side-chain filters make "
            "it hear the drum and not the cymbal.",
    .lv2_class = "GatePlugin",
    .version = 3,
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
    .curve = curve,
    .is_neutral = is_neutral,
    .meters = meters,
    .n_meters = TON_N(meters),
    .read_meters = read_meters,
};
