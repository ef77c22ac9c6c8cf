// SPDX-License-Identifier: GPL-3.0-or-later
// Tremolo: a level that swings. With left and right in opposite phase it pans; the harmonic kind
// swings lows and highs against each other.
//
// A shape says how far the sound is open, 0 … 1, over one cycle that starts open: with note values
// the beat is loud. The gain is 1 - depth (1 - open). Square and ramps have edges of EDGE_MS.
#include "registry.h"
#include "sway.h"
#include "ton/db.h"

#include <string.h>

enum { CHUNK = SWAY_CHUNK, GLIDE = SWAY_GLIDE };
enum shape { SINE, TRIANGLE, SQUARE, RAMP_DOWN, RAMP_UP, N_SHAPES };
#define EDGE_MS 5.0
#define TURN_MS 20.0     // from one shape or kind to the other
#define WIDEST_EDGE 0.25 // of a cycle

struct params {
    float rate, depth, shape, stereo_phase, harmonic, crossover;
};

static const char *const shapes[] = {"sine", "triangle", "square", "ramp down", "ramp up", NULL};

static const struct ton_row rows[] = {
    SWAY_RATE_ROW(SWAY_MOST_HZ, 5,
                  "How often it swings, or a note value (1/8, 1/4., 1/8t) that follows the "
                  "session's tempo and is loud on the beat. 4 to 7 Hz is the amplifier's."),
    {.key = "depth",
     .label = "Depth",
     .unit = TON_UNIT_PERCENT,
     .max = 100,
     .def = 50,
     .digits = 1,
     .help = "How far the level falls: 50 % to half (-6 dB), 100 % to silence."},
    {.key = "shape",
     .label = "Shape",
     .kind = TON_CHOICE,
     .max = N_SHAPES - 1,
     .choices = shapes,
     .help =
         "How the level moves: sine and triangle swing, square chops, ramp down plucks and ramp "
         "up swells; edges take 5 ms, so nothing clicks."},
    SWAY_PHASE_ROW(0, "How far the right swings ahead of the left on a stereo strip: 180 deg pans "
                      "from side to side, 90 deg goes round."),
    {.key = "harmonic",
     .label = "Harmonic",
     .kind = TON_SWITCH,
     .max = 1,
     .help = "Swings what is below the crossover against what is above it, as the brown "
             "amplifiers of 1960 did: a soft, vocal throb whose level hardly moves."},
    {.key = "crossover",
     .label = "Crossover",
     .unit = TON_UNIT_HZ,
     .min = 100,
     .max = 4000,
     .def = 700,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .help = "Where the harmonic kind parts lows from highs (6 dB/oct, they add up flat)."},
};
TON_PARAMS_FIT(struct params, TON_N(rows));

struct state {
    int channels, shape, last_shape;
    struct sway sway;
    struct ton_glide depth, edge, new_shape, harmonic, pole; // new_shape: of `last_shape` to it
    double low[TON_MOST_CHANNELS];
};

// What holds for the frames of a chunk. [side]: left and right.
struct swing {
    uint32_t phase[2][CHUNK];
    double depth[CHUNK], edge[CHUNK], new_shape[CHUNK], harmonic[CHUNK], pole[CHUNK];
    double high[2][CHUNK], low[2][CHUNK]; // gains
};

static double smooth_step(double x) {
    x = x < 0.0 ? 0.0 : x > 1.0 ? 1.0 : x;
    return x * x * (3.0 - 2.0 * x);
}

// Falls over the cycle and rises in its last part, the edge.
static double ramp_down(uint32_t phase, double edge) {
    const double p = (double)phase * 0x1p-32, fall = 1.0 - p / (1.0 - edge);
    return fall > 0.0 ? fall : smooth_step((p - (1.0 - edge)) / edge);
}

