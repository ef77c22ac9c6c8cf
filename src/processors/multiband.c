/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multiband compressor: a compressor for each of up to five bands that sum flat.
 *
 *   sound -> crossover.h -> of each band: level (detector.h) -> static curve (dynamics.h)
 *         -> attack and release -> make up -> gain;   band: delay by `look ahead` -> times gain
 *         -> all-passes of the edges above -> sum
 *
 * A side-chain goes through a crossover of its own. The detector of a band holds peaks for half a
 * period of its lower edge (of 20 Hz in the lowest), so that a steady tone stands still. What is
 * left dry by `mix` goes through the same filters and stays in phase. */
#include "crossover.h"
#include "detector.h"
#include "dynamics.h"
#include "look_ahead.h"
#include "registry.h"
#include "rows.h"
#include "ton/db.h"
#include "ton/level.h"

#include <string.h>

enum { BLOCK = CROSSOVER_BLOCK, BANDS = CROSSOVER_BANDS, MINIMUM = 0, LINEAR };
_Static_assert((int)BLOCK == (int)DETECTOR_BLOCK && (int)BLOCK == (int)LOOK_AHEAD_BLOCK,
               "one block for all parts");

#define GLIDE_MS 5.0
#define FADE_MS 50.0
#define USUAL_HZ 20.0F /* an edge at its usual place */
#define LOWEST_HZ 20.0 /* that the lowest band holds */

static const char *const phases[] = {"minimum", "linear", NULL};

/* Where edges are without a word: [bands - 1][edge]. */
static const double usual_hz[BANDS][CROSSOVER_EDGES] = {
    {0}, {500}, {120, 2000}, {120, 1000, 5000}, {100, 400, 2000, 8000}};

static const struct ton_row band_rows[] = {
    {.key = "up_to",
     .label = "Up to",
     .unit = TON_UNIT_HZ,
     .min = USUAL_HZ,
     .max = 20000,
     .def = USUAL_HZ,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .flags = TON_ROW_FIXED | TON_ROW_OFF_MIN,
     .help = "Upper edge of the band, at least that of the band below; off: the usual place for so "
             "many bands. The last band has none. It sets the latency of linear phase."},
    {.key = "threshold",
     .label = "Threshold",
     .unit = TON_UNIT_DB,
     .min = -50,
     .max = 0,
     .def = -24,
     .digits = 1,
     .help = "The level in the band from which on it is turned down."},
    DYN_RATIO_ROW(2),
    DYN_KNEE_ROW(6),
    DYN_ATTACK_ROW(0.05F, 15, "Time constant of turning down; slower for lower bands."),
    DYN_RELEASE_ROW(120, "Time constant of turning up again."),
    {.key = "make_up",
     .label = "Make up",
     .unit = TON_UNIT_DB,
     .min = -24,
     .max = 24,
     .digits = 1,
     .help = "Gain of the band after its compression."},
    {.key = "bypass",
     .label = "Bypass",
     .kind = TON_SWITCH,
     .max = 1,
     .help = "Leaves the band as it is."},
    {.key = "solo",
     .label = "Solo",
     .kind = TON_SWITCH,
     .max = 1,
     .help = "Plays only this band and others with a solo."},
};

static const struct ton_row rows[] = {
    {.key = "bands",
     .label = "Band",
     .kind = TON_GROUP,
     .flags = TON_ROW_FIXED,
     .rows = band_rows,
     .n_rows = TON_N(band_rows),
     .n_max = BANDS,
     .help = "Up to five bands from the lowest up; without any it is three, split at 120 Hz and 2 "
             "kHz."},
    {.key = "phase",
     .label = "Phase",
     .kind = TON_CHOICE,
     .max = LINEAR,
     .choices = phases,
     .flags = TON_ROW_FIXED,
     .help = "Minimum has no latency and turns phases near the edges; linear only delays, by 10 to "
             "80 ms, so that parallel strips stay in phase."},
    DYN_LOOK_AHEAD_ROW(0),
    DYN_STEREO_LINK_ROW,
    MIX_ROW(100, "Compressed part of the output; the rest is the split sound as it was, in phase."),
    KEY_ROW,
};

struct band_settings {
    float up_to, threshold, ratio, knee, attack, release, make_up, bypass, solo;
};

struct settings {
    float bands;
    struct band_settings band[BANDS];
    float phase, look_ahead, stereo_link, mix;
};
enum { N_PARAMS = 1 + BANDS * TON_N(band_rows) + 4 };
TON_PARAMS_FIT(struct settings, N_PARAMS);

struct band {
    struct dyn_moving_curve curve;
    double attack, release; /* smoothing coefficients */
    struct ton_glide make_up, wet, heard;
    double reduction[TON_MOST_CHANNELS]; /* dB, 0 or less */
    struct detector detector;
    struct look_ahead sound;
};

