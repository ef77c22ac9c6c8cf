/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressor: feed-forward, everything in decibels (D. Giannoulis, M. Massberg, J. D. Reiss, JAES
 * 60, 2012).
 *
 *   heard -> filter -> power, peak or mean -> maximum over `hold` -> dB -> link -> static curve
 *         -> attack and release -> make-up -> gain;    audio: delay by `look ahead` -> times gain
 *
 * Attack and release are time constants: the reduction in dB covers 1 - 1/e (63 %) of a step in
 * that time. The level is the largest power of the last `hold`, so while a tone of at least half a
 * period per hold sounds, the level stands still and the static curve is met exactly; with no hold
 * the gain follows the waveform as in the fastest old units. The mean (RMS) runs over about 20 ms
 * and is scaled so that a sine reads its peak: both detectors agree on a sine. */
#include "carve.h"
#include "key_filter.h"
#include "registry.h"
#include "ton/db.h"
#include "ton/fixed_delay.h"
#include "ton/level.h"
#include "ton/smooth.h"
#include "ton/window_max.h"

enum { BLOCK = 256, PEAK = 0, RMS };

#define RATIO_MAX 1000.0F /* read as infinite: 60 dB over the threshold that is 0.06 dB off */
#define GLIDE_MS 5.0
#define AUTO_GLIDE_MS 50.0     /* automatic make-up may be tens of dB */
#define DETECTOR_GLIDE_MS 50.0 /* by then the mean has settled */
#define RMS_MS 10.0            /* of each of two smoothers in a row */
#define AUTO_REFERENCE -12.0   /* dBFS: a tone that leaves as loud as it came */

static const char *const detectors[] = {"peak", "rms", NULL};

