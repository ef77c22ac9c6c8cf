/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convolver: what is played into it sounds as if through the room, plate, cabinet or loudspeaker
 * whose impulse response was recorded.
 *
 *   in -> pre-delay -> convolution -> gain -> wet
 *    \-> as late as the convolution ->       dry  */
#include "registry.h"
#include "response.h"
#include "rows.h"

#include "ton/db.h"
#include "ton/fixed_delay.h"
#include "ton/smooth.h"

enum { CHUNK = 256, ZERO_BLOCK = 64, LOW_BLOCK = 512, LATENCY_LOW = 1, B_FORMAT = 1 };

#define GLIDE_MS 10.0
#define LOW_CUT_OFF 10.0F
#define HIGH_CUT_OFF 500.0F
#define WHOLE_S 60.0F

static const char *const latencies[] = {"zero", "low", NULL};
static const char *const fours[] = {"true stereo", "B-format", NULL};

static const struct ton_row rows[] = {
    {.key = "response",
     .label = "Impulse response",
     .kind = TON_PATH,
     .flags = TON_ROW_REQUIRED,
     .help = "The file with the impulse response, of any rate: mono (the same for all channels), "
             "stereo, four channels, or as many as the strip has."},
    {.key = "gain",
     .label = "Gain",
     .unit = TON_UNIT_DB,
     .min = -60,
     .max = 24,
     .digits = 2,
     .help = "Level of the wet sound."},
    {.key = "normalise",
     .label = "Normalise",
     .kind = TON_SWITCH,
     .max = 1,
     .def = 1,
     .flags = TON_ROW_FIXED,
     .help = "Levels the response so that pink noise comes out as loud as it went in: then "
             "different responses can be compared. Off keeps the level of the file."},
    {.key = "pre_delay",
     .label = "Pre delay",
     .unit = TON_UNIT_MS,
     .max = 500,
     .digits = 1,
     .flags = TON_ROW_FIXED,
     .help = "Time between the sound and the response; 10 to 40 ms keep a voice in front of its "
             "room."},
    {.key = "start",
     .label = "Start",
     .unit = TON_UNIT_MS,
     .max = 1000,
     .digits = 2,
     .flags = TON_ROW_FIXED,
     .help = "Leaves out what the response has before this: silence before the first sound, or the "
             "direct sound of a room."},
    {.key = "length",
     .label = "Length",
     .unit = TON_UNIT_S,
     .min = 0.001F,
     .max = WHOLE_S,
     .def = WHOLE_S,
     .scale = TON_LOGARITHMIC,
     .digits = 3,
     .flags = TON_ROW_FIXED | TON_ROW_INF_MAX,
     .help = "Ends the response this far behind its start, faded out over the last tenth; inf "
             "keeps all of it."},
    {.key = "low_cut",
     .label = "Low cut",
     .unit = TON_UNIT_HZ,
     .min = LOW_CUT_OFF,
     .max = 1000,
     .def = LOW_CUT_OFF,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .flags = TON_ROW_FIXED | TON_ROW_OFF_MIN,
     .help = "High pass of 12 dB/octave on the response."},
    {.key = "high_cut",
     .label = "High cut",
     .unit = TON_UNIT_HZ,
     .min = HIGH_CUT_OFF,
     .max = 20000,
     .def = HIGH_CUT_OFF,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .flags = TON_ROW_FIXED | TON_ROW_OFF_MIN,
     .help = "Low pass of 12 dB/octave on the response."},
    {.key = "four_channels",
     .label = "Four channels",
     .kind = TON_CHOICE,
     .max = B_FORMAT,
     .choices = fours,
     .flags = TON_ROW_FIXED,
     .help = "What four channels in the file are: true stereo (left to left, left to right, right "
             "to left, right to right) or B-format (W X Y Z), heard as by a crossed pair of "
             "cardioids."},
    {.key = "latency",
     .label = "Latency",
     .kind = TON_CHOICE,
     .max = LATENCY_LOW,
     .choices = latencies,
     .flags = TON_ROW_FIXED,
     .help = "Zero lets one play through it; low is 512 samples late (which a mix makes up for) "
             "and takes a little less work."},
    MIX_ROW(100, "Wet part of the output; 100 % for cabinets and on a bus that is fed by sends."),
};

struct params {
    float gain, normalise, pre_delay, start, length, low_cut, high_cut, four_channels, latency, mix;
};
TON_PARAMS_FIT(struct params, 10);

struct state {
    int channels;
    double rate;
    struct ton_glide wet, dry;
    struct ton_fixed_delay pre_delays[TON_MOST_CHANNELS], dry_delays[TON_MOST_CHANNELS];
    struct ton_convolver convolver;
    struct response response;
    float *wets[TON_MOST_CHANNELS]; /* [CHUNK] */
    float *drys;                    /* [CHUNK] */
    float wet_gains[CHUNK], dry_gains[CHUNK];
};

static const struct params *params_of(const float *params) {
    return (const struct params *)params;
}

static struct response_settings settings_of(const struct params *p) {
    return (struct response_settings){
        .normalise = p->normalise >= 0.5F,
        .b_format = (int)(p->four_channels + 0.5F) == B_FORMAT,
        .start_ms = (double)p->start,
        .length_s = p->length >= WHOLE_S ? INFINITY : (double)p->length,
        .low_cut = p->low_cut > LOW_CUT_OFF ? (double)p->low_cut : 0,
        .high_cut = p->high_cut > HIGH_CUT_OFF ? (double)p->high_cut : 0,
    };
}

static int pre_delay_frames(const struct params *p, double rate) {
    return (int)lround((double)p->pre_delay * rate / 1000);
}

