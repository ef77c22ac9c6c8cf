// SPDX-License-Identifier: GPL-3.0-or-later
// Digital crackle: blocks that repeat the one before, holes of zeros in a signal, and steps; and
// whether they keep to a period, as they do when a buffer was missed or two clocks drift apart.

#include "line/parts.h"

enum {
    WINDOW = 16, // samples that are found again by their hash
    MOST_BLOCK = 4096,
    SLOTS = 1 << 14,
    MOST_TIMES = 8, // what repeats more often is periodic
    MOST_COMBED = 128,
    LEAST_TELLING = 64, // of a shorter period chance keeps to too often
    BEGINNING = 32,     // frames before and behind the beginning of a note
    HOLE_EDGE = 32,     // frames beside a hole that tell how loud it is there
};

#define CHANCE_BITS 64.0
#define LEAST_STEPS 30.0 // what is less is the last of a note, whose few values come again
#define ALIKE 3e-3       // -25 dB: how near a period is when it is one
#define BEGINS 30.0      // of power: 15 dB
#define MOST_HOLE_SECONDS 0.5
#define EDGE_LEVEL 3.2e-3 // -50 dBFS
#define EDGE_STEPS 30.0   // a coarse converter makes zeros of its own
#define EDGE_JUMP 0.3     // of the level there

static bool same(float a, float b) {
    return memcmp(&a, &b, sizeof a) == 0;
}

// Whether chance cannot have made a block of `n` again: it holds enough bits.
static bool is_rich(const struct line_sound *s, int64_t from, int64_t n) {
    float least = s->x[from], most = least;
    int64_t changes = 0;
    for (int64_t i = from + 1; i < from + n; i++) {
        changes += !same(s->x[i], s->x[i - 1]);
        least = fminf(least, s->x[i]);
        most = fmaxf(most, s->x[i]);
    }
    const double steps = ((double)most - (double)least) / s->step;
    return steps >= LEAST_STEPS && (double)changes * log2(1.0 + steps) >= CHANCE_BITS &&
           4 * changes >= n;
}

static uint64_t bits_of(float x) {
    uint32_t b;
    memcpy(&b, &x, sizeof b);
    return b;
}

// Where a window of samples was seen last.
struct slot {
    uint64_t hash;
    int64_t at;
};

// Whether what is about a repeat goes on with that period too, as a tone does that a computer made.
static bool is_periodic(const struct line_sound *s, int64_t from, int64_t end, int64_t lag) {
    double power = 0.0, differs = 0.0;
    for (int64_t i = 1; i <= WINDOW; i++) {
        const int64_t before = from - i, behind = end + i - 1;
        if (before < lag || behind >= s->frames)
            break;
        const double d = (double)s->x[before] - (double)s->x[before - lag];
        const double e = (double)s->x[behind] - (double)s->x[behind - lag];
        differs += fmin(d * d, e * e);
    }
    for (int64_t i = from; i < end; i++)
        power += (double)s->x[i] * (double)s->x[i] / (double)(end - from);
    return differs < ALIKE * power * WINDOW;
}

// Squares of what samples in turn differ by.
static double changes_of(const struct line_sound *s, int64_t from, int64_t n) {
    double sum = 0.0;
    for (int64_t i = from; i + 1 < from + n; i++) {
        const double d = (double)s->x[i + 1] - (double)s->x[i];
        sum += d * d;
    }
    return sum;
}

// Whether sound begins just where the block does that is repeated: a note that is played again, or
// the first period of one. Buffers begin anywhere in it.
static bool is_note(const struct line_sound *s, int64_t from, int64_t lag) {
    const int64_t n = ton_least(lag, BEGINNING), begin = from - lag;
    return begin >= n + 2 && changes_of(s, begin, n) > BEGINS * changes_of(s, begin - n - 2, n);
}

