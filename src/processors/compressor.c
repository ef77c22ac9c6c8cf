/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressor: feed-forward, everything in decibels (D. Giannoulis, M. Massberg, J. D. Reiss, JAES
 * 60, 2012).
 *
 *   heard -> level in dB (detector.h) -> static curve -> attack and release -> make-up -> gain;
 *   audio: delay by `look ahead` -> times gain
 *
 * Attack and release are time constants: the reduction in dB covers 1 - 1/e (63 %) of a step in
 * that time. */
#include "detector.h"
#include "dynamics.h"
#include "look_ahead.h"
#include "registry.h"
#include "rows.h"
#include "ton/db.h"
#include "ton/level.h"

#include <string.h>

enum { BLOCK = DETECTOR_BLOCK };

#define GLIDE_MS 5.0
#define AUTO_FADE_MS 50.0    /* automatic make-up may be tens of dB */
#define AUTO_REFERENCE -12.0 /* dBFS: a tone that leaves as loud as it came */

static const char *const detectors[] = {"peak", "rms", NULL};

static const struct ton_row rows[] = {
    {.key = "detector",
     .label = "Detector",
     .kind = TON_CHOICE,
     .max = DETECTOR_RMS,
     .choices = detectors,
     .help = "What counts as level: the peak, or the mean power over about 20 ms."},
    {.key = "threshold",
     .label = "Threshold",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = -60,
     .max = 0,
     .def = -18,
     .digits = 1,
     .help = "The level from which on it turns down."},
    DYN_RATIO_ROW(3),
    DYN_KNEE_ROW(6),
    DYN_ATTACK_ROW(0.05F, 10, "Time constant of turning down."),
    DYN_RELEASE_ROW(120, "Time constant of turning up again."),
    {.key = "hold",
     .label = "Hold",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 0,
     .max = 500,
     .def = 10,
     .digits = 1,
     .flags = TON_ROW_FIXED,
     .help = "How long a level counts before the release begins; half a period of the lowest note "
             "keeps bass clean (10 ms: 50 Hz)."},
    DYN_LOOK_AHEAD_ROW(0),
    DYN_STEREO_LINK_ROW,
    {.key = "make_up",
     .label = "Make up",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = -24,
     .max = 36,
     .digits = 1,
     .help = "Gain after the compression."},
    {.key = "auto_make_up",
     .label = "Auto make up",
     .kind = TON_SWITCH,
     .max = 1,
     .help = "Adds the gain that lets a steady tone of -12 dBFS leave as loud as it came."},
    MIX_ROW(100, "Compressed part of the output; the rest is the untouched sound (parallel "
                 "compression)."),
    KEY_FILTER_ROWS,
};

struct settings {
    float detector, threshold, ratio, knee, attack, release, hold, look_ahead, stereo_link, make_up,
        auto_make_up, mix, sidechain_high_pass, sidechain_low_pass;
};
TON_PARAMS_FIT(struct settings, 14);

struct compressor {
    double rate;
    struct dyn_moving_curve curve;
    double attack, release; /* smoothing coefficients */
    struct ton_glide make_up, automatic, wet;
    struct ton_glide is_automatic;       /* how much of the automatic make-up is heard: 0 … 1 */
    double reduction[TON_MOST_CHANNELS]; /* dB, 0 or less */
    struct detector detector;
    struct look_ahead sound;
    float make_ups[BLOCK], wets[BLOCK];
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static struct ton_level_curve curve_of(const struct settings *s) {
    return dyn_curve_of(s->threshold, s->ratio, s->knee);
}

/* dB. */
static double automatic_make_up(const struct settings *s) {
    const struct ton_level_curve c = curve_of(s);
    return -(double)ton_level_curve_gain(&c, (float)AUTO_REFERENCE);
}

static bool is_automatic(const struct settings *s) {
    return s->auto_make_up >= 0.5F;
}

static int latency(const struct ton_config *config, const float *params) {
    return look_ahead_frames(config, settings_of(params).look_ahead);
}

static size_t lay_out(struct compressor *k, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)k};
    carve(&c, sizeof(struct compressor));
    detector_lay_out(k ? &k->detector : NULL, &c, config, settings_of(params).hold);
    look_ahead_lay_out(k ? &k->sound : NULL, &c, config->channels, latency(config, params));
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static int glide_frames(const struct compressor *k, double ms, bool now) {
    return now ? 1 : ton_glide_frames(ms, k->rate);
}

