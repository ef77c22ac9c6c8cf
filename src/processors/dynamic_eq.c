/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dynamic equaliser: bands whose gain follows the level in them.
 *
 *   heard -> filter of the band -> power -> mean -> dB -> link -> static curve, at most `range`
 *         -> attack and release -> gain of the band -> sections as the equaliser designs them
 *
 * The sections are those of the equaliser for the gain of the moment (ton_biquad_match): at rest
 * the curve is the equaliser's to the bit, and true up to 20 kHz at every gain. They are designed
 * anew every `grid` frames, a third of a millisecond, while something moves, and glide between;
 * settings move through two smoothers (ton/smooth.h) before they are designed. */
#include "dynamic_band.h"
#include "dynamics.h"
#include "eq_design.h"
#include "key_filter.h"
#include "look_ahead.h"
#include "registry.h"
#include "ton/carve.h"
#include "ton/cascade.h"
#include "ton/db.h"

#include <string.h>

enum { BANDS = 6, PER_BAND = 2, SLOTS = BANDS * PER_BAND, CHUNK = 64 };
enum { LANES = TON_CASCADE_LANES, PAIRS = DYNAMIC_PAIRS };
_Static_assert((int)LANES == (int)TON_SVF_LANES, "channels go in pairs");

#define GLIDE_MS 5.0
#define APPROACH_MS 5.0 /* time constant of each of two smoothers in a row */

static const char *const types[] = {"low shelf", "high shelf", "bell", NULL};

static const struct ton_row band_rows[] = {
    {.key = "type",
     .label = "Type",
     .kind = TON_CHOICE,
     .max = BELL,
     .def = BELL,
     .choices = types,
     .help = "The shape of the band's curve; a bell listens around its frequency, a shelf to all "
             "on its side of it."},
    {.key = "frequency",
     .label = "Frequency",
     .unit = TON_UNIT_HZ,
     .min = 20,
     .max = 20000,
     .def = 1000,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .help = "Centre of a bell, half gain of a shelf."},
    {.key = "q",
     .label = "Q",
     .min = 0.1F,
     .max = 40,
     .def = 1,
     .scale = TON_LOGARITHMIC,
     .digits = 3,
     .help = "Frequency over bandwidth: higher is narrower, for what is heard and what is turned; "
             "0.707 makes a shelf without overshoot."},
    {.key = "gain",
     .label = "Gain",
     .unit = TON_UNIT_DB,
     .min = -18,
     .max = 18,
     .digits = 2,
     .help = "Boost or cut at rest, as of the equaliser; the level moves it from there."},
    {.key = "threshold",
     .label = "Threshold",
     .unit = TON_UNIT_DB,
     .min = -60,
     .max = 0,
     .def = -30,
     .digits = 1,
     .help = "The level in the band from which on the gain moves."},
    DYN_RATIO_ROW(3),
    DYN_KNEE_ROW(6),
    {.key = "range",
     .label = "Range",
     .unit = TON_UNIT_DB,
     .min = -18,
     .max = 18,
     .def = -6,
     .digits = 1,
     .help = "The most that the level moves the gain: negative turns down what grows loud in the "
             "band, positive lifts it further; 0 leaves an equaliser."},
    DYN_ATTACK_ROW(0.5F, 10, "Time constant of the gain's move away from rest."),
    DYN_RELEASE_ROW(120, "Time constant of its return."),
    {.key = "on",
     .label = "On",
     .kind = TON_SWITCH,
     .max = 1,
     .def = 1,
     .help = "Whether the band is heard."},
};

static const struct ton_row rows[] = {
    {.key = "bands",
     .label = "Band",
     .kind = TON_GROUP,
     .rows = band_rows,
     .n_rows = TON_N(band_rows),
     .n_max = BANDS,
     .help = "Up to six bands, each with a level of its own to go by."},
    {.key = "gain",
     .label = "Output gain",
     .unit = TON_UNIT_DB,
     .min = -24,
     .max = 24,
     .digits = 2,
     .help = "Level after all bands."},
    DYN_LOOK_AHEAD_ROW(0),
    DYN_STEREO_LINK_ROW,
    KEY_ROW,
};

struct settings {
    float bands;
    struct dynamic_band_settings band[BANDS];
    float gain, look_ahead, stereo_link;
};
enum { N_PARAMS = 1 + BANDS * TON_N(band_rows) + 3 };
TON_PARAMS_FIT(struct settings, N_PARAMS);

