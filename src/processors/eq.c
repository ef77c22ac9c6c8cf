// SPDX-License-Identifier: GPL-3.0-or-later
// Equaliser: pass filters and eight bands that follow their analogue curves up to 20 kHz.
//
// Every setting becomes digital sections (ton_biquad_match), each in a slot of its own: the pass
// filters, the bands between left and right, and the bands between mid and side, in this order.
// Channels run two by two as lanes of a cascade through the slots that do something.
//
// A new setting moves all coefficients to their new values without a kink, so a turned knob does
// not click. What rings on in a section that goes (ton_cascade_section_aim) is left to die before
// the slot is taken out.
#include "eq_design.h"
#include "eq_linear.h"
#include "registry.h"

#include "ton/cascade.h"
#include "ton/db.h"
#include "ton/smooth.h"

#include <string.h>

enum { LANES = TON_CASCADE_LANES, MAX_PAIRS = 8, CHUNK = 64 };
enum { GLIDE = 128 };

static const char *const slopes[] = {"6 dB/oct",  "12 dB/oct", "18 dB/oct", "24 dB/oct",
                                     "36 dB/oct", "48 dB/oct", NULL};
static const char *const types[] = {"bell",  "low shelf", "high shelf", "tilt",
                                    "notch", "band pass", NULL};
static const char *const phases[] = {"minimum", "linear", NULL};
static const char *const channels[] = {"stereo", "mid", "side", "left", "right", NULL};

static const struct ton_row band_rows[] = {
    {.key = "type",
     .label = "Type",
     .kind = TON_CHOICE,
     .max = EQ_BAND_PASS,
     .choices = types,
     .help = "The shape of the band's curve; a tilt turns the whole spectrum about its frequency."},
    {.key = "frequency",
     .label = "Frequency",
     .unit = TON_UNIT_HZ,
     .min = 20,
     .max = 20000,
     .def = 1000,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .help = "Centre of a bell, notch or band pass, half gain of a shelf, pivot of a tilt."},
    {.key = "gain",
     .label = "Gain",
     .unit = TON_UNIT_DB,
     .min = -24,
     .max = 24,
     .digits = 2,
     .help = "Boost or cut; a tilt has it above its frequency and the opposite below; a notch and "
             "a band pass have none."},
    {.key = "q",
     .label = "Q",
     .min = 0.1F,
     .max = 40,
     .def = 1,
     .scale = TON_LOGARITHMIC,
     .digits = 3,
     .help = "Frequency over bandwidth: higher is narrower; 0.707 makes a shelf without overshoot; "
             "a tilt has none."},
    {.key = "channel",
     .label = "Channel",
     .kind = TON_CHOICE,
     .max = EQ_RIGHT,
     .choices = channels,
     .help = "What the band works on; other than `stereo` needs a stereo strip (mono is all mid)."},
    {.key = "on",
     .label = "On",
     .kind = TON_SWITCH,
     .max = 1,
     .def = 1,
     .help = "Whether the band is heard."},
};

static const struct ton_row rows[] = {
    {.key = "high_pass",
     .label = "High pass",
     .unit = TON_UNIT_HZ,
     .min = EQ_OFF_HZ,
     .max = 20000,
     .def = EQ_OFF_HZ,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .flags = TON_ROW_OFF_MIN,
     .help = "Takes away what lies below this frequency (Butterworth, -3 dB there)."},
    {.key = "high_pass_slope",
     .label = "High pass slope",
     .kind = TON_CHOICE,
     .unit = TON_UNIT_DB_OCTAVE,
     .max = 5,
     .def = 1,
     .choices = slopes,
     .help = "How steeply the high pass falls."},
    {.key = "low_pass",
     .label = "Low pass",
     .unit = TON_UNIT_HZ,
     .min = EQ_OFF_HZ,
     .max = 20000,
     .def = EQ_OFF_HZ,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .flags = TON_ROW_OFF_MIN,
     .help = "Takes away what lies above this frequency (Butterworth, -3 dB there)."},
    {.key = "low_pass_slope",
     .label = "Low pass slope",
     .kind = TON_CHOICE,
     .unit = TON_UNIT_DB_OCTAVE,
     .max = 5,
     .def = 1,
     .choices = slopes,
     .help = "How steeply the low pass falls."},
    {.key = "bands",
     .label = "Band",
     .kind = TON_GROUP,
     .rows = band_rows,
     .n_rows = TON_N(band_rows),
     .n_max = EQ_MAX_BANDS,
     .help = "Up to eight bands; those on mid and side work after the others."},
    {.key = "gain",
     .label = "Output gain",
     .unit = TON_UNIT_DB,
     .min = -24,
     .max = 24,
     .digits = 2,
     .help = "Level after all bands."},
    {.key = "phase",
     .label = "Phase",
     .kind = TON_CHOICE,
     .max = EQ_LINEAR,
     .choices = phases,
     .flags = TON_ROW_FIXED,
     .help = "Minimum: as analogue, no latency. Linear: the same curve without its phase, for "
             "strips that are mixed with their like; 0.3 to 0.5 s late, echoes before steep cuts, "
             "and moves of settings come 0.2 s after."},
};