static const struct ton_row rows[] = {
    {.key = "detector",
     .label = "Detector",
     .kind = TON_CHOICE,
     .max = RMS,
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
    {.key = "ratio",
     .label = "Ratio",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_RATIO,
     .min = 1,
     .max = RATIO_MAX,
     .def = 3,
     .scale = TON_LOGARITHMIC,
     .digits = 2,
     .flags = TON_ROW_INF_MAX,
     .help = "How many dB above the threshold come out as one."},
    {.key = "knee",
     .label = "Knee",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = 0,
     .max = 24,
     .def = 6,
     .digits = 1,
     .help = "Width of the bend around the threshold."},
    {.key = "attack",
     .label = "Attack",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 0.05F,
     .max = 300,
     .def = 10,
     .scale = TON_LOGARITHMIC,
     .digits = 2,
     .help = "Time constant of turning down."},
    {.key = "release",
     .label = "Release",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 5,
     .max = 5000,
     .def = 120,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .help = "Time constant of turning up again."},
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
    {.key = "look_ahead",
     .label = "Look ahead",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 0,
     .max = 20,
     .digits = 2,
     .flags = TON_ROW_FIXED,
     .help = "Turns down this much before the sound comes; the strip is that much later, and the "
             "rest is delayed to match."},
    {.key = "stereo_link",
     .label = "Stereo link",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_PERCENT,
     .min = 0,
     .max = 100,
     .def = 100,
     .digits = 0,
     .help = "How much each channel follows the loudest; 100 % keeps the image still."},
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
    {.key = "mix",
     .label = "Mix",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_PERCENT,
     .min = 0,
     .max = 100,
     .def = 100,
     .digits = 0,
     .help = "Compressed part of the output; the rest is the untouched sound (parallel "
             "compression)."},
    KEY_FILTER_ROWS,
};

struct settings {
    float detector, threshold, ratio, knee, attack, release, hold, look_ahead, stereo_link, make_up,
        auto_make_up, mix, sidechain_high_pass, sidechain_low_pass;
};
TON_PARAMS_FIT(struct settings, 14);

/* Over the threshold by x dB: slope times x, bent by a parabola over the knee. */
struct static_curve {
    float threshold, slope; /* slope: 1/ratio - 1 */
    float half_knee, bend;  /* bend: 1 / (2 knee); 0 without knee */
};

/* One gain, of all channels or of one. */
struct path {
    struct ton_window_max window;
    double reduction; /* dB, 0 or less */
};

struct compressor {
    double rate;
    int channels;
    struct static_curve curve;
    double attack, release, mean; /* smoothing coefficients */
    float link;
    bool apart; /* more than one path has been running since reset */
    struct ton_glide make_up, automatic, wet;
    struct ton_glide rms; /* how much of the level is the mean: 0 … 1 */
    double means[TON_MOST_CHANNELS][2];
    struct path paths[TON_MOST_CHANNELS];
    struct key_filter filter;
    struct ton_fixed_delay delays[TON_MOST_CHANNELS];
    float power[TON_MOST_CHANNELS][BLOCK]; /* then level, then gain; of each path */
    float most[BLOCK], line[BLOCK], make_ups[BLOCK], wets[BLOCK], rms_parts[BLOCK];
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static struct static_curve curve_of(const struct settings *s) {
    return (struct static_curve){
        .threshold = s->threshold,
        .slope = s->ratio >= RATIO_MAX ? -1.0F : 1.0F / s->ratio - 1.0F,
        .half_knee = s->knee / 2,
        .bend = s->knee > 0 ? 1 / (2 * s->knee) : 0,
    };
}

/* dB of gain, 0 or less, for a level in dB. Inside the knee: slope (x + knee/2)^2 / (2 knee). */
static inline float static_gain_db(const struct static_curve *c, float level) {
    const float over = level - c->threshold;
    const float above = over - c->half_knee > 0 ? over - c->half_knee : 0;
    float into = over + c->half_knee;
    into = into > 0 ? into : 0;
    into = into < 2 * c->half_knee ? into : 2 * c->half_knee;
    return c->slope * (into * into * c->bend + above);
}

/* dB. */
static double automatic_make_up(const struct settings *s) {
    const struct static_curve c = curve_of(s);
    return s->auto_make_up >= 0.5F ? -(double)static_gain_db(&c, (float)AUTO_REFERENCE) : 0;
}

static int latency(const struct ton_config *config, const float *params) {
    return (int)lround((double)settings_of(params).look_ahead * config->rate / 1000);
}

static size_t lay_out(struct compressor *k, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)k};
    carve(&c, sizeof(struct compressor));
    const int late = latency(config, params);
    const int window = 1 + (int)lround((double)settings_of(params).hold * config->rate / 1000);
    for (int i = 0; i < config->channels; i++) {
        float *const held = carve_floats(&c, ton_window_max_floats(window));
        float *const memory = carve_floats(&c, late);
        if (k) {
            ton_window_max_init(&k->paths[i].window, held, window);
            ton_fixed_delay_init(&k->delays[i], memory, late);
        }
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

/* From one path for all to one for each: all start where the one was. */
static void part_paths(struct compressor *k) {
    const struct path *first = &k->paths[0];
    for (int c = 1; c < k->channels; c++) {
        struct path *p = &k->paths[c];
        p->reduction = first->reduction;
        p->window.at = first->window.at;
        p->window.head = first->window.head;
        memcpy(p->window.memory, first->window.memory,
               sizeof(float) * (size_t)ton_window_max_floats(first->window.size));
    }
    k->apart = true;
}

static bool is_peak(const struct compressor *k) {
    return k->rms.value <= 0 && k->rms.left == 0;
}

static int glide_frames(const struct compressor *k, double ms, bool now) {
    return now ? 1 : (int)lround(ms * k->rate / 1000);
}

/* The means rest while nobody listens and begin anew. */
static void set_detector(struct compressor *k, bool rms, bool now) {
    if (rms && is_peak(k))
        memset(k->means, 0, sizeof k->means);
    ton_glide_to(&k->rms, rms, glide_frames(k, DETECTOR_GLIDE_MS, now));
}

static void set_all(struct compressor *k, const float *params, bool now) {
    const int frames = glide_frames(k, GLIDE_MS, now);
    const struct settings s = settings_of(params);
    set_detector(k, s.detector >= RMS, now);
    k->curve = curve_of(&s);
    k->attack = ton_smooth_coefficient(s.attack, k->rate);
    k->release = ton_smooth_coefficient(s.release, k->rate);
    k->link = s.stereo_link / 100;
    ton_glide_to(&k->make_up, s.make_up, frames);
    ton_glide_to(&k->automatic, automatic_make_up(&s), glide_frames(k, AUTO_GLIDE_MS, now));
    ton_glide_to(&k->wet, (double)s.mix / 100, frames);
    key_filter_set(&k->filter, s.sidechain_high_pass, s.sidechain_low_pass);
    if (k->link < 1 && !k->apart)
        part_paths(k);
}

static void update(void *state, const float *params) {
    set_all(state, params, false);
}

static void reset(void *state) {
    struct compressor *k = state;
    memset(k->means, 0, sizeof k->means);
    key_filter_clear(&k->filter);
    for (int c = 0; c < k->channels; c++) {
        ton_fixed_delay_clear(&k->delays[c]);
        ton_window_max_clear(&k->paths[c].window);
        k->paths[c].reduction = 0;
    }
    k->apart = k->link < 1;
    ton_glide_set(&k->make_up, k->make_up.target);
    ton_glide_set(&k->automatic, k->automatic.target);
    ton_glide_set(&k->wet, k->wet.target);
    ton_glide_set(&k->rms, k->rms.target);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct compressor *k = state;
    k->rate = config->rate;
    k->channels = config->channels;
    k->mean = ton_smooth_coefficient(RMS_MS, config->rate);
    lay_out(k, config, params);
    key_filter_init(&k->filter, config->rate);
    set_all(k, params, true);
    reset(k);
}

/* Amplitudes become powers; for RMS smoothed and doubled, so that a sine's mean is its peak. A
 * switch of the detector is a cross-fade. */
static void find_power(struct compressor *k, int channel, float *x, int frames, bool peak_only) {
    double first = k->means[channel][0], second = k->means[channel][1];
    if (peak_only) {
        for (int i = 0; i < frames; i++)
            x[i] *= x[i];
        return;
    }
    for (int i = 0; i < frames; i++) {
        const double power = (double)x[i] * (double)x[i];
        first += k->mean * (2.0 * power - first);
        second += k->mean * (first - second);
        x[i] = (float)(power + (double)k->rms_parts[i] * (second - power));
    }
    k->means[channel][0] = first;
    k->means[channel][1] = second;
}

static void raise_to(float *most, const float *x, int frames) {
    for (int i = 0; i < frames; i++)
        most[i] = x[i] > most[i] ? x[i] : most[i];
}

/* Levels in dB of each path into k->power; returns how many paths there are. */
static int find_levels(struct compressor *k, const float *const *heard, int n_heard, int from,
                       int frames) {
    const bool own = n_heard == k->channels, peak_only = is_peak(k);
    for (int i = 0; i < frames && !peak_only; i++)
        k->rms_parts[i] = (float)ton_glide_next(&k->rms);
    for (int i = 0; i < frames; i++)
        k->most[i] = 0;
    for (int c = 0; c < n_heard && c < TON_MOST_CHANNELS; c++) {
        float *x = own ? k->power[c] : k->line;
        memcpy(x, heard[c] + from, sizeof *x * (size_t)frames);
        key_filter_run(&k->filter, c, x, frames);
        find_power(k, c, x, frames, peak_only);
        raise_to(k->most, x, frames);
    }
    if (!k->apart) {
        memcpy(k->power[0], k->most, sizeof k->most);
        ton_window_max_run(&k->paths[0].window, k->power[0], frames);
        ton_powers_to_db(k->power[0], frames);
        return 1;
    }
    for (int c = 0; c < k->channels; c++) {
        if (!own)
            memcpy(k->power[c], k->most, sizeof k->most);
        ton_window_max_run(&k->paths[c].window, k->power[c], frames);
        ton_powers_to_db(k->power[c], frames);
    }
    memcpy(k->most, k->power[0], sizeof k->most);
    for (int c = 1; c < k->channels; c++)
        raise_to(k->most, k->power[c], frames);
    for (int c = 0; c < k->channels; c++)
        for (int i = 0; i < frames; i++)
            k->power[c][i] += k->link * (k->most[i] - k->power[c][i]);
    return k->channels;
}

/* Attack downwards, release upwards. With the coefficient c in 0 … 1 the next value is
 * y + c (x - y); the faster of the two is the lower one exactly when x < y (attack at least as fast
 * as release) or the higher one (slower), so one comparison of both candidates decides. */
static double smooth_reduction(float *x, int frames, double y, double attack, double release) {
    const double keep_attack = 1 - attack, keep_release = 1 - release;
    if (attack >= release)
        for (int i = 0; i < frames; i++) {
            const double down = keep_attack * y + attack * (double)x[i];
            const double up = keep_release * y + release * (double)x[i];
            y = down < up ? down : up;
            x[i] = (float)y;
        }
    else
        for (int i = 0; i < frames; i++) {
            const double down = keep_attack * y + attack * (double)x[i];
            const double up = keep_release * y + release * (double)x[i];
            y = down > up ? down : up;
            x[i] = (float)y;
        }
    return y;
}

/* Levels become gains, in place. */
static void find_gain(struct compressor *k, struct path *p, float *x, int frames) {
    for (int i = 0; i < frames; i++)
        x[i] = static_gain_db(&k->curve, x[i]);
    p->reduction = smooth_reduction(x, frames, p->reduction, k->attack, k->release);
    for (int i = 0; i < frames; i++)
        x[i] += k->make_ups[i];
    ton_dbs_to_gain(x, frames);
    for (int i = 0; i < frames; i++)
        x[i] = (1.0F - k->wets[i]) + k->wets[i] * x[i];
}

static void process_block(struct compressor *k, const struct ton_io *io, int from, int frames) {
    for (int i = 0; i < frames; i++) {
        k->make_ups[i] = (float)(ton_glide_next(&k->make_up) + ton_glide_next(&k->automatic));
        k->wets[i] = (float)ton_glide_next(&k->wet);
    }
    const int n_paths = io->key ? find_levels(k, io->key, io->n_key, from, frames)
                                : find_levels(k, io->in, k->channels, from, frames);
    for (int p = 0; p < n_paths; p++)
        find_gain(k, &k->paths[p], k->power[p], frames);
    for (int c = 0; c < k->channels; c++) {
        const float *gain = k->power[c < n_paths ? c : 0];
        memcpy(k->line, io->in[c] + from, sizeof *k->line * (size_t)frames);
        ton_fixed_delay_run(&k->delays[c], k->line, frames);
        for (int i = 0; i < frames; i++)
            io->out[c][from + i] = k->line[i] * gain[i];
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
    const struct static_curve c = curve_of(&s);
    const double wet = (double)s.mix / 100;
    const double gain =
        (double)static_gain_db(&c, (float)input_db) + (double)s.make_up + automatic_make_up(&s);
    return input_db + ton_gain_to_db(1 - wet + wet * ton_db_to_gain(gain));
}

static bool is_neutral(const float *params) {
    const struct settings s = settings_of(params);
    return s.mix <= 0 || (s.ratio <= 1 && s.make_up == 0);
}

static const struct ton_row meters[] = {REDUCTION_METER};

static void read_meters(const void *state, float *values) {
    const struct compressor *k = state;
    double most = k->paths[0].reduction;
    for (int c = 1; k->apart && c < k->channels; c++)
        most = fmin(most, k->paths[c].reduction);
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
    .version = 2,
    .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_DYNAMIC,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = 14,
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
