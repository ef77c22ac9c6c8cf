/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Saturator: tape, tube or transistor, as a curve between two filters.
 *
 *   [emphasis] -> drive -> bias -> up -> curve -> down -> no DC -> [de-emphasis] -> tone [-> bump]
 *        -> gain -> mix with the delayed input
 *
 * Every curve is a sum of two sigmoids (ton/shape.h), which alias little and cost a root and a
 * division each:
 *   tape: within 0.7 % of the Langevin function, the anhysteretic magnetisation of D. C. Jiles and
 *     D. L. Atherton ("Theory of ferromagnetic hysteresis", JMMM 61, 1986). That
 *     is what the high-frequency bias of a recorder leaves of the hysteresis loop (H. N. Bertram,
 *     "Theory of magnetic recording", 1994), so the loop itself, which J. Chowdhury solves ("Real-
 *     time physical modelling for analog tape machines", DAFx 2019), is left out. It stands between
 *     the emphasis and de-emphasis of a recorder at 38 cm/s (IEC 60094-1: 35 us), so treble
 *     saturates first: by 6.5 dB at 10 kHz.
 *   tube: one sigmoid that rests half its width beside its middle, where the third derivative is 0:
 *     what is left is the second harmonic.
 *   transistor: a push-pull pair, half a width apart to either side: the third derivatives cancel,
 *     so it stays straight for long and then bends fast; odd harmonics only. */
#include "glided.h"
#include "inner_rate.h"
#include "registry.h"
#include "rows.h"
#include "ton/carve.h"
#include "ton/db.h"
#include "ton/fixed_delay.h"
#include "ton/shape.h"
#include "ton/smooth.h"

#include <string.h>

enum { BLOCK = TON_OVERSAMPLE_BLOCK, LANES = GLIDED_LANES, PAIRS = TON_MOST_CHANNELS / LANES };
enum { TAPE, TUBE, TRANSISTOR };
enum { NO_DC, DE_EMPHASIS, TONE, BUMP = TONE + 2, N_SECTIONS = BUMP + 2 };

#define INNER_HZ 700e3 /* what `auto` wants */
#define GLIDE_MS 5.0
#define FADE_MS 50.0           /* automatic gain may be tens of dB */
#define AUTO_REFERENCE (-12.0) /* dBFS: a tone that leaves as loud as it came */
#define DC_HZ 2.0              /* 0.04 dB at 20 Hz */
#define TONE_HZ 1000.0
#define BUMP_HZ 60.0
#define BUMP_Q 0.8
#define EMPHASIS_S 35e-6       /* IEC 60094-1 at 38 cm/s */
#define EMPHASIS_END_S 8.75e-6 /* two octaves on the shelf ends */

static const char *const kinds[] = {"tape", "tube", "transistor", NULL};

static const struct ton_row rows[] = {
    {.key = "kind",
     .label = "Kind",
     .kind = TON_CHOICE,
     .max = TRANSISTOR,
     .choices = kinds,
     .flags = TON_ROW_FIXED,
     .help =
         "What bends the wave: `tape` softly and the treble first, `tube` to the second harmonic, "
         "`transistor` late and fast, to odd harmonics."},
    {.key = "drive",
     .label = "Drive",
     .unit = TON_UNIT_DB,
     .max = 24,
     .def = 6,
     .digits = 1,
     .help = "Gain into the curve; at 0 dB a sine at full scale is just saturated (3 % on tape), "
             "at full drive it is nearly a square."},
    {.key = "bias",
     .label = "Bias",
     .unit = TON_UNIT_PERCENT,
     .min = -100,
     .max = 100,
     .digits = 0,
     .help = "Moves the resting point along the curve: even harmonics for tape and transistor, "
             "more (+) or fewer (-) of them for the tube."},
    {.key = "tone",
     .label = "Tone",
     .unit = TON_UNIT_DB,
     .min = -6,
     .max = 6,
     .digits = 1,
     .help = "Tilts the saturated sound around 1 kHz: brighter above 0, darker below."},
    {.key = "bump",
     .label = "Head bump",
     .unit = TON_UNIT_DB,
     .max = 6,
     .def = 1,
     .digits = 1,
     .help = "Tape only: the swell around 60 Hz that a playback head gives the bass."},
    {.key = "auto_gain",
     .label = "Auto gain",
     .kind = TON_SWITCH,
     .max = 1,
     .def = 1,
     .help = "Lets a tone of -12 dBFS leave as loud as it came, so that drive is judged by its "
             "sound and not by its level."},
    {.key = "output",
     .label = "Output",
     .unit = TON_UNIT_DB,
     .min = -24,
     .max = 24,
     .digits = 1,
     .help = "Level at the end."},
    MIX_ROW(100,
            "Saturated part of the output; the rest is the untouched sound, in phase with it."),
    OVERSAMPLING_ROW("16 at 44.1 and 48 kHz"),
};

struct settings {
    float kind, drive, bias, tone, bump, auto_gain, output, mix, oversampling;
};
TON_PARAMS_FIT(struct settings, TON_N(rows));

/* Per kind: the curve, of slope 1 or so and +6 dBFS or less at its ends. */
static const struct ton_sigmoid curves[][2] = {
    [TAPE] = {{.weight = 1.770462, .square = 3.221105, .offset = 0},    /* 2 L(3 x / 2), */
              {.weight = 0.229538, .square = 287.841873, .offset = 0}}, /* fitted */
    [TUBE] = {{.weight = 2, .square = 4, .offset = 1}, {.weight = 0, .square = 1, .offset = 0}},
    [TRANSISTOR] = {{.weight = 0.625, .square = 0.8, .offset = 0.4472136},
                    {.weight = 0.625, .square = 0.8, .offset = -0.4472136}},
};

struct channel {
    struct ton_oversampler inside;
    struct ton_shape_memory shape;
    struct ton_biquad_state emphasis;
    struct ton_fixed_delay dry;
};

struct saturator {
    double rate;
    int channels, kind;
    const struct ton_sigmoid *curve;
    struct ton_oversampling oversampling;
    struct ton_biquad emphasis;
    struct glided after;
    struct ton_cascade_memory memory[PAIRS][GLIDED_MOST];
    struct ton_glide drive, bias, by_hand, automatic, is_automatic, output, wet;
    struct ton_fixed_delay late; /* the gain behind the curve, in step with the sound */
    float hottest;               /* into the curve, in the last call */
    struct channel channel[TON_MOST_CHANNELS];
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static int factor_of(const struct ton_config *config, const struct settings *s) {
    return inner_rate_factor(s->oversampling, config->rate, INNER_HZ);
}

static int latency(const struct ton_config *config, const float *params) {
    const struct settings s = settings_of(params);
    struct ton_oversampling o;
    ton_oversampling_init(&o, factor_of(config, &s), TON_SHAPE_DELAY);
    return o.latency;
}

static size_t lay_out(struct saturator *k, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)k};
    const struct settings s = settings_of(params);
    carve(&c, sizeof(struct saturator));
    const int late = latency(config, params),
              floats = ton_oversampler_floats(factor_of(config, &s));
    float *const gains = carve_floats(&c, late);
    if (k)
        ton_fixed_delay_init(&k->late, gains, late);
    for (int i = 0; i < config->channels; i++) {
        float *const dry = carve_floats(&c, late), *const inside = carve_floats(&c, floats);
        if (k) {
            ton_fixed_delay_init(&k->channel[i].dry, dry, late);
            ton_oversampler_init(&k->channel[i].inside, &k->oversampling, inside);
        }
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

/* In the curve's own units: half the width of the tube's is 100 %. */
static double bias_of(const struct settings *s) {
    return (double)s->bias / 100.0;
}

/* The recorder's shelf (1 + s t) / (1 + s t') by the bilinear transform, and its exact inverse. */
static struct ton_biquad emphasis_of(double rate, bool inverse) {
    const double up = 2.0 * rate * (inverse ? EMPHASIS_END_S : EMPHASIS_S);
    const double down = 2.0 * rate * (inverse ? EMPHASIS_S : EMPHASIS_END_S);
    const double norm = 1.0 / (1.0 + down);
    return (struct ton_biquad){
        .b0 = (1.0 + up) * norm, .b1 = (1.0 - up) * norm, .a1 = (1.0 - down) * norm};
}

/* At 1 kHz. */
static double emphasis_gain(int kind) {
    const double w = 2.0 * M_PI * 1000.0;
    return kind == TAPE ? hypot(1.0, w * EMPHASIS_S) / hypot(1.0, w * EMPHASIS_END_S) : 1.0;
}

static struct ton_biquad no_dc(double rate) {
    const double k = tan(M_PI * DC_HZ / rate), norm = 1.0 / (1.0 + k);
    return (struct ton_biquad){.b0 = norm, .b1 = -norm, .a1 = (k - 1.0) * norm};
}

static void design(struct ton_biquad out[N_SECTIONS], const struct settings *s, double rate) {
    const struct ton_analogue tone = ton_analogue_tilt(TONE_HZ, (double)s->tone);
    const struct ton_analogue bump = ton_analogue_bell(BUMP_HZ, (double)s->bump, BUMP_Q);
    const bool tape = (int)s->kind == TAPE;
    for (int i = 0; i < N_SECTIONS; i++)
        out[i] = TON_BIQUAD_THROUGH;
    out[NO_DC] = no_dc(rate);
    if (tape)
        out[DE_EMPHASIS] = emphasis_of(rate, true);
    if (s->tone != 0.0F)
        ton_biquad_match(out + TONE, &tone, rate);
    if (tape && s->bump > 0.0F)
        ton_biquad_match(out + BUMP, &bump, rate);
}

/* Power of what a sine of 1 kHz and this amplitude becomes, without its mean, `wet` of it mixed
 * with the sine. */
static double power_of(const struct settings *s, double amplitude, double gain, double wet) {
    enum { POINTS = 64 };
    const struct ton_sigmoid *curve = curves[(int)s->kind];
    const double emphasis = emphasis_gain((int)s->kind), bias = bias_of(s);
    const double drive = ton_db_to_gain((double)s->drive) * emphasis;
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < POINTS; i++) {
        const double in = amplitude * sin(2.0 * M_PI * (i + 0.5) / POINTS);
        const double bent = ton_sigmoids_at(curve, drive * in + bias) / emphasis;
        const double out = (1.0 - wet) * in + wet * gain * bent;
        sum += out;
        squares += out * out;
    }
    return squares / POINTS - sum / POINTS * (sum / POINTS);
}

/* Gain behind the curve: so that its slope at rest is 1, or for the loudness of a tone. */
static double gain_by_hand(const struct settings *s) {
    return 1.0 / ton_sigmoids_slope(curves[(int)s->kind], bias_of(s));
}

static double automatic_gain(const struct settings *s) {
    const double amplitude = ton_db_to_gain(AUTO_REFERENCE);
    return amplitude * M_SQRT1_2 / sqrt(power_of(s, amplitude, 1.0, 1.0));
}

static void set_gains(struct saturator *k, const struct settings *s, int frames, int fade) {
    ton_glide_to(&k->drive, ton_db_to_gain((double)s->drive), frames);
    ton_glide_to(&k->bias, bias_of(s), frames);
    ton_glide_to(&k->by_hand, gain_by_hand(s), frames);
    ton_glide_to(&k->automatic, automatic_gain(s), frames);
    ton_glide_to(&k->is_automatic, s->auto_gain >= 0.5F, fade);
    ton_glide_to(&k->output, ton_db_to_gain((double)s->output), frames);
    ton_glide_to(&k->wet, (double)s->mix / 100.0, frames);
}

static void update(void *state, const float *params) {
    struct saturator *k = state;
    const struct settings s = settings_of(params);
    struct ton_biquad sections[N_SECTIONS];
    set_gains(k, &s, ton_glide_frames(GLIDE_MS, k->rate), (int)lround(FADE_MS * k->rate / 1000));
    design(sections, &s, k->rate);
    glided_to(&k->after, sections);
}

/* Everything is full of the resting point, and the DC filter knows what comes out of the curve. */
static void reset_channel(struct saturator *k, int c) {
    struct channel *ch = &k->channel[c];
    const float bias = (float)k->bias.value;
    float inside[TON_OVERSAMPLE_MOST], rest = bias;
    ton_fixed_delay_clear(&ch->dry);
    ch->emphasis = (struct ton_biquad_state){0};
    ton_shape_fill(&ch->shape, bias, 0);
    ton_oversampler_fill(&ch->inside, &k->oversampling, bias, 0);
    ton_oversample_up(&ch->inside, &k->oversampling, inside, &rest, 1);
    ton_shape_sigmoids(inside, k->oversampling.factor, k->curve, &ch->shape);
    ton_oversampler_fill(&ch->inside, &k->oversampling, bias, inside[0]);
    ton_oversample_down(&ch->inside, &k->oversampling, &rest, inside, 1);
    struct ton_cascade_memory *memory = &k->memory[c / LANES][NO_DC];
    memory->s1[c % LANES] = -k->after.now[NO_DC].b0[c % LANES] * (double)rest;
}

static double next_gain(struct saturator *k) {
    const double by_hand = ton_glide_next(&k->by_hand), automatic = ton_glide_next(&k->automatic);
    return by_hand + ton_ease(ton_glide_next(&k->is_automatic)) * (automatic - by_hand);
}

static void reset(void *state) {
    struct saturator *k = state;
    struct ton_glide *const glides[] = {&k->drive,        &k->bias,   &k->by_hand, &k->automatic,
                                        &k->is_automatic, &k->output, &k->wet};
    for (int i = 0; i < TON_N(glides); i++)
        ton_glide_set(glides[i], glides[i]->target);
    ton_fixed_delay_fill(&k->late, (float)next_gain(k));
    glided_settle(&k->after);
    memset(k->memory, 0, sizeof k->memory);
    for (int c = 0; c < k->channels; c++)
        reset_channel(k, c);
    k->hottest = 0;
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct saturator *k = state;
    const struct settings s = settings_of(params);
    struct ton_biquad sections[N_SECTIONS];
    k->rate = config->rate;
    k->channels = config->channels;
    k->kind = (int)s.kind;
    k->curve = curves[k->kind];
    ton_oversampling_init(&k->oversampling, factor_of(config, &s), TON_SHAPE_DELAY);
    lay_out(k, config, params);
    k->emphasis = k->kind == TAPE ? emphasis_of(k->rate, false) : TON_BIQUAD_THROUGH;
    design(sections, &s, k->rate);
    glided_init(&k->after, sections, N_SECTIONS, k->rate);
    set_gains(k, &s, 1, 1);
    reset(k);
}

/* What moves, frame by frame. */
struct moves {
    double drive[BLOCK], bias[BLOCK], output[BLOCK], wet[BLOCK];
    float gain[BLOCK];
};

static void move(struct saturator *k, struct moves *m, int frames) {
    for (int i = 0; i < frames; i++) {
        m->drive[i] = ton_glide_next(&k->drive);
        m->bias[i] = ton_glide_next(&k->bias);
        m->gain[i] = (float)next_gain(k);
        m->output[i] = ton_glide_next(&k->output);
        m->wet[i] = ton_glide_next(&k->wet);
    }
    ton_fixed_delay_run(&k->late, m->gain, frames);
}

/* From the input of a channel to what leaves the curve, in place. */
static void bend(struct saturator *k, struct channel *ch, const struct moves *m, float *x,
                 int frames) {
    float inside[BLOCK * TON_OVERSAMPLE_MOST];
    for (int i = 0; i < frames; i++) {
        const double driven = m->drive[i] * ton_biquad_run(&k->emphasis, &ch->emphasis, x[i]);
        x[i] = (float)(driven + m->bias[i]);
        k->hottest = fabsf((float)driven) > fabsf(k->hottest) ? (float)driven : k->hottest;
    }
    ton_oversample_up(&ch->inside, &k->oversampling, inside, x, frames);
    ton_shape_sigmoids(inside, frames * k->oversampling.factor, k->curve, &ch->shape);
    ton_oversample_down(&ch->inside, &k->oversampling, x, inside, frames);
}

static void process_pair(struct saturator *k, const struct ton_io *io, const struct moves *m,
                         int first, int from, int frames) {
    float dry[LANES][BLOCK], line[BLOCK];
    double wet[BLOCK][LANES] = {0};
    const int n = k->channels - first < LANES ? k->channels - first : LANES;
    for (int l = 0; l < n; l++) {
        struct channel *ch = &k->channel[first + l];
        memcpy(line, io->in[first + l] + from, sizeof *line * (size_t)frames);
        memcpy(dry[l], line, sizeof *line * (size_t)frames);
        ton_fixed_delay_run(&ch->dry, dry[l], frames);
        bend(k, ch, m, line, frames);
        for (int i = 0; i < frames; i++)
            wet[i][l] = (double)line[i];
    }
    glided_run(&k->after, wet, frames, k->memory[first / LANES]);
    for (int l = 0; l < n; l++)
        for (int i = 0; i < frames; i++) {
            const double x = (double)dry[l][i], y = (double)m->gain[i] * wet[i][l];
            io->out[first + l][from + i] = (float)(m->output[i] * (x + m->wet[i] * (y - x)));
        }
}

static void process(void *state, const struct ton_io *io) {
    struct saturator *k = state;
    struct moves m;
    k->hottest = 0;
    for (int at = 0, n = 0; at < io->frames; at += n) {
        n = io->frames - at < BLOCK ? io->frames - at : BLOCK;
        n = glided_stretch(&k->after, n);
        move(k, &m, n);
        for (int first = 0; first < k->channels; first += LANES)
            process_pair(k, io, &m, first, at, n);
        glided_advance(&k->after, n);
    }
}

/* The DC filter lets go of what the curve made of a loud sound. */
static int64_t tail(const struct ton_config *config, const float *params) {
    return latency(config, params) + (int64_t)ceil(18.0 * config->rate / (2.0 * M_PI * DC_HZ));
}

static double curve(const float *params, double input_db) {
    const struct settings s = settings_of(params);
    const double gain = s.auto_gain >= 0.5F ? automatic_gain(&s) : gain_by_hand(&s);
    const double power = power_of(&s, ton_db_to_gain(input_db), gain, (double)s.mix / 100.0);
    return 10.0 * log10(2.0 * power) + (double)s.output;
}

static bool is_neutral(const float *params) {
    const struct settings s = settings_of(params);
    return s.mix <= 0 && s.output == 0;
}

static const struct ton_row meters[] = {REDUCTION_METER};

/* How far the curve turned the hottest sample down. */
static void read_meters(const void *state, float *values) {
    const struct saturator *k = state;
    const double bias = k->bias.value, hot = (double)k->hottest;
    const double rise = ton_sigmoids_at(k->curve, hot + bias) - ton_sigmoids_at(k->curve, bias);
    const double straight = hot * ton_sigmoids_slope(k->curve, bias);
    const double db = fabs(hot) < 1e-4 ? 0.0 : ton_gain_to_db(rise / straight);
    values[0] = (float)fmin(fmax(db, -120.0), 0.0);
}

const struct ton_processor ton_processor_saturator = {
    .id = "saturator",
    .name = "Saturator",
    .summary = "Warmth and weight: tape, tube or transistor, oversampled.",
    .text =
        "Rounds the peaks and adds harmonics that thicken a bass, bring a voice forward or glue a "
        "bus. Raise `drive` until the sound changes for the worse, then go back a little; with "
        "auto gain it stays as loud, so trust your ears. Listen to tape on drums for the cymbals "
        "turning smooth, to the tube on a voice for body, to the transistor on a bass for edge. "
        "`mix` below 100 % adds it to the clean sound, in phase. A mix saturated as a whole is "
        "not the sum of its saturated parts: stems do not add up behind it.",
    .lv2_class = "WaveshaperPlugin",
    .version = 1,
    .cost_ns = 70,
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
    .is_neutral = is_neutral,
    .meters = meters,
    .n_meters = TON_N(meters),
    .read_meters = read_meters,
};
