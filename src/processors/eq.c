// SPDX-License-Identifier: GPL-3.0-or-later
// Equaliser: pass filters and eight bands that follow their analogue curves up to 20 kHz.
//
// Every setting becomes digital sections (ton_biquad_match), each in a slot of its own: the pass
// filters, the bands between left and right, and the bands between mid and side, in this order.
// Channels run two by two as lanes of a cascade through the slots that do something.
//
// A new setting moves all coefficients on straight lines to their new values, so a turned knob does
// not click. A section that comes or goes has nowhere to move to; it keeps its poles, and its zeros
// move from or to the same place: (1 - t) H + t is an exact cross-fade with the unfiltered signal.
// What then rings on in it has no input any more and is left to die before the slot is taken out.
#include "registry.h"

#include "ton/cascade.h"
#include "ton/db.h"
#include "ton/smooth.h"

#include <string.h>

enum { MAX_BANDS = 8, PASS_SLOTS = 8, PER_BAND = 2 };
enum {
    HIGH_PASS = 0,
    LOW_PASS = HIGH_PASS + PASS_SLOTS,
    LEFT_RIGHT = LOW_PASS + PASS_SLOTS,
    MID_SIDE = LEFT_RIGHT + MAX_BANDS * PER_BAND,
    N_SLOTS = MID_SIDE + MAX_BANDS * PER_BAND,
};
enum { LANES = TON_CASCADE_LANES, MAX_PAIRS = 8, CHUNK = 64 };
enum { GLIDE = 128 };

enum band_type { BELL, LOW_SHELF, HIGH_SHELF, TILT, NOTCH, BAND_PASS };
enum band_channel { STEREO, MID, SIDE, LEFT, RIGHT };

struct band {
    float type, frequency, gain, q, channel, on;
};

struct params {
    float high_pass, high_pass_slope, low_pass, low_pass_slope;
    float bands;
    struct band band[MAX_BANDS];
    float gain;
};

static const char *const slopes[] = {"6", "12", "18", "24", "36", "48", NULL};
static const int orders[] = {1, 2, 3, 4, 6, 8};
static const char *const types[] = {"bell",  "low shelf", "high shelf", "tilt",
                                    "notch", "band pass", NULL};
static const char *const channels[] = {"stereo", "mid", "side", "left", "right", NULL};

static const struct ton_row band_rows[] = {
    {.key = "type",
     .label = "Type",
     .kind = TON_CHOICE,
     .max = BAND_PASS,
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
     .max = RIGHT,
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
     .min = 10,
     .max = 20000,
     .def = 10,
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
     .help = "How steeply the high pass falls, in dB per octave."},
    {.key = "low_pass",
     .label = "Low pass",
     .unit = TON_UNIT_HZ,
     .min = 10,
     .max = 20000,
     .def = 10,
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
     .help = "How steeply the low pass falls, in dB per octave."},
    {.key = "bands",
     .label = "Band",
     .kind = TON_GROUP,
     .rows = band_rows,
     .n_rows = TON_N(band_rows),
     .n_max = MAX_BANDS,
     .help = "Up to eight bands; those on mid and side work after the others."},
    {.key = "gain",
     .label = "Output gain",
     .unit = TON_UNIT_DB,
     .min = -24,
     .max = 24,
     .digits = 2,
     .help = "Level after all bands."},
};

enum { N_PARAMS = TON_N(rows) + MAX_BANDS * TON_N(band_rows) };
TON_PARAMS_FIT(struct params, N_PARAMS);

// What every slot shall be: a section and the lanes that it works on.
struct design {
    struct ton_biquad section[N_SLOTS];
    unsigned lanes[N_SLOTS];
};

struct state {
    double rate;
    int channels;
    struct params params;
    int left;                                   // frames until a glide and its ringing are over
    int ringing;                                // of them after the glide
    int left_right[N_SLOTS], mid_side[N_SLOTS]; // slots at work, in order
    int n_left_right, n_mid_side;
    struct ton_glide gain;
    struct ton_cascade_section now[N_SLOTS], step[N_SLOTS];
    struct ton_cascade_section aim[N_SLOTS];    // where the glide ends
    struct ton_cascade_section target[N_SLOTS]; // what the parameters say
    struct ton_cascade_memory memory[MAX_PAIRS][N_SLOTS];
};

