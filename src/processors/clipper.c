/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clipper: cuts off what stands over a ceiling, from hard to soft, oversampled.
 *
 *   drive / ceiling -> up -> curve (ton_shape_clip) -> down -> ceiling [-> limiter]
 *
 * The curve holds the ceiling at the inner rate. What the band limit takes from the clipped wave
 * stands over it again by 1 to 3 dB, as it does after every clipper that does not alias (white
 * noise that is all cut off: by 5); with `true_peak` the limiter of this
 * rack, quick, takes that down. */
#include "inner_rate.h"
#include "registry.h"
#include "ton/carve.h"
#include "ton/db.h"
#include "ton/fixed_delay.h"
#include "ton/shape.h"
#include "ton/smooth.h"

#include <string.h>

enum { BLOCK = TON_OVERSAMPLE_BLOCK };

#define INNER_HZ 1.4e6 /* what `auto` wants: the hardest corner's harmonics fall slowly */
#define GLIDE_MS 5.0
#define FADE_MS 50.0 /* the link may be tens of dB */
#define GUARD_RELEASE_MS 20.0F
#define GUARD_LOOK_AHEAD_MS 0.5F

static const struct ton_row rows[] = {
    {.key = "drive",
     .label = "Drive",
     .unit = TON_UNIT_DB,
     .max = 24,
     .digits = 2,
     .help = "Gain into the clipper: how much is cut off."},
    {.key = "ceiling",
     .label = "Ceiling",
     .unit = TON_UNIT_DB,
     .min = -24,
     .max = 0,
     .def = -1,
     .digits = 2,
     .help = "The level that the wave is cut off at."},
    {.key = "knee",
     .label = "Knee",
     .unit = TON_UNIT_DB,
     .max = 12,
     .def = 2,
     .digits = 1,
     .help =
         "How far below the ceiling the bend begins: 0 is hard and leaves all below the ceiling "
         "as it was, more is softer and darker."},
    {.key = "gain_link",
     .label = "Gain link",
     .kind = TON_SWITCH,
     .max = 1,
     .help = "Takes the drive back behind the clipper, so that only the cutting is heard and not "
             "the level; the ceiling is lower by it."},
    {.key = "true_peak",
     .label = "True peak",
     .kind = TON_SWITCH,
     .max = 1,
     .flags = TON_ROW_FIXED,
     .help = "Holds the ceiling between the samples too, by a quick limiter behind the clipper, "
             "for 2 ms more latency; without, some stand over it by 1 to 3 dB (noise: 5 dB)."},
    OVERSAMPLING_ROW("32 at 44.1 and 48 kHz"),
};

struct settings {
    float drive, ceiling, knee, gain_link, true_peak, oversampling;
};
TON_PARAMS_FIT(struct settings, TON_N(rows));

struct channel {
    struct ton_oversampler inside;
    struct ton_shape_memory shape;
};

struct clipper {
    double rate;
    int channels;
    struct ton_oversampling oversampling;
    struct ton_glide drive, ceiling, knee, link; /* gains; 0 … 1 */
    struct ton_fixed_delay late; /* the gain behind the curve, in step with the sound */
    void *guard;                 /* a limiter's state, or NULL */
    float knee_before;
    float hottest; /* re the ceiling, in the last call */
    float knees[BLOCK * TON_OVERSAMPLE_MOST];
    struct channel channel[TON_MOST_CHANNELS];
};

/* The limiter's parameters, in the order of its rows: it works re the ceiling. */
static const float guard[] = {0, 0, GUARD_RELEASE_MS, GUARD_LOOK_AHEAD_MS};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static bool is_guarded(const struct settings *s) {
    return s->true_peak >= 0.5F;
}

static int factor_of(const struct ton_config *config, const struct settings *s) {
    return inner_rate_factor(s->oversampling, config->rate, INNER_HZ);
}

static int clip_latency(const struct ton_config *config, const struct settings *s) {
    struct ton_oversampling o;
    ton_oversampling_init(&o, factor_of(config, s), TON_SHAPE_DELAY);
    return o.latency;
}

