/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leveler: rides a voice to one loudness, as a hand on the fader that knows what comes.
 *
 *   heard -> K-weighted energy (BS.1770) of each 100 ms; does somebody speak in it? (speech.h)
 *         -> mean over `response`, half before and half after, of what is speech and of the gaps in
 * it
 *         -> target less it, within boost and cut -> mean over half the response -> gain
 *   audio: delay -> times gain, on straight lines in dB from 100 ms to 100 ms
 *
 * Breath, noise and pauses are no speech: they have no say, and in a pause that is longer than the
 * response the gain stays where it was, so a pause is raised no more than the words beside it. A
 * gap of up to 2 BRIDGE hops belongs to its sentence: short-term loudness (EBU Tech 3341), by which
 * a programme is judged, counts it too. LEAD is what the pauses in a short-term window of 3 s take
 * away on an average. */
#include "key_filter.h"
#include "look_ahead.h"
#include "registry.h"
#include "speech.h"
#include "ton/carve.h"
#include "ton/k_weight.h"
#include "ton/level.h"
#include "ton/smooth.h"

#include <string.h>

enum {
    BLOCK = LOOK_AHEAD_BLOCK,
    PIECES = 10, /* of 10 ms in a hop */
    BRIDGE = 5,  /* hops to both sides of speech that count with it */
    KEPT = 64,   /* hops; a power of two, more than the longest response and its bridges */
    PAIRS = TON_MOST_CHANNELS / 2,
};

#define ENOUGH 0.2 /* of the window must be speech to say how loud it is */
#define LEAD 0.52
#define BS1770_OFFSET (-0.691)
#define SOFTEST_DB (-80.0F) /* of a voice; the gate has the say */

static const struct ton_row rows[] = {
    {.key = "target",
     .label = "Target",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_LUFS,
     .min = -40,
     .max = -8,
     .def = -23,
     .digits = 1,
     .help = "The short-term loudness that speech comes out with."},
    {.key = "boost",
     .label = "Boost",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = 0,
     .max = 30,
     .def = 12,
     .digits = 1,
     .help = "Range: the most that it turns up."},
    {.key = "cut",
     .label = "Cut",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = 0,
     .max = 30,
     .def = 12,
     .digits = 1,
     .help = "Range: the most that it turns down."},
    {.key = "response",
     .label = "Response",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_S,
     .min = 0.8F,
     .max = 4,
     .def = 2.4F,
     .digits = 1,
     .flags = TON_ROW_FIXED,
     .help =
         "Speed: over how long it listens, half of it ahead; short follows phrases, long follows "
         "speakers and leaves their phrasing alone."},
    {.key = "gate",
     .label = "Gate",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_LUFS,
     .min = -80,
     .max = -20,
     .def = -50,
     .digits = 1,
     .help =
         "What is softer than this is not ridden, even if it is speech: over the bleed of other "
         "voices, under the softest word."},
    KEY_STRIP_ROW("The strip that it listens to; none: the strip itself."),
};

struct settings {
    float target, boost, cut, response, gate;
};
TON_PARAMS_FIT(struct settings, 5);

struct hop {
    double energy; /* mean square, K-weighted, all channels */
    bool speaks;
};

