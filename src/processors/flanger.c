// SPDX-License-Identifier: GPL-3.0-or-later
// Flanger: the signal and a copy whose delay sweeps, a comb of notches that moves.
//
//   in -> dry: `ahead` frames late --------------------------------+-> out
//   in -> + -> line -> `ahead` + d frames late, times `wet` -------+
//         +<-- times p g <-- line, |d| frames late
//
// `ahead` is the latency. With through zero it is AHEAD_MS, so that d may be negative: the copy
// overtakes the signal, as when the flange of the other tape machine was held. Without, it is what
// reading between samples needs.
//
// The comb's notches are where p A, the copy A = exp(-j w d) in its polarity p, is -1. With
// feedback g it is p A / (1 - p g A); mixed in times 1 + g it makes the sum (1 + p A) / (1 - p g
// A): the notches stay where they are and as deep, however much comes back, and the peaks between
// them rise. Inverting turns over what is heard and what comes back at once, as the switch for even
// and odd harmonics of the A/DA flanger does: only one of the two would fill up the notches (with p
// = 1, g = -0.618 and the copy as loud as it is, the sum is an all-pass).
#include "registry.h"
#include "rows.h"
#include "sway.h"
#include "ton/carve.h"
#include "ton/fixed_delay.h"
#include "ton/sliding_delay.h"

enum { CHUNK = SWAY_CHUNK, GLIDE = SWAY_GLIDE };
#define AHEAD_MS 5.0
#define TURN_MS 20.0 // from one polarity to the other
#define LONGEST_MS 20.0F
#define DEEPEST_MS 10.0F
#define FOLLOW_FRAMES 4.0

struct params {
    float rate, manual, depth, feedback, invert, stereo_phase, through_zero, mix;
};

static const struct ton_row rows[] = {
    SWAY_RATE_ROW(
        10, 0.2F,
        "How often the comb sweeps up and down, or a note value (4/1 is four bars of 4/4). Slow "
        "sounds like a jet, fast like a vibrato under water."),
    {.key = "manual",
     .label = "Manual",
     .unit = TON_UNIT_MS,
     .max = LONGEST_MS,
     .def = 2.5F,
     .digits = 3,
     .help =
         "Delay in the middle of the sweep. The first notch lies at half its inverse: 500 Hz at "
         "1 ms, 200 Hz at 2.5 ms. Sweep it by automation with depth 0 to play it by hand.",
     .jumps = SWAY_DELAY_JUMPS},
    {.key = "depth",
     .label = "Depth",
     .unit = TON_UNIT_MS,
     .max = DEEPEST_MS,
     .def = 2.2F,
     .digits = 3,
     .help = "How far the delay goes to either side of manual; without through zero at most to 0.",
     .jumps = SWAY_DELAY_JUMPS},
    {.key = "feedback",
     .label = "Feedback",
     .unit = TON_UNIT_PERCENT,
     .max = 95,
     .def = 35,
     .digits = 1,
     .help = "How much of the copy comes back: more rings metallic at the peaks between the "
             "notches. It goes where the delay is below 12 frames (0.25 ms at 48 kHz) and is gone "
             "below 8."},
    {.key = "invert",
     .label = "Invert",
     .kind = TON_SWITCH,
     .max = 1,
     .help = "Turns the copy over, and what comes back: notches and peaks change places, the lows "
             "go, and with feedback it rings hollow, at odd harmonics. Through zero it vanishes "
             "for a moment."},
    SWAY_PHASE_ROW(0, "How far the right sweeps ahead of the left on a stereo strip; 90 deg is "
                      "wide, and mono still sweeps."),
    {.key = "through_zero",
     .label = "Through zero",
     .kind = TON_SWITCH,
     .max = 1,
     .flags = TON_ROW_FIXED,
     .help = "The copy may overtake the signal, as with two tape machines: with manual at 0 ms the "
             "comb closes, turns and opens. The strip is 5 ms late for it, which is compensated."},
    MIX_ROW(50, "50 % has the deepest notches; 100 % is only the copy, a vibrato."),
};
TON_PARAMS_FIT(struct params, TON_N(rows));

struct state {
    int channels, ahead;
    struct sway sway;
    struct ton_glide manual, depth, feedback, inverted, mix; // frames, frames, …
    struct ton_sliding_table *table;
    struct ton_sliding_line line[TON_MOST_CHANNELS];
    struct ton_fixed_delay dry[TON_MOST_CHANNELS];
};

