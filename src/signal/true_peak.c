/* SPDX-License-Identifier: GPL-3.0-or-later */
/* True peak by proof: the curve between samples is worked out, first at halves and then at quarters
 * of a frame, only where it could still exceed the peak so far; at quarters, the sine through each
 * highest point and its neighbours gives the crest between them.
 *
 * Between two known points of the curve the curve is the straight line between them plus a
 * remainder; each is a weighted sum of samples, so the remainder is at most the L1 norm of its
 * weights (ton_true_peak_rise: 1.92 between samples, 0.45 between halves) times the largest sample
 * within reach; or the L1 norm of weights of second differences times the largest of those, and
 * next to nothing else, which for music is much less. A piece whose largest known point plus that
 * stays below the peak is done. Music leaves nearly all pieces before the halves. */

#include "true_peak.h"

#include "kernels/kernels.h"
#include "ton/isa.h"

enum {
    HISTORY = TON_TRUE_PEAK_TAPS - 1,
    CENTRE = TON_TRUE_PEAK_TAPS / 2 - 1,
    STRIDE = TON_TP_PIECE - 1, /* a sine needs points on both sides of a sample */
    QUARTER = TON_TRUE_PEAK_POINTS / 4,
};

/* Room for the rounding of 64 products and sums in single precision. */
#define ROUNDING 1.00002f

/* Beyond this the squares of the sines could overflow; there the points alone must do. */
#define HUGE_SAMPLE 1e15f

static float larger(float a, float b) {
    return a > b ? a : b;
}

static float lanes_largest(const float lane[TON_TP_LANES]) {
    float most = lane[0];
    for (int l = 1; l < TON_TP_LANES; l++)
        most = larger(lane[l], most);
    return most;
}

static float crest(const float *x, int n) {
    float most[TON_TP_LANES] = {0};
    int i = 0;
    for (; i + TON_TP_LANES <= n; i += TON_TP_LANES)
        for (int l = 0; l < TON_TP_LANES; l++)
            most[l] = larger(fabsf(x[i + l]), most[l]);
    for (int l = 0; i < n; i++, l++)
        most[l] = larger(fabsf(x[i]), most[l]);
    return lanes_largest(most);
}

static void point(float out[TON_TP_PIECE], const float *x, const float taps[TON_TRUE_PEAK_TAPS]) {
    float sum[TON_TP_PIECE] = {0};
    for (int r = 0; r < TON_TP_LANES; r++)
        for (int k = r; k < TON_TRUE_PEAK_TAPS; k += TON_TP_LANES)
            for (int i = 0; i < TON_TP_PIECE; i++)
                sum[i] += taps[k] * x[i + k];
    memcpy(out, sum, sizeof sum);
}

static float sines(const float *before, const float *at, const float *after, int n) {
    float most[TON_TP_LANES] = {0};
    int i = 0;
    for (; i + TON_TP_LANES <= n; i += TON_TP_LANES)
        for (int l = 0; l < TON_TP_LANES; l++)
            most[l] = larger(ton_tp_sine(before[i + l], at[i + l], after[i + l]), most[l]);
    for (int l = 0; i < n; i++, l++)
        most[l] = larger(ton_tp_sine(before[i], at[i], after[i]), most[l]);
    return lanes_largest(most);
}

const struct ton_true_peak_kernels ton_true_peak_plain = {crest, point, sines};

const struct ton_true_peak_kernels *ton_true_peak_kernels(void) {
#if defined(__x86_64__)
    static const struct ton_true_peak_kernels *const table[TON_N_ISAS] = {
        &ton_true_peak_plain, &ton_true_peak_avx2, &ton_true_peak_avx512};
    return table[ton_isa()];
#else
    return &ton_true_peak_plain;
#endif
}

void ton_true_peak_init(struct ton_true_peak *t) {
    memset(t, 0, sizeof *t);
    t->fill = HISTORY;
    t->kernels = ton_true_peak_kernels();
}

struct ton_true_peak_extent ton_true_peak_extent(const float *x, int n) {
    struct ton_true_peak_extent e = {0};
    if (n < 2)
        e.reach = n < 1 ? 0.0f : fabsf(x[0]);
    else
        ton_kernels()->true_peak_extent(&e.reach, &e.bend, x, n);
    return e;
}

/* How far the curve can be above the larger of two neighbours that are known at this level. */
static float most_rise(const struct ton_true_peak_extent *e, int level) {
    const float any = ton_true_peak_rise[level] * (e->reach * ROUNDING);
    const struct ton_true_peak_bend *b = &ton_true_peak_bends[level];
    const float smooth = b->bend * e->bend + b->rest * e->reach;
    return smooth < any ? smooth : any;
}

static bool stays_below(const struct ton_true_peak_extent *e, int level, float known, float floor) {
    return known + most_rise(e, level) <= floor;
}

/* The same of the sines between quarters. */
static bool crests_stay_below(const struct ton_true_peak_extent *e, int level, float known,
                              float peak) {
    const float any = ton_true_peak_rise[level] * (e->reach * ROUNDING);
    const struct ton_true_peak_bend *b = &ton_true_peak_bends[level], *s = &ton_true_peak_sine;
    const float smooth = (b->bend + s->bend) * e->bend + (b->rest + s->rest) * e->reach;
    return known + (smooth < any ? smooth : any) <= peak;
}

