// SPDX-License-Identifier: GPL-3.0-or-later
// Chorus: voices that come a little late and drift in pitch, beside the one that sang.
//
// Each voice reads the channel's line at delay + depth sin(phase); the voices' phases are spread
// evenly over the cycle, those of the right lie between those of the left. A delay that changes by
// d seconds a second bends the pitch by the factor 1 - d, so a voice strays by
// 1 ± 2 pi rate depth.
#include "cut.h"
#include "registry.h"
#include "rows.h"
#include "sway.h"
#include "ton/carve.h"
#include "ton/sliding_delay.h"

enum { CHUNK = SWAY_CHUNK, GLIDE = SWAY_GLIDE, MOST_VOICES = 6 };
_Static_assert((int)CUT_BLOCK == (int)CHUNK, "the cut runs on the chunks");
#define LONGEST_MS 50.0F
#define DEEPEST_MS 10.0F
#define OFF_HZ 10.0F

struct params {
    float rate, depth, delay, voices, spread, low_cut, mix;
};

static const struct ton_row rows[] = {
    SWAY_RATE_ROW(10, 0.6F,
                  "How often a voice drifts there and back, or a note value. Below 1 Hz it is "
                  "warm, above 4 Hz it is a vibrato."),
    {.key = "depth",
     .label = "Depth",
     .unit = TON_UNIT_MS,
     .max = DEEPEST_MS,
     .def = 1.5F,
     .digits = 2,
     .help = "How far a voice goes from the delay to either side, at most to 0. With the rate it "
             "gives the detuning: 1.5 ms at 0.6 Hz is 10 cents up and down, as is 3 ms at 0.3 Hz."},
    {.key = "delay",
     .label = "Delay",
     .unit = TON_UNIT_MS,
     .min = 1,
     .max = LONGEST_MS,
     .def = 12,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .help = "How late the voices are on an average: under 5 ms they colour like a flanger, over "
             "25 ms they are heard as doubles.",
     .jumps = SWAY_DELAY_JUMPS},
    {.key = "voices",
     .label = "Voices",
     .kind = TON_COUNT,
     .min = 1,
     .max = MOST_VOICES,
     .def = 2,
     .flags = TON_ROW_FIXED,
     .help = "Voices a channel: one swims, three and more are an ensemble of strings."},
    {.key = "spread",
     .label = "Spread",
     .unit = TON_UNIT_PERCENT,
     .max = 100,
     .def = 100,
     .digits = 1,
     .help =
         "How unlike the drift of left and right is on a stereo strip: 0 % is the same on both, "
         "100 % puts the voices of one between those of the other."},
    {.key = "low_cut",
     .label = "Low cut",
     .unit = TON_UNIT_HZ,
     .min = OFF_HZ,
     .max = 2000,
     .def = 120,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .flags = TON_ROW_OFF_MIN,
     .help = "Leaves the lows out of the voices (12 dB/oct), so that the bass stays firm and in "
             "the middle."},
    MIX_ROW(50, "0 % is only the signal, 100 % only the voices: a vibrato with one, and what a bus "
                "fed by sends wants."),
};
TON_PARAMS_FIT(struct params, TON_N(rows));

struct state {
    int channels, voices;
    struct sway sway;
    struct ton_glide delay, depth, mix; // frames, frames, 0 … 1
    struct cut low_cut;
    struct ton_sliding_table *table;
    struct ton_sliding_line line[TON_MOST_CHANNELS];
};

static int voices_of(const float *params) {
    return (int)(((const struct params *)params)->voices + 0.5F);
}

