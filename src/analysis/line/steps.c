// SPDX-License-Identifier: GPL-3.0-or-later
// Steps and clicks: samples that what came before does not lead to, while before and behind them
// everything goes on as it was.
//
// Every 2048 frames are foretold from the 16 before each (linear prediction, the autocorrelation of
// twice as many under a Hann window). A click is a prediction that is far more wrong than those
// about it. The beginning of a note or a blow is as surprising, but surprises go on behind it. Of
// real voices, drums and music none stood out by 52 (what lips and sticks do), of splices in them
// most did.
//
// No click is what changes the level (a tone that is switched on, a note), what a cut top makes,
// the corner of a fade, and what is played: what a waveform has in each of its periods, as a
// sawtooth does, a metronome's click, and what a sequencer plays again.

#include "line/parts.h"

#include <stdlib.h>

enum {
    ORDER = LINE_ORDER,
    BLOCK = LINE_BLOCK,
    WIDE = 2 * BLOCK,
    SETTLED = LINE_SETTLED, // frames behind a step until it no longer counts in the predictions
    BESIDE = LINE_BESIDE,
    ARM = 4, // frames from a corner that are straight
};

#define STANDS_OUT 60.0 // of the mean error beside it
#define MAY_BE 15.0     // one among several that keep to a period
#define LEAST 3e-4      // -70 dBFS
#define LIVE 1e-5       // error beside it in what is no digital silence
#define BEFORE_SECONDS 0.02
#define MOST_CHANGE 6.0 // of power: 8 dB
#define AT_CEILING 0.97
#define LEAST_PERIOD_SECONDS 0.002
#define MOST_PERIOD_SECONDS 0.05
#define EVEN 0.02     // of a period, by which the next one may differ
#define SAME_STEP 0.3 // of a step
#define BEGINS 16.0   // of power: 12 dB
#define ALIKE 3e-3    // -25 dB
#define NO_GAP 3.0    // of the mean error beside it
#define BENT 0.3      // of what a slope changes by in a sample: how far two straight lines are off

struct predictor {
    float hann[WIDE], wide[WIDE];
    float x[ORDER + BLOCK]; // a block and what is before it, without the mean
    double r[ORDER + 1];
    float a[ORDER + 1];
};

static void correlate(struct predictor *p) {
    for (int k = 0; k <= ORDER; k++) {
        float sum[8] = {0};
        for (int i = k; i + 8 <= WIDE; i += 8)
            for (int l = 0; l < 8; l++)
                sum[l] += p->wide[i + l] * p->wide[i + l - k];
        p->r[k] = 0.0;
        for (int l = 0; l < 8; l++)
            p->r[k] += (double)sum[l];
    }
}

// Levinson and Durbin's recursion (J. Makhoul, Linear prediction: a tutorial review, 1975).
static void solve(struct predictor *p) {
    double a[ORDER + 1] = {1.0}, error = p->r[0] * (1.0 + 1e-9) + 1e-18;
    for (int m = 1; m <= ORDER; m++) {
        double sum = p->r[m];
        for (int k = 1; k < m; k++)
            sum += a[k] * p->r[m - k];
        const double reflection = -sum / error;
        for (int k = 1; k <= m / 2; k++) {
            const double low = a[k], high = a[m - k];
            a[k] = low + reflection * high;
            a[m - k] = high + reflection * low;
        }
        a[m] = reflection;
        error *= 1.0 - reflection * reflection;
    }
    for (int k = 0; k <= ORDER; k++)
        p->a[k] = (float)a[k];
}

// What is wrong in the predictions of a block. Each tap runs over all of it: samples do not wait
// for each other's sums.
static void predict(float *wrong, struct predictor *p, const struct line_sound *s, int64_t from) {
    const int n = (int)ton_least(BLOCK, s->frames - from), first = from ? 0 : ORDER;
    const float mean = (float)s->mean;
    const int64_t start = from - BLOCK / 2, left = s->frames - start;
    const int begin = start < 0 ? (int)-start : 0, end = (int)ton_least(WIDE, left);
    memset(p->wide, 0, sizeof p->wide);
    for (int i = begin; i < end; i++)
        p->wide[i] = p->hann[i] * (s->x[start + i] - mean);
    correlate(p);
    solve(p);
    for (int i = from ? -ORDER : 0; i < n; i++)
        p->x[ORDER + i] = s->x[from + i] - mean;
    wrong += from;
    for (int k = 0; k <= ORDER; k++) {
        const float a = p->a[k], *x = p->x + ORDER - k;
        for (int i = first; i < n; i++)
            wrong[i] += a * x[i];
    }
}