struct leveler {
    struct settings settings;
    int half, box;        /* hops: half a response; gains that are averaged */
    double weights[KEPT]; /* Hann window over a response */
    int hop;              /* frames */
    int64_t hops;         /* ended since reset */
    struct hop kept[KEPT];
    double wanted[KEPT]; /* dB, of each hop */
    bool known;          /* some speech has been heard since reset */
    double from, to;     /* dB, at the beginning and end of this hop */
    int at, piece;       /* frames into the hop; pieces of it that have ended */
    double squares;      /* of these */
    bool speaks;         /* in one of them */
    float last;          /* dB */
    struct ton_k_weight weight;
    ton_k_weight_run run_weight;
    struct ton_k_memory memory[PAIRS];
    float *pieces[TON_MOST_CHANNELS + 1]; /* what was heard of this one; the last is silence */
    int filled;
    struct speech speech;
    struct look_ahead sound;
    float mono[BLOCK], gain[1][BLOCK];
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static int half_of(const float *params) {
    return (int)lround((double)settings_of(params).response * 5);
}

static int box_of(const float *params) {
    return half_of(params) * 3 / 4;
}

/* A gain stands for the middle of the hops that were averaged, and is reached in the middle of the
 * hop it stands for. */
static int latency(const struct ton_config *config, const float *params) {
    const int half = half_of(params), piece = speech_hop(config->rate);
    return piece * PIECES * (half + BRIDGE + (box_of(params) - 1) / 2 + 1) + piece * PIECES / 2;
}

static size_t lay_out(struct leveler *l, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)l};
    carve(&c, sizeof(struct leveler));
    for (int i = 0; i <= TON_MOST_CHANNELS; i++) {
        float *const piece = carve_floats(&c, speech_hop(config->rate));
        if (l)
            l->pieces[i] = piece;
    }
    look_ahead_lay_out(l ? &l->sound : NULL, &c, config->channels, latency(config, params));
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void update(void *state, const float *params) {
    ((struct leveler *)state)->settings = settings_of(params);
}

static void reset(void *state) {
    struct leveler *l = state;
    memset(l->kept, 0, sizeof l->kept);
    memset(l->wanted, 0, sizeof l->wanted);
    memset(l->memory, 0, sizeof l->memory);
    memset(l->pieces[TON_MOST_CHANNELS], 0, sizeof(float) * (size_t)l->speech.hop);
    l->hops = 0;
    l->known = l->speaks = false;
    l->from = l->to = l->squares = 0;
    l->at = l->piece = l->filled = 0;
    l->last = 0;
    speech_reset(&l->speech);
    look_ahead_clear(&l->sound);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct leveler *l = state;
    lay_out(l, config, params);
    speech_init(&l->speech, config->rate);
    l->half = half_of(params);
    l->box = box_of(params);
    for (int i = 0; i <= 2 * l->half; i++)
        l->weights[i] = 0.5 - 0.5 * cos(M_PI * (i + 1) / (l->half + 1));
    l->hop = PIECES * l->speech.hop;
    ton_k_weight_design(&l->weight, config->rate);
    l->run_weight = ton_k_weight_kernel();
    update(l, params);
    reset(l);
}

static double loudness(double energy) {
    return BS1770_OFFSET + 10 * log10(energy + 1e-20);
}

static const struct hop *hop_at(const struct leveler *l, int64_t i) {
    static const struct hop silence;
    return i < 0 ? &silence : &l->kept[i & (KEPT - 1)];
}

/* Speech, or so near to it that it belongs to the sentence. */
static bool counts(const struct leveler *l, int64_t i) {
    for (int64_t k = i - BRIDGE; k <= i + BRIDGE; k++)
        if (hop_at(l, k)->speaks)
            return true;
    return false;
}

/* The gain in dB that the speech about hop `middle` wants; false when there is too little. */
static bool find_wanted(const struct leveler *l, int64_t middle, double *wanted) {
    double energy = 0, weight = 0, speech = 0;
    for (int i = 0; i <= 2 * l->half; i++) {
        const int64_t at = middle - l->half + i;
        speech += hop_at(l, at)->speaks ? l->weights[i] : 0;
        if (!counts(l, at))
            continue;
        energy += l->weights[i] * hop_at(l, at)->energy;
        weight += l->weights[i];
    }
    if (speech < ENOUGH * (l->half + 1))
        return false;
    const double db = (double)l->settings.target + LEAD - loudness(energy / weight);
    *wanted = fmax(-(double)l->settings.cut, fmin((double)l->settings.boost, db));
    return true;
}

/* The first word sets the gain from the beginning on, as long as nothing has come out yet. */
static void begin_with(struct leveler *l, double wanted) {
    for (int i = 0; i < KEPT; i++)
        l->wanted[i] = wanted;
    l->to = wanted;
}

