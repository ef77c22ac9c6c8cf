/* SPDX-License-Identifier: GPL-3.0-or-later */
/* De-esser: turns the sibilant band down where it sticks out of the voice.
 *
 *   heard -> high pass -> power -> mean ----------------> dB \
 *         -> low pass --> power -> mean -> longest period -> dB -> less -> static curve, range
 *         -> attack and release -> gain;   audio: delay by `look ahead` -> shelf of that gain
 *
 * The shelf splits the band: a Butterworth high shelf of fourth order (24 dB/octave),
 *     H(s) = prod over k = 0.765, 1.848 of (q^2 s^2 + q k s + 1) / (s^2 + k s + 1),   q^4 = gain,
 * |H|^2 = (1 + (q f)^8) / (1 + f^8) at f times the frequency: two state-variable filters whose
 * poles stand still while the three outputs are weighted, so the gain may move from frame to frame.
 * With a gain of 1 it is the input bit for bit, which no crossover is; half an octave under the
 * frequency the voice moves by 0.3 dB at most.
 *
 * High and low pass of the detector are Butterworth too (their powers add up to the whole). The
 * voice counts for 12 ms, the longest period of a voice, so that it does not seem to pause between
 * two beats of the vocal cords. */
#include "detector.h"
#include "dynamics.h"
#include "look_ahead.h"
#include "registry.h"
#include "ton/db.h"
#include "ton/level.h"
#include "ton/svf.h"

#include <string.h>

enum { LANES = TON_SVF_LANES, PAIRS = TON_MOST_CHANNELS / LANES };
enum { BLOCK = DETECTOR_BLOCK, SPLIT = 0, WIDE, RELATIVE = 0, ABSOLUTE };
enum { LISTEN_OFF, LISTEN_REMOVED, LISTEN_BAND };

#define K_FIRST 0.76536686473017956  /* 2 cos(3 pi / 8): Butterworth, fourth order */
#define K_SECOND 1.84775906502257370 /* 2 cos(pi / 8) */
#define GLIDE_MS 5.0
#define FADE_MS 50.0
#define MEAN_MS 1.0    /* of each of two smoothers in a row */
#define PERIOD_MS 12.0 /* 83 Hz */
#define KNEE 4.0F      /* dB */
#define SILENCE 1e-10F /* -100 dBFS: under it the voice is no measure */
#define HIGHEST 0.45   /* of the rate */

static const char *const modes[] = {"split band", "wide band", NULL};
static const char *const detections[] = {"relative", "absolute", NULL};
static const char *const listens[] = {"off", "removed", "band", NULL};

static const struct ton_row rows[] = {
    {.key = "mode",
     .label = "Mode",
     .kind = TON_CHOICE,
     .max = WIDE,
     .choices = modes,
     .help = "In `split band` it turns down what lies above the frequency, in `wide band` the "
             "whole voice "
             "while it hisses."},
    {.key = "frequency",
     .label = "Frequency",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_HZ,
     .min = 1000,
     .max = 16000,
     .def = 4500,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .help = "Where sibilance begins: 4 to 5 kHz for low voices, 5 to 7 kHz for high ones; "
             "`listen: band` plays what lies above."},
    {.key = "detection",
     .label = "Detection",
     .kind = TON_CHOICE,
     .max = ABSOLUTE,
     .choices = detections,
     .help =
         "If `relative`, the band is held against the voice below the frequency, so loud and quiet "
         "words are treated alike; `absolute` takes its level in dBFS."},
    {.key = "balance",
     .label = "Balance",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = -40,
     .max = 20,
     .def = -12,
     .digits = 1,
     .help = "Relative: how loud the band may be against the voice until it is turned down."},
    {.key = "threshold",
     .label = "Threshold",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = -80,
     .max = 0,
     .def = -36,
     .digits = 1,
     .help = "Absolute: how loud the band may be until it is turned down."},
    DYN_RATIO_ROW(4),
    {.key = "range",
     .label = "Range",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = 0,
     .max = 36,
     .def = 6,
     .digits = 1,
     .help = "The most that it turns down; a strong hiss gets all of it, so start here and stop "
             "before the voice lisps."},
    DYN_ATTACK_ROW(0.05F, 1, "Time constant of turning down."),
    DYN_RELEASE_ROW(40, "Time constant of turning up again."),
    DYN_LOOK_AHEAD_ROW(2),
    DYN_STEREO_LINK_ROW,
    {.key = "listen",
     .label = "Listen",
     .kind = TON_CHOICE,
     .max = LISTEN_BAND,
     .choices = listens,
     .help = "Instead of the voice: what is taken out of it, or the whole band above the "
             "frequency. For setting up; set it back to `off`."},
    KEY_ROW,
};

