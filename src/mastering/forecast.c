/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The limiter in steps of 2.5 ms, on the largest sample, the bend and the energy of each 10 ms.
 * What it leaves out (where in its hop a peak stands) costs hundredths of an LU; how far the curve
 * rises between samples must be learnt (excerpts.h). A forecast takes 1 ms a minute of music; a
 * pass through the limiter takes thirty. */
#include "forecast.h"

#include "ton/arena.h"
#include "ton/row.h"
#include "ton/smooth.h"

enum { STEPS = 4, BACK = 3 }; /* of a hop; hops that a peak may hold the gain down in */
static const double HOP_MS = 10.0;
static const double HOLD_MS = 16.4; /* the limiter's hold, and its guard behind the peak */
static const double SLOWER = 8.0;   /* its second release */

static double param(const struct ton_chain_item *item, const char *key) {
    const struct ton_processor *p = item->processor;
    int index = 0;
    ton_rows_find(p->rows, p->n_rows, key, &index, NULL);
    return (double)item->params[index];
}

void forecast_init(struct forecast *f, struct ton_hops hops, double rate,
                   const struct ton_chain *limit) {
    const struct ton_chain_item *limiter = &limit->items[0];
    *f = (struct forecast){
        .hops = hops,
        .rate = rate,
        .limit = limit,
        .drive_db = param(limiter, "gain"),
        .ceiling_db = param(limiter, "ceiling"),
        .release_ms = param(limiter, "release"),
        .ahead_ms = param(limiter, "look_ahead"),
        .energy = ton_alloc(sizeof(float) * (hops.n + 1)),
    };
}

void forecast_finish(struct forecast *f) {
    ton_free(f->energy);
    f->energy = NULL;
}

/* The largest value that the limiter would see in a hop. Between samples the curve rises with its
 * bend, and so does what the limiter adds near the Nyquist frequency. */
static double seen(const struct forecast *f, size_t hop) {
    return (double)f->hops.peak[hop] + f->rise * (double)f->hops.bend[hop];
}

/* Which steps a peak in the middle of a hop holds down, counted from the start of that hop. */
static void find_span(int *first, int *last, const struct forecast *f) {
    const double middle = 0.5 * HOP_MS, step = HOP_MS / STEPS;
    *first = (int)ceil((middle - f->ahead_ms) / step - 0.5);
    *last = (int)floor((middle + f->ahead_ms + HOLD_MS) / step - 0.5);
    *first = *first > 0 ? *first : 0;
    *last = *last < BACK * STEPS - 1 ? *last : BACK * STEPS - 1;
}

static double larger(double a, double b) {
    return a > b ? a : b;
}

bool forecast_energies(const struct forecast *f, double gain_db, size_t begin, size_t n) {
    const double gain = pow(10.0, (gain_db + f->drive_db) / 20.0);
    const double over = gain * pow(10.0, (f->higher_db - f->ceiling_db) / 20.0);
    const double fast = ton_smooth_coefficient(f->release_ms, STEPS * 1000.0 / HOP_MS);
    const double slow = ton_smooth_coefficient(SLOWER * f->release_ms, STEPS * 1000.0 / HOP_MS);
    double now = 1.0, average = 1.0, excess[BACK] = {1.0, 1.0, 1.0};
    int first, last;
    find_span(&first, &last, f);
    for (size_t h = begin; f->energy && h < begin + n; h++) {
        double squares = 0.0;
        for (int k = BACK - 1; k > 0; k--)
            excess[k] = excess[k - 1];
        excess[0] = larger(1.0, over * seen(f, h));
        for (int step = 0; step < STEPS; step++) {
            double most = 1.0;
            for (int k = 0; k < BACK; k++)
                if (step + k * STEPS >= first && step + k * STEPS <= last)
                    most = larger(most, excess[k]);
            const double back = now + fast * (average - now), limit = 1.0 / most;
            now = back < limit ? back : limit;
            average += slow * (limit - average);
            squares += now * now;
        }
        f->energy[h] = (float)((double)f->hops.energy[h] * gain * gain * squares / STEPS);
    }
    return f->energy != NULL;
}

double forecast_lufs(const struct forecast *f, double gain_db) {
    return forecast_energies(f, gain_db, 0, f->hops.n)
               ? ton_hops_lufs(f->energy, f->hops.n, f->rate) + f->behind_db
               : NAN;
}
