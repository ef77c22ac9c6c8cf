/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reverb: room, hall and plate from one feedback delay network, with the first reflections of a
 * room before it. Linear, and the same every time.
 *
 *   in -> low cut, high cut -> pre-delay -+-> gap -> diffuser and network (fdn.c) -+-> width -> wet
 *                                         +-> early reflections (early.c) ---------+
 *
 * Channel c enters the lines whose number is c modulo the channels, and hears one line of its own:
 * each is a mixture of all the others, so channels are as unlike as two places in a room. */
#include "cut.h"
#include "early.h"
#include "fdn.h"
#include "registry.h"
#include "rows.h"
#include "ton/db.h"
#include "ton/fixed_delay.h"
#include "ton/smooth.h"

enum { ROOM = 0, HALL, PLATE, N_TYPES };
_Static_assert((int)CUT_BLOCK == (int)FDN_BLOCK && (int)EARLY_BLOCK == (int)FDN_BLOCK,
               "all run on the network's blocks");

#define GLIDE_MS 5.0
#define EARLY_OFF_DB (-40.0F)

static const char *const types[] = {"room", "hall", "plate", NULL};

static const struct ton_row rows[] = {
    {.key = "type",
     .label = "Type",
     .kind = TON_CHOICE,
     .max = N_TYPES - 1,
     .def = HALL,
     .choices = types,
     .flags = TON_ROW_FIXED,
     .help = "What is imitated: a room (early and close), a hall (wide, slow to build up) or a "
             "plate (dense at once)."},
    {.key = "decay",
     .label = "Decay",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_S,
     .min = 0.1F,
     .max = 20,
     .def = 1.6F,
     .scale = TON_LOGARITHMIC,
     .digits = 2,
     .help = "Time for 60 dB of decay (RT60), as one would measure it, up to two octaves below the "
             "damping frequency; an octave below, the default's 60 % of high decay have taken a "
             "tenth of it."},
    {.key = "pre_delay",
     .label = "Pre delay",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .max = 500,
     .digits = 1,
     .flags = TON_ROW_FIXED,
     .help = "Time added before the room answers. At 0 ms the first wall of the room is heard "
             "3.8 ms after the sound, of the hall 2.9 ms, more with the size."},
    {.key = "size",
     .label = "Size",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_PERCENT,
     .min = 50,
     .max = 200,
     .def = 100,
     .digits = 0,
     .flags = TON_ROW_FIXED,
     .help = "Scales all distances between the walls."},
    {.key = "damping",
     .label = "Damping",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_HZ,
     .min = 1000,
     .max = 20000,
     .def = 14000,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .help = "Around this frequency the decay goes over into the faster one of the highs."},
    {.key = "high_decay",
     .label = "High decay",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_PERCENT,
     .min = 10,
     .max = 100,
     .def = 60,
     .digits = 0,
     .help = "Decay far above the damping frequency, as a part of `decay`."},
    {.key = "low_cut",
     .label = "Low cut",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_HZ,
     .min = 10,
     .max = 1000,
     .def = 10,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .flags = TON_ROW_OFF_MIN,
     .help = "High pass of 12 dB/octave on the wet sound."},
    {.key = "high_cut",
     .label = "High cut",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_HZ,
     .min = 500,
     .max = 22000,
     .def = 500,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .flags = TON_ROW_OFF_MIN,
     .help = "Low pass of 12 dB/octave on the wet sound."},
    {.key = "width",
     .label = "Width",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_PERCENT,
     .max = 100,
     .def = 100,
     .digits = 0,
     .help = "Stereo width of the wet sound; 0 is mono. Nothing changes in other than two "
             "channels."},
    MIX_ROW(100, "Wet part of the output; 100 % on a bus that is fed by sends."),
    {.key = "early",
     .label = "Early",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = EARLY_OFF_DB,
     .max = 12,
     .def = -10,
     .digits = 1,
     .flags = TON_ROW_OFF_MIN,
     .help = "Level of the first reflections re the tail, at the same loudness of both together. "
             "More brings the walls near and the sound with them, `off` leaves it far away. A "
             "plate has none."},
    {.key = "modulation",
     .label = "Modulation",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_PERCENT,
     .max = 100,
     .def = 50,
     .digits = 0,
     .help = "How far the room's resonances wander, so that none is left ringing alone in a long "
             "tail. Listen to the last seconds of a drum hit: a whistle wants more, a piano's last "
             "note less. Decays under 0.7 s are left alone."},
    {.key = "modulation_rate",
     .label = "Modulation rate",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_HZ,
     .min = 0.05F,
     .max = 3,
     .def = 0.7F,
     .scale = TON_LOGARITHMIC,
     .digits = 2,
     .help = "How fast they wander; slow is unheard, over 1 Hz shimmers."},
};

