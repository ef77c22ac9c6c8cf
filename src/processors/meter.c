/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Meter: lets the sound through as it is and shows what it measures. Loudness after ITU-R
 * BS.1770-5 and EBU Tech 3341, every channel counted alike. */
#include "registry.h"

#include "ton/carve.h"
#include "ton/db.h"
#include "ton/k_weight.h"
#include "ton/smooth.h"
#include "ton/true_peak.h"

enum {
    HOPS_A_SECOND = 10,
    MOMENTARY = 4,   /* hops */
    SHORT_TERM = 30, /* hops */
    BINS_A_LU = 20,
    LOWEST_LUFS = -70, /* the absolute gate */
    HIGHEST_LUFS = 40,
    BINS = (HIGHEST_LUFS - LOWEST_LUFS) * BINS_A_LU,
    MOST_PAIRS = TON_MOST_CHANNELS / 2
};

#define RELATIVE_GATE_LU 10.0
#define NOTHING (-120.0F)
#define MOST 120.0F

static const struct ton_row rows[] = {
    {.key = "integration",
     .label = "Integration",
     .unit = TON_UNIT_MS,
     .min = 10,
     .max = 10000,
     .def = 300,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .flags = TON_ROW_FIXED,
     .help = "Time constant of RMS and correlation; 300 ms is that of a VU meter."},
};

struct params {
    float integration;
};
TON_PARAMS_FIT(struct params, TON_N(rows));

#define LEVEL_METER(name, words, measure, says)                                                    \
    {                                                                                              \
        .key = name, .label = words, .unit = measure, .min = NOTHING, .max = MOST, .def = NOTHING, \
        .digits = 1, .help = says                                                                  \
    }

enum { PEAK, TRUE_PEAK, RMS, MOMENTARY_LUFS, SHORT_TERM_LUFS, INTEGRATED_LUFS, CORRELATION };

static const struct ton_row meters[] = {
    LEVEL_METER("peak", "Peak", TON_UNIT_DBFS, "The largest sample so far, of all channels."),
    LEVEL_METER("true_peak", "True peak", TON_UNIT_DBTP,
                "The highest point so far of the curve between the samples."),
    LEVEL_METER("rms", "RMS", TON_UNIT_DBFS,
                "The mean power of all channels; a full-scale sine reads -3."),
    LEVEL_METER("momentary", "Momentary", TON_UNIT_LUFS, "Loudness of the last 400 ms."),
    LEVEL_METER("short_term", "Short-term", TON_UNIT_LUFS, "Loudness of the last 3 s."),
    LEVEL_METER("integrated", "Integrated", TON_UNIT_LUFS,
                "Loudness since the start, quiet parts left out (gated)."),
    {.key = "correlation",
     .label = "Correlation",
     .min = -1,
     .max = 1,
     .digits = 2,
     .help = "Of the first two channels: 1 is mono, 0 wide, below 0 they cancel in mono."},
};

/* Blocks of 400 ms by their loudness. */
struct bin {
    double power;
    int64_t n;
};

struct state {
    int channels, hop, at,
        hops; /* frames of a hop, and of this one; hops so far, as far as needed */
    float peak;
    double smooth, power, products[3]; /* integrated: of all channels; of the first two */
    struct ton_k_weight weight;
    ton_k_weight_run run;
    struct ton_k_memory memory[MOST_PAIRS];
    double this_hop, last[SHORT_TERM]; /* weighted squares */
    struct ton_true_peak *true_peaks;
    struct bin *bins;
};