double line_predictions_alike(const struct line_predictions *p, int64_t a, int64_t b) {
    double n = 0.0, x = 0.0, y = 0.0, xx = 0.0, yy = 0.0, xy = 0.0;
    for (int i = -BESIDE; i < SETTLED + BESIDE; i++) {
        if (i >= 0 && i < SETTLED)
            continue;
        const double u = (double)p->wrong[a + i], v = (double)p->wrong[b + i];
        n += 1.0;
        x += u;
        y += v;
        xx += u * u;
        yy += v * v;
        xy += u * v;
    }
    return (n * xy - x * y) / (sqrt((n * xx - x * x) * (n * yy - y * y)) + 1e-30);
}

enum ton_code line_predictions_make(struct line_predictions *out, const struct line_sound *s,
                                    struct ton_err *err) {
    struct predictor *p = TON_NEW(s->arena, struct predictor);
    const int64_t blocks = (s->frames + BLOCK - 1) / BLOCK;
    out->a = (float(*)[ORDER + 1]) ton_arena_alloc(s->arena, sizeof *out->a * (size_t)blocks);
    out->wrong = TON_NEW_N(s->arena, float, s->frames);
    out->sums = TON_NEW_N(s->arena, double, s->frames + 1);
    if (ton_arena_failed(s->arena))
        return line_no_memory(err);
    line_hann(p->hann, WIDE);
    for (int64_t k = 0; k < blocks; k++) {
        predict(out->wrong, p, s, k * BLOCK);
        memcpy(out->a[k], p->a, sizeof p->a);
    }
    for (int64_t i = 0; i < s->frames; i++)
        out->sums[i + 1] = out->sums[i] + fabs((double)out->wrong[i]);
    return TON_OK;
}

// Mean square about the mean.
static double power_of(const struct line_sound *s, int64_t from, int64_t to) {
    double sum = 0.0, squares = 0.0;
    for (int64_t i = ton_most(0, from); i < ton_least(to, s->frames); i++) {
        sum += (double)s->x[i];
        squares += (double)s->x[i] * (double)s->x[i];
    }
    const double n = (double)(ton_least(to, s->frames) - ton_most(0, from));
    return fmax(0.0, squares / n - sum * sum / (n * n));
}

static bool goes_on(const struct line_sound *s, int64_t at) {
    const int64_t n = (int64_t)(BEFORE_SECONDS * s->rate);
    const double before = power_of(s, at - ORDER - n, at - ORDER);
    const double behind = power_of(s, at + SETTLED, at + SETTLED + n);
    return before < MOST_CHANGE * behind && behind < MOST_CHANGE * before;
}

static bool is_cut(const struct line_sound *s, int64_t at, double ceiling) {
    double most = 0.0;
    for (int64_t i = at - ORDER; i < at + ORDER; i++)
        most = fmax(most, fabs((double)s->x[i]));
    return most >= AT_CEILING * ceiling;
}

// Whether two straight lines meet there: a fade or a note begins or ends in something low. What is
// lost or clicks leaves a gap between them.
static bool is_corner(const struct line_sound *s, int64_t at, double noise) {
    const float *x = s->x + at;
    for (int meet = -2; meet <= 2; meet++) {
        const double here = (double)x[meet];
        const double before = (here - (double)x[meet - ARM]) / ARM;
        const double behind = ((double)x[meet + ARM] - here) / ARM;
        double off = 0.0;
        for (int k = 1; k < ARM; k++) {
            off = fmax(off, fabs((double)x[meet - k] - here + k * before));
            off = fmax(off, fabs((double)x[meet + k] - here - k * behind));
        }
        if (off < fmax(noise, BENT * fabs(behind - before)))
            return true;
    }
    return false;
}

static double height(const struct line_sound *s, int64_t at) {
    return (double)s->x[at + 1] - (double)s->x[at - 2];
}

static bool same_step(const struct line_sound *s, int64_t a, int64_t b) {
    const double x = height(s, a), y = height(s, b);
    return fabs(x - y) <= SAME_STEP * fmin(fabs(x), fabs(y));
}

// Whether three go the same way, two of them as far: the first or last of a note may be weaker, and
// where several notes sound two steps may be one.
static bool is_row(const struct line_sound *s, int64_t a, int64_t b, int64_t c) {
    const double x = height(s, a), y = height(s, b), z = height(s, c);
    return x * y > 0.0 && y * z > 0.0 &&
           (same_step(s, a, b) || same_step(s, b, c) || same_step(s, a, c));
}

// Whether the third one lies before or behind all that was heard.
static bool is_at_edge(const struct line_sound *s, int64_t first, int64_t second) {
    const int64_t edge = ORDER + BESIDE + SETTLED, period = second - first;
    return first - period < edge || second + period + edge >= s->frames;
}

