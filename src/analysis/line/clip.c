// SPDX-License-Identifier: GPL-3.0-or-later
// Overload: samples at full scale, and tops that a preamplifier cut off below it.
//
// A smooth top falls as the square of the distance, so of what lies within 1 % of it half lies
// within 0.25 %, and 0.71 of one that falls as the fourth power. A cut top is flat as far as the
// cut goes, and falls at once beside it: nearly all does. Only tops at the ceiling count, and only
// several.
//
// Tops of cymbals are too short for that. But where they are cut to one and the same value, five
// times as many samples lie in the last 0.25 % below the ceiling than in the 0.5 % under that; of a
// sine, which turns there, 1.4 times as many do, and of music about none. What repeats itself has
// tops of one height by nature, as a line-up tone of 1 kHz has with 48 samples a period, or a
// sample that a machine plays again.
//
// And a square wave is flat by nature: from its tops it falls to the other level in two samples.

#include "line/parts.h"

#define FULL_SCALE (32767.0 / 32768.0)
#define CEILING 0.97 // tops from there on, of the highest: what follows an amplifier shifts them
#define NEAR 0.01
#define CUT 0.0025         // a quarter of NEAR
#define INSIDE 0.8         // of what is NEAR
#define LEAST_LEVEL 0.001  // -60 dBFS
#define LEAST_SECONDS 8e-5 // a shorter top is not resolved
#define STEPS_IN_CUT 2.0   // a coarse converter makes flat tops of its own
#define OFF_STEP 0.02      // of a step: so near is what a converter counted
#define LEAST_PART 0.2     // of the tops at the ceiling
#define PILED 5.0
#define STRAIGHT 0.8 // of all between the lowest and the highest place
#define ALIKE 1e-3   // -30 dB: what differs from one period to the next
enum {
    OVER = 3, // samples in a row at full scale
    LEAST_TOPS = 3,
    LEAST_FRAMES = 4,
    LEAST_PILE = 20,
    EDGE = 2,
    MOST_PERIOD = 4096,
    ABOUT = 48,
    KEPT = 32
};

struct side {
    const struct line_sound *s;
    double sign, highest, other; // the highest of the other side
    int64_t least;               // frames of a top
    int tops, flat, square;      // of the flat ones
};

static double at(const struct side *d, int64_t i) {
    return i < 0 || i >= d->s->frames ? 0.0 : d->sign * (double)d->s->x[i];
}

static double sample(const struct side *d, int64_t i) {
    return d->sign * (double)d->s->x[i];
}

static bool is_square(const struct side *d, int64_t from, int64_t to) {
    const double fall = STRAIGHT * (d->highest + d->other);
    return at(d, from) - at(d, from - EDGE) > fall && at(d, to) - at(d, to + EDGE) > fall;
}

static void look_at(struct side *d, int64_t top) {
    const double m = at(d, top);
    int64_t from = top, to = top, inside = 0;
    while (at(d, from - 1) >= m * (1.0 - NEAR))
        from--;
    while (at(d, to + 1) >= m * (1.0 - NEAR))
        to++;
    const int64_t length = to - from + 1;
    for (int64_t i = from; i <= to; i++)
        inside += at(d, i) >= m * (1.0 - CUT);
    const bool flat = length >= d->least && (double)inside >= INSIDE * (double)length;
    d->tops++;
    d->flat += flat;
    d->square += flat && is_square(d, from, to);
}

static void look(struct side *d) {
    const double ceiling = CEILING * d->highest;
    for (int64_t i = 0; i < d->s->frames; i++) {
        int64_t top = i;
        if (sample(d, i) < ceiling)
            continue;
        for (; at(d, i) >= ceiling; i++)
            top = at(d, i) > at(d, top) ? i : top;
        look_at(d, top);
    }
}

// Whether `n` samples from one place on are the same as from another one on.
static bool is_same(const struct side *d, int64_t first, int64_t second, int64_t n) {
    double power = 0.0, differs = 0.0;
    for (int64_t i = 0; i < n; i++) {
        const double v = at(d, first + i), apart = at(d, second + i) - v;
        power += v * v;
        differs += apart * apart;
    }
    return differs < ALIKE * power;
}

