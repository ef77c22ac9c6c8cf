/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tone: test signals, a function of the frames since the start and of nothing else. */
#include "registry.h"

#include "ton/db.h"
#include "ton/ltc.h"
#include "ton/pink.h"
#include "ton/smooth.h"

enum wave { SINE, SWEEP, PINK, WHITE, TIMECODE };
enum sides { ALL, LEFT, RIGHT, ALTERNATING };
enum { CHUNK = 64 };

#define OFF_DB (-120.0F)
#define GLIDE_MS 10.0
#define FADE_S 0.005     /* of alternating sides */
#define SETTLED_S 0.7    /* after which the pink filter has forgotten an impulse */
#define HIGHEST 0.499999 /* of the rate */

static const char *const waves[] = {"sine",        "log sweep", "pink noise",
                                    "white noise", "timecode",  NULL};
static const char *const sides[] = {"all", "left", "right", "alternating", NULL};
static const char *const overs[] = {"replace", "add", NULL};
static const char *const rates[] = {"23.976", "24", "25", "29.97", "29.97 drop", "30", NULL};

#define TIMECODE_ROW(name, words, most, usual)                                                     \
    {                                                                                              \
        .key = name, .label = words, .kind = TON_COUNT, .max = most, .def = usual,                 \
        .flags = TON_ROW_FIXED, .help = "Part of the timecode at the start of the session."        \
    }

static const struct ton_row rows[] = {
    {.key = "wave",
     .label = "Wave",
     .kind = TON_CHOICE,
     .max = TIMECODE,
     .choices = waves,
     .flags = TON_ROW_FIXED,
     .help = "A sine, a logarithmic sweep (once, then silence) to measure rooms with, noise, or "
             "linear timecode (LTC)."},
    {.key = "level",
     .label = "Level",
     .unit = TON_UNIT_DBFS,
     .min = OFF_DB,
     .def = -18,
     .digits = 2,
     .flags = TON_ROW_OFF_MIN,
     .help = "Peak of sine, sweep and timecode; noise is as strong (RMS) as a sine of this level."},
    {.key = "frequency",
     .label = "Frequency",
     .unit = TON_UNIT_HZ,
     .min = 1,
     .max = 96000,
     .def = 1000,
     .scale = TON_LOGARITHMIC,
     .digits = 3,
     .flags = TON_ROW_FIXED,
     .help = "Of the sine; at most half the rate."},
    {.key = "sweep_from",
     .label = "Sweep from",
     .unit = TON_UNIT_HZ,
     .min = 1,
     .max = 96000,
     .def = 20,
     .scale = TON_LOGARITHMIC,
     .digits = 3,
     .flags = TON_ROW_FIXED,
     .help = "Where the sweep begins."},
    {.key = "sweep_to",
     .label = "Sweep to",
     .unit = TON_UNIT_HZ,
     .min = 1,
     .max = 96000,
     .def = 20000,
     .scale = TON_LOGARITHMIC,
     .digits = 3,
     .flags = TON_ROW_FIXED,
     .help = "Where the sweep ends; at most half the rate."},
    {.key = "sweep_length",
     .label = "Sweep length",
     .unit = TON_UNIT_S,
     .min = 0.1F,
     .max = 600,
     .def = 10,
     .scale = TON_LOGARITHMIC,
     .digits = 3,
     .flags = TON_ROW_FIXED,
     .help = "How long the sweep lasts; every octave takes the same time."},
    {.key = "seed",
     .label = "Seed",
     .kind = TON_COUNT,
     .max = 65535,
     .flags = TON_ROW_FIXED,
     .help = "Another number gives other noise; the same number always the same."},
    {.key = "channels",
     .label = "Channels",
     .kind = TON_CHOICE,
     .max = ALTERNATING,
     .choices = sides,
     .flags = TON_ROW_FIXED,
     .help = "Where it is heard; alternating changes sides every second, left first."},
    {.key = "input",
     .label = "Input",
     .kind = TON_CHOICE,
     .max = 1,
     .choices = overs,
     .flags = TON_ROW_FIXED,
     .help = "Whether the tone replaces what came in, or is added to it."},
    {.key = "fps",
     .label = "Frames per second",
     .kind = TON_CHOICE,
     .max = TON_FPS_30,
     .def = TON_FPS_25,
     .choices = rates,
     .flags = TON_ROW_FIXED,
     .help = "Of the timecode."},
    TIMECODE_ROW("hours", "Start, hours", 23, 1),
    TIMECODE_ROW("minutes", "Start, minutes", 59, 0),
    TIMECODE_ROW("seconds", "Start, seconds", 59, 0),
    TIMECODE_ROW("frames", "Start, frames", 29, 0),
};