static size_t lay_out(struct state *s, const struct ton_config *config) {
    struct carver c = {.base = (char *)s};
    carve(&c, sizeof *s);
    struct ton_true_peak *peaks = carve(&c, sizeof *peaks * (size_t)config->channels);
    struct bin *bins = carve(&c, sizeof *bins * BINS);
    if (s) {
        s->true_peaks = peaks;
        s->bins = bins;
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    (void)params;
    return lay_out(NULL, config);
}

static void reset(void *state) {
    struct state *s = state;
    s->at = s->hops = 0;
    s->peak = 0;
    s->power = s->this_hop = 0;
    memset(s->products, 0, sizeof s->products);
    memset(s->last, 0, sizeof s->last);
    memset(s->memory, 0, sizeof s->memory);
    memset(s->bins, 0, sizeof *s->bins * BINS);
    for (int c = 0; c < s->channels; c++)
        ton_true_peak_init(&s->true_peaks[c]);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    lay_out(s, config);
    s->channels = config->channels;
    s->hop = (int)lround(config->rate / HOPS_A_SECOND);
    s->smooth =
        ton_smooth_coefficient((double)((const struct params *)params)->integration, config->rate);
    s->run = ton_k_weight_kernel();
    ton_k_weight_design(&s->weight, config->rate);
    reset(s);
}

static void update(void *state, const float *params) {
    (void)state, (void)params;
}

static double lufs(double power) {
    return power > 0 ? -0.691 + 10 * log10(power) : -INFINITY;
}

/* Mean power of the last `n` hops. */
static double power_of(const struct state *s, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += s->last[i];
    return sum / n / s->hop;
}

static void end_hop(struct state *s) {
    memmove(s->last + 1, s->last, sizeof *s->last * (SHORT_TERM - 1));
    s->last[0] = s->this_hop;
    s->this_hop = 0;
    s->at = 0;
    s->hops += s->hops < MOMENTARY;
    const double power = power_of(s, MOMENTARY), place = (lufs(power) - LOWEST_LUFS) * BINS_A_LU;
    if (s->hops < MOMENTARY || place < 0)
        return;
    struct bin *bin = &s->bins[place < BINS ? (int)place : BINS - 1];
    bin->power += power;
    bin->n++;
}

static void weigh(struct state *s, const struct ton_io *io, int from, int n) {
    for (int c = 0; c < s->channels; c += 2) {
        const bool alone = c + 1 == s->channels;
        double squares[2];
        s->run(squares, &s->memory[c / 2], &s->weight, io->in[c] + from,
               io->in[alone ? c : c + 1] + from, n);
        s->this_hop += squares[0] + (alone ? 0 : squares[1]);
    }
}

static void integrate(struct state *s, const struct ton_io *io, int from, int n) {
    const float *left = io->in[0] + from, *right = io->in[s->channels > 1] + from;
    double power = s->power, ll = s->products[0], lr = s->products[1], rr = s->products[2];
    for (int i = 0; i < n; i++) {
        const double l = (double)left[i], r = (double)right[i];
        double sum = 0;
        for (int c = 0; c < s->channels; c++)
            sum += (double)io->in[c][from + i] * (double)io->in[c][from + i];
        power += s->smooth * (sum / s->channels - power);
        ll += s->smooth * (l * l - ll);
        lr += s->smooth * (l * r - lr);
        rr += s->smooth * (r * r - rr);
    }
    s->power = power;
    s->products[0] = ll, s->products[1] = lr, s->products[2] = rr;
}

static void find_peaks(struct state *s, const struct ton_io *io) {
    for (int c = 0; c < s->channels; c++) {
        for (int i = 0; i < io->frames; i++)
            s->peak = fmaxf(s->peak, fabsf(io->in[c][i]));
        ton_true_peak_feed(&s->true_peaks[c], io->in[c], io->frames);
    }
}

static void process(void *state, const struct ton_io *io) {
    struct state *s = state;
    find_peaks(s, io);
    for (int at = 0, n; at < io->frames; at += n) {
        n = io->frames - at < s->hop - s->at ? io->frames - at : s->hop - s->at;
        weigh(s, io, at, n);
        integrate(s, io, at, n);
        s->at += n;
        if (s->at == s->hop)
            end_hop(s);
    }
    for (int c = 0; c < s->channels; c++)
        if (io->out[c] != io->in[c])
            memcpy(io->out[c], io->in[c], sizeof(float) * (size_t)io->frames);
}

/* Mean power of the blocks in bins from `first` on; 0 without any. */
static double mean_from(const struct state *s, int first) {
    double power = 0;
    int64_t n = 0;
    for (int i = first < 0 ? 0 : first; i < BINS; i++) {
        power += s->bins[i].power;
        n += s->bins[i].n;
    }
    return n > 0 ? power / (double)n : 0;
}

static double integrated(const struct state *s) {
    const double gate = lufs(mean_from(s, 0)) - RELATIVE_GATE_LU;
    if (!(gate > -INFINITY))
        return -INFINITY;
    return lufs(mean_from(s, (int)floor((gate - LOWEST_LUFS) * BINS_A_LU + 0.5)));
}

static float shown(double level) {
    return (float)fmin(fmax(level, (double)NOTHING), (double)MOST);
}

static void read_meters(const void *state, float *values) {
    const struct state *s = state;
    double crest = (double)s->peak;
    for (int c = 0; c < s->channels; c++)
        crest = fmax(crest, (double)s->true_peaks[c].peak);
    const double both = sqrt(s->products[0] * s->products[2]);
    values[PEAK] = shown(ton_gain_to_db((double)s->peak));
    values[TRUE_PEAK] = shown(ton_gain_to_db(crest));
    values[RMS] = shown(10 * log10(s->power));
    values[MOMENTARY_LUFS] = shown(lufs(power_of(s, MOMENTARY)));
    values[SHORT_TERM_LUFS] = shown(lufs(power_of(s, SHORT_TERM)));
    values[INTEGRATED_LUFS] = shown(integrated(s));
    values[CORRELATION] = (float)(both > 1e-20 ? fmin(fmax(s->products[1] / both, -1), 1) : 0);
}

const struct ton_processor ton_processor_meter = {
    .id = "meter",
    .name = "Meter",
    .summary = "Peak, true peak, RMS, loudness and correlation; the sound is left as it is.",
    .text = "Put it where you want to know how loud things are: behind a microphone's gain, on a "
            "bus, before the limiter. Loudness is that of `ton measure` (BS.1770), peaks are held "
            "from the start. Not a bit of the sound is changed.",
    .lv2_class = "AnalyserPlugin",
    .version = 1,
    .flags = TON_PROCESSOR_LINEAR,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = TON_N(rows),
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .meters = meters,
    .n_meters = TON_N(meters),
    .read_meters = read_meters,
};
