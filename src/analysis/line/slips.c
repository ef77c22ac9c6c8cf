// SPDX-License-Identifier: GPL-3.0-or-later
// Samples that are lost or doubled at even distances, as where a device reads another one's clock:
// at 48 kHz and 30 ppm one in 33333 is, each 0.69 s.
//
// One lost sample in bright sound surprises no more than the sound itself does. But a surprise that
// is a slip is gone when a sample is put back, and nothing else is: of what all predictions about
// it are wrong by, little is left. Several such places at one distance are no chance.

#include "line/parts.h"

#include <stdlib.h>

enum {
    MOST_PLACES = 200,
    LEAST_FITTING = 4,
    SPREAD = 3, // frames by which a distance varies
};

#define SURPRISING 2.0 // of the mean error beside it
#define LEAST 1e-5     // -100 dBFS
#define GONE 4.0       // by which what is wrong becomes less when the slip is mended
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

// When a sample is put in before x[0]: the one that leaves least. x has no mean.
static double wrong_with_one_more(const float *a, const float *x) {
    float squares = 0.0F, along = 0.0F, own = 0.0F;
    for (int j = 0; j <= LINE_ORDER; j++) {
        float r = j ? x[j - 1] : 0.0F;
        for (int k = 1; k < j; k++)
            r += a[k] * x[j - 1 - k];
        for (int k = j + 1; k <= LINE_ORDER; k++)
            r += a[k] * x[j - k];
        squares += r * r;
        along += a[j] * r;
        own += a[j] * a[j];
    }
    return (double)(squares - along * along / own);
}

// When x[0] is taken out.
static double wrong_with_one_less(const float *a, const float *x) {
    float squares = 0.0F;
    for (int j = 1; j <= LINE_ORDER; j++) {
        float r = x[j];
        for (int k = 1; k < j; k++)
            r += a[k] * x[j - k];
        for (int k = j; k <= LINE_ORDER; k++)
            r += a[k] * x[j - k - 1];
        squares += r * r;
    }
    return (double)squares;
}

static double gain_of(const struct line_predictions *p, const struct line_sound *s, int64_t i) {
    const float *a = p->a[i / LINE_BLOCK];
    float about[2 * LINE_ORDER + 2];
    for (int k = 0; k < 2 * LINE_ORDER + 2; k++)
        about[k] = s->x[i - LINE_ORDER - 1 + k] - (float)s->mean;
    const float *x = about + LINE_ORDER + 1;
    const double more = wrong_with_one_more(a, x);
    const double less = x[0] == x[-1] ? wrong_with_one_less(a, x) : more;
    return wrong_at(p, i) / (fmin(more, less) + 1e-20);
}

// The places that a slip explains best, in their order.
static int find_places(struct place *out, const struct line_predictions *p,
                       const struct line_sound *s) {
    int n = 0;
    const int64_t edge = LINE_ORDER + LINE_BESIDE;
    for (int64_t i = edge; i + 2 * edge < s->frames; i++) {
        const double others = line_predictions_beside(p, i);
        if ((double)p->wrong[i] < fmax(LEAST + 2.0 * s->step, SURPRISING * others))
            continue;
        const struct place here = {i, gain_of(p, s, i)};
        if (here.gain < GONE)
            continue;
        if (n && i - out[n - 1].at < LINE_ORDER) {
            out[n - 1] = here.gain > out[n - 1].gain ? here : out[n - 1];
            continue;
        }
        if (n == MOST_PLACES) { // the weakest goes
            int weakest = 0;
            for (int k = 1; k < n; k++)
                weakest = out[k].gain < out[weakest].gain ? k : weakest;
            memmove(&out[weakest], &out[weakest + 1], sizeof *out * (size_t)(--n - weakest));
        }
        out[n++] = here;
    }
    return n;
}

// How many places lie one distance or a few from each other, from two that are neighbours on.
static int follow(double *distance, const struct place *at, int n, int first, int second,
                  int *slots) {
    int fitting = 2, last = 1;
    for (int k = second + 1; k < n; k++) {
        const double off = (double)(at[k].at - at[first].at), nearest = round(off / *distance);
        if (nearest <= last || fabs(off - nearest * *distance) > SPREAD)
            continue;
        last = (int)nearest;
        *distance = off / last;
        fitting++;
    }
    *slots = last + 1;
    return fitting;
}

static double chance_of(int fitting, int slots, int n, double frames) {
    double ways = (double)n * n / 2.0; // pairs to begin with
    for (int k = 0; k < fitting - 2; k++)
        ways *= (slots - 2.0 - k) / (k + 1.0) * n * (2.0 * SPREAD + 1.0) / frames;
    return ways;
}

void line_slips_find(struct ton_line_crackle *out, const struct line_predictions *p,
                     const struct line_sound *s) {
    struct place place[MOST_PLACES];
    const int n = find_places(place, p, s);
    double least = MOST_CHANCE;
    out->slips = 0;
    out->slip_frames = NAN;
    for (int i = 0; i < n; i++)
        for (int k = i + 1; k < n; k++) {
            int slots;
            double distance = (double)(place[k].at - place[i].at);
            if (distance < LEAST_SECONDS * s->rate ||
                (LEAST_FITTING - 1) * distance > (double)s->frames)
                continue;
            const int fitting = follow(&distance, place, n, i, k, &slots);
            const double chance = chance_of(fitting, slots, n, (double)s->frames);
            if (fitting < LEAST_FITTING || 2 * fitting < slots || chance >= least)
                continue;
            least = chance;
            out->slips = fitting;
            out->slip_frames = distance;
        }
}
