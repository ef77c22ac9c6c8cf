/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exciter: adds the second and third harmonics of a band.
 *
 *   band filter -> delay -> over its envelope -> up -> T2, T3 -> down -> times the envelope
 *        -> high pass -> amount -> added to the delayed input
 *
 * The Chebyshev polynomials T2 = 2 u^2 - 1 and T3 = 4 u^3 - 3 u turn a sine of amplitude 1 into its
 * second or third harmonic and nothing else. The envelope makes it so: it is the maximum of the
 * band around each moment, smoothed so that the band never sticks out of it (as in the limiter). So
 * the harmonics follow the level of the band dB for dB, soft passages get as much of them as loud
 * ones, and a polynomial of the third degree at twice the rate has no alias that the way down lets
 * through. The high pass takes the difference tones that several tones make. */
#include "glided.h"
#include "registry.h"
#include "ton/carve.h"
#include "ton/db.h"
#include "ton/fixed_delay.h"
#include "ton/moving_sum.h"
#include "ton/oversample.h"
#include "ton/smooth.h"
#include "ton/window_max.h"

#include <string.h>

enum { BLOCK = TON_OVERSAMPLE_BLOCK, LANES = GLIDED_LANES, PAIRS = TON_MOST_CHANNELS / LANES };
enum { HIGH, LOW };
enum { FACTOR = 2, ORDER = 4, N_SECTIONS = ORDER };

#define OFF_DB (-60.0F)
#define GLIDE_MS 5.0
#define UNITY (1 << 30) /* an envelope of 1 as an integer */
#define LEAST 1e-7F     /* what the band is at least divided by */
#define MOST 1e6F       /* that an envelope can be */
#define LOWEST_HZ 20.0  /* whose half period the envelope bridges, in the low range */

static const char *const ranges[] = {"high", "low", NULL};

static const struct ton_row rows[] = {
    {.key = "range",
     .label = "Range",
     .kind = TON_CHOICE,
     .max = LOW,
     .choices = ranges,
     .flags = TON_ROW_FIXED,
     .help = "What gets harmonics: `high` is all above the frequency (air, presence), `low` all "
             "below it, so that a bass is heard on small speakers."},
    {.key = "frequency",
     .label = "Frequency",
     .unit = TON_UNIT_HZ,
     .min = 40,
     .max = 12000,
     .def = 3500,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .help =
         "Where the band begins (high) or ends (low), 24 dB/oct; nothing is added below it. For "
         "a voice 3 to 5 kHz, for air 7 kHz and more, for a bass 80 to 150 Hz."},
    {.key = "amount",
     .label = "Amount",
     .unit = TON_UNIT_DB,
     .min = OFF_DB,
     .max = 0,
     .def = -20,
     .digits = 1,
     .flags = TON_ROW_OFF_MIN,
     .help = "Level of the added harmonics re the band that they are made from."},
    {.key = "odd",
     .label = "Odd",
     .unit = TON_UNIT_PERCENT,
     .max = 100,
     .def = 30,
     .digits = 0,
     .help = "Share of the third harmonic, which is edgy; the rest is the second, which is warm."},
    {.key = "listen",
     .label = "Listen",
     .kind = TON_SWITCH,
     .max = 1,
     .help = "Only what is added is heard, to find the frequency."},
};

struct settings {
    float range, frequency, amount, odd, listen;
};
TON_PARAMS_FIT(struct settings, TON_N(rows));

struct channel {
    struct ton_oversampler inside;
    struct ton_window_max window;
    struct ton_moving_sum boxes[2];
    struct ton_fixed_delay band, envelope, dry;
    float heard[2]; /* the last frames of the band */
};