struct settings {
    float type, decay, pre_delay, size, damping, high_decay, low_cut, high_cut, width, mix;
    float early, modulation, modulation_rate;
};
TON_PARAMS_FIT(struct settings, TON_N(rows));

/* Longer lines give more resonances a hertz (their sum in seconds), so that none is heard alone.
 *
 * The decay is right from the first millisecond, however short it is, when the energy of the same
 * network without losses is level from the start. It is when what has come out of the diffuser is
 * spread evenly over the mean length of a line (what comes late is what the first lines bring
 * back), so its last stage is that long; the stages before it are each a fraction of the next and
 * fill the gaps between its echoes. The hall's third stage is long, which is its slow build-up.
 *
 * What is left is chance: an octave of B Hz that decays in T seconds is noise of about B T free
 * values, and the RT60 of such noise strays by 55 % / sqrt(B T) and more. So among the shapes of
 * this kind those were searched whose T20 and T30 are within 10 % from 0.3 s up, from the left, the
 * right and both inputs to each output, and nearly so at sizes of 50 and 200 %. */
static const struct fdn_shape shapes[N_TYPES] = {
    [ROOM] = {0.04384, 0.08805, {0.00036, 0.00206, 0.00785, 0.05939}, 0.3686},
    [HALL] = {0.06430, 0.13230, {0.00089, 0.00419, 0.02560, 0.10811}, 0.3680},
    [PLATE] = {0.04812, 0.10837, {0.00033, 0.00094, 0.00696, 0.08359}, 0.3575},
};

/* A drum booth and a chamber music hall; source and ear off all middles, so that no two paths are
 * of one length. The tail starts a little later than the first reflection. */
static const struct {
    struct early_room room;
    double gap; /* seconds at a size of 100 % */
} walls[N_TYPES] = {
    [ROOM] = {{{6.1, 4.7, 2.9}, {1.9, 2.6, 1.3}, {4.1, 2.1, 1.6}}, 0.003},
    [HALL] = {{{26, 17, 11}, {5.3, 9.4, 1.9}, {15.1, 7.7, 3.1}}, 0.008},
};

struct reverb {
    double rate;
    int channels;
    struct cut low_cut, high_cut;
    struct ton_fixed_delay pre_delays[TON_MOST_CHANNELS], gaps[TON_MOST_CHANNELS];
    struct ton_glide tail, early, dry, narrow;
    bool has_walls;
    struct early walls;
    struct fdn network;
    float lines[FDN_LINES][FDN_BLOCK];
    float tails[FDN_BLOCK], reflections[FDN_BLOCK], dries[FDN_BLOCK], narrows[FDN_BLOCK];
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

/* Until the walls answer: the pre-delay, and what the first reflection's way is longer than that of
 * the sound itself. So a send adds no copy of the sound on the sound. */
static int pre_delay_frames(const struct settings *s, const struct ton_config *config) {
    const double first =
        early_first(&walls[(int)s->type].room, (double)s->size / 100, config->channels);
    return (int)lround(((double)s->pre_delay / 1000 + first) * config->rate);
}

static int gap_frames(const struct settings *s, double rate) {
    return (int)lround(walls[(int)s->type].gap * s->size / 100 * rate);
}

static size_t lay_out(struct reverb *r, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)r};
    const struct settings s = settings_of(params);
    carve(&c, sizeof(struct reverb));
    const int frames = pre_delay_frames(&s, config), gap = gap_frames(&s, config->rate);
    for (int i = 0; i < config->channels; i++) {
        float *const memory = carve_floats(&c, frames), *const after = carve_floats(&c, gap);
        if (!r)
            continue;
        ton_fixed_delay_init(&r->pre_delays[i], memory, frames);
        ton_fixed_delay_init(&r->gaps[i], after, gap);
    }
    early_lay_out(r ? &r->walls : NULL, &c, &walls[(int)s.type].room, (double)s.size / 100,
                  config->channels, config->rate);
    fdn_lay_out(r ? &r->network : NULL, &c, &shapes[(int)s.type], (double)s.size / 100,
                config->rate);
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void set_cuts(struct reverb *r, const struct settings *s, bool now) {
    struct ton_analogue prototype[4];
    ton_analogue_high_pass(prototype, s->low_cut, 2);
    cut_set(&r->low_cut, prototype, r->rate, s->low_cut > 10, now);
    ton_analogue_low_pass(prototype, s->high_cut, 2);
    cut_set(&r->high_cut, prototype, r->rate, s->high_cut > 500 && s->high_cut < 0.45 * r->rate,
            now);
}

