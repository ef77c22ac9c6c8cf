/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Limiter: holds the true peak under a ceiling, seeing peaks before they come.
 *
 *   drive -> true peak -> peak/ceiling, at least 1 -> maximum over the window -> 1/x
 *         -> release -> moving average -> gain;      audio: drive -> delay -> times gain
 *
 * The gain is an average of values none of which lets a peak near by through, so the average does
 * not either: the ceiling holds by construction and the gain still moves smoothly. The average is a
 * triangle as long as the look-ahead (two boxes, summed in integers, so exact and free of drift).
 * The window also reaches half a period of 31 Hz back: between two crests of a bass tone the gain
 * stands still, so a steady tone is turned down, not bent. Around each peak the gain is flat for
 * GUARD frames to both sides, because the interpolation that makes a true peak of the output sees
 * its neighbours. Near the Nyquist frequency, where interpolators disagree, it assumes the worst.
 *
 * Release is program-dependent: the gain returns with the time constant `release`, not to 1 but to
 * its own slow average (SLOW times the release), which a short peak hardly moves. */
#include "registry.h"
#include "ton/carve.h"
#include "ton/db.h"
#include "ton/fixed_delay.h"
#include "ton/mix.h"
#include "ton/moving_sum.h"
#include "ton/near_nyquist.h"
#include "ton/release.h"
#include "ton/smooth.h"
#include "ton/true_peak.h"
#include "ton/window_max.h"

enum {
    BLOCK = 512,
    NEAR = 8, /* frames that a doubt reaches to both sides; a power of two */
    HISTORY = TON_TRUE_PEAK_TAPS - 1 + 2 * NEAR,
    DETECTION = TON_TRUE_PEAK_LATENCY + NEAR,
    GUARD = 10,
    SLOW = 8,
};

/* Full interpolators agree within 0.02 dB, which MARGIN keeps; but not near the Nyquist frequency.
 * DOUBT is how much of that band is added to a peak, found by trying: with it no meter of 20 taps a
 * phase or more, nor soxr, sees any file or torture signal of tests/signal/limiter.c pass the
 * ceiling; music has nothing there and loses nothing. Peaks under FLOOR times the ceiling are left
 * alone. */
#define DOUBT 0.75F
#define FLOOR 0.8F
#define MARGIN 1.0023F
#define HOLD_MS 16.0 /* half a period of 31 Hz */
#define GLIDE_MS 5.0

static const struct ton_row rows[] = {
    {.key = "gain",
     .label = "Gain",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = -24,
     .max = 48,
     .def = 0,
     .digits = 2,
     .help = "Gain before the limiter: how hard it is driven."},
    {.key = "ceiling",
     .label = "Ceiling",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DBTP,
     .min = -40,
     .max = 0,
     .def = -1,
     .digits = 2,
     .help = "The true peak that the output never rises above."},
    {.key = "release",
     .label = "Release",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 5,
     .max = 2000,
     .def = 80,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .help = "Time constant of the gain's return after a short peak; after long limiting it is "
             "eight times slower."},
    {.key = "look_ahead",
     .label = "Look ahead",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 0.5F,
     .max = 10,
     .def = 2,
     .scale = TON_LOGARITHMIC,
     .digits = 2,
     .flags = TON_ROW_FIXED,
     .help = "How long before a peak the gain begins to fall; longer is gentler."},
};

struct settings {
    float gain, ceiling, release, look_ahead;
};
TON_PARAMS_FIT(struct settings, 4);

