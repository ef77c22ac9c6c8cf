// SPDX-License-Identifier: GPL-3.0-or-later
// Width: how wide a stereo signal is, and mono below a corner.
//
// Mono below: the side goes through a fourth-order Linkwitz-Riley high pass. Its phase turns by a
// full circle around the corner; were mid left alone, left and right would trade places there. With
// D the second-order Butterworth denominator the high pass is s^4 / D(s)^2 and its phase is that of
// the all-pass D(-s) / D(s) (S. Linkwitz, "Active Crossover Networks for Noncoincident Drivers",
// JAES 24, 1976): mid goes through that all-pass, so both stay in phase at every frequency and the
// mono sum stays flat. The bilinear transform keeps the identity exactly.
#include "registry.h"

#include "ton/cascade.h"
#include "ton/db.h"
#include "ton/smooth.h"

#include <string.h>

enum { LANES = TON_CASCADE_LANES, MID = 0, SIDE = 1, N_SLOTS = 2, CHUNK = 64, GLIDE = 64 };
#define OFF_HZ 10.0F

struct params {
    float width, mono_below, side_gain;
};

static const struct ton_row rows[] = {
    {.key = "width",
     .label = "Width",
     .unit = TON_UNIT_PERCENT,
     .max = 200,
     .def = 100,
     .digits = 1,
     .help = "0 % is mono, 100 % as it was, 200 % doubles the difference of left and "
             "right."},
    {.key = "mono_below",
     .label = "Mono below",
     .unit = TON_UNIT_HZ,
     .min = OFF_HZ,
     .max = 500,
     .def = OFF_HZ,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .flags = TON_ROW_OFF_MIN,
     .help = "Takes the difference of left and right away below this corner (24 dB/oct), for vinyl "
             "and for a firm bass."},
    {.key = "side_gain",
     .label = "Side gain",
     .unit = TON_UNIT_DB,
     .min = -24,
     .max = 24,
     .digits = 2,
     .help = "Further level of the difference of left and right."},
};
TON_PARAMS_FIT(struct params, TON_N(rows));

struct state {
    double rate, part; // part: of a move in one of its steps
    int channels;
    bool split; // the sections do something, or have done
    float mono_below;
    int left; // frames until the sections arrive
    struct ton_glide side;
    struct ton_cascade_section now[N_SLOTS], middle[N_SLOTS], step[N_SLOTS];
    struct ton_cascade_section aim[N_SLOTS];    // where a move ends
    struct ton_cascade_section target[N_SLOTS]; // what the parameters say
    struct ton_cascade_memory memory[N_SLOTS];
};

static const int order[N_SLOTS] = {0, 1};

// Mid: the all-pass, then a wire. Side: a Butterworth high pass twice.
static void design(struct ton_biquad out[N_SLOTS][LANES], float mono_below, double rate) {
    const struct ton_biquad through = TON_BIQUAD_THROUGH;
    out[0][MID] = out[0][SIDE] = out[1][MID] = out[1][SIDE] = through;
    if (mono_below <= OFF_HZ)
        return;
    const double k = tan(M_PI * (double)mono_below / rate),
                 norm = 1.0 / (1.0 + M_SQRT2 * k + k * k);
    const double a1 = 2.0 * (k * k - 1.0) * norm, a2 = (1.0 - M_SQRT2 * k + k * k) * norm;
    out[0][MID] = (struct ton_biquad){a2, a1, 1.0, a1, a2};
    out[0][SIDE] = out[1][SIDE] = (struct ton_biquad){norm, -2.0 * norm, norm, a1, a2};
}

static double side_of(const struct params *p) {
    return (double)p->width / 100.0 * ton_db_to_gain((double)p->side_gain);
}

static void retarget(struct state *s, float mono_below) {
    struct ton_biquad b[N_SLOTS][LANES];
    design(b, mono_below, s->rate);
    for (int slot = 0; slot < N_SLOTS; slot++)
        for (int l = 0; l < LANES; l++)
            ton_cascade_section_set(&s->target[slot], l, &b[slot][l]);
    s->mono_below = mono_below;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    (void)config, (void)params;
    return sizeof(struct state);
}

static void reset(void *state) {
    struct state *s = state;
    s->left = 0;
    memcpy(s->now, s->target, sizeof s->now);
    memcpy(s->middle, s->target, sizeof s->middle);
    memset(s->memory, 0, sizeof s->memory);
    ton_glide_set(&s->side, s->side.target);
    s->split = s->mono_below > OFF_HZ;
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    const struct params *p = (const struct params *)params;
    s->rate = config->rate;
    s->part = ton_approach_part(config->rate);
    s->channels = config->channels;
    retarget(s, p->mono_below);
    ton_glide_set(&s->side, side_of(p));
    reset(s);
}

