/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A correction as bells. Each is put where the curve that is still wanted has most area, then all
 * are moved together downhill (Levenberg-Marquardt on the logarithms of frequency and Q and on the
 * gains), with the response of the digital sections that the eq will run. */
#include "correct.h"

#include "ton/arena.h"
#include "ton/biquad.h"

#include <math.h>
#include <string.h>

enum { MOST = TON_CORRECTION_MOST_BELLS, PARAMS = 3 * MOST, STEPS = 30, EVERY = 2, PASSES = 200 };

static const double LEAST_Q = 0.3, MOST_Q = 10.0, LEAST_GAIN_DB = 0.3;

/* What is fitted: frequency and Q as logarithms, so that steps are parts. */
struct fit {
    int n, bells; /* points, bells */
    double rate, low, high, most_boost_db, most_cut_db;
    double *hz, *wanted;   /* [point] */
    double *response;      /* [bell][point] */
    double *left;          /* [point]: wanted less the sum of all */
    double *slopes;        /* [parameter][point] */
    double params[PARAMS]; /* of each bell: log hz, gain, log q */
    const struct ton_nulls *nulls;
};

static void bell_response(double *db, const double params[3], const double *hz, int n,
                          double rate) {
    struct ton_biquad sections[2];
    const struct ton_analogue a = ton_analogue_bell(exp(params[0]), params[1], exp(params[2]));
    ton_biquad_match(sections, &a, rate);
    for (int i = 0; i < n; i++) {
        double h[2], power = 1.0;
        for (int k = 0; k < 2; k++) {
            ton_biquad_response(h, &sections[k], 2.0 * M_PI * hz[i] / rate);
            power *= h[0] * h[0] + h[1] * h[1];
        }
        db[i] = 10.0 * log10(power);
    }
}

/* Sum of squares of what is left. */
static double evaluate(struct fit *f) {
    double sum = 0.0;
    for (int b = 0; b < f->bells; b++)
        bell_response(f->response + b * f->n, f->params + 3 * b, f->hz, f->n, f->rate);
    for (int i = 0; i < f->n; i++) {
        f->left[i] = f->wanted[i];
        for (int b = 0; b < f->bells; b++)
            f->left[i] -= f->response[b * f->n + i];
        sum += f->left[i] * f->left[i];
    }
    return sum;
}

/* The nearer end of the null that a bell would be put into, of nulls that adjoin the outer ones. */
static double beside_nulls(const struct fit *f, double hz) {
    double low = hz, high = hz;
    for (int i = 0; i < f->nulls->n; i++)
        if (f->nulls->items[i].core_hz[0] <= high && f->nulls->items[i].core_hz[1] > high)
            high = f->nulls->items[i].core_hz[1];
    for (int i = f->nulls->n - 1; i >= 0; i--)
        if (f->nulls->items[i].core_hz[0] < low && f->nulls->items[i].core_hz[1] >= low)
            low = f->nulls->items[i].core_hz[0];
    return low < f->low || (high <= f->high && high / hz < hz / low) ? high : low;
}

static void hold_bounds(struct fit *f) {
    for (int b = 0; b < f->bells; b++) {
        double *const p = f->params + 3 * b;
        p[0] = log(beside_nulls(f, exp(p[0])));
        p[0] = fmax(log(f->low), fmin(log(f->high), p[0]));
        p[1] = fmax(-f->most_cut_db, fmin(f->most_boost_db, p[1]));
        p[2] = fmax(log(LEAST_Q), fmin(log(MOST_Q), p[2]));
    }
}

static void find_slopes(struct fit *f) {
    static const double step[3] = {1e-3, 0.01, 1e-3};
    for (int k = 0; k < 3 * f->bells; k++) {
        double *const slope = f->slopes + k * f->n, *const p = f->params + k / 3 * 3;
        const double kept = p[k % 3];
        p[k % 3] += step[k % 3];
        bell_response(slope, p, f->hz, f->n, f->rate);
        p[k % 3] = kept;
        for (int i = 0; i < f->n; i++)
            slope[i] = (slope[i] - f->response[k / 3 * f->n + i]) / step[k % 3];
    }
}

/* Solves the symmetric positive system a x = b of n by Cholesky's method; b becomes x. */
static bool solve(double a[PARAMS][PARAMS], double b[PARAMS], int n) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double sum = a[i][j];
            for (int k = 0; k < j; k++)
                sum -= a[i][k] * a[j][k];
            if (i == j && !(sum > 0.0))
                return false;
            a[i][j] = i == j ? sqrt(sum) : sum / a[j][j];
        }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            b[i] -= a[i][k] * b[k];
        b[i] /= a[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            b[i] -= a[k][i] * b[k];
        b[i] /= a[i][i];
    }
    return true;
}

