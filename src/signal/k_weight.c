/* SPDX-License-Identifier: GPL-3.0-or-later */
/* K-weighting of BS.1770: the filter pair at any rate, and its plain kernel. */

#include "k_weight.h"

#include "kernels/kernels.h"
#include "ton/isa.h"

/* The analogue pair behind the table at 48 kHz: corner, quality, and for the shelf its gain and how
 * much of it stands at the corner. */
#define SHELF_HZ 1681.974450955533
#define SHELF_Q 0.7071752369554196
#define SHELF_GAIN_DB 3.999843853973347
#define SHELF_MIDDLE 0.4996667741545416
#define PASS_HZ 38.13547087602444
#define PASS_Q 0.5003270373238773

#define TABLE_RATE 48000.0
/* From here up the bilinear shelf is within 0.01 dB of the table's. */
#define BILINEAR_FROM 44100.0

static double warp(double hz, double rate) {
    return tan(M_PI * hz / rate);
}

static double pass_denominator(double w) {
    return 1.0 + w / PASS_Q + w * w;
}

static void shelf_design(double b[3], double a[2], double rate) {
    const double w = warp(SHELF_HZ, rate), high = pow(10.0, SHELF_GAIN_DB / 20.0);
    const double middle = pow(high, SHELF_MIDDLE), q = w / SHELF_Q, square = w * w;
    const double a0 = 1.0 + q + square;
    b[0] = (high + middle * q + square) / a0;
    b[1] = 2.0 * (square - high) / a0;
    b[2] = (high - middle * q + square) / a0;
    a[0] = 2.0 * (square - 1.0) / a0;
    a[1] = (1.0 - q + square) / a0;
}

/* A biquad's squared magnitude is p[0] (1-s) + p[1] s + p[2] 4 s (1-s), s = sin^2(pi f/rate), for
 * its numerator as for its denominator (Vicanek, "Matched second order digital filters", 2016). */
struct power {
    double p[3];
};

static struct power power_of(double c0, double c1, double c2) {
    const double sum = c0 + c1 + c2, alternating = c0 - c1 + c2;
    return (struct power){{sum * sum, alternating * alternating, -4.0 * c0 * c2}};
}

static double power_at(const struct power *power, double s) {
    return power->p[0] * (1.0 - s) + power->p[1] * s + power->p[2] * 4.0 * s * (1.0 - s);
}

static double sine_squared(double hz, double rate) {
    const double sine = sin(M_PI * hz / rate);
    return sine * sine;
}

/* The table's squared gain at 48 kHz, which is what every rate should have. */
static double shelf_power(double hz) {
    double b[3], a[2];
    shelf_design(b, a, TABLE_RATE);
    const double s = sine_squared(hz, TABLE_RATE);
    const struct power above = power_of(b[0], b[1], b[2]), below = power_of(1.0, a[0], a[1]);
    return power_at(&above, s) / power_at(&below, s);
}

/* The shelf with the analogue poles as they ring, and a numerator that gives the table's gain at 0,
 * near the corner and near half the rate. The bilinear transform squeezes the shelf's slope into
 * what is left under half the rate: 0.2 dB off for 1 kHz at a rate of 8 kHz. */
static void shelf_match(double b[3], double a[2], double rate) {
    const double w = 2.0 * M_PI * SHELF_HZ / rate, decay = w / (2.0 * SHELF_Q);
    a[0] = -2.0 * exp(-decay) * cos(sqrt(1.0 - 0.25 / (SHELF_Q * SHELF_Q)) * w);
    a[1] = exp(-2.0 * decay);
    const struct power below = power_of(1.0, a[0], a[1]);
    const double hz[2] = {fmin(SHELF_HZ, 0.3 * rate), fmin(0.45 * rate, 20000.0)};
    double want[2], high[2], middle[2];
    for (int i = 0; i < 2; i++) {
        const double s = sine_squared(hz[i], rate);
        want[i] = shelf_power(hz[i]) * power_at(&below, s) - below.p[0] * (1.0 - s);
        high[i] = s;
        middle[i] = 4.0 * s * (1.0 - s);
    }
    const double determinant = high[0] * middle[1] - middle[0] * high[1];
    const double p1 = (want[0] * middle[1] - middle[0] * want[1]) / determinant;
    const double p2 = (high[0] * want[1] - want[0] * high[1]) / determinant;
    const double half = 0.5 * (sqrt(below.p[0]) + sqrt(p1));
    b[0] = 0.5 * (half + sqrt(half * half + p2));
    b[1] = 0.5 * (sqrt(below.p[0]) - sqrt(p1));
    b[2] = -p2 / (4.0 * b[0]);
}

