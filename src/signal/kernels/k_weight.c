/* SPDX-License-Identifier: GPL-3.0-or-later */
/* K-weighted energy of a stretch whose eight parts run side by side, of both channels.
 *
 * A part does not know in which state the one before leaves the filters. But they are linear: that
 * state is a weighted sum of what goes in, plus what the state at the beginning has become
 * meanwhile. So one pass, in which nothing waits, weighs what goes in; a few products link the
 * parts; and then each runs the filters from its right state. Of the high-pass, whose last two
 * outputs differ by next to nothing, the last one and that difference are linked: two outputs that
 * were each off in the last bit would be a slope, which the filter would go on with.
 *
 * The shelf's numerator comes first, in which nothing waits either. The high-pass's is the second
 * difference of what the shelf gives: before the shelf its rounding would be a hundred times louder
 * behind the poles next to 1. */
#include "kernels.h"
#include "lanes.h"

enum { PARTS = TON_K_PARTS, LANES = 2 * PARTS, REGISTERS = LANES / DOUBLES, STATES = 4, PAST = 2 };

/* Lanes are the parts of the left channel, then those of the right one. */
struct parts {
    const float *in[LANES];
    double past[PAST][LANES]; /* the samples before each, newest first */
    double state[STATES][LANES];
};

static void begin(struct parts *p, const struct ton_k_energy *e, const float *const in[2],
                  int frames) {
    for (int l = 0; l < LANES; l++) {
        const int c = l / PARTS, at = l % PARTS * frames;
        p->in[l] = in[c] + at;
        for (int i = 0; i < PAST; i++)
            p->past[i][l] = at > i ? (double)in[c][at - 1 - i] : e->past[i - at][c];
        for (int s = 0; s < STATES; s++)
            p->state[s][l] = e->state[s][c];
        p->state[3][l] = e->state[2][c] - e->state[3][c];
    }
}

/* The samples of register g become what goes into the recursions; `ends` gets what they leave
 * there. */
LANE void weigh(doubles w[][TON_K_PART], double ends[STATES][LANES], const struct parts *p,
                const struct ton_k_parts *k, int g) {
    doubles past[PAST], end[STATES] = {{0}};
    for (int i = 0; i < PAST; i++)
        past[i] = doubles_at(&p->past[i][g * DOUBLES]);
    for (int at = 0; at < k->frames; at += DOUBLES)
        gather(w[g] + at, p->in + g * DOUBLES, at,
               k->frames - at < DOUBLES ? k->frames - at : DOUBLES);
    doubles x1 = past[0], x2 = past[1];
    for (int t = 0; t < k->frames; t++) {
        const doubles x = w[g][t], v = x + (k->shelf[0] * x1 + k->shelf[1] * x2);
        for (int s = 0; s < STATES; s++)
            end[s] += k->ends[t][s] * v;
        x2 = x1, x1 = x;
        w[g][t] = v;
    }
    for (int s = 0; s < STATES; s++)
        doubles_to(&ends[s][g * DOUBLES], end[s]);
}

/* Each part's state from that of the one before. */
static void link(struct parts *p, double ends[STATES][LANES], const struct ton_k_parts *k) {
    for (int l = 0; l < LANES; l++) {
        if (l % PARTS == 0)
            continue;
        for (int s = 0; s < STATES; s++) {
            double sum = ends[s][l - 1];
            for (int from = 0; from < STATES; from++)
                sum += k->passed[s][from] * p->state[from][l - 1];
            p->state[s][l] = sum;
        }
    }
}

/* One step of both recursions; state is shelf, shelf before, high-pass, high-pass before. */
LANE doubles step(doubles state[STATES], doubles v, const struct ton_k_parts *k) {
    const doubles s = (v - k->poles[1] * state[1]) - k->poles[0] * state[0];
    const doubles bend = (s - state[0]) - (state[0] - state[1]);
    const doubles y = (bend - k->poles[3] * state[3]) - k->poles[2] * state[2];
    state[1] = state[0], state[0] = s;
    state[3] = state[2], state[2] = y;
    return y * y;
}

/* Two registers wait for themselves beside each other. */
LANE void run(double squares[LANES], struct parts *p, doubles w[][TON_K_PART],
              const struct ton_k_parts *k, int g) {
    doubles state[2][STATES], sum[2] = {{0}, {0}};
    for (int r = 0; r < 2; r++)
        for (int s = 0; s < STATES; s++)
            state[r][s] = doubles_at(&p->state[s][(g + r) * DOUBLES]);
    for (int r = 0; r < 2; r++)
        state[r][3] = state[r][2] - state[r][3];
    for (int t = 0; t < k->frames; t++)
        for (int r = 0; r < 2; r++)
            sum[r] += step(state[r], w[g + r][t], k);
    for (int r = 0; r < 2; r++) {
        for (int s = 0; s < STATES; s++)
            doubles_to(&p->state[s][(g + r) * DOUBLES], state[r][s]);
        doubles_to(squares + (g + r) * DOUBLES, sum[r]);
    }
}

static void keep_past(struct ton_k_energy *e, const float *const in[2], int frames) {
    for (int c = 0; c < 2; c++) {
        double past[PAST];
        for (int i = 0; i < PAST; i++)
            past[i] = i < frames ? (double)in[c][frames - 1 - i] : e->past[i - frames][c];
        for (int i = 0; i < PAST; i++)
            e->past[i][c] = past[i];
    }
}

void KERNEL(k_energy_parts)(double squares[2], struct ton_k_energy *e, const struct ton_k_parts *k,
                            const float *const in[2]) {
    doubles w[REGISTERS][TON_K_PART];
    double ends[STATES][LANES], sums[LANES];
    struct parts p;
    begin(&p, e, in, k->frames);
    for (int g = 0; g < REGISTERS; g++)
        weigh(w, ends, &p, k, g);
    link(&p, ends, k);
    for (int g = 0; g < REGISTERS; g += 2)
        run(sums, &p, w, k, g);
    for (int c = 0; c < 2; c++) {
        const double *lane = sums + c * PARTS;
        squares[c] += ((lane[0] + lane[1]) + (lane[2] + lane[3])) +
                      ((lane[4] + lane[5]) + (lane[6] + lane[7]));
        for (int s = 0; s < STATES; s++)
            e->state[s][c] = p.state[s][c * PARTS + PARTS - 1];
    }
    keep_past(e, in, PARTS * k->frames);
}