/* One step from where the slopes were taken, damped; false when nothing can be solved. */
static bool step(struct fit *f, const double from[PARAMS], double damping) {
    double a[PARAMS][PARAMS], b[PARAMS];
    const int n = 3 * f->bells;
    for (int i = 0; i < n; i++) {
        const double *const u = f->slopes + i * f->n;
        for (int j = 0; j <= i; j++) {
            const double *const v = f->slopes + j * f->n;
            a[i][j] = 0.0;
            for (int k = 0; k < f->n; k++)
                a[i][j] += u[k] * v[k];
        }
        b[i] = 0.0;
        for (int k = 0; k < f->n; k++)
            b[i] += u[k] * f->left[k];
        a[i][i] = a[i][i] * (1.0 + damping) + 1e-9;
    }
    if (!solve(a, b, n))
        return false;
    for (int i = 0; i < n; i++)
        f->params[i] = from[i] + b[i];
    hold_bounds(f);
    return true;
}

static void descend(struct fit *f) {
    double damping = 0.1, best = evaluate(f);
    for (int i = 0; i < STEPS && damping < 1e6; i++) {
        double kept[PARAMS];
        memcpy(kept, f->params, sizeof kept);
        find_slopes(f);
        double now = INFINITY;
        for (; damping < 1e6; damping *= 4.0) {
            if (step(f, kept, damping) && (now = evaluate(f)) < best)
                break;
            memcpy(f->params, kept, sizeof kept);
            evaluate(f);
        }
        const bool done = !(now < best * (1.0 - 1e-4));
        best = fmin(best, now);
        damping = fmax(1e-6, damping / 8.0);
        if (done)
            break;
    }
}

/* Where what is left keeps its sign with the most area: a bell as high and as wide as that. */
static bool add_bell(struct fit *f) {
    double most = 0.0;
    int from = 0, to = 0;
    for (int i = 0, k; i < f->n; i = k) {
        double area = 0.0;
        for (k = i; k < f->n && (f->left[k] > 0.0) == (f->left[i] > 0.0); k++)
            area += fabs(f->left[k]);
        if (area > most) {
            most = area;
            from = i;
            to = k;
        }
    }
    if (most == 0.0)
        return false;
    int top = from;
    for (int i = from; i < to; i++)
        top = fabs(f->left[i]) > fabs(f->left[top]) ? i : top;
    const double octaves = log2(f->hz[to - 1] / f->hz[from]) + 1.0 / 24.0;
    double *const p = f->params + 3 * f->bells;
    if (fabs(f->left[top]) < LEAST_GAIN_DB)
        return false;
    p[0] = log(f->hz[top]);
    p[1] = f->left[top];
    p[2] = log(2.0 / octaves); /* between its ends a bell is about twice as wide as its Q says */
    f->bells++;
    hold_bounds(f);
    return true;
}

static double round_to(double value, double digit) {
    return round(value / digit) * digit;
}

/* As the eq's rows keep them, rising; what does next to nothing is left out. */
static void take_bells(struct ton_correction *out, const struct fit *f) {
    for (int b = 0; b < f->bells; b++) {
        const double *const p = f->params + 3 * b;
        const struct ton_bell bell = {.hz = round_to(exp(p[0]), 0.1),
                                      .gain_db = round_to(p[1], 0.01),
                                      .q = round_to(exp(p[2]), 0.001)};
        int at = out->n_bells;
        if (fabs(bell.gain_db) < LEAST_GAIN_DB)
            continue;
        for (; at > 0 && out->bells[at - 1].hz > bell.hz; at--)
            out->bells[at] = out->bells[at - 1];
        out->bells[at] = bell;
        out->n_bells++;
    }
}

static void one_bell(double *db, const struct ton_bell *bell, const double *hz, int n,
                     double rate) {
    const double params[3] = {log(bell->hz), bell->gain_db, log(bell->q)};
    bell_response(db, params, hz, n, rate);
}

/* What all bells do at `n` frequencies. `one` has n places. */
static void add_up(double *sums, double *one, const struct ton_correction *c, const double *hz,
                   int n, double rate) {
    memset(sums, 0, sizeof(double) * (size_t)n);
    for (int b = 0; b < c->n_bells; b++) {
        one_bell(one, &c->bells[b], hz, n, rate);
        for (int i = 0; i < n; i++)
            sums[i] += one[i];
    }
}