struct params {
    float wave, level, frequency, sweep_from, sweep_to, sweep_length, seed, channels, input, fps;
    float hours, minutes, seconds, frames;
};
TON_PARAMS_FIT(struct params, TON_N(rows));

struct state {
    double rate;
    int channels;
    enum wave wave;
    enum sides sides;
    bool add;
    int64_t at;            /* frames since the start */
    struct ton_glide gain; /* of the wave at its full strength */
    double turn;           /* of the sine, in turns a frame */
    double sweep_frames, sweep_turns, sweep_growth;
    double noise_peak; /* of the generator, so that noise at 0 dBFS has the RMS of a sine */
    uint64_t seed;
    struct ton_pink pink;
    struct ton_ltc ltc;
};

static const struct params *params_of(const float *params) {
    return (const struct params *)params;
}

static int choice(float value) {
    return (int)(value + 0.5F);
}

/* The n-th number of a sequence, uniform in -1 … 1 (G. Steele et al., "Fast Splittable Pseudorandom
 * Number Generators", 2014). */
static double noise_at(uint64_t seed, int64_t n) {
    uint64_t z = (seed << 48) + ((uint64_t)n + 1) * 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (double)(int64_t)(z ^ (z >> 31)) * 0x1p-63;
}

/* A uniform number has the power 1/3, a sine 1/2; a filter passes the energy of its impulse
 * response. */
static double noise_peak(bool pink, double rate) {
    struct ton_pink filter;
    double energy = pink ? 0.0 : 1.0;
    ton_pink_init(&filter, rate);
    for (int i = 0; pink && i < (int)(SETTLED_S * rate); i++) {
        const double y = ton_pink_run(&filter, i == 0 ? 1.0 : 0.0);
        energy += y * y;
    }
    return sqrt(1.5 / energy);
}

static void update(void *state, const float *params) {
    struct state *s = state;
    const float level = params_of(params)->level;
    const double gain = level <= OFF_DB ? 0.0 : ton_db_to_gain((double)level);
    ton_glide_to(&s->gain, gain, ton_glide_frames(GLIDE_MS, s->rate));
}

/* It remembers nothing of what it hears. */
static void repair(void *state) {
    (void)state;
}

static void reset(void *state) {
    struct state *s = state;
    s->at = 0;
    ton_glide_set(&s->gain, s->gain.target);
    ton_pink_init(&s->pink, s->rate);
}

/* A. Farina, "Simultaneous measurement of impulse response and distortion with a swept-sine
 * technique", AES 108, 2000: the phase after t of T seconds is f1 L (exp(t / L) - 1) turns, L = T /
 * ln(f2 / f1). */
static void plan_sweep(struct state *s, const struct params *p) {
    const double highest = HIGHEST * s->rate;
    const double from = fmin((double)p->sweep_from, highest);
    const double to = fmin((double)p->sweep_to, highest);
    const double octaves = fabs(log(to / from)) < 1e-6 ? 1e-6 : log(to / from);
    const double length = (double)p->sweep_length / octaves;
    s->sweep_frames = (double)p->sweep_length * s->rate;
    s->sweep_turns = from * length;
    s->sweep_growth = 1.0 / (length * s->rate);
}