/* No resonance is heard alone in a tail of 0.7 s, from 2 s on all are. */
static double modulation_of(const struct settings *s) {
    const double part = ((double)s->decay - 0.7) / (2 - 0.7);
    return (double)s->modulation / 100 * fmin(fmax(part, 0), 1);
}

static void set_all(struct reverb *r, const float *params, bool now) {
    const struct settings s = settings_of(params);
    const int frames = now ? 1 : ton_glide_frames(GLIDE_MS, r->rate);
    fdn_set_decay(&r->network, s.decay, (double)s.high_decay / 100, s.damping, now);
    fdn_set_turns(&r->network, s.modulation_rate, modulation_of(&s), now);
    set_cuts(r, &s, now);
    const double early =
        r->has_walls && s.early > EARLY_OFF_DB ? ton_db_to_gain((double)s.early) : 0;
    const double wet = (double)s.mix / 100 / sqrt(1 + early * early);
    ton_glide_to(&r->tail, wet * fdn_unity(&r->network, s.decay), frames);
    ton_glide_to(&r->early, wet * early, frames);
    ton_glide_to(&r->dry, 1 - (double)s.mix / 100, frames);
    ton_glide_to(&r->narrow, 1 - (double)s.width / 100, frames);
}

static void update(void *state, const float *params) {
    set_all(state, params, false);
}

static void reset(void *state) {
    struct reverb *r = state;
    cut_reset(&r->low_cut);
    cut_reset(&r->high_cut);
    for (int c = 0; c < r->channels; c++)
        ton_fixed_delay_clear(&r->pre_delays[c]), ton_fixed_delay_clear(&r->gaps[c]);
    early_clear(&r->walls);
    fdn_clear(&r->network);
    ton_glide_set(&r->tail, r->tail.target);
    ton_glide_set(&r->early, r->early.target);
    ton_glide_set(&r->dry, r->dry.target);
    ton_glide_set(&r->narrow, r->narrow.target);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct reverb *r = state;
    r->rate = config->rate;
    r->channels = config->channels;
    r->has_walls = walls[(int)settings_of(params).type].room.size[0] > 0;
    lay_out(r, config, params);
    set_all(r, params, true);
    reset(r);
}

/* What the walls send back at once, and each channel spread over its lines with energy 1. */
static void feed(struct reverb *r, const struct ton_io *io, float (*early)[FDN_BLOCK], int from,
                 int frames) {
    const int channels = r->channels;
    const bool low = cut_move(&r->low_cut, frames), high = cut_move(&r->high_cut, frames);
    float wet[TON_MOST_CHANNELS][FDN_BLOCK];
    for (int c = 0; c < channels; c++)
        memcpy(wet[c], io->in[c] + from, sizeof *wet[c] * (size_t)frames);
    if (low)
        cut_run(&r->low_cut, wet, channels, frames);
    if (high)
        cut_run(&r->high_cut, wet, channels, frames);
    for (int c = 0; c < channels; c++)
        ton_fixed_delay_run(&r->pre_delays[c], wet[c], frames);
    if (r->has_walls)
        early_run(&r->walls, early, wet, frames);
    for (int c = 0; c < channels; c++) {
        float *const x = wet[c];
        ton_fixed_delay_run(&r->gaps[c], x, frames);
        const int n_lines = (FDN_LINES - c + channels - 1) / channels;
        const float gain = 1 / sqrtf((float)n_lines);
        for (int line = c; line < FDN_LINES; line += channels)
            for (int t = 0; t < frames; t++)
                r->lines[line][t] = x[t] * gain;
    }
}