static int choice(float value) {
    return (int)(value + 0.5F);
}

static bool has_gain(enum band_type type) {
    return type != NOTCH && type != BAND_PASS;
}

static bool band_is_neutral(const struct band *b) {
    return b->on < 0.5F || (b->gain == 0.0F && has_gain((enum band_type)choice(b->type)));
}

static struct ton_analogue prototype(const struct band *b) {
    const double hz = (double)b->frequency, gain = (double)b->gain, q = (double)b->q;
    switch ((enum band_type)choice(b->type)) {
    case LOW_SHELF:
        return ton_analogue_low_shelf(hz, gain, q);
    case HIGH_SHELF:
        return ton_analogue_high_shelf(hz, gain, q);
    case TILT:
        return ton_analogue_tilt(hz, gain);
    case NOTCH:
        return ton_analogue_notch(hz, q);
    case BAND_PASS:
        return ton_analogue_band_pass(hz, q);
    case BELL:
    default:
        return ton_analogue_bell(hz, gain, q);
    }
}

static void design_pass(struct design *d, int slot, bool high, float hz, float slope, double rate) {
    for (int i = 0; i < PASS_SLOTS; i++)
        d->lanes[slot + i] = 0;
    if (hz <= 10.0F)
        return;
    struct ton_analogue a[4];
    const int order = orders[choice(slope)];
    const int n = high ? ton_analogue_high_pass(a, (double)hz, order)
                       : ton_analogue_low_pass(a, (double)hz, order);
    for (int i = 0; i < n; i++) {
        ton_biquad_match(&d->section[slot + 2 * i], &a[i], rate);
        d->lanes[slot + 2 * i] = d->lanes[slot + 2 * i + 1] = 3;
    }
}

// Which lanes a band works on, between left and right or between mid and side.
static unsigned lanes_of(enum band_channel c, int n_channels, bool mid_side) {
    if (c == STEREO || (c == MID && n_channels == 1))
        return mid_side ? 0 : 3;
    if (n_channels != 2 || mid_side != (c == MID || c == SIDE))
        return 0;
    return c == MID || c == LEFT ? 1 : 2;
}

static void design_band(struct design *d, int i, const struct params *p, int n_channels,
                        double rate) {
    const struct band *b = &p->band[i];
    const bool heard = i < choice(p->bands) && !band_is_neutral(b);
    struct ton_biquad pair[PER_BAND] = {TON_BIQUAD_THROUGH, TON_BIQUAD_THROUGH};
    if (heard) {
        const struct ton_analogue a = prototype(b);
        ton_biquad_match(pair, &a, rate);
    }
    for (int k = 0; k < PER_BAND; k++) {
        const int slot = i * PER_BAND + k;
        const enum band_channel c = (enum band_channel)choice(b->channel);
        d->section[LEFT_RIGHT + slot] = d->section[MID_SIDE + slot] = pair[k];
        d->lanes[LEFT_RIGHT + slot] = heard ? lanes_of(c, n_channels, false) : 0;
        d->lanes[MID_SIDE + slot] = heard ? lanes_of(c, n_channels, true) : 0;
    }
}

static void set_targets(struct state *s, const struct design *d, int from, int n) {
    const struct ton_biquad through = TON_BIQUAD_THROUGH;
    for (int slot = from; slot < from + n; slot++)
        for (int l = 0; l < LANES; l++)
            ton_cascade_section_set(&s->target[slot], l,
                                    d->lanes[slot] >> l & 1 ? &d->section[slot] : &through);
}