static void end_hop(struct leveler *l) {
    const int64_t now = l->hops++, middle = now - l->half - BRIDGE;
    const double energy = l->squares / l->hop;
    l->kept[now & (KEPT - 1)] =
        (struct hop){energy, l->speaks && loudness(energy) > (double)l->settings.gate};
    double wanted = l->wanted[(now - 1) & (KEPT - 1)], sum = 0;
    const bool heard = find_wanted(l, middle, &wanted);
    if (heard && !l->known && (now + 1) * l->hop < l->sound.delays[0].frames)
        begin_with(l, wanted);
    l->known |= heard;
    l->wanted[now & (KEPT - 1)] = wanted;
    for (int i = 0; i < l->box; i++)
        sum += l->wanted[(now - i) & (KEPT - 1)];
    l->from = l->to;
    l->to = sum / l->box;
    l->at = l->piece = 0;
    l->squares = 0;
    l->speaks = false;
}

/* Whole pieces, so that the sums do not depend on blocks. */
static void end_piece(struct leveler *l, int n_heard) {
    for (int c = 0; c < n_heard; c += 2) {
        double squares[2];
        l->run_weight(squares, &l->memory[c / 2], &l->weight, l->pieces[c],
                      l->pieces[c + 1 < n_heard ? c + 1 : TON_MOST_CHANNELS], l->speech.hop);
        l->squares += squares[0] + squares[1];
    }
    l->speaks |= l->speech.voiced;
    l->filled = 0;
    if (++l->piece == PIECES)
        end_hop(l);
}

static void ride(struct leveler *l, float *gain, int frames) {
    const double step = (l->to - l->from) / l->hop;
    for (int i = 0; i < frames; i++)
        gain[i] = (float)(l->from + step * (l->at + i + 1));
    l->at += frames;
}

static void process_block(struct leveler *l, const struct ton_io *io, int from, int frames) {
    const float *const *heard = io->key ? io->key : io->in;
    const int n_heard = io->key ? io->n_key : l->sound.channels;
    bool ended;
    key_mono(l->mono, io, l->sound.channels, from, frames);
    for (int at = 0, n; at < frames; at += n) {
        n = speech_hear(&l->speech, l->mono + at, frames - at, SOFTEST_DB, &ended);
        for (int c = 0; c < n_heard; c++)
            memcpy(l->pieces[c] + l->filled, heard[c] + from + at, sizeof(float) * (size_t)n);
        l->filled += n;
        ride(l, l->gain[0] + at, n);
        if (ended)
            end_piece(l, n_heard);
    }
    l->last = l->gain[0][frames - 1];
    ton_dbs_to_gain(l->gain[0], frames);
    look_ahead_run(&l->sound, io, from, frames, l->gain, 1);
}

static void process(void *state, const struct ton_io *io) {
    for (int at = 0; at < io->frames; at += BLOCK)
        process_block(state, io, at, io->frames - at < BLOCK ? io->frames - at : BLOCK);
}

static int64_t tail(const struct ton_config *config, const float *params) {
    return latency(config, params);
}

static const struct ton_row meters[] = {GAIN_METER};

static void read_meters(const void *state, float *values) {
    values[0] = ((const struct leveler *)state)->last;
}

const struct ton_processor ton_processor_leveler = {
    .id = "leveler",
    .name = "Leveler",
    .summary = "Rides a voice to one loudness.",
    .text =
        "For speech: narration, interviews, podcasts, a lead vocal before its compressor. It does "
        "what a hand on the fader does that knows the take by heart: phrases and speakers come out "
        "within 1.5 LU of `target`, breaths, noise and pauses are left where they are, and inside "
        "of a word nothing is squeezed. Put it on each voice alone, before compression; set "
        "`boost` "
        "and `cut` as far as the take needs and no further, and the `gate` over what other voices "
        "bleed into the microphone. It hears about as far ahead as `response`, by which the strip "
        "is later and the rest is delayed to match.",
    .lv2_class = "DynamicsPlugin",
    .version = 1,
    .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_DYNAMIC,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = 5,
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .latency = latency,
    .tail = tail,
    .meters = meters,
    .n_meters = TON_N(meters),
    .read_meters = read_meters,
};