enum { N_PARAMS = TON_N(rows) + EQ_MAX_BANDS * TON_N(band_rows) };
TON_PARAMS_FIT(struct eq_params, N_PARAMS);

struct state {
    double rate, part; // part: of a move in one of its steps
    int channels;
    struct eq_params params;
    int left;    // frames until a move and its ringing are over
    int ringing; // of them after the move
    int left_right[EQ_N_SLOTS], mid_side[EQ_N_SLOTS]; // slots at work, in order
    int n_left_right, n_mid_side;
    struct ton_glide gain;
    struct eq_linear *linear; // NULL: minimum phase
    struct ton_cascade_section now[EQ_N_SLOTS], middle[EQ_N_SLOTS], step[EQ_N_SLOTS];
    struct ton_cascade_section aim[EQ_N_SLOTS];    // where the move ends
    struct ton_cascade_section target[EQ_N_SLOTS]; // what the parameters say
    struct ton_cascade_memory memory[MAX_PAIRS][EQ_N_SLOTS];
};

// Designs what differs from the parameters in force, or everything.
static void retarget(struct state *s, const struct eq_params *p, bool everything) {
    struct eq_design d;
    const struct ton_biquad through = TON_BIQUAD_THROUGH;
    const uint64_t designed =
        ton_eq_design(&d, p, everything ? NULL : &s->params, s->channels, s->rate);
    for (int slot = 0; slot < EQ_N_SLOTS; slot++)
        for (int l = 0; designed >> slot & 1 && l < LANES; l++)
            ton_cascade_section_set(&s->target[slot], l,
                                    d.lanes[slot] >> l & 1 ? &d.section[slot] : &through);
    s->params = *p;
}

static void list_slots(struct state *s) {
    s->n_left_right = s->n_mid_side = 0;
    for (int slot = 0; slot < EQ_N_SLOTS; slot++) {
        if (ton_cascade_section_is_through(&s->target[slot]) &&
            ton_cascade_section_is_through(&s->now[slot]))
            continue;
        if (slot < EQ_MID_SIDE)
            s->left_right[s->n_left_right++] = slot;
        else
            s->mid_side[s->n_mid_side++] = slot;
    }
}

// How long what goes rings on.
static double ringing_of(const struct state *s, int slot) {
    double rings = 0.0;
    for (int l = 0; l < LANES; l++) {
        const struct ton_biquad now = ton_cascade_section_get(&s->now[slot], l);
        const struct ton_biquad target = ton_cascade_section_get(&s->target[slot], l);
        if (ton_biquad_is_through(&target) && !ton_biquad_is_through(&now))
            rings = fmax(rings, ton_eq_ringing(&now));
    }
    return rings;
}

static int slot_at(const struct state *s, int k) {
    return k < s->n_left_right ? s->left_right[k] : s->mid_side[k - s->n_left_right];
}

