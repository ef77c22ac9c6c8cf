// SPDX-License-Identifier: GPL-3.0-or-later
// Where a line is quiet: the quietest places that last and do not change. Two levels are followed,
// the plain one and the one above 500 Hz, which still sees a voice where hum is louder than it.
//
// Noise stays; what rings out (a room, a cymbal, a string) falls. So the quiet places must not be
// louder where they begin than where they end, and their level above 500 Hz, where 50 ms of noise
// hold hundreds of independent values, must be the same all the time. On real voices over noise,
// and on drums and mixes that never rest, that told one from the other: 0.2 to 0.9 dB of standard
// deviation against 1.4 and more.

#include "line/parts.h"
#include "ton/biquad.h"

enum { PLAIN, HIGH, N_LEVELS };

// How far above the quietest place another one may be, and a single hop of it: below 50 Hz a hop
// of noise flickers by several dB.
static const struct limit {
    double mean, hop; // power ratios
} limits[N_LEVELS] = {{2.5, 6.3}, {1.6, 2.0}};

#define MUTED_SECONDS 0.001 // of equal samples: no converter gives them
#define NO_SOUND 1e-12      // -120 dBFS: all below is silence alike
#define LEAST_SECONDS 0.45
#define MOST_SPREAD_DB 1.0 // standard deviation above 500 Hz
#define MOST_FALL_DB 1.0   // from the first half of a place to the second

static void measure_hops(struct line_hops *h, double *const level[N_LEVELS],
                         const struct line_sound *s) {
    struct ton_analogue high[4];
    struct ton_biquad b[2];
    struct ton_biquad_state state[2] = {{0}};
    ton_analogue_high_pass(high, 500.0, 2);
    ton_biquad_match(b, &high[0], s->rate);
    for (int i = 0; i < h->n; i++) {
        const float *x = s->x + (int64_t)i * h->frames;
        double plain = 0.0, above = 0.0, sum = 0.0;
        for (int k = 0; k < h->frames; k++) {
            const double v = (double)x[k] - s->mean;
            sum += v;
            const double y = ton_biquad_run(&b[0], &state[0], v);
            const double z = ton_biquad_run(&b[1], &state[1], y);
            plain += v * v;
            above += z * z;
        }
        level[PLAIN][i] = plain / h->frames;
        h->sound[i] = fmax(0.0, plain / h->frames - sum * sum / ((double)h->frames * h->frames));
        level[HIGH][i] = above / h->frames;
    }
}

// Means of LINE_QUIET_RUN hops from each on.
static void smooth(double *out, const double *level, int n) {
    for (int i = 0; i + LINE_QUIET_RUN <= n; i++) {
        double sum = 0.0;
        for (int k = 0; k < LINE_QUIET_RUN; k++)
            sum += level[i + k];
        out[i] = sum / LINE_QUIET_RUN;
    }
}

// Hops that hold digital silence: how quiet the line is cannot be known from them.
static void find_muted(bool *muted, const struct line_hops *h, const struct line_sound *s) {
    const int least = (int)(MUTED_SECONDS * s->rate);
    for (int i = 0; i < h->n; i++) {
        const float *x = s->x + (int64_t)i * h->frames;
        int run = 0;
        for (int k = 1; k < h->frames && run < least; k++)
            run = x[k] == x[k - 1] ? run + 1 : 0;
        muted[i] = run >= least;
    }
}

static bool any(const bool *muted) {
    bool is = false;
    for (int k = 0; k < LINE_QUIET_RUN; k++)
        is = is || muted[k];
    return is;
}

// Marks every run of LINE_QUIET_RUN hops that is near the least there is.
static void mark(bool *near, const double *level, const bool *muted, double *mean, int n,
                 struct limit limit) {
    double floor = INFINITY;
    smooth(mean, level, n);
    for (int i = 0; i + LINE_QUIET_RUN <= n; i++)
        floor = any(muted + i) ? floor : fmin(floor, mean[i]);
    floor = fmax(floor, NO_SOUND);
    for (int i = 0; i + LINE_QUIET_RUN <= n; i++) {
        bool all = mean[i] <= limit.mean * floor && !any(muted + i);
        for (int k = 0; k < LINE_QUIET_RUN; k++)
            all = all && level[i + k] <= limit.hop * floor;
        for (int k = 0; all && k < LINE_QUIET_RUN; k++)
            near[i + k] = true;
    }
}

// Drops runs that are too short to be a place.
static void keep_runs(struct line_hops *h) {
    h->n_quiet = 0;
    for (int i = 0, to; i < h->n; i = to + 1) {
        to = line_run_end(h, i);
        const bool kept = to - i >= LINE_QUIET_RUN;
        h->n_quiet += kept ? to - i : 0;
        for (int k = i; k < to; k++)
            h->quiet[k] = kept;
    }
}

// Standard deviation of a level in the quiet hops, dB.
static double spread_db(const struct line_hops *h, const double *level) {
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < h->n; i++) {
        const double db = h->quiet[i] ? line_power_db(fmax(level[i], NO_SOUND)) : 0.0;
        sum += db;
        squares += db * db;
    }
    sum /= h->n_quiet;
    return sqrt(fmax(0.0, squares / h->n_quiet - sum * sum));
}

// How much louder the first half of a place is than the second, on average over its hops, dB.
static double fall_db(const struct line_hops *h) {
    double sum = 0.0;
    for (int i = 0, to; i < h->n; i = to + 1) {
        double first = NO_SOUND, second = NO_SOUND;
        to = line_run_end(h, i);
        for (int k = 0; k < (to - i) / 2; k++) {
            first += h->power[i + k];
            second += h->power[to - 1 - k];
        }
        sum += (to - i) * line_power_db(first / second);
    }
    return sum / h->n_quiet;
}

void line_hops_none(struct line_hops *h) {
    memset(h->quiet, 0, sizeof(bool) * (size_t)h->n);
    h->n_quiet = 0;
}

enum ton_code line_hops_find(struct line_hops *out, const struct line_sound *s,
                             struct ton_err *err) {
    struct line_hops h = {.frames = (int)lround(s->rate / LINE_HOPS_A_SECOND)};
    h.n = (int)(s->frames / h.frames);
    h.power = TON_NEW_N(s->arena, double, h.n);
    h.sound = TON_NEW_N(s->arena, double, h.n);
    double *high = TON_NEW_N(s->arena, double, h.n), *mean = TON_NEW_N(s->arena, double, h.n);
    h.quiet = TON_NEW_N(s->arena, bool, h.n);
    bool *near = TON_NEW_N(s->arena, bool, h.n), *muted = TON_NEW_N(s->arena, bool, h.n);
    if (ton_arena_failed(s->arena))
        return line_no_memory(err);
    measure_hops(&h, (double *const[]){h.power, high}, s);
    find_muted(muted, &h, s);
    mark(h.quiet, h.power, muted, mean, h.n, limits[PLAIN]);
    mark(near, high, muted, mean, h.n, limits[HIGH]);
    for (int i = 0; i < h.n; i++)
        h.quiet[i] = h.quiet[i] && near[i];
    keep_runs(&h);
    if (h.n_quiet < LEAST_SECONDS * LINE_HOPS_A_SECOND || spread_db(&h, high) > MOST_SPREAD_DB ||
        fall_db(&h) > MOST_FALL_DB)
        line_hops_none(&h);
    *out = h;
    return TON_OK;
}
