/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decay times by backward integration (M. R. Schroeder, JASA 37, 1965), and where it has to begin
 * (Lundeby et al., Acustica 81, 1995): a line through the late decay meets the noise there. */
#include "decay.h"
#include "pulse.h"

#include "ton/arena.h"
#include "ton/order.h"

#include <math.h>

static const double FIRST_BLOCK_S = 0.01, LAST_PART = 0.1;
static const double BLOCKS_IN_10_DB = 5.0;
static const double CLEAR_DB = 10.0;         /* between the end of a line and the noise */
static const double LATE_DB[] = {5.0, 25.0}; /* above the noise: where the late slope is taken */
enum { PASSES = 6, LEAST_POINTS = 4, POINTS_A_SECOND = 4000 };

/* A line through points, with its correlation. */
struct line {
    double n, x, y, xx, xy, yy;
};

static void line_add(struct line *l, double x, double y) {
    l->n++;
    l->x += x;
    l->y += y;
    l->xx += x * x;
    l->xy += x * y;
    l->yy += y * y;
}

static double line_slope(const struct line *l) {
    return (l->n * l->xy - l->x * l->y) / (l->n * l->xx - l->x * l->x);
}

static double line_at(const struct line *l, double x) {
    return l->y / l->n + line_slope(l) * (x - l->x / l->n);
}

static double line_correlation(const struct line *l) {
    const double xx = l->n * l->xx - l->x * l->x, yy = l->n * l->yy - l->y * l->y;
    return (l->n * l->xy - l->x * l->y) / sqrt(xx * yy);
}

static double mean_power(const float *sound, int from, int to) {
    return to > from ? pulse_energy(sound, from, to) / (to - from) : 0.0;
}

/* The line through the blocks of `length` frames from the loudest on that stand from `low` to
 * `high` dB above the noise, without the noise in them; it ends with two in a row that are lower:
 * one alone may be a beat. */
static struct line late_line(const float *sound, int frames, int length, double noise, double low,
                             double high) {
    struct line line = {0};
    double loudest = 0.0;
    int lower = 0;
    for (int at = 0; at + length <= frames; at += length) {
        const double power = mean_power(sound, at, at + length);
        const double over = 10.0 * log10(power / noise);
        if (power > loudest) {
            loudest = power;
            line = (struct line){0};
        }
        lower = over < low ? lower + 1 : 0;
        if (lower == 2)
            break;
        if (over >= low && over <= high)
            line_add(&line, at + 0.5 * length, 10.0 * log10(power - noise));
    }
    return line;
}

/* Where the line meets the noise. */
static bool meet(struct decay_end *end, const struct line *line, int frames) {
    if (line->n < LEAST_POINTS || !(line_slope(line) < 0.0))
        return false;
    const double slope = line_slope(line), middle = line->x / line->n;
    const double at = middle + (10.0 * log10(end->noise) - line_at(line, middle)) / slope;
    end->db_frame = slope;
    end->frame = (int)fmax(1.0, fmin(at, frames));
    /* of exp(-t / tau), what comes after t is tau times its value there */
    end->rest = pow(10.0, line_at(line, end->frame) / 10.0) * (-10.0 / M_LN10 / slope);
    return true;
}

/* A response that ends in digital silence was cut there: it has no noise. */
static int last_sound(const float *sound, int frames) {
    while (frames > 0 && sound[frames - 1] == 0.0F)
        frames--;
    return frames;
}

struct decay_end decay_find_end(const float *sound, int frames, int rate) {
    struct decay_end end = {0};
    int length = (int)(FIRST_BLOCK_S * rate);
    frames = last_sound(sound, frames);
    int noise_from = (int)(frames * (1.0 - LAST_PART));
    for (int pass = 0; pass < PASSES; pass++) {
        end.noise = mean_power(sound, noise_from, frames);
        const double high = pass ? LATE_DB[1] : INFINITY, low = pass ? LATE_DB[0] : CLEAR_DB;
        const struct line line = late_line(sound, frames, length, end.noise, low, high);
        if (!meet(&end, &line, frames))
            break;
        end.found = true;
        length = (int)fmax(8.0, -10.0 / BLOCKS_IN_10_DB / end.db_frame);
        noise_from = (int)fmin(frames * (1.0 - LAST_PART), end.frame - CLEAR_DB / end.db_frame);
    }
    return end;
}

double decay_energy(const float *sound, int from, const struct decay_end *end) {
    if (from >= end->frame)
        return end->rest * pow(10.0, end->db_frame * (from - end->frame) / 10.0);
    return pulse_energy(sound, from, end->frame) - end->noise * (end->frame - from) + end->rest;
}

enum ton_code decay_curve(struct decay_curve *out, const float *sound, int rate,
                          const struct decay_end *end, struct ton_err *err) {
    const int step = out->step = (int)ton_most(1, rate / POINTS_A_SECOND);
    const int n = out->n = end->frame / step + 1;
    double *const levels = out->levels = ton_alloc(sizeof(double) * (size_t)n);
    if (!levels)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for a decay of %d samples", end->frame);
    double sum = decay_energy(sound, (n - 1) * step, end);
    for (int i = n - 1; i >= 0; i--) {
        levels[i] = sum;
        if (i > 0)
            sum += pulse_energy(sound, (i - 1) * step, i * step) - end->noise * step;
    }
    const double whole = levels[0];
    for (int i = 0; i < n; i++)
        levels[i] = 10.0 * log10(fmax(levels[i], 1e-300) / whole);
    return TON_OK;
}

/* The line from the first point at `high` dB to the first at `low`. */
static struct ton_room_decay decay_time(const double *levels, int n, double point_s, double high,
                                        double low, double range_db, double ringing_s) {
    struct line line = {0};
    struct ton_room_decay decay = {.seconds = NAN, .correlation = NAN, .xi = NAN};
    decay.doubt = TON_ROOM_NOISE;
    if (range_db < CLEAR_DB - low)
        return decay;
    int i = 0;
    while (i < n && levels[i] > high)
        i++;
    for (; i < n && levels[i] >= low; i++)
        line_add(&line, i * point_s, levels[i]);
    decay.doubt = TON_ROOM_FILTER; /* also where so few points are the whole decay */
    if (line.n < LEAST_POINTS || -60.0 / line_slope(&line) < ringing_s)
        return decay;
    decay.seconds = -60.0 / line_slope(&line);
    decay.correlation = line_correlation(&line);
    decay.xi = 1000.0 * (1.0 - decay.correlation * decay.correlation);
    decay.doubt = TON_ROOM_TRUSTED;
    return decay;
}

enum ton_code decay_times(struct ton_room_band *out, const float *sound, int rate,
                          const struct decay_end *end, double ringing_s, struct ton_err *err) {
    struct decay_curve curve;
    const enum ton_code code = decay_curve(&curve, sound, rate, end, err);
    if (code)
        return code;
    const double *const levels = curve.levels;
    const int n = curve.n;
    const double point_s = (double)curve.step / rate;
    out->range_db = -levels[n - 1];
    out->edt = decay_time(levels, n, point_s, 0.0, -10.0, out->range_db, ringing_s);
    out->t20 = decay_time(levels, n, point_s, -5.0, -25.0, out->range_db, ringing_s);
    out->t30 = decay_time(levels, n, point_s, -5.0, -35.0, out->range_db, ringing_s);
    out->curvature_percent = 100.0 * (out->t30.seconds / out->t20.seconds - 1.0);
    ton_free(curve.levels);
    return TON_OK;
}
