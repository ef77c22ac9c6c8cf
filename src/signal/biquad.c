// SPDX-License-Identifier: GPL-3.0-or-later
// Digital second-order sections that follow an analogue prototype up to 20 kHz.
//
// The idea. A root s of the prototype becomes z = exp(s T) (matched z-transform). Near the root the
// digital factor |1 - z exp(-jw)| is the analogue |jw - s| times a constant; what spoils the curve
// are the images of the root around every multiple of the sample rate, and they are far away: the
// quotient C(w)^2 = |H(jw)|^2 / |H_matched(w)|^2 is smooth however sharp the filter is. A second
// section takes over C: its squared magnitude is a rational function of p = sin^2(w/2),
//     (B0 + B1 p + B2 p^2) / (1 + A1 p + A2 p^2),
// which is made to pass through C^2 at five fixed frequencies (a linear system), and factored in
// closed form (M. Vicanek, "Matched Second Order Digital Filters", 2016, where p is phi). It bends
// freely between 20 kHz and the Nyquist frequency, where the analogue curve has a slope and no
// digital one can.
#include "ton/biquad.h"

#include <math.h>
#include <stddef.h>

// Roots s of a polynomial in radians per frame: re + j im each, a conjugate pair or real ones.
struct roots {
    int n;
    bool pair;
    double re[2], im[2];
    double leading; // coefficient of the highest power
};

// Where C^2 is looked at: w (0 to 0.9 of the Nyquist frequency, where 20 kHz lies at 44.1 kHz),
// sine and cosine of w / 2.
enum { N_GRID = 10 };
static const struct {
    double w, sine, cosine;
} grid[N_GRID] = {
    {0.0 * M_PI, 0.0, 1.0},
    {0.3 * M_PI, 0.45399049973954675, 0.8910065241883679},
    {0.35 * M_PI, 0.5224985647159488, 0.8526401643540922},
    {0.45 * M_PI, 0.6494480483301837, 0.7604059656000309},
    {0.6 * M_PI, 0.8090169943749475, 0.5877852522924731},
    {0.65 * M_PI, 0.8526401643540922, 0.5224985647159489},
    {0.75 * M_PI, 0.9238795325112867, 0.38268343236508984},
    {0.83 * M_PI, 0.9645574184577981, 0.263873049965373},
    {0.86 * M_PI, 0.9759167619387473, 0.2181432413965427},
    {0.9 * M_PI, 0.9876883405951378, 0.15643446504023092},
};

// How C^2 is fitted: degrees in p above and below the line, and through which points of the grid
// besides DC. The first is nearly minimax up to 20 kHz at 44.1 kHz and serves almost always. A fit
// can have a pole and a zero that nearly cancel on the unit circle; they move away with the points
// and vanish with the degree, so there are others.
static const struct attempt {
    int top, bottom;
    int node[4];
} attempts[] = {
    {2, 2, {2, 5, 7, 9}}, {2, 2, {1, 4, 7, 9}}, {2, 2, {3, 6, 8, 9}}, {2, 2, {2, 4, 6, 9}},
    {2, 2, {1, 5, 8, 9}}, {2, 2, {4, 6, 8, 9}}, {2, 2, {3, 5, 7, 8}}, {1, 2, {3, 6, 9}},
    {2, 1, {3, 6, 9}},    {1, 2, {4, 7, 9}},    {2, 1, {4, 7, 9}},    {1, 1, {4, 9}},
    {0, 2, {4, 9}},       {2, 0, {4, 9}},
};

// Errors of |.|^2: 0.03 dB is good enough to look no further, or to need no correction at all; 0.2
// dB is too much.
static const double GOOD = 7e-3, POOR = 0.05;

static struct roots roots_of(const double p[3], double w0) {
    if (p[2] != 0.0) {
        struct roots r = {.n = 2, .leading = p[2] / (w0 * w0)};
        const double half = -0.5 * p[1] / p[2], d = half * half - p[0] / p[2];
        r.pair = d < 0.0;
        if (r.pair) {
            r.re[0] = r.re[1] = half * w0;
            r.im[0] = sqrt(-d) * w0;
            r.im[1] = -r.im[0];
        } else { // both are negative: far is free of cancellation, near follows from the product
            const double far = half - sqrt(d);
            r.re[0] = far * w0;
            r.re[1] = far == 0.0 ? 0.0 : p[0] / p[2] / far * w0;
        }
        return r;
    }
    if (p[1] != 0.0)
        return (struct roots){.n = 1, .re = {-p[0] / p[1] * w0}, .leading = p[1] / w0};
    return (struct roots){.leading = p[0]};
}