// After the ringing: what is through becomes a wire with nothing in it.
static void settle(struct state *s) {
    for (int slot = 0; slot < EQ_N_SLOTS; slot++)
        for (int l = 0; l < LANES; l++) {
            const struct ton_biquad b = ton_cascade_section_get(&s->target[slot], l);
            for (int pair = 0; ton_biquad_is_through(&b) && pair < MAX_PAIRS; pair++)
                s->memory[pair][slot].s1[l] = s->memory[pair][slot].s2[l] = 0.0;
        }
    memcpy(s->now, s->target, sizeof s->now);
    memcpy(s->middle, s->target, sizeof s->middle);
    memcpy(s->aim, s->target, sizeof s->aim);
    list_slots(s);
}

static bool is_linear(const float *params) {
    return ((const struct eq_params *)params)->phase >= EQ_LINEAR;
}

static size_t lay_out(struct state *s, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)s};
    carve(&c, sizeof(struct state));
    if (is_linear(params)) {
        struct eq_linear *const linear = carve(&c, sizeof(struct eq_linear));
        eq_linear_lay_out(linear, &c, config);
        if (s)
            s->linear = linear;
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static int latency(const struct ton_config *config, const float *params) {
    return is_linear(params) ? eq_linear_latency(config) : 0;
}

static enum ton_code open_it(void *state, const struct ton_config *config, const float *params,
                             struct ton_err *err) {
    (void)config, (void)params;
    struct state *s = state;
    return s->linear ? eq_linear_open(s->linear, err) : TON_OK;
}

static void close_it(void *state) {
    struct state *s = state;
    if (s->linear)
        eq_linear_close(s->linear);
}

static void reset(void *state) {
    struct state *s = state;
    s->left = s->ringing = 0;
    memset(s->memory, 0, sizeof s->memory);
    memset(s->step, 0, sizeof s->step);
    ton_glide_set(&s->gain, s->gain.target);
    settle(s);
    if (s->linear && s->linear->fft.n > 0) // open already
        eq_linear_reset(s->linear);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    const struct eq_params *p = (const struct eq_params *)params;
    s->rate = config->rate;
    s->part = ton_approach_part(config->rate);
    s->channels = config->channels;
    lay_out(s, config, params);
    if (s->linear)
        eq_linear_want(s->linear, p);
    retarget(s, p, true);
    ton_glide_set(&s->gain, ton_db_to_gain((double)p->gain));
    reset(s);
}

static void update(void *state, const float *params) {
    struct state *s = state;
    const struct eq_params *p = (const struct eq_params *)params;
    ton_glide_to(&s->gain, ton_db_to_gain((double)p->gain), GLIDE);
    if (s->linear) {
        eq_linear_want(s->linear, p);
        return;
    }
    retarget(s, p, false);
    double rings = 0.0;
    list_slots(s);
    for (int k = 0; k < s->n_left_right + s->n_mid_side; k++) {
        const int i = slot_at(s, k);
        rings = fmax(rings, ringing_of(s, i));
        ton_cascade_section_aim(&s->aim[i], &s->middle[i], &s->now[i], &s->target[i]);
    }
    s->ringing = (int)rings;
    s->left = ton_approach_length(s->rate) + s->ringing;
}

static void approach(struct state *s) {
    for (int k = 0; k < s->n_left_right + s->n_mid_side; k++) {
        const int i = slot_at(s, k);
        ton_cascade_section_approach(&s->step[i], &s->middle[i], &s->now[i], &s->aim[i], s->part);
    }
}

static void load(double (*x)[LANES], const struct ton_io *io, int offset, int n, int first,
                 int n_lanes) {
    for (int l = 0; l < LANES; l++)
        for (int i = 0; i < n; i++)
            x[i][l] = l < n_lanes ? (double)io->in[first + l][offset + i] : 0.0;
}

static void rotate(double (*x)[LANES], int n, double scale) {
    for (int i = 0; i < n; i++) {
        const double a = x[i][0], b = x[i][1];
        x[i][0] = scale * (a + b);
        x[i][1] = scale * (a - b);
    }
}

static void run(struct state *s, double (*x)[LANES], int n, struct ton_cascade_section *sections,
                struct ton_cascade_memory *memory, bool mid_side) {
    const int *order = mid_side ? s->mid_side : s->left_right;
    const int n_slots = mid_side ? s->n_mid_side : s->n_left_right;
    if (s->left > s->ringing)
        ton_cascade_run_moving(x, n, sections, s->step, memory, order, n_slots);
    else
        ton_cascade_run(x, n, sections, memory, order, n_slots);
}

// n frames within which nothing starts or ends.
static void stretch(struct state *s, const struct ton_io *io, int offset, int n) {
    double x[CHUNK][LANES], gain[CHUNK];
    struct ton_cascade_section moved[EQ_N_SLOTS];
    struct ton_cascade_section *sections = s->now;
    for (int i = 0; i < n; i++)
        gain[i] = ton_glide_next(&s->gain);
    for (int first = 0; first < s->channels; first += LANES) {
        const int n_lanes = s->channels - first < LANES ? s->channels - first : LANES;
        struct ton_cascade_memory *memory = s->memory[first / LANES];
        if (s->left > s->ringing) {
            memcpy(moved, s->now, sizeof moved);
            sections = moved;
        }
        load(x, io, offset, n, first, n_lanes);
        run(s, x, n, sections, memory, false);
        if (s->n_mid_side > 0) {
            rotate(x, n, 0.5);
            run(s, x, n, sections, memory, true);
            rotate(x, n, 1.0);
        }
        for (int l = 0; l < n_lanes; l++)
            for (int i = 0; i < n; i++)
                io->out[first + l][offset + i] = (float)(gain[i] * x[i][l]);
    }
    if (sections == moved)
        memcpy(s->now, moved, sizeof moved);
}

static void run_linear(struct state *s, const struct ton_io *io) {
    eq_linear_run(s->linear, io);
    for (int done = 0; done < io->frames; done += CHUNK) {
        const int n = io->frames - done < CHUNK ? io->frames - done : CHUNK;
        double gain[CHUNK];
        for (int i = 0; i < n; i++)
            gain[i] = ton_glide_next(&s->gain);
        for (int c = 0; c < s->channels; c++)
            for (int i = 0; i < n; i++)
                io->out[c][done + i] = (float)(gain[i] * io->out[c][done + i]);
    }
}

static void process(void *state, const struct ton_io *io) {
    struct state *s = state;
    if (s->linear) {
        run_linear(s, io);
        return;
    }
    for (int done = 0; done < io->frames;) {
        int n = io->frames - done < CHUNK ? io->frames - done : CHUNK;
        const int moving = s->left - s->ringing, step = moving % TON_APPROACH_FRAMES;
        if (moving > 0 && step == 0)
            approach(s);
        const int phase = moving <= 0 ? s->left : step ? step : TON_APPROACH_FRAMES;
        if (phase > 0 && n > phase)
            n = phase;
        stretch(s, io, done, n);
        done += n;
        if (s->left == 0)
            continue;
        s->left -= n;
        if (s->left == s->ringing)
            memcpy(s->now, s->aim, sizeof s->now);
        if (s->left == 0)
            settle(s);
    }
}

// Nothing moves, and every section works on one channel.
static bool rests(const struct state *s) {
    return !s->linear && s->left == 0 && s->gain.left == 0 && s->n_mid_side == 0;
}

static void process_together(void *const *states, const struct ton_io *ios, int n) {
    struct ton_cascade_lane lanes[TON_MOST_TOGETHER];
    int n_lanes = 0;
    for (int k = 0; k < n; k++) {
        struct state *s = states[k];
        if (!rests(s)) {
            process(s, &ios[k]);
            continue;
        }
        for (int c = 0; c < s->channels; c++) {
            lanes[n_lanes++] = (struct ton_cascade_lane){.in = ios[k].in[c],
                                                         .out = ios[k].out[c],
                                                         .gain = s->gain.value,
                                                         .sections = s->now,
                                                         .memory = s->memory[c / LANES],
                                                         .order = s->left_right,
                                                         .n = s->n_left_right,
                                                         .side = c % LANES};
            if (n_lanes < TON_MOST_TOGETHER)
                continue;
            ton_cascade_run_side_by_side(lanes, n_lanes, ios[k].frames);
            n_lanes = 0;
        }
    }
    ton_cascade_run_side_by_side(lanes, n_lanes, ios[0].frames);
}

// In series the times of the sections add up at most. The 40 dB that each falls beyond -120 dBFS
// cover what resonances add. Neighbours on a lane of automation differ in a band: the others stand.
static int64_t longest_tail(const struct ton_config *config, const float *params, int n) {
    if (is_linear(params))
        return eq_linear_latency(config) + eq_linear_taps(config->rate);
    const struct eq_params *p = (const struct eq_params *)params;
    struct eq_design d;
    double rings[EQ_N_SLOTS], longest = 0.0;
    for (int k = 0; k < n; k++) {
        const uint64_t designed =
            ton_eq_design(&d, &p[k], k > 0 ? &p[k - 1] : NULL, config->channels, config->rate);
        double frames = 0.0;
        for (int slot = 0; slot < EQ_N_SLOTS; slot++) {
            if (designed >> slot & 1)
                rings[slot] = d.lanes[slot] ? ton_eq_ringing(&d.section[slot]) : 0.0;
            frames += rings[slot];
        }
        longest = fmax(longest, frames);
    }
    return (int64_t)longest;
}

static int64_t tail(const struct ton_config *config, const float *params) {
    return longest_tail(config, params, 1);
}

static void multiply(double h[2], const double by[2]) {
    const double re = h[0] * by[0] - h[1] * by[1];
    h[1] = h[0] * by[1] + h[1] * by[0];
    h[0] = re;
}

// From left to left: half of what mid and side do together.
static double response(const struct ton_config *config, const float *params, double hz) {
    const struct eq_params *p = (const struct eq_params *)params;
    struct eq_design d;
    ton_eq_design(&d, p, NULL, config->channels, config->rate);
    double left[2] = {1.0, 0.0}, mid[2] = {1.0, 0.0}, side[2] = {1.0, 0.0};
    for (int slot = 0; slot < EQ_N_SLOTS; slot++) {
        double h[2];
        if (!d.lanes[slot])
            continue;
        ton_biquad_response(h, &d.section[slot], 2.0 * M_PI * hz / config->rate);
        if (p->phase >= EQ_LINEAR) {
            h[0] = hypot(h[0], h[1]);
            h[1] = 0.0;
        }
        if (slot >= EQ_MID_SIDE)
            multiply(d.lanes[slot] & 1 ? mid : side, h);
        else if (d.lanes[slot] & 1)
            multiply(left, h);
    }
    multiply(left, (double[2]){0.5 * (mid[0] + side[0]), 0.5 * (mid[1] + side[1])});
    return ton_gain_to_db(hypot(left[0], left[1])) + (double)p->gain;
}

static bool is_neutral(const float *params) {
    const struct eq_params *p = (const struct eq_params *)params;
    if (p->high_pass > EQ_OFF_HZ || p->low_pass > EQ_OFF_HZ || p->gain != 0.0F || is_linear(params))
        return false;
    for (int i = 0; i < ton_eq_index(p->bands); i++)
        if (!ton_eq_band_is_neutral(&p->band[i]))
            return false;
    return true;
}

const struct ton_processor ton_processor_eq = {
    .id = "eq",
    .name = "Equaliser",
    .summary =
        "High and low pass and up to eight bands, true to their analogue curves up to 20 kHz.",
    .text = "Bells, shelves and passes keep their analogue shape right up "
            "to 20 kHz instead of being squeezed towards the end of the spectrum, so a setting "
            "sounds the same at every sample rate. Bands can work on mid, side, left or right of a "
            "stereo strip. Minimum phase without latency; `phase: linear` for parallel strips.",
    .lv2_class = "ParaEQPlugin",
    .version = 2,
    .flags = TON_PROCESSOR_LINEAR,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = N_PARAMS,
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .process_together = process_together,
    .open = open_it,
    .close = close_it,
    .latency = latency,
    .tail = tail,
    .longest_tail = longest_tail,
    .response = response,
    .is_neutral = is_neutral,
};