static size_t lay_out(struct state *s, const struct ton_config *config) {
    struct carver c = {.base = (char *)s};
    carve(&c, sizeof(struct state));
    struct ton_sliding_table *table = carve(&c, sizeof *table);
    if (s)
        s->table = table;
    const double longest = (double)(LONGEST_MS + DEEPEST_MS) * config->rate / 1000.0;
    const size_t floats = ton_sliding_floats((int)longest + CHUNK + 1);
    for (int i = 0; i < config->channels; i++) {
        float *memory = carve_floats(&c, (int)floats);
        if (s)
            ton_sliding_line_init(&s->line[i], memory, floats);
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    (void)params;
    return lay_out(NULL, config);
}

static void set_all(struct state *s, const struct params *p, bool now) {
    const double rate = s->sway.rate, hz = sway_hz(&s->sway, p->rate);
    const double delay = fmax((double)p->delay * rate / 1000.0, TON_SLIDING_LEAST);
    const double depth = fmin((double)p->depth * rate / 1000.0, delay - TON_SLIDING_LEAST);
    sway_go_to(&s->sway, hz, (double)p->spread / 100.0 / (2.0 * s->voices), GLIDE);
    ton_glide_to(&s->delay, delay, GLIDE);
    ton_glide_to(&s->depth, depth, GLIDE);
    ton_glide_to(&s->mix, (double)p->mix / 100.0, GLIDE);
    struct ton_analogue prototype[4];
    ton_analogue_high_pass(prototype, (double)p->low_cut, 2);
    cut_set(&s->low_cut, prototype, rate, p->low_cut > OFF_HZ, now);
}

static void update(void *state, const float *params) {
    set_all(state, (const struct params *)params, false);
}

static void repair(void *state) {
    struct state *s = state;
    memset(s->low_cut.memory, 0, sizeof s->low_cut.memory);
    for (int c = 0; c < s->channels; c++)
        ton_sliding_line_clear(&s->line[c]);
}

static void reset(void *state) {
    struct state *s = state;
    sway_reset(&s->sway);
    ton_glide_set(&s->delay, s->delay.target);
    ton_glide_set(&s->depth, s->depth.target);
    ton_glide_set(&s->mix, s->mix.target);
    cut_reset(&s->low_cut);
    repair(state);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    s->channels = config->channels;
    s->voices = voices_of(params);
    s->sway = (struct sway){
        .rate = config->rate, .tempo = config->tempo, .stereo = config->channels == 2};
    lay_out(s, config);
    ton_sliding_table_init(s->table);
    set_all(s, (const struct params *)params, true);
    reset(state);
}

// Adds what one voice reads of a line that holds all n frames of the chunk.
static void voice(const struct state *s, const struct ton_sliding_line *line, const double *delay,
                  float *wet, int n) {
    float heard[CHUNK];
    ton_sliding_line_read(heard, line, s->table, delay, n - 1, n);
    for (int i = 0; i < n; i++)
        wet[i] += heard[i];
}

// Delays of all voices of one side.
static void delays_of(const struct state *s, double (*out)[CHUNK], const uint32_t *phase,
                      const double *delay, const double *depth, int n) {
    uint32_t turned[CHUNK];
    for (int v = 0; v < s->voices; v++) {
        const uint32_t turn = ton_lfo_phase((double)v / s->voices);
        for (int i = 0; i < n; i++)
            turned[i] = phase[i] + turn;
        ton_lfo_sine(out[v], turned, n);
        for (int i = 0; i < n; i++)
            out[v][i] = delay[i] + depth[i] * out[v][i];
    }
}

static void chunk(struct state *s, const struct ton_io *io, int offset, int n) {
    uint32_t phase[2][CHUNK];
    double delay[CHUNK], depth[CHUNK], voices[2][MOST_VOICES][CHUNK];
    float wet[TON_MOST_CHANNELS][CHUNK], mix[CHUNK];
    for (int i = 0; i < n; i++) {
        delay[i] = ton_glide_next(&s->delay);
        depth[i] = fmin(ton_glide_next(&s->depth), delay[i] - TON_SLIDING_LEAST);
        mix[i] = (float)ton_glide_next(&s->mix);
    }
    const int sides = sway_run(&s->sway, phase, n);
    for (int side = 0; side < sides; side++)
        delays_of(s, voices[side], phase[side], delay, depth, n);
    for (int c = 0; c < s->channels; c++) {
        for (int i = 0; i < n; i++)
            ton_sliding_line_push(&s->line[c], io->in[c][offset + i]);
        memset(wet[c], 0, sizeof wet[c]);
        for (int v = 0; v < s->voices; v++)
            voice(s, &s->line[c], voices[sides == 2 ? c : 0][v], wet[c], n);
    }
    if (cut_move(&s->low_cut, n))
        cut_run(&s->low_cut, wet, s->channels, n);
    const float level = 1.0F / sqrtf((float)s->voices);
    for (int c = 0; c < s->channels; c++) {
        const float *in = io->in[c] + offset;
        float *out = io->out[c] + offset;
        for (int i = 0; i < n; i++)
            out[i] = in[i] + mix[i] * (level * wet[c][i] - in[i]);
    }
}

static void process(void *state, const struct ton_io *io) {
    for (int done = 0, n; done < io->frames; done += n) {
        n = io->frames - done < CHUNK ? io->frames - done : CHUNK;
        chunk(state, io, done, n);
    }
}

static int64_t tail(const struct ton_config *config, const float *params) {
    const struct params *p = (const struct params *)params;
    const double longest = (double)(p->delay + p->depth) * config->rate / 1000.0;
    const double ringing =
        p->low_cut > OFF_HZ ? cut_ringing((double)p->low_cut, config->rate) : 0.0;
    return (int64_t)ceil(longest + ringing) + 2 * TON_SLIDING_TAPS;
}

static bool is_neutral(const float *params) {
    return ((const struct params *)params)->mix == 0.0F;
}

const struct ton_processor ton_processor_chorus = {
    .id = "chorus",
    .name = "Chorus",
    .summary = "One voice becomes several: thickness, width and slow movement.",
    .text =
        "For clean guitars, electric piano, pads and backing vocals. Start from the defaults; more "
        "depth or rate detunes more, and what detunes more should be mixed lower. Listen to the "
        "pitch of long notes: when they sound out of tune it is too much. In mono left and right "
        "fall together and it swirls more; spread 0 % sounds the same in both. There is no "
        "feedback: a flanger has that. The defaults leave a broad sound 3 dB quieter, to be "
        "made up behind it; above 15 kHz the voices sway in level, too (1.3 dB at 18 kHz in a "
        "session of "
        "44.1 kHz). On a bus fed by sends set mix to 100 %.",
    .lv2_class = "ChorusPlugin",
    .version = 1,
    .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_TIMED,
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
    .is_neutral = is_neutral,
};