/* What two channels go through. */
struct pair {
    struct ton_cascade_section now[SLOTS], step[SLOTS], aim[SLOTS];
    struct ton_cascade_memory memory[SLOTS];
};

struct dynamic_eq {
    struct dynamic_common common;
    int position; /* in a tick */
    int order[SLOTS], n_slots;
    bool moves;
    double link;
    struct ton_glide gain;
    struct dynamic_band bands[BANDS];
    struct pair pairs[PAIRS];
    struct ton_fixed_delay delays[TON_MOST_CHANNELS];
    float line[CHUNK];
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static int latency(const struct ton_config *config, const float *params) {
    return look_ahead_frames(config, settings_of(params).look_ahead);
}

static size_t lay_out(struct dynamic_eq *d, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)d};
    carve(&c, sizeof(struct dynamic_eq));
    const int late = latency(config, params);
    for (int i = 0; i < config->channels; i++) {
        float *const memory = carve_floats(&c, late);
        if (d)
            ton_fixed_delay_init(&d->delays[i], memory, late);
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void update(void *state, const float *params) {
    struct dynamic_eq *d = state;
    const struct settings s = settings_of(params);
    for (int i = 0; i < BANDS; i++)
        dynamic_band_set(&d->common, &d->bands[i], &s.band[i], i < ton_eq_index(s.bands));
    d->common.link = (double)s.stereo_link / 100;
    ton_glide_to(&d->gain, ton_db_to_gain((double)s.gain),
                 ton_glide_frames(GLIDE_MS, d->common.rate));
}

static void design(struct ton_biquad out[PER_BAND], int type, double hz, double gain, double q,
                   double rate) {
    const struct ton_analogue a = type == BELL        ? ton_analogue_bell(hz, gain, q)
                                  : type == LOW_SHELF ? ton_analogue_low_shelf(hz, gain, q)
                                                      : ton_analogue_high_shelf(hz, gain, q);
    ton_biquad_match(out, &a, rate);
}

/* Where the sections of band i shall be at the next tick. Channels of one gain share a design. */
static void aim_sections(struct dynamic_eq *d, int i, bool moved) {
    struct dynamic_band *b = &d->bands[i];
    struct ton_biquad made[PER_BAND];
    double made_for = NAN;
    for (int c = 0; c < (d->common.channels + 1) / LANES * LANES; c++) {
        const double gain = dynamic_band_gain(b, c < d->common.channels ? c : c - 1);
        const bool rests = b->part[c < d->common.channels ? c : c - 1] == 0;
        if (!moved && fabs(gain - b->designed[c]) <= (rests ? 0 : 1e-3))
            continue;
        if (gain != made_for)
            design(made, b->type, b->now[HZ], gain, b->now[Q], d->common.rate);
        made_for = b->designed[c] = gain;
        for (int k = 0; k < PER_BAND; k++)
            ton_cascade_section_set(&d->pairs[c / LANES].aim[i * PER_BAND + k], c % LANES,
                                    &made[k]);
    }
}

static void silence_band(struct dynamic_eq *d, int i) {
    const struct ton_biquad through = TON_BIQUAD_THROUGH;
    struct dynamic_band *b = &d->bands[i];
    dynamic_band_silence(b);
    for (int c = 0; c < TON_MOST_CHANNELS; c++)
        b->designed[c] = NAN;
    for (int p = 0; p < PAIRS; p++)
        for (int k = i * PER_BAND; k < (i + 1) * PER_BAND; k++) {
            for (int l = 0; l < LANES; l++)
                ton_cascade_section_set(&d->pairs[p].aim[k], l, &through);
            d->pairs[p].now[k] = d->pairs[p].aim[k];
            memset(&d->pairs[p].memory[k], 0, sizeof d->pairs[p].memory[k]);
        }
}

/* The slots at work, and their ways to the next tick. */
static void list_slots(struct dynamic_eq *d) {
    d->n_slots = 0;
    d->moves = false;
    for (int slot = 0; slot < SLOTS; slot++) {
        bool works = false;
        for (int p = 0; p < (d->common.channels + 1) / LANES; p++) {
            struct pair *q = &d->pairs[p];
            works |= !ton_cascade_section_is_through(&q->aim[slot]) ||
                     !ton_cascade_section_is_through(&q->now[slot]);
            d->moves |= memcmp(&q->now[slot], &q->aim[slot], sizeof q->aim[slot]) != 0;
            ton_cascade_section_step(&q->step[slot], &q->now[slot], &q->aim[slot], d->common.grid);
        }
        if (works)
            d->order[d->n_slots++] = slot;
    }
}

static void tick(struct dynamic_eq *d) {
    for (int p = 0; p < PAIRS && d->moves; p++)
        memcpy(d->pairs[p].now, d->pairs[p].aim, sizeof d->pairs[p].now);
    for (int i = 0; i < BANDS; i++) {
        struct dynamic_band *b = &d->bands[i];
        const bool was = dynamic_band_is_active(b), moved = dynamic_band_tick(&d->common, b);
        if (was && !dynamic_band_is_active(b))
            silence_band(d, i);
        if (!dynamic_band_is_active(b))
            continue;
        aim_sections(d, i, moved);
    }
    list_slots(d);
}

static void reset(void *state) {
    struct dynamic_eq *d = state;
    ton_glide_set(&d->gain, d->gain.target);
    d->position = 0;
    for (int i = 0; i < BANDS; i++) {
        struct dynamic_band *b = &d->bands[i];
        silence_band(d, i);
        dynamic_band_settle(&d->common, b);
        if (dynamic_band_is_active(b))
            aim_sections(d, i, true);
    }
    for (int p = 0; p < PAIRS; p++)
        memcpy(d->pairs[p].now, d->pairs[p].aim, sizeof d->pairs[p].now);
    list_slots(d);
    for (int c = 0; c < d->common.channels; c++)
        ton_fixed_delay_clear(&d->delays[c]);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct dynamic_eq *d = state;
    d->common.rate = config->rate;
    d->common.channels = config->channels;
    d->common.own = config->key_channels == 0 || config->key_channels == config->channels;
    d->common.grid = TON_APPROACH_FRAMES;
    while (d->common.rate / d->common.grid > 4000)
        d->common.grid *= 2;
    d->common.part = ton_smooth_coefficient(APPROACH_MS, d->common.rate / d->common.grid);
    lay_out(d, config, params);
    update(d, params);
    reset(d);
}

static void hear_all(struct dynamic_eq *d, const struct ton_io *io, int from, int frames) {
    const float *const *heard = io->key ? io->key : io->in;
    const int n_heard = io->key ? io->n_key : d->common.channels;
    d->common.own = n_heard == d->common.channels;
    for (int i = 0; i < BANDS; i++)
        for (int c = 0;
             dynamic_band_is_active(&d->bands[i]) && c < n_heard && c < TON_MOST_CHANNELS;
             c += LANES)
            dynamic_band_hear(&d->bands[i], c / LANES, heard + c, n_heard - c < LANES ? 1 : LANES,
                              from, frames);
}

/* Within a tick. */
static void stretch(struct dynamic_eq *d, const struct ton_io *io, int from, int frames) {
    double x[CHUNK][LANES] = {{0}}, gain[CHUNK];
    hear_all(d, io, from, frames);
    for (int i = 0; i < frames; i++)
        gain[i] = ton_glide_next(&d->gain);
    for (int first = 0; first < d->common.channels; first += LANES) {
        struct pair *p = &d->pairs[first / LANES];
        const int n_lanes = d->common.channels - first < LANES ? 1 : LANES;
        for (int l = 0; l < n_lanes; l++) {
            memcpy(d->line, io->in[first + l] + from, sizeof *d->line * (size_t)frames);
            ton_fixed_delay_run(&d->delays[first + l], d->line, frames);
            for (int i = 0; i < frames; i++)
                x[i][l] = d->line[i];
        }
        if (d->moves)
            ton_cascade_run_moving(x, frames, p->now, p->step, p->memory, d->order, d->n_slots);
        else
            ton_cascade_run(x, frames, p->now, p->memory, d->order, d->n_slots);
        for (int l = 0; l < n_lanes; l++)
            for (int i = 0; i < frames; i++)
                io->out[first + l][from + i] = (float)(gain[i] * x[i][l]);
    }
}

static void process(void *state, const struct ton_io *io) {
    struct dynamic_eq *d = state;
    for (int done = 0; done < io->frames;) {
        if (d->position == 0)
            tick(d);
        int n = d->common.grid - d->position;
        n = n < io->frames - done ? n : io->frames - done;
        n = n < CHUNK ? n : CHUNK;
        stretch(d, io, done, n);
        done += n;
        d->position = (d->position + n) % d->common.grid;
    }
}

static bool is_heard(const struct settings *s, int i) {
    const struct dynamic_band_settings *b = &s->band[i];
    return i < ton_eq_index(s->bands) && b->on >= 0.5F && (b->gain != 0 || b->range != 0);
}

/* As of the equaliser, of whichever end of the range rings longer. */
static int64_t tail(const struct ton_config *config, const float *params) {
    const struct settings s = settings_of(params);
    double frames = latency(config, params);
    for (int i = 0; i < BANDS; i++) {
        const struct dynamic_band_settings *b = &s.band[i];
        double longest = 0;
        for (int end = 0; end < 2 && is_heard(&s, i); end++) {
            struct ton_biquad pair[PER_BAND];
            double sum = 0;
            design(pair, ton_eq_index(b->type), (double)b->frequency,
                   (double)(b->gain + (end ? b->range : 0)), (double)b->q, config->rate);
            for (int k = 0; k < PER_BAND; k++)
                sum += ton_eq_ringing(&pair[k]);
            longest = fmax(longest, sum);
        }
        frames += longest;
    }
    return (int64_t)frames;
}

/* At rest. */
static double response(const struct ton_config *config, const float *params, double hz) {
    const struct settings s = settings_of(params);
    double db = (double)s.gain;
    for (int i = 0; i < BANDS; i++) {
        struct ton_biquad pair[PER_BAND];
        double h[2];
        if (!is_heard(&s, i))
            continue;
        design(pair, ton_eq_index(s.band[i].type), (double)s.band[i].frequency,
               (double)s.band[i].gain, (double)s.band[i].q, config->rate);
        for (int k = 0; k < PER_BAND; k++) {
            ton_biquad_response(h, &pair[k], 2 * M_PI * hz / config->rate);
            db += ton_gain_to_db(hypot(h[0], h[1]));
        }
    }
    return db;
}

/* Of a sine in the middle of the first band that is heard. */
static double curve(const float *params, double input_db) {
    const struct settings s = settings_of(params);
    int i = 0;
    while (i < BANDS && !is_heard(&s, i))
        i++;
    if (i == BANDS)
        return input_db + (double)s.gain;
    const struct dynamic_band_settings *b = &s.band[i];
    const struct ton_level_curve c = dyn_curve_of(b->threshold, b->ratio, b->knee);
    const double moved =
        fmax((double)ton_level_curve_gain(&c, (float)input_db), -fabs((double)b->range));
    return input_db + (double)s.gain + (double)b->gain + (b->range < 0 ? moved : -moved);
}

static bool is_neutral(const float *params) {
    const struct settings s = settings_of(params);
    for (int i = 0; i < BANDS; i++)
        if (is_heard(&s, i))
            return false;
    return s.gain == 0;
}

#define BAND_METER(number)                                                                         \
    {                                                                                              \
        .key = "band_" #number, .label = "Band " #number, .unit = TON_UNIT_DB, .min = -18,         \
        .max = 18, .digits = 1, .help = "How far the level moves the gain of band " #number "."    \
    }

static const struct ton_row meters[] = {
    BAND_METER(1), BAND_METER(2), BAND_METER(3), BAND_METER(4), BAND_METER(5), BAND_METER(6),
};

/* Of the channel that moves most. */
static void read_meters(const void *state, float *values) {
    const struct dynamic_eq *d = state;
    for (int i = 0; i < BANDS; i++) {
        const struct dynamic_band *b = &d->bands[i];
        double most = 0;
        for (int c = 0; c < d->common.channels; c++)
            most = fmax(most, b->part[c]);
        values[i] = (float)(most * b->now[RANGE]);
    }
}

const struct ton_processor ton_processor_dynamic_eq = {
    .id = "dynamic_eq",
    .name = "Dynamic equaliser",
    .summary = "Up to six bands of equaliser whose gain follows the level in them.",
    .text =
        "For what is only sometimes wrong: a note that booms, a voice that turns sharp when it is "
        "loud, cymbals that cover the words (`sidechain`). Find the frequency with a static "
        "`gain`, set it back, then give the band a negative `range` and lower the threshold until "
        "it works on the loud places only. A positive range lifts the band where it is loud "
        "already: more snap for a snare. At rest it is the equaliser, with the same curves up to "
        "20 kHz.",
    .lv2_class = "ParaEQPlugin",
    .version = 1,
    .cost_ns = 25,
    .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_DYNAMIC,
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
    .is_neutral = is_neutral,
    .meters = meters,
    .n_meters = TON_N(meters),
    .read_meters = read_meters,
};