/* Both channels towards their middle, which is kept as loud as one of two unlike channels. */
static void narrow_stereo(const float *narrow, float *left, float *right, int frames) {
    for (int t = 0; t < frames; t++) {
        const float middle = (left[t] + right[t]) * 0.70710678F;
        left[t] += narrow[t] * (middle - left[t]);
        right[t] += narrow[t] * (middle - right[t]);
    }
}

static float *heard_line(struct reverb *r, int channel) {
    return r->lines[channel * 5 % FDN_LINES];
}

static void process_block(struct reverb *r, const struct ton_io *io, int from, int frames) {
    float early[TON_MOST_CHANNELS][FDN_BLOCK];
    ton_glide_fill(r->tails, &r->tail, frames);
    ton_glide_fill(r->reflections, &r->early, frames);
    ton_glide_fill(r->dries, &r->dry, frames);
    ton_glide_fill(r->narrows, &r->narrow, frames);
    feed(r, io, early, from, frames);
    fdn_run(&r->network, r->lines, frames);
    for (int c = 0; c < r->channels; c++) {
        float *const wet = heard_line(r, c);
        for (int t = 0; t < frames; t++)
            wet[t] *= r->tails[t];
        for (int t = 0; r->has_walls && t < frames; t++)
            wet[t] += r->reflections[t] * early[c][t];
    }
    if (r->channels == 2)
        narrow_stereo(r->narrows, heard_line(r, 0), heard_line(r, 1), frames);
    for (int c = 0; c < r->channels; c++) {
        const float *wet = heard_line(r, c);
        for (int t = 0; t < frames; t++)
            io->out[c][from + t] = r->dries[t] * io->in[c][from + t] + wet[t];
    }
}

static void process(void *state, const struct ton_io *io) {
    struct reverb *r = state;
    for (int at = 0, n; at < io->frames; at += n) {
        const int left = io->frames - at, room = fdn_room(&r->network);
        n = left < room ? left : room;
        process_block(r, io, at, n);
    }
}

static int64_t tail(const struct ton_config *config, const float *params) {
    const struct settings s = settings_of(params);
    const struct fdn_shape *shape = &shapes[(int)s.type];
    const double span =
        early_span(&walls[(int)s.type].room, (double)s.size / 100, config->channels);
    double seconds = 140 / 60.0 * (double)s.decay; /* a long tone has built up to 20 dB more */
    for (int i = 0; i < FDN_STAGES; i++)
        seconds += shape->spread[i] * (double)s.size / 100;
    seconds += shape->longest * (double)s.size / 100;
    return pre_delay_frames(&s, config) + gap_frames(&s, config->rate) +
           (int64_t)ceil(fmax(seconds, span) * config->rate);
}

static bool is_neutral(const float *params) {
    return settings_of(params).mix <= 0;
}

const struct ton_processor ton_processor_reverb = {
    .id = "reverb",
    .name = "Reverb",
    .summary = "A room, hall or plate with a measured decay.",
    .text =
        "Put it on a bus that is fed by sends, with `mix` at 100 %. `decay` is the RT60 that "
        "one would measure in every octave below `damping`; the loudness of the wet sound does "
        "not change with it. `size` scales the distances: small is dense and coloured, large is "
        "open and slow. `early` says how near the walls are; what is to stand in front of the "
        "others "
        "wants more of it and less tail. `modulation` keeps long tails from ringing. Listen in "
        "mono, and to the pauses: a reverb that is heard there is loud enough.",
    .lv2_class = "ReverbPlugin",
    .version = 6,
    .flags = TON_PROCESSOR_LINEAR,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = TON_N(rows),
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .tail = tail,
    .is_neutral = is_neutral,
};
