// SPDX-License-Identifier: GPL-3.0-or-later
// A generator's tone at the frequency of the mains or at twice that, which looks like hum.
//
// Mains are never pure: 1 to 5 % of the voltage are harmonics (EN 50160 allows 8), a field carries
// the higher ones over better, and what a supply draws or leaves is pulses. So a sine beside which
// there is nothing down to -50 dB (0.3 %) at any other multiple comes from a generator. Where its
// tops were cut off, what is left between them is still part of a sine, and of hum it is not.

#include "line/parts.h"

#define PURE 1e-5          // of its power
#define PURE_BETWEEN 2e-6  // where tops are cut off: what is left shows less of harmonics
#define LEAST_POWER 1e-6   // -60 dBFS: a steady tone that is louder is played
#define BELOW_THE_CUT 0.95 // of the height that is cut off
#define LEAST_SEEN 0.3     // of all samples: any short piece is part of a sine
enum { LOOKED_AT = 10 };   // multiples of the mains'

// A phasor that turns by one frequency a frame.
struct turning {
    double re, im, step_re, step_im;
};

static struct turning turning_at(double hz, double rate) {
    const double w = 2.0 * M_PI * hz / rate;
    return (struct turning){1.0, 0.0, cos(w), sin(w)};
}

static void turn(struct turning *t) {
    const double re = t->re * t->step_re - t->im * t->step_im;
    t->im = t->re * t->step_im + t->im * t->step_re;
    t->re = re;
}

// The sine between the tops: dc + a cos + b sin, least squares; what is left of each sample, 0 of
// those that are cut off.
struct fit {
    double dc, a, b;
    double power; // mean square of a whole sine
    double energy;
    int64_t n;
    float *left;
};

// m[r][3] is the right side; false where there is no one answer.
static bool solve(double m[3][4]) {
    for (int p = 0; p < 3; p++) {
        if (!(fabs(m[p][p]) > 1e-9 * m[0][0]))
            return false;
        for (int r = 0; r < 3; r++) {
            const double f = m[r][p] / m[p][p];
            for (int c = p; r != p && c < 4; c++)
                m[r][c] -= f * m[p][c];
        }
    }
    return true;
}

static bool fit_sine(struct fit *f, const struct line_sound *s, double hz, double highest) {
    double m[3][4] = {{0}};
    struct turning t = turning_at(hz, s->rate);
    for (int64_t i = 0; i < s->frames; i++, turn(&t)) {
        const double row[4] = {1.0, t.re, t.im, (double)s->x[i]};
        if (fabs(row[3]) > highest)
            continue;
        for (int r = 0; r < 3; r++)
            for (int c = 0; c < 4; c++)
                m[r][c] += row[r] * row[c];
    }
    f->n = (int64_t)m[0][0];
    if ((double)f->n < LEAST_SEEN * (double)s->frames || !solve(m))
        return false;
    f->dc = m[0][3] / m[0][0];
    f->a = m[1][3] / m[1][1];
    f->b = m[2][3] / m[2][2];
    f->power = 0.5 * (f->a * f->a + f->b * f->b);
    return true;
}

static void take_off(struct fit *f, const struct line_sound *s, double hz, double highest) {
    struct turning t = turning_at(hz, s->rate);
    for (int64_t i = 0; i < s->frames; i++, turn(&t)) {
        const double x = (double)s->x[i], sine = f->a * t.re + f->b * t.im;
        const bool seen = fabs(x) <= highest;
        f->left[i] = seen ? (float)(x - f->dc - sine) : 0.0F;
        f->energy += seen ? sine * sine : 0.0;
    }
}

static double energy_at(const struct fit *f, const struct line_sound *s, double hz) {
    struct turning t = turning_at(hz, s->rate);
    double re = 0.0, im = 0.0;
    for (int64_t i = 0; i < s->frames; i++, turn(&t)) {
        re += (double)f->left[i] * t.re;
        im += (double)f->left[i] * t.im;
    }
    return 2.0 * (re * re + im * im) / (double)s->frames;
}

static bool is_pure(const struct fit *f, const struct line_sound *s, double mains_hz, int own,
                    double pure) {
    double others = 0.0;
    for (int k = 1; k <= LOOKED_AT && 2.0 * k * mains_hz < s->rate; k++)
        others += k == own ? 0.0 : energy_at(f, s, k * mains_hz);
    return others < pure * f->energy;
}

// What is not cut off and has other harmonics is hum without looking further.
static bool may_be_tone(const struct ton_line *line, int own) {
    const double *db = line->hum.harmonic_dbfs;
    for (int k = 1; k <= TON_LINE_HARMONICS; k++)
        if (k != own && db[k - 1] > db[own - 1] + line_power_db(PURE))
            return line->clipping.flat_tops > 0;
    return true;
}

enum ton_code line_tone_find(struct ton_line *out, const struct line_sound *s,
                             struct ton_err *err) {
    const double *db = out->hum.harmonic_dbfs;
    const int own = isnan(db[0]) || db[1] > db[0] ? 2 : 1;
    out->tone_hz = out->tone_dbfs = NAN;
    if (isnan(out->hum.hz) || isnan(db[own - 1]) || !may_be_tone(out, own))
        return TON_OK;
    const double hz = own * out->hum.hz;
    const bool cut = out->clipping.flat_tops > 0;
    const double highest =
        cut ? BELOW_THE_CUT * sqrt(line_db_power(out->clipping.level_dbfs)) : INFINITY;
    struct fit f = {.left = TON_NEW_N(s->arena, float, s->frames)};
    if (!f.left)
        return line_no_memory(err);
    if (!fit_sine(&f, s, hz, highest) || f.power < LEAST_POWER)
        return TON_OK;
    take_off(&f, s, hz, highest);
    if (!is_pure(&f, s, out->hum.hz, own, cut ? PURE_BETWEEN : PURE))
        return TON_OK;
    out->tone_hz = hz;
    out->tone_dbfs = line_power_db(f.power);
    line_hum_none(&out->hum);
    return TON_OK;
}