static void open_of(double *open, int shape, const uint32_t *phase, const double *edge, int n) {
    uint32_t turned[CHUNK];
    const uint32_t quarter = shape == SQUARE ? 0 : ton_lfo_phase(0.25);
    for (int i = 0; i < n; i++)
        turned[i] = phase[i] + quarter;
    if (shape == SINE)
        ton_lfo_sine(open, turned, n);
    else
        ton_lfo_triangle(open, turned, n);
    for (int i = 0; i < n; i++)
        if (shape <= TRIANGLE)
            open[i] = 0.5 + 0.5 * open[i];
        else if (shape == SQUARE) // the triangle crosses 0 where the square jumps, 4 a cycle steep
            open[i] = smooth_step(0.5 + open[i] / (4.0 * edge[i]));
        else
            open[i] = ramp_down(shape == RAMP_DOWN ? phase[i] : 0U - phase[i], edge[i]);
}

// The gain of each frame at the phases.
static void gain_of(const struct state *s, const struct swing *w, double *gain,
                    const uint32_t *phase, int n) {
    double open[CHUNK], last[CHUNK];
    open_of(open, s->shape, phase, w->edge, n);
    if (w->new_shape[0] < 1.0) {
        open_of(last, s->last_shape, phase, w->edge, n);
        for (int i = 0; i < n; i++)
            if (w->new_shape[i] < 1.0)
                open[i] = last[i] + w->new_shape[i] * (open[i] - last[i]);
    }
    for (int i = 0; i < n; i++)
        gain[i] = 1.0 - w->depth[i] * (1.0 - open[i]);
}

static bool is_harmonic(const struct state *s) {
    return s->harmonic.left > 0 || s->harmonic.value > 0.0;
}

// Highs: the same as the lows, or half a cycle away.
static void gains_of_side(const struct state *s, struct swing *w, int side, int n) {
    gain_of(s, w, w->low[side], w->phase[side], n);
    if (!is_harmonic(s)) {
        memcpy(w->high[side], w->low[side], sizeof(double) * (size_t)n);
        return;
    }
    uint32_t opposite[CHUNK];
    double gain[CHUNK];
    for (int i = 0; i < n; i++)
        opposite[i] = w->phase[side][i] + 0x80000000U;
    gain_of(s, w, gain, opposite, n);
    for (int i = 0; i < n; i++)
        w->high[side][i] = w->low[side][i] + w->harmonic[i] * (gain[i] - w->low[side][i]);
}

static void channel(const struct swing *w, int side, const float *in, float *out, int n) {
    for (int i = 0; i < n; i++)
        out[i] = (float)(w->low[side][i] * (double)in[i]);
}

static void harmonic_channel(const struct swing *w, int side, const float *in, float *out, int n,
                             double *state) {
    double held = *state;
    for (int i = 0; i < n; i++) { // the low pass by the trapezoidal rule
        const double x = (double)in[i], high = w->high[side][i];
        const double rise = w->pole[i] * (x - held), low = held + rise;
        held = low + rise;
        out[i] = (float)(high * x + (w->low[side][i] - high) * low);
    }
    *state = held;
}

static void chunk(struct state *s, const struct ton_io *io, int offset, int n) {
    struct swing w;
    for (int i = 0; i < n; i++) {
        w.depth[i] = ton_glide_next(&s->depth);
        w.edge[i] = ton_glide_next(&s->edge);
        w.new_shape[i] = ton_ease(ton_glide_next(&s->new_shape));
        w.pole[i] = ton_glide_next(&s->pole);
    }
    const int sides = sway_run(&s->sway, w.phase, n);
    const bool harmonic = is_harmonic(s);
    for (int i = 0; i < n; i++)
        w.harmonic[i] = ton_ease(ton_glide_next(&s->harmonic));
    for (int side = 0; side < sides; side++)
        gains_of_side(s, &w, side, n);
    for (int c = 0; c < s->channels; c++) {
        const float *in = io->in[c] + offset;
        float *out = io->out[c] + offset;
        if (harmonic)
            harmonic_channel(&w, sides == 2 ? c : 0, in, out, n, &s->low[c]);
        else
            channel(&w, sides == 2 ? c : 0, in, out, n);
    }
}