static void pass_design(double b[3], double a[2], double rate) {
    const double w = warp(PASS_HZ, rate), a0 = pass_denominator(w);
    /* The table's numerator is 1 -2 1 at 48 kHz; the same analogue gain elsewhere. */
    const double gain = pass_denominator(warp(PASS_HZ, TABLE_RATE)) / a0;
    b[0] = gain;
    b[1] = -2.0 * gain;
    b[2] = gain;
    a[0] = 2.0 * (w * w - 1.0) / a0;
    a[1] = (1.0 - w / PASS_Q + w * w) / a0;
}

void ton_k_weight_design(struct ton_k_weight *k, double rate) {
    if (rate >= BILINEAR_FROM)
        shelf_design(k->b[0], k->a[0], rate);
    else
        shelf_match(k->b[0], k->a[0], rate);
    pass_design(k->b[1], k->a[1], rate);
}

static double channel(struct ton_k_memory *memory, const struct ton_k_weight *k, int c,
                      const float *in, int frames) {
    double x1 = memory->x[0][c], x2 = memory->x[1][c];
    double s1 = memory->shelf[0][c], s2 = memory->shelf[1][c];
    double y1 = memory->y[0][c], y2 = memory->y[1][c];
    double sum = 0.0;
    for (int i = 0; i < frames; i++) {
        const double x0 = (double)in[i];
        const double s0 =
            ton_k_step(k->b[0], k->a[0], (const double[]){x0, x1, x2}, (const double[]){s1, s2});
        const double y0 =
            ton_k_step(k->b[1], k->a[1], (const double[]){s0, s1, s2}, (const double[]){y1, y2});
        x2 = x1, x1 = x0;
        s2 = s1, s1 = s0;
        y2 = y1, y1 = y0;
        sum += y0 * y0;
    }
    memory->x[0][c] = x1, memory->x[1][c] = x2;
    memory->shelf[0][c] = s1, memory->shelf[1][c] = s2;
    memory->y[0][c] = y1, memory->y[1][c] = y2;
    return sum;
}

void ton_k_weight_plain(double squares[2], struct ton_k_memory *memory,
                        const struct ton_k_weight *k, const float *left, const float *right,
                        int frames) {
    squares[0] = channel(memory, k, 0, left, frames);
    squares[1] = channel(memory, k, 1, right, frames);
}

ton_k_weight_run ton_k_weight_kernel(void) {
#if defined(__x86_64__)
    static const ton_k_weight_run table[TON_N_ISAS] = {ton_k_weight_plain, ton_k_weight_avx2,
                                                       ton_k_weight_avx2};
    return table[ton_isa()];
#else
    return ton_k_weight_plain;
#endif
}

/* One step of the recursions; as in kernels/k_weight.c. */
static double pole_step(double state[4], double v, const double poles[4]) {
    const double s = (v - poles[1] * state[1]) - poles[0] * state[0];
    const double bend = (s - state[0]) - (state[0] - state[1]);
    const double y = (bend - poles[3] * state[3]) - poles[2] * state[2];
    state[1] = state[0], state[0] = s;
    state[3] = state[2], state[2] = y;
    return y * y;
}

/* The weights are as exact as a double can be: what rounds in a recursion would make all of them a
 * little too high or too low. So their recursion runs on sums of two doubles, of which the second
 * is what the first one rounds off (Dekker, "A floating-point technique for extending the available
 * precision", 1971): the same on every machine, which `long double` is not. */
struct exact {
    double high, low;
};

