// SPDX-License-Identifier: GPL-3.0-or-later
// Samples that are lost or doubled at even distances, as where a device reads another one's clock:
// at 48 kHz and 30 ppm one in 33333 is, each 0.69 s.
//
// One lost sample in bright sound surprises no more than the sound itself does. But a surprise that
// is a slip is gone when a sample is put back: of what all predictions about it are wrong by,
// little is left, no more than they are wrong before it and behind it, while notes and blows begin
// and end with a surprise that stays. Several such places at one distance are no chance, but what a
// sequencer plays is at one distance too; so none may be an earlier one again, nor beside a step
// that a waveform has in each of its periods.

#include "line/parts.h"

enum {
    MOST_PLACES = 200,
    LEAST_FITTING = 4,
    SPREAD = 3, // frames by which a distance varies
};

#define SURPRISING 2.0 // of the mean error beside it
#define LEAST 1e-5     // -100 dBFS
#define GONE 4.0       // by which what is wrong becomes less when the slip is mended
#define LEFT 6.0       // of the mean error beside it, when it is mended
#define LEAST_SECONDS 0.05
#define MOST_CHANCE 1e-4

struct place {
    int64_t at;
    double gain;
};

// What predictions about `i` are wrong by, squared, as it is.
static double wrong_at(const struct line_predictions *p, int64_t i) {
    double sum = 0.0;
    for (int j = 0; j < LINE_ORDER; j++)
        sum += (double)(p->wrong[i + j] * p->wrong[i + j]);
    return sum;
}

// What predictions are wrong by at x[0] … x[n - 1], all at once.
enum { MOST_FORETOLD = LINE_ORDER + 4 }; // a whole number of vectors
static void foretell(float *wrong, const float *a, const float *x) {
    for (int j = 0; j < MOST_FORETOLD; j++)
        wrong[j] = a[0] * x[j];
    for (int k = 1; k <= LINE_ORDER; k++)
        for (int j = 0; j < MOST_FORETOLD; j++)
            wrong[j] += a[k] * x[j - k];
}

// When a sample is put in before x[0]: the one that leaves least. x has no mean.
static double wrong_with_one_more(const float *a, const float *x) {
    float mended[LINE_ORDER + MOST_FORETOLD] = {0}, wrong[MOST_FORETOLD];
    float squares = 0.0F, along = 0.0F, own = 0.0F;
    memcpy(mended, x - LINE_ORDER, sizeof *x * LINE_ORDER);
    memcpy(mended + LINE_ORDER + 1, x, sizeof *x * LINE_ORDER);
    foretell(wrong, a, mended + LINE_ORDER);
    for (int j = 0; j <= LINE_ORDER; j++) {
        squares += wrong[j] * wrong[j];
        along += a[j] * wrong[j];
        own += a[j] * a[j];
    }
    return (double)(squares - along * along / own);
}

// When x[0] is taken out.
static double wrong_with_one_less(const float *a, const float *x) {
    float mended[LINE_ORDER + MOST_FORETOLD] = {0}, wrong[MOST_FORETOLD];
    float squares = 0.0F;
    memcpy(mended, x - LINE_ORDER, sizeof *x * LINE_ORDER);
    memcpy(mended + LINE_ORDER, x + 1, sizeof *x * LINE_ORDER);
    foretell(wrong, a, mended + LINE_ORDER);
    for (int j = 0; j < LINE_ORDER; j++)
        squares += wrong[j] * wrong[j];
    return (double)squares;
}

// By how much less is wrong when the slip at `i` is mended; 0 where it then is not as little as in
// the calmer of what lies before and behind: something begins or ends there.
static double gain_of(const struct line_predictions *p, const struct line_sound *s, int64_t i) {
    const float *a = p->a[i / LINE_BLOCK];
    const double calm = LEFT * line_predictions_calmer(p, i);
    const double most = 2.0 * LINE_ORDER * calm * calm, before = wrong_at(p, i - LINE_ORDER);
    if (before > most)
        return 0.0;
    float about[2 * LINE_ORDER + 2];
    for (int k = 0; k < 2 * LINE_ORDER + 2; k++)
        about[k] = s->x[i - LINE_ORDER - 1 + k] - (float)s->mean;
    const float *x = about + LINE_ORDER + 1;
    const double more = wrong_with_one_more(a, x);
    const double less = x[0] == x[-1] ? wrong_with_one_less(a, x) : more;
    const double left = fmin(more, less);
    return before + left > most ? 0.0 : wrong_at(p, i) / (left + 1e-20);
}

enum { NOT_ASKED, IS_NEW, IS_AGAIN };

// Keeps the places that gain most, in their order.
struct places {
    struct place place[MOST_PLACES];
    int n;
    // NOT_ASKED … of each two: rows have them in common.
    int8_t again[MOST_PLACES][MOST_PLACES];
};

static void keep(struct places *p, struct place here) {
    struct place *last = p->n ? &p->place[p->n - 1] : NULL;
    if (last && here.at - last->at < LINE_ORDER) { // one slip
        *last = here.gain > last->gain ? here : *last;
        return;
    }
    if (p->n == MOST_PLACES) {
        int weakest = 0;
        for (int k = 1; k < p->n; k++)
            weakest = p->place[k].gain < p->place[weakest].gain ? k : weakest;
        p->n--;
        memmove(&p->place[weakest], &p->place[weakest + 1], sizeof here * (size_t)(p->n - weakest));
    }
    p->place[p->n++] = here;
}