// What holds for the frames of a chunk.
struct moves {
    double delay[2][CHUNK]; // [side]: how much later the copy is, frames
    float feedback[2][CHUNK], wet[2][CHUNK], dry[CHUNK];
};

static int latency(const struct ton_config *config, const float *params) {
    const bool through = ((const struct params *)params)->through_zero >= 0.5F;
    return TON_SLIDING_LEAST + (through ? (int)lround(AHEAD_MS * config->rate / 1000.0) : 0);
}

static size_t lay_out(struct state *s, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)s};
    carve(&c, sizeof(struct state));
    struct ton_sliding_table *table = carve(&c, sizeof *table);
    if (s)
        s->table = table;
    const int ahead = latency(config, params);
    const double longest = (double)(LONGEST_MS + DEEPEST_MS) * config->rate / 1000.0;
    const size_t floats = ton_sliding_floats((int)longest + ahead + 1 + CHUNK);
    for (int i = 0; i < config->channels; i++) {
        float *line = carve_floats(&c, (int)floats), *dry = carve_floats(&c, ahead);
        if (!s)
            continue;
        ton_sliding_line_init(&s->line[i], line, floats);
        ton_fixed_delay_init(&s->dry[i], dry, ahead);
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void update(void *state, const float *params) {
    struct state *s = state;
    const struct params *p = (const struct params *)params;
    const double frames = s->sway.rate / 1000.0;
    sway_go_to(&s->sway, sway_hz(&s->sway, p->rate), (double)p->stereo_phase / 360.0, GLIDE);
    ton_glide_to(&s->manual, (double)p->manual * frames, GLIDE);
    ton_glide_to(&s->depth, (double)p->depth * frames, GLIDE);
    ton_glide_to(&s->feedback, (double)p->feedback / 100.0, GLIDE);
    ton_glide_to(&s->inverted, p->invert >= 0.5F ? 1.0 : 0.0, (int)lround(TURN_MS * frames));
    ton_glide_to(&s->mix, (double)p->mix / 100.0, GLIDE);
}

static void repair(void *state) {
    struct state *s = state;
    for (int c = 0; c < s->channels; c++) {
        ton_sliding_line_clear(&s->line[c]);
        ton_fixed_delay_clear(&s->dry[c]);
    }
}

static void reset(void *state) {
    struct state *s = state;
    sway_reset(&s->sway);
    struct ton_glide *const glides[] = {&s->manual, &s->depth, &s->feedback, &s->inverted, &s->mix};
    for (int i = 0; i < TON_N(glides); i++)
        ton_glide_set(glides[i], glides[i]->target);
    repair(state);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    s->channels = config->channels;
    s->ahead = latency(config, params);
    s->sway = (struct sway){
        .rate = config->rate, .tempo = config->tempo, .stereo = config->channels == 2};
    lay_out(s, config, params);
    ton_sliding_table_init(s->table);
    update(state, params);
    reset(state);
}

// How much of the feedback is let round: the loop cannot be shorter than what reading needs and a
// frame, and there its peaks would lie elsewhere than the notches ask for.
static double follows(double delay) {
    const double part = (fabs(delay) - (TON_SLIDING_LEAST + 1)) / FOLLOW_FRAMES;
    return ton_ease(part < 0.0 ? 0.0 : part > 1.0 ? 1.0 : part);
}

static int move(struct state *s, struct moves *m, int n) {
    uint32_t phase[2][CHUNK];
    double manual[CHUNK], depth[CHUNK], feedback[CHUNK], inverted[CHUNK], mix[CHUNK];
    ton_glide_run(manual, &s->manual, n);
    ton_glide_run(depth, &s->depth, n);
    ton_glide_run(feedback, &s->feedback, n);
    ton_glide_run(inverted, &s->inverted, n);
    ton_glide_run(mix, &s->mix, n);
    for (int i = 0; i < n; i++) {
        const double most = manual[i] + s->ahead - TON_SLIDING_LEAST;
        depth[i] = depth[i] < most ? depth[i] : most;
        const double polarity = 1.0 - 2.0 * ton_ease(inverted[i]);
        feedback[i] *= polarity;
        m->dry[i] = (float)(1.0 - mix[i]);
        mix[i] *= polarity;
    }
    const int sides = sway_run(&s->sway, phase, n);
    for (int side = 0; side < sides; side++) {
        ton_lfo_sine(m->delay[side], phase[side], n);
        for (int i = 0; i < n; i++) {
            const double delay = manual[i] + depth[i] * m->delay[side][i];
            const double back = feedback[i] * follows(delay);
            m->delay[side][i] = delay;
            m->feedback[side][i] = (float)back;
            m->wet[side][i] = (float)(mix[i] * (1.0 + fabs(back)));
        }
    }
    return sides;
}

// How many frames from i on come back from before the first of them.
static int room(const double *back, int i, int n) {
    int m = 1;
    while (i + m < n && back[i + m] - m >= TON_SLIDING_LEAST)
        m++;
    return m;
}

// Joins what comes round to x. It has passed the delay only, what is heard the latency too. One
// frame less: what is read has not been joined by the frame of now.
static void come_round(struct state *s, const struct moves *m, int side,
                       struct ton_sliding_line *line, const float *x, int n) {
    const float *const feedback = m->feedback[side];
    double back[CHUNK];
    float wet[CHUNK];
    bool any = false;
    for (int i = 0; i < n; i++) {
        any |= feedback[i] != 0.0F;
        const double passed = fabs(m->delay[side][i]) - 1.0;
        back[i] = passed > TON_SLIDING_LEAST ? passed : TON_SLIDING_LEAST;
    }
    for (int i = 0, k; i < n; i += k) {
        k = any ? room(back, i, n) : n;
        if (any)
            ton_sliding_line_read(wet, line, s->table, back + i, 0, k);
        for (int j = 0; j < k; j++)
            ton_sliding_line_push(line, any ? x[i + j] + feedback[i + j] * wet[j] : x[i + j]);
    }
}

static void channel(struct state *s, const struct moves *m, int side, int c, const float *in,
                    float *out, int n) {
    float dry[CHUNK], wet[CHUNK];
    double frames[CHUNK];
    memcpy(dry, in, sizeof *dry * (size_t)n);
    come_round(s, m, side, &s->line[c], dry, n);
    for (int i = 0; i < n; i++)
        frames[i] = s->ahead + m->delay[side][i];
    ton_sliding_line_read(wet, &s->line[c], s->table, frames, n - 1, n);
    ton_fixed_delay_run(&s->dry[c], dry, n);
    for (int i = 0; i < n; i++)
        out[i] = m->dry[i] * dry[i] + m->wet[side][i] * wet[i];
}

static void process(void *state, const struct ton_io *io) {
    struct state *s = state;
    struct moves m;
    for (int done = 0, n; done < io->frames; done += n) {
        n = io->frames - done < CHUNK ? io->frames - done : CHUNK;
        const int sides = move(s, &m, n);
        for (int c = 0; c < s->channels; c++)
            channel(s, &m, sides == 2 ? c : 0, c, io->in[c] + done, io->out[c] + done, n);
    }
}

// Passes until |feedback|^k is 1e-8, each as long as the longest delay.
static int64_t tail(const struct ton_config *config, const float *params) {
    const struct params *p = (const struct params *)params;
    const double g = (double)p->feedback / 100.0;
    const double passes = g > 1e-7 ? 2.0 + ceil(log(1e-8) / log(g)) : 2.0;
    const double longest = (double)(p->manual + p->depth) * config->rate / 1000.0;
    return (int64_t)ceil(passes * (longest + 2 * TON_SLIDING_TAPS)) + latency(config, params);
}

static bool is_neutral(const float *params) {
    return ((const struct params *)params)->mix == 0.0F;
}

const struct ton_processor ton_processor_flanger = {
    .id = "flanger",
    .name = "Flanger",
    .summary = "A sweeping comb: the jet of two tape machines, also through zero.",
    .text =
        "For guitars, drums, whole mixes: the richer the sound, the more there is to comb. Find "
        "the "
        "range by manual with depth at 0, then let it sweep. Listen for the lowest point of the "
        "sweep, where it is most metallic: less feedback or a greater manual tames it. For the "
        "sound of tape put manual at 0 ms, depth near 2 ms, feedback at 0 % and through zero on; "
        "with invert it goes through silence.",
    .lv2_class = "FlangerPlugin",
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
    .latency = latency,
    .tail = tail,
    .is_neutral = is_neutral,
};
