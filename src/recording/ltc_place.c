/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a frame of LTC begins. Its bits say where its 80 to 160 edges are: it is laid over the
 * sound roughly, then the straight line through all edges is found (least squares). One edge in
 * noise of -30 dB is 0.04 samples off, all together a tenth of that; and dips between two samples
 * do no harm. */
#include "ltc_place.h"

#include "ton/arena.h"

#include <math.h>
#include <string.h>

enum { HALVES = 2 * TON_LTC_BITS, TRIES = 12, TRIES_A_BIT = 8, LEAST_EDGES = 60 };

/* What was heard by what the bits make; less is another frame, or noise. */
#define LIKENESS 0.6
/* Of half a bit, rms: the most that edges lie beside their line. */
#define JITTER 0.1

bool ltc_past_init(struct ltc_past *past, int frames) {
    *past = (struct ltc_past){.size = 1};
    while (past->size < frames)
        past->size *= 2;
    past->x = ton_alloc(sizeof *past->x * (size_t)past->size);
    return past->x != NULL;
}

void ltc_past_finish(struct ltc_past *past) {
    ton_free(past->x);
    past->x = NULL;
}

static float *sample(const struct ltc_past *past, int64_t frame) {
    return &past->x[frame & (past->size - 1)];
}

void ltc_past_add(struct ltc_past *past, const float *in, int frames, int64_t frame) {
    const int64_t gap = frame - past->end;
    if (gap < 0 || gap >= past->size)
        memset(past->x, 0, sizeof *past->x * (size_t)past->size);
    for (int64_t i = 0; gap > 0 && i < gap && i < past->size; i++)
        *sample(past, past->end + i) = 0.0F;
    for (int i = 0; i < frames; i++)
        *sample(past, frame + i) = in[i];
    past->end = frame + frames;
}

static double heard(const struct ltc_past *past, int64_t frame) {
    const bool known = frame < past->end && frame >= past->end - past->size;
    return known ? (double)*sample(past, frame) : 0.0;
}

/* The levels of half bits, in the order in which they are heard; as ltc.c makes them. */
static void make_levels(int levels[HALVES], const bool bits[TON_LTC_BITS], bool backwards) {
    int level = -1;
    for (int i = 0; i < TON_LTC_BITS; i++) {
        level = -level;
        levels[backwards ? HALVES - 1 - 2 * i : 2 * i] = level;
        level = bits[i] ? -level : level;
        levels[backwards ? HALVES - 2 - 2 * i : 2 * i + 1] = level;
    }
}

/* A line over half bits: the n-th begins at start + step n. `level`: what lies in the middle;
 * `sign`: which way up it is. */
struct line {
    double start, step, level, sign;
};

static double middle_of(const struct ltc_past *past, const struct line *line) {
    double sum = 0.0;
    for (int h = 0; h < HALVES; h++)
        sum += heard(past, llround(line->start + line->step * (h + 0.5)));
    return sum / HALVES;
}

/* Tries places around the guess. */
static bool lay(struct line *line, const struct ltc_past *past, const int levels[HALVES]) {
    const double first = line->start;
    double best = 0.0, all = 0.0;
    for (int t = -TRIES; t <= TRIES; t++) {
        struct line tried = *line;
        tried.start = first + 2.0 * line->step * t / TRIES_A_BIT;
        const double level = middle_of(past, &tried);
        double like = 0.0, size = 0.0;
        for (int h = 0; h < HALVES; h++) {
            const double x = heard(past, llround(tried.start + line->step * (h + 0.5))) - level;
            like += levels[h] * x;
            size += fabs(x);
        }
        if (fabs(like) <= best)
            continue;
        best = fabs(like);
        all = size;
        line->start = tried.start;
        line->level = level;
        line->sign = like < 0.0 ? -1.0 : 1.0;
    }
    return best > LIKENESS * all;
}

/* Where the sound crosses its middle nearest to `at`, rising or falling; NaN: not within `reach`.
 */
static double crossing(const struct ltc_past *past, double at, double reach, double level,
                       double rises) {
    double nearest = NAN;
    for (int64_t i = (int64_t)floor(at - reach); i <= (int64_t)(at + reach); i++) {
        const double a = rises * (heard(past, i) - level);
        const double b = rises * (heard(past, i + 1) - level);
        if (!(a < 0.0 && b >= 0.0) || i + 1 >= past->end)
            continue;
        const double here = (double)i - a / (b - a);
        if (!(fabs(here - at) >= fabs(nearest - at)))
            nearest = here;
    }
    return fabs(nearest - at) <= reach ? nearest : NAN;
}

/* The line through all edges that lie within `reach` half bits of where they should. False: too
 * few, or too far beside it. */
static bool fit(struct line *line, const struct ltc_past *past, const int levels[HALVES],
                double reach) {
    double n = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
    for (int e = 0; e <= HALVES; e++) {
        const int after = e < HALVES ? levels[e] : -levels[HALVES - 1];
        if (e > 0 && after == levels[e - 1])
            continue;
        const double due = line->start + line->step * e;
        const double off =
            crossing(past, due, reach * line->step, line->level, after * line->sign) - due;
        if (isnan(off))
            continue;
        const double place = e - TON_LTC_BITS;
        n += 1.0;
        x += place;
        y += off;
        xx += place * place;
        xy += place * off;
        yy += off * off;
    }
    if (n < LEAST_EDGES)
        return false;
    const double slope = (n * xy - x * y) / (n * xx - x * x), base = (y - slope * x) / n;
    const double left = (yy - base * y - slope * xy) / n;
    line->start += base - slope * TON_LTC_BITS;
    line->step += slope;
    return left < JITTER * JITTER * line->step * line->step;
}

bool ltc_place_find(struct ltc_place *out, const struct ltc_past *past,
                    const bool bits[TON_LTC_BITS], bool backwards, struct ltc_place guess) {
    int levels[HALVES];
    make_levels(levels, bits, backwards);
    struct line line = {.start = guess.start, .step = (guess.end - guess.start) / HALVES};
    if (!(line.step >= 2.0) || !lay(&line, past, levels))
        return false;
    fit(&line, past, levels, 0.5);
    if (!fit(&line, past, levels, 0.4))
        return false;
    *out = (struct ltc_place){line.start, line.start + line.step * HALVES};
    return true;
}
