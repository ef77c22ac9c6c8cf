// SPDX-License-Identifier: GPL-3.0-or-later
// Hum under anything: multiples of a mains frequency, each a steady tone. The mains frequency is
// where all harmonics together agree best; it wanders, so pieces of at most 5 s are looked at one
// by one.

#include "line/steady.h"

enum {
    MOST_HARMONICS = 80,
    SCORED = 12, // harmonics that find the frequency
};

#define MOST_HZ 4000.0
#define MOST_OFF 0.0049     // of the nominal frequency
#define SEARCHED 0.01       // as far: a note at the edge has its peak outside
#define LONE 20.0           // evidence of a first or second harmonic that needs no others
#define TOGETHER 24.0       // of two or three of the first three
#define STANDS_OUT 8.0      // of one that counts
#define FITTING 0.9         // part of the windows that must agree
#define LEAST_DBFS (-100.0) // less is the rounding of 16 bits

static double find_frequency(const struct line_grid *g, struct line_piece p, double mains_hz) {
    double best = 0.0, found = 0.0;
    for (int i = 0; i < 2; i++) {
        const double nominal = i ? 60.0 : 50.0;
        double coarse, fine;
        if (mains_hz != 0.0 && mains_hz != nominal)
            continue;
        double hz = line_tones_best(g, p, nominal, nominal * SEARCHED, 4, &coarse);
        hz = line_tones_best(g, p, hz, 0.5 / ((p.to - p.from) * g->hop_seconds), SCORED, &fine);
        hz = line_tones_best(g, p, hz, 0.05 / ((p.to - p.from) * g->hop_seconds), 4 * SCORED,
                             &coarse);
        if (fine > best && fabs(hz - nominal) <= MOST_OFF * nominal) {
            best = fine;
            found = hz;
        }
    }
    return found;
}

struct found {
    int pieces;
    double hz;
    double power[MOST_HARMONICS]; // sums over the pieces
    int times[MOST_HARMONICS];
};

// The powers of the harmonics that stand out and stay; whether together they are hum: one of the
// first two beyond doubt, or several of the first three.
static bool stand_out(double power[MOST_HARMONICS], const struct line_grid *g, struct line_piece p,
                      double hz) {
    double low = 0.0;
    int n_low = 0;
    bool lone = false;
    for (int k = 0; k < MOST_HARMONICS; k++) {
        const double at = hz * (k + 1);
        if (at > MOST_HZ || at > LINE_HIGHEST_PART * g->s->rate)
            break;
        const struct line_tone h = line_tone_at(g, p, at);
        if (h.evidence < STANDS_OUT || line_tone_fits(g, p, at, &h) < FITTING)
            continue;
        if (k < 3 && line_tone_in_row(g, p, at, &h))
            continue;
        power[k] = 0.5 * (h.re * h.re + h.im * h.im);
        lone = lone || (k < 2 && h.evidence > LONE);
        low += k < 3 ? h.evidence : 0.0;
        n_low += k < 3;
    }
    return lone || (n_low > 1 && low > TOGETHER);
}

static void look_at(struct found *out, const struct line_grid *g, struct line_piece p,
                    double mains_hz) {
    const double hz = find_frequency(g, p, mains_hz);
    double power[MOST_HARMONICS] = {0};
    if (hz == 0.0 || !stand_out(power, g, p, hz))
        return;
    for (int k = 0; k < MOST_HARMONICS; k++) {
        out->power[k] += power[k];
        out->times[k] += power[k] > 0.0;
    }
    out->hz += hz;
    out->pieces++;
}

static void summarise(struct ton_line_hum *out, const struct found *f) {
    double total = 0.0;
    out->hz = f->hz / f->pieces;
    out->n_harmonics = 0;
    for (int k = 0; k < MOST_HARMONICS; k++) {
        const bool there = 2 * f->times[k] > f->pieces;
        const double power = there ? f->power[k] / f->times[k] : 0.0;
        if (k < TON_LINE_HARMONICS)
            out->harmonic_dbfs[k] = there ? line_power_db(power) : NAN;
        out->n_harmonics += there;
        out->highest_hz = there ? out->hz * (k + 1) : out->highest_hz;
        total += power;
    }
    out->fundamental_dbfs = out->harmonic_dbfs[0];
    out->total_dbfs = line_power_db(total);
    out->cause = line_hum_cause(out);
}

void line_hum_none(struct ton_line_hum *out) {
    *out = (struct ton_line_hum){
        .hz = NAN, .fundamental_dbfs = NAN, .total_dbfs = NAN, .highest_hz = NAN};
    for (int k = 0; k < TON_LINE_HARMONICS; k++)
        out->harmonic_dbfs[k] = NAN;
}

void line_hum_find(struct ton_line_hum *out, const struct line_grid *g, double mains_hz) {
    struct found f = {0};
    line_hum_none(out);
    const int n = line_grid_pieces(g);
    for (int i = 0; i < n; i++)
        look_at(&f, g, line_grid_piece(g, i), mains_hz);
    if (f.pieces > 0 && 2 * f.pieces >= n)
        summarise(out, &f);
    if (out->total_dbfs < LEAST_DBFS)
        line_hum_none(out);
}