static size_t state_size(const struct ton_config *config, const float *params) {
    (void)config, (void)params;
    return sizeof(struct state);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    const struct params *p = params_of(params);
    s->rate = config->rate;
    s->channels = config->channels;
    s->wave = (enum wave)choice(p->wave);
    s->sides = (enum sides)choice(p->channels);
    s->add = choice(p->input) == 1;
    s->turn = fmin((double)p->frequency / s->rate, HIGHEST);
    s->seed = (uint64_t)choice(p->seed);
    s->noise_peak = noise_peak(s->wave == PINK, s->rate);
    plan_sweep(s, p);
    const struct ton_timecode start = {choice(p->hours), choice(p->minutes), choice(p->seconds),
                                       choice(p->frames)};
    ton_ltc_init(&s->ltc, s->rate, (enum ton_fps)choice(p->fps), start);
    update(s, params);
    reset(s);
}

/* Turns are counted from the start and lose their whole part before they become an angle. */
static double sine_of_turns(double turns) {
    return sin(2.0 * M_PI * (turns - floor(turns)));
}

static double sweep_at(const struct state *s, int64_t at) {
    if ((double)at >= s->sweep_frames)
        return 0.0;
    return sine_of_turns(s->sweep_turns * expm1((double)at * s->sweep_growth));
}

static double wave_at(struct state *s, int64_t at) {
    switch (s->wave) {
    case SINE:
        return sine_of_turns(s->turn * (double)at);
    case SWEEP:
        return sweep_at(s, at);
    case PINK:
        return ton_pink_run(&s->pink, s->noise_peak * noise_at(s->seed, at));
    case WHITE:
        return s->noise_peak * noise_at(s->seed, at);
    case TIMECODE:
        break;
    }
    return (double)ton_ltc_at(&s->ltc, at);
}

/* How much of it a channel hears. */
static float share(const struct state *s, int channel, int64_t at) {
    if (s->sides == ALL)
        return 1.0F;
    if (s->sides != ALTERNATING || s->channels < 2)
        return s->sides == ALTERNATING || channel == (s->sides == RIGHT && s->channels > 1);
    const double seconds = (double)at / s->rate, second = floor(seconds), part = seconds - second;
    if (channel > 1 || (fmod(second, 2.0) >= 1.0) != (channel == 1))
        return 0.0F;
    return (float)fmin(fmin(part, 1.0 - part) / FADE_S, 1.0);
}

static void process_chunk(struct state *s, const struct ton_io *io, int from, int n) {
    float tone[CHUNK];
    for (int i = 0; i < n; i++)
        tone[i] = (float)(ton_glide_next(&s->gain) * wave_at(s, s->at + i));
    for (int c = 0; c < s->channels; c++)
        for (int i = 0; i < n; i++) {
            const float in = s->add ? io->in[c][from + i] : 0.0F;
            io->out[c][from + i] = in + share(s, c, s->at + i) * tone[i];
        }
    s->at += n;
}

static void process(void *state, const struct ton_io *io) {
    for (int at = 0, n; at < io->frames; at += n) {
        n = io->frames - at < CHUNK ? io->frames - at : CHUNK;
        process_chunk(state, io, at, n);
    }
}

static int64_t tail(const struct ton_config *config, const float *params) {
    (void)config, (void)params;
    return INT64_MAX;
}

const struct ton_processor ton_processor_tone = {
    .id = "tone",
    .name = "Tone",
    .summary = "Test signals: sine, logarithmic sweep, pink and white noise, timecode.",
    .text = "On a track without clips it is a generator: a line-up tone, a sweep to measure a room "
            "or a chain with, noise to level loudspeakers, timecode for a machine that follows. It "
            "sounds from the start of the session to its end (`end`, or the last clip). The sweep "
            "is an exponential one after Farina; folded with its inverse it gives the impulse "
            "response that `convolver` takes. Noise is the same on every render.",
    .lv2_class = "GeneratorPlugin",
    .version = 1,
    .flags = TON_PROCESSOR_GENERATES | TON_PROCESSOR_TIMED,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = TON_N(rows),
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .repair = repair,
    .update = update,
    .process = process,
    .tail = tail,
};