// A pair beyond the Nyquist frequency (`limit`: pi) would come back as an image. Only one of its
// roots is near the frequencies that exist: it becomes a real one at z = -r, as far from the unit
// circle as the analogue one is from j pi, and the other goes to z = 0.
static struct roots clamped(struct roots r, double limit) {
    if (!r.pair || r.im[0] <= limit)
        return r;
    const double distance = hypot(r.re[0], r.im[0] - M_PI);
    return (struct roots){.n = 2, .re = {-distance, -1e3}, .im = {M_PI, 0.0}};
}

// Multiplies c2[i] by the squared distance of exp(jw) from all digital roots over that of jw from
// the analogue ones, at the frequencies of the grid; divides if `invert`. For s = re + j im,
// |1 - exp(s - jw)|^2 = (1 - exp(re))^2 + 4 exp(re) sin^2((w - im) / 2).
static void add_excess(double c2[N_GRID], const struct roots *analogue, const struct roots *digital,
                       bool invert) {
    for (int k = 0; k < analogue->n; k++) {
        const double shrink = -expm1(digital->re[k]), scale = 4.0 * exp(digital->re[k]);
        const double sine = sin(0.5 * digital->im[k]), cosine = cos(0.5 * digital->im[k]);
        for (int i = 0; i < N_GRID; i++) {
            const double offset = grid[i].w - analogue->im[k];
            const double far2 = analogue->re[k] * analogue->re[k] + offset * offset;
            const double turn = grid[i].sine * cosine - grid[i].cosine * sine;
            const double near2 = shrink * shrink + scale * turn * turn;
            if (far2 > 1e-14) // at the root itself both are 0 and their quotient 1
                c2[i] *= invert ? far2 / near2 : near2 / far2;
        }
    }
}

// 1 + c1/z + c2/z^2 with the digital roots.
static void expand(double c[2], const struct roots *r) {
    if (r->pair) {
        c[0] = -2.0 * exp(r->re[0]) * cos(r->im[0]);
        c[1] = exp(2.0 * r->re[0]);
        return;
    }
    const double first = r->n >= 1 ? exp(r->re[0]) * (r->im[0] > 0.0 ? -1.0 : 1.0) : 0.0;
    const double second = r->n == 2 ? exp(r->re[1]) : 0.0;
    c[0] = -(first + second);
    c[1] = first * second;
}

// Gauss-Jordan elimination with row pivots of n x (n + 1); the solution ends in column 4. False
// when singular.
static bool solve(double m[4][5], int n) {
    for (int col = 0; col < n; col++) {
        int pivot = col;
        for (int row = col + 1; row < n; row++)
            if (fabs(m[row][col]) > fabs(m[pivot][col]))
                pivot = row;
        if (fabs(m[pivot][col]) < 1e-14)
            return false;
        for (int k = 0; k < 5; k++) {
            const double t = m[col][k];
            m[col][k] = m[pivot][k];
            m[pivot][k] = t;
        }
        for (int row = 0; row < n; row++) {
            if (row == col)
                continue;
            const double f = m[row][col] / m[col][col];
            for (int k = 0; k < 5; k++)
                m[row][k] -= f * m[col][k];
        }
    }
    for (int row = 0; row < n; row++)
        m[row][4] /= m[row][row];
    return true;
}

// c[0] + c[1] p + c[2] p^2 = |k0 + k1/z + k2/z^2|^2, minimum phase; false when it is negative
// somewhere in 0 <= p <= 1.
static bool factor(double k[3], const double c[3]) {
    const double at_dc = c[0], at_nyquist = c[0] + c[1] + c[2];
    if (at_dc <= 0.0 || at_nyquist <= 1e-5 * at_dc) // nearer to z = -1 it would ring
        return false;
    const double dc = sqrt(at_dc), nyquist = sqrt(at_nyquist), sum = 0.5 * (dc + nyquist);
    const double square = sum * sum - 0.25 * c[2];
    if (square < 0.0)
        return false;
    k[0] = 0.5 * (sum + sqrt(square));
    k[1] = 0.5 * (dc - nyquist);
    k[2] = c[2] / (16.0 * k[0]);
    return true;
}

static double quadratic(const double c[3], double p) {
    return c[0] + p * (c[1] + p * c[2]);
}

