/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loudness by ITU-R BS.1770-5 and loudness range by EBU Tech 3342.
 *
 * Everything is made of the weighted energy of hops of 10 ms. At each hop the last ten are added up
 * (a tenth of a second); a momentary window is four such tenths, a short-term window thirty, so the
 * windows move in steps of 10 ms, cost 44 additions a hop, and no running sum drifts. Every tenth
 * hop the two windows are kept: the gating blocks (400 ms, 75 % overlap) and the short-term values
 * (10 a second) are needed whole at the end, because the relative gates depend on all of them. That
 * is 16 bytes per 100 ms, 4.6 MB for 8 hours, and exact. */

#include "loudness.h"

#include "analysers.h"
#include "gather.h"
#include "ton/arena.h"
#include "ton/k_weight.h"

enum { TENTH = 10, MOMENTARY = 4, SHORT_TERM = 30, RING = SHORT_TERM * TENTH };

/* Two channels that share a register. An odd last channel is its own partner with weight 0. */
struct pair {
    int channel[2];
    double weight[2];
    bool asleep; /* the filters hold nothing that could be heard */
    struct ton_k_energy memory;
};

struct loudness {
    struct ton_k_parts weighting;
    double tenth_frames;
    int64_t hops;
    double hop[TENTH];   /* energies of the last hops */
    double tenths[RING]; /* energies of the tenths that ended at the last hops */
    struct loudness_now now;
    double max_momentary, max_short_term;
    double *momentary, *short_term; /* kept windows */
    size_t n, capacity;
    int n_pairs;
    struct pair pairs[(TON_MAX_CHANNELS + 1) / 2];
};

double loudness_lufs(double mean_square) {
    return mean_square > 0.0 ? -0.691 + 10.0 * log10(mean_square) : -INFINITY;
}

static double mean_square_of(double lufs) {
    return pow(10.0, (lufs + 0.691) / 10.0);
}

double loudness_weight(enum ton_speaker speaker) {
    switch (speaker) {
    case TON_SPEAKER_NONE:
    case TON_LFE:
        return 0.0;
    case TON_LEFT_SURROUND:
    case TON_RIGHT_SURROUND:
    case TON_LEFT_SIDE:
    case TON_RIGHT_SIDE:
    case TON_LEFT_WIDE:
    case TON_RIGHT_WIDE:
        return 1.41;
    default:
        return 1.0;
    }
}

static size_t state_size(const struct ton_analysis_config *config) {
    (void)config;
    return sizeof(struct loudness);
}

/* The shelf's corner must lie under half the rate; below that there is no K-weighting, so nothing
 * is counted and no loudness exists. */
#define LEAST_RATE 4000.0

static void pairs_init(struct loudness *s, const struct ton_layout *layout) {
    int counted = 0;
    for (int c = 0; c < layout->channels; c++) {
        const double weight = loudness_weight(layout->speakers[c]);
        if (weight == 0.0)
            continue;
        struct pair *p = &s->pairs[counted / 2];
        const int side = counted % 2;
        if (side == 0)
            *p = (struct pair){.channel = {c, c}, .asleep = true};
        p->channel[side] = c;
        p->weight[side] = weight;
        counted++;
    }
    s->n_pairs = (counted + 1) / 2;
}

static enum ton_code init(void *state, const struct ton_analysis_config *config,
                          struct ton_err *err) {
    struct loudness *s = state;
    (void)err;
    memset(s, 0, sizeof *s);
    struct ton_k_weight k;
    ton_k_weight_design(&k, config->rate);
    ton_k_parts_design(&s->weighting, &k, (int)(config->rate / 100.0));
    s->tenth_frames = config->rate / 10.0;
    if (config->rate >= LEAST_RATE)
        pairs_init(s, &config->layout);
    return TON_OK;
}

static bool is_silent(const struct ton_block *block, int c) {
    return block->low[c] == 0.0f && block->high[c] == 0.0f;
}

/* Digital silence puts the filters to sleep once what rings in them is under -600 dB, before it
 * becomes denormal: hours of silence cost nothing. */
static double pair_energy(struct loudness *s, struct pair *p, const struct ton_block *block) {
    const int a = p->channel[0], b = p->channel[1];
    const bool silent = is_silent(block, a) && is_silent(block, b);
    if (silent && p->asleep)
        return 0.0;
    double squares[2];
    ton_k_energy_run(squares, &p->memory, &s->weighting, block->in[a], block->in[b], block->frames);
    p->asleep = silent && squares[0] + squares[1] < 1e-60;
    if (p->asleep)
        memset(&p->memory, 0, sizeof p->memory);
    return p->weight[0] * squares[0] + p->weight[1] * squares[1];
}

/* Sum of `n` tenths that end one after the other, the last at this hop. */
static double window(const struct loudness *s, int n) {
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        const int64_t at = s->hops - (int64_t)(n - 1 - i) * TENTH;
        sum += at >= 0 ? s->tenths[at % RING] : 0.0;
    }
    return sum / (s->tenth_frames * n);
}