static void find_repeats(struct line_faults *out, const struct line_sound *s, struct slot *table) {
    const uint64_t factor = 0x9e3779b97f4a7c15u;
    uint64_t hash = 0, oldest = 1;
    int64_t next = 0;
    for (int i = 0; i < WINDOW; i++)
        oldest *= factor;
    for (int64_t i = 0; i < s->frames; i++) {
        hash = hash * factor + bits_of(s->x[i]);
        if (i >= WINDOW)
            hash -= oldest * bits_of(s->x[i - WINDOW]);
        struct slot *slot = &table[hash >> 50];
        const int64_t lag = i - slot->at;
        const bool again = slot->hash == hash && lag >= WINDOW && lag <= MOST_BLOCK;
        *slot = (struct slot){hash, i};
        if (!again || i < next || i < WINDOW + lag)
            continue;
        int64_t end = i + 1, from = i - WINDOW + 1;
        if (!same(s->x[i], s->x[i - lag]))
            continue;
        while (end < s->frames && same(s->x[end], s->x[end - lag]))
            end++;
        while (from > lag && same(s->x[from - 1], s->x[from - 1 - lag]))
            from--;
        next = end;
        if (end - from >= lag && end - from < MOST_TIMES * lag && is_rich(s, from, lag) &&
            !is_periodic(s, from, end, lag) && !is_note(s, from, lag))
            line_fault_add(out, from);
    }
}

static double level(const struct line_sound *s, int64_t from) {
    double sum = 0.0;
    for (int i = 0; i < HOLE_EDGE; i++) {
        const double v = (double)s->x[from + i];
        sum += v * v;
    }
    return sqrt(sum / HOLE_EDGE);
}

// Zeros between two stretches that are loud up to them.
static bool is_hole(const struct line_sound *s, int64_t from, int64_t to) {
    if (from < HOLE_EDGE || to + HOLE_EDGE > s->frames || to - from < WINDOW ||
        (double)(to - from) > MOST_HOLE_SECONDS * s->rate)
        return false;
    const double before = level(s, from - HOLE_EDGE), after = level(s, to);
    const double jump = fmax(fabs((double)s->x[from - 1]) / before, fabs((double)s->x[to]) / after);
    return fmin(before, after) > fmax(EDGE_LEVEL, EDGE_STEPS * s->step) && jump > EDGE_JUMP;
}

// Zeros from a frame to another one.
struct rest {
    int64_t from, to;
};

// Whether sound `i` of n + 1, the one before rest `i`, comes again between two others: a machine
// plays it, with rests between. What dropouts leave of a sound is something else each time. Of the
// first and the last sound the window holds an end and a beginning.
static bool is_played(const struct line_sound *s, const struct rest *rests, int n, int i) {
    const int64_t from = i > 0 ? rests[i - 1].to : 0, to = i < n ? rests[i].from : s->frames;
    const int64_t length = to - from;
    const bool cut = i == 0 || i == n;
    for (int k = 1; k < n && length >= HOLE_EDGE; k++) {
        const int64_t whole = rests[k].from - rests[k - 1].to;
        const int64_t again = i == 0 ? rests[k].from - length : rests[k - 1].to;
        if (k != i && (cut ? whole >= length : whole == length) &&
            memcmp(s->x + from, s->x + again, sizeof *s->x * (size_t)length) == 0)
            return true;
    }
    return false;
}

static int find_rests(struct rest *rests, const struct line_sound *s) {
    int n = 0;
    for (int64_t i = 0, to; i < s->frames && n < LINE_MOST_FAULTS; i = to + 1) {
        for (to = i; to < s->frames && s->x[to] == 0.0F; to++)
            ;
        if (to - i >= WINDOW)
            rests[n++] = (struct rest){i, to};
    }
    return n;
}

// Whether the sound on one side lasts as long as the rest: two short ones with more silence between
// are played so.
static bool is_in_sound(const struct line_sound *s, const struct rest *rests, int n, int i) {
    const int64_t before = rests[i].from - (i > 0 ? rests[i - 1].to : 0);
    const int64_t behind = (i + 1 < n ? rests[i + 1].from : s->frames) - rests[i].to;
    return ton_most(before, behind) >= rests[i].to - rests[i].from;
}

static void find_holes(struct line_faults *out, const struct line_sound *s, struct rest *rests) {
    const int n = find_rests(rests, s);
    for (int i = 0; i < n; i++)
        if (is_hole(s, rests[i].from, rests[i].to) && is_in_sound(s, rests, n, i) &&
            !is_played(s, rests, n, i) && !is_played(s, rests, n, i + 1))
            line_fault_add(out, rests[i].from);
}

// The frames that are a multiple of a period from one place, up to one more or less.
struct comb {
    int period; // 0: none
    int64_t at;
};

static bool is_on(const struct comb *c, int64_t at) {
    const int64_t rest = (at - c->at) % c->period;
    const int64_t off = rest < 0 ? rest + c->period : rest;
    return off <= 1 || off >= c->period - 1;
}