// Designs what differs from the parameters in force, or everything.
static void retarget(struct state *s, const struct params *p, bool everything) {
    struct design d;
    const struct params *old = &s->params;
    if (everything || p->high_pass != old->high_pass ||
        p->high_pass_slope != old->high_pass_slope) {
        design_pass(&d, HIGH_PASS, true, p->high_pass, p->high_pass_slope, s->rate);
        set_targets(s, &d, HIGH_PASS, PASS_SLOTS);
    }
    if (everything || p->low_pass != old->low_pass || p->low_pass_slope != old->low_pass_slope) {
        design_pass(&d, LOW_PASS, false, p->low_pass, p->low_pass_slope, s->rate);
        set_targets(s, &d, LOW_PASS, PASS_SLOTS);
    }
    for (int i = 0; i < MAX_BANDS; i++)
        if (everything || p->bands != old->bands ||
            memcmp(&p->band[i], &old->band[i], sizeof p->band[i]) != 0) {
            design_band(&d, i, p, s->channels, s->rate);
            set_targets(s, &d, LEFT_RIGHT + i * PER_BAND, PER_BAND);
            set_targets(s, &d, MID_SIDE + i * PER_BAND, PER_BAND);
        }
    s->params = *p;
}

static void list_slots(struct state *s) {
    s->n_left_right = s->n_mid_side = 0;
    for (int slot = 0; slot < N_SLOTS; slot++) {
        if (ton_cascade_section_is_through(&s->target[slot]) &&
            ton_cascade_section_is_through(&s->now[slot]))
            continue;
        if (slot < MID_SIDE)
            s->left_right[s->n_left_right++] = slot;
        else
            s->mid_side[s->n_mid_side++] = slot;
    }
}

static double pole_radius(const struct ton_biquad *b) {
    const double d = 0.25 * b->a1 * b->a1 - b->a2;
    return d < 0.0 ? sqrt(b->a2) : 0.5 * fabs(b->a1) + sqrt(d);
}

// Frames until what rings in a section has fallen by 160 dB.
static double ringing(const struct ton_biquad *b) {
    const double radius = pole_radius(b);
    return radius > 0.0 ? ceil(log(1e-8) / log(radius)) + 2.0 : 2.0;
}

// One lane of one slot: where its glide starts and ends. Returns how long it rings afterwards.
static double aim_lane(struct state *s, int slot, int l) {
    struct ton_biquad now = ton_cascade_section_get(&s->now[slot], l);
    struct ton_biquad aim = ton_cascade_section_get(&s->target[slot], l);
    double rings = 0.0;
    if (ton_biquad_is_through(&aim) && !ton_biquad_is_through(&now)) {
        aim = (struct ton_biquad){1.0, now.a1, now.a2, now.a1, now.a2};
        rings = ringing(&now);
    } else if (ton_biquad_is_through(&now)) {
        now = (struct ton_biquad){1.0, aim.a1, aim.a2, aim.a1, aim.a2};
        ton_cascade_section_set(&s->now[slot], l, &now);
    }
    ton_cascade_section_set(&s->aim[slot], l, &aim);
    return rings;
}

// After the ringing: what is through becomes a wire with nothing in it.
static void settle(struct state *s) {
    for (int slot = 0; slot < N_SLOTS; slot++)
        for (int l = 0; l < LANES; l++) {
            const struct ton_biquad b = ton_cascade_section_get(&s->target[slot], l);
            for (int pair = 0; ton_biquad_is_through(&b) && pair < MAX_PAIRS; pair++)
                s->memory[pair][slot].s1[l] = s->memory[pair][slot].s2[l] = 0.0;
        }
    memcpy(s->now, s->target, sizeof s->now);
    memcpy(s->aim, s->target, sizeof s->aim);
    list_slots(s);
}

static size_t state_size(const struct ton_config *config, const float *params) {
    (void)config, (void)params;
    return sizeof(struct state);
}

static void reset(void *state) {
    struct state *s = state;
    s->left = s->ringing = 0;
    memset(s->memory, 0, sizeof s->memory);
    memset(s->step, 0, sizeof s->step);
    ton_glide_set(&s->gain, s->gain.target);
    settle(s);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    const struct params *p = (const struct params *)params;
    s->rate = config->rate;
    s->channels = config->channels;
    retarget(s, p, true);
    ton_glide_set(&s->gain, ton_db_to_gain((double)p->gain));
    reset(s);
}

