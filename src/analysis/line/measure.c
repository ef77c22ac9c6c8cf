// SPDX-License-Identifier: GPL-3.0-or-later
// One input of a line check: everything that is measured of it, in turn.

#include "line/steady.h"

enum { LEAST_RATE = 8000, MOST_RATE = 384000, MOST_SECONDS = 60 };

#define MOST_TONE 1e-6    // -60 dBFS: a steady tone that is louder is played
#define MOST_HISS 1e-4    // -40 dBFS
#define STANDS_OUT 10.0   // 10 dB above the noise is signal
#define LEAST_SIGNAL 1e-8 // -80 dBFS
#define MUTED_SECONDS 0.05
#define SURE 3.0 // standard errors

enum ton_code line_check(int64_t frames, const struct ton_line_config *c, struct ton_err *err) {
    if (!(c->rate >= LEAST_RATE && c->rate <= MOST_RATE))
        return ton_fail(err, TON_INPUT, NULL,
                        "a line has %g samples a second; expected %d to %d: set the device's rate",
                        c->rate, LEAST_RATE, MOST_RATE);
    if ((double)frames < c->rate || (double)frames > MOST_SECONDS * c->rate)
        return ton_fail(err, TON_INPUT, NULL,
                        "%.2f s of a line; expected 1 to %d s: listen for 3 to 10 s",
                        (double)frames / c->rate, MOST_SECONDS);
    if (c->mains_hz != 0.0 && c->mains_hz != 50.0 && c->mains_hz != 60.0)
        return ton_fail(err, TON_INPUT, NULL, "mains of %g Hz; expected 50 or 60 (or 0: find out)",
                        c->mains_hz);
    return TON_OK;
}

static float finite_or_zero(float x) {
    return isfinite(x) ? x : 0.0F;
}

// Without what does not change for MUTED_SECONDS: a line that is plugged in late would seem to have
// no DC, and then to move.
static double mean_of(const float *x, int64_t frames, double rate) {
    int64_t n = 0;
    double sum = 0.0;
    for (int64_t i = 0, to; i < frames; i = to) {
        to = i + 1;
        while (to < frames && x[to] == x[i])
            to++;
        if ((double)(to - i) < MUTED_SECONDS * rate) {
            sum += (double)x[i] * (double)(to - i);
            n += to - i;
        }
    }
    return n ? sum / (double)n : (double)x[0];
}

// Copies what is finite, and looks at it once.
static void take(struct line_sound *s, float *copy, const float *x, struct ton_line *out) {
    double sum = 0.0;
    float least = INFINITY, most = -INFINITY, step = INFINITY;
    for (int64_t i = 0; i < s->frames; i++) {
        copy[i] = finite_or_zero(x[i]);
        least = copy[i] < least ? copy[i] : least;
        most = copy[i] > most ? copy[i] : most;
        sum += (double)copy[i];
        const float differs = i ? fabsf(copy[i] - copy[i - 1]) : INFINITY;
        step = differs > 0.0F && differs < step ? differs : step;
    }
    const double peak = fmax(-(double)least, (double)most);
    s->x = copy;
    s->mean = mean_of(copy, s->frames, s->rate);
    s->step = isfinite(step) ? (double)step : 0.0;
    out->dc = sum / (double)s->frames;
    out->dead = !(most > least);
    out->peak_dbfs = line_power_db(peak * peak);
}

struct parts {
    struct line_sound sound;
    struct line_hops hops;
    struct line_spectrum spectrum;
};

// Mean square and mean of the quiet hops.
static double quiet_power(const struct parts *p, double *mean) {
    double squares = 0.0, sum = 0.0;
    const struct line_hops *h = &p->hops;
    for (int i = 0; i < h->n; i++) {
        const float *x = p->sound.x + (int64_t)i * h->frames;
        for (int k = 0; h->quiet[i] && k < h->frames; k++)
            sum += (double)x[k] - p->sound.mean;
        squares += h->quiet[i] ? h->power[i] * h->frames : 0.0;
    }
    const double n = (double)h->n_quiet * h->frames;
    *mean = sum / n;
    return fmax(0.0, squares / n - *mean * *mean);
}

static void no_noise(struct ton_line_noise *out) {
    out->rms_dbfs = out->a_dbfs = NAN;
    for (int o = 0; o < TON_LINE_OCTAVES; o++)
        out->octave_dbfs[o] = NAN;
}

// Whether what looks quiet is a note or a hiss that sounds on purpose.
static bool sounds(const struct parts *p, const struct ton_line_hum *hum) {
    const struct line_tones t = line_tones_of(&p->spectrum, hum);
    return (t.tones > MOST_TONE && t.tones > t.rest) || t.rest + t.tones > MOST_HISS;
}

// DC stands in all of a line. A mean that its hops do not agree on is of what sounds, and nobody
// knows what is below it.
static bool stands(const struct parts *p, double mean) {
    double squares = 0.0;
    const struct line_hops *h = &p->hops;
    for (int i = 0; i < h->n; i++) {
        double sum = 0.0;
        for (int k = 0; k < h->frames; k++)
            sum += (double)p->sound.x[(int64_t)i * h->frames + k];
        squares += (sum / h->frames - mean) * (sum / h->frames - mean);
    }
    return fabs(mean) >= SURE * sqrt(squares) / h->n;
}