static enum ton_code keep(struct loudness *s, struct loudness_now now, struct ton_err *err) {
    if (s->n == s->capacity) {
        const size_t more = s->capacity ? 2 * s->capacity : 1024, size = sizeof *s->momentary;
        double *m = ton_realloc(s->momentary, size * s->capacity, size * more);
        if (m)
            s->momentary = m;
        double *t = m ? ton_realloc(s->short_term, size * s->capacity, size * more) : NULL;
        if (!t)
            return ton_fail(err, TON_MEMORY, NULL, "no memory to keep loudness over time");
        s->short_term = t;
        s->capacity = more;
    }
    s->momentary[s->n] = now.momentary;
    s->short_term[s->n] = now.short_term;
    s->n++;
    return TON_OK;
}

static enum ton_code feed(void *state, const struct ton_block *block, struct ton_err *err) {
    struct loudness *s = state;
    if (!block->whole)
        return TON_OK;
    double energy = 0.0;
    for (int i = 0; i < s->n_pairs; i++)
        energy += pair_energy(s, &s->pairs[i], block);
    s->hop[s->hops % TENTH] = energy;
    double tenth = 0.0;
    for (int i = 1; i <= TENTH; i++)
        tenth += s->hop[(s->hops + i) % TENTH];
    s->tenths[s->hops % RING] = tenth;

    s->now = (struct loudness_now){window(s, MOMENTARY), window(s, SHORT_TERM)};
    s->hops++;
    if (s->hops >= MOMENTARY * TENTH)
        s->max_momentary = fmax(s->max_momentary, s->now.momentary);
    if (s->hops >= SHORT_TERM * TENTH)
        s->max_short_term = fmax(s->max_short_term, s->now.short_term);
    return s->hops % TENTH ? TON_OK : keep(s, s->now, err);
}

/* Mean of the values at or above a gate; NaN when there is none. */
static double gated_mean(const double *values, size_t n, double gate) {
    double sum = 0.0;
    size_t counted = 0;
    for (size_t i = 0; i < n; i++)
        if (values[i] >= gate) {
            sum += values[i];
            counted++;
        }
    return counted ? sum / (double)counted : NAN;
}

static double integrated(const double *blocks, size_t n) {
    const double absolute = mean_square_of(-70.0);
    const double relative = gated_mean(blocks, n, absolute) / 10.0;
    const double mean = gated_mean(blocks, n, fmax(absolute, relative));
    return isnan(mean) ? NAN : loudness_lufs(mean);
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the values. */
static double range(double *values, size_t n) {
    const double absolute = mean_square_of(-70.0);
    const double gate = fmax(absolute, gated_mean(values, n, absolute) / 100.0);
    size_t counted = 0;
    qsort(values, n, sizeof *values, ascending);
    while (counted < n && values[n - 1 - counted] >= gate)
        counted++;
    if (counted == 0)
        return NAN;
    const double *above = values + (n - counted);
    const size_t low = (size_t)llround((double)(counted - 1) * 0.10);
    const size_t high = (size_t)llround((double)(counted - 1) * 0.95);
    return loudness_lufs(above[high]) - loudness_lufs(above[low]);
}

struct loudness_windows loudness_windows(const void *state) {
    const struct loudness *s = state;
    return (struct loudness_windows){s->momentary, s->short_term, s->n};
}

struct loudness_now loudness_now(const void *state) {
    return ((const struct loudness *)state)->now;
}

double loudness_last_hop(const void *state) {
    const struct loudness *s = state;
    return s->hop[(s->hops + TENTH - 1) % TENTH];
}

double ton_hops_lufs(const float *energy, size_t n, double rate) {
    const size_t tenths = n / TENTH, blocks = tenths < MOMENTARY ? 0 : tenths - (MOMENTARY - 1);
    double *momentary = ton_alloc(sizeof *momentary * (blocks + 1));
    for (size_t b = 0; momentary && b < blocks; b++) {
        double sum = 0.0;
        for (size_t i = b * TENTH; i < (b + MOMENTARY) * TENTH; i++)
            sum += (double)energy[i];
        momentary[b] = sum / (rate / 10.0 * MOMENTARY);
    }
    const double lufs = momentary && blocks ? integrated(momentary, blocks) : NAN;
    ton_free(momentary);
    return lufs;
}

static void finish(void *state, double *results) {
    struct loudness *s = state;
    const size_t blocks = s->n < MOMENTARY ? 0 : s->n - (MOMENTARY - 1);
    const size_t values = s->n < SHORT_TERM ? 0 : s->n - (SHORT_TERM - 1);
    results[0] = blocks ? integrated(s->momentary + (MOMENTARY - 1), blocks) : NAN;
    results[1] = values ? range(s->short_term + (SHORT_TERM - 1), values) : NAN;
    results[2] = s->max_momentary > 0.0 ? loudness_lufs(s->max_momentary) : NAN;
    results[3] = s->max_short_term > 0.0 ? loudness_lufs(s->max_short_term) : NAN;
}

static void destroy(void *state) {
    struct loudness *s = state;
    ton_free(s->momentary);
    ton_free(s->short_term);
    s->momentary = s->short_term = NULL;
}

const struct ton_analyser ton_analyser_loudness = {
    .id = "loudness",
    .name = "Loudness",
    .summary = "Integrated loudness, loudness range, largest momentary and short-term loudness.",
    .rows = ton_measurement_table + TON_VALUE_LOUDNESS,
    .n_rows = 4,
    .state_size = state_size,
    .init = init,
    .feed = feed,
    .finish = finish,
    .destroy = destroy,
};