// Whether `i` is beside a step of a waveform; `k` goes along.
static bool is_played(const struct line_surprises *all, int *k, int64_t i) {
    while (*k < all->n && all->at[*k] + LINE_SETTLED <= i)
        (*k)++;
    return *k < all->n && all->played[*k] && all->at[*k] <= i + LINE_ORDER;
}

static void find_places(struct places *out, const struct line_predictions *p,
                        const struct line_surprises *all, const struct line_sound *s) {
    const int64_t edge = LINE_ORDER + LINE_BESIDE;
    const double least = LEAST + 2.0 * s->step;
    int k = 0;
    for (int64_t i = edge; i + 2 * edge < s->frames; i++) {
        const double wrong = fabs((double)p->wrong[i]);
        if (wrong < least || wrong < SURPRISING * line_predictions_beside(p, i))
            continue;
        const struct place here = {i, is_played(all, &k, i) ? 0.0 : gain_of(p, s, i)};
        if (here.gain >= GONE)
            keep(out, here);
    }
}

// Whether two others lie beside it at one distance, nearer than slips are: a waveform's periods.
static bool is_of_waveform(const struct places *p, int i, double most) {
    const int64_t at = p->place[i].at;
    for (int j = i - 1; j >= 0 && (double)(at - p->place[j].at) < most; j--)
        for (int k = i + 1; k < p->n; k++) {
            const int64_t differs = p->place[k].at - at - (at - p->place[j].at);
            if (differs >= -SPREAD && differs <= SPREAD)
                return true;
        }
    return false;
}

static void drop_waveforms(struct places *p, double rate) {
    bool drop[MOST_PLACES];
    int kept = 0;
    for (int i = 0; i < p->n; i++)
        drop[i] = is_of_waveform(p, i, LEAST_SECONDS * rate);
    for (int i = 0; i < p->n; i++)
        if (!drop[i])
            p->place[kept++] = p->place[i];
    p->n = kept;
}

// Places at one distance, or a few times it.
struct row {
    double distance;
    int fitting, slots; // places there are, and could be
    int place[MOST_PLACES];
};

// Whether a sampler or a sequencer plays at `b` again what it played at `a`.
static bool is_again(struct places *all, const struct line_predictions *p, int a, int b) {
    if (!all->again[a][b]) {
        all->again[a][b] = IS_NEW;
        for (int off = -SPREAD; off <= SPREAD; off++)
            if (line_predictions_alike(p, all->place[a].at + off, all->place[b].at) > LINE_AGAIN)
                all->again[a][b] = IS_AGAIN;
    }
    return all->again[a][b] == IS_AGAIN;
}

static bool is_any_again(const struct row *row, struct places *all,
                         const struct line_predictions *p, int place) {
    for (int i = 0; i < row->fitting; i++)
        if (is_again(all, p, row->place[i], place))
            return true;
    return false;
}

// From two that are neighbours on; the distance becomes more exact on the way.
static void row_from(struct row *row, const struct line_predictions *p, struct places *all,
                     int first, int second) {
    const int64_t from = all->place[first].at;
    row->distance = (double)(all->place[second].at - from);
    row->fitting = row->slots = 1;
    row->place[0] = first;
    for (int k = second; k < all->n; k++) {
        const double off = (double)(all->place[k].at - from), nearest = round(off / row->distance);
        if (nearest < row->slots || fabs(off - nearest * row->distance) > SPREAD ||
            is_any_again(row, all, p, k))
            continue;
        row->distance = off / nearest;
        row->slots = (int)nearest + 1;
        row->place[row->fitting++] = k;
    }
}

// How often chance would do that with so many places.
static double chance_of(const struct row *row, int n, double frames) {
    double times = (double)n * n / 2.0; // pairs to begin with
    for (int k = 0; k < row->fitting - 2; k++)
        times *= (row->slots - 2.0 - k) / (k + 1.0) * n * (2.0 * SPREAD + 1.0) / frames;
    return times;
}

void line_slips_find(struct ton_line_crackle *out, const struct line_predictions *p,
                     const struct line_surprises *surprises, const struct line_sound *s) {
    struct places places = {0};
    const double frames = (double)s->frames;
    double least = MOST_CHANCE;
    find_places(&places, p, surprises, s);
    drop_waveforms(&places, s->rate);
    out->slips = 0;
    out->slip_chance = 1.0;
    out->slip_frames = NAN;
    for (int i = 0; i < places.n; i++)
        for (int k = i + 1; k < places.n; k++) {
            const double distance = (double)(places.place[k].at - places.place[i].at);
            if (distance < LEAST_SECONDS * s->rate || (LEAST_FITTING - 1) * distance > frames)
                continue;
            struct row row;
            row_from(&row, p, &places, i, k);
            const double chance = chance_of(&row, places.n, frames);
            if (row.fitting < LEAST_FITTING || 2 * row.fitting < row.slots || chance >= least)
                continue;
            least = chance;
            out->slips = row.fitting;
            out->slip_chance = chance;
            out->slip_frames = row.distance;
        }
}