static struct exact sum_of(double a, double b) {
    const double sum = a + b, of_b = sum - a;
    return (struct exact){sum, (a - (sum - of_b)) + (b - of_b)};
}

static struct exact plus(struct exact a, struct exact b) {
    const struct exact sum = sum_of(a.high, b.high);
    return sum_of(sum.high, sum.low + (a.low + b.low));
}

static struct exact times(double a, struct exact b) {
    const double product = a * b.high;
    return sum_of(product, fma(a, b.high, -product) + a * b.low);
}

static void exact_step(struct exact state[4], double v, const double poles[4]) {
    const struct exact turned = plus(times(-poles[1], state[1]), times(-poles[0], state[0]));
    const struct exact s = plus((struct exact){.high = v}, turned);
    const struct exact bend = plus(plus(s, times(-2.0, state[0])), state[1]);
    const struct exact rung = plus(times(-poles[3], state[3]), times(-poles[2], state[2]));
    state[3] = state[2], state[2] = plus(bend, rung);
    state[1] = state[0], state[0] = s;
}

/* The high-pass's older output as its distance from the newer one. */
static void keep_state(double out[4], const struct exact state[4]) {
    for (int s = 0; s < 3; s++)
        out[s] = state[s].high;
    out[3] = plus(state[2], times(-1.0, state[3])).high;
}

void ton_k_parts_design(struct ton_k_parts *q, const struct ton_k_weight *k, int hop) {
    const int pieces = (hop + TON_K_PARTS * TON_K_PART - 1) / (TON_K_PARTS * TON_K_PART);
    const double gain = k->b[0][0] * k->b[1][0];
    *q = (struct ton_k_parts){
        .frames = pieces > 0 ? hop / (TON_K_PARTS * pieces) : 0,
        .scale = gain * gain,
        .shelf = {k->b[0][1] / k->b[0][0], k->b[0][2] / k->b[0][0]},
        .poles = {k->a[0][0], k->a[0][1], k->a[1][0], k->a[1][1]},
    };
    struct exact state[4] = {0};
    for (int t = q->frames - 1; t >= 0; t--) {
        exact_step(state, t == q->frames - 1, q->poles);
        keep_state(q->ends[t], state);
    }
    for (int from = 0; from < 4; from++) {
        struct exact past[4] = {{.high = from == 0},
                                {.high = from == 1},
                                {.high = from == 2},
                                {.high = (from == 2) - (from == 3)}};
        double passed[4];
        for (int t = 0; t < q->frames; t++)
            exact_step(past, 0, q->poles);
        keep_state(passed, past);
        for (int s = 0; s < 4; s++)
            q->passed[s][from] = passed[s];
    }
}

/* What is left over by whole parts. */
static double run_channel(struct ton_k_energy *e, const struct ton_k_parts *q, int c,
                          const float *in, int frames) {
    double x1 = e->past[0][c], x2 = e->past[1][c], state[4], sum = 0.0;
    for (int s = 0; s < 4; s++)
        state[s] = e->state[s][c];
    for (int i = 0; i < frames; i++) {
        const double x = (double)in[i];
        sum += pole_step(state, x + (q->shelf[0] * x1 + q->shelf[1] * x2), q->poles);
        x2 = x1, x1 = x;
    }
    for (int s = 0; s < 4; s++)
        e->state[s][c] = state[s];
    e->past[0][c] = x1;
    e->past[1][c] = x2;
    return sum;
}

void ton_k_energy_run(double squares[2], struct ton_k_energy *e, const struct ton_k_parts *q,
                      const float *left, const float *right, int frames) {
    const int piece = TON_K_PARTS * q->frames;
    squares[0] = squares[1] = 0.0;
    for (; piece > 0 && frames >= piece; frames -= piece) {
        ton_kernels()->k_energy_parts(squares, e, q, (const float *const[2]){left, right});
        left += piece;
        right += piece;
    }
    squares[0] += run_channel(e, q, 0, left, frames);
    squares[1] += run_channel(e, q, 1, right, frames);
    for (int c = 0; c < 2; c++)
        squares[c] *= q->scale;
}