struct exciter {
    double rate, box_scale;
    int channels, range, frames; /* frames: that a glide takes */
    struct ton_oversampling oversampling;
    struct glided before, after;
    struct ton_cascade_memory before_memory[PAIRS][GLIDED_MOST], after_memory[PAIRS][GLIDED_MOST];
    struct ton_glide amount, odd, listen;
    float added; /* the most in the last call */
    struct channel channel[TON_MOST_CHANNELS];
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

/* Frames that the envelope sees ahead, and that it stands still for between two crests. */
static int frames_ahead(const struct ton_config *config, const struct settings *s) {
    const double ms = s->range >= LOW ? 10.0 : 2.0, frames = ms * config->rate / 1000.0;
    return frames < 2.0 ? 2 : (int)lround(frames);
}

static int frames_held(const struct ton_config *config, const struct settings *s) {
    const double seconds = s->range >= LOW ? 0.5 / LOWEST_HZ : 0.012;
    return (int)lround(seconds * config->rate);
}

static int inside_latency(void) {
    struct ton_oversampling o;
    ton_oversampling_init(&o, FACTOR, 0);
    return o.latency;
}

static int latency(const struct ton_config *config, const float *params) {
    const struct settings s = settings_of(params);
    return frames_ahead(config, &s) + inside_latency();
}

static void lay_out_channel(struct channel *ch, struct carver *c, const struct ton_config *config,
                            const struct settings *s) {
    const int ahead = frames_ahead(config, s), inside = inside_latency();
    const int window = ahead + 2 + frames_held(config, s);
    const int lengths[2] = {ahead / 2 + 1, ahead - ahead / 2 + 1}; /* together ahead + 1 long */
    const int delays[3] = {ahead, inside, ahead + inside};
    float *const held = carve_floats(c, ton_window_max_floats(window));
    if (ch)
        ton_window_max_init(&ch->window, held, window);
    for (int i = 0; i < 2; i++) {
        int64_t *const memory = carve(c, sizeof *memory * (size_t)lengths[i]);
        if (ch)
            ch->boxes[i] = (struct ton_moving_sum){.memory = memory, .length = lengths[i]};
    }
    for (int i = 0; i < 3; i++) {
        float *const memory = carve_floats(c, delays[i]);
        if (ch)
            ton_fixed_delay_init(i == 0   ? &ch->band
                                 : i == 1 ? &ch->envelope
                                          : &ch->dry,
                                 memory, delays[i]);
    }
}

static size_t lay_out(struct exciter *k, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)k};
    const struct settings s = settings_of(params);
    carve(&c, sizeof(struct exciter));
    for (int i = 0; i < config->channels; i++) {
        float *const inside = carve_floats(&c, ton_oversampler_floats(FACTOR));
        if (k)
            ton_oversampler_init(&k->channel[i].inside, &k->oversampling, inside);
        lay_out_channel(k ? &k->channel[i] : NULL, &c, config, &s);
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

/* Butterworth, two sections each of two biquads. */
static void design(struct ton_biquad out[N_SECTIONS], double hz, double rate, bool low) {
    struct ton_analogue prototype[4];
    const double highest = 0.4 * rate, at = hz < highest ? hz : highest;
    if (low)
        ton_analogue_low_pass(prototype, at, ORDER);
    else
        ton_analogue_high_pass(prototype, at, ORDER);
    for (int i = 0; i < ORDER / 2; i++)
        ton_biquad_match(out + 2 * i, &prototype[i], rate);
}

static double amount_of(const struct settings *s) {
    return s->amount <= OFF_DB ? 0.0 : ton_db_to_gain((double)s->amount);
}

static void set_levels(struct exciter *k, const struct settings *s, int frames) {
    ton_glide_to(&k->amount, amount_of(s), frames);
    ton_glide_to(&k->odd, (double)s->odd / 100.0, frames);
    ton_glide_to(&k->listen, s->listen >= 0.5F, frames > 1 ? 4 * frames : 1);
}

static void update(void *state, const float *params) {
    struct exciter *k = state;
    const struct settings s = settings_of(params);
    struct ton_biquad before[N_SECTIONS], after[N_SECTIONS];
    design(before, (double)s.frequency, k->rate, k->range == LOW);
    design(after, (double)s.frequency, k->rate, false);
    glided_to(&k->before, before);
    glided_to(&k->after, after);
    set_levels(k, &s, k->frames);
}

static void reset(void *state) {
    struct exciter *k = state;
    ton_glide_set(&k->amount, k->amount.target);
    ton_glide_set(&k->odd, k->odd.target);
    ton_glide_set(&k->listen, k->listen.target);
    glided_settle(&k->before);
    glided_settle(&k->after);
    memset(k->before_memory, 0, sizeof k->before_memory);
    memset(k->after_memory, 0, sizeof k->after_memory);
    k->added = 0;
    for (int c = 0; c < k->channels; c++) {
        struct channel *ch = &k->channel[c];
        ton_oversampler_fill(&ch->inside, &k->oversampling, 0, 0);
        ton_window_max_clear(&ch->window);
        ton_moving_sum_fill(&ch->boxes[0], 0);
        ton_moving_sum_fill(&ch->boxes[1], 0);
        memset(ch->heard, 0, sizeof ch->heard);
        ton_fixed_delay_clear(&ch->band);
        ton_fixed_delay_clear(&ch->envelope);
        ton_fixed_delay_clear(&ch->dry);
    }
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct exciter *k = state;
    const struct settings s = settings_of(params);
    struct ton_biquad before[N_SECTIONS], after[N_SECTIONS];
    k->rate = config->rate;
    k->channels = config->channels;
    k->range = s.range >= LOW ? LOW : HIGH;
    k->frames = ton_glide_frames(GLIDE_MS, config->rate);
    ton_oversampling_init(&k->oversampling, FACTOR, 0);
    lay_out(k, config, params);
    const struct ton_moving_sum *boxes = k->channel[0].boxes;
    k->box_scale = 1.0 / ((double)UNITY * boxes[0].length * boxes[1].length);
    design(before, (double)s.frequency, k->rate, k->range == LOW);
    design(after, (double)s.frequency, k->rate, false);
    glided_init(&k->before, before, N_SECTIONS, k->rate);
    glided_init(&k->after, after, N_SECTIONS, k->rate);
    set_levels(k, &s, 1);
    reset(k);
}

/* The crest of the sine through three frames where the middle one is the highest (ton/true_peak.h),
 * else the magnitude of that: near 1/8 of the rate the samples of a tone miss its crest by 8 % for
 * a long time, then do not. */
static inline float crest(float a, float b, float c) {
    const float square = b * b, sum = a + c, difference = c - a;
    const float below = 4 * square - sum * sum + 1e-30F;
    const bool top = square >= a * a && square >= c * c;
    const float found = sqrtf(top ? square + square * (difference * difference / below) : square);
    return found < MOST ? found : fabsf(b); /* on a flat top `below` may round to nothing */
}

/* x becomes its envelope, as late as the look-ahead; one frame of it goes to the crests. */
static void find_envelope(const struct exciter *k, struct channel *ch, float *x, int frames) {
    float heard[2 + BLOCK];
    memcpy(heard, ch->heard, sizeof ch->heard);
    for (int i = 0; i < frames; i++) {
        const float capped = x[i] < MOST ? x[i] : MOST;
        heard[2 + i] = capped > -MOST ? capped : -MOST;
    }
    memcpy(ch->heard, heard + frames, sizeof ch->heard);
    for (int i = 0; i < frames; i++)
        x[i] = crest(heard[i], heard[i + 1], heard[i + 2]);
    ton_window_max_run(&ch->window, x, frames);
    for (int i = 0; i < frames; i++) {
        const int64_t level = (int64_t)((double)x[i] * UNITY + 0.5);
        const int64_t sum =
            ton_moving_sum_run(&ch->boxes[1], ton_moving_sum_run(&ch->boxes[0], level));
        x[i] = (float)((double)sum * k->box_scale);
    }
}

/* The harmonics of a band, in place. */
static void excite(const struct exciter *k, struct channel *ch, const float *odd, float *x,
                   int frames) {
    float envelope[BLOCK], inside[BLOCK * FACTOR];
    memcpy(envelope, x, sizeof *x * (size_t)frames);
    find_envelope(k, ch, envelope, frames);
    ton_fixed_delay_run(&ch->band, x, frames);
    for (int i = 0; i < frames; i++) {
        const float u = x[i] / (envelope[i] > LEAST ? envelope[i] : LEAST);
        x[i] = u < -1 ? -1 : u > 1 ? 1 : u;
    }
    ton_oversample_up(&ch->inside, &k->oversampling, inside, x, frames);
    for (int i = 0; i < frames * FACTOR; i++) {
        const float u = inside[i], share = odd[i / FACTOR];
        inside[i] = (1 - share) * (2 * u * u - 1) + share * (4 * u * u - 3) * u;
    }
    ton_oversample_down(&ch->inside, &k->oversampling, x, inside, frames);
    ton_fixed_delay_run(&ch->envelope, envelope, frames);
    for (int i = 0; i < frames; i++)
        x[i] *= envelope[i];
}

/* What moves, frame by frame. */
struct moves {
    float amount[BLOCK], odd[BLOCK], dry[BLOCK];
};

static void move(struct exciter *k, struct moves *m, int frames) {
    for (int i = 0; i < frames; i++) {
        m->amount[i] = (float)ton_glide_next(&k->amount);
        m->odd[i] = (float)ton_glide_next(&k->odd);
        m->dry[i] = (float)(1.0 - ton_ease(ton_glide_next(&k->listen)));
    }
}

static void process_pair(struct exciter *k, const struct ton_io *io, const struct moves *m,
                         int first, int from, int frames) {
    float dry[LANES][BLOCK], line[BLOCK];
    double x[BLOCK][LANES] = {0};
    const int n = k->channels - first < LANES ? k->channels - first : LANES;
    for (int l = 0; l < n; l++)
        for (int i = 0; i < frames; i++)
            x[i][l] = (double)(dry[l][i] = io->in[first + l][from + i]);
    glided_run(&k->before, x, frames, k->before_memory[first / LANES]);
    for (int l = 0; l < n; l++) {
        for (int i = 0; i < frames; i++)
            line[i] = (float)x[i][l];
        excite(k, &k->channel[first + l], m->odd, line, frames);
        for (int i = 0; i < frames; i++)
            x[i][l] = (double)line[i];
    }
    glided_run(&k->after, x, frames, k->after_memory[first / LANES]);
    for (int l = 0; l < n; l++) {
        ton_fixed_delay_run(&k->channel[first + l].dry, dry[l], frames);
        for (int i = 0; i < frames; i++) {
            const float added = m->amount[i] * (float)x[i][l];
            k->added = fabsf(added) > k->added ? fabsf(added) : k->added;
            io->out[first + l][from + i] = m->dry[i] * dry[l][i] + added;
        }
    }
}

static void process(void *state, const struct ton_io *io) {
    struct exciter *k = state;
    struct moves m;
    k->added = 0;
    for (int at = 0, n = 0; at < io->frames; at += n) {
        n = io->frames - at < BLOCK ? io->frames - at : BLOCK;
        n = glided_stretch(&k->before, n);
        n = glided_stretch(&k->after, n);
        move(k, &m, n);
        for (int first = 0; first < k->channels; first += LANES)
            process_pair(k, io, &m, first, at, n);
        glided_advance(&k->before, n);
        glided_advance(&k->after, n);
    }
}

/* The envelope holds what the filter in front of it has rung out to, and the one behind rings too;
 * each falls by 120 dB in six periods of its corner. */
static int64_t tail(const struct ton_config *config, const float *params) {
    const struct settings s = settings_of(params);
    const double ringing = 12.0 * config->rate / (double)s.frequency;
    return latency(config, params) + 2 * frames_ahead(config, &s) + frames_held(config, &s) +
           (int64_t)ringing;
}

static bool is_neutral(const float *params) {
    const struct settings s = settings_of(params);
    return s.amount <= OFF_DB && s.listen < 0.5F;
}

static const struct ton_row meters[] = {{.key = "added",
                                         .label = "Added",
                                         .unit = TON_UNIT_DB,
                                         .min = -120,
                                         .max = 60,
                                         .digits = 1,
                                         .help = "Peak of the harmonics that are added."}};

static void read_meters(const void *state, float *values) {
    const struct exciter *k = state;
    values[0] = (float)fmin(fmax(ton_gain_to_db((double)k->added + 1e-9), -120.0), 60.0);
}

const struct ton_processor ton_processor_exciter = {
    .id = "exciter",
    .name = "Exciter",
    .summary = "Adds harmonics of the treble or of the bass.",
    .text =
        "Air and presence that an equaliser cannot give, because it makes what is not there: the "
        "second and third harmonics of all above `frequency`, added to the sound, which itself is "
        "left as it is. Turn `listen` on and seek the frequency at which the added part follows "
        "the words or the strings and not the hiss, turn it off, and raise `amount` until you "
        "hear it; then go back by 3 dB, for ears get used to it. Soft passages get as much as "
        "loud ones. With `range` at `low` it makes harmonics of the bass, which small speakers "
        "play and the ear takes for the bass itself.",
    .lv2_class = "SpectralPlugin",
    .version = 1,
    .cost_ns = 30,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = TON_N(rows),
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .latency = latency,
    .tail = tail,
    .is_neutral = is_neutral,
    .meters = meters,
    .n_meters = TON_N(meters),
    .read_meters = read_meters,
};