static void measure_noise(struct ton_line *out, struct parts *p) {
    no_noise(&out->noise);
    if (p->spectrum.n_windows && sounds(p, &out->hum))
        line_hops_none(&p->hops);
    if (!p->hops.n_quiet) {
        out->dc = stands(p, out->dc) ? out->dc : NAN;
        return;
    }
    double mean;
    const double power = quiet_power(p, &mean);
    line_noise_measure(&out->noise, &p->spectrum, power);
    out->dc = p->sound.mean + mean;
}

// What falls from the first hop of a second on, and fell into it, is the end of something.
static void add_second(struct ton_line *out, const struct line_hops *h, int from, double least) {
    int loudest = from;
    for (int i = from + 1; i < from + LINE_HOPS_A_SECOND && i < h->n; i++)
        loudest = h->sound[i] > h->sound[loudest] ? i : loudest;
    const double power = h->sound[loudest];
    const bool rings_out = loudest == from && from > 0 && h->sound[from - 1] > power;
    const int level = power > 0.0 ? (int)fmax(0.0, -line_power_db(power)) : TON_LINE_LEVELS;
    if (!h->quiet[loudest] && power > least && !rings_out && level < TON_LINE_LEVELS)
        out->seconds_at[level]++;
}

int ton_line_seconds_near(const struct ton_line *line, int range_db) {
    int top = 0, n = 0;
    while (top < TON_LINE_LEVELS && line->seconds_at[top] == 0)
        top++;
    for (int i = top; i < TON_LINE_LEVELS && i <= top + range_db; i++)
        n += line->seconds_at[i];
    return n;
}

// Where it stands out of the noise; all of it that sounds where nothing is quiet.
static void measure_signal(struct ton_line *out, const struct parts *p) {
    const struct line_hops *h = &p->hops;
    const double noise = isnan(out->noise.rms_dbfs) ? 0.0 : line_db_power(out->noise.rms_dbfs);
    const double least = fmax(STANDS_OUT * noise, LEAST_SIGNAL);
    double power = 0.0;
    int n = 0;
    for (int i = 0; i < h->n; i++)
        if (!h->quiet[i] && h->sound[i] > least) {
            power += h->sound[i];
            n++;
        }
    for (int i = 0; i < h->n; i += LINE_HOPS_A_SECOND)
        add_second(out, h, i, least);
    out->quiet_seconds = (double)h->n_quiet / LINE_HOPS_A_SECOND;
    out->signal_seconds = (double)n / LINE_HOPS_A_SECOND;
    out->rms_dbfs = n ? line_power_db(power / n) : NAN;
    out->crest_db = out->peak_dbfs - out->rms_dbfs;
}

static enum ton_code measure(struct ton_line *out, struct parts *p, const float *x,
                             const struct ton_line_config *config, struct ton_err *err) {
    float *copy = TON_NEW_N(p->sound.arena, float, p->sound.frames);
    if (!copy)
        return line_no_memory(err);
    take(&p->sound, copy, x, out);
    struct line_grid grid;
    enum ton_code code = line_hops_find(&p->hops, &p->sound, err);
    if (code == TON_OK)
        code = line_grid_make(&grid, &p->sound, err);
    if (code == TON_OK)
        code = line_spectrum_of_quiet(&p->spectrum, &p->sound, &p->hops, err);
    if (code != TON_OK)
        return code;
    line_hum_find(&out->hum, &grid, config->mains_hz);
    line_clipping_find(&out->clipping, &p->sound);
    code = line_tone_find(out, &p->sound, err);
    if (code != TON_OK)
        return code;
    out->phone_dbfs = line_phone_find(&grid);
    measure_noise(out, p);
    measure_signal(out, p);
    return line_crackle_find(&out->crackle, &p->sound, &out->clipping, config->period_frames, err);
}

void ton_line_none(struct ton_line *out) {
    *out = (struct ton_line){
        .dc = NAN,
        .tone_hz = NAN,
        .tone_dbfs = NAN,
        .phone_dbfs = NAN,
        .clipping.level_dbfs = NAN,
        .crackle = {.first_frame = -1, .slip_frames = NAN, .slip_chance = 1.0},
        .peak_dbfs = NAN,
        .rms_dbfs = NAN,
        .crest_db = NAN,
    };
    no_noise(&out->noise);
    line_hum_none(&out->hum);
}

enum ton_code ton_line_measure(struct ton_line *out, const float *x, int64_t frames,
                               const struct ton_line_config *config, struct ton_err *err) {
    struct ton_line line = {0};
    enum ton_code code = line_check(frames, config, err);
    if (code != TON_OK)
        return code;
    struct parts p = {
        .sound = {.arena = ton_arena_create(), .frames = frames, .rate = config->rate}};
    code = p.sound.arena ? measure(&line, &p, x, config, err) : line_no_memory(err);
    ton_arena_destroy(p.sound.arena);
    if (code == TON_OK)
        *out = line;
    return code;
}