static int latency(const struct ton_config *config, const float *params) {
    const struct settings s = settings_of(params);
    const int more = is_guarded(&s) ? ton_processor_limiter.latency(config, guard) : 0;
    return clip_latency(config, &s) + more;
}

static size_t lay_out(struct clipper *k, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)k};
    const struct settings s = settings_of(params);
    carve(&c, sizeof(struct clipper));
    const int late = latency(config, params);
    float *const gains = carve_floats(&c, late);
    if (k)
        ton_fixed_delay_init(&k->late, gains, late);
    for (int i = 0; i < config->channels; i++) {
        float *const inside = carve_floats(&c, ton_oversampler_floats(factor_of(config, &s)));
        if (k)
            ton_oversampler_init(&k->channel[i].inside, &k->oversampling, inside);
    }
    if (is_guarded(&s)) {
        void *const state = carve(&c, ton_processor_limiter.state_size(config, guard));
        if (k)
            k->guard = state;
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

/* The part of the ceiling that the bend takes. */
static double knee_part(const struct settings *s) {
    return 1.0 - ton_db_to_gain(-(double)s->knee);
}

static bool is_linked(const struct settings *s) {
    return s->gain_link >= 0.5F;
}

static void set_all(struct clipper *k, const struct settings *s, int frames, int fade) {
    ton_glide_to(&k->drive, ton_db_to_gain((double)s->drive), frames);
    ton_glide_to(&k->ceiling, ton_db_to_gain((double)s->ceiling), frames);
    ton_glide_to(&k->knee, knee_part(s), frames);
    ton_glide_to(&k->link, is_linked(s), fade);
}

static void update(void *state, const float *params) {
    struct clipper *k = state;
    const struct settings s = settings_of(params);
    set_all(k, &s, ton_glide_frames(GLIDE_MS, k->rate), (int)lround(FADE_MS * k->rate / 1000));
}

/* In front of the curve, which clips at 1, and behind it. */
struct gains {
    float into, after;
};

static struct gains next_gains(struct clipper *k) {
    const double drive = ton_glide_next(&k->drive), ceiling = ton_glide_next(&k->ceiling);
    const double link = ton_ease(ton_glide_next(&k->link));
    return (struct gains){(float)(drive / ceiling),
                          (float)(ceiling * (1 + link * (1 / drive - 1)))};
}

static void reset(void *state) {
    struct clipper *k = state;
    struct ton_glide *const glides[] = {&k->drive, &k->ceiling, &k->knee, &k->link};
    for (int i = 0; i < TON_N(glides); i++)
        ton_glide_set(glides[i], glides[i]->target);
    k->knee_before = (float)k->knee.value;
    k->hottest = 0;
    const struct gains rest = next_gains(k);
    ton_fixed_delay_fill(&k->late, rest.after);
    for (int c = 0; c < k->channels; c++) {
        ton_oversampler_fill(&k->channel[c].inside, &k->oversampling, 0, 0);
        ton_shape_fill(&k->channel[c].shape, 0, k->knee_before);
    }
    if (k->guard)
        ton_processor_limiter.reset(k->guard);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct clipper *k = state;
    const struct settings s = settings_of(params);
    k->rate = config->rate;
    k->channels = config->channels;
    ton_oversampling_init(&k->oversampling, factor_of(config, &s), TON_SHAPE_DELAY);
    lay_out(k, config, params);
    if (k->guard)
        ton_processor_limiter.init(k->guard, config, guard);
    set_all(k, &s, 1, 1);
    reset(k);
}

/* The knee of each inner frame: straight lines between those of the base frames. */
static void move_knee(struct clipper *k, int frames) {
    const int factor = k->oversampling.factor;
    for (int i = 0; i < frames; i++) {
        const float next = (float)ton_glide_next(&k->knee);
        const float step = (next - k->knee_before) / (float)factor;
        for (int j = 0; j < factor; j++)
            k->knees[i * factor + j] = k->knee_before + step * (float)(j + 1);
        k->knee_before = next;
    }
}

static void clip(struct clipper *k, struct channel *ch, const float *into, float *x, int frames) {
    float inside[BLOCK * TON_OVERSAMPLE_MOST];
    for (int i = 0; i < frames; i++) {
        x[i] *= into[i];
        k->hottest = fabsf(x[i]) > k->hottest ? fabsf(x[i]) : k->hottest;
    }
    ton_oversample_up(&ch->inside, &k->oversampling, inside, x, frames);
    ton_shape_clip(inside, frames * k->oversampling.factor, k->knees, &ch->shape);
    ton_oversample_down(&ch->inside, &k->oversampling, x, inside, frames);
}

static void hold_true_peak(struct clipper *k, float (*line)[BLOCK], int frames) {
    float *places[TON_MOST_CHANNELS];
    for (int c = 0; c < k->channels; c++)
        places[c] = line[c];
    const struct ton_io io = {.in = (const float *const *)places, .out = places, .frames = frames};
    ton_processor_limiter.process(k->guard, &io);
}

static void process_block(struct clipper *k, const struct ton_io *io, int from, int frames) {
    float into[BLOCK], after[BLOCK], line[TON_MOST_CHANNELS][BLOCK];
    for (int i = 0; i < frames; i++) {
        const struct gains g = next_gains(k);
        into[i] = g.into;
        after[i] = g.after;
    }
    ton_fixed_delay_run(&k->late, after, frames);
    move_knee(k, frames);
    for (int c = 0; c < k->channels; c++) {
        memcpy(line[c], io->in[c] + from, sizeof *line[c] * (size_t)frames);
        clip(k, &k->channel[c], into, line[c], frames);
    }
    if (k->guard)
        hold_true_peak(k, line, frames);
    for (int c = 0; c < k->channels; c++)
        for (int i = 0; i < frames; i++)
            io->out[c][from + i] = after[i] * line[c][i];
}

static void process(void *state, const struct ton_io *io) {
    struct clipper *k = state;
    k->hottest = 0;
    for (int at = 0; at < io->frames; at += BLOCK)
        process_block(k, io, at, io->frames - at < BLOCK ? io->frames - at : BLOCK);
}

static int64_t tail(const struct ton_config *config, const float *params) {
    return latency(config, params);
}

static double curve(const float *params, double input_db) {
    const struct settings s = settings_of(params);
    const double in = ton_db_to_gain(input_db + (double)s.drive - (double)s.ceiling);
    const double linked = is_linked(&s) ? (double)s.drive : 0;
    return ton_gain_to_db(ton_clip_at(knee_part(&s), in)) + (double)s.ceiling - linked;
}

static const struct ton_row meters[] = {REDUCTION_METER};

/* How far the hottest sample was turned down. */
static void read_meters(const void *state, float *values) {
    const struct clipper *k = state;
    const double hot = fmax((double)k->hottest, 1e-9);
    const double db = ton_gain_to_db(ton_clip_at((double)k->knee_before, hot) / hot);
    values[0] = (float)fmin(fmax(db, -120.0), 0.0);
}

const struct ton_processor ton_processor_clipper = {
    .id = "clipper",
    .name = "Clipper",
    .summary = "Cuts off what stands over a ceiling, hard or soft, oversampled.",
    .text =
        "Shaves the tips of drums and of a whole mix, so that what follows (a limiter, most often) "
        "has less to do: short peaks that are cut off are hardly heard, while a limiter would duck "
        "everything for them. Raise `drive` until cymbals or a bass begin to crackle, then go "
        "back; "
        "`gain_link` keeps the level, so only the cutting is heard. A hard knee keeps what is "
        "below "
        "the ceiling as it was, a soft one rounds. Put a limiter behind it, or turn `true_peak` on "
        "where it is the last of the chain. Up to 20 kHz at 44.1 kHz and more at higher rates "
        "passes; stems do not add up behind it.",
    .lv2_class = "DistortionPlugin",
    .version = 1,
    .cost_ns = 120,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = TON_N(rows),
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
