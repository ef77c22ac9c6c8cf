// SPDX-License-Identifier: GPL-3.0-or-later
// Phaser: notches from a chain of all-passes, swept together.
//
// N first-order all-passes at f turn the phase by -2 N atan(w / f) in all: N/2 times the sum with
// the signal is nothing, at f tan((2k - 1) pi / 2N). Feedback g goes round the whole chain without
// a frame's delay (the loop is solved: all that is not yet known in it is one number), so
// resonances lie where the analogue ones do. As in flanger.c the chain in its polarity p, p A / (1
// - p g A), is mixed in times 1 + g, which makes (1 + p A) / (1 - p g A): feedback sharpens the
// peaks and leaves the notches, turned over or not.
#include "registry.h"
#include "rows.h"
#include "sway.h"
#include "ton/level.h"

#include <string.h>

enum { CHUNK = SWAY_CHUNK, GLIDE = SWAY_GLIDE, LANES = 2, MOST_STAGES = 12, LEAST_STAGES = 4 };
#define TURN_MS 20.0 // from one polarity to the other
enum { MAX_PAIRS = (TON_MOST_CHANNELS + LANES - 1) / LANES };

struct params {
    float rate, centre, range, stages, feedback, invert, stereo_phase, mix;
};

static const char *const stages[] = {"4", "6", "8", "10", "12", NULL};

static const struct ton_row rows[] = {
    SWAY_RATE_ROW(10, 0.4F,
                  "How often the notches sweep up and down, or a note value. Slow breathes, 5 Hz "
                  "and more warbles like a rotating speaker."),
    {.key = "centre",
     .label = "Centre",
     .unit = TON_UNIT_HZ,
     .min = 50,
     .max = 8000,
     .def = 700,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .help =
         "Middle of the sweep; the notches lie around it. Low for bass and electric piano, high "
         "for cymbals and acoustic guitar."},
    {.key = "range",
     .label = "Range",
     .max = 8,
     .def = 3,
     .digits = 2,
     .help = "Octaves from the lowest to the highest place of the sweep, half of them on either "
             "side of the centre; 0 stands still."},
    {.key = "stages",
     .label = "Stages",
     .kind = TON_CHOICE,
     .max = 4,
     .choices = stages,
     .flags = TON_ROW_FIXED,
     .help = "All-passes in the chain, two a notch: 4 is the classic pedal, 6 to 8 a studio "
             "phaser, 12 nears a flanger."},
    {.key = "feedback",
     .label = "Feedback",
     .unit = TON_UNIT_PERCENT,
     .max = 95,
     .def = 30,
     .digits = 1,
     .help = "Sharpens the peaks between the notches until they whistle."},
    {.key = "invert",
     .label = "Invert",
     .kind = TON_SWITCH,
     .max = 1,
     .help = "Turns the chain over, and what comes back: notches and peaks change places. Lows "
             "and highest highs go, and with feedback it rings hollow."},
    SWAY_PHASE_ROW(0, "How far the right sweeps ahead of the left on a stereo strip."),
    MIX_ROW(50, "50 % has the deepest notches; 100 % is only the chain, a vibrato."),
};
TON_PARAMS_FIT(struct params, TON_N(rows));

struct state {
    int channels, stages;
    struct sway sway;
    struct ton_glide centre, range, feedback, inverted, mix; // octaves re 1 Hz, to either side, …
    double held[MAX_PAIRS][MOST_STAGES][LANES];
};

// What holds for the frames of a chunk.
struct moves {
    double turn[2][CHUNK]; // [side]: the all-passes' coefficient
    double feedback[CHUNK], wet[CHUNK], dry[CHUNK];
};

static int stages_of(const float *params) {
    return LEAST_STAGES + 2 * (int)(((const struct params *)params)->stages + 0.5F);
}

static size_t state_size(const struct ton_config *config, const float *params) {
    (void)config, (void)params;
    return sizeof(struct state);
}

static void update(void *state, const float *params) {
    struct state *s = state;
    const struct params *p = (const struct params *)params;
    sway_go_to(&s->sway, sway_hz(&s->sway, p->rate), (double)p->stereo_phase / 360.0, GLIDE);
    ton_glide_to(&s->centre, log2((double)p->centre), GLIDE);
    ton_glide_to(&s->range, 0.5 * (double)p->range, GLIDE);
    ton_glide_to(&s->feedback, (double)p->feedback / 100.0, GLIDE);
    ton_glide_to(&s->inverted, p->invert >= 0.5F ? 1.0 : 0.0,
                 (int)lround(TURN_MS * s->sway.rate / 1000.0));
    ton_glide_to(&s->mix, (double)p->mix / 100.0, GLIDE);
}

static void repair(void *state) {
    struct state *s = state;
    memset(s->held, 0, sizeof s->held);
}

static void reset(void *state) {
    struct state *s = state;
    sway_reset(&s->sway);
    struct ton_glide *const glides[] = {&s->centre, &s->range, &s->feedback, &s->inverted, &s->mix};
    for (int i = 0; i < TON_N(glides); i++)
        ton_glide_set(glides[i], glides[i]->target);
    repair(state);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    s->channels = config->channels;
    s->stages = stages_of(params);
    s->sway = (struct sway){
        .rate = config->rate, .tempo = config->tempo, .stereo = config->channels == 2};
    update(state, params);
    reset(state);
}

