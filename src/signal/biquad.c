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
// closed form (M. Vicanek, "Matched Second Order Digital Filters", 2016, section 3, where p stands
// for phi). It bends freely between 20 kHz and the Nyquist frequency, where the analogue curve has
// a slope and no digital one can.
#include "ton/biquad.h"

#include <math.h>
#include <stddef.h>

// Roots of an analogue polynomial in radians per frame. A pair is re +- j im, or two real ones.
struct roots {
    int n;
    bool pair;      // conjugate
    double re[2];   // real parts (both the same for a pair)
    double im;      // 0 unless a pair
    double leading; // coefficient of the highest power, in radians per frame
};

// How C^2 is fitted: degrees in p above and below the line, and as many frequencies besides DC, in
// parts of the Nyquist frequency. The first is nearly minimax up to 20 kHz at 44.1 kHz. A fit can
// have a pole and a zero that nearly cancel on the unit circle; they move away with the frequencies
// and vanish with the degree, so the first fit that can be factored is taken.
static const struct attempt {
    int top, bottom;
    double node[4];
} attempts[] = {
    {2, 2, {0.35, 0.65, 0.83, 0.90}},
    {2, 2, {0.30, 0.60, 0.80, 0.90}},
    {2, 2, {0.40, 0.70, 0.86, 0.91}},
    {2, 2, {0.35, 0.65, 0.85, 1.00}},
    {1, 2, {0.45, 0.75, 0.90}},
    {2, 1, {0.45, 0.75, 0.90}},
    {1, 1, {0.60, 0.89}},
    {0, 2, {0.60, 0.89}},
    {2, 0, {0.60, 0.89}},
};

static struct roots roots_of(const double p[3], double w0) {
    if (p[2] != 0.0) {
        const double half = -0.5 * p[1] / p[2], d = half * half - p[0] / p[2];
        if (d < 0.0)
            return (struct roots){2, true, {half * w0, half * w0}, sqrt(-d) * w0, p[2] / (w0 * w0)};
        const double far = half - sqrt(d); // both are negative: no cancellation here
        const double near = far == 0.0 ? 0.0 : p[0] / p[2] / far;
        return (struct roots){2, false, {far * w0, near * w0}, 0.0, p[2] / (w0 * w0)};
    }
    if (p[1] != 0.0)
        return (struct roots){1, false, {-p[0] / p[1] * w0, 0.0}, 0.0, p[1] / w0};
    return (struct roots){.leading = p[0]};
}

// A root beyond the Nyquist frequency would come back as an image; it becomes a real root at z = -r
// as far from the unit circle as the analogue one is from j pi.
static struct roots clamped(struct roots r) {
    if (r.pair && r.im > M_PI) {
        r.re[0] = r.re[1] = -hypot(r.re[0], r.im - M_PI);
        r.im = M_PI;
    }
    return r;
}

// |1 - exp(s - jw)|^2 for s = re + j im; exact near the root.
static double digital_distance2(double re, double im, double w) {
    const double shrink = -expm1(re), turn = sin(0.5 * (w - im));
    return shrink * shrink + 4.0 * exp(re) * turn * turn;
}

// Digital over analogue squared magnitude of all roots at w.
static double excess(const struct roots *analogue, const struct roots *digital, double w) {
    double e = 1.0;
    for (int i = 0; i < analogue->n; i++) {
        const double side = i == 0 ? 1.0 : -1.0;
        const double re = analogue->re[i], offset = w - side * analogue->im;
        const double distance2 = re * re + offset * offset;
        if (distance2 > 1e-18)
            e *= digital_distance2(digital->re[i], side * digital->im, w) / distance2;
    }
    return e;
}

// 1 + c1/z + c2/z^2 with the digital roots.
static void expand(double c[2], const struct roots *r) {
    if (r->n == 0) {
        c[0] = c[1] = 0.0;
    } else if (r->pair) {
        c[0] = -2.0 * exp(r->re[0]) * cos(r->im);
        c[1] = exp(2.0 * r->re[0]);
    } else {
        const double first = exp(r->re[0]), second = r->n == 2 ? exp(r->re[1]) : 0.0;
        c[0] = -(first + second);
        c[1] = first * second;
    }
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

// What the matched section leaves to be corrected: C(w)^2.
struct correction {
    double gain2;
    struct roots zeros, poles;     // analogue
    struct roots zeros_z, poles_z; // digital, as logarithms
};

static double correction_at(const struct correction *c, double w) {
    return c->gain2 * excess(&c->poles, &c->poles_z, w) / excess(&c->zeros, &c->zeros_z, w);
}

// The section with |.|^2 = C^2 / C(0)^2 at DC and at the nodes; false when there is none.
static bool fit(struct ton_biquad *out, const struct correction *c, const struct attempt *try) {
    const int n = try->top + try->bottom;
    const double at_dc = correction_at(c, 0.0);
    double m[4][5] = {{0.0}}, top[3] = {1.0, 0.0, 0.0}, bottom[3] = {1.0, 0.0, 0.0};
    for (int i = 0; i < n; i++) {
        const double w = M_PI * try->node[i], sine = sin(0.5 * w), p = sine * sine;
        const double v = correction_at(c, w) / at_dc;
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
    *out = (struct ton_biquad){z[0] / d[0], z[1] / d[0], z[2] / d[0], d[1] / d[0], d[2] / d[0]};
    return true;
}

static struct ton_biquad correct(const struct correction *c) {
    struct ton_biquad b = TON_BIQUAD_THROUGH;
    const double at_dc = correction_at(c, 0.0), at_top = correction_at(c, 0.9 * M_PI);
    if (fabs(at_top / at_dc - 1.0) < 1e-5)
        return b;
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
        if (fit(&b, c, &attempts[i]))
            return b;
    return b;
}

void ton_biquad_match(struct ton_biquad out[2], const struct ton_analogue *a, double rate) {
    const double w0 = 2.0 * M_PI * a->hz / rate;
    struct correction c = {.zeros = roots_of(a->n, w0), .poles = roots_of(a->d, w0)};
    c.gain2 = c.zeros.leading / c.poles.leading;
    c.gain2 *= c.gain2;
    c.zeros_z = clamped(c.zeros);
    c.poles_z = clamped(c.poles);
    double n[2], d[2];
    expand(n, &c.zeros_z);
    expand(d, &c.poles_z);
    const double g = sqrt(correction_at(&c, 0.0));
    out[0] = (struct ton_biquad){g, g * n[0], g * n[1], d[0], d[1]};
    out[1] = correct(&c);
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