/* The frequency at which all together go farthest over their bounds, from 1 Hz, below which bells
 * do nothing, to half the rate; returns by how much, and how they lift most. */
static double most_over(double *hz, double *most_db, const struct ton_correction *c,
                        const struct fit *f) {
    enum { WHOLE = 2048 };
    double all[WHOLE], sums[WHOLE], one[WHOLE], over = -INFINITY;
    for (int i = 0; i < WHOLE; i++)
        all[i] = pow(0.5 * f->rate, i / (WHOLE - 1.0));
    add_up(sums, one, c, all, WHOLE, f->rate);
    *most_db = 0.0;
    for (int i = 0; i < WHOLE; i++) {
        const double here = fmax(sums[i] - f->most_boost_db, -f->most_cut_db - sums[i]);
        *most_db = fmax(*most_db, sums[i]);
        if (here > over) {
            over = here;
            *hz = all[i];
        }
    }
    return over;
}

/* Takes from all bells what they together do too much. */
static void scale_all(struct ton_correction *out, const struct fit *f) {
    double hz;
    const double over = most_over(&hz, &out->bells_most_db, out, f);
    if (over <= CORRECT_WITHIN_DB)
        return;
    const double bound = fmin(f->most_boost_db, f->most_cut_db);
    for (int b = 0; b < out->n_bells; b++)
        out->bells[b].gain_db =
            trunc(100.0 * out->bells[b].gain_db * bound / (bound + over)) / 100.0;
    most_over(&hz, &out->bells_most_db, out, f);
}

/* Where bells together do too much, the one that does most there does less, until none does; what
 * is left over after many passes is taken from all. */
static void hold_sum(struct ton_correction *out, const struct fit *f) {
    double hz, over;
    for (int pass = 0; pass < PASSES; pass++) {
        over = most_over(&hz, &out->bells_most_db, out, f);
        if (over <= 0.0)
            return;
        double sum = 0.0, does[MOST] = {0};
        int most = 0;
        for (int b = 0; b < out->n_bells; b++) {
            one_bell(&does[b], &out->bells[b], &hz, 1, f->rate);
            sum += does[b];
        }
        for (int b = 1; b < out->n_bells; b++)
            most = does[b] * sum > does[most] * sum ? b : most;
        struct ton_bell *const bell = &out->bells[most];
        const double part = fmin(0.999, fmax(0.5, 1.0 - over / fabs(does[most])));
        bell->gain_db =
            (bell->gain_db < 0.0 ? -0.01 : 0.01) * floor(100.0 * part * fabs(bell->gain_db));
    }
    scale_all(out, f);
}

/* Points half an octave around what is corrected, every other one. */
static void take_points(struct fit *f, const struct ton_correction *c) {
    for (int i = 0; i < c->n; i += EVERY)
        if (c->hz[i] >= c->from_hz * M_SQRT1_2 && c->hz[i] <= c->to_hz * M_SQRT2) {
            f->hz[f->n] = c->hz[i];
            f->wanted[f->n++] = c->wanted_db[i];
        }
}

enum ton_code correct_by_bells(struct ton_correction *out, int most,
                               const struct ton_correction_how *how, int rate,
                               struct ton_err *err) {
    const size_t n = (size_t)out->n;
    double *const memory = ton_alloc(sizeof(double) * n * (3 + MOST + PARAMS));
    if (!memory)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to fit %d bells", most);
    struct fit f = {.rate = rate,
                    .low = fmax(20.0, out->from_hz),
                    .high = fmin(20000.0, out->to_hz),
                    .most_boost_db = how->most_boost_db,
                    .most_cut_db = how->most_cut_db,
                    .nulls = &out->nulls,
                    .hz = memory,
                    .wanted = memory + n,
                    .left = memory + 2 * n,
                    .response = memory + 3 * n,
                    .slopes = memory + (3 + MOST) * n};
    take_points(&f, out);
    evaluate(&f);
    while (f.bells < most && add_bell(&f))
        descend(&f);
    take_bells(out, &f);
    hold_sum(out, &f);
    add_up(out->bells_db, f.response, out, out->hz, out->n, rate);
    out->bells_fit = correct_fit(out, out->bells_db);
    ton_free(memory);
    return TON_OK;
}