// (tan - 1) / (tan + 1) of pi f / rate, which turns by 90 degrees at f. The tangent by its
// continued fraction: within 3e-4 at 0.45 of the rate, 1e-7 at an eighth of it.
static void turns_of(double *turn, const float *hz, double rate, int n) {
    for (int i = 0; i < n; i++) {
        const double part = (double)hz[i] / rate;
        const double x = M_PI * (part < 0.45 ? part : 0.45), q = x * x;
        const double sine = x * (945.0 - q * (105.0 - q)), cosine = 945.0 - q * (420.0 - 15.0 * q);
        turn[i] = (sine - cosine) / (sine + cosine);
    }
}

static int move(struct state *s, struct moves *m, int n) {
    const double octave_db = 20.0 * 0.30102999566398120; // log10 2
    uint32_t phase[2][CHUNK];
    double centre[CHUNK], range[CHUNK], wave[CHUNK];
    float hz[CHUNK];
    for (int i = 0; i < n; i++) {
        centre[i] = ton_glide_next(&s->centre);
        range[i] = ton_glide_next(&s->range);
        const double feedback = ton_glide_next(&s->feedback), mix = ton_glide_next(&s->mix);
        const double polarity = 1.0 - 2.0 * ton_ease(ton_glide_next(&s->inverted));
        m->feedback[i] = polarity * feedback;
        m->wet[i] = mix * polarity * (1.0 + fabs(m->feedback[i]));
        m->dry[i] = 1.0 - mix;
    }
    const int sides = sway_run(&s->sway, phase, n);
    for (int side = 0; side < sides; side++) {
        ton_lfo_sine(wave, phase[side], n);
        for (int i = 0; i < n; i++)
            hz[i] = (float)(octave_db * (centre[i] + range[i] * wave[i]));
        ton_dbs_to_gain(hz, n);
        turns_of(m->turn[side], hz, s->sway.rate, n);
    }
    return sides;
}

// What the chain would give out for nothing coming in, and how much of what comes in passes at
// once.
static void foresee(double out[LANES], double through[LANES], double (*held)[LANES],
                    const double turn[LANES], int n_stages) {
    for (int l = 0; l < LANES; l++) {
        out[l] = 0.0;
        through[l] = 1.0;
    }
    for (int k = 0; k < n_stages; k++)
        for (int l = 0; l < LANES; l++) {
            out[l] = turn[l] * out[l] + held[k][l];
            through[l] *= turn[l];
        }
}

static void pass(double v[LANES], double (*held)[LANES], const double turn[LANES], int n_stages) {
    for (int k = 0; k < n_stages; k++)
        for (int l = 0; l < LANES; l++) {
            const double y = turn[l] * v[l] + held[k][l];
            held[k][l] = v[l] - turn[l] * y;
            v[l] = y;
        }
}

// Two channels, or one twice.
static void pair(struct state *s, const struct moves *m, const double *const turn[LANES],
                 const float *const in[LANES], float *const out[LANES], double (*held)[LANES],
                 int n) {
    for (int i = 0; i < n; i++) {
        const double now[LANES] = {turn[0][i], turn[1][i]};
        const double x[LANES] = {(double)in[0][i], (double)in[1][i]}, g = m->feedback[i];
        double v[LANES] = {x[0], x[1]}, rest[LANES], through[LANES];
        if (g != 0.0) {
            foresee(rest, through, held, now, s->stages);
            for (int l = 0; l < LANES; l++)
                v[l] = (x[l] + g * rest[l]) / (1.0 - g * through[l]);
        }
        pass(v, held, now, s->stages);
        for (int l = 0; l < LANES; l++)
            out[l][i] = (float)(m->dry[i] * x[l] + m->wet[i] * v[l]);
    }
}

static void process(void *state, const struct ton_io *io) {
    struct state *s = state;
    struct moves m;
    for (int done = 0, n; done < io->frames; done += n) {
        n = io->frames - done < CHUNK ? io->frames - done : CHUNK;
        const int sides = move(s, &m, n);
        for (int c = 0; c < s->channels; c += LANES) {
            const int d = c + 1 < s->channels ? c + 1 : c;
            const double *const turn[LANES] = {m.turn[0], m.turn[sides - 1]};
            const float *const in[LANES] = {io->in[c] + done, io->in[d] + done};
            float *const out[LANES] = {io->out[c] + done, io->out[d] + done};
            pair(s, &m, turn, in, out, s->held[c / LANES], n);
        }
    }
}

// The chain rings for some of its lowest periods, and the loop as often as |feedback|^k takes to
// 1e-8, each time for the chain's delay of 2 N / w.
static int64_t tail(const struct ton_config *config, const float *params) {
    const struct params *p = (const struct params *)params;
    const double lowest = 2.0 * M_PI * (double)p->centre * exp2(-0.5 * (double)p->range);
    const double g = (double)p->feedback / 100.0, n = stages_of(params);
    const double passes = g > 1e-7 ? log(1e-8) / log(g) : 0.0;
    return (int64_t)ceil((20.0 + 3.0 * n + 2.0 * n * passes) / lowest * config->rate);
}

static bool is_neutral(const float *params) {
    return ((const struct params *)params)->mix == 0.0F;
}

const struct ton_processor ton_processor_phaser = {
    .id = "phaser",
    .name = "Phaser",
    .summary = "Swept notches from 4 to 12 all-passes, soft where a flanger is metallic.",
    .text =
        "For electric piano, clean and strummed guitars, pads, hi-hats. Set range to 0 and find a "
        "centre whose notches change what matters in the sound, then open the range and choose a "
        "rate slow enough that nobody counts it. Feedback brings it forward; with stereo phase the "
        "notches of left and right part and it goes wide. Listen to the lows of a bass: a lower "
        "mix keeps them.",
    .lv2_class = "PhaserPlugin",
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