// Marks three steps, the first of them `i`, that are a row at even distances.
static void mark_row(struct line_surprises *f, const struct line_sound *s, int i) {
    const double least = LEAST_PERIOD_SECONDS * s->rate, most = MOST_PERIOD_SECONDS * s->rate;
    for (int j = i + 1; j < f->n && (double)(f->at[j] - f->at[i]) <= most; j++) {
        const double period = (double)(f->at[j] - f->at[i]);
        if (period < least)
            continue;
        if (same_step(s, f->at[i], f->at[j]) && is_at_edge(s, f->at[i], f->at[j]))
            f->played[i] = f->played[j] = true;
        for (int k = j + 1; k < f->n && (double)(f->at[k] - f->at[j]) <= 1.1 * period; k++)
            if (fabs((double)(f->at[k] - f->at[j]) - period) <= 1.0 + EVEN * period &&
                is_row(s, f->at[i], f->at[j], f->at[k]))
                f->played[i] = f->played[j] = f->played[k] = true;
    }
}

static double power_about(const struct line_sound *s, int64_t from, int64_t to) {
    double sum = 0.0;
    for (int64_t i = from; i < to; i++)
        sum += ((double)s->x[i] - s->mean) * ((double)s->x[i] - s->mean);
    return sum;
}

static bool goes_on_alike(const struct line_sound *s, int64_t a, int64_t b, double power) {
    double differs = 0.0;
    for (int i = -ORDER; i < SETTLED; i++) {
        const double d = (double)s->x[a + i] - (double)s->x[b + i];
        differs += d * d;
    }
    return differs < ALIKE * power;
}

// A metronome's click comes out of silence and is the same each time, sample by sample; plugs, and
// what is lost of a sound, never are.
static void mark_beep(struct line_surprises *f, const struct line_sound *s, int i) {
    const double least = MOST_PERIOD_SECONDS * s->rate;
    const double power = power_about(s, f->at[i] - 2, f->at[i] + SETTLED);
    if (power < BEGINS * power_about(s, f->at[i] - ORDER, f->at[i] - 2))
        return;
    for (int k = i + 1; k < f->n; k++)
        if ((double)(f->at[k] - f->at[i]) > least && goes_on_alike(s, f->at[i], f->at[k], power)) {
            f->played[i] = f->played[k] = true;
            return;
        }
}

static int by_place(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void drop_played(struct line_faults *f, const struct line_surprises *all) {
    int kept = 0;
    for (int i = 0; i < f->n; i++) {
        const int64_t *at = bsearch(&f->at[i], all->at, (size_t)all->n, sizeof *at, by_place);
        if (!all->played[at - all->at])
            f->at[kept++] = f->at[i];
    }
    f->n = kept;
}

// What may be a step is none where a sequencer plays it again.
static void drop_again(struct line_faults *likely, const struct line_surprises *all,
                       const struct line_predictions *p, double rate) {
    const double least = MOST_PERIOD_SECONDS * rate;
    int kept = 0;
    for (int i = 0; i < likely->n; i++) {
        const int64_t at = likely->at[i];
        bool again = false;
        for (int k = 0; k < all->n && !again; k++)
            again = fabs((double)(all->at[k] - at)) > least &&
                    line_predictions_alike(p, all->at[k], at) > LINE_AGAIN;
        if (!again)
            likely->at[kept++] = at;
    }
    likely->n = kept;
}

void line_steps_find(struct line_faults *sure, struct line_faults *likely,
                     struct line_surprises *all, const struct line_predictions *p,
                     const struct line_sound *s, double ceiling) {
    // Of what begins or ends nearer to an edge a single period may be heard, which is no row.
    const int64_t edge = (int64_t)(MOST_PERIOD_SECONDS * s->rate);
    int64_t next = 0;
    for (int64_t i = ORDER + BESIDE;
         i + SETTLED + BESIDE < s->frames && all->n < LINE_MOST_SURPRISES; i++) {
        const double wrong = fabs((double)p->wrong[i]);
        if (i < next || wrong < LEAST + 4.0 * s->step)
            continue;
        const double others = line_predictions_beside(p, i);
        if (others < LIVE || wrong < MAY_BE * others)
            continue;
        all->at[all->n++] = i;
        if (i >= edge && i + edge < s->frames && goes_on(s, i) && !is_cut(s, i, ceiling) &&
            !is_corner(s, i, NO_GAP * others))
            line_fault_add(wrong > STANDS_OUT * others ? sure : likely, i);
        next = i + SETTLED;
    }
    for (int i = 0; i < all->n; i++)
        mark_row(all, s, i);
    for (int i = 0; i < all->n; i++)
        mark_beep(all, s, i);
    drop_played(sure, all);
    drop_played(likely, all);
    drop_again(likely, all, p, s->rate);
}