struct settings {
    float mode, frequency, detection, balance, threshold, ratio, range, attack, release, look_ahead,
        stereo_link, listen;
};
TON_PARAMS_FIT(struct settings, 12);

/* Two channels of the detector. */
struct ear {
    struct ton_svf_state high[2], low;
    double means[2][2][LANES]; /* band and voice, two smoothers each */
    struct ton_window_max periods[LANES];
};

/* Two channels of the sound. */
struct voice {
    struct ton_svf_state shelf[2], band[2];
    struct ton_fixed_delay delays[LANES];
    double reductions[LANES]; /* dB, 0 or less */
};

/* What moves on straight lines, and from EASED on what fades, without a kink. */
enum { BALANCE, THRESHOLD, SLOPE, RANGE, LINK, EASED };
enum { ABSOLUTE_PART = EASED, WIDE_PART, REMOVED_PART, BAND_PART, N_GLIDES };

struct deesser {
    double rate;
    int channels;
    double attack, release, mean; /* smoothing coefficients */
    struct ton_glide corner, glides[N_GLIDES];
    struct ear ears[PAIRS];
    struct voice voices[PAIRS];
    bool moves;                                 /* the corner does: a filter for each frame */
    struct ton_svf first[BLOCK], second[BLOCK]; /* else one for all */
    float at[N_GLIDES][BLOCK];
    float level[TON_MOST_CHANNELS][BLOCK]; /* dB, then gain in dB */
    float hiss[LANES][BLOCK], tone[LANES][BLOCK], most_hiss[BLOCK], most_tone[BLOCK];
    float line[LANES][BLOCK], split[LANES][BLOCK], root[LANES][BLOCK];
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static int latency(const struct ton_config *config, const float *params) {
    return look_ahead_frames(config, settings_of(params).look_ahead);
}

static size_t lay_out(struct deesser *d, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)d};
    carve(&c, sizeof(struct deesser));
    const int late = latency(config, params);
    const int period = (int)lround(PERIOD_MS * config->rate / 1000);
    const int n_heard =
        config->key_channels > config->channels ? config->key_channels : config->channels;
    for (int i = 0; i < n_heard && i < TON_MOST_CHANNELS; i++) {
        float *const memory = carve_floats(&c, ton_window_max_floats(period));
        if (d)
            ton_window_max_init(&d->ears[i / LANES].periods[i % LANES], memory, period);
    }
    for (int i = 0; i < config->channels; i++) {
        float *const memory = carve_floats(&c, late);
        if (d)
            ton_fixed_delay_init(&d->voices[i / LANES].delays[i % LANES], memory, late);
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void set_all(struct deesser *d, const float *params, bool now) {
    const struct settings s = settings_of(params);
    const int frames = now ? 1 : ton_glide_frames(GLIDE_MS, d->rate);
    const int fade = now ? 1 : (int)lround(FADE_MS * d->rate / 1000);
    const double hz = fmin((double)s.frequency, HIGHEST * d->rate);
    const int listen = (int)lroundf(s.listen);
    const double targets[N_GLIDES] = {
        [BALANCE] = s.balance,
        [THRESHOLD] = s.threshold,
        [SLOPE] = dyn_curve_of(0, s.ratio, 0).slope,
        [RANGE] = s.range,
        [LINK] = (double)s.stereo_link / 100,
        [ABSOLUTE_PART] = s.detection >= ABSOLUTE,
        [WIDE_PART] = s.mode >= WIDE,
        [REMOVED_PART] = listen == LISTEN_REMOVED,
        [BAND_PART] = listen == LISTEN_BAND,
    };
    d->attack = ton_smooth_coefficient(s.attack, d->rate);
    d->release = ton_smooth_coefficient(s.release, d->rate);
    if (ton_glide_rests_at(&d->glides[BAND_PART], 0)) /* nobody has fed it */
        for (int p = 0; p < PAIRS; p++)
            memset(d->voices[p].band, 0, sizeof d->voices[p].band);
    ton_glide_to(&d->corner, ton_svf_corner(hz, d->rate), frames);
    for (int i = 0; i < N_GLIDES; i++)
        ton_glide_to(&d->glides[i], targets[i], i < EASED ? frames : fade);
}

static void update(void *state, const float *params) {
    set_all(state, params, false);
}

static void reset(void *state) {
    struct deesser *d = state;
    ton_glide_set(&d->corner, d->corner.target);
    for (int i = 0; i < N_GLIDES; i++)
        ton_glide_set(&d->glides[i], d->glides[i].target);
    for (int p = 0; p < PAIRS; p++) {
        struct ear *e = &d->ears[p];
        struct voice *v = &d->voices[p];
        memset(e->high, 0, sizeof e->high);
        memset(&e->low, 0, sizeof e->low);
        memset(e->means, 0, sizeof e->means);
        memset(v->shelf, 0, sizeof v->shelf);
        memset(v->band, 0, sizeof v->band);
        memset(v->reductions, 0, sizeof v->reductions);
        for (int l = 0; l < LANES; l++) {
            if (e->periods[l].memory)
                ton_window_max_clear(&e->periods[l]);
            ton_fixed_delay_clear(&v->delays[l]);
        }
    }
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct deesser *d = state;
    d->rate = config->rate;
    d->channels = config->channels;
    d->mean = ton_smooth_coefficient(MEAN_MS, config->rate);
    lay_out(d, config, params);
    set_all(d, params, true);
    reset(d);
}

/* The filters of this block. */
static void set_filters(struct deesser *d, int frames) {
    d->moves = d->corner.left > 0;
    for (int i = 0; i < (d->moves ? frames : 1); i++) {
        const double corner = ton_glide_next(&d->corner);
        d->first[i] = ton_svf_at(corner, K_FIRST);
        d->second[i] = ton_svf_at(corner, K_SECOND);
    }
}

static inline const struct ton_svf *filter_at(const struct ton_svf *filters, bool moves, int i) {
    return &filters[moves ? i : 0];
}

/* Two smoothers in a row of the squares of x. */
static inline void take_mean(double out[LANES], double means[2][LANES], double c,
                             const double x[LANES]) {
    for (int l = 0; l < LANES; l++) {
        means[0][l] += c * (x[l] * x[l] - means[0][l]);
        means[1][l] += c * (means[0][l] - means[1][l]);
        out[l] = means[1][l];
    }
}

/* Powers above and below the frequency, of n_lanes channels. */
static void hear(struct deesser *d, struct ear *ear, const float *const *x, int n_lanes, int from,
                 int frames) {
    struct ear e = *ear;
    const float *const left = x[0] + from, *const right = x[n_lanes - 1] + from;
    const bool moves = d->moves;
    const double c = d->mean;
    for (int i = 0; i < frames; i++) {
        const double in[LANES] = {left[i], right[i]};
        double hiss[LANES], tone[LANES];
        const struct ton_svf *second = filter_at(d->second, moves, i);
        const struct ton_svf_out both = ton_svf_run(filter_at(d->first, moves, i), &e.high[0], in);
        take_mean(hiss, e.means[0], c, ton_svf_run(second, &e.high[1], both.high).high);
        take_mean(tone, e.means[1], c, ton_svf_run(second, &e.low, both.low).low);
        for (int l = 0; l < LANES; l++) {
            d->hiss[l][i] = (float)hiss[l];
            d->tone[l][i] = (float)tone[l];
        }
    }
    *ear = e;
    for (int l = 0; l < n_lanes; l++)
        ton_window_max_run(&ear->periods[l], d->tone[l], frames);
}

/* Powers become what is held against the limit: dB, of the band alone or over the voice. */
static void compare(const struct deesser *d, float *hiss, float *tone, int frames) {
    for (int i = 0; i < frames; i++)
        tone[i] += SILENCE;
    ton_powers_to_db(hiss, frames);
    ton_powers_to_db(tone, frames);
    const float *absolute = d->at[ABSOLUTE_PART];
    for (int i = 0; i < frames; i++)
        hiss[i] -= (1 - absolute[i]) * tone[i];
}

/* The level of each channel, linked, into d->level. */
static void find_levels(struct deesser *d, const float *const *heard, int n_heard, int from,
                        int frames) {
    const bool own = n_heard == d->channels;
    memset(d->most_hiss, 0, sizeof d->most_hiss);
    memset(d->most_tone, 0, sizeof d->most_tone);
    for (int c = 0; c < n_heard && c < TON_MOST_CHANNELS; c++) {
        const int l = c % LANES;
        if (l == 0)
            hear(d, &d->ears[c / LANES], heard + c, n_heard - c < LANES ? 1 : LANES, from, frames);
        detector_raise_to(d->most_hiss, d->hiss[l], frames);
        detector_raise_to(d->most_tone, d->tone[l], frames);
        if (own) {
            compare(d, d->hiss[l], d->tone[l], frames);
            memcpy(d->level[c], d->hiss[l], sizeof d->hiss[l]);
        }
    }
    compare(d, d->most_hiss, d->most_tone, frames);
    const float *link = d->at[LINK], *most = d->most_hiss;
    for (int c = 0; c < d->channels; c++)
        for (int i = 0; i < frames; i++)
            d->level[c][i] = own ? d->level[c][i] + link[i] * (most[i] - d->level[c][i]) : most[i];
}

/* dB of gain, 0 or less, for a level that is `over` the limit by so many dB. */
static inline float static_gain_db(float over, float slope, float range) {
    const struct ton_level_curve bend = {.slope = 1, .half_knee = KNEE / 2, .bend = 1 / (2 * KNEE)};
    const float gain = slope * ton_level_curve_gain(&bend, over);
    return gain > -range ? gain : -range;
}

/* Levels become gains in dB; `root` their fourth roots as factors. */
static void find_gain(const struct deesser *d, double *reduction, float *x, float *root,
                      int frames) {
    const float *balance = d->at[BALANCE], *threshold = d->at[THRESHOLD];
    const float *absolute = d->at[ABSOLUTE_PART], *slope = d->at[SLOPE], *range = d->at[RANGE];
    for (int i = 0; i < frames; i++) {
        const float limit = balance[i] + absolute[i] * (threshold[i] - balance[i]);
        x[i] = static_gain_db(x[i] - limit, slope[i], range[i]);
    }
    *reduction = detector_smooth(x, frames, *reduction, d->attack, d->release);
    for (int i = 0; i < frames; i++)
        root[i] = x[i] / 4;
    ton_dbs_to_gain(root, frames);
}

/* One section of the shelf of the gains q^4. */
static inline void run_section(double x[LANES], const struct ton_svf *f, struct ton_svf_state *s,
                               const double q[LANES]) {
    const struct ton_svf_out out = ton_svf_run(f, s, x);
    for (int l = 0; l < LANES; l++)
        x[l] += (q[l] - 1) * f->k * out.band[l] + (q[l] * q[l] - 1) * out.high[l];
}

/* d->line through the shelf into d->split. */
static void run_shelf(struct deesser *d, struct ton_svf_state shelf[2], int frames) {
    struct ton_svf_state a = shelf[0], b = shelf[1];
    const bool moves = d->moves;
    for (int i = 0; i < frames; i++) {
        const double q[LANES] = {d->root[0][i], d->root[1][i]};
        double x[LANES] = {d->line[0][i], d->line[1][i]};
        run_section(x, filter_at(d->first, moves, i), &a, q);
        run_section(x, filter_at(d->second, moves, i), &b, q);
        for (int l = 0; l < LANES; l++)
            d->split[l][i] = (float)x[l];
    }
    shelf[0] = a;
    shelf[1] = b;
}

/* What lies above the frequency in d->line, into d->split. */
static void run_band(struct deesser *d, struct ton_svf_state band[2], int frames) {
    struct ton_svf_state a = band[0], b = band[1];
    for (int i = 0; i < frames; i++) {
        const double x[LANES] = {d->line[0][i], d->line[1][i]};
        const struct ton_svf_out one = ton_svf_run(filter_at(d->first, d->moves, i), &a, x);
        const struct ton_svf_out two = ton_svf_run(filter_at(d->second, d->moves, i), &b, one.high);
        for (int l = 0; l < LANES; l++)
            d->split[l][i] = (float)two.high[l];
    }
    band[0] = a;
    band[1] = b;
}

/* The channel of lane `l`: `gain` in dB, `out` what leaves. */
static void blend(struct deesser *d, float *out, float *gain, int l, int frames) {
    const float *line = d->line[l], *split = d->split[l];
    const float *wide = d->at[WIDE_PART], *removed = d->at[REMOVED_PART];
    ton_dbs_to_gain(gain, frames);
    for (int i = 0; i < frames; i++) {
        const float x = split[i] + wide[i] * (line[i] * gain[i] - split[i]);
        out[i] = x + removed[i] * (line[i] - 2 * x);
    }
}

static void run_voice(struct deesser *d, struct voice *v, const struct ton_io *io, int first,
                      int from, int frames) {
    const int n_lanes = d->channels - first < LANES ? 1 : LANES;
    const float *part = d->at[BAND_PART];
    for (int l = 0; l < n_lanes; l++) {
        find_gain(d, &v->reductions[l], d->level[first + l], d->root[l], frames);
        memcpy(d->line[l], io->in[first + l] + from, sizeof(float) * (size_t)frames);
        ton_fixed_delay_run(&v->delays[l], d->line[l], frames);
    }
    if (n_lanes < LANES) /* any sound does */
        memcpy(d->line[1], d->line[0], sizeof d->line[0]);
    run_shelf(d, v->shelf, frames);
    for (int l = 0; l < n_lanes; l++)
        blend(d, io->out[first + l] + from, d->level[first + l], l, frames);
    if (part[0] == 0 && part[frames - 1] == 0)
        return;
    run_band(d, v->band, frames);
    for (int l = 0; l < n_lanes; l++)
        for (int i = 0; i < frames; i++) {
            float *out = io->out[first + l] + from;
            out[i] += part[i] * (d->split[l][i] - out[i]);
        }
}

static void process_block(struct deesser *d, const struct ton_io *io, int from, int frames) {
    set_filters(d, frames);
    for (int i = 0; i < N_GLIDES; i++)
        ton_glide_fill(d->at[i], &d->glides[i], frames);
    for (int k = EASED; k < N_GLIDES; k++)
        for (int i = 0; i < frames; i++)
            d->at[k][i] = (float)ton_ease(d->at[k][i]);
    if (io->key)
        find_levels(d, io->key, io->n_key, from, frames);
    else
        find_levels(d, io->in, d->channels, from, frames);
    for (int c = 0; c < d->channels; c += LANES)
        run_voice(d, &d->voices[c / LANES], io, c, from, frames);
}

static void process(void *state, const struct ton_io *io) {
    for (int at = 0; at < io->frames; at += BLOCK)
        process_block(state, io, at, io->frames - at < BLOCK ? io->frames - at : BLOCK);
}

/* What rings in the shelf, 160 dB down: at most that of the poles of the first section. */
static int64_t tail(const struct ton_config *config, const float *params) {
    const double hz = fmin((double)settings_of(params).frequency, HIGHEST * config->rate);
    const double decay = M_PI * K_FIRST * hz / config->rate; /* nepers a frame, at most */
    return latency(config, params) + (int64_t)(2 * log(1e8) / decay) + 64;
}

/* Of the band; relative: over a voice of 0 dB. */
static double curve(const float *params, double input_db) {
    const struct settings s = settings_of(params);
    const float slope = dyn_curve_of(0, s.ratio, 0).slope;
    const float limit = s.detection >= ABSOLUTE ? s.threshold : s.balance;
    return input_db + (double)static_gain_db((float)input_db - limit, slope, s.range);
}

static const struct ton_row meters[] = {REDUCTION_METER};

static void read_meters(const void *state, float *values) {
    const struct deesser *d = state;
    double most = 0;
    for (int c = 0; c < d->channels; c++)
        most = fmin(most, d->voices[c / LANES].reductions[c % LANES]);
    values[0] = (float)most;
}

static bool is_neutral(const float *params) {
    const struct settings s = settings_of(params);
    return s.range <= 0 && s.listen < 0.5F;
}

const struct ton_processor ton_processor_deesser = {
    .id = "deesser",
    .name = "De-esser",
    .summary = "Turns down the hiss of s, sh and t where it sticks out of a voice.",
    .text =
        "Set `frequency` where the hiss begins (`listen: band` plays it), `range` to how much may "
        "go at most, then lower `balance` until every sharp s is caught and `listen: removed` "
        "plays nothing else. By its nature an s is loud above the frequency and quiet below it: "
        "`relative` detection compares the two, so whispers and shouts need one setting and an "
        "automated fader before it changes nothing. The band is split off by a 24 dB/octave shelf "
        "that is a wire while nothing hisses. A moderate range twice in a row sounds more natural "
        "than a deep one; after a bright compressor the de-esser belongs behind it.",
    .lv2_class = "DynamicsPlugin",
    .version = 1,
    .cost_ns = 20,
    .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_DYNAMIC,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = 12,
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