static struct ton_convolver_shape plan(struct response *r, const struct ton_config *config,
                                       const struct params *p) {
    const struct response_settings settings = settings_of(p);
    const bool late = (int)(p->latency + 0.5F) == LATENCY_LOW;
    struct ton_convolver_shape shape = {.block = late ? LOW_BLOCK : ZERO_BLOCK, .late = late};
    response_plan(r, &shape, config, &settings);
    return shape;
}

static int latency(const struct ton_config *config, const float *params) {
    struct response r;
    const struct ton_convolver_shape shape = plan(&r, config, params_of(params));
    return ton_convolver_latency(&shape);
}

static void lay_out_delay(struct ton_fixed_delay *d, struct carver *c, int frames) {
    float *memory = carve_floats(c, frames);
    if (d)
        ton_fixed_delay_init(d, memory, frames);
}

static size_t lay_out(struct state *s, const struct ton_config *config, const float *params) {
    struct response r;
    const struct ton_convolver_shape shape = plan(&r, config, params_of(params));
    struct carver c = {.base = (char *)s};
    carve(&c, sizeof *s);
    for (int i = 0; i < config->channels; i++) {
        lay_out_delay(s ? &s->pre_delays[i] : NULL, &c,
                      pre_delay_frames(params_of(params), config->rate));
        lay_out_delay(s ? &s->dry_delays[i] : NULL, &c, ton_convolver_latency(&shape));
        float *wet = carve_floats(&c, CHUNK);
        if (s)
            s->wets[i] = wet;
    }
    float *drys = carve_floats(&c, CHUNK);
    ton_convolver_lay_out(s ? &s->convolver : NULL, &c, &shape);
    if (s) {
        s->drys = drys;
        s->response = r;
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void update(void *state, const float *params) {
    struct state *s = state;
    const struct params *p = params_of(params);
    const int frames = ton_glide_frames(GLIDE_MS, s->rate);
    const double mix = (double)p->mix / 100;
    ton_glide_to(&s->wet, mix * ton_db_to_gain((double)p->gain), frames);
    ton_glide_to(&s->dry, 1 - mix, frames);
}

static void reset(void *state) {
    struct state *s = state;
    ton_glide_set(&s->wet, s->wet.target);
    ton_glide_set(&s->dry, s->dry.target);
    for (int c = 0; c < s->channels; c++) {
        ton_fixed_delay_clear(&s->pre_delays[c]);
        ton_fixed_delay_clear(&s->dry_delays[c]);
    }
    ton_convolver_clear(&s->convolver);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    s->channels = config->channels;
    s->rate = config->rate;
    lay_out(s, config, params);
    update(s, params);
    reset(s);
}

static enum ton_code open_it(void *state, const struct ton_config *config, const float *params,
                             struct ton_err *err) {
    struct state *s = state;
    (void)config, (void)params;
    enum ton_code code = ton_convolver_open(&s->convolver, err);
    if (!code)
        code = response_load(&s->response, &s->convolver, err);
    if (code)
        ton_convolver_close(&s->convolver);
    return code;
}

static void close_it(void *state) {
    struct state *s = state;
    ton_convolver_close(&s->convolver);
}

static void run_chunk(struct state *s, const struct ton_io *io, int from, int n) {
    const size_t bytes = sizeof(float) * (size_t)n;
    for (int i = 0; i < n; i++) {
        s->wet_gains[i] = (float)ton_glide_next(&s->wet);
        s->dry_gains[i] = (float)ton_glide_next(&s->dry);
    }
    for (int c = 0; c < s->channels; c++) {
        memcpy(s->wets[c], io->in[c] + from, bytes);
        ton_fixed_delay_run(&s->pre_delays[c], s->wets[c], n);
    }
    ton_convolver_run(&s->convolver, s->wets, (const float *const *)s->wets, n);
    for (int c = 0; c < s->channels; c++) {
        memcpy(s->drys, io->in[c] + from, bytes);
        ton_fixed_delay_run(&s->dry_delays[c], s->drys, n);
        float *out = io->out[c] + from;
        for (int i = 0; i < n; i++)
            out[i] = s->dry_gains[i] * s->drys[i] + s->wet_gains[i] * s->wets[c][i];
    }
}

static void process(void *state, const struct ton_io *io) {
    for (int at = 0, n; at < io->frames; at += n) {
        n = io->frames - at < CHUNK ? io->frames - at : CHUNK;
        run_chunk(state, io, at, n);
    }
}

static int64_t tail(const struct ton_config *config, const float *params) {
    struct response r;
    const struct ton_convolver_shape shape = plan(&r, config, params_of(params));
    return pre_delay_frames(params_of(params), config->rate) + shape.taps - 1;
}

static bool is_neutral(const float *params) {
    return params_of(params)->mix <= 0;
}

const struct ton_processor ton_processor_convolver = {
    .id = "convolver",
    .name = "Convolver",
    .summary = "A recorded room, plate or cabinet: convolution with an impulse response.",
    .text = "Give it the impulse response of a room and put it on a bus that is fed by sends, or "
            "that of a guitar cabinet and put it in the track's chain behind the amplifier. "
            "Responses of any rate, of one, two or four channels; one that was made for true "
            "stereo keeps where things stand. With `normalise` on, responses can be exchanged "
            "without touching the level. `start` skips the direct sound when the dry signal is "
            "heard as well; `length` shortens a hall; `pre delay` sets it behind the voice.",
    .lv2_class = "ReverbPlugin",
    .version = 1,
    .cost_ns = 40,
    .flags = TON_PROCESSOR_LINEAR,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = 10,
    .state_size = state_size,
    .init = init,
    .open = open_it,
    .close = close_it,
    .reset = reset,
    .update = update,
    .process = process,
    .latency = latency,
    .tail = tail,
    .is_neutral = is_neutral,
};