struct multiband {
    double rate;
    int channels, n_bands;
    struct ton_glide mix;
    struct crossover sound, key;
    struct band bands[BANDS];
    float mixes[BLOCK], make_ups[BLOCK], wets[BLOCK], heards[BLOCK];
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static int n_bands_of(const struct settings *s) {
    const int n = (int)(s->bands + 0.5F);
    return n == 0 ? 3 : n;
}

static struct crossover_edges edges_of(const struct settings *s, double rate) {
    struct crossover_edges e = {
        .rate = rate, .n_bands = n_bands_of(s), .linear = s->phase >= LINEAR};
    for (int k = 0; k < e.n_bands - 1; k++) {
        const double said = (double)s->band[k].up_to;
        const double hz = said > (double)USUAL_HZ ? said : usual_hz[e.n_bands - 1][k];
        e.hz[k] = k > 0 ? fmax(hz, e.hz[k - 1]) : hz;
    }
    return e;
}

static int latency(const struct ton_config *config, const float *params) {
    const struct settings s = settings_of(params);
    const struct crossover_edges e = edges_of(&s, config->rate);
    return crossover_latency(&e) + look_ahead_frames(config, s.look_ahead);
}

static size_t lay_out(struct multiband *m, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)m};
    const struct settings s = settings_of(params);
    const struct crossover_edges e = edges_of(&s, config->rate);
    carve(&c, sizeof(struct multiband));
    crossover_lay_out(m ? &m->sound : NULL, &c, &e, config->channels);
    crossover_lay_out(m ? &m->key : NULL, &c, &e, config->key_channels);
    for (int b = 0; b < e.n_bands; b++) {
        const double lower = b > 0 ? e.hz[b - 1] : LOWEST_HZ;
        detector_lay_out(m ? &m->bands[b].detector : NULL, &c, config, (float)(500 / lower));
        look_ahead_lay_out(m ? &m->bands[b].sound : NULL, &c, config->channels,
                           look_ahead_frames(config, s.look_ahead));
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void set_band(struct multiband *m, int i, const struct settings *s, bool any_solo,
                     bool now) {
    struct band *b = &m->bands[i];
    const struct band_settings *set = &s->band[i];
    const int frames = now ? 1 : ton_glide_frames(GLIDE_MS, m->rate);
    const int fade = now ? 1 : (int)lround(FADE_MS * m->rate / 1000);
    dyn_curve_to(&b->curve, dyn_curve_of(set->threshold, set->ratio, set->knee), frames);
    b->attack = ton_smooth_coefficient(set->attack, m->rate);
    b->release = ton_smooth_coefficient(set->release, m->rate);
    ton_glide_to(&b->make_up, set->make_up, frames);
    ton_glide_to(&b->wet, set->bypass < 0.5F, fade);
    ton_glide_to(&b->heard, !any_solo || set->solo >= 0.5F, fade);
    if (detector_set_link(&b->detector, s->stereo_link))
        for (int c = 1; c < m->channels; c++)
            b->reduction[c] = b->reduction[0];
}

static void set_all(struct multiband *m, const float *params, bool now) {
    const struct settings s = settings_of(params);
    bool any_solo = false;
    for (int i = 0; i < m->n_bands; i++)
        any_solo |= s.band[i].solo >= 0.5F;
    for (int i = 0; i < m->n_bands; i++)
        set_band(m, i, &s, any_solo, now);
    ton_glide_to(&m->mix, (double)s.mix / 100, now ? 1 : ton_glide_frames(GLIDE_MS, m->rate));
}

static void update(void *state, const float *params) {
    set_all(state, params, false);
}

static void reset(void *state) {
    struct multiband *m = state;
    crossover_clear(&m->sound);
    crossover_clear(&m->key);
    ton_glide_set(&m->mix, m->mix.target);
    for (int i = 0; i < m->n_bands; i++) {
        struct band *b = &m->bands[i];
        dyn_curve_rest(&b->curve);
        ton_glide_set(&b->make_up, b->make_up.target);
        ton_glide_set(&b->wet, b->wet.target);
        ton_glide_set(&b->heard, b->heard.target);
        memset(b->reduction, 0, sizeof b->reduction);
        detector_reset(&b->detector);
        look_ahead_clear(&b->sound);
    }
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct multiband *m = state;
    const struct settings s = settings_of(params);
    m->rate = config->rate;
    m->channels = config->channels;
    m->n_bands = n_bands_of(&s);
    lay_out(m, config, params);
    for (int i = 0; i < m->n_bands; i++)
        detector_init(&m->bands[i].detector, config);
    set_all(m, params, true);
    reset(m);
}

/* The gain in dB that the curve asks for becomes a factor, in place. */
static void find_gain(struct multiband *m, struct band *b, double *reduction, float *x,
                      int frames) {
    *reduction = detector_smooth(x, frames, *reduction, b->attack, b->release);
    for (int i = 0; i < frames; i++)
        x[i] += m->make_ups[i];
    ton_dbs_to_gain(x, frames);
    for (int i = 0; i < frames; i++)
        x[i] = m->heards[i] * (1.0F + m->wets[i] * (x[i] - 1.0F));
}

static void glide_band(struct multiband *m, struct band *b, int frames) {
    for (int i = 0; i < frames; i++) {
        m->make_ups[i] = (float)ton_glide_next(&b->make_up);
        m->wets[i] = (float)ton_ease(ton_glide_next(&b->wet)) * m->mixes[i];
        m->heards[i] = (float)ton_ease(ton_glide_next(&b->heard));
    }
}

static void run_band(struct multiband *m, int i, bool keyed, int frames) {
    struct band *b = &m->bands[i];
    const struct ton_io io = {
        .in = (const float *const *)m->sound.bands[i],
        .out = m->sound.bands[i],
        .key = keyed ? (const float *const *)m->key.bands[i] : NULL,
        .n_key = m->key.channels,
        .frames = frames,
    };
    glide_band(m, b, frames);
    const int n_paths = detector_run(&b->detector, &io, 0, frames);
    dyn_curve_run(&b->curve, b->detector.level, n_paths, frames);
    for (int p = 0; p < n_paths; p++)
        find_gain(m, b, &b->reduction[p], b->detector.level[p], frames);
    look_ahead_run(&b->sound, &io, 0, frames, b->detector.level, n_paths);
}

static void process_block(struct multiband *m, const struct ton_io *io, int from, int frames) {
    const bool keyed = io->key && io->n_key == m->key.channels;
    for (int i = 0; i < frames; i++)
        m->mixes[i] = (float)ton_glide_next(&m->mix);
    if (keyed)
        crossover_split(&m->key, io->key, from, frames);
    crossover_split(&m->sound, io->in, from, frames);
    for (int i = 0; i < m->n_bands; i++)
        run_band(m, i, keyed, frames);
    crossover_join(&m->sound, io->out, from, frames);
}

static void process(void *state, const struct ton_io *io) {
    for (int at = 0; at < io->frames; at += BLOCK)
        process_block(state, io, at, io->frames - at < BLOCK ? io->frames - at : BLOCK);
}

static int64_t tail(const struct ton_config *config, const float *params) {
    const struct settings s = settings_of(params);
    const struct crossover_edges e = edges_of(&s, config->rate);
    return latency(config, params) + (int64_t)crossover_ringing(&e);
}

/* What make up, bypass and solo leave of each band. */
static double response(const struct ton_config *config, const float *params, double hz) {
    const struct settings s = settings_of(params);
    const struct crossover_edges e = edges_of(&s, config->rate);
    double factors[BANDS];
    bool any_solo = false;
    for (int i = 0; i < e.n_bands; i++)
        any_solo |= s.band[i].solo >= 0.5F;
    for (int i = 0; i < e.n_bands; i++) {
        const double wet = s.band[i].bypass < 0.5F ? (double)s.mix / 100 : 0;
        const bool heard = !any_solo || s.band[i].solo >= 0.5F;
        factors[i] = heard ? 1 + wet * (ton_db_to_gain((double)s.band[i].make_up) - 1) : 0;
    }
    return crossover_response(&e, factors, hz);
}

/* Of the lowest band. */
static double curve(const float *params, double input_db) {
    const struct settings s = settings_of(params);
    const struct band_settings *b = &s.band[0];
    const struct ton_level_curve c = dyn_curve_of(b->threshold, b->ratio, b->knee);
    const double wet = b->bypass < 0.5F ? (double)s.mix / 100 : 0;
    const double gain = (double)ton_level_curve_gain(&c, (float)input_db) + (double)b->make_up;
    return input_db + ton_gain_to_db(1 + wet * (ton_db_to_gain(gain) - 1));
}

#define BAND_METER(number)                                                                         \
    {                                                                                              \
        .key = "band_" #number, .label = "Band " #number, .unit = TON_UNIT_DB, .min = -120,        \
        .digits = 1, .help = "How far band " #number " is turned down."                            \
    }

static const struct ton_row meters[] = {BAND_METER(1), BAND_METER(2), BAND_METER(3), BAND_METER(4),
                                        BAND_METER(5)};

static void read_meters(const void *state, float *values) {
    const struct multiband *m = state;
    for (int i = 0; i < BANDS; i++) {
        const struct band *b = &m->bands[i];
        double most = i < m->n_bands ? b->reduction[0] : 0;
        for (int c = 1; i < m->n_bands && b->detector.apart && c < m->channels; c++)
            most = fmin(most, b->reduction[c]);
        values[i] = (float)most;
    }
}

const struct ton_processor ton_processor_multiband = {
    .id = "multiband",
    .name = "Multiband compressor",
    .summary = "A compressor for each of up to five bands that sum flat.",
    .text =
        "For what one compressor cannot hold: a bass that comes and goes under steady mids, a mix "
        "whose lows pump the rest. Split where instruments part, not by numbers; `solo` plays a "
        "band. Gentle ratios and slow attacks below, faster ones above; then `make up` balances "
        "the bands like an equaliser that knows the level. Without compression the bands sum to "
        "the flat sound. On a stem it listens to the whole mix, so that the stems add up.",
    .lv2_class = "CompressorPlugin",
    .version = 1,
    .cost_ns = 30,
    .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_DYNAMIC | TON_PROCESSOR_DISPERSES,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = N_PARAMS,
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .latency = latency,
    .tail = tail,
    .response = response,
    .curve = curve,
    .meters = meters,
    .n_meters = TON_N(meters),
    .read_meters = read_meters,
};