static void set_all(struct compressor *k, const float *params, bool now) {
    const int frames = glide_frames(k, GLIDE_MS, now);
    const struct settings s = settings_of(params);
    detector_set_kind(&k->detector, (int)s.detector, now);
    dyn_curve_to(&k->curve, curve_of(&s), frames);
    k->attack = ton_smooth_coefficient(s.attack, k->rate);
    k->release = ton_smooth_coefficient(s.release, k->rate);
    ton_glide_to(&k->make_up, s.make_up, frames);
    ton_glide_to(&k->automatic, automatic_make_up(&s), frames);
    ton_glide_to(&k->is_automatic, is_automatic(&s), glide_frames(k, AUTO_FADE_MS, now));
    ton_glide_to(&k->wet, (double)s.mix / 100, frames);
    key_filter_set(&k->detector.filter, s.sidechain_high_pass, s.sidechain_low_pass);
    if (detector_set_link(&k->detector, s.stereo_link))
        for (int c = 1; c < k->detector.channels; c++)
            k->reduction[c] = k->reduction[0];
}

static void update(void *state, const float *params) {
    set_all(state, params, false);
}

static void reset(void *state) {
    struct compressor *k = state;
    detector_reset(&k->detector);
    look_ahead_clear(&k->sound);
    memset(k->reduction, 0, sizeof k->reduction);
    ton_glide_set(&k->make_up, k->make_up.target);
    ton_glide_set(&k->automatic, k->automatic.target);
    ton_glide_set(&k->is_automatic, k->is_automatic.target);
    dyn_curve_rest(&k->curve);
    ton_glide_set(&k->wet, k->wet.target);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct compressor *k = state;
    k->rate = config->rate;
    lay_out(k, config, params);
    detector_init(&k->detector, config);
    set_all(k, params, true);
    reset(k);
}

/* Levels become the gain that the curve asks for. */
static int hear(void *state, const struct ton_io *io, int from, int frames,
                struct ton_smooth_lane *lanes) {
    struct compressor *k = state;
    const int n_paths = detector_run(&k->detector, io, from, frames);
    dyn_curve_run(&k->curve, k->detector.level, n_paths, frames);
    for (int p = 0; p < n_paths; p++)
        lanes[p] =
            (struct ton_smooth_lane){k->detector.level[p], &k->reduction[p], k->attack, k->release};
    return n_paths;
}

static float next_make_up(struct compressor *k) {
    const double part = ton_ease(ton_glide_next(&k->is_automatic));
    return (float)(ton_glide_next(&k->make_up) + part * ton_glide_next(&k->automatic));
}

/* The gain in dB, on its way, becomes a factor. */
static void find_gains(struct compressor *k, int n_paths, int frames) {
    if (k->make_up.left + k->is_automatic.left + k->automatic.left + k->wet.left == 0) {
        const float make_up = next_make_up(k);
        for (int p = 0; p < n_paths; p++)
            ton_reduction_to_gain(k->detector.level[p], frames, make_up, (float)k->wet.value);
        return;
    }
    for (int i = 0; i < frames; i++) {
        k->make_ups[i] = next_make_up(k);
        k->wets[i] = (float)ton_glide_next(&k->wet);
    }
    for (int p = 0; p < n_paths; p++) {
        float *x = k->detector.level[p];
        for (int i = 0; i < frames; i++)
            ton_reduction_to_gain(&x[i], 1, k->make_ups[i], k->wets[i]);
    }
}

static void play(void *state, const struct ton_io *io, int from, int frames) {
    struct compressor *k = state;
    const int n_paths = k->detector.apart ? k->detector.channels : 1;
    find_gains(k, n_paths, frames);
    look_ahead_run(&k->sound, io, from, frames, k->detector.level, n_paths);
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
    const struct ton_level_curve c = curve_of(&s);
    const double wet = (double)s.mix / 100;
    const double gain = (double)ton_level_curve_gain(&c, (float)input_db) + (double)s.make_up +
                        (is_automatic(&s) ? automatic_make_up(&s) : 0);
    return input_db + ton_gain_to_db(1 - wet + wet * ton_db_to_gain(gain));
}

static bool is_neutral(const float *params) {
    const struct settings s = settings_of(params);
    return s.mix <= 0 || (s.ratio <= 1 && s.make_up == 0);
}

static const struct ton_row meters[] = {REDUCTION_METER};

static void read_meters(const void *state, float *values) {
    const struct compressor *k = state;
    double most = k->reduction[0];
    for (int c = 1; k->detector.apart && c < k->detector.channels; c++)
        most = fmin(most, k->reduction[c]);
    values[0] = (float)most;
}

const struct ton_processor ton_processor_compressor = {
    .id = "compressor",
    .name = "Compressor",
    .summary = "Turns down what is louder than the threshold.",
    .text =
        "Evens out a voice, tightens a drum, glues a bus. `attack` and `release` are the times "
        "in which 63 % of a change in dB are done. With `sidechain` it listens to another strip "
        "(bass under kick), through its own high and low pass. `mix` below 100 % is parallel "
        "compression, in time whatever the look-ahead. On a stem it listens to the whole mix, so "
        "that the stems add up.",
    .lv2_class = "CompressorPlugin",
    .version = 3,
    .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_DYNAMIC,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = 14,
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
