// SPDX-License-Identifier: GPL-3.0-or-later
// Two lines held against each other: their windows, whether one is the other, and what else is
// asked of them in turn.

#include "line/pair.h"

#define WINDOW_SECONDS 0.15
#define DUPLICATE_DB (-30.0)
#define MOST_KEPT (1 << 23)  // bins, 64 MB of each line
#define ALIKE_COHERENCE 0.75 // hum that two lines share fills no more than half of the bins

// Both in one loop: neither sum waits for the other.
static void copy(struct line_pair *p, const float *const x[2]) {
    double sum[2] = {0.0, 0.0};
    for (int64_t i = 0; i < p->frames; i++)
        for (int k = 0; k < 2; k++) {
            p->x[k][i] = isfinite(x[k][i]) ? x[k][i] : 0.0F;
            sum[k] += (double)p->x[k][i];
        }
    for (int k = 0; k < 2; k++) {
        const double mean = sum[k] / (double)p->frames;
        for (int64_t i = 0; i < p->frames; i++)
            p->x[k][i] = (float)((double)p->x[k][i] - mean);
    }
}

static void make_room(struct line_pair *p) {
    const int half = p->n / 2;
    p->n_kept = (int)ton_least(p->n_windows, MOST_KEPT / half);
    for (int i = 0; i < 2; i++) {
        p->x[i] = TON_NEW_N(p->arena, float, p->frames);
        p->own_re[i] = TON_NEW_N(p->arena, float, half);
        p->own_im[i] = TON_NEW_N(p->arena, float, half);
        p->kept_re[i] = TON_NEW_N(p->arena, float, (size_t)p->n_kept *(size_t)half);
        p->kept_im[i] = TON_NEW_N(p->arena, float, (size_t)p->n_kept *(size_t)half);
        p->is_kept[i] = TON_NEW_N(p->arena, bool, p->n_kept);
    }
}

static enum ton_code start(struct line_pair *p, const float *const x[2], struct ton_err *err) {
    p->n = line_power_of_two(WINDOW_SECONDS * p->rate);
    p->n_windows = (int)(p->frames / (p->n / 2)) - 1;
    float *memory = TON_NEW_N(p->arena, float, ton_fft_floats(p->n));
    p->hann = TON_NEW_N(p->arena, float, p->n);
    p->window = TON_NEW_N(p->arena, float, p->n);
    make_room(p);
    if (ton_arena_failed(p->arena))
        return line_no_memory(err);
    copy(p, x);
    line_hann(p->hann, p->n);
    return ton_fft_open(&p->fft, memory, p->n, err);
}

enum ton_code line_cross_new(struct line_cross *c, struct line_pair *p, struct ton_err *err) {
    for (int i = 0; i < 2; i++)
        c->power[i] = TON_NEW_N(p->arena, double, p->n / 2);
    c->re = TON_NEW_N(p->arena, double, p->n / 2);
    c->im = TON_NEW_N(p->arena, double, p->n / 2);
    c->n = 0;
    c->bins = p->n / 2;
    return ton_arena_failed(p->arena) ? line_no_memory(err) : TON_OK;
}

static void transform(struct line_pair *p, int i, int64_t from) {
    const int before = from < 0 ? (int)-from : 0;
    const int end = (int)ton_most(before, ton_least(p->n, p->frames - from));
    memset(p->window, 0, sizeof(float) * (size_t)before);
    memset(p->window + end, 0, sizeof(float) * (size_t)(p->n - end));
    for (int k = before; k < end; k++)
        p->window[k] = p->hann[k] * p->x[i][from + k];
    ton_fft_forward(&p->fft, p->re[i], p->im[i], p->window);
}

void line_pair_transform(struct line_pair *p, int w) {
    const int half = p->n / 2;
    for (int i = 0; i < 2; i++) {
        const int64_t late = i ? p->shift : 0;
        const bool keep = late == 0 && w < p->n_kept;
        p->re[i] = keep ? p->kept_re[i] + (int64_t)w * half : p->own_re[i];
        p->im[i] = keep ? p->kept_im[i] + (int64_t)w * half : p->own_im[i];
        if (!keep || !p->is_kept[i][w])
            transform(p, i, (int64_t)w * half + late);
        if (keep)
            p->is_kept[i][w] = true;
    }
}

void line_cross_add(struct line_cross *c, const struct line_pair *p) {
    const float *ar = p->re[0], *ai = p->im[0], *br = p->re[1], *bi = p->im[1];
    for (int b = 1; b < p->n / 2; b++) {
        c->power[0][b] += (double)(ar[b] * ar[b] + ai[b] * ai[b]);
        c->power[1][b] += (double)(br[b] * br[b] + bi[b] * bi[b]);
        c->re[b] += (double)(ar[b] * br[b] + ai[b] * bi[b]);
        c->im[b] += (double)(ar[b] * bi[b] - ai[b] * br[b]);
    }
    c->n++;
}