static void update(void *state, const float *params) {
    struct state *s = state;
    const struct params *p = (const struct params *)params;
    ton_glide_to(&s->side, side_of(p), GLIDE);
    if (p->mono_below == s->mono_below)
        return;
    retarget(s, p->mono_below);
    for (int slot = 0; slot < N_SLOTS; slot++)
        ton_cascade_section_aim(&s->aim[slot], &s->middle[slot], &s->now[slot], &s->target[slot]);
    s->left = ton_approach_length(s->rate);
    s->split = true;
}

static void approach(struct state *s) {
    for (int i = 0; i < N_SLOTS; i++)
        ton_cascade_section_approach(&s->step[i], &s->middle[i], &s->now[i], &s->aim[i], s->part);
}

static void stretch(struct state *s, const struct ton_io *io, int offset, int n) {
    double x[CHUNK][LANES];
    const float *left = io->in[0] + offset, *right = io->in[1] + offset;
    for (int i = 0; i < n; i++) {
        x[i][MID] = 0.5 * ((double)left[i] + (double)right[i]);
        x[i][SIDE] = 0.5 * ((double)left[i] - (double)right[i]);
    }
    if (s->left > 0)
        ton_cascade_run_moving(x, n, s->now, s->step, s->memory, order, N_SLOTS);
    else if (s->split)
        ton_cascade_run(x, n, s->now, s->memory, order, N_SLOTS);
    for (int i = 0; i < n; i++) {
        const double mid = x[i][MID], side = ton_glide_next(&s->side) * x[i][SIDE];
        io->out[0][offset + i] = (float)(mid + side);
        io->out[1][offset + i] = (float)(mid - side);
    }
}

static void process(void *state, const struct ton_io *io) {
    struct state *s = state;
    if (s->channels != 2) {
        for (int c = 0; c < s->channels; c++)
            memmove(io->out[c], io->in[c], sizeof(float) * (size_t)io->frames);
        return;
    }
    for (int done = 0; done < io->frames;) {
        int n = io->frames - done < CHUNK ? io->frames - done : CHUNK;
        const int step = s->left % TON_APPROACH_FRAMES;
        if (s->left > 0 && step == 0)
            approach(s);
        if (s->left > 0 && n > (step ? step : TON_APPROACH_FRAMES))
            n = step ? step : TON_APPROACH_FRAMES;
        stretch(s, io, done, n);
        done += n;
        if (s->left > 0 && (s->left -= n) == 0)
            memcpy(s->now, s->aim, sizeof s->now);
    }
}

// Until exp(-t w / sqrt 2), the envelope of each of the two sections, has fallen by 1e-8.
static int64_t tail(const struct ton_config *config, const float *params) {
    const struct params *p = (const struct params *)params;
    if (config->channels != 2 || p->mono_below <= OFF_HZ)
        return 0;
    const double w = 2.0 * M_PI * (double)p->mono_below / config->rate;
    return (int64_t)ceil(2.0 * -log(1e-8) * M_SQRT2 / w);
}

// From left to left: half of mid and side together.
static double response(const struct ton_config *config, const float *params, double hz) {
    const struct params *p = (const struct params *)params;
    if (config->channels != 2)
        return 0.0;
    struct ton_biquad b[N_SLOTS][LANES];
    design(b, p->mono_below, config->rate);
    double mid[2], once[2];
    const double w = 2.0 * M_PI * hz / config->rate, side = side_of(p);
    ton_biquad_response(mid, &b[0][MID], w);
    ton_biquad_response(once, &b[0][SIDE], w);
    const double re = mid[0] + side * (once[0] * once[0] - once[1] * once[1]);
    const double im = mid[1] + side * 2.0 * once[0] * once[1];
    return ton_gain_to_db(0.5 * hypot(re, im));
}

static bool is_neutral(const float *params) {
    const struct params *p = (const struct params *)params;
    return p->width == 100.0F && p->side_gain == 0.0F && p->mono_below <= OFF_HZ;
}

const struct ton_processor ton_processor_width = {
    .id = "width",
    .name = "Width",
    .summary = "Stereo width by mid and side, with mono below a corner.",
    .text = "Mono stays untouched whatever the width: only the difference of left and right "
            "changes. Below the corner the difference is taken away while mid and side stay in "
            "phase, so nothing moves sideways around it. On strips that are not stereo it passes "
            "the signal as it is.",
    .lv2_class = "SpatialPlugin",
    .version = 2,
    .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_STEREO_ONLY,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = TON_N(rows),
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .tail = tail,
    .response = response,
    .is_neutral = is_neutral,
};