// A chunk ends where the harmonic kind is faded out, so that its filters rest from there on.
static void process(void *state, const struct ton_io *io) {
    struct state *s = state;
    for (int done = 0, n; done < io->frames; done += n) {
        n = io->frames - done < CHUNK ? io->frames - done : CHUNK;
        n = s->harmonic.left > 0 && n > s->harmonic.left ? s->harmonic.left : n;
        chunk(s, io, done, n);
        if (!is_harmonic(s))
            memset(s->low, 0, sizeof s->low);
    }
}

static size_t state_size(const struct ton_config *config, const float *params) {
    (void)config, (void)params;
    return sizeof(struct state);
}

static void repair(void *state) {
    struct state *s = state;
    memset(s->low, 0, sizeof s->low);
}

static void reset(void *state) {
    struct state *s = state;
    sway_reset(&s->sway);
    struct ton_glide *const glides[] = {&s->depth, &s->edge, &s->new_shape, &s->harmonic, &s->pole};
    for (int i = 0; i < TON_N(glides); i++)
        ton_glide_set(glides[i], glides[i]->target);
    s->last_shape = s->shape;
    repair(state);
}

static int turn_frames(const struct state *s) {
    return (int)lround(TURN_MS * s->sway.rate / 1000.0);
}

// A shape fades in; one that comes before the last is whole waits for nothing and may jump, which
// no hand and no lane does within TURN_MS.
static void go_to_shape(struct state *s, int shape) {
    if (shape == s->shape)
        return;
    s->last_shape = s->shape;
    s->shape = shape;
    ton_glide_set(&s->new_shape, 0.0);
    ton_glide_to(&s->new_shape, 1.0, turn_frames(s));
}

static void update(void *state, const float *params) {
    struct state *s = state;
    const struct params *p = (const struct params *)params;
    const double hz = sway_hz(&s->sway, p->rate);
    const double corner = fmin((double)p->crossover / s->sway.rate, 0.45);
    const double g = tan(M_PI * corner);
    sway_go_to(&s->sway, hz, (double)p->stereo_phase / 360.0, GLIDE);
    ton_glide_to(&s->edge, fmin(EDGE_MS / 1000.0 * hz, WIDEST_EDGE), GLIDE);
    ton_glide_to(&s->depth, (double)p->depth / 100.0, GLIDE);
    ton_glide_to(&s->harmonic, p->harmonic >= 0.5F ? 1.0 : 0.0, turn_frames(s));
    ton_glide_to(&s->pole, g / (1.0 + g), GLIDE);
    go_to_shape(s, (int)(p->shape + 0.5F));
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    s->channels = config->channels;
    s->sway = (struct sway){
        .rate = config->rate, .tempo = config->tempo, .stereo = config->channels == 2};
    s->shape = (int)(((const struct params *)params)->shape + 0.5F);
    s->new_shape.target = 1.0;
    update(state, params);
    reset(state);
}

// The low pass of the harmonic kind.
static int64_t tail(const struct ton_config *config, const float *params) {
    const struct params *p = (const struct params *)params;
    if (p->harmonic < 0.5F)
        return 0;
    return (int64_t)ceil(-log(1e-7) * config->rate / (2.0 * M_PI * (double)p->crossover));
}

static bool is_neutral(const float *params) {
    return ((const struct params *)params)->depth == 0.0F;
}

const struct ton_processor ton_processor_tremolo = {
    .id = "tremolo",
    .name = "Tremolo",
    .summary = "A level that swings, from the amplifier's shimmer to auto-pan and chopping.",
    .text =
        "For electric piano, guitar and pads that should breathe: set the rate by ear or to a note "
        "value, then raise the depth until you hear the movement and take back a little. Stereo "
        "phase at 180 deg makes an auto-pan. A square shape on a note value chops a held chord "
        "into a rhythm. Listen in the whole mix: a depth that charms alone makes holes there. The "
        "cycle starts loud with the session, so every render is the same. It only ever turns down, "
        "at "
        "the defaults by 2 dB on an average: make them up behind it.",
    .lv2_class = "ModulatorPlugin",
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