/* Crest of the quarters' sines; `half` is known already. */
static float piece_crest(const struct ton_true_peak_kernels *k, const float *x, const float *half) {
    float first[TON_TP_PIECE], last[TON_TP_PIECE];
    const float *const sample = x + CENTRE;
    k->point(first, x, ton_true_peak_taps[QUARTER - 1]);
    k->point(last, x, ton_true_peak_taps[3 * QUARTER - 1]);
    float square = k->sines(sample, first, half, TON_TP_PIECE);
    square = larger(square, k->sines(first, half, last, TON_TP_PIECE));
    square = larger(square, k->sines(half, last, sample + 1, TON_TP_PIECE));
    square = larger(square, k->sines(last, sample + 1, first + 1, TON_TP_PIECE - 1));
    return larger(sqrtf(square),
                  larger(k->crest(first, TON_TP_PIECE), k->crest(last, TON_TP_PIECE)));
}

/* The peak after one piece. */
static float piece_peak(const struct ton_true_peak_kernels *k, const float *x, float peak) {
    float half[TON_TP_PIECE];
    const struct ton_true_peak_extent extent = ton_true_peak_extent(x, TON_TP_REACH);
    if (crests_stay_below(&extent, 0, extent.reach, peak))
        return peak;
    float known = k->crest(x + CENTRE, TON_TP_PIECE + 1);
    peak = larger(peak, known);
    if (crests_stay_below(&extent, 0, known, peak))
        return peak;
    k->point(half, x, ton_true_peak_taps[2 * QUARTER - 1]);
    known = larger(known, k->crest(half, TON_TP_PIECE));
    peak = larger(peak, known);
    if (crests_stay_below(&extent, 1, known, peak) || known > HUGE_SAMPLE)
        return peak;
    return larger(peak, piece_crest(k, x, half));
}

/* Works on all whole pieces of the window and keeps the rest. */
static void drain(struct ton_true_peak *t) {
    int done = 0;
    for (; t->fill - done >= TON_TP_REACH; done += STRIDE)
        t->peak = piece_peak(t->kernels, t->window + done, t->peak);
    t->fill -= done;
    memmove(t->window, t->window + done, sizeof *t->window * (size_t)t->fill);
}

void ton_true_peak_feed(struct ton_true_peak *t, const float *in, int frames) {
    const int room = HISTORY + TON_TRUE_PEAK_BLOCK;
    while (frames > 0) {
        const int n = frames < room - t->fill ? frames : room - t->fill;
        memcpy(t->window + t->fill, in, sizeof *in * (size_t)n);
        t->fill += n;
        in += n;
        frames -= n;
        if (t->fill == room)
            drain(t);
    }
}

float ton_true_peak_finish(struct ton_true_peak *t) {
    static const float silence[HISTORY + TON_TP_PIECE];
    ton_true_peak_feed(t, silence, HISTORY + TON_TP_PIECE);
    drain(t);
    return t->peak;
}

double ton_true_peak_point(const float x[TON_TRUE_PEAK_TAPS], int point) {
    if (point == 0)
        return (double)x[CENTRE];
    double sum = 0.0;
    for (int k = 0; k < TON_TRUE_PEAK_TAPS; k++)
        sum += (double)ton_true_peak_taps[point - 1][k] * (double)x[k];
    return sum;
}

static void fill(float *out, int n, float value) {
    for (int i = 0; i < n; i++)
        out[i] = value;
}

/* The envelope of one piece, at eighths; `n` of its frames are wanted. */
static bool piece_envelope(float *out, int n, const float x[TON_TP_REACH], float floor) {
    const struct ton_true_peak_kernels *k = ton_true_peak_kernels();
    const struct ton_true_peak_extent extent = ton_true_peak_extent(x, TON_TP_REACH);
    float points[TON_TP_PIECE];
    if (stays_below(&extent, 0, extent.reach, floor)) {
        fill(out, n, floor);
        return false;
    }
    for (int i = 0; i < TON_TP_PIECE; i++)
        points[i] = larger(fabsf(x[CENTRE + i]), fabsf(x[CENTRE + i + 1]));
    for (int level = 0; level < TON_TP_LEVELS - 1; level++) {
        if (stays_below(&extent, level, k->crest(points, TON_TP_PIECE), floor))
            break;
        const int step = TON_TRUE_PEAK_POINTS >> level;
        for (int at = step / 2; at < TON_TRUE_PEAK_POINTS; at += step) {
            float found[TON_TP_PIECE];
            k->point(found, x, ton_true_peak_taps[at - 1]);
            for (int i = 0; i < TON_TP_PIECE; i++)
                points[i] = larger(points[i], fabsf(found[i]));
        }
    }
    bool any = false;
    for (int i = 0; i < n; i++) {
        any |= points[i] > floor;
        out[i] = larger(points[i], floor);
    }
    return any;
}

bool ton_true_peak_envelope(float *out, const float *x, int frames, float floor) {
    const struct ton_true_peak_extent extent = ton_true_peak_extent(x, frames + HISTORY);
    bool any = false;
    if (stays_below(&extent, 0, extent.reach, floor))
        return false;
    while (frames >= TON_TP_PIECE) {
        any |= piece_envelope(out, TON_TP_PIECE, x, floor);
        out += TON_TP_PIECE;
        x += TON_TP_PIECE;
        frames -= TON_TP_PIECE;
    }
    if (frames > 0) {
        float last[TON_TP_REACH] = {0};
        memcpy(last, x, sizeof *x * (size_t)(frames + HISTORY));
        any |= piece_envelope(out, frames, last, floor);
    }
    return any;
}