double line_cross_coherence(const struct line_cross *c, int b) {
    const double both = c->power[0][b] * c->power[1][b];
    const double is = both > 0.0 ? (c->re[b] * c->re[b] + c->im[b] * c->im[b]) / both : 0.0;
    return c->n > 1 ? fmax(0.0, (is * c->n - 1.0) / (c->n - 1.0)) : 0.0;
}

double line_cross_mean_coherence(const struct line_cross *c, const struct line_pair *p,
                                 double from_hz, double to_hz) {
    const int from = (int)ceil(from_hz * p->n / p->rate), to = (int)(to_hz * p->n / p->rate);
    double sum = 0.0;
    for (int b = from; b <= to; b++)
        sum += line_cross_coherence(c, b);
    return sum / (to - from + 1);
}

// The real part of the cross-spectrum's sum when the second line is `late` frames later.
static double agreement(const struct line_cross *c, int n, double late) {
    double sum = 0.0;
    for (int b = 1; b < n / 2; b++) {
        const double w = 2.0 * M_PI * b * late / n;
        sum += c->re[b] * cos(w) - c->im[b] * sin(w);
    }
    return sum;
}

// Gain and residual at the best delay, to a part of a frame; the windows stand at the whole ones.
static void measure_duplicate(struct ton_line_pair *out, const struct line_pair *p,
                              const struct line_cross *c, bool alike) {
    double power[2] = {0.0, 0.0};
    for (int b = 1; b < p->n / 2; b++)
        for (int i = 0; i < 2; i++)
            power[i] += c->power[i][b];
    if (!(power[0] > 0.0 && power[1] > 0.0))
        return;
    const double before = agreement(c, p->n, -1.0), at = agreement(c, p->n, 0.0),
                 behind = agreement(c, p->n, 1.0), bend = before - 2.0 * at + behind;
    const double late = bend != 0.0 ? fmax(-1.0, fmin(1.0, 0.5 * (before - behind) / bend)) : 0.0;
    const double best = agreement(c, p->n, late);
    out->gain_db = line_power_db(best * best / (power[0] * power[0]));
    out->residual_db = line_power_db(fmax(1e-15, 1.0 - best * best / (power[0] * power[1])));
    out->duplicate = alike && out->residual_db < DUPLICATE_DB;
    if (out->duplicate) {
        out->polarity = best > 0.0 ? TON_POLARITY_NORMAL : TON_POLARITY_REVERSED;
        out->polarity_confidence = 1.0;
        out->delay_frames = (double)p->shift + late;
    }
}

static enum ton_code sum_windows(struct line_cross *c, struct line_pair *p, struct ton_err *err) {
    const enum ton_code code = line_cross_new(c, p, err);
    for (int w = 0; code == TON_OK && w < p->n_windows; w++) {
        line_pair_transform(p, w);
        line_cross_add(c, p);
    }
    return code;
}

// Adds the windows to the history, in parts of about a second.
static enum ton_code remember(struct ton_line_history *h, struct line_pair *p,
                              struct ton_err *err) {
    const int parts = (int)ton_most(1, lround((double)p->frames / p->rate));
    for (int k = 0; k < parts; k++) {
        struct line_part *part = line_history_next(h);
        for (int w = p->n_windows * k / parts; w < p->n_windows * (k + 1) / parts; w++) {
            line_pair_transform(p, w);
            line_part_add_window(part, p);
        }
    }
    return line_pair_hear_arrivals(h, p, err);
}

// Polarity and time of all the history; the rest of this window, at that time.
static enum ton_code compare(struct ton_line_pair *out, struct line_pair *p,
                             const struct ton_line_history *h, struct ton_err *err) {
    struct line_cross c;
    enum ton_code code = line_pair_polarity(out, p, h, err);
    if (code != TON_OK)
        return code;
    code = sum_windows(&c, p, err);
    if (code != TON_OK)
        return code;
    const double common = line_cross_mean_coherence(&c, p, 100.0, fmin(1000.0, 0.4 * p->rate));
    measure_duplicate(out, p, &c, common > ALIKE_COHERENCE);
    if (out->polarity == TON_POLARITY_UNDECIDED)
        line_pair_judge_arrivals(out, p, h);
    return line_pair_crosstalk(out, p, err);
}

enum ton_code ton_lines_compare(struct ton_line_pair *out, struct ton_line_history *history,
                                const float *const x[2], int64_t frames,
                                const struct ton_line_config *config, struct ton_err *err) {
    struct ton_line_pair pair = {
        .gain_db = NAN, .residual_db = NAN, .delay_frames = NAN, .crosstalk_db = {NAN, NAN}};
    enum ton_code code = line_check(frames, config, err);
    if (code != TON_OK)
        return code;
    struct line_pair p = {.arena = ton_arena_create(), .frames = frames, .rate = config->rate};
    code = p.arena ? start(&p, x, err) : line_no_memory(err);
    if (code == TON_OK && !history)
        history = ton_line_history_new(p.arena);
    if (code == TON_OK)
        code = history ? remember(history, &p, err) : line_no_memory(err);
    if (code == TON_OK)
        code = compare(&pair, &p, history, err);
    ton_fft_close(&p.fft);
    ton_arena_destroy(p.arena);
    if (code == TON_OK)
        *out = pair;
    return code;
}