// The section with |.|^2 = c2 / c2[0] at DC and at the nodes, and its largest relative error
// anywhere on the grid; false when there is no such section.
static bool fit(struct ton_biquad *out, double *error, const double c2[N_GRID],
                const struct attempt *try) {
    const int n = try->top + try->bottom;
    double m[4][5] = {{0.0}}, top[3] = {1.0, 0.0, 0.0}, bottom[3] = {1.0, 0.0, 0.0};
    for (int i = 0; i < n; i++) {
        const int node = try->node[i];
        const double p = grid[node].sine * grid[node].sine, v = c2[node] / c2[0];
        for (int k = 0; k < try->top; k++)
            m[i][k] = k == 0 ? p : p * p;
        for (int k = 0; k < try->bottom; k++)
            m[i][try->top + k] = -v * (k == 0 ? p : p * p);
        m[i][4] = v - 1.0;
    }
    if (!solve(m, n))
        return false;
    for (int k = 0; k < try->top; k++)
        top[k + 1] = m[k][4];
    for (int k = 0; k < try->bottom; k++)
        bottom[k + 1] = m[try->top + k][4];
    double z[3], d[3];
    if (!factor(z, top) || !factor(d, bottom))
        return false;
    *error = 0.0;
    for (int i = 1; i < N_GRID; i++) {
        const double p = grid[i].sine * grid[i].sine;
        const double is = quadratic(top, p) / quadratic(bottom, p);
        *error = fmax(*error, fabs(is * c2[0] / c2[i] - 1.0));
    }
    *out = (struct ton_biquad){z[0] / d[0], z[1] / d[0], z[2] / d[0], d[1] / d[0], d[2] / d[0]};
    return true;
}

// Returns the largest relative error of |.|^2 that is left.
static double correct(struct ton_biquad *best, const double c2[N_GRID]) {
    struct ton_biquad b;
    double least = 0.0, error;
    *best = TON_BIQUAD_THROUGH;
    for (int i = 1; i < N_GRID; i++)
        least = fmax(least, fabs(c2[0] / c2[i] - 1.0));
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0] && least > GOOD; i++)
        if (fit(&b, &error, c2, &attempts[i]) && error < least) {
            *best = b;
            least = error;
        }
    return least;
}

static double match(struct ton_biquad out[2], const struct roots *zeros, const struct roots *poles,
                    double limit) {
    const struct roots zeros_z = clamped(*zeros, limit), poles_z = clamped(*poles, limit);
    const double gain = zeros->leading / poles->leading;
    double c2[N_GRID], n[2], d[2];
    for (int i = 0; i < N_GRID; i++)
        c2[i] = gain * gain;
    add_excess(c2, poles, &poles_z, false);
    add_excess(c2, zeros, &zeros_z, true);
    expand(n, &zeros_z);
    expand(d, &poles_z);
    const double g = sqrt(c2[0]);
    out[0] = (struct ton_biquad){g, g * n[0], g * n[1], d[0], d[1]};
    return correct(&out[1], c2);
}

void ton_biquad_match(struct ton_biquad out[2], const struct ton_analogue *a, double rate) {
    const double w0 = 2.0 * M_PI * a->hz / rate;
    const struct roots zeros = roots_of(a->n, w0), poles = roots_of(a->d, w0);
    const double error = match(out, &zeros, &poles, M_PI);
    if (error < POOR)
        return;
    struct ton_biquad other[2];
    for (int i = 0; i < 2; i++) // roots just below and above pi may fit better as the other kind
        if (match(other, &zeros, &poles, (i == 0 ? 0.85 : 0.95) * M_PI) < error) {
            out[0] = other[0];
            out[1] = other[1];
            return;
        }
}

void ton_biquad_response(double h[2], const struct ton_biquad *b, double w) {
    const double c1 = cos(w), s1 = -sin(w), c2 = cos(2.0 * w), s2 = -sin(2.0 * w);
    const double nr = b->b0 + b->b1 * c1 + b->b2 * c2, ni = b->b1 * s1 + b->b2 * s2;
    const double dr = 1.0 + b->a1 * c1 + b->a2 * c2, di = b->a1 * s1 + b->a2 * s2;
    const double d2 = dr * dr + di * di;
    h[0] = (nr * dr + ni * di) / d2;
    h[1] = (ni * dr - nr * di) / d2;
}

bool ton_biquad_is_through(const struct ton_biquad *b) {
    return b->b0 == 1.0 && b->b1 == 0.0 && b->b2 == 0.0 && b->a1 == 0.0 && b->a2 == 0.0;
}