struct limiter {
    double rate;
    int channels, key_channels;
    struct ton_release release;
    float last; /* gain that the last frame got */
    struct ton_glide drive, ceiling;
    bool ceiling_rests, undriven; /* in the whole block */
    struct ton_window_max window;
    struct ton_moving_sum boxes[2];
    double box_scale;
    struct ton_fixed_delay delays[TON_MOST_CHANNELS];
    float history[TON_MOST_CHANNELS][HISTORY]; /* what the interpolation still needs */
    struct ton_near_nyquist near_nyquist;
    float wanted[BLOCK]; /* peak, then gain */
    float drives[BLOCK], ceilings[BLOCK], line[BLOCK];
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static int frames_ahead(const struct ton_config *config, const float *params) {
    const double frames = settings_of(params).look_ahead * config->rate / 1000;
    return frames < 2 ? 2 : (int)lround(frames);
}

static int latency(const struct ton_config *config, const float *params) {
    return DETECTION + GUARD + frames_ahead(config, params);
}

static size_t lay_out(struct limiter *l, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)l};
    carve(&c, sizeof(struct limiter));
    const int ahead = frames_ahead(config, params);
    const int late = latency(config, params);
    const int window = ahead + 1 + 2 * GUARD + (int)lround(HOLD_MS * config->rate / 1000);
    const int lengths[2] = {ahead / 2 + 1, ahead - ahead / 2 + 1}; /* together ahead + 1 long */
    float *const held = carve_floats(&c, ton_window_max_floats(window));
    if (l)
        ton_window_max_init(&l->window, held, window);
    for (int i = 0; i < 2; i++) {
        int64_t *const memory = carve(&c, sizeof *memory * (size_t)lengths[i]);
        if (l)
            l->boxes[i] = (struct ton_moving_sum){.memory = memory, .length = lengths[i]};
    }
    for (int i = 0; i < config->channels; i++) {
        float *const memory = carve_floats(&c, late);
        if (l)
            ton_fixed_delay_init(&l->delays[i], memory, late);
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void reset(void *state) {
    struct limiter *l = state;
    ton_window_max_clear(&l->window);
    ton_moving_sum_fill(&l->boxes[0], TON_RELEASE_UNITY);
    ton_moving_sum_fill(&l->boxes[1], (int64_t)TON_RELEASE_UNITY * l->boxes[0].length);
    for (int i = 0; i < l->channels; i++)
        ton_fixed_delay_clear(&l->delays[i]);
    memset(l->history, 0, sizeof l->history);
    ton_glide_set(&l->drive, l->drive.target);
    ton_glide_set(&l->ceiling, l->ceiling.target);
    ton_release_reset(&l->release);
    l->last = 1;
}

static void set_release(struct limiter *l, float release) {
    ton_release_set(&l->release, ton_smooth_coefficient(release, l->rate),
                    ton_smooth_coefficient((double)release * SLOW, l->rate));
}

static void update(void *state, const float *params) {
    struct limiter *l = state;
    const struct settings s = settings_of(params);
    const int frames = ton_glide_frames(GLIDE_MS, l->rate);
    ton_glide_to(&l->drive, ton_db_to_gain(s.gain), frames);
    ton_glide_to(&l->ceiling, ton_db_to_gain(s.ceiling), frames);
    set_release(l, s.release);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct limiter *l = state;
    const struct settings s = settings_of(params);
    l->rate = config->rate;
    l->channels = config->channels;
    l->key_channels = config->key_channels;
    lay_out(l, config, params);
    ton_near_nyquist_init(&l->near_nyquist);
    l->box_scale = 1.0 / ((double)TON_RELEASE_UNITY * l->boxes[0].length * l->boxes[1].length);
    ton_glide_set(&l->drive, ton_db_to_gain(s.gain));
    ton_glide_set(&l->ceiling, ton_db_to_gain(s.ceiling));
    set_release(l, s.release);
    reset(l);
}

/* The largest doubt within NEAR frames to both sides, for `frames` frames; d has 2 * NEAR more. */
static void spread_doubt(float *d, int frames) {
    int n = frames + 2 * NEAR;
    for (int reach = 1; reach <= NEAR; reach *= 2) {
        n -= reach;
        for (int i = 0; i < n; i++)
            d[i] = d[i + reach] > d[i] ? d[i + reach] : d[i];
    }
    for (int i = 0; i < frames; i++) /* 2 * NEAR values so far; one more is due */
        d[i] = d[i + 1] > d[i] ? d[i + 1] : d[i];
}

/* Adds to peaks above `floor` what other interpolators may make of the band near the Nyquist
 * frequency. */
static void add_doubt(const struct limiter *l, float *peak, const float *window, int frames,
                      float floor) {
    float doubt[BLOCK + 2 * NEAR];
    ton_near_nyquist_run(&l->near_nyquist, doubt, window, frames + 2 * NEAR);
    spread_doubt(doubt, frames);
    for (int i = 0; i < frames; i++)
        peak[i] += peak[i] > floor ? DOUBT * doubt[i] : 0;
}

static void drive_to(const struct limiter *l, float *out, const float *x, int frames) {
    if (l->undriven)
        memcpy(out, x, sizeof *x * (size_t)frames);
    else
        ton_mix_product(out, x, l->drives, frames);
}

/* Raises `peak` to the true peaks of one channel, DETECTION frames late; what stays below `floor`
 * is raised to that. False: all of it does. */
static bool raise_to_true_peak(struct limiter *l, int channel, const float *x, int frames,
                               float floor, float *peak) {
    float window[HISTORY + BLOCK], found[BLOCK];
    memcpy(window, l->history[channel], sizeof *window * HISTORY);
    drive_to(l, window + HISTORY, x, frames);
    memcpy(l->history[channel], window + frames, sizeof *window * HISTORY);
    if (!ton_true_peak_envelope(found, window + NEAR, frames, floor))
        return false;
    add_doubt(l, found, window, frames, floor);
    for (int i = 0; i < frames; i++)
        peak[i] = found[i] > peak[i] ? found[i] : peak[i];
    return true;
}

/* How far the highest of all channels is above the ceiling, at least 1. */
static void find_excess(struct limiter *l, const float *const *heard, int n_heard, int from,
                        int frames, float *excess) {
    float floor = l->ceilings[0];
    for (int i = 1; i < frames && !l->ceiling_rests; i++)
        floor = l->ceilings[i] < floor ? l->ceilings[i] : floor;
    floor *= FLOOR;
    for (int i = 0; i < frames; i++)
        excess[i] = floor;
    bool any = false;
    for (int c = 0; c < n_heard && c < TON_MOST_CHANNELS; c++)
        any |= raise_to_true_peak(l, c, heard[c] + from, frames, floor, excess);
    for (int i = 0; i < frames && !any; i++)
        excess[i] = 1.0F;
    for (int i = 0; i < frames && any; i++) {
        const float over = excess[i] * MARGIN / l->ceilings[i];
        excess[i] = over > 1.0F ? over : 1.0F;
    }
}

/* From held excess to gain, in place. */
static void smooth_gain(struct limiter *l, float *wanted, int frames) {
    int64_t levels[BLOCK];
    ton_release_run(&l->release, levels, wanted, frames);
    for (int i = 0; i < 2; i++)
        ton_moving_sum_feed(&l->boxes[i], levels, frames);
    for (int i = 0; i < frames; i++)
        wanted[i] = (float)((double)levels[i] * l->box_scale);
    l->last = wanted[frames - 1];
}

static void process_block(struct limiter *l, const struct ton_io *io, int from, int frames) {
    ton_glide_fill(l->drives, &l->drive, frames);
    l->ceiling_rests = l->ceiling.left == 0;
    l->undriven = ton_glide_rests_at(&l->drive, 1);
    ton_glide_fill(l->ceilings, &l->ceiling, frames);
    if (io->key)
        find_excess(l, io->key, io->n_key, from, frames, l->wanted);
    else
        find_excess(l, io->in, l->channels, from, frames, l->wanted);
    ton_window_max_run(&l->window, l->wanted, frames);
    smooth_gain(l, l->wanted, frames);
    for (int c = 0; c < l->channels; c++) {
        drive_to(l, l->line, io->in[c] + from, frames);
        ton_fixed_delay_run(&l->delays[c], l->line, frames);
        ton_mix_product(io->out[c] + from, l->line, l->wanted, frames);
    }
}

static void process(void *state, const struct ton_io *io) {
    for (int at = 0; at < io->frames; at += BLOCK)
        process_block(state, io, at, io->frames - at < BLOCK ? io->frames - at : BLOCK);
}

static int64_t tail(const struct ton_config *config, const float *params) {
    return latency(config, params);
}

static double curve(const float *params, double input_db) {
    const struct settings s = settings_of(params);
    const double driven = input_db + s.gain;
    return driven < s.ceiling ? driven : s.ceiling;
}

static const struct ton_row meters[] = {REDUCTION_METER};

static void read_meters(const void *state, float *values) {
    const struct limiter *l = state;
    values[0] = (float)ton_gain_to_db(l->last);
}

const struct ton_processor ton_processor_limiter = {
    .id = "limiter",
    .name = "Limiter",
    .summary = "Holds the true peak under a ceiling, looking ahead.",
    .text =
        "The last processor of a mastering chain. `gain` drives the signal into it, `ceiling` is "
        "the true peak that comes out at most (measured between samples, eight times "
        "oversampled). All channels get the same gain, so the image stands still. A short peak "
        "is forgotten after `release`, long limiting is let go eight times slower. Tones from "
        "31 Hz up keep their shape; lower ones are bent a little when limited hard (-66 dB at "
        "20 Hz), so take what nobody hears away before. On a stem it listens to the whole mix, so "
        "that the stems add up to the limited mix.",
    .lv2_class = "LimiterPlugin",
    .version = 2,
    .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_DYNAMIC,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = 4,
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .latency = latency,
    .tail = tail,
    .curve = curve,
    .meters = meters,
    .n_meters = TON_N(meters),
    .read_meters = read_meters,
};