// Whether the sound between two places goes on behind the second one as it was.
static bool repeats(const struct side *d, int64_t first, int64_t second) {
    return second - first <= MOST_PERIOD && is_same(d, first, second, second - first);
}

// Whether what is about two places is the same: a sound that a machine plays again.
static bool is_again(const struct side *d, int64_t first, int64_t second) {
    return is_same(d, first - ABOUT, second - ABOUT, 2 * ABOUT);
}

// The last places at the ceiling that are unlike each other.
struct tops {
    int64_t at[KEPT];
    int n;
};

// Whether a place is one of those again; keeps it if not.
static bool is_known(struct tops *t, const struct side *d, int64_t place) {
    for (int i = 0; i < KEPT && i < t->n; i++)
        if (is_again(d, t->at[i], place))
            return true;
    t->at[t->n++ % KEPT] = place;
    return false;
}

// Runs of samples at the ceiling, when they pile up there; else 0.
static int pile(const struct side *d) {
    int64_t top = 0, under = 0, last = -MOST_PERIOD;
    int runs = 0, again = 0;
    struct tops known = {.n = 0};
    bool was = false;
    const double cut = d->highest * (1.0 - CUT), lowest = d->highest * (1.0 - 3.0 * CUT);
    for (int64_t i = 0; i < d->s->frames; i++) {
        const double v = sample(d, i);
        const bool is = v >= cut;
        top += is;
        under += !is && v >= lowest;
        if (is && !was) {
            again += repeats(d, last, i) || is_known(&known, d, i);
            last = i;
            runs++;
        }
        was = is;
    }
    const bool piled = top >= LEAST_PILE && (double)top > PILED * (double)under;
    return piled && 2 * again < runs ? runs : 0;
}

// Whether a converter's steps are too large for a cut to be told. A steep sound whose tops are cut
// has no small differences either, but its samples stand anywhere.
static bool is_coarse(const struct line_sound *s, double highest) {
    if (highest >= STEPS_IN_CUT * s->step / CUT)
        return false;
    for (int64_t i = 0; i < s->frames; i++) {
        const double steps = ((double)s->x[i] - (double)s->x[0]) / s->step;
        if (fabs(steps - round(steps)) > OFF_STEP)
            return false;
    }
    return true;
}

static void count_full_scale(struct ton_line_clipping *out, const struct line_sound *s) {
    int64_t run = 0;
    for (int64_t i = 0; i < s->frames; i++) {
        run = fabs((double)s->x[i]) >= FULL_SCALE ? run + 1 : 0;
        out->full_scale += run > 0;
        out->overs += run == OVER;
    }
}

void line_clipping_find(struct ton_line_clipping *out, const struct line_sound *s) {
    double low = 0.0, high = 0.0;
    *out = (struct ton_line_clipping){.level_dbfs = NAN};
    count_full_scale(out, s);
    for (int64_t i = 0; i < s->frames; i++) {
        const double v = (double)s->x[i];
        low = line_smaller(v, low);
        high = line_larger(v, high);
    }
    for (int k = 0; k < 2; k++) {
        struct side d = {.s = s, .sign = k ? -1.0 : 1.0};
        d.highest = k ? -low : high;
        d.other = k ? high : -low;
        d.least = ton_most(LEAST_FRAMES, (int64_t)ceil(LEAST_SECONDS * s->rate));
        if (d.highest < LEAST_LEVEL || is_coarse(s, d.highest))
            continue;
        look(&d);
        if (2 * d.square > d.flat)
            continue;
        if (d.flat < LEAST_TOPS || d.flat < LEAST_PART * d.tops)
            d.flat = pile(&d);
        if (d.flat < LEAST_TOPS)
            continue;
        out->flat_tops += d.flat;
        out->level_dbfs = fmax(line_power_db(d.highest * d.highest),
                               isnan(out->level_dbfs) ? -INFINITY : out->level_dbfs);
    }
}