// On how many of the first faults a comb falls that begins at one of them, the best.
static int best_fit(struct comb *c, const struct line_faults *f, int n) {
    int most = 0;
    int64_t best = 0;
    for (int i = 0; i < n; i++) {
        int fits = 0;
        c->at = f->at[i];
        for (int k = 0; k < n; k++)
            fits += is_on(c, f->at[k]);
        best = fits > most ? c->at : best;
        most = fits > most ? fits : most;
    }
    c->at = best;
    return most;
}

// The device's period, if half of the faults keep to it, or else the largest of the usual ones that
// three in four keep to; and if chance would not do that often in lines without either.
static struct comb comb_of(const struct line_faults *f, int asked) {
    static const int usual[] = {4096, 2048, 1024, 960, 512, 480, 441, 256, 240, 128, 64, 32, 16};
    const int n = f->n < MOST_COMBED ? f->n : MOST_COMBED;
    for (int i = -1; i < (int)(sizeof usual / sizeof *usual); i++) {
        struct comb c = {.period = i < 0 ? asked : usual[i]};
        if (c.period < WINDOW)
            continue;
        const int fits = best_fit(&c, f, n);
        const double chance = n * pow(3.0 / c.period, fits - 1);
        if (fits >= 3 && fits >= (i < 0 ? 0.5 : 0.75) * n && chance < (i < 0 ? 1e-2 : 1e-4))
            return c;
    }
    return (struct comb){0};
}

// Takes in turn what stands on the comb; all without one.
static void merge(struct line_faults *out, const struct line_faults *in, const struct comb *only) {
    for (int i = 0; i < in->n && out->n < LINE_MOST_FAULTS; i++) {
        int k = out->n;
        if (only && !is_on(only, in->at[i]))
            continue;
        for (; k > 0 && out->at[k - 1] > in->at[i]; k--)
            out->at[k] = out->at[k - 1];
        out->at[k] = in->at[i];
        out->n++;
    }
}

enum { REPEATS, HOLES, STEPS, LIKELY, ALL, N_LISTS };

// What may be steps is steps when it keeps to a period, with what is sure or alone.
static void conclude(struct ton_line_crackle *out, struct line_faults *f, int period_frames) {
    for (int i = REPEATS; i <= LIKELY; i++)
        merge(&f[ALL], &f[i], NULL);
    struct comb comb = comb_of(&f[ALL], period_frames);
    f[ALL].n = 0;
    if (comb.period >= LEAST_TELLING)
        merge(&f[ALL], &f[LIKELY], &comb);
    out->steps = f[STEPS].n + f[ALL].n;
    for (int i = REPEATS; i <= STEPS; i++)
        merge(&f[ALL], &f[i], NULL);
    if (!comb.period)
        comb = comb_of(&f[ALL], period_frames);
    out->period_frames = comb.period;
    out->repeats = f[REPEATS].n;
    out->holes = f[HOLES].n;
    out->first_frame = f[ALL].n ? f[ALL].at[0] : -1;
}

static double ceiling_of(const struct ton_line_clipping *c) {
    return c->flat_tops > 0 ? ton_db_to_gain(c->level_dbfs) : c->full_scale > 0 ? 1.0 : INFINITY;
}

enum ton_code line_crackle_find(struct ton_line_crackle *out, const struct line_sound *s,
                                const struct ton_line_clipping *clipping, int period_frames,
                                struct ton_err *err) {
    struct line_faults *f = TON_NEW_N(s->arena, struct line_faults, N_LISTS);
    struct slot *table = TON_NEW_N(s->arena, struct slot, SLOTS);
    struct line_surprises *all = TON_NEW(s->arena, struct line_surprises);
    struct rest *rests = TON_NEW_N(s->arena, struct rest, LINE_MOST_FAULTS);
    if (ton_arena_failed(s->arena))
        return line_no_memory(err);
    find_repeats(&f[REPEATS], s, table);
    find_holes(&f[HOLES], s, rests);
    struct line_predictions p;
    const enum ton_code code = line_predictions_make(&p, s, err);
    if (code != TON_OK)
        return code;
    line_steps_find(&f[STEPS], &f[LIKELY], all, &p, s, ceiling_of(clipping));
    conclude(out, f, period_frames);
    line_slips_find(out, &p, all, s);
    return TON_OK;
}