static void update(void *state, const float *params) {
    struct state *s = state;
    const struct params *p = (const struct params *)params;
    retarget(s, p, false);
    ton_glide_to(&s->gain, ton_db_to_gain((double)p->gain), GLIDE);
    double rings = 0.0;
    for (int slot = 0; slot < N_SLOTS; slot++) {
        for (int l = 0; l < LANES; l++)
            rings = fmax(rings, aim_lane(s, slot, l));
        ton_cascade_section_step(&s->step[slot], &s->now[slot], &s->aim[slot], GLIDE);
    }
    s->ringing = (int)rings;
    s->left = GLIDE + s->ringing;
    list_slots(s);
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
    struct ton_cascade_section moved[N_SLOTS];
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

static void process(void *state, const struct ton_io *io) {
    struct state *s = state;
    for (int done = 0; done < io->frames;) {
        int n = io->frames - done < CHUNK ? io->frames - done : CHUNK;
        const int phase = s->left > s->ringing ? s->left - s->ringing : s->left;
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

static void design_all(struct design *d, const struct params *p, int n_channels, double rate) {
    design_pass(d, HIGH_PASS, true, p->high_pass, p->high_pass_slope, rate);
    design_pass(d, LOW_PASS, false, p->low_pass, p->low_pass_slope, rate);
    for (int i = 0; i < MAX_BANDS; i++)
        design_band(d, i, p, n_channels, rate);
}

// In series the times of the sections add up at most. The 40 dB that each falls beyond -120 dBFS
// cover what resonances add.
static int64_t tail(const struct ton_config *config, const float *params) {
    struct design d;
    design_all(&d, (const struct params *)params, config->channels, config->rate);
    double frames = 0.0;
    for (int slot = 0; slot < N_SLOTS; slot++)
        frames += d.lanes[slot] ? ringing(&d.section[slot]) : 0.0;
    return (int64_t)frames;
}

static void multiply(double h[2], const double by[2]) {
    const double re = h[0] * by[0] - h[1] * by[1];
    h[1] = h[0] * by[1] + h[1] * by[0];
    h[0] = re;
}

// From left to left: half of what mid and side do together.
static double response(const struct ton_config *config, const float *params, double hz) {
    const struct params *p = (const struct params *)params;
    struct design d;
    design_all(&d, p, config->channels, config->rate);
    double left[2] = {1.0, 0.0}, mid[2] = {1.0, 0.0}, side[2] = {1.0, 0.0};
    for (int slot = 0; slot < N_SLOTS; slot++) {
        double h[2];
        if (!d.lanes[slot])
            continue;
        ton_biquad_response(h, &d.section[slot], 2.0 * M_PI * hz / config->rate);
        if (slot >= MID_SIDE)
            multiply(d.lanes[slot] & 1 ? mid : side, h);
        else if (d.lanes[slot] & 1)
            multiply(left, h);
    }
    multiply(left, (double[2]){0.5 * (mid[0] + side[0]), 0.5 * (mid[1] + side[1])});
    return ton_gain_to_db(hypot(left[0], left[1])) + (double)p->gain;
}

static bool is_neutral(const float *params) {
    const struct params *p = (const struct params *)params;
    if (p->high_pass > 10.0F || p->low_pass > 10.0F || p->gain != 0.0F)
        return false;
    for (int i = 0; i < choice(p->bands); i++)
        if (!band_is_neutral(&p->band[i]))
            return false;
    return true;
}

const struct ton_processor ton_processor_eq = {
    .id = "eq",
    .name = "Equaliser",
    .summary =
        "High and low pass and up to eight bands, true to their analogue curves up to 20 kHz.",
    .text =
        "Minimum phase, no latency. Bells, shelves and passes keep their analogue shape right up "
        "to 20 kHz instead of being squeezed towards the end of the spectrum, so a setting "
        "sounds the same at every sample rate. Bands can work on mid, side, left or right of a "
        "stereo strip.",
    .lv2_class = "ParaEQPlugin",
    .version = 1,
    .flags = TON_PROCESSOR_LINEAR,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = N_PARAMS,
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .tail = tail,
    .response = response,
    .is_neutral = is_neutral,
};
